"""Interest: once per account and month, whoever posts it, in the brand's months."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.db.statements import table_of
from server.errors import Invalid
from server.lifecycles.trust_books import post_interest
from server.trust import interest, runs, stepping
from server.trust.accounts import open_account
from server.trust.entries import enter
from server.trust.interest_terms import earned_in, last_whole_month, month_named
from server.trust.policy import DEFAULT_TRUST_POLICY
from server.trust.runs import RunKind
from server.trust.tables import TrustRun
from tests.factories.brands import Brand
from tests.trust.people import by_hand, new_customer
from tests.trust.test_accounts import account_of, entries_of

MakeBrand = Callable[..., Awaitable[Brand]]
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("past", "earned"),
    [
        ([(date(2026, 1, 31), 125_00, False)], 1_25),
        ([(date(2026, 2, 1), 125_00, False)], None),
        ([(date(2026, 1, 31), 100_00, False), (date(2026, 2, 9), 130_00, False)], 1_00),
        ([(date(2026, 1, 31), 130_00, False), (date(2026, 2, 9), 90_99, False)], 90),
        ([(date(2026, 1, 31), 130_00, False), (date(2026, 2, 28), 90_00, True)], None),
        ([(date(2026, 1, 31), 130_00, True), (date(2026, 3, 1), 10_00, True)], 1_30),
    ],
)
def test_what_february_earns(past: list[tuple[date, int, bool]], earned: int | None) -> None:
    assert earned_in("2026-02", past, DEFAULT_TRUST_POLICY) == earned


def test_months_are_the_brands() -> None:
    before = datetime(2026, 2, 28, 15, 59, tzinfo=UTC)  # a minute to midnight in Shanghai
    assert last_whole_month(before, SHANGHAI) == date(2026, 1, 1)
    assert last_whole_month(before + timedelta(minutes=1), SHANGHAI) == date(2026, 2, 1)
    with pytest.raises(ValueError, match="2026-2-1 is no month"):
        month_named("2026-2-1")


async def test_the_clock_of_the_month_posts_every_month_that_ended(brand: MakeBrand) -> None:
    """Late by two months it makes up for both; early it does nothing. The last one is not lost either."""
    here = await brand()
    opened = datetime(2026, 1, 10, tzinfo=UTC)
    async with here.work() as work:
        work.now = opened
        customer = new_customer(work)
        await open_account(work, customer)
        work.now = datetime(2026, 2, 28, 16, 5, tzinfo=UTC)
        await interest.month_is_over(work, here.tenant_id)  # within the ten minutes of grace
        assert [run.key for run in await work.rows(TrustRun)] == ["2026-01"]
        work.now = datetime(2026, 4, 30, 16, 10, tzinfo=UTC)
        await interest.month_is_over(work, here.tenant_id)
        found = await work.rows(TrustRun, order_by=[table_of(TrustRun).c.key])
        assert [run.key for run in found] == ["2026-01", "2026-02", "2026-03", "2026-04"]
        for run in found:
            while await stepping.take_step(work, run.id) is not None:
                pass
            assert await stepping.take_step(work, run.id) is None
        entries = await entries_of(work, customer)
    assert [(entry.cause_key, entry.amount) for entry in entries[1:]] == [
        ("2026-02", 1_00),
        ("2026-03", 1_00),
        ("2026-04", 1_00),
    ]


async def test_a_withdrawal_or_nothing_to_earn_on_leaves_the_month_without(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        work.now = datetime(2026, 1, 10, tzinfo=UTC)
        broken, full, poor = (new_customer(work) for _ in range(3))
        for customer in (broken, full, poor):
            await open_account(work, customer)
        for _ in range(2):
            await enter(work, poor, by_hand(-50))
        for days in range(30):
            work.now = datetime(2026, 1, 11, tzinfo=UTC) - timedelta(days=days)
            await enter(work, full, by_hand(30))
        work.now = datetime(2026, 2, 15, tzinfo=UTC)
        await enter(work, broken, by_hand(-1))
        work.now = datetime(2026, 3, 1, tzinfo=UTC)
        run = await runs.made(work, RunKind.INTEREST, "2026-02")
        assert run is not None
        while await stepping.take_step(work, run.id) is not None:
            pass
        [run] = await work.rows(TrustRun)
        assert (run.accounts, run.posted) == (3, 1)
        last = (await entries_of(work, full))[-1]
        assert (last.reason, last.claimed, last.amount, last.limited_by) == ("INTEREST", 10_00, 0, "CEILING")
        assert [(await account_of(work, one)).balance for one in (broken, full, poor)] == [99_00, 1000_00, 0]


async def test_posted_twice_at_once_it_is_posted_once(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        whole = last_whole_month(work.now, SHANGHAI)
        work.now = datetime(whole.year, whole.month, 1, tzinfo=UTC) - timedelta(days=10)
        customers = [new_customer(work) for _ in range(3)]
        for customer in customers:
            await open_account(work, customer)
    services = here.world.gateway.services

    async def post() -> tuple[str, int] | None:
        return await post_interest(services.database, services.events, here.tenant_id, whole)

    answers = await asyncio.gather(post(), post(), post())
    assert sorted(answers, key=str) == [(f"{whole:%Y-%m}", 3), None, None]
    async with here.work() as work:
        [run] = await work.rows(TrustRun)
        again = TrustRun(kind=RunKind.INTEREST.value, key=run.key)
        posted = await interest.post_next(work, again, 10)
        assert posted[1:] == (3, 0)  # the month is the cause: even another pass finds nothing to do
        for customer in customers:
            assert [entry.reason for entry in await entries_of(work, customer)] == ["OPENED", "INTEREST"]
    next_month = (whole + timedelta(days=32)).replace(day=1)
    with pytest.raises(Invalid, match="not over yet"):
        await post_interest(services.database, services.events, here.tenant_id, next_month)
