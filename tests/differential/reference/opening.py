"""When the brand is open, and how much business time lies between two moments: counted day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.differential.data import Eyes

DAY = timedelta(days=1)


class Opening:
    """When the brand is open, minute of the week by minute of the week."""

    def __init__(self, eyes: Eyes) -> None:
        tenant = eyes.find("tenants", eyes.tenant_id)
        assert tenant is not None
        self._zone = ZoneInfo(tenant["timezone"])
        self._hours = [(row["weekday"], row["opens"], row["closes"]) for row in eyes.all("business_hours")]
        self._closed = {row["day"] for row in eyes.all("closed_days")}

    def between(self, start: datetime, end: datetime, enough: timedelta | None = None) -> timedelta:
        """Business time from one moment to another, day by day; it need not be counted beyond `enough`."""
        if not self._hours and not self._closed:
            return end - start
        total, day = timedelta(0), start.astimezone(self._zone).date()
        while self._at(day, 0) < end and (enough is None or total < enough):
            total += sum((self._within(day, start, end)), timedelta(0))
            day += DAY
        return total

    def _within(self, day: date, start: datetime, end: datetime) -> Iterator[timedelta]:
        if day in self._closed:
            return
        reached = start
        hours = [(one[1], one[2]) for one in self._hours if one[0] == day.isoweekday()] if self._hours else [(0, 1440)]
        for opens, closes in sorted(hours):
            begins, stops = max(self._at(day, opens), reached), min(self._at(day, closes), end)
            if stops > begins:
                yield stops - begins
                reached = stops

    def _at(self, day: date, minutes: int) -> datetime:
        if minutes == 1440:
            day, minutes = day + DAY, 0
        return datetime.combine(day, time(minutes // 60, minutes % 60), self._zone).astimezone(UTC)
