"""The acts on feedback. A clock starts when somebody speaks up, and stops when the customer was told.

The clock counts from when the customer spoke, not from when that was recorded. It stops at the time of the answer: as
told by `occurred_at`, else now. What it ended with never changes.
"""

from __future__ import annotations

from uuid import UUID

from server.access.caller import NOBODY
from server.customers import family, visibility
from server.db.work import Work
from server.errors import NotFound
from server.feedback import queries
from server.feedback.commands import (
    AcknowledgeFeedback,
    AnswerFeedback,
    DeclineFeedback,
    RaiseFeedback,
    RateService,
    ReopenFeedback,
    ResolveFeedback,
    Said,
)
from server.feedback.errors import AnsweredBeforeRaised
from server.feedback.events import (
    FeedbackAcknowledged,
    FeedbackAnswered,
    FeedbackDeclined,
    FeedbackRaised,
    FeedbackReopened,
    FeedbackResolved,
)
from server.feedback.kinds import ClockResult, FeedbackKind, FeedbackStatus
from server.feedback.moves import FeedbackAct
from server.feedback.proceeding import (
    await_answer,
    in_hand,
    keep_override,
    move,
    start_clock,
    stop_clock,
    taken_on,
    told,
    within_boundary,
    written_down,
)
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.tenants import external_refs
from server.touchpoints.circumstances import capacity, time_of_fact
from server.touchpoints.media import Medium
from server.touchpoints.queries import Named
from server.touchpoints.tables import Touchpoint


async def raise_feedback(work: Work, command: RaiseFeedback) -> Feedback:
    """Record what somebody said, give it to whoever owns the kind's purpose, and start its clock.

    Raises NotFound for what is named and is not there (an invisible customer among it), InTheFuture.
    """
    said = Feedback(kind=command.kind.value, text=command.text, voice_name=command.name, voice_contact=command.contact)
    return await _record(work, command, said)


async def rate_service(work: Work, command: RateService) -> Feedback:
    """Record a score. 4 and 5 need no answer: no clock, RESOLVED at once. Raises like `raise_feedback`."""
    said = Feedback(kind=FeedbackKind.RATING.value, text=command.text, score=command.score)
    return await _record(work, command, said)


async def acknowledge_feedback(work: Work, command: AcknowledgeFeedback) -> Feedback:
    """Take the matter on. Raises MoveNotAllowed."""
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.ACKNOWLEDGE)
    moved = await move(work, feedback, FeedbackAct.ACKNOWLEDGE, work.now, acknowledged_at=work.now)
    await taken_on(work, feedback)
    work.emit(FeedbackAcknowledged(**told(moved)))
    return feedback


async def answer_feedback(work: Work, command: AnswerFeedback) -> Feedback:
    """The customer was told: stop the clock, in time or late.

    Raises MoveNotAllowed, NotFound for a touchpoint that is not this customer's, AnsweredBeforeRaised, InTheFuture,
    OutOfBoundary where the role the caller acts in may not answer such a thing, OverrideNotGranted.
    """
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.ANSWER)
    if command.touchpoint_id is not None:
        await _require_touchpoint(work, feedback, command.touchpoint_id)
    override = await within_boundary(work, feedback, command.boundary_override)
    clock = await queries.running_clock(work, feedback.id)
    at = time_of_fact(work, command.occurred_at)
    if command.occurred_at is None:
        at = max(at, clock.started_at)  # whoever recorded the question may have had a clock that runs ahead of ours
    elif at < clock.started_at:
        raise AnsweredBeforeRaised("occurred_at")
    result = await stop_clock(work, clock, at)
    moved = await move(
        work,
        feedback,
        FeedbackAct.ANSWER,
        at,
        answered_at=at,
        answer_text=command.text,
        answer_touchpoint_id=command.touchpoint_id,
        clock_result=result.value,
    )
    work.emit(
        FeedbackAnswered(**told(moved), touchpoint_id=command.touchpoint_id, clock_id=clock.id, clock_result=result)
    )
    keep_override(work, feedback, override, at)
    return feedback


async def resolve_feedback(work: Work, command: ResolveFeedback) -> Feedback:
    """The customer confirmed an answer. Raises MoveNotAllowed."""
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.RESOLVE)
    moved = await move(work, feedback, FeedbackAct.RESOLVE, work.now, resolved_at=work.now)
    work.emit(FeedbackResolved(**told(moved)))
    return feedback


async def decline_feedback(work: Work, command: DeclineFeedback) -> Feedback:
    """The customer was told why it will not be done: that is an answer, and stops the clock.

    Raises MoveNotAllowed, OutOfBoundary, OverrideNotGranted.
    """
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.DECLINE)
    override = await within_boundary(work, feedback, command.boundary_override)
    clock = await queries.running_clock(work, feedback.id)
    result = await stop_clock(work, clock, max(work.now, clock.started_at))
    moved = await move(
        work,
        feedback,
        FeedbackAct.DECLINE,
        work.now,
        declined_reason=command.reason,
        clock_result=result.value,
    )
    work.emit(FeedbackDeclined(**told(moved), clock_id=clock.id, clock_result=result))
    keep_override(work, feedback, override, work.now)
    return feedback


async def reopen_feedback(work: Work, command: ReopenFeedback) -> Feedback:
    """Take an answered, declined or lately resolved matter up again, with a new clock from now.

    Raises MoveNotAllowed, ReopenTooLate.
    """
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.REOPEN)
    number = await queries.last_clock_number(work, feedback.id) + 1
    clock = work.add(await start_clock(work, feedback, number=number, at=work.now))
    moved = await move(
        work,
        feedback,
        FeedbackAct.REOPEN,
        work.now,
        reopen_count=feedback.reopen_count + 1,
        due_at=clock.due_at,
        clock_result=ClockResult.RUNNING.value,
    )
    await await_answer(work, feedback, clock)
    work.emit(
        FeedbackReopened(
            **told(moved),
            reopen_count=feedback.reopen_count,
            clock_id=clock.id,
            clock_number=number,
            due_at=clock.due_at,
        )
    )
    return feedback


async def _record(work: Work, command: Said, feedback: Feedback) -> Feedback:
    """Complete what was said by its circumstances, start its clock where it has one, and tell."""
    await _take_circumstances(work, command, feedback)
    kind, at = FeedbackKind(feedback.kind), feedback.occurred_at
    feedback.role_id, feedback.group_id = await queries.owner_of(work, kind.answered_by_owner_of)
    clock: FeedbackClock | None = None
    if kind.starts_clock(feedback.score):
        clock = await start_clock(work, feedback, number=1, at=at)
        feedback.status = FeedbackStatus.RAISED.value
        feedback.due_at, feedback.clock_result = clock.due_at, ClockResult.RUNNING.value
    else:
        feedback.status, feedback.resolved_at = FeedbackStatus.RESOLVED.value, at
    work.add(feedback)
    if clock is not None:
        work.add(clock)
    moved = written_down(work, feedback, None, staff_id=feedback.staff_id, at=at)
    await external_refs.attach(work, "Feedback", feedback.id, command.external_refs, just_made=True)
    work.emit(_raised(feedback, moved, clock))
    if clock is not None:
        await await_answer(work, feedback, clock)
    return feedback


async def _take_circumstances(work: Work, command: Said, feedback: Feedback) -> None:
    """Who, where, when, about what. Raises NotFound for what is named and is not there, InTheFuture."""
    if command.customer_id is not None:
        await visibility.require_visible(work, command.customer_id, "customer_id")
    feedback.staff_id = command.staff_id or work.caller.staff_id
    feedback.occurred_at, feedback.updated_at = time_of_fact(work, command.occurred_at), work.now
    feedback.customer_id, feedback.case_id = command.customer_id, command.case_id
    feedback.store_id, feedback.item_id = command.store_id, command.item_id
    feedback.medium = None if command.medium is None else command.medium.value
    named = Named(
        customer_id=command.customer_id or NOBODY,
        staff_id=feedback.staff_id,
        case_id=feedback.case_id,
        store_id=feedback.store_id,
        item_id=feedback.item_id,
        at=feedback.occurred_at,
    )
    acted = await capacity(work, named)
    feedback.store_id = acted.store_id


async def _require_touchpoint(work: Work, feedback: Feedback, touchpoint_id: UUID) -> None:
    """Another customer's touchpoint is as unknown as none."""
    touchpoint = await work.require(Touchpoint, touchpoint_id, "touchpoint_id")
    if not await family.are_one(work, touchpoint.customer_id, feedback.customer_id):
        raise NotFound("touchpoint_id")


def _raised(feedback: Feedback, moved: FeedbackMove, clock: FeedbackClock | None) -> FeedbackRaised:
    return FeedbackRaised(
        **told(moved),
        kind=FeedbackKind(feedback.kind),
        status=FeedbackStatus(feedback.status),
        score=feedback.score,
        item_id=feedback.item_id,
        case_id=feedback.case_id,
        store_id=feedback.store_id,
        role_id=feedback.role_id,
        group_id=feedback.group_id,
        medium=None if feedback.medium is None else Medium(feedback.medium),
        clock_id=None if clock is None else clock.id,
        due_at=feedback.due_at,
    )
