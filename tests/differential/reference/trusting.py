"""Trust accounts, answered over whole tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from server.terms import Locale
from server.trust.entry_terms import TrustEntryReason
from server.trust.explaining import Story, Tally, account_in_words
from server.trust.policies import policy_of
from server.trust.policy import DEFAULT_TRUST_POLICY, TrustPolicy
from server.trust.reasons import TrustReason
from server.trust.replay import differences
from tests.differential.data import Row
from tests.differential.reference.asking import Reading, Thing

BANDS = ((0, 50), (50, 100), (100, 200), (200, 400), (400, 600), (600, 800), (800, None))


def number(hundredths: int) -> float:
    """As it stands in JSON: without decimals where it has none."""
    return hundredths // 100 if hundredths % 100 == 0 else hundredths / 100


def points(name: str) -> Any:
    return lambda reading, row, given: number(row[name])


def of_customer(reading: Reading, row: Row, given: Mapping[str, Any]) -> Thing | None:
    found = reading.eyes.where("trust_accounts", customer_id=row["id"])
    return Thing("TrustAccount", found[0]) if found else None


def balance_at(reading: Reading, row: Row, given: Mapping[str, Any]) -> float | None:
    entries = [
        one for one in reading.eyes.where("trust_entries", account_id=row["id"]) if one["recorded_at"] <= given["time"]
    ]
    newest = max(entries, key=lambda one: one["seq"], default=None)
    return None if newest is None else number(newest["balance_after"])


def reversed_by(reading: Reading, row: Row, given: Mapping[str, Any]) -> Thing | None:
    found = reading.eyes.where("trust_entries", reverses_entry_id=row["id"])
    return Thing("TrustEntry", found[0]) if found else None


def _entries(reading: Reading, row: Row) -> list[Row]:
    return sorted(reading.eyes.where("trust_entries", account_id=row["id"]), key=lambda one: one["seq"])


def account_explained(reading: Reading, row: Row, locale: Locale) -> str:
    entries = _entries(reading, row)
    first = next((one for one in entries if one["seq"] == 1), None)
    story = Story(
        balance=row["balance"],
        ceiling=row["ceiling"],
        opening_ceiling=row["ceiling"] if first is None else first["ceiling_after"],
        creases=row["creases"],
        opened_on=row["opened_at"].date() if first is None else first["day"],
        tallies=tuple(
            Tally(TrustEntryReason(reason), len(of), sum(one["amount"] for one in of))
            for reason in dict.fromkeys(one["reason"] for one in entries)
            for of in [[one for one in entries if one["reason"] == reason]]
        ),
    )
    return account_in_words(story, locale)


def policies(reading: Reading) -> dict[int, TrustPolicy]:
    return {0: DEFAULT_TRUST_POLICY} | {row["version"]: policy_of(row) for row in reading.eyes.all("trust_policies")}


def differing(reading: Reading, row: Row, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = differences(row, _entries(reading, row), policies(reading))
    return [{"seq": one.seq, "what": one.what, "stored": one.stored, "expected": one.expected} for one in found]


def policy(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    versions = policies(reading)
    said = versions[max(versions)]
    in_points = ("opening_balance", "opening_ceiling", "minimum_ceiling", "daily_deposit_cap",
                 "leaving_balance_below", "leaving_ceiling_below")  # fmt: skip
    plain = ("version", "crease_rate_bp", "interest_rate_bp", "leaving_withdrawals", "leaving_withdrawal_days",
             "leaving_falling_days")  # fmt: skip
    shown: dict[str, Any] = {_camel(name): getattr(said, name) // 100 for name in in_points}
    shown |= {_camel(name): getattr(said, name) for name in plain}
    shown |= {"floor": 0, "worths": [_worth(said, one) for one in TrustReason if one.rule.amount is not None]}
    return shown


def _worth(said: TrustPolicy, reason: TrustReason) -> dict[str, Any]:
    cap, worth = reason.rule.cap, said.worth(reason)
    return {
        "reason": reason.value,
        "points": worth.claimed // 100,
        "severityBp": worth.severity_bp,
        "cap": None if cap is None else {"max": cap.max, "days": cap.days},
        "own": reason in said.own_worths,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def report(reading: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    accounts, entries = reading.eyes.all("trust_accounts"), reading.eyes.all("trust_entries")
    period = given["period"]
    first, after = (_day(period[name]) for name in ("from", "to"))
    balance = sum(one["balance"] for one in accounts)
    running = balance - sum(one["amount"] for one in entries if one["day"] >= first)
    days = []
    for later in range((after - first).days):
        day = first + timedelta(days=later)
        of = [one for one in entries if one["day"] == day]
        running += sum(one["amount"] for one in of)
        days.append(_told(day, running, of))
    return {
        "accounts": len(accounts),
        "balance": number(balance),
        "average": number(balance // len(accounts)) if accounts else None,
        "creases": sum(one["creases"] for one in accounts),
        "creasedAccounts": sum(1 for one in accounts if one["creases"]),
        "nearLeaving": sum(1 for one in accounts if one["near_leaving"]),
        "distribution": [
            {
                "atLeast": low,
                "below": high,
                "accounts": sum(
                    1
                    for one in accounts
                    if low * 100 <= one["balance"] and (high is None or one["balance"] < high * 100)
                ),
            }
            for low, high in BANDS
        ],
        "days": days,
    }


def _told(day: date, running: int, of: list[Row]) -> dict[str, Any]:
    def amount(wanted: Any) -> int:
        return sum(one["amount"] for one in of if wanted(one["reason"]))

    opened, interest = amount(lambda reason: reason == "OPENED"), amount(lambda reason: reason == "INTEREST")
    withdrawals = amount(lambda reason: reason in TrustReason.__members__ and TrustReason(reason).is_withdrawal)
    net = amount(lambda reason: True)
    return {
        "day": day,
        "balance": number(running),
        "net": number(net),
        "opened": number(opened),
        "accountsOpened": sum(1 for one in of if one["reason"] == "OPENED"),
        "interest": number(interest),
        "withdrawals": number(withdrawals),
        "other": number(net - opened - interest - withdrawals),
        "creases": sum(1 for one in of if one["severity_bp"]),
    }


def _day(given: Any) -> date:
    return given if isinstance(given, date) and not isinstance(given, datetime) else date.fromisoformat(given)


FIELDS: Mapping[tuple[str, str], Any] = {
    ("TrustAccount", "balance"): points("balance"),
    ("TrustAccount", "balanceAt"): balance_at,
    ("TrustAccount", "ceiling"): points("ceiling"),
    ("TrustAccount", "differences"): differing,
    ("TrustEntry", "amount"): points("amount"),
    ("TrustEntry", "balanceAfter"): points("balance_after"),
    ("TrustEntry", "ceilingAfter"): points("ceiling_after"),
    ("TrustEntry", "claimed"): points("claimed"),
    ("TrustEntry", "reversedBy"): reversed_by,
}
