"""Opening an account, and taking it into hand for its next entry."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.db.work import Work
from server.trust import queries
from server.trust.entry_terms import TrustEntryReason
from server.trust.events import opened, posted
from server.trust.policy import DEFAULT_TRUST_POLICY
from server.trust.tables import TrustAccount, TrustEntry


async def open_account(work: Work, customer_id: UUID) -> TrustAccount:
    """The customer's account, opened with the balance and ceiling of the policy where there is none yet.

    The opening balance is entry number 1. Opening again changes nothing. The customer must be there: that is
    the caller's to answer for.
    """
    account = _new_account(customer_id, work.now)
    if not await queries.insert_account(work, account):
        existing = await queries.account_of(work, customer_id)
        assert existing is not None, "What stood in the way of our account is that account."
        return existing
    account.tenant_id, account.recorded_at = work.tenant_id, work.now
    entry = work.add(
        TrustEntry(
            account_id=account.id,
            customer_id=customer_id,
            seq=account.last_seq,
            reason=TrustEntryReason.OPENED.value,
            claimed=account.balance,
            amount=account.balance,
            balance_after=account.balance,
            ceiling_after=account.ceiling,
            occurred_at=work.now,
        )
    )
    work.emit(opened(account))
    work.emit(posted(entry))
    return account


async def in_hand(work: Work, customer_id: UUID) -> TrustAccount:
    """The customer's account, locked until the act ends: whoever posts next waits. Opened where there is none."""
    account = await queries.account_of(work, customer_id, lock=True)
    if account is not None:
        return account
    await open_account(work, customer_id)
    account = await queries.account_of(work, customer_id, lock=True)
    assert account is not None, "It was opened a statement ago, or by whom we waited for."
    return account


def _new_account(customer_id: UUID, now: datetime) -> TrustAccount:
    return TrustAccount(
        customer_id=customer_id,
        balance=DEFAULT_TRUST_POLICY.opening_balance,
        ceiling=DEFAULT_TRUST_POLICY.opening_ceiling,
        last_seq=1,
        opened_at=now,
    )
