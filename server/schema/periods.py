"""Periods of whole days, as reports take them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import strawberry

from server.errors import ErrorCode, RequestError

DAYS_AT_MOST = 366


@strawberry.input(description="Whole days of the brand's time zone; half-open: from is included, to is not.")
class PeriodInput:
    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The day behind the last one, at most 366 days later.")


def check_period(period: PeriodInput, place: str) -> None:
    """Raises BAD_USER_INPUT for a period of no day, and for more than a year."""
    if not period.from_ < period.to <= period.from_ + timedelta(days=DAYS_AT_MOST):
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"{place}: must be from 1 to {DAYS_AT_MOST} days.", argument="period"
        )


def instants(period: PeriodInput, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When its first day begins, and the day behind its last one."""
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (period.from_, period.to))
    return start, end
