"""Connections that are lent one after the other: nobody waits for nothing, nothing is lent that is not clean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.db.database import Database
from server.db.lanes import Lanes
from tests.factories.brands import World


@pytest.fixture
async def lanes(world: World) -> AsyncIterator[Lanes]:
    made = await Lanes.open(lambda: _connect(world.gateway.services.database), 2)
    yield made
    await made.close()


async def _connect(database: Database) -> asyncpg.Connection:
    return await database.connect()


async def test_the_one_given_back_last_is_lent_first(lanes: Lanes) -> None:
    assert (lanes.get_size(), lanes.get_idle_size(), lanes.get_max_size()) == (2, 2, 2)
    first = await lanes.take()
    second = await lanes.take()
    assert first is not second
    assert lanes.take_idle() is None
    lanes.give(second)
    lanes.give(first)
    assert await lanes.take() is first
    lanes.give(first)


async def test_whoever_waited_longest_is_served_first(lanes: Lanes) -> None:
    first, second = await lanes.take(), await lanes.take()
    order: list[str] = []

    async def wait(name: str) -> asyncpg.Connection:
        connection = await lanes.take()
        order.append(name)
        return connection

    waiting = [asyncio.create_task(wait(name)) for name in "ab"]
    await asyncio.sleep(0)
    lanes.give(first)
    lanes.give(second)
    assert await asyncio.gather(*waiting) == [first, second]
    assert order == ["a", "b"]
    assert lanes.get_idle_size() == 0
    lanes.give(first)
    lanes.give(second)


async def test_a_connection_handed_to_somebody_who_left_is_handed_on(lanes: Lanes) -> None:
    first, second = await lanes.take(), await lanes.take()
    leaving, staying = asyncio.create_task(lanes.take()), asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    lanes.give(first)  # `leaving` has it, and has not run yet
    leaving.cancel()
    assert await staying is first
    with pytest.raises(asyncio.CancelledError):
        await leaving
    lanes.give(first)
    lanes.give(second)
    assert lanes.get_idle_size() == 2


async def test_waiting_has_an_end(lanes: Lanes) -> None:
    async with lanes.acquire(), lanes.acquire():
        with pytest.raises(TimeoutError):
            async with lanes.acquire(timeout=0.05):
                raise AssertionError("unreachable")
    assert lanes.get_idle_size() == 2


async def test_who_is_stopped_leaves_a_clean_connection(lanes: Lanes) -> None:
    entered = asyncio.Event()
    used: list[asyncpg.Connection] = []

    async def sleep() -> None:
        async with lanes.acquire() as connection:
            used.append(connection)
            await connection.execute("BEGIN")
            entered.set()
            await connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(sleep())
    await entered.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with lanes.acquire(), lanes.acquire(timeout=5) as again:  # the second one waits until it has settled
        assert again is used[0]
        assert not again.is_in_transaction()
        assert await again.fetchval("SELECT 1") == 1


async def test_a_lost_connection_is_replaced(lanes: Lanes) -> None:
    first = await lanes.take()
    waiting = [asyncio.create_task(lanes.take()) for _ in range(2)]
    await asyncio.sleep(0)
    first.terminate()
    lanes.give(first)
    others = await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert first not in others
    assert [await one.fetchval("SELECT 1") for one in others] == [1, 1]
    for one in others:
        lanes.give(one)
    others[0].terminate()  # while it is idle
    another = await lanes.take()
    assert await another.fetchval("SELECT 1") == 1
    lanes.give(another)


async def test_one_that_cannot_be_opened_keeps_nobody_waiting(world: World) -> None:
    tries = 0

    async def unreachable() -> asyncpg.Connection:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0.01)
        raise ConnectionRefusedError

    lanes = Lanes(unreachable, 1)
    found = await asyncio.gather(*(lanes.take() for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [ConnectionRefusedError] * 3
    assert tries == 3


async def test_after_closing_nothing_is_lent(world: World) -> None:
    lanes = await Lanes.open(lambda: _connect(world.gateway.services.database), 1)
    connection = await lanes.take()
    waiting = asyncio.create_task(lanes.take())
    await asyncio.sleep(0)
    await lanes.close()
    with pytest.raises(asyncpg.InterfaceError):
        await waiting
    lanes.give(connection)
    assert connection.is_closed()
    assert lanes.get_size() == 0
