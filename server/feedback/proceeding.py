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
from server.db.work import Work
from server.errors import NotFound
from server.feedback import queries
from server.feedback.clock import due_at, result_of
from server.feedback.kinds import ClockCalendar, ClockResult, FeedbackKind, FeedbackStatus
from server.feedback.moves import LEADS_TO, FeedbackAct, refusal
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.operations.units import unit_of
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose


async def in_hand(work: Work, feedback_id: UUID, act: FeedbackAct) -> Feedback:
    """The feedback, locked, if the act may be done to it now.

    Raises NotFound where it is not there or not the caller's to see, MoveNotAllowed, ReopenTooLate.
    """
    feedback = await work.require(Feedback, feedback_id, "feedback_id", lock=True)
    await _require_visible(work, feedback)
    refused = refusal(act, FeedbackStatus(feedback.status), resolved_at=feedback.resolved_at, now=work.now)
    if refused is not None:
        raise refused
    return feedback


async def _require_visible(work: Work, feedback: Feedback) -> None:
    """A customer's feedback is seen with the customer. Raises NotFound, as for none at all."""
    if feedback.customer_id is not None:
        await visibility.require_visible(work, feedback.customer_id, "feedback_id")
        return
    caller = work.caller
    if caller.sees_everything:
        return
    if caller.staff_id is None or not await queries.is_for(work, feedback.id, caller.staff_id):
        raise NotFound("feedback_id")


async def within_boundary(work: Work, feedback: Feedback, reason: str | None) -> boundary.Override | None:
    """Answering is for whoever owns the kind's purpose, or may use it. Raises OutOfBoundary, OverrideNotGranted."""
    purpose = FeedbackKind(feedback.kind).answered_by_owner_of
    return await boundary.require_within(work, feedback.customer_id, purpose, "feedback_id", reason=reason)


def keep_override(work: Work, feedback: Feedback, override: boundary.Override | None, at: datetime) -> None:
    """Write down that somebody else answered, and why."""
    boundary.keep(work, override, "Feedback", feedback.id, customer_id=feedback.customer_id, occurred_at=at)


async def start_clock(work: Work, feedback: Feedback, *, number: int, at: datetime) -> FeedbackClock:
    """A new running clock of this kind. The feedback's own `due_at` and `clock_result` are the caller's to set."""
    kind = FeedbackKind(feedback.kind)
    counts_business_hours = kind.rule.calendar is ClockCalendar.BUSINESS_HOURS
    calendar = await queries.business_calendar(work) if counts_business_hours else None
    return FeedbackClock(
        feedback_id=feedback.id,
        customer_id=feedback.customer_id,
        number=number,
        started_at=at,
        due_at=due_at(kind, at, calendar),
    )


async def await_answer(work: Work, feedback: Feedback, clock: FeedbackClock) -> None:
    """Put the answer into the inbox of whoever serves the customer in the role that answers, or of that role.

    Taken up again it stays with whoever had taken it on.
    """
    unit = unit_of(feedback)
    holder = None
    if feedback.acknowledged_at is not None:
        holder = await queries.in_whose_hands(work, feedback.id)
    elif unit is not None and feedback.customer_id is not None:
        holders = await holders_of(work, feedback.customer_id, unit)
        holder = holders[0].staff_id if holders else None
    await inbox.open_item(
        work,
        WorkItemKind.FEEDBACK_CLOCK,
        feedback.id,
        Whose(holder, unit, feedback.store_id),
        due_at=clock.due_at,
        customer_id=feedback.customer_id,
        purpose=FeedbackKind(feedback.kind).answered_by_owner_of,
        opened_at=clock.started_at,
    )


async def taken_on(work: Work, feedback: Feedback) -> None:
    """Whoever acknowledged it is to answer it."""
    if work.caller.staff_id is not None:
        whose = Whose(work.caller.staff_id, unit_of(feedback), feedback.store_id)
        await inbox.reassign_item(work, WorkItemKind.FEEDBACK_CLOCK, feedback.id, whose)


async def stop_clock(work: Work, clock: FeedbackClock, at: datetime) -> ClockResult:
    """Stop it for good; nobody waits for the answer any more."""
    result = result_of(clock.due_at, at)
    await work.change(clock, stopped_at=at, result=result.value)
    await inbox.close_item(work, WorkItemKind.FEEDBACK_CLOCK, clock.feedback_id, at=at)
    return result


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
