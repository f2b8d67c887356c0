"""An improvement is shipped: the act says so, and a job tells everyone who asked, some at a time.

A customer is told by one contact, which answers whatever of theirs asked for it; clocks that run stop then. Somebody unknown
cannot be contacted from here: their feedback stays in the inbox until somebody answers it by hand. The links say who has been
told, so a job that is stopped goes on where it was, and nobody is told twice.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from server.db import jobs
from server.db.work import Work
from server.feedback import queries as feedbacks
from server.feedback.kinds import ClockResult, ClockState, FeedbackKind, FeedbackStatus, ImprovementStatus
from server.feedback.service import told_by_contact
from server.feedback.tables import Feedback
from server.improvements import events, queries
from server.improvements.commands import ShipImprovement
from server.improvements.service import in_hand, told
from server.improvements.tables import Improvement, ImprovementLink
from server.rewards.service import propose_by_policy
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from server.touchpoints.service import record_judged
from server.trust.entries import Cause, post_all
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason

JOB = "improvement"
AT_ONCE = 50
_NEXT = timedelta(0)


async def ship_improvement(work: Work, command: ShipImprovement) -> Improvement:
    """It is there. Everyone who asked is told in the background. Raises NotFound, ImprovementMoveNotAllowed, Conflict."""
    improvement = await in_hand(work, command.improvement_id, ImprovementStatus.SHIPPED)
    asked_at = await queries.first_asked(work, improvement.id)
    waited = None if asked_at is None else max(int((work.now - asked_at).total_seconds()), 0)
    await work.change(
        improvement,
        expected_version=command.expected_version,
        status=ImprovementStatus.SHIPPED.value,
        shipped_at=work.now,
        answer=command.answer,
        medium=command.medium.value,
        change_seconds=waited,
        updated_at=work.now,
    )
    work.emit(
        events.ImprovementShipped(
            improvement_id=improvement.id,
            staff_id=work.caller.staff_id,
            medium=command.medium,
            voices=improvement.voices,
            change_seconds=waited,
        )
    )
    if improvement.voices:
        await jobs.enqueue(work, JOB, improvement.id)
    return improvement


async def take_step(work: Work, id: UUID) -> timedelta | None:
    """Tell some more of those who asked.

    The job is this worker's alone. Locks the feedback of this step in the order of their ids, then the improvement, as whoever
    answers one of them by hand does.
    """
    shipped = await work.get(Improvement, id)
    if shipped is None or shipped.shipped_at is None:
        return None
    links = await queries.untold(work, id, AT_ONCE)
    if not links:
        return None
    feedback = await feedbacks.locked(work, {link.feedback_id for link in links})
    customers = {one.customer_id for one in feedback.values() if one.customer_id is not None}
    contacts = await queries.contacts(work, id, customers)
    postings: list[tuple[UUID, TrustReason, Cause]] = []
    known = 0
    for link in sorted(links, key=lambda link: str(feedback[link.feedback_id].customer_id)):  # as accounts are locked
        one = feedback[link.feedback_id]
        if one.customer_id is None or one.status == FeedbackStatus.WITHDRAWN:
            await work.change(link, by_hand=True)
            if one.answered_at is not None and one.answered_at >= shipped.shipped_at:
                await told(work, link, one)  # whoever answered it was quicker than the job
                known += 1
            continue
        if one.customer_id not in contacts:
            contacts[one.customer_id] = await _contact(work, shipped, one)
        await _answer(work, shipped, link, one, contacts[one.customer_id])
        known += 1
        postings += _posting(shipped, one)
    improvement = await work.require(Improvement, id, lock=True)
    await work.change(improvement, told=improvement.told + known, updated_at=work.now)
    await post_all(work, postings)
    return _NEXT


async def _contact(work: Work, improvement: Improvement, feedback: Feedback) -> UUID:
    """Tell one customer."""
    assert feedback.customer_id is not None
    assert improvement.medium is not None
    command = RecordTouchpoint(
        customer_id=feedback.customer_id,
        store_id=feedback.store_id,
        item_id=improvement.item_id or feedback.item_id,
        direction=Direction.OUTBOUND,
        medium=Medium(improvement.medium),
        purpose=FeedbackKind(feedback.kind).answered_by_owner_of,
        summary=improvement.answer,
        occurred_at=work.now,
    )
    return (await record_judged(work, command)).id


async def _answer(work: Work, shipped: Improvement, link: ImprovementLink, one: Feedback, contact: UUID) -> None:
    """Their feedback is answered where its clock still runs; what was answered before stays as it ended."""
    await work.change(link, touchpoint_id=contact, customer_id=one.customer_id)
    if FeedbackStatus(one.status).clock is ClockState.RUNNING:
        await told_by_contact(work, one, contact, shipped.answer, work.now)
    await told(work, link, one)
    if one.kind == FeedbackKind.SUGGESTION:
        await propose_by_policy(work, one)


def _posting(shipped: Improvement, one: Feedback) -> list[tuple[UUID, TrustReason, Cause]]:
    """A product on the shelf inside the clock of who asked for it is one thing, any other change another; a product that came
    late is none."""
    assert one.customer_id is not None
    if one.kind != FeedbackKind.PRODUCT_REQUEST:
        return [(one.customer_id, TrustReason.IMPROVEMENT_SHIPPED, Cause(CauseType.IMPROVEMENT, shipped.id))]
    if one.clock_result == ClockResult.ON_TIME:
        return [(one.customer_id, TrustReason.PRODUCT_ON_SHELF, Cause(CauseType.FEEDBACK, one.id))]
    return []
