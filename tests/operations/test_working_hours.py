"""Weekly hours: open or not, the next opening, and overlaps refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.operations.working_hours import Hours, check_hours, is_open, next_midnight, next_opening

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MONDAYS = [Hours(1, 9 * 60, 12 * 60), Hours(1, 13 * 60, 18 * 60)]


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_hours_are_of_the_zone() -> None:
    assert is_open(MONDAYS, SHANGHAI, at("2026-03-02T09:00"))
    assert not is_open(MONDAYS, SHANGHAI, at("2026-03-02T12:00"))
    assert not is_open(MONDAYS, SHANGHAI, at("2026-03-03T10:00"))
    assert not is_open(MONDAYS, BERLIN, at("2026-03-02T09:00"))


def test_without_hours_always() -> None:
    assert is_open([], SHANGHAI, at("2026-03-01T03:00"))
    assert next_opening([], SHANGHAI, at("2026-03-01T03:00")) is None


def test_the_next_opening_is_later() -> None:
    assert next_opening(MONDAYS, SHANGHAI, at("2026-03-02T09:00")) == at("2026-03-02T13:00")
    assert next_opening(MONDAYS, SHANGHAI, at("2026-03-02T13:00")) == at("2026-03-09T09:00")


def test_a_day_ends_at_the_zones_midnight() -> None:
    assert next_midnight(SHANGHAI, at("2026-03-02T23:59")) == at("2026-03-03T00:00")
    assert next_midnight(BERLIN, at("2026-03-29T12:00", BERLIN)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_overlaps_are_refused_and_named_and_touching_is_fine() -> None:
    check_hours(MONDAYS, "shifts")
    check_hours([Hours(1, 0, 600), Hours(1, 600, 1440), Hours(2, 0, 600)], "shifts")
    with pytest.raises(Invalid) as refusal:
        check_hours([*MONDAYS, Hours(1, 719, 780)], "shifts")
    assert refusal.value.field == ("shifts", "2")
    with pytest.raises(Invalid) as refusal:
        check_hours([Hours(1, 600, 600)], "hours")
    assert refusal.value.field == ("hours", "0", "closes")


@given(
    st.lists(st.tuples(st.integers(1, 7), st.integers(0, 1439), st.integers(1, 1440)), max_size=6),
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(BERLIN)),  # noqa: DTZ001  # given a zone beside
)
def test_whoever_is_closed_opens_at_the_next_opening(given_: list[tuple[int, int, int]], now: datetime) -> None:
    hours = [Hours(day, opens, closes) for day, opens, closes in given_ if opens < closes]
    opening = next_opening(hours, BERLIN, now)
    assert (opening is None) == (not hours)
    if opening is not None:
        assert now < opening <= now + timedelta(days=9)
