"""Placements 任职: a person in a group or role, at one store or everywhere, from–to.

Whoever composes these acts also refreshes which customers the person sees: that belongs to a room above.
"""

from __future__ import annotations

from uuid import UUID

from server.db.statements import table_of
from server.db.work import Work
from server.operations import queries
from server.operations.commands import AssignServiceRole
from server.operations.errors import OneUnit, PlacementHasEnded, StaffHasLeft, StoreIsClosed, UnitRetired
from server.operations.events import PlacementEnded, PlacementStarted
from server.operations.tables import Placement, Store
from server.operations.units import Unit, unit_of
from server.tenants.tables import StaffMember


async def start_placement(work: Work, command: AssignServiceRole) -> Placement:
    """Place the person. Placing somebody again where they serve already answers that placement and changes nothing.

    Locks the store, the unit and the person, in this order, so that none of them goes meanwhile. Raises NotFound, OneUnit,
    StaffHasLeft, UnitRetired, StoreIsClosed.
    """
    if (command.group_id is None) == (command.role_id is None):
        raise OneUnit("role_id")
    unit = Unit(command.group_id, command.role_id)
    if command.store_id is not None:
        store = await work.require(Store, command.store_id, "store_id", lock=True)
        if store.closed_at is not None:
            raise StoreIsClosed("store_id", key=store.key)
    row = await queries.unit_row(work, unit, lock=True)
    if row.retired_at is not None:
        raise UnitRetired(unit.field, key=row.key)
    staff = await work.require(StaffMember, command.staff_id, "staff_id", lock=True)
    if staff.left_at is not None:
        raise StaffHasLeft("staff_id")
    for placement in await queries.active_placements(work, staff.id):
        if unit_of(placement) == unit and placement.store_id == command.store_id:
            return placement
    placement = work.add(
        Placement(
            staff_id=staff.id,
            group_id=unit.group_id,
            role_id=unit.role_id,
            store_id=command.store_id,
            from_at=work.now,
        )
    )
    work.emit(
        PlacementStarted(
            placement_id=placement.id,
            staff_id=staff.id,
            group_id=unit.group_id,
            role_id=unit.role_id,
            store_id=placement.store_id,
            from_at=placement.from_at,
        )
    )
    return placement


async def end_placement(work: Work, placement_id: UUID) -> Placement:
    """The person no longer serves there. Friendships stay. Raises PlacementHasEnded."""
    placement = await work.require(Placement, placement_id, "placement_id", lock=True)
    if placement.until_at is not None:
        raise PlacementHasEnded("placement_id")
    await _end(work, placement)
    return placement


async def end_placements_of(work: Work, staff_id: UUID) -> list[Placement]:
    """End every placement of a person, who leaves; answers those that ended."""
    columns = table_of(Placement).c
    ended = await work.rows(Placement, columns.staff_id == staff_id, columns.until_at.is_(None), lock=True)
    for placement in ended:
        await _end(work, placement)
    return ended


async def _end(work: Work, placement: Placement) -> None:
    await work.change(placement, until_at=work.now)
    work.emit(PlacementEnded(placement_id=placement.id, staff_id=placement.staff_id, until_at=work.now))
