"""Going through an account again from its first entry: what each must have been, by the rules and what came before it.

Pure: no database, no clock. The rules are those of posting, so a difference is an entry that was not posted by them.
Whether the causes of the entries are real is asked elsewhere: they are rows of other rooms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from server.trust.balance import Applied, Standing, accrue, deposit, take_back, withdraw
from server.trust.entry_terms import TrustEntryReason
from server.trust.interest_terms import earned_in
from server.trust.policy import HUNDREDTHS, TrustPolicy, Worth
from server.trust.reasons import TrustReason
from server.trust.reversing_rules import ceiling_of, cut_of, deposited_today

Entry = Mapping[str, Any]
"""The columns of a row of trust_entries."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is stored is not what follows. `seq` is the entry's number; None: the account's own row."""

    seq: int | None
    what: str
    stored: str
    expected: str


def differences(
    account: Mapping[str, Any], entries: Sequence[Entry], policies: Mapping[int, TrustPolicy]
) -> list[Difference]:
    """Every difference, in the order of the entries; an account without any has none. Behind a difference the replay goes
    on from what is stored, so that one corrupted entry is named once."""
    replay = _Replay(entries, policies)
    found = list(replay.run())
    if entries:
        after = replay.standing
        expected = {
            "balance": sum(entry["amount"] for entry in entries),
            "ceiling": after.ceiling,
            "creases": replay.creases,
            "last_seq": len(entries),
        }
        found.extend(
            Difference(None, name, str(account[name]), str(value))
            for name, value in expected.items()
            if account[name] != value
        )
    else:
        found.append(Difference(None, "entries", "0", "1"))
    return found


@dataclass
class _Replay:
    entries: Sequence[Entry]
    policies: Mapping[int, TrustPolicy]
    standing: Standing = field(default_factory=lambda: Standing(0, 0))
    done: list[Entry] = field(default_factory=list)
    taken_back: set[UUID] = field(default_factory=set)
    cut: int = 0
    """What the last entry's crease must cut next."""

    def run(self) -> Iterator[Difference]:
        for number, entry in enumerate(self.entries, start=1):
            if entry["seq"] != number:
                yield Difference(entry["seq"], "seq", str(entry["seq"]), str(number))
            try:
                expected = self._expected(entry)
            except (ValueError, KeyError) as fault:
                yield Difference(entry["seq"], "reason", entry["reason"], str(fault))
                expected = {}
            for name, value in expected.items():
                if entry[name] != value:
                    yield Difference(entry["seq"], name, str(entry[name]), str(value))
            self._go_on(entry)
        if self.cut:
            yield Difference(len(self.entries) + 1, "reason", "", TrustEntryReason.CEILING_CUT.value)

    @property
    def creases(self) -> int:
        return sum(1 for entry in self.done if entry["severity_bp"] and entry["id"] not in self.taken_back)

    def _expected(self, entry: Entry) -> dict[str, Any]:
        """The columns that follow from the rest. Raises ValueError or KeyError where the entry could not be."""
        reason = TrustEntryReason(entry["reason"])
        policy = self.policies[entry["policy_version"]]
        if (reason is TrustEntryReason.CEILING_CUT) is not bool(self.cut):
            raise ValueError(TrustEntryReason.CEILING_CUT.value if self.cut else "no cut")
        if (reason is TrustEntryReason.OPENED) is bool(self.done):
            raise ValueError("no second opening" if self.done else TrustEntryReason.OPENED.value)
        if reason is TrustEntryReason.OPENED:
            opening = policy.opening_balance
            return _columns(opening, Applied(opening, Standing(opening, policy.opening_ceiling)))
        if reason is TrustEntryReason.CEILING_CUT:
            after = Standing(self.standing.ceiling, self.standing.ceiling)
            return _columns(self.cut, Applied(self.cut, after))
        claimed, severity, applied = self._posted(TrustReason(entry["reason"]), entry, policy)
        self.cut = applied.cut
        return {**_columns(claimed, applied), "severity_bp": severity}

    def _posted(self, reason: TrustReason, entry: Entry, policy: TrustPolicy) -> tuple[int, int | None, Applied]:
        """What is claimed, how deep it creases, and what becomes of it."""
        if reason is TrustReason.REVERSAL:
            return self._reversal(entry)
        if reason is TrustReason.INTEREST:
            earned = self._interest(entry, policy)
            return earned, None, accrue(self.standing, earned)
        worth = _by_hand(reason, entry) if reason.rule.amount is None else policy.worth(reason)
        if reason.is_withdrawal:
            return worth.claimed, worth.severity_bp, withdraw(self.standing, worth.claimed, worth.severity_bp, policy)
        left = self._times_left(reason, entry)
        return (
            worth.claimed,
            None,
            deposit(self.standing, worth.claimed, day=entry["day"], policy=policy, times_left=left),
        )

    def _reversal(self, entry: Entry) -> tuple[int, int | None, Applied]:
        wrong = next((one for one in self.done if one["id"] == entry["reverses_entry_id"]), None)
        if wrong is None or wrong["id"] in self.taken_back:
            raise ValueError("an entry before it, once")
        taken = wrong["amount"] + cut_of(wrong["seq"], self.done)
        applied = take_back(
            self.standing,
            taken,
            ceiling_of(self.done, self.policies, without=wrong["id"]),
            was_crease=bool(wrong["severity_bp"]),
            deposited_today=deposited_today(
                wrong["reason"], wrong["amount"], is_today=wrong["day"] == self.standing.day
            ),
        )
        return -taken, None, applied

    def _interest(self, entry: Entry, policy: TrustPolicy) -> int:
        past: list[tuple[date, int, bool]] = [
            (
                one["day"],
                one["balance_after"],
                one["id"] not in self.taken_back and _is_withdrawal(one["reason"]),
            )
            for one in self.done
        ]
        earned = earned_in(entry["cause_key"] or "", past, policy)
        if not earned:
            raise ValueError("no interest for this month")
        return earned

    def _times_left(self, reason: TrustReason, entry: Entry) -> int | None:
        cap = reason.rule.cap
        if cap is None:
            return None
        since = entry["recorded_at"] - timedelta(days=cap.days)
        counted = sum(
            1
            for one in self.done
            if one["reason"] == reason.value
            and one["recorded_at"] > since
            and one["limited_by"] != "CUSTOMER_CAP"
            and one["id"] not in self.taken_back
        )
        return cap.max - counted

    def _go_on(self, entry: Entry) -> None:
        """From what is stored."""
        self.done.append(entry)
        if entry["reverses_entry_id"] is not None:
            self.taken_back.add(entry["reverses_entry_id"])
        if entry["reason"] == TrustEntryReason.CEILING_CUT.value:
            self.cut = 0
        ceiling = max(entry["ceiling_after"], 0)
        deposited, day = self._deposited(entry)
        balance = min(max(entry["balance_after"], 0), ceiling)
        self.standing = Standing(balance, ceiling, self.creases, day, deposited)

    def _deposited(self, entry: Entry) -> tuple[int, date | None]:
        """What deposits have added on the last day that saw one."""
        added = deposited_today(entry["reason"], entry["amount"], is_today=True)
        is_deposit = not _is_withdrawal(entry["reason"]) and entry["reason"] in _DEPOSITING
        if is_deposit:
            return self.standing.deposited_on(entry["day"]) + added, entry["day"]
        wrong = next((one for one in self.done if one["id"] == entry["reverses_entry_id"]), None)
        back = 0
        if wrong is not None:
            is_today = wrong["day"] == self.standing.day
            back = deposited_today(wrong["reason"], wrong["amount"], is_today=is_today)
        return self.standing.deposited - back, self.standing.day


_DEPOSITING = frozenset(
    reason.value
    for reason in TrustReason
    if not reason.is_withdrawal and reason not in (TrustReason.INTEREST, TrustReason.REVERSAL)
)
"""Reasons whose postings count into the day's deposits, visible zeros among them."""


def _is_withdrawal(reason: str) -> bool:
    return reason in TrustReason.__members__ and TrustReason(reason).is_withdrawal


def _by_hand(reason: TrustReason, entry: Entry) -> Worth:
    """What was given, where it is what a hand may give."""
    most, claimed = reason.rule.max_abs, entry["claimed"]
    right_side = claimed < 0 if reason.is_withdrawal else claimed > 0
    if most is None or abs(claimed) > most * HUNDREDTHS or not right_side:
        raise ValueError("what a hand may post")
    return Worth(claimed, entry["severity_bp"])


def _columns(claimed: int, applied: Applied) -> dict[str, Any]:
    return {
        "claimed": claimed,
        "amount": applied.amount,
        "limited_by": None if applied.limit is None else applied.limit.value,
        "balance_after": applied.balance_before_cut,
        "ceiling_after": applied.after.ceiling,
    }
