"""Opening an account, and taking it into hand for its next entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from server.db.work import Work
from server.trust import queries
from server.trust.balance import Standing
from server.trust.entry_terms import TrustEntryReason
from server.trust.events import opened, posted
from server.trust.policy import TrustPolicy
from server.trust.tables import TrustAccount, TrustEntry


@dataclass(frozen=True, slots=True)
class Hand:
    """An account that is held, the policy in force, and the brand's day on which the act posts."""

    account: TrustAccount
    policy: TrustPolicy
    day: date

    @property
    def standing(self) -> Standing:
        held = self.account
        return Standing(held.balance, held.ceiling, held.creases, held.deposit_day, held.deposited)


async def open_account(work: Work, customer_id: UUID) -> TrustAccount:
    """The customer's account, opened with the balance and ceiling of the policy where there is none yet.

    The opening balance is entry number 1. Opening again changes nothing. The customer must be there: that is
    the caller's to answer for.
    """
    account = TrustAccount(
        customer_id=customer_id,
        balance=0,
        ceiling=0,
        last_seq=1,
        kept_since=work.now,
        opened_at=work.now,
        recorded_at=work.now,
    )
    account.tenant_id = work.tenant_id
    made = await queries.insert_account(work, account)
    if made is None:
        existing = await queries.account_of(work, customer_id)
        assert existing is not None, "What stood in the way of our account is that account."
        return existing
    account.balance, account.ceiling = made.balance, made.ceiling
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
            policy_version=made.policy_version,
            day=day_of(work, made.zone),
            occurred_at=work.now,
        )
    )
    work.emit(opened(account))
    work.emit(posted(entry))
    return account


async def in_hand(work: Work, customer_id: UUID) -> Hand:
    """The customer's account, locked until the act ends: whoever posts next waits. Opened where there is none."""
    found = await queries.held_accounts(work, [customer_id])
    if not found:
        await open_account(work, customer_id)
        found = await queries.held_accounts(work, [customer_id])
    assert found, "It was opened a statement ago, or by whom we waited for."
    return hand(work, found[0])


async def in_hand_by_id(work: Work, account_id: UUID) -> Hand | None:
    """The account of this id, locked; None where there is none."""
    found = await queries.held_account(work, account_id)
    return None if found is None else hand(work, found)


def hand(work: Work, held: queries.Held) -> Hand:
    return Hand(held.account, held.policy, day_of(work, held.zone))


def day_of(work: Work, zone: ZoneInfo) -> date:
    """The brand's day on which the act takes place."""
    return work.now.astimezone(zone).date()
