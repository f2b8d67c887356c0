"""A home decorator's two departments, their people and one customer: rows as bare as they may be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers.access_reasons import AccessReason
from server.customers.customer_kinds import CustomerKind
from server.customers.tables import Customer, CustomerAccess
from server.db.work import Work
from server.items.prices import Amount
from server.items.tables import Item
from server.operations.tables import Placement, Store
from server.quotes.commands import (
    AcceptQuote,
    DraftQuote,
    GuaranteeGiven,
    IssueQuote,
    LineGiven,
    PresentQuote,
    SetQuotePolicy,
)
from server.quotes.quote_terms import ConflictPolicy
from server.quotes.service.answering import accept_quote, present_quote
from server.quotes.service.drafting import draft_quote
from server.quotes.service.issuing import issue_quote
from server.quotes.service.resolving import set_quote_policy
from server.quotes.tables import Quote
from server.tenants.tables import StaffMember
from tests.factories.brands import Brand

DAY = timedelta(days=1)
TEN_YEARS = GuaranteeGiven(scope="水电", months=120)


@dataclass(frozen=True)
class Seller:
    """Somebody who serves the customer, in a role at a store."""

    staff: UUID
    caller: Caller
    store: UUID


@dataclass(frozen=True)
class House:
    """Two people of sales, each in a showroom of their own, and a designer, who may not quote."""

    brand: Brand
    customer: UUID
    sales: Seller
    sales_two: Seller
    designer: Seller
    wiring: UUID
    kitchen: UUID

    @asynccontextmanager
    async def work(self, seller: Seller | None = None) -> AsyncIterator[Work]:
        """As the first of sales, or as somebody else."""
        async with self.brand.world.work((seller or self.sales).caller) as work:
            yield work

    async def draft(self, seller: Seller | None = None, /, **given: Any) -> Quote:
        """A draft by the seller; see `terms`."""
        async with self.work(seller) as work:
            return await draft_quote(work, DraftQuote(customer_id=self.customer, **self.terms(work.now, **given)))

    def terms(
        self,
        now: datetime,
        *,
        price: str = "100.00",
        item: UUID | None = None,
        guarantees: tuple[GuaranteeGiven, ...] = (TEN_YEARS,),
        days: int = 30,
        **more: Any,
    ) -> dict[str, Any]:
        """One line: the wiring for 100.00, guaranteed for ten years, valid for thirty days."""
        line = LineGiven(item_id=item or self.wiring, unit_price=Amount(amount=Decimal(price)))
        return {"lines": (line,), "guarantees": guarantees, "valid_until": now + days * DAY, **more}

    async def issue(self, quote: Quote | UUID, seller: Seller | None = None) -> Quote:
        async with self.work(seller) as work:
            return await issue_quote(work, IssueQuote(quote_id=quote if isinstance(quote, UUID) else quote.id))

    async def issued(self, seller: Seller | None = None, /, **given: Any) -> Quote:
        return await self.issue(await self.draft(seller, **given), seller)

    async def presented(self, seller: Seller | None = None, /, **given: Any) -> Quote:
        quote = await self.issued(seller, **given)
        async with self.work(seller) as work:
            return await present_quote(work, PresentQuote(quote_id=quote.id))

    async def accepted(self, seller: Seller | None = None, /, **given: Any) -> Quote:
        quote = await self.presented(seller, **given)
        async with self.work(seller) as work:
            return await accept_quote(work, AcceptQuote(quote_id=quote.id))

    async def allow(self) -> None:
        """Conflicts may be answered for from now on."""
        async with self.brand.work() as work:
            await set_quote_policy(work, SetQuotePolicy(on_conflict=ConflictPolicy.ALLOW_WITH_RESOLUTION))

    async def quote(self, id: UUID) -> Quote:
        """As it is now."""
        async with self.brand.work() as work:
            return await work.require(Quote, id)

    async def told(self, prefix: str = "quote") -> list[str]:
        """What the log says of quotes, lines and terms left out."""
        left_out = ("quote.line_stated", "quote.guarantee_stated")
        return [type for _, type in await self.brand.events() if type.startswith(prefix) and type not in left_out]


async def house(brand: Brand) -> House:
    """`brand` is one of home decoration."""
    async with brand.work() as work:
        roles = {row["key"]: row["id"] for row in await work.raw.fetch("SELECT key, id FROM service_roles")}
        customer = new_customer(work)
        sellers = {
            key: _seller(work, brand, customer, role=roles[role], key=key)
            for key, role in (("sales", "sales"), ("sales_two", "sales"), ("designer", "designer"))
        }
        wiring, kitchen = _item(work, "wiring"), _item(work, "kitchen")
    return House(brand, customer, **sellers, wiring=wiring, kitchen=kitchen)


def new_customer(work: Work) -> UUID:
    return work.add(
        Customer(kind=CustomerKind.PERSON.value, name="邵先生", first_added_at=work.now, updated_at=work.now)
    ).id


def sees(work: Work, staff: UUID, customer: UUID) -> None:
    work.add(CustomerAccess(staff_id=staff, customer_id=customer, via=AccessReason.RELATIONSHIP.value))


def _seller(work: Work, brand: Brand, customer: UUID, *, role: UUID, key: str) -> Seller:
    store = work.add(Store(key=f"room_{key}", name=f"展厅 {key}", kind="STORE")).id
    staff = work.add(StaffMember(name=f"员工 {key}", joined_at=work.now)).id
    work.add(Placement(staff_id=staff, role_id=role, store_id=store, from_at=work.now))
    sees(work, staff, customer)
    return Seller(staff, brand.as_staff(staff, DataScope.OWN_CUSTOMERS), store)


def _item(work: Work, key: str) -> UUID:
    return work.add(Item(key=key, name=key, kind="SERVICE")).id
