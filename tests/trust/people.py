"""Whose trust is kept: a customer, as bare as a row may be."""

from __future__ import annotations

from uuid import UUID

from server.customers.customer_kinds import CustomerKind
from server.customers.tables import Customer
from server.db.work import Work
from server.trust.entries import Posting
from server.trust.policy import Worth
from server.trust.reasons import TrustReason
from tests.factories.brands import Brand


def new_customer(work: Work) -> UUID:
    return work.add(
        Customer(kind=CustomerKind.PERSON.value, name="林女士", first_added_at=work.now, updated_at=work.now)
    ).id


async def customer_of(brand: Brand) -> UUID:
    """A customer without an account."""
    async with brand.work() as work:
        return new_customer(work)


def by_hand(points: int, *, severity_bp: int | None = None) -> Posting:
    """So many points, by hand: a deposit above zero, a withdrawal below."""
    reason = TrustReason.MANUAL_DEPOSIT if points > 0 else TrustReason.MANUAL_WITHDRAWAL
    return Posting(reason=reason, worth=Worth(points * 100, severity_bp))
