"""The acts on handoffs. Whoever changes one holds its row, so that it is answered once.

Who sees a customer by a handoff is worked out anew from all of the customer's handoffs, under the lock of the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from server.customers import family, visibility
from server.customers import queries as customers
from server.customers.capacities import acting
from server.customers.fact_sources import RoleReason
from server.customers.service import relationships
from server.customers.tables import Case, Relationship
from server.db.clocks import set_clock, stop_clock
from server.db.statements import table_of
from server.db.work import Work
from server.errors import NotFound
from server.handoffs import errors, events, queries, trusting
from server.handoffs.commands import AcceptHandoff, CancelHandoff, DeclineHandoff, RequestHandoff
from server.handoffs.statuses import LONGEST, HandoffAct, HandoffStatus, answer_within, refusal
from server.handoffs.tables import Handoff
from server.operations import queries as operations
from server.operations.purposes import Purpose
from server.operations.tables import ServiceRole, Store
from server.operations.units import Unit, unit_of
from server.tenants.tables import StaffMember
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

CLOCK = "handoff"
"""The kind of clock that runs while a handoff waits for its first answer."""

SHORTEST = timedelta(minutes=1)
_handoffs = table_of(Handoff)


async def request_handoff(work: Work, command: RequestHandoff) -> Handoff:
    """Ask somebody to take the customer. What is asked of the same already, for the same, is answered as it is.

    Who is asked sees the customer from now on. Raises NotFound for what is named and is not there, NobodyNamed, ToOneself,
    NotPlaced, NobodyThere, NotWithinTime.
    """
    await visibility.befriending(work)
    await visibility.require_visible(work, command.customer_id, "customer_id")
    await _require_case(work, command)
    unit, store_id = await _addressed(work, command)
    handoff = Handoff(
        tenant_id=work.tenant_id,
        customer_id=command.customer_id,
        case_id=command.case_id,
        purpose=None if command.purpose is None else command.purpose.value,
        staff_id=work.caller.staff_id,
        to_staff_id=command.to_staff_id,
        role_id=None if unit is None else unit.role_id,
        group_id=None if unit is None else unit.group_id,
        store_id=store_id,
        message=command.message,
        requested_at=work.now,
        due_at=_due(work, command),
        recorded_at=work.now,
    )
    statement = insert(_handoffs).values({name: getattr(handoff, name) for name in Handoff.model_fields})
    if not await work.execute(statement.on_conflict_do_nothing()):
        return await _asked_already(work, handoff)
    work.emit(events.requested(handoff))
    await set_clock(work, CLOCK, handoff.id, handoff.due_at)
    await inbox.open_item(
        work,
        WorkItemKind.HANDOFF,
        handoff.id,
        Whose(handoff.to_staff_id, unit, store_id),
        due_at=handoff.due_at,
        customer_id=handoff.customer_id,
        purpose=command.purpose,
    )
    await open_eyes(work, handoff.customer_id)
    return handoff


async def accept_handoff(work: Work, command: AcceptHandoff) -> Handoff:
    """Take the customer: who does goes on seeing them, the others asked stop. Of two who accept at once one does.

    Where the role or group adds customers, the two are friends in it from now on. Raises NotFound, HandoffAnswered,
    NotAsked, NotPlaced, WhoTakes.
    """
    handoff = await _in_hand(work, command.handoff_id, HandoffAct.ACCEPT)
    taker = command.staff_id or work.caller.staff_id
    if taker is None:
        raise errors.WhoTakes("staff_id")
    if taker not in await asked_of(work, handoff):
        raise errors.NotPlaced("staff_id") if work.caller.staff_id is None else errors.NotAsked("handoff_id")
    if work.caller.staff_id is not None and taker != work.caller.staff_id:
        raise errors.NotAsked("staff_id")
    await answered(work, handoff, HandoffStatus.ACCEPTED, taker)
    relationship = await _serve(work, handoff, taker)
    await open_eyes(work, handoff.customer_id)
    work.emit(
        events.HandoffAccepted(
            **events.about(handoff),
            answered_by_id=taker,
            relationship_id=None if relationship is None else relationship.id,
        )
    )
    await trusting.accepted(work, handoff)
    return handoff


async def decline_handoff(work: Work, command: DeclineHandoff) -> Handoff:
    """Not take the customer, and say why. Raises NotFound, HandoffAnswered, NotAsked."""
    handoff = await _in_hand(work, command.handoff_id, HandoffAct.DECLINE)
    await answered(work, handoff, HandoffStatus.DECLINED, work.caller.staff_id, declined_reason=command.reason)
    await open_eyes(work, handoff.customer_id)
    work.emit(events.HandoffDeclined(**events.about(handoff), answered_by_id=work.caller.staff_id))
    return handoff


async def cancel_handoff(work: Work, command: CancelHandoff) -> Handoff:
    """Take the question back. Raises NotFound, HandoffAnswered, NotYours."""
    handoff = await _in_hand(work, command.handoff_id, HandoffAct.CANCEL)
    await answered(work, handoff, HandoffStatus.CANCELLED, None)
    await open_eyes(work, handoff.customer_id)
    work.emit(events.HandoffCancelled(**events.about(handoff)))
    return handoff


async def escalate_overdue(work: Work, handoff_id: UUID) -> None:
    """Nobody answered in time: ask who answers for the store or group. One that was answered meanwhile is left alone."""
    await visibility.befriending(work)
    handoff = await work.get(Handoff, handoff_id, lock=True)
    if handoff is None or handoff.status != HandoffStatus.REQUESTED:
        return
    if handoff.due_at > work.now:
        await set_clock(work, CLOCK, handoff.id, handoff.due_at)
        return
    await trusting.missed(work, handoff)
    await escalate(work, handoff)


async def escalate(work: Work, handoff: Handoff) -> None:
    """Ask who answers for the store or group besides; the handoff must be requested still, and locked by the caller."""
    purpose = None if handoff.purpose is None else Purpose(handoff.purpose)
    to, due_at = await queries.responsible(work, handoff), work.now + answer_within(purpose)
    await work.change(
        handoff,
        status=HandoffStatus.ESCALATED.value,
        escalated_at=work.now,
        escalated_to_id=to,
        due_at=due_at,
    )
    await stop_clock(work, CLOCK, handoff.id)
    whose = Whose(to or handoff.to_staff_id, unit_of(handoff), handoff.store_id)
    await inbox.reassign_item(work, WorkItemKind.HANDOFF, handoff.id, whose, due_at=due_at)
    await open_eyes(work, handoff.customer_id)
    work.emit(events.HandoffEscalated(**events.about(handoff), escalated_to_id=to, due_at=due_at))


async def follow_placements(work: Work, unit: Unit) -> None:
    """After somebody came to a role or group, or went: who is asked there sees the customers, and nobody else."""
    held = _handoffs.c.group_id == unit.id if unit.is_group else _handoffs.c.role_id == unit.id
    waiting = await queries.open_ones(work, held, _handoffs.c.to_staff_id.is_(None))
    for customer_id in sorted({one.customer_id for one in waiting}):
        await open_eyes(work, customer_id)


async def asked_of(work: Work, handoff: Handoff) -> set[UUID]:
    """Who may answer it now."""
    if handoff.to_staff_id is not None:
        asked = {handoff.to_staff_id}
    else:
        unit = unit_of(handoff)
        assert unit is not None, "A handoff is addressed to somebody."
        asked = set(await queries.members(work, unit, handoff.store_id, but=[handoff.staff_id]))
    return asked if handoff.escalated_to_id is None else {*asked, handoff.escalated_to_id}


async def _require_case(work: Work, command: RequestHandoff) -> None:
    if command.case_id is not None:
        case = await work.require(Case, command.case_id, "case_id")
        if not await family.are_one(work, case.customer_id, command.customer_id):
            raise NotFound("case_id")


async def _addressed(work: Work, command: RequestHandoff) -> tuple[Unit | None, UUID | None]:
    """The unit it is asked of, and at which store."""
    unit = None
    if command.role_id is not None or command.group_id is not None:
        unit = await operations.unit_in_use(work, Unit(command.group_id, command.role_id))
    if command.to_staff_id is not None:
        unit = await _persons_unit(work, command, command.to_staff_id, unit)
        return unit, await _store(work, command, unit, named=True)
    if unit is None:
        raise errors.NobodyNamed("role_id")
    store_id = await _store(work, command, unit, named=False)
    if not await queries.members(work, unit, store_id, but=[work.caller.staff_id]):
        raise errors.NobodyThere(unit.field)
    return unit, store_id


async def _persons_unit(work: Work, command: RequestHandoff, staff_id: UUID, unit: Unit | None) -> Unit | None:
    """In what the person is asked: as named, else in what they would act for the purpose."""
    staff = await work.require(StaffMember, staff_id, "to_staff_id")
    if staff.left_at is not None:
        raise NotFound("to_staff_id")
    if staff.id == work.caller.staff_id:
        raise errors.ToOneself("to_staff_id")
    if unit is None:
        purpose = command.purpose or Purpose.HANDOFF_INTRODUCTION
        return (await acting(work, staff_id, command.customer_id, purpose)).unit
    if not await queries.serves_in(work, staff_id, unit):
        raise errors.NotPlaced("to_staff_id")
    return unit


async def _store(work: Work, command: RequestHandoff, unit: Unit | None, *, named: bool) -> UUID | None:
    if command.store_id is not None:
        store = await work.require(Store, command.store_id, "store_id")
        if store.closed_at is not None:
            raise NotFound("store_id")
        return store.id
    home = await queries.home_store(work, command.customer_id)
    if home is None or named or unit is None:
        return home
    return home if await queries.members(work, unit, home, but=[work.caller.staff_id]) else None


def _due(work: Work, command: RequestHandoff) -> datetime:
    if command.due_at is None:
        return work.now + answer_within(command.purpose)
    if not SHORTEST <= command.due_at - work.now <= LONGEST:
        raise errors.NotWithinTime("due_at")
    return command.due_at


async def _asked_already(work: Work, handoff: Handoff) -> Handoff:
    """The open handoff that stands in the way: the same customer, of the same, for the same."""
    same = (
        _handoffs.c[name].is_not_distinct_from(getattr(handoff, name))
        for name in ("customer_id", "to_staff_id", "role_id", "group_id", "store_id", "purpose")
    )
    [existing] = await queries.open_ones(work, *same)
    return existing


async def _in_hand(work: Work, handoff_id: UUID, act: HandoffAct) -> Handoff:
    """The handoff, locked, if the act may be done to it by the caller. Placements are held before, as everywhere.

    Who sees the customer is asked before waiting for the lock: who comes second hears that it is answered, not that it
    is not there.
    """
    await visibility.befriending(work)
    seen = await work.require(Handoff, handoff_id, "handoff_id")
    await visibility.require_visible(work, seen.customer_id, "handoff_id")
    handoff = await work.require(Handoff, handoff_id, "handoff_id", lock=True)
    caller = work.caller.staff_id
    refused = refusal(
        act,
        HandoffStatus(handoff.status),
        is_asked=caller is None or caller in await asked_of(work, handoff),
        is_asker=caller is None or caller == handoff.staff_id,
    )
    if refused is not None:
        raise refused
    return handoff


async def answered(work: Work, handoff: Handoff, status: HandoffStatus, by: UUID | None, **more: Any) -> None:
    await work.change(handoff, status=status.value, answered_at=work.now, answered_by_id=by, **more)
    await stop_clock(work, CLOCK, handoff.id)
    await inbox.close_item(work, WorkItemKind.HANDOFF, handoff.id)


async def _serve(work: Work, handoff: Handoff, taker: UUID) -> Relationship | None:
    """The friendship in which the taker serves from now on: in the role, where they are friends or the role adds."""
    unit = unit_of(handoff)
    relationship = await customers.live_relationship(work, handoff.customer_id, taker)
    if unit is None:
        return relationship
    row = await operations.unit_row(work, unit)
    serves = row.retired_at is None and not (isinstance(row, ServiceRole) and row.dormant)
    if relationship is None and serves and row.adds:
        relationship, _ = await relationships.befriend(work, handoff.customer_id, taker, since=work.now)
    if relationship is not None and serves:
        held: Sequence[Any] = await customers.current_roles(work, relationship.id)
        if unit not in {unit_of(one) for one in held}:
            relationships.give_role(work, relationship, unit, store_id=handoff.store_id, reason=RoleReason.HANDED_OFF)
    return relationship


async def open_eyes(work: Work, customer_id: UUID) -> None:
    """Bring in line who sees the customer by handoffs: who is asked, and who accepted."""
    await visibility.refresh_customer(work, customer_id)
    seeing: set[UUID] = set()
    for handoff in await queries.that_matter(work, customer_id):
        if handoff.status != HandoffStatus.ACCEPTED:
            seeing |= await asked_of(work, handoff)
        elif handoff.answered_by_id is not None:
            seeing.add(handoff.answered_by_id)
    await visibility.hand_over(work, customer_id, seeing)
