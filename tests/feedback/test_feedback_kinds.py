"""Clocks, statuses and rewards of feedback."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.feedback.kinds import (
    FEEDBACK_RULES,
    REWARD_DEFAULTS,
    STATUS_MOVES,
    ClockCalendar,
    ClockState,
    FeedbackKind,
    FeedbackStatus,
)
from server.operations.purposes import Purpose

IN_PROGRESS = FeedbackStatus.IN_PROGRESS


def test_every_kind_has_its_clock() -> None:
    clocks = {kind.value: (rule.clock_hours, rule.calendar, rule.ack_hours) for kind, rule in FEEDBACK_RULES.items()}
    assert clocks == {
        "PRODUCT_REQUEST": (72, ClockCalendar.ALL_HOURS, 24),
        "COMPLAINT": (24, ClockCalendar.ALL_HOURS, 2),
        "SUGGESTION": (168, ClockCalendar.BUSINESS_HOURS, 24),
        "PRAISE": (72, ClockCalendar.BUSINESS_HOURS, 24),
        "RATING": (24, ClockCalendar.ALL_HOURS, 24),
    }
    assert list(FEEDBACK_RULES) == list(FeedbackKind)


def test_somebody_must_take_the_matter_on_before_its_clock_ends() -> None:
    assert all(rule.ack_hours <= rule.clock_hours for rule in FEEDBACK_RULES.values())


def test_only_a_low_rating_needs_an_answer() -> None:
    assert [FeedbackKind.RATING.starts_clock(score) for score in (1, 3, 4, 5)] == [True, True, False, False]
    assert FeedbackKind.PRAISE.starts_clock(None)


def test_who_answers() -> None:
    assert FeedbackKind.COMPLAINT.answered_by_owner_of is Purpose.COMPLAINT
    assert FeedbackKind.PRODUCT_REQUEST.answered_by_owner_of is Purpose.FEEDBACK_REPLY
    assert FeedbackKind.RATING.answered_by_owner_of is Purpose.SATISFACTION_SURVEY


def test_every_status_says_where_it_can_go() -> None:
    assert list(STATUS_MOVES) == list(FeedbackStatus)
    finals = {status for status in FeedbackStatus if not STATUS_MOVES[status]}
    assert finals == {FeedbackStatus.DUPLICATE, FeedbackStatus.WITHDRAWN}


@pytest.mark.parametrize("status", FeedbackStatus)
def test_nothing_goes_back_to_where_nobody_has_looked(status: FeedbackStatus) -> None:
    assert not status.may_become(FeedbackStatus.RAISED)
    assert not status.may_become(status)


def test_only_what_was_answered_is_resolved() -> None:
    leading = [status for status in FeedbackStatus if status.may_become(FeedbackStatus.RESOLVED)]
    assert leading == [FeedbackStatus.ANSWERED]


def test_the_clock_runs_until_the_customer_was_told() -> None:
    running = [status for status in FeedbackStatus if status.clock is ClockState.RUNNING]
    assert running == [FeedbackStatus.RAISED, FeedbackStatus.ACKNOWLEDGED, IN_PROGRESS]


def test_going_back_to_work_is_reopening() -> None:
    moves = [(before, after) for before in FeedbackStatus for after in FeedbackStatus if before.reopens_as(after)]
    assert moves == [
        (FeedbackStatus.ANSWERED, IN_PROGRESS),
        (FeedbackStatus.RESOLVED, IN_PROGRESS),
        (FeedbackStatus.DECLINED, IN_PROGRESS),
    ]


def test_a_complaint_is_thanked_with_five_hundred() -> None:
    thanks = REWARD_DEFAULTS[FeedbackKind.COMPLAINT]
    assert (thanks.amount, thanks.currency, thanks.due_hours) == (Decimal("500.00"), "CNY", 72)
    assert set(REWARD_DEFAULTS) == {FeedbackKind.COMPLAINT, FeedbackKind.SUGGESTION}
