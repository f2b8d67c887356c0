"""Clocks are set in the act, dealt with once by whichever worker comes first, and nobody's who is not their tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from server.config import DATABASE
from server.customers.service import queueing
from server.db import clocks
from server.db.database import Database
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import WORKER
from server.db.work import Work
from server.feedback.proceeding import ACKNOWLEDGE, CONFIRM
from server.feedback.trusting import SILENCE
from server.handoffs import service as handoffs
from server.ids import new_id
from server.lifecycles import assignment
from server.promises import events, service
from server.promises.commands import KeepPromise, MakePromise
from server.promises.tables import Promise
from server.quotes.proceeding import EXPIRY
from server.rewards import service as rewards
from server.touchpoints import reservations
from server.trust import interest, watching
from server.worker import HANDLERS, run_due
from server.wow_moments import birthday_round, due_moments
from tests.factories.brands import Brand, World
from tests.factories.deals import told
from tests.touchpoints import people

Make = Callable[..., Awaitable[Brand]]


@pytest.fixture
async def platform(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 2})
    opened = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    yield opened
    await opened.close()


@pytest.fixture
async def owner(postgres: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    yield connection
    await connection.close()


async def clocks_of(owner: asyncpg.Connection, brand: Brand) -> list[UUID]:
    """What a brand's things are watched for: not the end of its month, which is watched from the first day on."""
    query = "SELECT subject_id FROM platform.clocks WHERE tenant_id = $1 AND kind <> $2"
    found = await owner.fetch(query, brand.tenant_id, interest.CLOCK)
    return [row["subject_id"] for row in found]


async def promised(brand: Brand, due: timedelta) -> Promise:
    """Made two days ago, due so long from now."""
    async with brand.work() as work:
        command = MakePromise(
            customer_id=people.customer(work), text="x", occurred_at=work.now - timedelta(days=2), due_at=work.now + due
        )
        return await service.make_promise(work, command)


async def run_all(platform: Database, world: World) -> int:
    total = 0
    while done := await run_due(platform, world.gateway.services.database):
        total += done
    return total


async def test_that_a_promise_ran_out_is_noticed_once(
    brand: Make, world: World, platform: Database, owner: asyncpg.Connection
) -> None:
    one = await brand()
    late, early = await promised(one, -timedelta(hours=1)), await promised(one, timedelta(hours=1))
    assert set(await clocks_of(owner, one)) == {late.id, early.id}
    assert await run_all(platform, world) >= 1
    assert await clocks_of(owner, one) == [early.id]
    async with one.work() as work:
        rows = {row.id: row for row in await work.rows(Promise)}
        assert rows[late.id].overdue_at is not None
        assert (rows[early.id].overdue_at, rows[late.id].status) == (None, "OPEN")
    assert [type_name for _, type_name in await one.events() if type_name == "promise.overdue"] == ["promise.overdue"]
    body = await one.ask(
        "{ events(types: [PROMISE_OVERDUE]) { nodes { occurredAt actor { kind id } subject { id } } } }"
    )
    [noticed] = body["data"]["events"]["nodes"]
    assert noticed["actor"] == {"kind": "PUBLIC", "id": None}
    assert late.due_at is not None
    assert noticed["occurredAt"] == late.due_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def test_what_is_settled_or_put_right_in_time_runs_for_nothing(
    brand: Make, world: World, platform: Database, owner: asyncpg.Connection
) -> None:
    one = await brand()
    kept, moved = await promised(one, timedelta(hours=1)), await promised(one, -timedelta(hours=1))
    async with one.work() as work:
        await service.keep_promise(work, KeepPromise(promise_id=kept.id))
        row = await work.require(Promise, moved.id)
        await work.change(row, due_at=work.now + timedelta(days=1))
        await service.note_overdue(work, moved.id)
        await service.note_overdue(work, new_id())
        assert [type(event) for event in told(work)] == [events.PromiseKept]
    assert await clocks_of(owner, one) == [moved.id]


async def test_an_act_that_is_undone_leaves_no_clock(brand: Make, owner: asyncpg.Connection) -> None:
    one = await brand()
    async with one.work() as work:
        with suppress(ZeroDivisionError):
            async with work.savepoint():
                await clocks.set_clock(work, "promise.due", new_id(), work.now)
                raise ZeroDivisionError
    assert await clocks_of(owner, one) == []


async def test_a_clock_set_anew_replaces_the_earlier_one_and_outlives_its_work(
    brand: Make, platform: Database, owner: asyncpg.Connection
) -> None:
    one, thing, kind = await brand(), new_id(), "test.anew"
    async with one.work() as work:
        await clocks.set_clock(work, kind, thing, work.now - timedelta(days=2))
        await clocks.set_clock(work, kind, thing, work.now - timedelta(days=1))
    async with platform.acts.acquire() as connection:
        [due] = await clocks.claim(connection, [kind], 10)
        assert (due.tenant_id, due.subject_id) == (one.tenant_id, thing)
        assert await clocks.claim(connection, [kind], 10) == []
        async with one.work() as work:
            await clocks.set_clock(work, kind, thing, work.now)
        await clocks.forget(connection, due)
        assert await clocks_of(owner, one) == [thing]
        [again] = await clocks.claim(connection, [kind], 10)
        await clocks.forget(connection, again)
    assert await clocks_of(owner, one) == []


async def test_two_workers_claim_each_clock_once(brand: Make, platform: Database) -> None:
    one, kind = await brand(), "test.twice"
    async with one.work() as work:
        things = {new_id() for _ in range(40)}
        for thing in things:
            await clocks.set_clock(work, kind, thing, work.now - timedelta(hours=1))

    async def worker() -> list[UUID]:
        found = []
        async with platform.acts.acquire() as connection:
            for _ in range(8):
                found += [due.subject_id for due in await clocks.claim(connection, [kind], 5)]
        return found

    first, second = await asyncio.gather(worker(), worker())
    assert sorted([*first, *second]) == sorted(things)


async def test_one_that_fails_comes_again_and_holds_up_nobody(
    brand: Make, world: World, platform: Database, owner: asyncpg.Connection
) -> None:
    one = await brand()
    bad, good = new_id(), new_id()
    async with one.work() as work:
        await clocks.set_clock(work, "test.fails", bad, work.now - timedelta(hours=2))
        await clocks.set_clock(work, "test.fails", good, work.now - timedelta(hours=1))
    seen: list[UUID] = []

    async def handler(work: Work, subject_id: UUID) -> None:
        seen.append(subject_id)
        if subject_id == bad:
            raise ValueError

    database = world.gateway.services.database
    with capture_logs() as told:
        assert await run_due(platform, database, {"test.fails": handler}) == 2
    assert [(line["event"], line["subject"]) for line in told] == [("clock.failed", str(bad))]
    assert (seen, await clocks_of(owner, one)) == ([bad, good], [bad])
    assert await run_due(platform, database, {"test.fails": handler}) == 0
    await owner.execute("UPDATE platform.clocks SET claimed_until = now() - interval '1 s' WHERE subject_id = $1", bad)
    with capture_logs() as told:
        assert await run_due(platform, database, {"test.fails": handler}) == 1
    assert [line["subject"] for line in told] == [str(bad)]
    assert seen == [bad, good, bad]


async def test_a_brand_stops_no_other_brands_clock(brand: Make, owner: asyncpg.Connection) -> None:
    one, other, thing = await brand(), await brand(), new_id()
    async with one.work() as work:
        await clocks.set_clock(work, "test.mine", thing, work.now + timedelta(days=1))
    async with other.work() as work:
        await clocks.stop_clock(work, "test.mine", thing)
    assert await clocks_of(owner, one) == [thing]


def test_every_clock_that_is_set_has_a_handler() -> None:
    assert set(HANDLERS) == {
        service.DUE, EXPIRY, handoffs.CLOCK, queueing.CLOCK, assignment.ABSENCE, ACKNOWLEDGE, CONFIRM,
        due_moments.LAPSE, birthday_round.ROUND, rewards.DUE, reservations.EXPIRY,
        SILENCE, interest.CLOCK, watching.CLOCK,
    }  # fmt: skip
