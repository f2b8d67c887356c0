"""By when an answer is due: opening hours, closed days, and days of 23 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.feedback.clock import BusinessCalendar, OpeningHours, after_open_hours, due_at, result_of
from server.feedback.kinds import FEEDBACK_RULES, ClockResult, FeedbackKind

SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
TUESDAY = 2


def weekly(
    zone: ZoneInfo, opens: int, closes: int, *, days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7), **more: frozenset[date]
) -> BusinessCalendar:
    return BusinessCalendar(zone, tuple(OpeningHours(day, opens * 60, closes * 60) for day in days), **more)


def due(kind: FeedbackKind, start: datetime, calendar: BusinessCalendar | None) -> datetime:
    rule = FEEDBACK_RULES[kind]
    return due_at(rule.clock_hours, rule.calendar, start, calendar)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_a_complaint_counts_all_hours_even_where_the_brand_is_closed() -> None:
    monday = datetime(2026, 3, 2, 22, 0, tzinfo=SHANGHAI)
    calendar = weekly(SHANGHAI, 9, 18)
    assert due(FeedbackKind.COMPLAINT, monday, calendar) == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
    assert due(FeedbackKind.PRODUCT_REQUEST, monday, calendar) == datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
    assert due(FeedbackKind.RATING, monday, calendar) == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def test_without_opening_hours_every_hour_counts() -> None:
    start = datetime(2026, 3, 2, 22, 0, tzinfo=SHANGHAI)
    assert due(FeedbackKind.SUGGESTION, start, None) == start + hours(168)
    assert due(FeedbackKind.PRAISE, start, None) == start + hours(72)


def test_a_shop_closed_on_tuesdays() -> None:
    """72 hours of praise at twelve hours a day: six open days, from Monday noon on."""
    calendar = weekly(SHANGHAI, 9, 21, days=(1, 3, 4, 5, 6, 7))
    monday_noon = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)
    assert due(FeedbackKind.PRAISE, monday_noon, calendar) == datetime(2026, 3, 9, 12, 0, tzinfo=SHANGHAI)


def test_a_closed_day_is_skipped() -> None:
    open_week = weekly(SHANGHAI, 9, 18)
    closed = weekly(SHANGHAI, 9, 18, closed_days=frozenset({date(2026, 10, 1), date(2026, 10, 2)}))
    start = datetime(2026, 9, 30, 17, 0, tzinfo=SHANGHAI)
    assert after_open_hours(start, hours(2), open_week) == datetime(2026, 10, 1, 10, 0, tzinfo=SHANGHAI)
    assert after_open_hours(start, hours(2), closed) == datetime(2026, 10, 3, 10, 0, tzinfo=SHANGHAI)


def test_a_clock_that_starts_before_or_after_hours_waits_for_the_door_to_open() -> None:
    calendar = weekly(SHANGHAI, 9, 18)
    opening = datetime(2026, 3, 3, 10, 0, tzinfo=SHANGHAI)
    assert after_open_hours(datetime(2026, 3, 3, 3, 0, tzinfo=SHANGHAI), hours(1), calendar) == opening
    assert after_open_hours(datetime(2026, 3, 2, 18, 0, tzinfo=SHANGHAI), hours(1), calendar) == opening


def test_a_clock_may_run_out_at_closing_time() -> None:
    calendar = weekly(SHANGHAI, 9, 18)
    start = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    assert after_open_hours(start, hours(9), calendar) == datetime(2026, 3, 2, 18, 0, tzinfo=SHANGHAI)
    assert after_open_hours(start, hours(9) + timedelta(seconds=1), calendar) == datetime(
        2026, 3, 3, 9, 0, 1, tzinfo=SHANGHAI
    )


def test_a_break_at_noon() -> None:
    calendar = BusinessCalendar(SHANGHAI, (OpeningHours(1, 14 * 60, 18 * 60), OpeningHours(1, 9 * 60, 12 * 60)))
    monday = datetime(2026, 3, 2, 11, 0, tzinfo=SHANGHAI)
    assert after_open_hours(monday, hours(2), calendar) == datetime(2026, 3, 2, 15, 0, tzinfo=SHANGHAI)
    assert after_open_hours(monday, hours(6), calendar) == datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI)


def test_overlapping_hours_are_counted_once() -> None:
    calendar = BusinessCalendar(
        SHANGHAI,
        (OpeningHours(1, 9 * 60, 12 * 60), OpeningHours(1, 10 * 60, 14 * 60), OpeningHours(1, 11 * 60, 12 * 60)),
    )
    monday = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    assert after_open_hours(monday, hours(5), calendar) == datetime(2026, 3, 2, 14, 0, tzinfo=SHANGHAI)


def test_the_day_belongs_to_the_brands_time_zone() -> None:
    """Sunday evening in UTC is Monday morning in Shanghai."""
    calendar = weekly(SHANGHAI, 6, 18, days=(1,))
    start = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    assert after_open_hours(start, hours(1), calendar) == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def test_the_day_when_clocks_are_set_forward_is_an_hour_shorter() -> None:
    """Berlin, 29 March 2026: 02:00 becomes 03:00. Open round the clock, 24 hours end at 01:00 of the next day."""
    calendar = weekly(BERLIN, 0, 24)
    start = datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN)
    assert after_open_hours(start, hours(23), calendar) == datetime(2026, 3, 30, 0, 0, tzinfo=BERLIN)
    assert after_open_hours(start, hours(24), calendar) == datetime(2026, 3, 30, 1, 0, tzinfo=BERLIN)


def test_the_day_when_clocks_are_set_back_is_an_hour_longer() -> None:
    """Berlin, 25 October 2026: 03:00 becomes 02:00."""
    calendar = weekly(BERLIN, 0, 24)
    start = datetime(2026, 10, 25, 0, 0, tzinfo=BERLIN)
    assert after_open_hours(start, hours(24), calendar) == datetime(2026, 10, 25, 23, 0, tzinfo=BERLIN)
    assert after_open_hours(start, hours(25), calendar) == datetime(2026, 10, 26, 0, 0, tzinfo=BERLIN)


def test_opening_hours_keep_their_wall_clock_over_the_change() -> None:
    """New York, 8 March 2026. The shop opens at nine before and after; in UTC that is 14:00 and 13:00."""
    calendar = weekly(NEW_YORK, 9, 17)
    saturday = datetime(2026, 3, 7, 16, 0, tzinfo=NEW_YORK)
    assert saturday.astimezone(UTC).hour == 21
    assert after_open_hours(saturday, hours(2), calendar) == datetime(2026, 3, 8, 14, 0, tzinfo=UTC)


def test_opening_at_a_time_that_never_comes() -> None:
    """New York, 8 March 2026, 02:30: the moment that would have been, 03:30 by the new time."""
    calendar = BusinessCalendar(NEW_YORK, (OpeningHours(7, 150, 155), OpeningHours(7, 155, 240)))
    start = datetime(2026, 3, 8, 0, 0, tzinfo=NEW_YORK)
    assert after_open_hours(start, timedelta(minutes=5), calendar) == datetime(2026, 3, 8, 7, 35, tzinfo=UTC)
    assert after_open_hours(start, timedelta(minutes=10), calendar) == datetime(2026, 3, 8, 7, 40, tzinfo=UTC)


def test_the_moment_it_runs_out_is_in_time() -> None:
    due = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert result_of(due, due) is ClockResult.ON_TIME
    assert result_of(due, due + timedelta(microseconds=1)) is ClockResult.LATE


@pytest.mark.parametrize(
    ("weekday", "opens", "closes"), [(0, 0, 60), (8, 0, 60), (1, 60, 60), (1, -1, 60), (1, 0, 1441)]
)
def test_what_is_no_interval_of_a_weekday(weekday: int, opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="is no interval of a weekday"):
        OpeningHours(weekday, opens, closes)


def test_a_calendar_is_open_some_time() -> None:
    with pytest.raises(ValueError, match="needs opening hours"):
        BusinessCalendar(SHANGHAI, ())


QUARTER = timedelta(minutes=15)
opening_hours = st.builds(
    lambda weekday, opens, length: OpeningHours(weekday, opens * 15, min((opens + length) * 15, 1440)),
    st.integers(1, 7),
    st.integers(0, 92),
    st.integers(4, 60),
)
calendars = st.builds(
    lambda zone, hours, closed: BusinessCalendar(zone, tuple(hours), frozenset(closed)),
    st.sampled_from([SHANGHAI, BERLIN, NEW_YORK]),
    st.lists(opening_hours, min_size=1, max_size=6),
    st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=10),
)
starts = st.integers(0, 364 * 96).map(lambda quarters: datetime(2026, 1, 1, tzinfo=UTC) + quarters * QUARTER)


def open_quarters(start: datetime, end: datetime, calendar: BusinessCalendar) -> int:
    """Counted the slow way: quarter by quarter, by the wall clock of the place."""
    counted, moment = 0, start
    while moment < end:
        wall = moment.astimezone(calendar.zone)
        minute = wall.hour * 60 + wall.minute
        counted += wall.date() not in calendar.closed_days and any(
            one.weekday == wall.isoweekday() and one.opens <= minute < one.closes for one in calendar.hours
        )
        moment += QUARTER
    return counted


@settings(deadline=None)  # a brand open for an hour a week makes for long counting
@given(calendars, starts, st.integers(1, 24))
def test_as_many_open_quarters_pass_as_were_given(calendar: BusinessCalendar, start: datetime, quarters: int) -> None:
    """On every day but those of a change, where a wall clock cannot be counted by."""
    end = after_open_hours(start, quarters * QUARTER, calendar)
    assume(not changes_its_clocks(calendar.zone, start, end))
    assert open_quarters(start, end, calendar) == quarters
    assert open_quarters(end - QUARTER, end, calendar) == 1


def changes_its_clocks(zone: ZoneInfo, start: datetime, end: datetime) -> bool:
    return start.astimezone(zone).utcoffset() != (end + timedelta(days=1)).astimezone(zone).utcoffset()


@given(calendars, starts, st.timedeltas(timedelta(seconds=1), hours(20)), st.timedeltas(timedelta(0), hours(20)))
def test_more_time_is_never_due_earlier(
    calendar: BusinessCalendar, start: datetime, duration: timedelta, more: timedelta
) -> None:
    first = after_open_hours(start, duration, calendar)
    second = after_open_hours(start, duration + more, calendar)
    assert start + duration <= first <= second
    assert second - first >= more
