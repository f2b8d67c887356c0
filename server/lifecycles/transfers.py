"""Customers pass from one person to others 客户转接: planned, started, and done in the background, part by part.

What is left to do is never written down: it is the friendships the person still has and nobody waits to take over, and
then what they had still to do. So a worker that is killed leaves nothing half done, and the next one goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from server.commands import Command
from server.customers import queries as customers
from server.customers import visibility
from server.customers.candidates import Placed, Pool, pool_of
from server.customers.fact_sources import RoleReason
from server.customers.queue_tables import AssignmentQueueEntry
from server.customers.service import handing_over, queueing, routing
from server.customers.tables import Customer, Relationship, RelationshipRole
from server.db import jobs
from server.db.statements import among, table_of
from server.db.work import Work
from server.lifecycles import open_matters
from server.lifecycles.errors import PlanIsStale, SuccessorIsTheSame, SuccessorNeeded, TransferRuns
from server.lifecycles.events import TransferFinished, TransferProgressed, TransferStarted
from server.lifecycles.succession import Held, Plan, plan
from server.lifecycles.succession_terms import SuccessionRule, TransferState
from server.lifecycles.tables import Transfer
from server.operations.assignment import Presence
from server.operations.assignment_terms import QueueState
from server.operations.tables import Placement, Stage, Workload
from server.operations.units import Unit, unit_of
from server.tenants.queries import require_working_staff
from server.tenants.tables import StaffMember

JOB = "transfer"

AT_ONCE = 50
"""Friendships that pass in one unit of work."""

_friends, _roles, _customers = table_of(Relationship), table_of(RelationshipRole), table_of(Customer)
_queue, _stages, _placements = table_of(AssignmentQueueEntry), table_of(Stage), table_of(Placement)
_transfers, _loads = table_of(Transfer).c, table_of(Workload).c


class TransferRelationships(Command):
    """`plan_id`: only if the plan still is what it was."""

    from_staff_id: UUID
    rule: SuccessionRule = SuccessionRule.SAME_ROLE_AND_STORE
    to_staff_id: UUID | None = None
    plan_id: str | None = None


async def plan_transfer(work: Work, command: TransferRelationships) -> Plan:
    """What the transfer would come to, as things are now. Changes nothing. Refusals as of the transfer."""
    await work.require(StaffMember, command.from_staff_id, "from_staff_id")
    await check_succession(work, command.from_staff_id, command.rule, command.to_staff_id)
    held = await _held(work, command.from_staff_id)
    pools: dict[tuple[Unit, UUID | None], Pool] = {}
    for one in held:
        if one.unit is not None:
            await _add_pool(work, pools, one.unit, one.store_id, command.from_staff_id)
    to = None if command.to_staff_id is None else await _successor(work, command.to_staff_id)
    return plan(held, pools, from_staff_id=command.from_staff_id, to=to)


async def transfer_relationships(work: Work, command: TransferRelationships) -> tuple[Plan, Transfer]:
    """Begin to hand over all of a person's customers; a worker does it. Answers the plan too. Locks the person.

    Raises NotFound, SuccessorNeeded, SuccessorIsTheSame, StaffMemberLeft, TransferRuns, PlanIsStale.
    """
    await work.require(StaffMember, command.from_staff_id, "from_staff_id", lock=True)
    now = await plan_transfer(work, command)
    if command.plan_id not in (None, now.id):
        raise PlanIsStale("plan_id", plan_id=now.id)
    return now, await begin(work, command.from_staff_id, command.rule, command.to_staff_id, leaver=False)


async def begin(
    work: Work, from_staff_id: UUID, rule: SuccessionRule, to_staff_id: UUID | None, *, leaver: bool
) -> Transfer:
    """The transfer with its first step due now. The caller has locked the person's row and checked the succession."""
    running = await work.rows(
        Transfer, _transfers.from_staff_id == from_staff_id, _transfers.state == TransferState.RUNNING.value
    )
    if running:
        raise TransferRuns("from_staff_id")
    total = await work.scalar(select(func.count()).where(*_theirs(work, from_staff_id)))
    transfer = work.add(
        Transfer(
            from_staff_id=from_staff_id,
            to_staff_id=to_staff_id,
            rule=rule.value,
            leaver=leaver,
            total=total,
            started_at=work.now,
        )
    )
    work.emit(
        TransferStarted(
            transfer_id=transfer.id,
            from_staff_id=from_staff_id,
            to_staff_id=to_staff_id,
            rule=rule,
            leaver=leaver,
            total=total,
        )
    )
    await jobs.enqueue(work, JOB, transfer.id)
    return transfer


async def check_succession(
    work: Work, from_staff_id: UUID, rule: SuccessionRule, to_staff_id: UUID | None, *field: str
) -> None:
    """Raises SuccessorNeeded, SuccessorIsTheSame, NotFound, StaffMemberLeft."""
    place = field or ("to_staff_id",)
    if (rule is SuccessionRule.ONE_PERSON) != (to_staff_id is not None):
        raise SuccessorNeeded(*place)
    if to_staff_id == from_staff_id:
        raise SuccessorIsTheSame(*place)
    if to_staff_id is not None:
        await require_working_staff(work, to_staff_id, *place)


async def take_step(work: Work, transfer_id: UUID) -> timedelta | None:
    """The next part of a transfer: the oldest friendships that are left; once there are none, what the person had to do.

    Locks the transfer, the customers of that part, or what is to be done. Safe to run again at any point.
    """
    transfer = await work.get(Transfer, transfer_id, lock=True)
    if transfer is None or transfer.state != TransferState.RUNNING:
        return None
    await visibility.befriending(work)
    usual = await _usual_unit(work, transfer.from_staff_id)
    part = await _left(work, transfer.from_staff_id, AT_ONCE, in_roles_only=usual is None)
    if part:
        moved = 0
        for relationship_id, customer_id in part:
            moved += await _pass_on(work, transfer, relationship_id, customer_id)
        return await _progressed(
            work, transfer, moved=transfer.moved + moved, waiting=transfer.waiting + len(part) - moved
        )
    passed = await open_matters.pass_on(work, transfer, usual, AT_ONCE)
    matters = {
        "matters_moved": transfer.matters_moved + passed.moved,
        "matters_left": transfer.matters_left + passed.left,
    }
    if passed.more:
        return await _progressed(work, transfer, **matters)
    await work.change(transfer, **matters, state=TransferState.DONE.value, finished_at=work.now)
    work.emit(TransferFinished(**_told(transfer)))
    return None


async def _progressed(work: Work, transfer: Transfer, **values: Any) -> timedelta:
    await work.change(transfer, **values)
    work.emit(TransferProgressed(**_told(transfer)))
    return timedelta(0)


def _told(transfer: Transfer) -> dict[str, Any]:
    return {
        "transfer_id": transfer.id,
        "moved": transfer.moved,
        "waiting": transfer.waiting,
        "matters_moved": transfer.matters_moved,
        "matters_left": transfer.matters_left,
        "transfer_version": transfer.version,
    }


async def _pass_on(work: Work, transfer: Transfer, relationship_id: UUID, customer_id: UUID) -> bool:
    """Whether the friendship has passed to somebody in every role it is held in; where not, the customer waits."""
    customer = await work.require(Customer, customer_id, lock=True)
    old = await work.require(Relationship, relationship_id, lock=True)
    if old.ended_at is not None:
        return True
    whole = True
    for unit, store_id in await _capacities(work, old, customer):
        taker = await _taker(work, transfer, customer, unit, store_id)
        if taker.staff_id is None:
            await queueing.enqueue(work, customer, taker, takes_over=old)
            whole = False
            continue
        await handing_over.become_friends(
            work,
            customer.id,
            taker.staff_id,
            taker.unit,
            store_id=taker.store_id,
            reason=RoleReason.ASSIGNED,
            is_counted=taker.is_counted,
        )
        await handing_over.leave_unit(work, old, unit)
    await visibility.refresh_customer(work, customer.id)
    return whole


async def _capacities(work: Work, old: Relationship, customer: Customer) -> list[tuple[Unit, UUID | None]]:
    """The roles and groups the friendship is held in; of one held in none, what its person is or was placed in."""
    held = [(unit, role.store_id) for role in await customers.current_roles(work, old.id) if (unit := unit_of(role))]
    if held:
        return held
    unit = await _usual_unit(work, old.staff_id)
    return [] if unit is None else [(unit, customer.home_store_id)]


async def _taker(
    work: Work, transfer: Transfer, customer: Customer, unit: Unit, store_id: UUID | None
) -> routing.Taker:
    if transfer.to_staff_id is not None:
        if await customers.live_relationship(work, customer.id, transfer.to_staff_id) is not None:
            return routing.Taker(transfer.to_staff_id, unit, store_id)
        to = await _successor(work, transfer.to_staff_id)
        if to is not None and to.candidate.presence is Presence.ON_DUTY:
            taken = await routing.take_turn_of(work, unit, to.candidate, store_id)
            if taken is not None:
                return taken
    return await routing.find_taker(
        work, unit, store_id, known_customer=customer.id, without=transfer.from_staff_id, returning=False
    )


# --------------------------------------------------------------------------------------------------------------- reading


def _theirs(work: Work, staff_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The person's live friendships that nobody waits to take over."""
    waited_for = exists().where(
        _queue.c.tenant_id == _friends.c.tenant_id,
        _queue.c.relationship_id == _friends.c.id,
        _queue.c.state == QueueState.WAITING.value,
    )
    return (
        _friends.c.tenant_id == work.tenant_id,
        _friends.c.staff_id == staff_id,
        _friends.c.ended_at.is_(None),
        ~waited_for,
    )


async def _left(work: Work, staff_id: UUID, at_most: int, *, in_roles_only: bool) -> list[tuple[UUID, UUID]]:
    """The oldest friendships that are to pass on; `in_roles_only`: for those held in no role nobody can be asked."""
    held = exists().where(
        _roles.c.tenant_id == _friends.c.tenant_id,
        _roles.c.relationship_id == _friends.c.id,
        _roles.c.until_at.is_(None),
    )
    statement = (
        select(_friends.c.id, _friends.c.customer_id)
        .where(*_theirs(work, staff_id), *([held] if in_roles_only else []))
        .order_by(_friends.c.since, _friends.c.id)
        .limit(at_most)
    )
    return [(row["id"], row["customer_id"]) for row in await work.fetch(statement)]


async def _held(work: Work, staff_id: UUID) -> list[Held]:
    """The person's friendships, one per role or group, the oldest first, with the customers' other friends."""
    usual = await _usual_unit(work, staff_id)
    statement = (
        select(
            _friends.c.id,
            _friends.c.customer_id,
            _roles.c.group_id,
            _roles.c.role_id,
            _roles.c.store_id,
            _customers.c.home_store_id,
        )
        .join(
            _customers,
            and_(_customers.c.tenant_id == _friends.c.tenant_id, _customers.c.id == _friends.c.customer_id),
        )
        .outerjoin(
            _roles,
            and_(
                _roles.c.tenant_id == _friends.c.tenant_id,
                _roles.c.relationship_id == _friends.c.id,
                _roles.c.until_at.is_(None),
            ),
        )
        .where(*_theirs(work, staff_id))
        .order_by(_friends.c.since, _friends.c.id, _roles.c.from_at, _roles.c.id)
    )
    rows = await work.fetch(statement)
    others = await _other_friends(work, staff_id, {row["customer_id"] for row in rows})
    held = []
    for row in rows:
        in_role = row["group_id"] is not None or row["role_id"] is not None
        held.append(
            Held(
                relationship_id=row["id"],
                customer_id=row["customer_id"],
                unit=Unit(row["group_id"], row["role_id"]) if in_role else usual,
                store_id=row["store_id"] if in_role else row["home_store_id"],
                others=frozenset(others.get(row["customer_id"], ())),
            )
        )
    return held


async def _other_friends(work: Work, staff_id: UUID, customer_ids: set[UUID]) -> dict[UUID, list[UUID]]:
    statement = select(_friends.c.customer_id, _friends.c.staff_id).where(
        _friends.c.tenant_id == work.tenant_id,
        among(_friends.c.customer_id, customer_ids),
        _friends.c.staff_id != staff_id,
        _friends.c.ended_at.is_(None),
    )
    found: dict[UUID, list[UUID]] = {}
    for row in await work.fetch(statement):
        found.setdefault(row["customer_id"], []).append(row["staff_id"])
    return found


async def _usual_unit(work: Work, staff_id: UUID) -> Unit | None:
    """What the person was placed in last, or else the owner of the first stage that adds."""
    placed = await work.fetch_one(
        select(_placements.c.group_id, _placements.c.role_id)
        .where(_placements.c.tenant_id == work.tenant_id, _placements.c.staff_id == staff_id)
        .order_by(_placements.c.until_at.desc().nulls_first(), _placements.c.from_at, _placements.c.id)
        .limit(1)
    )
    if placed is not None:
        return Unit(placed["group_id"], placed["role_id"])
    stage = await work.fetch_one(
        select(_stages.c.owner_group_id, _stages.c.owner_role_id)
        .where(_stages.c.tenant_id == work.tenant_id, _stages.c.retired_at.is_(None), _stages.c.adds)
        .order_by(_stages.c.position)
        .limit(1)
    )
    return None if stage is None else Unit(stage["owner_group_id"], stage["owner_role_id"])


async def _add_pool(
    work: Work,
    pools: dict[tuple[Unit, UUID | None], Pool],
    unit: Unit,
    store_id: UUID | None,
    without: UUID,
) -> None:
    if (unit, store_id) in pools:
        return
    found = await pool_of(work, unit, store_id)
    people = tuple(one for one in found.people if one.candidate.staff_id != without)
    pools[unit, store_id] = replace(found, people=people)
    if found.backup_group_id is not None:
        await _add_pool(work, pools, Unit(group_id=found.backup_group_id), store_id, without)


async def _successor(work: Work, staff_id: UUID) -> Placed | None:
    """The person named, wherever placed, at any hour; None for somebody placed nowhere, who takes nobody."""
    placed = await work.fetch_one(
        select(_placements.c.group_id, _placements.c.role_id)
        .where(
            _placements.c.tenant_id == work.tenant_id,
            _placements.c.staff_id == staff_id,
            _placements.c.until_at.is_(None),
        )
        .order_by(_placements.c.from_at, _placements.c.id)
        .limit(1)
    )
    if placed is None:
        return None
    pool = await pool_of(work, Unit(placed["group_id"], placed["role_id"]), None)
    found = next((one for one in pool.people if one.candidate.staff_id == staff_id), None)
    if found is None or found.candidate.presence is Presence.OFF:
        return found
    return replace(found, candidate=replace(found.candidate, presence=Presence.ON_DUTY))
