"""Interest 信任利息: what a calendar month without a withdrawal earns, once per account and month.

The base is the lowest balance of the month, by the brand's days and by what was recorded in it; an account earns from its
first full month on. Posted for all accounts some time after the month has ended, by the worker or by a command, and never
twice: the month is the cause. A month somebody missed is made up for; what it would have earned in turn is not.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from server.db.clocks import set_clock
from server.db.work import Work
from server.tenants import queries as tenants
from server.trust import accounts, interest_queries, queries, runs, watching
from server.trust.accounts import Hand
from server.trust.balance import accrue, interest
from server.trust.entries import written
from server.trust.entry_terms import TrustEntryReason
from server.trust.events import posted
from server.trust.interest_terms import key_of, month_after, month_before, month_named, month_of
from server.trust.runs import RunKind
from server.trust.tables import TrustAccount, TrustEntry, TrustRun

CLOCK = "trust.interest"
"""The clock of a brand, whose id is its subject: the month is over."""
_SETTLED_AFTER = timedelta(minutes=10)
"""Acts that had begun before the month ended are over by then."""
_CAUGHT_UP = 24
"""So many missed months are made up for, not more."""


async def watch_months(work: Work) -> None:
    """Have the end of this month noticed."""
    zone = await tenants.time_zone(work)
    begins = datetime.combine(month_after(month_of(work.now, zone)), time(), zone).astimezone(UTC)
    await set_clock(work, CLOCK, work.tenant_id, begins + _SETTLED_AFTER)


async def month_is_over(work: Work, tenant_id: UUID) -> None:
    """The brand's clock has run out: begin to post the month that ended, and any that was missed. Early, it is set again."""
    zone = await tenants.time_zone(work)
    this_month = month_of(work.now - _SETTLED_AFTER, zone)
    done = await interest_queries.last_month(work)
    month = month_before(this_month) if done is None else month_after(done)
    for _ in range(_CAUGHT_UP):
        if month >= this_month:
            break
        await runs.begin(work, RunKind.INTEREST, key_of(month))
        month = month_after(month)
    await watch_months(work)


async def post_next(work: Work, run: TrustRun, at_once: int) -> tuple[UUID | None, int, int]:
    """One step: interest of the run's month for some accounts, held in the customers' order.

    To which customer it came, how many accounts it looked at, how many were posted to.
    """
    held = [accounts.hand(work, one) for one in await queries.held_after(work, run.done_to, at_once)]
    first = month_named(run.key)
    bases = await interest_queries.bases(
        work, [hand.account.id for hand in held], first, month_after(first), key=run.key
    )
    earned = [(hand, interest(bases[hand.account.id], hand.policy)) for hand in held if hand.account.id in bases]
    changed = [await _credit(work, hand, points, run.key) for hand, points in earned if points > 0]
    if changed:
        await interest_queries.raise_balances(work, changed)
    return (held[-1].account.customer_id if held else None), len(held), len(changed)


async def _credit(work: Work, hand: Hand, points: int, key: str) -> TrustAccount:
    """The entry, and the account as it stands after it; the account's row is the caller's to write."""
    account, applied = hand.account, accrue(hand.standing, points)
    entry = TrustEntry(
        account_id=account.id,
        customer_id=account.customer_id,
        seq=account.last_seq + 1,
        reason=TrustEntryReason.INTEREST.value,
        claimed=points,
        amount=0,
        balance_after=0,
        ceiling_after=0,
        policy_version=hand.policy.version,
        cause_key=key,
        day=hand.day,
        occurred_at=work.now,
    )
    written(entry, applied)
    work.add(entry)
    work.emit(posted(entry))
    account.balance, account.last_seq = applied.after.balance, entry.seq
    if account.near_leaving or account.ceiling < hand.policy.leaving_ceiling_below:
        changes = await watching.watched(work, account, hand.policy, withdrew=False)
        if changes:
            await work.change(account, **changes)
    return account
