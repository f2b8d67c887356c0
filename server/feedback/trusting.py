"""What feedback does to the customer's trust.

An answer in time is a deposit, a late one a withdrawal. Silence for twice the clock is another one, beside that of being
late. A rating of 5 is a deposit, 1 and 2 are withdrawals; 4 or 5 for how a complaint was answered is a service recovered.
What the customer took back, and what they had said before, moves nothing. A voice that is no customer's has no account.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.db import clocks
from server.db.work import Work
from server.feedback import policies, queries
from server.feedback.clock import due_at
from server.feedback.kinds import ClockCalendar, ClockResult, FeedbackKind, RatedKind
from server.feedback.tables import Feedback, FeedbackClock
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from server.trust.reversing import take_causes_back

SILENCE = "feedback.silence"
"""The clock of a feedback that nobody has answered: it runs out at twice the time there was for the answer."""
_BEST, _GOOD, _BAD = 5, 4, 2
_TOLD_LATER = "补登了当时的答复。The answer was given then, and recorded later."


async def watch_silence(work: Work, feedback: Feedback, clock: FeedbackClock) -> None:
    """Have it noticed when twice the clock has passed without an answer."""
    await clocks.set_clock(work, SILENCE, feedback.id, await _twice(work, feedback, clock))


async def answered(work: Work, feedback: Feedback, clock: FeedbackClock) -> None:
    """The customer was told. The feedback is held, its clock stopped.

    Where silence had been posted and it turns out that somebody answered before, that is taken back: it did not happen.
    """
    await clocks.stop_clock(work, SILENCE, feedback.id)
    if feedback.customer_id is None:
        return
    assert clock.stopped_at is not None
    in_time = clock.result == ClockResult.ON_TIME
    if work.now > clock.due_at:
        refuted = {TrustReason.FEEDBACK_LATE, TrustReason.FEEDBACK_UNANSWERED} if in_time else set()
        if clock.stopped_at < await _twice(work, feedback, clock):
            refuted.add(TrustReason.FEEDBACK_UNANSWERED)
        await take_causes_back(work, feedback.customer_id, str(clock.id), refuted, words=_TOLD_LATER)
    reason = TrustReason.FEEDBACK_ANSWERED_IN_TIME if in_time else TrustReason.FEEDBACK_LATE
    await post(work, feedback.customer_id, reason, _of(feedback, clock))


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
    if await _twice(work, feedback, clock) > work.now:
        await watch_silence(work, feedback, clock)  # taken up again, or by a policy that gives more time
        return
    for reason in (TrustReason.FEEDBACK_LATE, TrustReason.FEEDBACK_UNANSWERED):
        await post(work, feedback.customer_id, reason, _of(feedback, clock))


async def _twice(work: Work, feedback: Feedback, clock: FeedbackClock) -> datetime:
    """When twice the clock has passed: as long again behind its end, by the hours it counts."""
    rule = (await policies.policy(work)).kinds[FeedbackKind(feedback.kind)]
    calendar = await queries.business_calendar(work) if rule.calendar is ClockCalendar.BUSINESS_HOURS else None
    return due_at(rule.clock_hours, rule.calendar, clock.due_at, calendar)


def _of(feedback: Feedback, clock: FeedbackClock) -> Cause:
    return Cause(CauseType.FEEDBACK, feedback.id, key=str(clock.id), occurred_at=clock.stopped_at)
