"""Posting to an account. Entries are numbered under its lock, so their order is the order of what happened."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What shall be posted: a reason and its points, and what caused it.

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


async def post(work: Work, customer_id: UUID, posting: Posting) -> TrustEntry | None:
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
    entry = await post(work, command.customer_id, posting)
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
