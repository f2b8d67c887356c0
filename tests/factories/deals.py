"""A brand that deals with one customer: a store, a staff member placed there who sees that customer only, a case, an item."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers.tables import Subject
from server.db.work import Work
from server.ids import global_id
from server.items.kinds import ItemKind
from server.items.tables import Item
from server.operations.tables import StoreAncestor
from tests.factories.brands import Brand
from tests.touchpoints import people


@dataclass(frozen=True)
class Deal:
    """Rows as bare as they may be, and ways to act on them."""

    brand: Brand
    customer: UUID
    stranger: UUID
    """A customer the staff member does not see."""
    staff: UUID
    role: UUID
    store: UUID
    case: UUID
    subject: UUID
    item: UUID
    clerk: Caller
    """The staff member."""

    @property
    def about(self) -> dict[str, Any]:
        return {"customerId": global_id("Customer", self.customer)}

    @asynccontextmanager
    async def work(self, *, clerk: bool = False) -> AsyncIterator[Work]:
        async with self.brand.world.work(self.clerk if clerk else self.brand.owner) as work:
            yield work

    async def act(self, name: str, select: str, /, *, by: Caller | None = None, **input: Any) -> dict[str, Any]:
        """The payload of a mutation, done by the owner unless somebody is named."""
        type_name = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {type_name}Input!) {{ {name}(input: $input) {{"
            f" userErrors {{ code field message }} cursor {select} }} }}"
        )
        body = await self.brand.world.ask(by or self.brand.owner, query, {"input": input})
        assert "errors" not in body, body
        payload: dict[str, Any] = body["data"][name]
        return payload

    async def done(self, name: str, select: str, /, *, by: Caller | None = None, **input: Any) -> dict[str, Any]:
        """The same, of an act that is not refused."""
        payload = await self.act(name, select, by=by, **input)
        assert payload["userErrors"] == [], payload
        return payload

    async def told(self, prefix: str) -> list[str]:
        """The types of the events that begin so, in order."""
        return [type_name for _, type_name in await self.brand.events() if type_name.startswith(prefix)]


def told(work: Work) -> list[Any]:
    """What an act has told so far, without what it put into the inbox and took out of it, and what it posted to trust."""
    return [event for event in work.events if not event.type.startswith(("work_item.", "trust."))]


async def deal(brand: Brand) -> Deal:
    async with brand.work() as work:
        store, staff, role = people.store(work), people.colleague(work), await people.role(work)
        customer, stranger = people.customer(work), people.customer(work)
        item = work.add(Item(key="cake", name="Cake", kind=ItemKind.GOODS.value)).id
        work.add(StoreAncestor(store_id=store, ancestor_id=store))
        people.placed(work, staff, role, work.now, store_id=store)
        people.may_see(work, staff, customer)
        case = await people.case_of(work, customer)
        subject = work.add(Subject(customer_id=customer, kind="PET", name="Mimi")).id
    clerk = brand.as_staff(staff, DataScope.OWN_CUSTOMERS)
    return Deal(brand, customer, stranger, staff, role, store, case, subject, item, clerk)
