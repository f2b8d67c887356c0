"""Posting to an account. Entries are numbered under its lock, so their order is the order of what happened.

Every act that earns or costs trust calls `post` (for one customer) or `post_all` (for several) in its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.db.work import Work
from server.errors import Invalid
from server.trust import accounts, queries
from server.trust.balance import Standing, apply
from server.trust.commands import AdjustTrust
from server.trust.entry_terms import CauseType, TrustEntryReason
from server.trust.errors import TooManyPoints
from server.trust.events import posted
from server.trust.reasons import TrustReason
from server.trust.tables import TrustAccount, TrustEntry, TrustNote


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
    return await enter(
        work,
        customer_id,
        Posting(
            reason=reason,
            amount=reason.rule.amount,
            cause_type=cause.type,
            cause_id=cause.id,
            cause_key=cause.key or str(cause.id),
            occurred_at=cause.occurred_at,
        ),
    )


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
    """What shall be entered: a reason and its points, and what caused it.

    `cause_key` names the cause within the reason (a feedback and the number of its clock, a promise): a second posting
    with the same reason and key is no posting. Without it the posting cannot be recognised again.
    """

    reason: TrustReason
    amount: int
    """Points the rule says: above zero a deposit, below zero a withdrawal, zero a visible zero."""
    cause_type: CauseType | None = None
    cause_id: UUID | None = None
    cause_key: str | None = None
    occurred_at: datetime | None = None
    """When the cause came about, where that is not now."""

    def __post_init__(self) -> None:
        if (self.cause_type is None) != (self.cause_id is None):
            raise ValueError("A cause is a type and an id together.")


async def enter(work: Work, customer_id: UUID, posting: Posting) -> TrustEntry | None:
    """Append the posting to the customer's account; None where its cause has posted already.

    Locks the account until the act ends. Part of the act that causes it: both happen or neither.
    """
    account = await accounts.in_hand(work, customer_id)
    reason = TrustEntryReason(posting.reason.value)
    if posting.cause_key is not None and await queries.is_posted(
        work, account.id, reason=reason, cause_key=posting.cause_key
    ):
        return None
    return await _append(work, account, reason, posting)


async def adjust_trust(work: Work, command: AdjustTrust) -> TrustEntry:
    """Deposit or withdraw by hand, with the reason in words. The caller has shown that the customer is visible.

    Raises Invalid where not exactly one of deposit and withdrawal is given, TooManyPoints above the reason's limit.
    """
    if command.deposit is not None and command.withdrawal is not None:
        raise Invalid("withdrawal", why="Give a deposit or a withdrawal, not both.", why_zh="存入与支取只能选择一项。")
    if command.deposit is not None:
        posting = _by_hand(TrustReason.MANUAL_DEPOSIT, command.deposit, "deposit")
    elif command.withdrawal is not None:
        posting = _by_hand(TrustReason.MANUAL_WITHDRAWAL, -command.withdrawal, "withdrawal")
    else:
        raise Invalid("deposit", why="Give a deposit or a withdrawal.", why_zh="请填写存入或支取的分数。")
    entry = await enter(work, command.customer_id, posting)
    assert entry is not None, "A posting without cause key is never taken for an earlier one."
    work.add(TrustNote(entry_id=entry.id, customer_id=entry.customer_id, text=command.reason))
    return entry


def _by_hand(reason: TrustReason, amount: int, field: str) -> Posting:
    most = reason.rule.max_abs
    if most is not None and abs(amount) > most:
        raise TooManyPoints(field, most=most)
    return Posting(reason=reason, amount=amount)


async def _append(work: Work, account: TrustAccount, reason: TrustEntryReason, posting: Posting) -> TrustEntry:
    applied = apply(Standing(account.balance, account.ceiling), posting.amount)
    entry = work.add(
        TrustEntry(
            account_id=account.id,
            customer_id=account.customer_id,
            seq=account.last_seq + 1,
            reason=reason.value,
            claimed=posting.amount,
            amount=applied.amount,
            balance_after=applied.after.balance,
            ceiling_after=applied.after.ceiling,
            cause_type=None if posting.cause_type is None else posting.cause_type.value,
            cause_id=posting.cause_id,
            cause_key=posting.cause_key,
            occurred_at=posting.occurred_at or work.now,
        )
    )
    await work.change(account, balance=applied.after.balance, ceiling=applied.after.ceiling, last_seq=entry.seq)
    work.emit(posted(entry))
    return entry
