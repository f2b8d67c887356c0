"""Taking back what was posted in error. The entry stays, a reversal follows it, and its crease is void.

A real breach is never reversed, however sorry anybody is. It is told apart like this: what the platform measured itself
(`TrustReason.is_measured`) was not reported by anybody, so it is no error, save where it concerned another customer. What
somebody reported can be taken back on a closed ground and with the proof written down.

Balance and ceiling become what they were without the entry: its amount comes back, with what its crease had cut, and the
ceiling is multiplied by the remaining creases alone. What later entries would have been is not worked out anew: nobody
edits the past.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from server.db.work import Work
from server.errors import Invalid
from server.trust import accounts, queries
from server.trust.accounts import Hand
from server.trust.balance import take_back
from server.trust.commands import ReverseTrustEntry
from server.trust.entries import moved, written
from server.trust.entry_terms import ReversalGround, TrustEntryReason
from server.trust.errors import BreachStands, NotReversible, ReversalStands, ReversedAlready
from server.trust.events import posted
from server.trust.policies import every_version
from server.trust.reasons import AmountSource, TrustReason
from server.trust.reversing_rules import ceiling_of, cut_of, deposited_today
from server.trust.tables import TrustEntry, TrustNote

_BY_ITSELF = frozenset({TrustEntryReason.OPENED, TrustEntryReason.CEILING_CUT})


async def entry_named(work: Work, entry_id: UUID | None) -> TrustEntry:
    """Raises NotFound. Whether the customer is visible is the caller's to ask."""
    return await work.require(TrustEntry, entry_id, "entry_id")


async def reverse_trust_entry(work: Work, command: ReverseTrustEntry) -> TrustEntry:
    """Take the entry back, once. Locks the account. The caller has shown that the customer is visible.

    Raises NotReversible, ReversalStands, ReversedAlready, BreachStands, and Invalid where a withdrawal is taken back
    without the proof.
    """
    wrong = await entry_named(work, command.entry_id)
    _require_error(wrong, command)
    return await take_entry_back(work, wrong, ground=command.ground, reason=command.reason, evidence=command.evidence)


async def take_entry_back(
    work: Work, wrong: TrustEntry, *, ground: ReversalGround, reason: str, evidence: str | None = None
) -> TrustEntry:
    """The reversal itself. Raises ReversedAlready."""
    hand = await accounts.in_hand(work, wrong.customer_id)
    past = await queries.entries_of(work, wrong.account_id)
    if any(entry["reverses_entry_id"] == wrong.id for entry in past):
        raise ReversedAlready("entry_id")
    cut = cut_of(wrong.seq, past)
    ceiling = ceiling_of(past, await every_version(work), without=wrong.id)
    applied = take_back(
        hand.standing,
        wrong.amount + cut,
        ceiling,
        was_crease=bool(wrong.severity_bp),
        deposited_today=deposited_today(wrong.reason, wrong.amount, is_today=wrong.day == hand.account.deposit_day),
    )
    entry = _reversal(hand, wrong, ground, work.now, claimed=-(wrong.amount + cut))
    written(entry, applied)
    work.add(entry)
    work.add(TrustNote(entry_id=entry.id, customer_id=entry.customer_id, text=reason, evidence=evidence))
    work.emit(posted(entry))
    await moved(work, hand, entry, applied, withdrew=True)
    return entry


async def take_causes_back(
    work: Work, customer_id: UUID, key: str, reasons: Collection[TrustReason], *, words: str
) -> list[TrustEntry]:
    """What a cause has posted for these reasons is taken back where it stands: a later record proves that it did not happen.

    For acts that bring the proof themselves, the newest posting first. Nothing happens where nothing was posted.
    """
    return [
        await take_entry_back(work, wrong, ground=ReversalGround.DID_NOT_HAPPEN, reason=words)
        for wrong in await queries.posted_by(work, customer_id, key, reasons)
    ]


def _require_error(wrong: TrustEntry, command: ReverseTrustEntry) -> None:
    """Raises where the entry is nothing that can have been posted in error."""
    named = TrustEntryReason(wrong.reason)
    if named in _BY_ITSELF:
        raise NotReversible("entry_id")
    reason = TrustReason(wrong.reason)
    if reason is TrustReason.REVERSAL:
        raise ReversalStands("entry_id")
    if reason.is_measured and command.ground is not ReversalGround.WRONG_CUSTOMER:
        raise BreachStands("entry_id")
    if reason.is_withdrawal and reason.rule.source is AmountSource.FIXED and command.evidence is None:
        raise Invalid("evidence", why="Say what proves it.", why_zh="请写明依据。")


def _reversal(hand: Hand, wrong: TrustEntry, ground: ReversalGround, now: datetime, *, claimed: int) -> TrustEntry:
    return TrustEntry(
        account_id=wrong.account_id,
        customer_id=wrong.customer_id,
        seq=hand.account.last_seq + 1,
        reason=TrustEntryReason.REVERSAL.value,
        claimed=claimed,
        amount=0,
        balance_after=0,
        ceiling_after=0,
        policy_version=hand.policy.version,
        reverses_entry_id=wrong.id,
        ground=ground.value,
        day=hand.day,
        occurred_at=now,
    )
