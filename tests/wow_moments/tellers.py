"""Customers who came at some time, and what they told of: rows to hang referrals on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from server.customers.customer_kinds import CustomerKind
from server.customers.tables import Customer
from server.db.work import Work
from server.trust.accounts import open_account
from server.wow_moments.surprise_terms import ShareMedium
from server.wow_moments.tables import Share, WowMoment

DAY = timedelta(days=1)


async def customer(work: Work, *, days_ago: float) -> UUID:
    """A customer for so many days, with an account."""
    came = work.now - days_ago * DAY
    row = work.add(Customer(kind=CustomerKind.PERSON, name="Li", first_added_at=came, updated_at=work.now))
    await open_account(work, row.id)
    return row.id


def moment(work: Work, customer_id: UUID, *, days_ago: float, play_id: UUID | None = None) -> UUID:
    at = work.now - days_ago * DAY
    return work.add(WowMoment(customer_id=customer_id, play_id=play_id, occurred_at=at)).id


def share(
    work: Work, customer_id: UUID, moment_id: UUID | None = None, *, days_ago: float, spontaneous: bool = True
) -> UUID:
    return work.add(
        Share(
            customer_id=customer_id,
            wow_moment_id=moment_id,
            medium=ShareMedium.MOMENTS,
            prompted=not spontaneous,
            rewarded=False,
            spontaneous=spontaneous,
            occurred_at=work.now - days_ago * DAY,
        )
    ).id
