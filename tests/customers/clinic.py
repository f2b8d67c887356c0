"""A clinic chain to add customers to: two clinics below one region, people placed in roles, a channel.

Rows are written straight into the tables, so that no other room's act is under test here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.access.caller import Caller
from server.access.permissions import DataScope
from server.customers.commands import AddCustomer
from server.customers.service import adding
from server.customers.service.adding import Added
from server.customers.visibility import refresh_staff
from server.db.statements import table_of
from server.db.work import Work
from server.ids import global_id
from server.operations.channel_kinds import ChannelKind
from server.operations.store_kinds import StoreKind
from server.operations.tables import Channel, OpsGroup, Placement, ServiceRole, Stage, Store, StoreAncestor
from server.tenants.tables import StaffMember
from tests.factories.brands import Brand


@dataclass
class Clinic:
    """A brand with its journey, and ways to people it."""

    brand: Brand

    async def role(self, key: str) -> UUID:
        async with self.brand.work() as work:
            [found] = await work.rows(ServiceRole, table_of(ServiceRole).c.key == key)
        return found.id

    async def group(self) -> UUID:
        async with self.brand.work() as work:
            [found] = await work.rows(OpsGroup)
        return found.id

    async def stage(self, key: str) -> UUID:
        async with self.brand.work() as work:
            [found] = await work.rows(Stage, table_of(Stage).c.key == key)
        return found.id

    async def store(self, key: str, *, below: UUID | None = None, kind: StoreKind = StoreKind.STORE) -> UUID:
        async with self.brand.work() as work:
            store = work.add(Store(key=key, name=key, kind=kind, parent_id=below))
            above = []
            if below is not None:
                rows = await work.rows(StoreAncestor, table_of(StoreAncestor).c.store_id == below)
                above = [row.ancestor_id for row in rows]
            for ancestor_id in [store.id, *above]:
                work.add(StoreAncestor(store_id=store.id, ancestor_id=ancestor_id))
        return store.id

    async def staff(
        self,
        name: str = "Wang",
        *,
        scope: DataScope = DataScope.OWN_CUSTOMERS,
        role: UUID | None = None,
        group: UUID | None = None,
        store: UUID | None = None,
    ) -> UUID:
        """A person, placed where a role or group is given."""
        async with self.brand.work() as work:
            staff = work.add(StaffMember(name=name, data_scope=scope.value, joined_at=work.now))
            if role is not None or group is not None:
                work.add(Placement(staff_id=staff.id, role_id=role, group_id=group, store_id=store, from_at=work.now))
            await refresh_staff(work, staff.id)
        return staff.id

    async def channel(self, code: str, **given: Any) -> UUID:
        async with self.brand.work() as work:
            values = {"name": code, "kind": ChannelKind.STORE_MATERIAL.value, **given}
            channel = work.add(Channel(state=code, **values))
        return channel.id

    async def add(
        self, *, name: str = "李雷", phone: str | None = "13800001234", by: Caller | None = None, **given: Any
    ) -> Added:
        """Add a customer as the owner, or as `by`."""
        identities = [{"kind": "PHONE", "value": phone}] if phone else []
        command = AddCustomer.model_validate({"name": name, "identities": identities, **given})
        async with self.brand.world.work(by or self.brand.owner) as work:
            return await adding.add_customer(work, command)

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        async with self.brand.work() as work:
            return list(await work.raw.fetch(sql, *values))


def customer_gid(added: Added) -> str:
    return global_id("Customer", added.customer.id)


async def seen_by(work: Work, customer_id: UUID) -> set[tuple[UUID, str]]:
    """Who sees the customer, and why."""
    rows = await work.raw.fetch("SELECT staff_id, via FROM customer_access WHERE customer_id = $1", customer_id)
    return {(row["staff_id"], row["via"]) for row in rows}
