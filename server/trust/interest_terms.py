"""Months, and what one earns. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from server.trust.balance import interest
from server.trust.policy import TrustPolicy


def earned_in(key: str, past: Sequence[tuple[date, int, bool]], policy: TrustPolicy) -> int | None:
    """What the month earns by the entries of an account before it was posted, in order: each with its day, the balance
    after it, and whether it is a withdrawal that stands. None where it earns nothing by rule."""
    first = month_named(key)
    before = [balance for day, balance, _ in past if day < first]
    within = [(balance, broke) for day, balance, broke in past if first <= day < month_after(first)]
    if not before or any(broke for _, broke in within):
        return None
    return interest(min([before[-1], *(balance for balance, _ in within)]), policy)


def key_of(month: date) -> str:
    return f"{month:%Y-%m}"


def month_named(key: str) -> date:
    """The first day of it. Raises ValueError where the key names no month."""
    try:
        return datetime.strptime(key, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        raise ValueError(f"{key} is no month: write it like 2026-09.") from None


def last_whole_month(now: datetime, zone: ZoneInfo) -> date:
    """The first day of the month that ended last, in the brand's time."""
    return month_before(month_of(now, zone))


def month_of(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date().replace(day=1)


def month_after(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)
