"""Business time between two moments, counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from server.scorecards.business_time import is_always_open, line
from server.tenants.queries import BusinessCalendar

MINUTE = 60_000_000
_TICK = timedelta(microseconds=1)
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
WEEKDAYS: dict[int, tuple[tuple[int, int], ...]] = dict.fromkeys(range(1, 6), ((9 * 60, 12 * 60), (13 * 60, 18 * 60)))
SHOP = BusinessCalendar(SHANGHAI, WEEKDAYS, frozenset({date(2026, 3, 4)}))
"""Open on weekdays from 9 to 12 and from 13 to 18, but not on Wednesday the 4th of March."""
BEGINS, ENDS = datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)
"""From midnight in Shanghai on Monday the 2nd."""


def shanghai(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02}T{clock}:00+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "answered", "minutes"),
    [
        (shanghai(2, "10:00"), shanghai(2, "10:07"), 7),
        (shanghai(2, "11:55"), shanghai(2, "13:05"), 10),  # over lunch
        (shanghai(2, "08:00"), shanghai(2, "09:01"), 1),  # before the shop opens
        (shanghai(3, "17:50"), shanghai(5, "09:05"), 15),  # over the night and the closed Wednesday
        (shanghai(6, "17:59"), shanghai(9, "09:01"), 2),  # over the weekend
        (shanghai(7, "10:00"), shanghai(8, "20:00"), 0),  # on the weekend
        (shanghai(2, "00:00"), shanghai(9, "00:00"), 4 * 8 * 60),  # a week
    ],
)
def test_business_time_between(asked: datetime, answered: datetime, minutes: int) -> None:
    time = line(SHOP, BEGINS, ENDS)
    assert time.at(answered) - time.at(asked) == minutes * MINUTE


def test_the_pieces_cover_all_time_once_and_lie_within_days() -> None:
    pieces = line(SHOP, BEGINS, ENDS).pieces
    assert (pieces[0].starts, pieces[-1].ends) == (BEGINS, ENDS)
    assert all(one.ends == other.starts for one, other in pairwise(pieces))
    for piece in pieces:
        assert (piece.starts - BEGINS).days == piece.day == (piece.ends - _TICK - BEGINS).days
    assert pieces[-1].before == sum((p.ends - p.starts) // _TICK for p in pieces[:-1] if p.is_open)


def test_a_day_of_twenty_three_hours_is_as_long_as_it_is() -> None:
    """In Berlin the clocks go forward on the 29th of March 2026 at two."""
    always = BusinessCalendar(BERLIN, {7: ((0, 24 * 60),)}, frozenset())
    time = line(always, datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC))
    sunday, monday = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert time.at(monday) - time.at(sunday) == 23 * 60 * MINUTE


def test_hours_that_overlap_are_counted_once() -> None:
    shop = BusinessCalendar(SHANGHAI, {1: ((9 * 60, 12 * 60), (11 * 60, 13 * 60))}, frozenset())
    time = line(shop, BEGINS, ENDS)
    assert time.at(shanghai(2, "20:00")) == 4 * 60 * MINUTE


def test_without_hours_every_hour_is_business_time_but_on_closed_days() -> None:
    silent = BusinessCalendar(SHANGHAI, {}, frozenset())
    assert is_always_open(silent)
    closed = BusinessCalendar(SHANGHAI, {}, frozenset({date(2026, 3, 3)}))
    assert not is_always_open(closed)
    time = line(closed, BEGINS, ENDS)
    assert time.at(shanghai(4, "01:00")) - time.at(shanghai(2, "23:00")) == 2 * 60 * MINUTE
