"""Acts on who serves where, with what follows for the customers people see.

The rows are operations'; which customers a placement opens to its holder is the customers' room's.
"""

from __future__ import annotations

from uuid import UUID

from server.customers import visibility
from server.customers.service import queueing
from server.db.statements import table_of
from server.db.work import Work
from server.handoffs import service as handoffs
from server.lifecycles.errors import RoleOwnsNothing
from server.operations import boundaries, placements, queries, stores
from server.operations.commands import AssignServiceRole, DefineStore
from server.operations.tables import Placement, ServiceRole, Store
from server.operations.units import Unit
from server.wow_moments.tables import WowPlay


async def assign_service_role(work: Work, command: AssignServiceRole) -> Placement:
    """Place a person in a group or role, and open to them what its holders see; whoever
    waited for somebody there is assigned. Refusals as of the placement, and RoleOwnsNothing."""
    if command.role_id is not None:
        await _require_duty(work, command.role_id)
    placement = await placements.start_placement(work, command)
    await visibility.refresh_staff(work, placement.staff_id)
    await _follow(work, placement)
    await queueing.serve(work, await queries.units_served_by(work, placement.staff_id))
    return placement


async def end_placement(work: Work, placement_id: UUID) -> Placement:
    """End a placement, and close to its holder what only it had opened."""
    placement = await placements.end_placement(work, placement_id)
    await visibility.refresh_staff(work, placement.staff_id)
    await _follow(work, placement)
    return placement


async def _require_duty(work: Work, role_id: UUID) -> None:
    """A role is there for a stage, a purpose or a surprise; a sleeping one for a model to come, and an ops group may be
    there to help another one out."""
    unit = Unit(role_id=role_id)
    role = await queries.unit_row(work, unit)
    if isinstance(role, ServiceRole) and role.dormant:
        return
    plays = table_of(WowPlay).c
    model = await queries.require_in_force(work)
    boundary = (await boundaries.boundaries_of(work, model.id)).get(unit)
    if boundary is not None and boundary.owns:
        return
    if await queries.stages_of(work, unit):
        return
    if await work.rows(WowPlay, plays.role_id == role_id, plays.retired_at.is_(None), limit=1):
        return
    raise RoleOwnsNothing("role_id", key=role.key)


async def _follow(work: Work, placement: Placement) -> None:
    """What the role or group is asked to take over is asked of whoever serves in it now."""
    await handoffs.follow_placements(work, Unit(placement.group_id, placement.role_id))


async def define_store(work: Work, command: DefineStore) -> Store:
    """Make, change or move a store. People placed above its old or new place see other stores' customers then."""
    defined = await stores.define_store(work, command)
    if defined.changed_above:
        for staff_id in await queries.staff_at(work, defined.changed_above):
            await visibility.refresh_staff(work, staff_id)
    return defined.store
