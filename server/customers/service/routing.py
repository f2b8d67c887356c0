"""Finds who takes a customer: the staff member named, or whoever of the channel's role or group has fewest friends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from server.customers import queries
from server.customers.commands import AddCustomer
from server.customers.errors import ChannelRetired, NobodyPlaced, StaffMemberGone, WhoAdds
from server.customers.tables import Relationship
from server.db.statements import table_of
from server.db.work import Work
from server.errors import NotFound
from server.operations import queries as operations
from server.operations.tables import Channel, OpsGroup, Placement, ServiceRole, Stage, StoreAncestor
from server.operations.units import Unit, unit_of
from server.tenants.tables import StaffMember

_staff, _placements = table_of(StaffMember), table_of(Placement)
_below, _relationships = table_of(StoreAncestor), table_of(Relationship)


@dataclass(frozen=True, slots=True)
class Taker:
    """Who becomes the friend, in which capacity, where, through which channel."""

    staff_id: UUID
    unit: Unit | None
    store_id: UUID | None
    channel: Channel | None = None


async def named_taker(work: Work, command: AddCustomer) -> UUID | Channel | None:
    """The staff member or channel the input names; a staff member who names neither adds in person.

    Raises WhoAdds where both are named, StaffMemberGone, ChannelRetired, NotFound.
    """
    if command.channel_code is not None and command.staff_id is not None:
        raise WhoAdds("staff_id")
    if command.channel_code is not None:
        return await _channel(work, command.channel_code)
    staff_id = command.staff_id or work.caller.staff_id
    if staff_id is None:
        return None
    staff = await work.require(StaffMember, staff_id, "staff_id")
    if staff.left_at is not None:
        raise StaffMemberGone("staff_id")
    return staff.id


async def staff_taker(work: Work, staff_id: UUID, command: AddCustomer, stages: Sequence[Stage]) -> Taker:
    """The staff member in the capacity given, else in the one of their placements whose stage adds first."""
    placements = await operations.active_placements(work, staff_id)
    given = await _given_unit(work, command)
    if given is not None:
        store_id = next((one.store_id for one in placements if unit_of(one) == given), None)
        return Taker(staff_id, given, store_id)
    if not placements:
        return Taker(staff_id, None, None)
    adds_at: dict[Unit | None, float] = {
        operations.owner_of(stage): stage.position for stage in reversed(stages) if stage.adds
    }
    chosen = min(placements, key=lambda one: (adds_at.get(unit_of(one), math.inf), one.from_at, one.id))
    return Taker(staff_id, unit_of(chosen), chosen.store_id)


async def channel_taker(work: Work, channel: Channel, stages: Sequence[Stage], *, known_customer: UUID | None) -> Taker:
    """Whoever is placed in the channel's role or group, at its store if anybody is: first who is a friend already, then
    who has the fewest friends, then by id. Adds through one unit wait for each other, so a burst is spread evenly.

    A channel placed with nobody in particular serves the owner of the first stage that adds. Raises NobodyPlaced.
    """
    unit = unit_of(channel) or next((operations.owner_of(stage) for stage in stages if stage.adds), None)
    if unit is None:
        raise NobodyPlaced("channel_code")
    await queries.lock_words(work, [f"routing {unit.id}"])
    for store_id in [channel.store_id, None] if channel.store_id else [None]:
        found = await work.fetch_one(_least_burdened(work, unit, store_id, known_customer))
        if found is not None:
            return Taker(found["staff_id"], unit, found["store_id"] or channel.store_id, channel)
    raise NobodyPlaced("channel_code")


async def _channel(work: Work, code: str) -> Channel:
    channel = await operations.channel_by_code(work, code)
    if channel is None:
        raise NotFound("channel_code")
    if channel.retired_at is not None:
        raise ChannelRetired("channel_code")
    return channel


async def _given_unit(work: Work, command: AddCustomer) -> Unit | None:
    if command.role_id is not None:
        role = await work.require(ServiceRole, command.role_id, "role_id")
        if role.retired_at is not None:
            raise NotFound("role_id")
        return Unit(role_id=role.id)
    if command.group_id is not None:
        group = await work.require(OpsGroup, command.group_id, "group_id")
        if group.retired_at is not None:
            raise NotFound("group_id")
        return Unit(group_id=group.id)
    return None


def _least_burdened(work: Work, unit: Unit, store_id: UUID | None, known_customer: UUID | None) -> Any:
    friends = (
        select(func.count())
        .select_from(_relationships)
        .where(
            _relationships.c.tenant_id == _placements.c.tenant_id,
            _relationships.c.staff_id == _placements.c.staff_id,
            _relationships.c.ended_at.is_(None),
        )
        .correlate(_placements)
        .scalar_subquery()
    )
    already = (
        select(func.count())
        .select_from(_relationships)
        .where(
            _relationships.c.tenant_id == _placements.c.tenant_id,
            _relationships.c.staff_id == _placements.c.staff_id,
            _relationships.c.customer_id == known_customer,
            _relationships.c.ended_at.is_(None),
        )
        .correlate(_placements)
        .scalar_subquery()
    )
    statement = (
        select(_placements.c.staff_id, _placements.c.store_id)
        .join(_staff, and_(_staff.c.tenant_id == _placements.c.tenant_id, _staff.c.id == _placements.c.staff_id))
        .where(
            _placements.c.tenant_id == work.tenant_id,
            _placements.c.group_id == unit.group_id if unit.is_group else _placements.c.role_id == unit.role_id,
            _placements.c.until_at.is_(None),
            _staff.c.left_at.is_(None),
        )
        .order_by(already.desc(), friends, _placements.c.staff_id, _placements.c.id)
        .limit(1)
    )
    if store_id is not None:
        below = select(_below.c.store_id).where(_below.c.tenant_id == work.tenant_id, _below.c.ancestor_id == store_id)
        here = _placements.c.store_id.in_(below)
        # A group is one friend to the customer, so the colleague who has them is asked wherever placed.
        statement = statement.where(or_(here, already > 0) if unit.is_group else here)
    return statement
