"""Quiet hours by the customer's clock: across midnight, weekends, holidays, and the days on which clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from server.touchpoints.attention.quiet_hours import awake_from, zone_of
from server.touchpoints.attention_policies import QuietDay, QuietHours

NIGHT = QuietHours(time(21, 30), time(9, 0))
LUNCH = QuietHours(time(12, 0), time(14, 0))
OFFICE = QuietHours(time(18, 30), time(9, 0), frozenset(QuietDay))
SHANGHAI, BERLIN, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "awake"),
    [
        (NIGHT, "2026-03-10T09:00", "2026-03-10T09:00"),
        (NIGHT, "2026-03-10T21:29", "2026-03-10T21:29"),
        (NIGHT, "2026-03-10T21:30", "2026-03-11T09:00"),
        (NIGHT, "2026-03-11T00:00", "2026-03-11T09:00"),
        (NIGHT, "2026-03-11T08:59", "2026-03-11T09:00"),
        (LUNCH, "2026-03-10T11:59", "2026-03-10T11:59"),
        (LUNCH, "2026-03-10T12:00", "2026-03-10T14:00"),
        (LUNCH, "2026-03-10T14:00", "2026-03-10T14:00"),
        (LUNCH, "2026-03-10T23:59", "2026-03-10T23:59"),
        # 13 March 2026 is a Friday: the evening leads over the weekend to Monday.
        (OFFICE, "2026-03-13T18:29", "2026-03-13T18:29"),
        (OFFICE, "2026-03-13T18:30", "2026-03-16T09:00"),
        (OFFICE, "2026-03-14T12:00", "2026-03-16T09:00"),
        (OFFICE, "2026-03-15T23:00", "2026-03-16T09:00"),
    ],
)
def test_when_it_is_quiet(quiet: QuietHours, now: str, awake: str) -> None:
    assert awake_from(quiet, at(now), SHANGHAI, ()) == at(awake)


def test_a_day_on_which_the_brand_is_closed_is_a_holiday() -> None:
    closed = {date(2026, 3, 16), date(2026, 3, 17)}
    assert awake_from(OFFICE, at("2026-03-13T19:00"), SHANGHAI, closed) == at("2026-03-18T09:00")
    assert awake_from(NIGHT, at("2026-03-16T12:00"), SHANGHAI, closed) == at("2026-03-16T12:00")


def test_the_clock_on_the_customers_wall_counts() -> None:
    moment = at("2026-03-10T15:00")  # 8:00 in Berlin, 3:00 in New York
    assert awake_from(NIGHT, moment, SHANGHAI, ()) == moment
    assert awake_from(NIGHT, moment, BERLIN, ()) == at("2026-03-10T09:00", BERLIN)
    assert awake_from(NIGHT, moment, NEW_YORK, ()) == at("2026-03-10T09:00", NEW_YORK)


def test_the_nights_on_which_clocks_are_changed() -> None:
    """In Berlin 29 March 2026 lacks the hour from 2:00, and 25 October has it twice."""
    early = QuietHours(time(22, 0), time(2, 30))
    assert awake_from(early, at("2026-03-29T01:00", BERLIN), BERLIN, ()) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert awake_from(NIGHT, at("2026-03-28T23:00", BERLIN), BERLIN, ()) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert awake_from(NIGHT, at("2026-10-24T23:00", BERLIN), BERLIN, ()) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)


def test_a_zone_that_does_not_exist_is_the_brands() -> None:
    for unknown in (None, "", "Mars/Olympus", "America", "../etc/passwd"):
        assert zone_of(unknown, "Asia/Shanghai") == SHANGHAI
    assert zone_of("Europe/Berlin", "Asia/Shanghai") == BERLIN
