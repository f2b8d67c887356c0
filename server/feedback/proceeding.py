"""How a matter proceeds: it is taken in hand, its clocks start and stop, its moves are written down.

The pieces the acts of `service` are made of. Whoever takes a feedback in hand holds its row until the act ends, so two
acts on the same feedback happen one after the other, and the second sees what the first did.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from server.customers import boundary, visibility
from server.customers.queries import holders_of
from server.db import clocks
from server.db.work import Work
from server.errors import NotFound
from server.feedback import policies, queries
from server.feedback.clock import due_at, result_of
from server.feedback.kinds import ClockCalendar, ClockResult, FeedbackKind, FeedbackStatus
from server.feedback.moves import LEADS_TO, FeedbackAct, refusal
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.operations.units import unit_of
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

ACKNOWLEDGE = "feedback.acknowledge"
"""The clock of a matter that nobody has taken on yet."""
CONFIRM = "feedback.confirm"
"""The clock of an answer to which the customer has said nothing yet."""


async def in_hand(work: Work, feedback_id: UUID, act: FeedbackAct) -> Feedback:
    """The feedback, locked, if the act may be done to it now.

    Raises NotFound where it is not there or not the caller's to see, MoveNotAllowed, ReopenTooLate.
    """
    feedback = await work.require(Feedback, feedback_id, "feedback_id", lock=True)
    await require_visible(work, feedback)
    await require_move(work, feedback, act)
    return feedback


async def require_move(work: Work, feedback: Feedback, act: FeedbackAct) -> None:
    """Raises MoveNotAllowed, ReopenTooLate."""
    reopen_days = (await policies.policy(work)).reopen_days
    status = FeedbackStatus(feedback.status)
    refused = refusal(act, status, resolved_at=feedback.resolved_at, now=work.now, reopen_days=reopen_days)
    if refused is not None:
        raise refused


async def require_visible(work: Work, feedback: Feedback, *at: str | int) -> None:
    """A customer's feedback is seen with the customer. Raises NotFound, as for none at all, on `feedback_id` or `at`."""
    field = at or ("feedback_id",)
    if feedback.customer_id is not None:
        await visibility.require_visible(work, feedback.customer_id, *field)
        return
    caller = work.caller
    if caller.sees_everything:
        return
    if caller.staff_id is None or not await queries.is_for(work, feedback.id, caller.staff_id):
        raise NotFound(*field)


async def within_boundary(work: Work, feedback: Feedback, reason: str | None) -> boundary.Override | None:
    """Answering is for whoever owns the kind's purpose, or may use it. Raises OutOfBoundary, OverrideNotGranted."""
    purpose = FeedbackKind(feedback.kind).answered_by_owner_of
    return await boundary.require_within(work, feedback.customer_id, purpose, "feedback_id", reason=reason)


def keep_override(work: Work, feedback: Feedback, override: boundary.Override | None, at: datetime) -> None:
    """Write down that somebody else answered, and why."""
    boundary.keep(work, override, "Feedback", feedback.id, customer_id=feedback.customer_id, occurred_at=at)


async def start_clock(work: Work, feedback: Feedback, *, number: int, at: datetime) -> FeedbackClock:
    """A new running clock of this kind. The feedback's own `due_at` and `clock_result` are the caller's to set.

    The first one has somebody take the matter on in time; who takes one up again has taken it on.
    """
    rule = (await policies.policy(work)).kinds[FeedbackKind(feedback.kind)]
    counts_business_hours = rule.calendar is ClockCalendar.BUSINESS_HOURS
    calendar = await queries.business_calendar(work) if counts_business_hours else None
    clock = FeedbackClock(
        feedback_id=feedback.id,
        customer_id=feedback.customer_id,
        number=number,
        started_at=at,
        due_at=due_at(rule.clock_hours, rule.calendar, at, calendar),
    )
    if feedback.reopen_count == 0 and feedback.status == FeedbackStatus.RAISED:
        clock.ack_due_at = due_at(rule.ack_hours, rule.calendar, at, calendar)
        clock.ack_result = ClockResult.RUNNING.value
        await clocks.set_clock(work, ACKNOWLEDGE, feedback.id, clock.ack_due_at)
    return clock


async def await_answer(work: Work, feedback: Feedback, clock: FeedbackClock) -> None:
    """Put the answer into the inbox of whoever serves the customer in the role that answers, or of that role: at the store
    it is about, else where the customer belongs.

    Taken up again it stays with whoever had taken it on.
    """
    unit = unit_of(feedback)
    holder = None
    if feedback.acknowledged_at is not None:
        holder = await queries.in_whose_hands(work, feedback.id)
    elif unit is not None and feedback.customer_id is not None:
        holders = await holders_of(work, feedback.customer_id, unit)
        holder = holders[0].staff_id if holders else None
    store_id = feedback.store_id
    if store_id is None and feedback.customer_id is not None:
        store_id = await queries.home_store(work, feedback.customer_id)
    await inbox.open_item(
        work,
        WorkItemKind.FEEDBACK_CLOCK,
        feedback.id,
        Whose(holder, unit, store_id),
        due_at=clock.due_at,
        customer_id=feedback.customer_id,
        purpose=FeedbackKind(feedback.kind).answered_by_owner_of,
        opened_at=clock.started_at,
    )


async def taken_on(work: Work, feedback: Feedback) -> None:
    """Somebody took it on: whoever did is to answer it."""
    clock = await queries.running_clock(work, feedback.id)
    acknowledged = await _acknowledged(work, clock, work.now)
    if acknowledged:
        await work.change(clock, **acknowledged)
    if work.caller.staff_id is not None:
        whose = Whose(work.caller.staff_id, unit_of(feedback), feedback.store_id)
        await inbox.reassign_item(work, WorkItemKind.FEEDBACK_CLOCK, feedback.id, whose)


async def stop_clock(work: Work, clock: FeedbackClock, at: datetime) -> ClockResult:
    """Stop it for good; nobody waits for the answer any more."""
    result = result_of(clock.due_at, at)
    await work.change(clock, stopped_at=at, result=result.value, **await _acknowledged(work, clock, at))
    await inbox.close_item(work, WorkItemKind.FEEDBACK_CLOCK, clock.feedback_id, at=at)
    return result


async def _acknowledged(work: Work, clock: FeedbackClock, at: datetime) -> dict[str, Any]:
    """What the clock says once somebody has taken the matter on; nothing where that was so before. Late stays late."""
    if clock.ack_due_at is None or clock.acknowledged_at is not None:
        return {}
    await clocks.stop_clock(work, ACKNOWLEDGE, clock.feedback_id)
    late = clock.ack_result == ClockResult.LATE
    result = ClockResult.LATE if late else result_of(clock.ack_due_at, at)
    return {"acknowledged_at": at, "ack_result": result.value}


async def move(work: Work, feedback: Feedback, act: FeedbackAct, at: datetime, **values: Any) -> FeedbackMove:
    """Change the feedback's status as the act does, and whatever else `values` say; write the move down."""
    left, reached = FeedbackStatus(feedback.status), LEADS_TO[act]
    await work.change(feedback, status=reached.value, updated_at=work.now, **values)
    return written_down(work, feedback, left, staff_id=work.caller.staff_id, at=at)


def written_down(
    work: Work, feedback: Feedback, left: FeedbackStatus | None, *, staff_id: UUID | None, at: datetime
) -> FeedbackMove:
    """The move to where the feedback stands now, in its history."""
    return work.add(
        FeedbackMove(
            feedback_id=feedback.id,
            customer_id=feedback.customer_id,
            from_status=None if left is None else left.value,
            to_status=feedback.status,
            staff_id=staff_id,
            occurred_at=at,
        )
    )


def told(move: FeedbackMove) -> dict[str, Any]:
    """What every event of this room says of the move."""
    return {
        "feedback_id": move.feedback_id,
        "customer_id": move.customer_id,
        "move_id": move.id,
        "staff_id": move.staff_id,
        "occurred_at": move.occurred_at,
    }
