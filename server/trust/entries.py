"""Posting to an account. Entries are numbered under its lock, so their order is the order of what happened.

Every act that earns or costs trust calls `post` (for one customer) or `post_all` (for several) in its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.db.work import Work
from server.trust import accounts, queries, watching
from server.trust.accounts import Hand
from server.trust.balance import Applied, accrue, deposit, withdraw
from server.trust.entry_terms import CauseType, TrustEntryReason
from server.trust.events import posted
from server.trust.policy import Worth
from server.trust.reasons import TrustReason
from server.trust.tables import TrustEntry


@dataclass(frozen=True, slots=True)
class Cause:
    """The fact that moves an account: a row of any room, by the name of its node type and its id."""

    type: CauseType
    id: UUID
    key: str | None = None
    """What posts the reason once, where that is not the row itself: the clock of a feedback, the content of a contact,
    the incident of a complaint. Unique within the account and the reason."""
    occurred_at: datetime | None = None
    """When it came about, where that is not now."""


async def post(work: Work, customer_id: UUID, reason: TrustReason, cause: Cause) -> TrustEntry | None:
    """Post the reason to the customer's account, by the tenant's rules; None where the cause has posted it already.

    Call it in the act that causes it, after that act's own rows are locked: both happen or neither. Safe to call again
    for the same cause, and at the same time as others; the account is locked until the act ends. For reasons whose
    points the rule says: what is given or computed by hand is not posted here. The customer must be there and visible:
    that is the caller's to answer for. Whoever posts for several customers in one act calls `post_all`.
    """
    if reason.rule.amount is None:
        raise ValueError(f"The points of {reason.value} are not the rule's to say.")
    return await enter(work, customer_id, Posting(reason=reason, cause=cause))


async def post_all(work: Work, postings: Sequence[tuple[UUID, TrustReason, Cause]]) -> list[TrustEntry]:
    """Like `post`, for several customers; answers what was posted. Accounts are locked in the customers' order, so that
    two acts that post to the same ones wait for each other instead of standing in each other's way."""
    entries = []
    for customer_id, reason, cause in sorted(postings, key=lambda posting: posting[0]):
        entry = await post(work, customer_id, reason, cause)
        if entry is not None:
            entries.append(entry)
    return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What shall be entered: a reason, what caused it, and its worth where that is not the policy's to say.

    A second posting with the same reason and the same key of its cause is no posting. Without a cause it cannot be
    recognised again.
    """

    reason: TrustReason
    worth: Worth | None = None
    cause: Cause | None = None
    key: str | None = None
    """What posts the reason once, where it has no cause."""


async def enter(work: Work, customer_id: UUID, posting: Posting) -> TrustEntry | None:
    """Append the posting to the customer's account; None where its cause has posted already.

    Locks the account until the act ends. Part of the act that causes it: both happen or neither.
    """
    return await enter_into(work, await accounts.in_hand(work, customer_id), posting)


async def enter_into(work: Work, hand: Hand, posting: Posting) -> TrustEntry | None:
    """The same, of an account that is held."""
    reason, cause = posting.reason, posting.cause
    worth = posting.worth or hand.policy.worth(reason)
    entry = TrustEntry(
        account_id=hand.account.id,
        customer_id=hand.account.customer_id,
        seq=hand.account.last_seq + 1,
        reason=TrustEntryReason(reason.value).value,
        claimed=worth.claimed,
        amount=0,
        balance_after=0,
        ceiling_after=0,
        severity_bp=worth.severity_bp,
        policy_version=hand.policy.version,
        cause_type=None if cause is None else cause.type.value,
        cause_id=None if cause is None else cause.id,
        cause_key=posting.key if cause is None else (cause.key or str(cause.id)),
        day=hand.day,
        occurred_at=(None if cause is None else cause.occurred_at) or work.now,
    )
    applied = await _applied(work, hand, posting, worth)
    written(entry, applied)
    if entry.cause_key is None:
        work.add(entry)
    elif not await queries.insert_entry(work, entry):
        return None
    work.emit(posted(entry))
    await moved(work, hand, entry, applied, withdrew=reason.is_withdrawal)
    return entry


def written(entry: TrustEntry, applied: Applied) -> None:
    """Write into the entry what became of its claim."""
    entry.amount = applied.amount
    entry.limited_by = None if applied.limit is None else applied.limit.value
    entry.balance_after, entry.ceiling_after = applied.balance_before_cut, applied.after.ceiling


async def moved(work: Work, hand: Hand, entry: TrustEntry, applied: Applied, *, withdrew: bool) -> None:
    """Bring the account up to its last entry; where the ceiling cuts the balance, that is one more entry."""
    last = entry
    if applied.cut:
        last = work.add(_cut(entry, applied))
        work.emit(posted(last))
    account, after = hand.account, applied.after
    changes: dict[str, Any] = {
        "balance": after.balance,
        "ceiling": after.ceiling,
        "creases": after.creases,
        "deposit_day": after.day,
        "deposited": after.deposited,
        "last_seq": last.seq,
    }
    for name, value in changes.items():
        setattr(account, name, value)
    changes |= await watching.watched(work, account, hand.policy, withdrew=withdrew)
    await work.change(account, **changes)


async def _applied(work: Work, hand: Hand, posting: Posting, worth: Worth) -> Applied:
    reason = posting.reason
    if reason is TrustReason.INTEREST:
        return accrue(hand.standing, worth.claimed)
    if reason.is_withdrawal:
        return withdraw(hand.standing, worth.claimed, worth.severity_bp, hand.policy)
    cap, left = reason.rule.cap, None
    if cap is not None:
        left = cap.max - await queries.times_counted(work, hand.account.id, reason, cap)
    return deposit(hand.standing, worth.claimed, day=hand.day, policy=hand.policy, times_left=left)


def _cut(entry: TrustEntry, applied: Applied) -> TrustEntry:
    return TrustEntry(
        account_id=entry.account_id,
        customer_id=entry.customer_id,
        seq=entry.seq + 1,
        reason=TrustEntryReason.CEILING_CUT.value,
        claimed=applied.cut,
        amount=applied.cut,
        balance_after=applied.after.balance,
        ceiling_after=applied.after.ceiling,
        policy_version=entry.policy_version,
        day=entry.day,
        occurred_at=entry.occurred_at,
    )
