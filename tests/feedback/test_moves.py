"""Which act leads a feedback where, and what refuses it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.errors import UserErrorCode
from server.feedback.errors import MoveNotAllowed, ReopenTooLate
from server.feedback.kinds import REOPEN_DAYS, FeedbackStatus
from server.feedback.moves import LEADS_TO, FeedbackAct, refusal
from server.terms import Locale

NOW = datetime(2026, 6, 30, tzinfo=UTC)
ENDS = {FeedbackAct.ANSWER, FeedbackAct.DECLINE, FeedbackAct.DUPLICATE, FeedbackAct.WITHDRAW}
ALLOWED = {
    FeedbackStatus.RAISED: {FeedbackAct.ACKNOWLEDGE, FeedbackAct.START, *ENDS},
    FeedbackStatus.ACKNOWLEDGED: {FeedbackAct.START, *ENDS},
    FeedbackStatus.IN_PROGRESS: ENDS,
    FeedbackStatus.ANSWERED: {FeedbackAct.RESOLVE, FeedbackAct.REOPEN},
    FeedbackStatus.RESOLVED: {FeedbackAct.REOPEN},
    FeedbackStatus.DECLINED: {FeedbackAct.REOPEN},
    FeedbackStatus.DUPLICATE: set(),
    FeedbackStatus.WITHDRAWN: set(),
}


def test_every_act_leads_somewhere() -> None:
    assert list(LEADS_TO) == list(FeedbackAct)


@pytest.mark.parametrize("status", FeedbackStatus)
def test_what_may_be_done_in_each_status(status: FeedbackStatus) -> None:
    allowed = {
        act for act in FeedbackAct if refusal(act, status, resolved_at=None, now=NOW, reopen_days=REOPEN_DAYS) is None
    }
    assert allowed == ALLOWED[status]


def test_taking_a_matter_on_is_no_reopening() -> None:
    """RAISED may become IN_PROGRESS, but nothing is reopened that was never closed."""
    refused = refusal(FeedbackAct.REOPEN, FeedbackStatus.RAISED, resolved_at=None, now=NOW, reopen_days=REOPEN_DAYS)
    assert isinstance(refused, MoveNotAllowed)


def test_the_refusal_names_where_the_feedback_stands() -> None:
    refused = refusal(FeedbackAct.ANSWER, FeedbackStatus.RESOLVED, resolved_at=NOW, now=NOW, reopen_days=REOPEN_DAYS)
    assert isinstance(refused, MoveNotAllowed)
    assert (refused.code, refused.field) == (UserErrorCode.NOT_ALLOWED, ("feedback_id",))
    assert refused.message(Locale.EN) == "This feedback is RESOLVED and cannot become ANSWERED."
    assert refused.message(Locale.ZH) == "该反馈当前状态为已解决（RESOLVED），不能变为已答复。"


def test_a_resolved_matter_rests_after_thirty_days() -> None:
    def reopened_after(age: timedelta) -> object:
        return refusal(
            FeedbackAct.REOPEN, FeedbackStatus.RESOLVED, resolved_at=NOW - age, now=NOW, reopen_days=REOPEN_DAYS
        )

    assert reopened_after(timedelta(days=30)) is None
    refused = reopened_after(timedelta(days=30, microseconds=1))
    assert isinstance(refused, ReopenTooLate)
    assert refused.message(Locale.EN) == "This feedback is RESOLVED since more than 30 days; raise a new one."


def test_a_brand_says_for_how_long() -> None:
    def after_a_day(reopen_days: int) -> object:
        resolved_at = NOW - timedelta(days=1)
        return refusal(
            FeedbackAct.REOPEN, FeedbackStatus.RESOLVED, resolved_at=resolved_at, now=NOW, reopen_days=reopen_days
        )

    assert after_a_day(1) is None
    refused = after_a_day(0)
    assert isinstance(refused, ReopenTooLate)
    assert refused.message(Locale.ZH) == "该反馈已解决（RESOLVED）超过0天，请重新登记。"


def test_only_a_resolved_matter_rests() -> None:
    """`resolved_at` of an earlier round does not count against what stands elsewhere now."""
    long_ago = NOW - timedelta(days=400)
    for status in (FeedbackStatus.ANSWERED, FeedbackStatus.DECLINED):
        assert refusal(FeedbackAct.REOPEN, status, resolved_at=long_ago, now=NOW, reopen_days=REOPEN_DAYS) is None
