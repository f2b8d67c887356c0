"""Moments that fall due: proposed to the inbox by what sets a play off, and settled by recording the moment.

What happened (an order, an appointment, a stage entered, a birthday) is told here by whoever lets it happen; nothing is
proposed twice for the same play and cause, nor for what is over. Locked is the due moment, then its work item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from server.customers.queries import holders_of
from server.customers.tables import Customer
from server.db import clocks
from server.db.work import Work
from server.errors import NotFound
from server.operations.purposes import Purpose
from server.operations.units import unit_of
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose
from server.wow_moments import errors, events, queries
from server.wow_moments.surprise_terms import DueState, WowOccasion
from server.wow_moments.tables import DueWowMoment, WowMoment, WowPlay

LAPSE = "wow_moment.lapse"
"""The clock of a due moment that nobody has performed."""
GRACE = timedelta(hours=72)
"""So long behind its time a moment may still be performed; then it is no surprise any more."""
USUAL_HOURS = 24
"""For a play that does not say within how many hours of its occasion it is to be performed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that sets plays off: to whom, and where it is to be found. `cause_id` is what it is proposed for once."""

    occasion: WowOccasion
    customer_id: UUID
    cause_id: UUID
    at: datetime
    """When it happened; of an appointment and a birthday, by when the surprise is to be made."""
    is_deadline: bool = False
    staff_id: UUID | None = None
    role_id: UUID | None = None
    store_id: UUID | None = None
    stage_id: UUID | None = None
    order_id: UUID | None = None
    appointment_id: UUID | None = None
    case_id: UUID | None = None
    subject_id: UUID | None = None
    on: date | None = None
    """Which birthday."""

    def sets_off(self, play: WowPlay) -> bool:
        return play.occasion == self.occasion and play.stage_id in (None, self.stage_id)

    def due_at(self, play: WowPlay) -> datetime:
        hours = USUAL_HOURS if play.within_hours is None else play.within_hours
        return self.at if self.is_deadline else self.at + timedelta(hours=hours)


async def propose(work: Work, happenings: Sequence[Happening]) -> list[DueWowMoment]:
    """Put what these set off into the inbox; answers what is new. One statement where no play waits for any of it."""
    plays = await queries.plays_for(work, {happening.occasion for happening in happenings})
    found = []
    for happening in happenings if plays else ():
        for play in plays:
            if happening.sets_off(play):
                proposed = await propose_one(work, play, happening)
                found.extend([proposed] if proposed is not None else [])
    return found


async def propose_one(work: Work, play: WowPlay, happening: Happening) -> DueWowMoment | None:
    """None where it is over, or proposed already."""
    due_at = happening.due_at(play)
    if due_at <= work.now:
        return None
    due = DueWowMoment(
        play_id=play.id,
        customer_id=happening.customer_id,
        occasion=happening.occasion.value,
        cause_id=happening.cause_id,
        birthday=happening.on,
        order_id=happening.order_id,
        appointment_id=happening.appointment_id,
        case_id=happening.case_id,
        subject_id=happening.subject_id,
        due_at=due_at,
        updated_at=work.now,
    )
    if not await queries.due_inserted(work, due):
        return None
    await inbox.open_item(
        work,
        WorkItemKind.WOW_MOMENT_DUE,
        due.id,
        await _whose(work, play, happening),
        due_at=due_at,
        customer_id=due.customer_id,
        purpose=Purpose.WOW,
    )
    await clocks.set_clock(work, LAPSE, due.id, due_at + GRACE)
    work.emit(
        events.WowMomentProposed(
            due_wow_moment_id=due.id,
            customer_id=due.customer_id,
            play_id=play.id,
            occasion=happening.occasion,
            due_at=due_at,
        )
    )
    return due


async def reschedule(work: Work, cause_id: UUID, due_at: datetime) -> None:
    """The cause is at another time: so is what it set off and waits."""
    for due in await queries.open_of_cause(work, cause_id):
        if due.due_at != due_at:
            await work.change(due, due_at=due_at, updated_at=work.now)
            await inbox.put_off_item(work, WorkItemKind.WOW_MOMENT_DUE, due.id, due_at)
            await clocks.set_clock(work, LAPSE, due.id, due_at + GRACE)


async def withdraw(work: Work, cause_id: UUID) -> None:
    """The cause came to nothing: nobody is to be surprised because of it."""
    await withdraw_all(work, await queries.open_of_cause(work, cause_id))


async def withdraw_all(work: Work, dues: Sequence[DueWowMoment]) -> None:
    """These open ones, locked by the caller."""
    for due in dues:
        await _settle(work, due, DueState.WITHDRAWN)


async def lapse(work: Work, due_id: UUID) -> None:
    """The clock has run out: nobody made the surprise in time. Says so once."""
    due = await work.get(DueWowMoment, due_id, lock=True)
    if due is not None and due.state == DueState.OPEN and due.due_at + GRACE <= work.now:
        await _settle(work, due, DueState.LAPSED)


async def taken_up(work: Work, due_id: UUID | None, customer_id: UUID, play_id: UUID | None) -> DueWowMoment | None:
    """What a moment of this customer and play settles, locked: the due moment that is named, or the next one that waits.

    Raises NotFound, DueMomentSettled, DueMomentOfAnotherPlay.
    """
    if due_id is None:
        return None if play_id is None else await queries.next_due(work, customer_id, play_id)
    due = await work.require(DueWowMoment, due_id, "due_wow_moment_id", lock=True)
    if due.customer_id != customer_id:
        raise NotFound("due_wow_moment_id")
    if due.state != DueState.OPEN:
        raise errors.DueMomentSettled("due_wow_moment_id")
    if play_id not in (None, due.play_id):
        raise errors.DueMomentOfAnotherPlay("play_id")
    return due


async def perform(work: Work, due: DueWowMoment, moment: WowMoment) -> None:
    """The moment is recorded: this is done."""
    await _settle(work, due, DueState.PERFORMED, moment)


async def _settle(work: Work, due: DueWowMoment, state: DueState, moment: WowMoment | None = None) -> None:
    await work.change(
        due,
        state=state.value,
        settled_at=work.now,
        wow_moment_id=None if moment is None else moment.id,
        updated_at=work.now,
    )
    await inbox.close_item(work, WorkItemKind.WOW_MOMENT_DUE, due.id)
    if state is not DueState.LAPSED:
        await clocks.stop_clock(work, LAPSE, due.id)
    work.emit(
        events.DueWowMomentSettled(
            due_wow_moment_id=due.id,
            customer_id=due.customer_id,
            play_id=due.play_id,
            state=state,
            wow_moment_id=due.wow_moment_id,
        )
    )


async def _whose(work: Work, play: WowPlay, happening: Happening) -> Whose:
    """Of whoever is in the role or group that performs it: who is to receive the customer, else who serves them longest."""
    unit = unit_of(play)
    store_id = happening.store_id
    if store_id is None:
        store_id = (await work.require(Customer, happening.customer_id)).home_store_id
    if happening.staff_id is not None and happening.role_id == play.role_id is not None:
        return Whose(happening.staff_id, unit, store_id)
    holders = [] if unit is None else await holders_of(work, happening.customer_id, unit)
    return Whose(holders[0].staff_id if holders else None, unit, store_id)
