"""By when an answer is due, and whether one came in time. Pure: no database, no process clock.

A clock runs in real time: it counts elapsed seconds, either all of them or those in which the brand is open. Opening
hours are wall-clock times of the tenant's zone, so a day of 23 or 25 hours is as long as it is. Where a wall-clock time
comes twice (clocks set back), the first one is meant; where it never comes (clocks set forward), the moment that would
have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from server.feedback.kinds import ClockCalendar, ClockResult

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """One interval of one weekday: Monday is 1, Sunday 7; minutes after midnight, `closes` exclusive, at most 1440."""

    weekday: int
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (1 <= self.weekday <= 7 and 0 <= self.opens < self.closes <= _DAY_MINUTES):
            raise ValueError(f"{self} is no interval of a weekday.")


@dataclass(frozen=True)
class BusinessCalendar:
    """When the brand is open. It opens at some time of the week: a brand without hours has no calendar."""

    zone: ZoneInfo
    hours: tuple[OpeningHours, ...]
    closed_days: frozenset[date] = frozenset()
    _by_weekday: Mapping[int, list[OpeningHours]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("A calendar needs opening hours.")
        object.__setattr__(self, "_by_weekday", _by_weekday(self.hours))

    def intervals(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When the brand opens and closes, in UTC, in order, from the day of `start` on, without end."""
        first = start.astimezone(self.zone).date()
        for number in count():
            day = first + timedelta(days=number)
            if day in self.closed_days:
                continue
            for hours in self._by_weekday.get(day.isoweekday(), ()):
                yield self._instant(day, hours.opens), self._instant(day, hours.closes)

    def _instant(self, day: date, minutes: int) -> datetime:
        whole_days, minutes = divmod(minutes, _DAY_MINUTES)
        wall = datetime.combine(day + timedelta(days=whole_days), time(minutes // 60, minutes % 60), self.zone)
        return wall.astimezone(UTC)


def due_at(hours: int, counted: ClockCalendar, started_at: datetime, calendar: BusinessCalendar | None) -> datetime:
    """When a clock of so many hours that starts then runs out. Without a calendar every hour is a business hour."""
    duration = timedelta(hours=hours)
    if counted is ClockCalendar.ALL_HOURS or calendar is None:
        return started_at.astimezone(UTC) + duration
    return after_open_hours(started_at, duration, calendar)


def after_open_hours(start: datetime, duration: timedelta, calendar: BusinessCalendar) -> datetime:
    """The moment when the brand has been open for `duration` since `start`, in UTC."""
    if duration <= timedelta(0):
        raise ValueError("A clock runs for some time.")
    counted_to, left = start.astimezone(UTC), duration
    for opens, closes in calendar.intervals(start):
        begins = max(opens, counted_to)  # what overlaps an earlier interval is not counted twice
        if closes <= begins:
            continue
        if closes - begins >= left:
            return begins + left
        counted_to, left = closes, left - (closes - begins)
    raise AssertionError("A calendar never ends.")


def result_of(due: datetime, stopped_at: datetime) -> ClockResult:
    """What a clock ended with: the moment it runs out is still in time."""
    return ClockResult.ON_TIME if stopped_at <= due else ClockResult.LATE


def _by_weekday(hours: Iterable[OpeningHours]) -> dict[int, list[OpeningHours]]:
    found: dict[int, list[OpeningHours]] = {}
    for one in sorted(hours, key=lambda one: (one.weekday, one.opens, one.closes)):
        found.setdefault(one.weekday, []).append(one)
    return found
