"""The acts on feedback. A clock starts when somebody speaks up, and stops when the customer was told.

The clock counts from when the customer spoke, not from when that was recorded. It stops at the time of the answer: as
told by `occurred_at`, else now. What it ended with never changes.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.access.caller import NOBODY
from server.customers import visibility
from server.db.work import Work
from server.feedback import queries, ratings, telling, trusting
from server.feedback.commands import (
    AcknowledgeFeedback,
    AnswerFeedback,
    DeclineFeedback,
    RaiseFeedback,
    RateService,
    ReopenFeedback,
    ResolveFeedback,
    Said,
    StartFeedback,
)
from server.feedback.ending import await_confirmation, confirmation_ended, settled
from server.feedback.events import (
    FeedbackAcknowledged,
    FeedbackAnswered,
    FeedbackDeclined,
    FeedbackRaised,
    FeedbackReopened,
    FeedbackStarted,
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


async def raise_feedback(work: Work, command: RaiseFeedback) -> Feedback:
    """Record what somebody said, give it to whoever owns the kind's purpose, and start its clock.

    Raises NotFound for what is named and is not there (an invisible customer among it), InTheFuture.
    """
    said = Feedback(kind=command.kind.value, text=command.text, voice_name=command.name, voice_contact=command.contact)
    return await _record(work, command, said)


async def rate_service(work: Work, command: RateService) -> Feedback:
    """Record a score of something served, once. 4 and 5 need no answer: no clock, RESOLVED at once.

    Raises like `raise_feedback`, Required for a customer, NothingServed, RatedAlready.
    """
    rated = await ratings.rated(work, command)
    said = Feedback(
        kind=FeedbackKind.RATING.value,
        text=command.text,
        score=command.score,
        rated_type=rated.kind.value,
        rated_id=rated.id,
    )
    return await _record(work, command, said)


async def acknowledge_feedback(work: Work, command: AcknowledgeFeedback) -> Feedback:
    """Take the matter on. Raises MoveNotAllowed."""
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.ACKNOWLEDGE)
    moved = await move(work, feedback, FeedbackAct.ACKNOWLEDGE, work.now, acknowledged_at=work.now)
    await taken_on(work, feedback)
    work.emit(FeedbackAcknowledged(**told(moved)))
    return feedback


async def start_feedback(work: Work, command: StartFeedback) -> Feedback:
    """Work on the matter, which also takes it on. Raises MoveNotAllowed."""
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.START)
    taken = {} if feedback.acknowledged_at is not None else {"acknowledged_at": work.now}
    moved = await move(work, feedback, FeedbackAct.START, work.now, **taken)
    if taken:
        await taken_on(work, feedback)
    work.emit(FeedbackStarted(**told(moved)))
    return feedback


async def answer_feedback(work: Work, command: AnswerFeedback) -> Feedback:
    """The customer was told: stop the clock, in time or late. The contact is linked; where it was not recorded it is now.

    Raises MoveNotAllowed, NotFound for a touchpoint that is not this customer's, NotTold for one by which only the customer
    spoke, ToldBeforeContact, AnsweredBeforeRaised, InTheFuture, OutOfBoundary where the role the caller acts in may not
    answer such a thing, OverrideNotGranted.
    """
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.ANSWER)
    contact = await telling.contact_of(work, feedback, command.touchpoint_id)
    override = await within_boundary(work, feedback, command.boundary_override)
    clock = await queries.running_clock(work, feedback.id)
    at = telling.told_at(work, command.occurred_at, contact, clock.started_at)
    contact_id = command.touchpoint_id
    if contact is None and feedback.customer_id is not None:
        contact_id = await telling.told_now(work, feedback, command, at)
    await _told(work, feedback, clock, contact_id, command.text, at)
    keep_override(work, feedback, override, at)
    if command.on_shelf:
        await telling.on_shelf(work, feedback)
    return feedback


async def told_by_contact(work: Work, feedback: Feedback, contact_id: UUID, text: str | None, at: datetime) -> None:
    """Answer a feedback, which is in hand and whose clock runs, by a contact that was made for several."""
    clock = await queries.running_clock(work, feedback.id)
    await _told(work, feedback, clock, contact_id, text, max(at, clock.started_at))


async def _told(
    work: Work, feedback: Feedback, clock: FeedbackClock, contact_id: UUID | None, text: str | None, at: datetime
) -> None:
    result = await stop_clock(work, clock, at)
    moved = await move(
        work,
        feedback,
        FeedbackAct.ANSWER,
        at,
        answered_at=at,
        answer_text=text,
        answer_touchpoint_id=contact_id,
        clock_result=result.value,
    )
    await await_confirmation(work, feedback)
    work.emit(FeedbackAnswered(**told(moved), touchpoint_id=contact_id, clock_id=clock.id, clock_result=result))
    await trusting.answered(work, feedback, clock)


async def resolve_feedback(work: Work, command: ResolveFeedback) -> Feedback:
    """The customer confirmed an answer. Raises MoveNotAllowed."""
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.RESOLVE)
    return await settled(work, feedback, work.now, confirmed=True)


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
    await trusting.answered(work, feedback, clock)
    return feedback


async def reopen_feedback(work: Work, command: ReopenFeedback) -> Feedback:
    """Take an answered, declined or lately resolved matter up again, with a new clock from now.

    Raises MoveNotAllowed, ReopenTooLate.
    """
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.REOPEN)
    number = await queries.last_clock_number(work, feedback.id) + 1
    answered = feedback.status == FeedbackStatus.ANSWERED
    clock = work.add(await start_clock(work, feedback, number=number, at=work.now))
    if answered:
        await confirmation_ended(work, feedback)
    moved = await move(
        work,
        feedback,
        FeedbackAct.REOPEN,
        work.now,
        confirmed=None,
        reopen_count=feedback.reopen_count + 1,
        due_at=clock.due_at,
        clock_result=ClockResult.RUNNING.value,
    )
    await await_answer(work, feedback, clock)
    await trusting.watch_silence(work, feedback, clock)
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
        feedback.status = FeedbackStatus.RAISED.value
        clock = await start_clock(work, feedback, number=1, at=at)
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
        await trusting.watch_silence(work, feedback, clock)
    await trusting.rated(work, feedback)
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
        **ratings.pointers(feedback),
        clock_id=None if clock is None else clock.id,
        due_at=feedback.due_at,
    )
