"""Clinics in which a consultant asks the doctors to take a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers import visibility
from server.customers.access_reasons import AccessReason
from server.customers.tables import CustomerAccess
from server.db.work import Work
from server.tenants.tables import StaffMember
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand
from tests.touchpoints import people


@dataclass(frozen=True)
class Clinic:
    """Two clinics in a region. The customer is at home in the first and a friend of its consultant."""

    brand: Brand
    customer: UUID
    consultant: UUID
    doctors: tuple[UUID, UUID]
    """Placed in the first clinic."""
    elsewhere: UUID
    """A doctor of the second one."""
    manager: UUID
    """Sees the first clinic's customers."""
    store: UUID
    other_store: UUID
    roles: dict[str, UUID]

    def caller(self, staff_id: UUID) -> Caller:
        return self.brand.as_staff(staff_id, DataScope.OWN_CUSTOMERS)

    @asynccontextmanager
    async def work(self, staff_id: UUID) -> AsyncIterator[Work]:
        async with self.brand.world.work(self.caller(staff_id)) as work:
            yield work

    async def sees(self, staff_id: UUID) -> set[str]:
        """Why the person sees the customer."""
        async with self.brand.work() as work:
            rows = await work.rows(CustomerAccess)
        return {one.via for one in rows if (one.staff_id, one.customer_id) == (staff_id, self.customer)}

    async def item(self) -> WorkItem:
        async with self.brand.work() as work:
            [item] = await work.rows(WorkItem)
        return item


HANDOFF = AccessReason.HANDOFF.value


async def clinic(brand: Brand) -> Clinic:
    async with brand.work() as work:
        store, other, region = (people.store(work, key) for key in ("S1", "S2", "R"))
        people.below(work, store, region)
        keys = ("customer_service", "consultant", "doctor", "store_manager")
        roles = {key: await people.role_of(work, key) for key in keys}
        customer = people.customer(work, home_store_id=store)
        consultant, one, two, elsewhere = (people.colleague(work) for _ in range(4))
        manager = work.add(
            StaffMember(name="Chen", data_scope=DataScope.OWN_STORE.value, joined_at=work.now - timedelta(days=9))
        ).id
        since = work.now - timedelta(days=2)
        for staff, role, where in (
            (consultant, "consultant", store),
            (one, "doctor", store),
            (two, "doctor", store),
            (elsewhere, "doctor", other),
            (manager, "store_manager", store),
        ):
            people.placed(work, staff, roles[role], since, store_id=where)
        people.befriended(work, customer, consultant, roles["consultant"], since, store_id=store)
    async with brand.work() as work:
        await visibility.refresh_customer(work, customer)
    return Clinic(brand, customer, consultant, (one, two), elsewhere, manager, store, other, roles)
