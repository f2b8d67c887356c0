"""The log: 1…n without a gap in commit order, under concurrency, rollbacks and with nobody ringing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from server.access.events import ApiKeyRevoked
from server.db.work import Work
from server.errors import ErrorCode, RequestError
from server.events import reading
from server.events.cursors import Log, cursor_of, seq_of
from server.ids import new_id
from tests.factories.brands import Brand, World

_ONE, _TWO = UUID(int=1), UUID(int=2)
Make = Callable[..., Awaitable[Brand]]


async def test_numbers_have_no_gap_and_rollbacks_take_none(brand: Make) -> None:
    made = await brand()
    before = len(await made.events())
    kept = 0

    async def writer(seed: int) -> None:
        nonlocal kept
        chance = random.Random(seed)
        for _ in range(15):
            count = chance.randint(1, 3)
            try:
                async with made.work() as work:
                    for _ in range(count):
                        work.emit(ApiKeyRevoked(api_key_id=new_id()))
                    if chance.random() < 0.3:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
            kept += count

    await asyncio.gather(*(writer(seed) for seed in range(12)))
    numbers = [seq for seq, _ in await made.events()]
    assert numbers == list(range(1, before + kept + 1))


async def _emit_and_fail(work: Work) -> None:
    async with work.savepoint():
        work.emit(ApiKeyRevoked(api_key_id=new_id()))
        raise ZeroDivisionError


async def test_events_die_with_their_savepoint(brand: Make) -> None:
    made = await brand()
    before = await made.events()
    async with made.work() as work:
        work.emit(ApiKeyRevoked(api_key_id=new_id()))
        with pytest.raises(ZeroDivisionError):
            await _emit_and_fail(work)
    assert [seq for seq, _ in await made.events()] == [*(seq for seq, _ in before), len(before) + 1]


async def test_a_follower_gets_everything_once_in_order_while_writers_run(world: World, brand: Make) -> None:
    made = await brand()
    services = world.gateway.services
    start = len(await made.events())
    wanted = 60
    got: list[int] = []

    async def follower() -> None:
        stream = reading.follow(services.database, services.tailer, made.owner.passage, after=start, types=None)
        async for batch in stream:
            got.extend(place.seq for place in batch)
            if len(got) >= wanted:
                await stream.aclose()  # type: ignore[attr-defined]  # an async generator
                return

    async def writer() -> None:
        for _ in range(wanted // 6):
            async with made.work() as work:
                work.emit(ApiKeyRevoked(api_key_id=new_id()))
            services.tailer.ring(made.tenant_id)

    await asyncio.wait_for(asyncio.gather(follower(), *(writer() for _ in range(6))), 20)
    assert got == list(range(start + 1, start + wanted + 1))


async def test_the_poll_finds_what_nobody_rang_for(world: World, brand: Make) -> None:
    made = await brand()
    services = world.gateway.services
    stream = reading.follow(services.database, services.tailer, made.owner.passage, after=None, types=None)
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.1)
    async with made.work() as work:
        work.emit(ApiKeyRevoked(api_key_id=new_id()))
    batch = await asyncio.wait_for(first, 4)
    assert [place.seq for place in batch] == [len(await made.events())]
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator


def test_cursors_carry_the_epoch() -> None:
    assert seq_of(cursor_of(17, Log(_ONE, 3)), Log(_ONE, 3)) == 17
    with pytest.raises(RequestError) as caught:
        seq_of(cursor_of(17, Log(_ONE, 3)), Log(_ONE, 4))
    assert caught.value.code is ErrorCode.CURSOR_EXPIRED
    for wrong in ("", "x", "!!!!", cursor_of(1, Log(_ONE, 1)) + "AAAA", cursor_of(1, Log(_TWO, 1))):
        with pytest.raises(RequestError) as caught:
            seq_of(wrong, Log(_ONE, 1))
        assert caught.value.code is ErrorCode.BAD_USER_INPUT


async def test_events_are_append_only(brand: Make) -> None:
    made = await brand()
    async with made.work() as work:
        for statement in ("UPDATE events SET seq = 0", "DELETE FROM events", "TRUNCATE events"):
            with pytest.raises(Exception, match="permission denied"):
                async with work.savepoint():
                    await work.raw.execute(statement)


async def test_two_tenants_number_apart(brand: Make) -> None:
    first, second = await brand(), await brand()
    async with first.work() as work:
        work.emit(ApiKeyRevoked(api_key_id=UUID(int=1)))
    assert [seq for seq, _ in await second.events()] == list(range(1, len(await second.events()) + 1))


async def test_a_cursor_beyond_the_log_or_of_another_one_is_refused(world: World, brand: Make) -> None:
    made, other = await brand(), await brand()
    epoch = world.gateway.services.epoch
    query = "query($after: String) { events(after: $after) { nodes { id } } }"
    newest = len(await made.events())
    assert (await made.ask(query, {"after": cursor_of(newest, Log(made.tenant_id, epoch))}))["data"]["events"][
        "nodes"
    ] == []
    for log, seq, code in (
        (Log(made.tenant_id, epoch), newest + 1, ErrorCode.CURSOR_EXPIRED),
        (Log(made.tenant_id, epoch + 1), 1, ErrorCode.CURSOR_EXPIRED),
        (Log(other.tenant_id, epoch), 1, ErrorCode.BAD_USER_INPUT),
    ):
        with pytest.raises(RequestError) as refused:
            await made.ask(query, {"after": cursor_of(seq, log)})
        assert refused.value.code is code
