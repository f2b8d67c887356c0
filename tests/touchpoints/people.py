"""Rows to hang facts on: customers, colleagues, cases. Written straight into the tables: no other act is tested."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.access.permissions import DataScope
from server.customers.access_reasons import AccessReason
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import RoleReason
from server.customers.tables import Case, Customer, CustomerAccess, Relationship, RelationshipRole
from server.db.statements import table_of
from server.db.work import Work
from server.operations.store_kinds import StoreKind
from server.operations.tables import OpsGroup, Placement, ServiceRole, Stage, Store, StoreAncestor
from server.tenants.tables import StaffMember


def customer(work: Work, *, home_store_id: UUID | None = None) -> UUID:
    row = Customer(
        kind=CustomerKind.PERSON,
        name="Li",
        home_store_id=home_store_id,
        first_added_at=work.now,
        updated_at=work.now,
    )
    return work.add(row).id


def colleague(work: Work) -> UUID:
    row = StaffMember(name="Wang", data_scope=DataScope.OWN_CUSTOMERS, joined_at=work.now)
    return work.add(row).id


def store(work: Work, key: str = "S1") -> UUID:
    row = Store(key=key, name=key, kind=StoreKind.STORE)
    return work.add(row).id


def below(work: Work, store_id: UUID, region_id: UUID) -> None:
    """The store lies below the region, and each of them below itself."""
    for lower, upper in ((store_id, store_id), (region_id, region_id), (store_id, region_id)):
        work.add(StoreAncestor(store_id=lower, ancestor_id=upper))


async def case_of(work: Work, customer_id: UUID) -> UUID:
    """An open case, on any stage of the brand's journey."""
    [stage] = await work.rows(Stage, limit=1)
    row = Case(customer_id=customer_id, stage_id=stage.id, opened_at=work.now, moved_at=work.now, updated_at=work.now)
    return work.add(row).id


async def role(work: Work, place: int = 0) -> UUID:
    """One of the brand's service roles, in the order of their keys."""
    found = await work.rows(ServiceRole, order_by=[table_of(ServiceRole).c.key])
    return found[place].id


async def role_of(work: Work, key: str) -> UUID:
    """The brand's service role of this key."""
    [found] = await work.rows(ServiceRole, table_of(ServiceRole).c.key == key)
    return found.id


async def group(work: Work, key: str) -> UUID:
    """The brand's ops group of this key."""
    [found] = await work.rows(OpsGroup, table_of(OpsGroup).c.key == key)
    return found.id


def befriended(
    work: Work, customer_id: UUID, staff_id: UUID, role_id: UUID, since: datetime, *, store_id: UUID | None = None
) -> None:
    """A friendship in a role."""
    friendship = work.add(Relationship(customer_id=customer_id, staff_id=staff_id, since=since))
    work.add(
        RelationshipRole(
            customer_id=customer_id,
            relationship_id=friendship.id,
            role_id=role_id,
            store_id=store_id,
            from_at=since,
            reason=RoleReason.ADDED,
        )
    )


def placed(work: Work, staff_id: UUID, role_id: UUID, since: datetime, *, store_id: UUID | None = None) -> None:
    work.add(Placement(staff_id=staff_id, role_id=role_id, store_id=store_id, from_at=since))


def placed_in_group(work: Work, staff_id: UUID, group_id: UUID, since: datetime) -> None:
    work.add(Placement(staff_id=staff_id, group_id=group_id, from_at=since))


def may_see(work: Work, staff_id: UUID, customer_id: UUID) -> None:
    work.add(CustomerAccess(staff_id=staff_id, customer_id=customer_id, via=AccessReason.RELATIONSHIP))
