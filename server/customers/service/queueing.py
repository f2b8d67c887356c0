"""The assignment queue 待分配: nobody is lost. Who found nobody with room waits, and is assigned when somebody has.

Every place in the queue has a clock of its own, set when somebody may have room again; acts that make room let the
head of the queue move on at once. First come, first served, as far as groups, roles and stores allow.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from server.customers import visibility
from server.customers.events import AssignmentDelayed, AssignmentMade, AssignmentQueued, AssignmentWithdrawn
from server.customers.fact_sources import RoleReason
from server.customers.family import one_with
from server.customers.queue_tables import AssignmentQueueEntry
from server.customers.service import handing_over, routing
from server.customers.service.routing import Taker
from server.customers.tables import Customer, Relationship
from server.db.clocks import set_clock, stop_clock
from server.db.statements import table_of
from server.db.work import Work
from server.operations.assignment_terms import QueueState
from server.operations.tables import Channel
from server.operations.units import Unit, unit_of
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

CLOCK = "ASSIGNMENT"
"""The clock of a place in the queue."""

AT_ONCE = 20
"""How many are served within an act that made room; the clocks see to the others in the next second."""

ASSIGN_WITHIN = timedelta(minutes=15)
"""Until then somebody should have seen to it that the customer has a friend."""

_SOON, _LATER = timedelta(seconds=1), timedelta(minutes=15)
_LOOKED_AT = 200

_q = table_of(AssignmentQueueEntry).c
_friends, _customers = table_of(Relationship), table_of(Customer)


async def enqueue(
    work: Work, customer: Customer, taker: Taker, *, takes_over: Relationship | None = None
) -> AssignmentQueueEntry:
    """The customer waits; one who does already keeps the place. The customer's row must be locked by the caller."""
    assert taker.unit is not None
    assert taker.waits_for is not None
    waiting = await waiting_for(work, customer.id, taker.unit)
    if waiting is None:
        waiting = work.add(
            AssignmentQueueEntry(
                customer_id=customer.id,
                group_id=taker.unit.group_id,
                role_id=taker.unit.role_id,
                store_id=taker.store_id,
                channel_id=None if taker.channel is None else taker.channel.id,
                relationship_id=None if takes_over is None else takes_over.id,
                reason=taker.waits_for.value,
                since=work.now,
            )
        )
        inbox.add_item(
            work,
            WorkItemKind.ASSIGNMENT_QUEUE,
            waiting.id,
            Whose(unit=taker.unit, store_id=taker.store_id),
            due_at=work.now + ASSIGN_WITHIN,
            customer_id=customer.id,
        )
        work.emit(
            AssignmentQueued(
                queue_entry_id=waiting.id,
                customer_id=customer.id,
                group_id=waiting.group_id,
                role_id=waiting.role_id,
                store_id=waiting.store_id,
                channel_id=waiting.channel_id,
                relationship_id=waiting.relationship_id,
                reason=taker.waits_for,
            )
        )
    await set_clock(work, CLOCK, waiting.id, taker.again_at or work.now + _LATER)
    return waiting


async def waiting_for(work: Work, customer_id: UUID, unit: Unit) -> AssignmentQueueEntry | None:
    """The customer's place in the queue of the unit; locked."""
    found = await work.rows(
        AssignmentQueueEntry,
        one_with(_q.customer_id, customer_id, work.tenant_id),
        _of(unit),
        _q.state == QueueState.WAITING.value,
        lock=True,
    )
    return found[0] if found else None


async def settle(work: Work, customer_id: UUID, unit: Unit, staff_id: UUID) -> None:
    """Somebody of the unit is the customer's friend now: whoever waited for that need not any more."""
    waiting = await waiting_for(work, customer_id, unit)
    if waiting is not None:
        await _assigned(work, waiting, staff_id)


async def withdraw(work: Work, entry: AssignmentQueueEntry) -> None:
    """Nothing is left to wait for. The row must be locked by the caller."""
    await work.change(entry, state=QueueState.WITHDRAWN.value, settled_at=work.now)
    await stop_clock(work, CLOCK, entry.id)
    await inbox.close_item(work, WorkItemKind.ASSIGNMENT_QUEUE, entry.id)
    work.emit(AssignmentWithdrawn(queue_entry_id=entry.id, customer_id=entry.customer_id))


async def serve(work: Work, units: Iterable[Unit], *, at_most: int = AT_ONCE) -> int:
    """Let the queue of these units move on, the longest waiting first; answers how many were assigned.

    Whoever waits for somebody at one store is not held up by the queue of another. Where more could be served than
    `at_most`, the next in line is looked at again in a moment.
    """
    await visibility.befriending(work)
    served = 0
    for unit in units:
        stuck: set[tuple[Any, ...]] = set()
        for row in await _line(work, unit):
            alike = (row["store_id"], row["channel_id"], row["from_staff_id"])
            if alike in stuck:
                continue
            if served == at_most:
                await set_clock(work, CLOCK, row["id"], work.now)
                return served
            outcome = await _serve(work, row["id"], row["customer_id"])
            if outcome is _Outcome.SERVED:
                served += 1
            elif outcome is _Outcome.STUCK:
                stuck.add(alike)
    return served


async def look_again(work: Work, entry_id: UUID) -> None:
    """The clock of a place has run out: serve the queue it stands in, and set the clock anew where it still waits."""
    entry = await work.get(AssignmentQueueEntry, entry_id)
    unit = None if entry is None else unit_of(entry)
    if entry is None or unit is None or entry.state != QueueState.WAITING:
        return
    if await serve(work, [unit]) < AT_ONCE:
        await _serve(work, entry.id, entry.customer_id)


class _Outcome(Enum):
    SERVED = "SERVED"
    STUCK = "STUCK"
    GONE = "GONE"
    """Settled meanwhile, or in somebody else's hands at this moment."""


async def _line(work: Work, unit: Unit) -> list[Any]:
    """Who waits for the unit, the longest waiting first, a part of them."""
    statement = (
        select(_q.id, _q.customer_id, _q.store_id, _q.channel_id, _friends.c.staff_id.label("from_staff_id"))
        .outerjoin(_friends, and_(_friends.c.tenant_id == _q.tenant_id, _friends.c.id == _q.relationship_id))
        .where(_q.tenant_id == work.tenant_id, _of(unit), _q.state == QueueState.WAITING.value)
        .order_by(_q.since, _q.id)
        .limit(_LOOKED_AT)
    )
    return await work.fetch(statement)


async def _serve(work: Work, entry_id: UUID, customer_id: UUID) -> _Outcome:
    """Assign the customer, or set the clock. Locks the customer before the place, as whoever adds the customer does."""
    held = await work.fetch_one(
        select(_customers.c.id)
        .where(_customers.c.tenant_id == work.tenant_id, _customers.c.id == customer_id)
        .with_for_update(skip_locked=True)
    )
    entry = None if held is None else await work.get(AssignmentQueueEntry, entry_id, lock=True)
    if entry is None or entry.state != QueueState.WAITING:
        if held is None:
            await set_clock(work, CLOCK, entry_id, work.now + _SOON)
        return _Outcome.GONE
    unit = unit_of(entry)
    assert unit is not None
    old = None if entry.relationship_id is None else await work.get(Relationship, entry.relationship_id, lock=True)
    if old is not None and old.ended_at is not None:
        await withdraw(work, entry)
        return _Outcome.GONE
    channel = None if entry.channel_id is None else await work.get(Channel, entry.channel_id)
    taker = await routing.find_taker(
        work,
        unit,
        entry.store_id,
        known_customer=customer_id,
        channel=channel,
        without=None if old is None else old.staff_id,
    )
    if taker.staff_id is None:
        assert taker.waits_for is not None
        if entry.reason != taker.waits_for:
            await work.change(entry, reason=taker.waits_for.value)
            work.emit(AssignmentDelayed(queue_entry_id=entry.id, customer_id=customer_id, reason=taker.waits_for))
        await set_clock(work, CLOCK, entry.id, taker.again_at or work.now + _LATER)
        return _Outcome.STUCK
    assert taker.unit is not None
    await handing_over.become_friends(
        work, customer_id, taker.staff_id, taker.unit,
        store_id=taker.store_id, channel_id=entry.channel_id, is_counted=taker.is_counted,
        reason=RoleReason.ADDED if old is None else RoleReason.ASSIGNED,
    )  # fmt: skip
    if old is not None:
        await handing_over.leave_unit(work, old, unit)
    await _assigned(work, entry, taker.staff_id)
    await visibility.refresh_customer(work, customer_id)
    return _Outcome.SERVED


async def _assigned(work: Work, entry: AssignmentQueueEntry, staff_id: UUID) -> None:
    await work.change(entry, state=QueueState.ASSIGNED.value, settled_at=work.now, staff_id=staff_id)
    await stop_clock(work, CLOCK, entry.id)
    await inbox.close_item(work, WorkItemKind.ASSIGNMENT_QUEUE, entry.id)
    work.emit(AssignmentMade(queue_entry_id=entry.id, customer_id=entry.customer_id, staff_id=staff_id))


def _of(unit: Unit) -> ColumnElement[bool]:
    return _q.group_id == unit.id if unit.is_group else _q.role_id == unit.id
