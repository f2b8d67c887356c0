"""Which act leads a feedback where, and what would refuse it. Pure.

The acts and the list of available actions ask the same question here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from server.errors import DomainError
from server.feedback.errors import MoveNotAllowed, ReopenTooLate
from server.feedback.kinds import FeedbackStatus


class FeedbackAct(StrEnum):
    """An act that moves a feedback; the value is the mutation's name."""

    ACKNOWLEDGE = "acknowledgeFeedback"
    START = "startFeedback"
    ANSWER = "answerFeedback"
    RESOLVE = "resolveFeedback"
    DECLINE = "declineFeedback"
    DUPLICATE = "markFeedbackDuplicate"
    WITHDRAW = "withdrawFeedback"
    REOPEN = "reopenFeedback"


LEADS_TO: Mapping[FeedbackAct, FeedbackStatus] = MappingProxyType(
    {
        FeedbackAct.ACKNOWLEDGE: FeedbackStatus.ACKNOWLEDGED,
        FeedbackAct.START: FeedbackStatus.IN_PROGRESS,
        FeedbackAct.ANSWER: FeedbackStatus.ANSWERED,
        FeedbackAct.RESOLVE: FeedbackStatus.RESOLVED,
        FeedbackAct.DECLINE: FeedbackStatus.DECLINED,
        FeedbackAct.DUPLICATE: FeedbackStatus.DUPLICATE,
        FeedbackAct.WITHDRAW: FeedbackStatus.WITHDRAWN,
        FeedbackAct.REOPEN: FeedbackStatus.IN_PROGRESS,
    }
)


def refusal(
    act: FeedbackAct, status: FeedbackStatus, *, resolved_at: datetime | None, now: datetime, reopen_days: int
) -> DomainError | None:
    """Why the act is refused to a feedback in this status; None where it is not."""
    wanted = LEADS_TO[act]
    if not status.may_become(wanted) or status.reopens_as(wanted) is not (act is FeedbackAct.REOPEN):
        return MoveNotAllowed(
            "feedback_id", status=status.value, wanted=wanted.value, status_zh=status.zh, wanted_zh=wanted.zh
        )
    if (
        status is FeedbackStatus.RESOLVED
        and resolved_at is not None
        and now - resolved_at > timedelta(days=reopen_days)
    ):
        return ReopenTooLate("feedback_id", days=reopen_days)
    return None
