"""Giving a customer to somebody by hand 分配: from now on this person serves them in this role or group."""

from __future__ import annotations

from uuid import UUID

from server.customers import queries, visibility
from server.customers.candidates import pool_of
from server.customers.commands import AssignCustomer
from server.customers.errors import AssigneeFull, AssigneeOff, NoCapacityGiven, OutOfSight, StaffMemberGone
from server.customers.fact_sources import RoleReason
from server.customers.family import one_with
from server.customers.service import handing_over, queueing, routing
from server.customers.service.routing import Taker
from server.customers.tables import Customer, Relationship
from server.db.statements import table_of
from server.db.work import Work
from server.errors import NotFound
from server.operations import queries as operations
from server.operations.assignment import Presence
from server.operations.tables import Store
from server.operations.units import Unit, unit_of
from server.tenants.tables import StaffMember

_friends = table_of(Relationship).c


async def assign_customer(work: Work, command: AssignCustomer) -> Relationship:
    """The person is the customer's friend in the role or group, instead of whoever was. A friendship that was held in
    nothing else ends as TRANSFERRED; the history stays. Doing it again changes nothing.

    Without a person, whoever's turn it is. Locks the customer. Raises NotFound, StaffMemberGone, NoCapacityGiven, AssigneeOff,
    AssigneeFull, OutOfSight where the customer would be out of the caller's sight.
    """
    await visibility.befriending(work)
    await visibility.require_visible(work, command.customer_id, "customer_id")
    customer = await work.require(Customer, command.customer_id, "customer_id", lock=True)
    store = None if command.store_id is None else await queries.open_store(work, command.store_id)
    if command.store_id is not None and store is None:
        raise NotFound("store_id")
    unit = await _unit(work, command)
    holders = await holders_of(work, customer.id, unit)
    if command.staff_id is not None and command.staff_id in {one.staff_id for one in holders} and len(holders) == 1:
        await queueing.settle(work, customer.id, unit, command.staff_id)
        return holders[0]
    taker = await _taker(work, command, customer, unit, store)
    assert taker.staff_id is not None
    relationship = await handing_over.become_friends(
        work,
        customer.id,
        taker.staff_id,
        taker.unit,
        store_id=taker.store_id,
        reason=RoleReason.ASSIGNED,
        is_counted=taker.is_counted,
    )
    for old in holders:
        if old.id != relationship.id:
            await handing_over.leave_unit(work, old, unit)
    await queueing.settle(work, customer.id, unit, taker.staff_id)
    await visibility.refresh_customer(work, customer.id)
    await queueing.serve(work, [unit])
    if not work.caller.sees_everything and not await visibility.is_visible(work, customer.id):
        raise OutOfSight("staff_id")
    return relationship


async def holders_of(work: Work, customer_id: UUID, unit: Unit) -> list[Relationship]:
    """Whoever holds the role or group for the customer now; locked, in the order of ids."""
    held = []
    live = await work.rows(
        Relationship,
        one_with(_friends.customer_id, customer_id, work.tenant_id),
        _friends.ended_at.is_(None),
        lock=True,
    )
    for relationship in live:
        roles = await queries.current_roles(work, relationship.id)
        if any(unit_of(role) == unit for role in roles):
            held.append(relationship)
    return held


async def _unit(work: Work, command: AssignCustomer) -> Unit:
    """The one named, or the only one the person is placed in."""
    if command.group_id is not None and command.role_id is not None:
        raise NoCapacityGiven("role_id")
    named = unit_of(command)
    if named is not None:
        return await operations.unit_in_use(work, named)
    placed = [] if command.staff_id is None else await operations.active_placements(work, command.staff_id)
    units = {unit_of(one) for one in placed}
    if len(units) != 1:
        raise NoCapacityGiven("role_id")
    [unit] = units
    assert unit is not None
    return unit


async def _taker(work: Work, command: AssignCustomer, customer: Customer, unit: Unit, store: Store | None) -> Taker:
    store_id = None if store is None else store.id
    if command.staff_id is None:
        return await _whose_turn(work, unit, store_id or customer.home_store_id)
    staff = await work.require(StaffMember, command.staff_id, "staff_id")
    if staff.left_at is not None:
        raise StaffMemberGone("staff_id")
    pool = await pool_of(work, unit, store_id)
    placed = next((one for one in pool.people if one.candidate.staff_id == staff.id), None)
    if placed is None:
        raise NoCapacityGiven("staff_id")
    if placed.candidate.presence is Presence.OFF:
        raise AssigneeOff("staff_id")
    if await queries.live_relationship(work, customer.id, staff.id) is not None:
        return Taker(staff.id, unit, store_id or placed.store_id)
    taker = await routing.take_turn_of(work, unit, placed.candidate, store_id or placed.store_id)
    if taker is None:
        one = placed.candidate
        raise AssigneeFull(
            "staff_id",
            friends=one.friends,
            capacity=one.capacity,
            added_today=one.added_today,
            daily_limit=one.daily_limit,
        )
    return taker


async def _whose_turn(work: Work, unit: Unit, store_id: UUID | None) -> Taker:
    taker = await routing.find_taker(work, unit, store_id)
    if taker.staff_id is None:
        raise AssigneeFull("staff_id", friends=None, capacity=None, added_today=None, daily_limit=None)
    return taker
