"""Every SELECT the room needs."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from server.access.permissions import DataScope
from server.customers.tables import Customer
from server.db.statements import among, table_of
from server.db.work import Work
from server.handoffs.statuses import OPEN, HandoffStatus
from server.handoffs.tables import Handoff
from server.operations.tables import Placement, StoreAncestor
from server.operations.units import Unit
from server.tenants.tables import StaffMember

_handoffs, _customers = table_of(Handoff), table_of(Customer)
_placements, _staff, _above = table_of(Placement), table_of(StaffMember), table_of(StoreAncestor)


async def home_store(work: Work, customer_id: UUID) -> UUID | None:
    found: UUID | None = await work.scalar(
        select(_customers.c.home_store_id).where(
            _customers.c.tenant_id == work.tenant_id, _customers.c.id == customer_id
        )
    )
    return found


async def members(work: Work, unit: Unit, store_id: UUID | None, *, but: Iterable[UUID | None] = ()) -> list[UUID]:
    """Who serves in the unit now, at or above the store, below it, or everywhere; at any store for None. In id order."""
    held = _placements.c.group_id == unit.id if unit.is_group else _placements.c.role_id == unit.id
    where = [_placements.c.tenant_id == work.tenant_id, held, _placements.c.until_at.is_(None), *_still_here(but)]
    if store_id is not None:
        where.append(or_(_placements.c.store_id.is_(None), _related(_placements.c.store_id, store_id)))
    statement = select(_placements.c.staff_id).join(_staff, _placed_person()).where(*where)
    found = await work.fetch(statement.distinct().order_by(_placements.c.staff_id))
    return [record[0] for record in found]


async def serves_in(work: Work, staff_id: UUID, unit: Unit) -> bool:
    """Whether the person is placed in the unit now, wherever."""
    held = _placements.c.group_id == unit.id if unit.is_group else _placements.c.role_id == unit.id
    placed = select(_placements.c.id).where(
        _placements.c.tenant_id == work.tenant_id,
        _placements.c.staff_id == staff_id,
        held,
        _placements.c.until_at.is_(None),
    )
    return await work.scalar(placed.limit(1)) is not None


async def responsible(work: Work, handoff: Handoff) -> UUID | None:
    """Who answers for the store the handoff is at, else for its group, else for the brand; never who asked or was asked.

    For a store: whoever is placed there and sees the store's customers, else above it, the nearest first. For a group:
    whoever is placed in it and sees its customers. For the brand: whoever sees all customers and has been there longest.
    """
    but = (handoff.staff_id, handoff.to_staff_id)
    found: UUID | None = None
    if handoff.store_id is not None:
        found = await _of_store(work, handoff.store_id, but)
    if found is None and handoff.group_id is not None:
        found = await _of_group(work, handoff.group_id, but)
    if found is None:
        everybody = select(_staff.c.id).where(
            _staff.c.tenant_id == work.tenant_id, _staff.c.data_scope == DataScope.ALL.value, *_still_here(but)
        )
        found = await work.scalar(everybody.order_by(_staff.c.joined_at, _staff.c.id).limit(1))
    return found


async def that_matter(work: Work, customer_id: UUID) -> list[Handoff]:
    """The customer's handoffs by which somebody sees them: open and accepted ones."""
    states = [status.value for status in (*OPEN, HandoffStatus.ACCEPTED)]
    return await work.rows(Handoff, _handoffs.c.customer_id == customer_id, among(_handoffs.c.status, states))


async def open_ones(work: Work, *where: ColumnElement[bool]) -> list[Handoff]:
    """Handoffs that wait for an answer, locked in the order of their ids."""
    return await work.rows(Handoff, among(_handoffs.c.status, [status.value for status in OPEN]), *where, lock=True)


async def _of_store(work: Work, store_id: UUID, but: Iterable[UUID | None]) -> UUID | None:
    deeper = table_of(StoreAncestor).alias()
    depth = (
        select(func.count())
        .where(deeper.c.tenant_id == _above.c.tenant_id, deeper.c.store_id == _above.c.ancestor_id)
        .correlate(_above)
        .scalar_subquery()
    )
    statement = (
        select(_placements.c.staff_id)
        .join(_staff, _placed_person())
        .join(
            _above,
            and_(
                _above.c.tenant_id == _placements.c.tenant_id,
                _above.c.ancestor_id == _placements.c.store_id,
                _above.c.store_id == store_id,
            ),
        )
        .where(
            _placements.c.tenant_id == work.tenant_id,
            _placements.c.until_at.is_(None),
            among(_staff.c.data_scope, [DataScope.OWN_STORE.value, DataScope.ALL.value]),
            *_still_here(but),
        )
        .order_by(depth.desc(), _placements.c.from_at, _placements.c.staff_id)
        .limit(1)
    )
    found: UUID | None = await work.scalar(statement)
    return found


async def _of_group(work: Work, group_id: UUID, but: Iterable[UUID | None]) -> UUID | None:
    statement = (
        select(_placements.c.staff_id)
        .join(_staff, _placed_person())
        .where(
            _placements.c.tenant_id == work.tenant_id,
            _placements.c.group_id == group_id,
            _placements.c.until_at.is_(None),
            among(_staff.c.data_scope, [DataScope.OWN_GROUP.value, DataScope.ALL.value]),
            *_still_here(but),
        )
        .order_by(_placements.c.from_at, _placements.c.staff_id)
        .limit(1)
    )
    found: UUID | None = await work.scalar(statement)
    return found


def _placed_person() -> ColumnElement[bool]:
    return and_(_staff.c.tenant_id == _placements.c.tenant_id, _staff.c.id == _placements.c.staff_id)


def _still_here(but: Iterable[UUID | None]) -> list[ColumnElement[bool]]:
    others = [id for id in but if id is not None]
    return [_staff.c.left_at.is_(None), ~among(_staff.c.id, others)]


def _related(placed_at: ColumnElement[UUID], store_id: UUID) -> ColumnElement[bool]:
    """The one store is the other, or above or below it."""

    def lies(lower: object, upper: object) -> ColumnElement[bool]:
        return exists().where(
            _above.c.tenant_id == _placements.c.tenant_id, _above.c.store_id == lower, _above.c.ancestor_id == upper
        )

    return or_(lies(placed_at, store_id), lies(store_id, placed_at))
