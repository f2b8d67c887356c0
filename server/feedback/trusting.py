"""What feedback does to the customer's trust.

An answer in time is a deposit, a late one a withdrawal. Silence for twice the clock is another one, beside that of being
late. A rating of 5 is a deposit, 1 and 2 are withdrawals; 4 or 5 for how a complaint was answered is a service recovered.
What the customer took back, and what they had said before, moves nothing. A voice that is no customer's has no account.
"""

from __future__ import annotations

from uuid import UUID

from server.db import clocks
from server.db.work import Work
from server.feedback import policies, queries
from server.feedback.clock import due_at
from server.feedback.kinds import ClockCalendar, ClockResult, FeedbackKind, RatedKind
from server.feedback.tables import Feedback, FeedbackClock
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType, ReversalGround
from server.trust.reasons import TrustReason
from server.trust.reversing import take_cause_back

SILENCE = "feedback.silence"
"""The clock of a feedback that nobody has answered: it runs out at twice the time there was for the answer."""
_BEST, _GOOD, _BAD = 5, 4, 2


async def watch_silence(work: Work, feedback: Feedback, clock: FeedbackClock) -> None:
    """Have it noticed when twice the clock has passed without an answer."""
    rule = (await policies.policy(work)).kinds[FeedbackKind(feedback.kind)]
    calendar = await queries.business_calendar(work) if rule.calendar is ClockCalendar.BUSINESS_HOURS else None
    twice = due_at(rule.clock_hours, rule.calendar, clock.due_at, calendar)
    await clocks.set_clock(work, SILENCE, feedback.id, twice)


async def answered(work: Work, feedback: Feedback, clock: FeedbackClock, result: ClockResult) -> None:
    """The customer was told. The feedback is held, its clock stopped.

    Where silence had been posted and it turns out that the answer came in time after all, that is taken back: it did not
    happen.
    """
    await clocks.stop_clock(work, SILENCE, feedback.id)
    if feedback.customer_id is None:
        return
    if result is ClockResult.LATE:
        await post(work, feedback.customer_id, TrustReason.FEEDBACK_LATE, _of(feedback, clock))
        return
    for reason in (TrustReason.FEEDBACK_UNANSWERED, TrustReason.FEEDBACK_LATE):
        await take_cause_back(
            work,
            feedback.customer_id,
            reason,
            str(clock.id),
            ground=ReversalGround.DID_NOT_HAPPEN,
            reason_in_words="按时答复已补登。The answer in time was recorded later.",
        )
    await post(work, feedback.customer_id, TrustReason.FEEDBACK_ANSWERED_IN_TIME, _of(feedback, clock))


async def ended_unanswered(work: Work, feedback: Feedback) -> None:
    """The customer took it back, or had said it before: nobody waits for an answer any more."""
    await clocks.stop_clock(work, SILENCE, feedback.id)


async def rated(work: Work, feedback: Feedback) -> None:
    """A customer rated something. The rating is being recorded in this act."""
    if feedback.customer_id is None or feedback.score is None:
        return
    cause = Cause(CauseType.FEEDBACK, feedback.id, occurred_at=feedback.occurred_at)
    if feedback.score == _BEST:
        await post(work, feedback.customer_id, TrustReason.GOOD_RATING, cause)
    elif feedback.score <= _BAD:
        await post(work, feedback.customer_id, TrustReason.BAD_RATING, cause)
    if feedback.score >= _GOOD and feedback.rated_type == RatedKind.FEEDBACK and feedback.rated_id is not None:
        complaint = await work.get(Feedback, feedback.rated_id)
        if complaint is not None and complaint.kind == FeedbackKind.COMPLAINT:
            recovered = Cause(CauseType.FEEDBACK, complaint.id, occurred_at=feedback.occurred_at)
            await post(work, feedback.customer_id, TrustReason.SERVICE_RECOVERED, recovered)


async def note_silence(work: Work, feedback_id: UUID) -> None:
    """Twice its clock has passed: post that it is late, and that nobody answered. Nothing where somebody has."""
    feedback = await work.get(Feedback, feedback_id, lock=True)
    if feedback is None or feedback.clock_result != ClockResult.RUNNING or feedback.customer_id is None:
        return
    clock = await queries.running_clock(work, feedback.id)
    if clock.due_at > work.now:
        return  # it was taken up again meanwhile, and its new clock is watched
    for reason in (TrustReason.FEEDBACK_LATE, TrustReason.FEEDBACK_UNANSWERED):
        await post(work, feedback.customer_id, reason, _of(feedback, clock))


def _of(feedback: Feedback, clock: FeedbackClock) -> Cause:
    return Cause(CauseType.FEEDBACK, feedback.id, key=str(clock.id), occurred_at=clock.stopped_at)
