"""Birthdays: who has one on a day, and by whose midnight the day begins and ends. Pure rules.

Whoever was born on the 29th of February celebrates on the 28th where the year has no such day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_YEAR = 1900
_WESTMOST, _EASTMOST = timedelta(hours=-12), timedelta(hours=14)


def born_on(day: date) -> list[date]:
    """All days of birth that are celebrated on this day, the day itself included."""
    years = range(FIRST_YEAR, day.year + 1)
    leap_day = date(day.year, 2, 28) == day and not _is_leap(day.year)
    found = [date(year, day.month, day.day) for year in years if (day.month, day.day) != (2, 29) or _is_leap(year)]
    return [*found, *(date(year, 2, 29) for year in years if _is_leap(year))] if leap_day else found


def celebrated(born: date, year: int) -> date:
    """On which day of the year."""
    if (born.month, born.day) == (2, 29) and not _is_leap(year):
        return date(year, 2, 28)
    return date(year, born.month, born.day)


def next_birthday(born: date, today: date) -> date:
    """The next one from today on."""
    this_year = celebrated(born, today.year)
    return this_year if this_year >= today else celebrated(born, today.year + 1)


def days_anywhere(now: datetime, ahead: int) -> list[date]:
    """Every day that is today somewhere in the world, and the `ahead` days behind those."""
    first, last = (now.astimezone(UTC) + _WESTMOST).date(), (now.astimezone(UTC) + _EASTMOST).date()
    return [first + timedelta(days=number) for number in range((last - first).days + ahead + 1)]


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The midnight that ends the day there."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
