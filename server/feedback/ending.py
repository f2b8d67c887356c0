"""How a matter ends besides by an answer: confirmed or in silence, as a duplicate, taken back; and what runs out meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from server.customers.family import are_one
from server.db import clocks
from server.db.work import Work
from server.errors import NotFound
from server.feedback import policies, queries, trusting
from server.feedback.commands import MarkFeedbackDuplicate, WithdrawFeedback
from server.feedback.errors import AnsweredBeforeRaised, DuplicateOfAnother
from server.feedback.events import (
    FeedbackAcknowledgementMissed,
    FeedbackMarkedDuplicate,
    FeedbackResolved,
    FeedbackWithdrawn,
)
from server.feedback.kinds import ClockResult, FeedbackStatus
from server.feedback.moves import FeedbackAct
from server.feedback.proceeding import CONFIRM, in_hand, move, require_move, require_visible, stop_clock, told
from server.feedback.tables import Feedback
from server.touchpoints.circumstances import time_of_fact

_GONE = frozenset({FeedbackStatus.DUPLICATE, FeedbackStatus.WITHDRAWN})
"""Nothing is kept in these."""


async def mark_feedback_duplicate(work: Work, command: MarkFeedbackDuplicate) -> Feedback:
    """The same customer said the same already: that one is kept, and this one's clock stops.

    Locks both, in the order of their ids. Raises MoveNotAllowed, NotFound, DuplicateOfAnother where the kept one is
    another's, this very one, or itself a duplicate or withdrawn.
    """
    both = await queries.locked(work, {command.feedback_id, command.duplicate_of_id})
    for id, field in ((command.feedback_id, "feedback_id"), (command.duplicate_of_id, "duplicate_of_id")):
        if id not in both:
            raise NotFound(field)
        await require_visible(work, both[id], field)
    feedback, kept = both[command.feedback_id], both[command.duplicate_of_id]
    await require_move(work, feedback, FeedbackAct.DUPLICATE)
    same = feedback.customer_id is not None and await are_one(work, feedback.customer_id, kept.customer_id)
    if not same or feedback.id == kept.id or FeedbackStatus(kept.status) in _GONE:
        raise DuplicateOfAnother("duplicate_of_id")
    clock = await queries.running_clock(work, feedback.id)
    result = await stop_clock(work, clock, max(work.now, clock.started_at))
    moved = await move(work, feedback, FeedbackAct.DUPLICATE, work.now, duplicate_of=kept.id, clock_result=result.value)
    await trusting.ended_unanswered(work, feedback)
    work.emit(FeedbackMarkedDuplicate(**told(moved), duplicate_of_id=kept.id, clock_id=clock.id, clock_result=result))
    return feedback


async def withdraw_feedback(work: Work, command: WithdrawFeedback) -> Feedback:
    """The customer took it back. Raises MoveNotAllowed, AnsweredBeforeRaised, InTheFuture."""
    feedback = await in_hand(work, command.feedback_id, FeedbackAct.WITHDRAW)
    clock = await queries.running_clock(work, feedback.id)
    at = time_of_fact(work, command.occurred_at)
    if command.occurred_at is None:
        at = max(at, clock.started_at)
    elif at < clock.started_at:
        raise AnsweredBeforeRaised("occurred_at")
    result = await stop_clock(work, clock, at)
    moved = await move(work, feedback, FeedbackAct.WITHDRAW, at, clock_result=result.value)
    await trusting.ended_unanswered(work, feedback)
    work.emit(FeedbackWithdrawn(**told(moved), clock_id=clock.id, clock_result=result))
    return feedback


async def await_confirmation(work: Work, feedback: Feedback) -> None:
    """From its answer on the customer has the days of the policy to say something."""
    assert feedback.answered_at is not None
    days = (await policies.policy(work)).confirm_days
    await clocks.set_clock(work, CONFIRM, feedback.id, feedback.answered_at + timedelta(days=days))


async def confirmation_ended(work: Work, feedback: Feedback) -> None:
    await clocks.stop_clock(work, CONFIRM, feedback.id)


async def settled(work: Work, feedback: Feedback, at: datetime, *, confirmed: bool) -> Feedback:
    """Resolve an answered matter, which is in hand."""
    if confirmed:
        await confirmation_ended(work, feedback)
    moved = await move(work, feedback, FeedbackAct.RESOLVE, at, resolved_at=at, confirmed=confirmed)
    work.emit(FeedbackResolved(**told(moved), confirmed=confirmed))
    return feedback


async def resolve_in_silence(work: Work, feedback_id: UUID) -> None:
    """The customer has said nothing since the answer, for as long as the policy gave when it was given: it is resolved as of
    now. Nothing happens where the matter was taken up again, or answered anew, meanwhile."""
    feedback = await work.get(Feedback, feedback_id, lock=True)
    if feedback is None or feedback.status != FeedbackStatus.ANSWERED or feedback.answered_at is None:
        return
    days = (await policies.policy(work)).confirm_days
    if feedback.answered_at + timedelta(days=days) > work.now:
        await await_confirmation(work, feedback)  # the policy gives more days by now
        return
    await settled(work, feedback, work.now, confirmed=False)


async def note_unacknowledged(work: Work, feedback_id: UUID) -> None:
    """Nobody took the matter on in time: say so once. Nothing happens where somebody has meanwhile."""
    feedback = await work.get(Feedback, feedback_id, lock=True)
    if feedback is None or feedback.status != FeedbackStatus.RAISED:
        return
    clock = await queries.running_clock(work, feedback.id)
    if clock.ack_due_at is None or clock.ack_due_at > work.now or clock.ack_result != ClockResult.RUNNING:
        return
    await work.change(clock, ack_result=ClockResult.LATE.value)
    work.emit(
        FeedbackAcknowledgementMissed(
            feedback_id=feedback.id,
            customer_id=feedback.customer_id,
            clock_id=clock.id,
            role_id=feedback.role_id,
            group_id=feedback.group_id,
            store_id=feedback.store_id,
            ack_due_at=clock.ack_due_at,
            occurred_at=clock.ack_due_at,
        )
    )
