"""Quiet hours 免打扰时段: when the customer's own clock allows a contact again.

Pure. Hours are those of the clock on the customer's wall. A night that began on a quiet day lasts until the first morning
that is not one; a morning the clocks skip begins when they have been put forward.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.touchpoints.attention_policies import QuietDay, QuietHours

LOOK_AHEAD_DAYS = 60
"""Closed days further ahead are not looked at: nobody plans a contact for so long."""

_SATURDAY, _SUNDAY = 6, 7
_MIDNIGHT = time(0, 0)


@lru_cache(maxsize=1_000)
def zone_of(name: str | None, otherwise: str) -> ZoneInfo:
    """The customer's time zone, or the brand's where they have none or one that this machine does not know."""
    try:
        return ZoneInfo(name or otherwise)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return ZoneInfo(otherwise)


def awake_from(quiet: QuietHours, at: datetime, zone: ZoneInfo, closed: Collection[date]) -> datetime:
    """`at` itself where it is not quiet then, else the first moment after it that is not.

    `closed` are the public holidays: the days on which the brand says it is closed.
    """
    today = at.astimezone(zone).date()
    for ahead in range(LOOK_AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        if _is_quiet(quiet, day, closed):
            continue
        for begin, end in _awake(quiet, day, zone):
            if at < end:
                return max(at, begin)
    return _moment(today + timedelta(days=LOOK_AHEAD_DAYS + 1), quiet.end, zone)


def _is_quiet(quiet: QuietHours, day: date, closed: Collection[date]) -> bool:
    weekday = day.isoweekday()
    return (
        (weekday == _SATURDAY and QuietDay.SATURDAY in quiet.also)
        or (weekday == _SUNDAY and QuietDay.SUNDAY in quiet.also)
        or (day in closed and QuietDay.PUBLIC_HOLIDAYS in quiet.also)
    )


def _awake(quiet: QuietHours, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The waking hours of a day: one stretch where the quiet hours cross midnight, two where they lie within the day."""
    morrow = _moment(day + timedelta(days=1), _MIDNIGHT, zone)
    if quiet.start > quiet.end:
        yield _moment(day, quiet.end, zone), _moment(day, quiet.start, zone)
    else:
        yield _moment(day, _MIDNIGHT, zone), _moment(day, quiet.start, zone)
        yield _moment(day, quiet.end, zone), morrow


def _moment(day: date, of_day: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, of_day, tzinfo=zone).astimezone(UTC)
