"""Weekly hours: when somebody works, or a channel is served. Pure: no database, no clock.

Hours are wall-clock times of a zone. Nobody for whom none are said works always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.errors import Invalid

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """One interval of a weekday: Monday is 1, Sunday 7; minutes after midnight, `closes` exclusive and at most 1440."""

    weekday: int
    opens: int
    closes: int


def is_open(hours: Iterable[Hours], zone: ZoneInfo, at: datetime) -> bool:
    """Whether `at` lies within them; always, where there are none."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    given = list(hours)
    return not given or any(one.weekday == local.isoweekday() and one.opens <= minute < one.closes for one in given)


def next_opening(hours: Iterable[Hours], zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first opening later than `after`, in UTC; None where there are no hours."""
    given = list(hours)
    today = after.astimezone(zone).date()
    openings = []
    for ahead in range(9):  # a week, and a day at either end
        day = today + timedelta(days=ahead)
        for one in given:
            if one.weekday == day.isoweekday():
                local = datetime.combine(day, time(one.opens // 60 % 24, one.opens % 60), zone)
                openings.append(local.astimezone(UTC))
    return min((one for one in openings if one > after), default=None)


def next_midnight(zone: ZoneInfo, after: datetime) -> datetime:
    """When the next day begins in the zone, in UTC."""
    tomorrow = after.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def check_hours(hours: Sequence[Hours], *field: str) -> None:
    """Each interval has a length, and none of a weekday overlaps another; touching is allowed. Raises Invalid."""
    for index, one in enumerate(hours):
        if not 0 <= one.opens < one.closes <= _DAY:
            raise Invalid(*field, index, "closes", why="Must be later than it opens.", why_zh="须晚于开始时间。")
        for earlier in hours[:index]:
            if earlier.weekday == one.weekday and one.opens < earlier.closes and earlier.opens < one.closes:
                raise Invalid(
                    *field, index, why="Overlaps another interval of this weekday.", why_zh="与当天的其他时段重叠。"
                )
