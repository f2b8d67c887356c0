"""That the customer was told: by which contact, and when. An answer to a customer always has its contact."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.customers import family
from server.db.work import Work
from server.errors import NotFound
from server.feedback.commands import AnswerFeedback
from server.feedback.errors import AnsweredBeforeRaised, NothingForTheShelf, NotTold, ToldBeforeContact
from server.feedback.kinds import ClockResult, FeedbackKind
from server.feedback.tables import Feedback
from server.touchpoints.circumstances import CLOCK_TOLERANCE, time_of_fact
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from server.touchpoints.service import record_judged
from server.touchpoints.tables import Touchpoint
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason

TALKS = frozenset({Medium.PHONE, Medium.VIDEO_CALL, Medium.IN_PERSON})
"""Here both sides speak, whoever began."""


async def contact_of(work: Work, feedback: Feedback, touchpoint_id: UUID | None) -> Touchpoint | None:
    """The contact named, by which this customer was told. Another customer's is as unknown as none.

    Raises NotFound, NotTold.
    """
    if touchpoint_id is None:
        return None
    touchpoint = await work.require(Touchpoint, touchpoint_id, "touchpoint_id")
    if feedback.customer_id is None or not await family.are_one(work, touchpoint.customer_id, feedback.customer_id):
        raise NotFound("touchpoint_id")
    if touchpoint.direction != Direction.OUTBOUND and touchpoint.medium not in TALKS:
        raise NotTold("touchpoint_id")
    return touchpoint


def told_at(work: Work, given: datetime | None, contact: Touchpoint | None, asked_at: datetime) -> datetime:
    """When the customer was told: as given, else by the contact's time, else now.

    Raises AnsweredBeforeRaised, ToldBeforeContact, InTheFuture.
    """
    at = time_of_fact(work, given)
    if given is not None:
        if at < asked_at:
            raise AnsweredBeforeRaised("occurred_at")
        if contact is not None and at < contact.occurred_at - CLOCK_TOLERANCE:
            raise ToldBeforeContact("occurred_at")
        return at
    if contact is not None:
        at = contact.occurred_at
        if at < asked_at - CLOCK_TOLERANCE:
            raise AnsweredBeforeRaised("touchpoint_id")
    return max(at, asked_at)  # whoever recorded the question may have had a clock that runs ahead of ours


async def told_now(work: Work, feedback: Feedback, command: AnswerFeedback, at: datetime) -> UUID:
    """Record the contact by which the customer was told; that it lies within the boundary was judged before."""
    assert feedback.customer_id is not None
    medium = command.medium or (Medium.OTHER if feedback.medium is None else Medium(feedback.medium))
    touchpoint = await record_judged(
        work,
        RecordTouchpoint(
            customer_id=feedback.customer_id,
            case_id=feedback.case_id,
            store_id=feedback.store_id,
            item_id=feedback.item_id,
            direction=Direction.OUTBOUND,
            medium=medium,
            purpose=FeedbackKind(feedback.kind).answered_by_owner_of,
            summary=command.text,
            occurred_at=at,
        ),
    )
    return touchpoint.id


async def on_shelf(work: Work, feedback: Feedback) -> None:
    """The product that was asked for is there, and the asker was told. Inside the clock that earns trust.

    Raises NothingForTheShelf where no product was asked for.
    """
    if feedback.kind != FeedbackKind.PRODUCT_REQUEST:
        raise NothingForTheShelf("on_shelf")
    if feedback.customer_id is not None and feedback.clock_result == ClockResult.ON_TIME:
        cause = Cause(CauseType.FEEDBACK, feedback.id, occurred_at=feedback.answered_at)
        await post(work, feedback.customer_id, TrustReason.PRODUCT_ON_SHELF, cause)
