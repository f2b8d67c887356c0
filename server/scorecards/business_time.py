"""Business time 营业时间 as a line: how long the brand was open up to any moment. Pure: no database, no process clock.

`Line.at(moment)` is the business time from the line's beginning to the moment, so the business time between two moments is
the difference. In SQL the same is read from `pieces`, short enough that each lies within one day of 86,400 seconds counted
from the beginning: a moment's day is found by equality, and of the few pieces of a day one holds it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from server.tenants.queries import BusinessCalendar

DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_WHOLE_DAY = ((0, 24 * 60),)


class Piece(NamedTuple):
    """From `starts` up to `ends` the brand is open or closed; before it there were so many microseconds of business time."""

    day: int
    starts: datetime
    ends: datetime
    is_open: bool
    before: int


@dataclass(frozen=True)
class Line:
    """Business time from `begins` on, up to some end."""

    begins: datetime
    pieces: tuple[Piece, ...]

    def at(self, moment: datetime) -> int:
        """Microseconds of business time from the beginning to the moment, which lies on the line."""
        place = max(bisect_right(self.pieces, moment, key=lambda piece: piece.starts) - 1, 0)
        piece = self.pieces[place]
        within = min(moment, piece.ends) - piece.starts if piece.is_open else timedelta(0)
        return piece.before + within // _MICROSECOND


def is_always_open(calendar: BusinessCalendar) -> bool:
    """Nothing was said of hours or closed days, so business time is time."""
    return not calendar.hours and not calendar.closed_days


def line(calendar: BusinessCalendar, begins: datetime, ends: datetime) -> Line:
    """Business time from one moment up to another, later one."""
    pieces: list[Piece] = []
    counted = 0
    for starts, stops, is_open in _flips(calendar, begins, ends):
        while starts < stops:
            day = (starts - begins) // DAY
            until = min(stops, begins + (day + 1) * DAY)
            pieces.append(Piece(day, starts, until, is_open, counted))
            counted += (until - starts) // _MICROSECOND if is_open else 0
            starts = until
    return Line(begins, tuple(pieces))


def _flips(calendar: BusinessCalendar, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """The whole of the time, open and closed by turns."""
    reached = begins
    for opens, closes in _joined(_intervals(calendar, begins, ends)):
        opens, closes = max(opens, begins), min(closes, ends)
        if closes <= max(opens, reached):
            continue
        if opens > reached:
            yield reached, opens, False
        yield max(opens, reached), closes, True
        reached = closes
    if reached < ends:
        yield reached, ends, False


def _joined(intervals: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """What touches or overlaps, as one."""
    last: tuple[datetime, datetime] | None = None
    for opens, closes in sorted(intervals):
        if last is not None and opens <= last[1]:
            last = (last[0], max(last[1], closes))
            continue
        if last is not None:
            yield last
        last = (opens, closes)
    if last is not None:
        yield last


def _intervals(calendar: BusinessCalendar, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When the brand opens and closes, in UTC; wall-clock times of its zone."""
    day, last = begins.astimezone(calendar.zone).date(), ends.astimezone(calendar.zone).date()
    while day <= last:
        hours = calendar.hours.get(day.isoweekday(), ()) if calendar.hours else _WHOLE_DAY
        for opens, closes in () if day in calendar.closed_days else hours:
            yield _instant(calendar, day, opens), _instant(calendar, day, closes)
        day += DAY


def _instant(calendar: BusinessCalendar, day: date, minutes: int) -> datetime:
    later, minutes = divmod(minutes, 24 * 60)
    wall = datetime.combine(day + timedelta(days=later), time(minutes // 60, minutes % 60), calendar.zone)
    return wall.astimezone(UTC)
