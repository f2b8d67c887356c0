"""An operation that takes too long ends at its deadline, with a clear error, and leaves its connection clean."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from server.app import open_gateway
from server.config import DATABASE, Settings
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP
from server.errors import ErrorCode, RequestError
from tests.factories.brands import Brand, World
from tests.factories.serving import serving

DEADLINE = 0.4
_READ = "{ tenant { name version } }"
_ACT = 'mutation { updateTenant(input: {name: "Too late"}) { tenant { name } userErrors { code } } }'


@pytest.fixture(scope="module")
def hurried(world: World) -> Settings:
    """One connection for reads and one for acts, so that whatever follows has to use the one that was stopped."""
    return world.gateway.services.settings.model_copy(
        update={"read_pool": 1, "act_pool": 1, "deadline_ms": int(DEADLINE * 1000)}
    )


@pytest.fixture(scope="module")
async def slow(hurried: Settings, postgres: EmbeddedPostgres) -> AsyncIterator[World]:
    async with open_gateway(hurried, postgres.dsn(APP, DATABASE)) as gateway:
        yield World(gateway)


@asynccontextmanager
async def _held(postgres: EmbeddedPostgres, sql: str, *values: Any) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else holds a lock and does not let go."""
    admin = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        async with admin.transaction():
            await admin.execute(sql, *values)
            yield admin
    finally:
        await admin.close()


async def _sessions(postgres: EmbeddedPostgres, pids: list[int]) -> list[str]:
    """The state of the server's sessions with these process ids."""
    admin = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        rows = await admin.fetch("SELECT state FROM pg_stat_activity WHERE pid = ANY($1::int[]) ORDER BY pid", pids)
        return [row["state"] for row in rows]
    finally:
        await admin.close()


async def _waiting(admin: asyncpg.Connection) -> None:
    """Until somebody waits for what is held."""
    async with asyncio.timeout(5):
        while not await admin.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110  # PostgreSQL has no event for it
            await asyncio.sleep(0.01)


async def _pids(world: World) -> list[int]:
    database = world.gateway.services.database
    found = []
    for pool in (database.reads, database.acts):
        async with pool.acquire() as raw:
            found.append(raw.get_server_pid())
    return found


async def _assert_clean(world: World, postgres: EmbeddedPostgres, pids: list[int]) -> None:
    """The same connections as before, idle, in no transaction, with nothing set."""
    database = world.gateway.services.database
    assert await _pids(world) == pids
    for pool in (database.reads, database.acts):
        assert (pool.get_size(), pool.get_idle_size()) == (1, 1)
        async with pool.acquire() as raw:
            assert not raw.is_in_transaction()
            left = await raw.fetchrow(
                "SELECT current_setting('app.tenant_id', true) AS tenant, current_setting('app.scope', true) AS scope"
            )
            assert {left["tenant"] or "", left["scope"] or ""} == {""}
    assert await _sessions(postgres, pids) == ["idle", "idle"]


async def _too_late(world: World, key: str, query: str) -> RequestError:
    started = time.monotonic()
    with pytest.raises(RequestError) as caught:
        await world.ask(key, query)
    assert DEADLINE <= time.monotonic() - started < DEADLINE + 2
    return caught.value


async def test_a_slow_read_ends_at_its_deadline(
    slow: World, brand: Callable[..., Any], postgres: EmbeddedPostgres
) -> None:
    mine: Brand = await brand()
    before = await slow.ask(mine.key, _READ)
    pids = await _pids(slow)
    async with _held(postgres, "LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE"):
        refused = await _too_late(slow, mine.key, _READ)
    assert refused.errors == [
        {
            "message": "The operation took longer than 0.4 s and was stopped; try again, or ask for less.",
            "extensions": {"code": "UNAVAILABLE", "retryAfter": 1},
        }
    ]
    await _assert_clean(slow, postgres, pids)
    assert await slow.ask(mine.key, _READ) == before


async def test_a_slow_snapshot_ends_at_its_deadline(
    slow: World, brand: Callable[..., Any], postgres: EmbeddedPostgres
) -> None:
    """A plan of several statements runs in a transaction; it is rolled back."""
    mine: Brand = await brand()
    query = "{ cursor tenant { name } }"
    before = await slow.ask(mine.key, query)
    pids = await _pids(slow)
    async with _held(postgres, "LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE"):
        assert (await _too_late(slow, mine.key, query)).code is ErrorCode.UNAVAILABLE
    await _assert_clean(slow, postgres, pids)
    assert await slow.ask(mine.key, query) == before


async def test_waiting_for_a_connection_counts(slow: World, brand: Callable[..., Any]) -> None:
    mine: Brand = await brand()
    before = await slow.ask(mine.key, _READ)
    async with slow.gateway.services.database.reads.acquire():
        assert (await _too_late(slow, mine.key, _READ)).code is ErrorCode.UNAVAILABLE
    assert await slow.ask(mine.key, _READ) == before


async def test_an_act_that_waits_at_its_very_end_leaves_nothing(
    slow: World, brand: Callable[..., Any], postgres: EmbeddedPostgres
) -> None:
    """The number of its events is the last thing an act takes; everything it had done by then is undone."""
    mine: Brand = await brand()
    before = await slow.ask(mine.key, "{ cursor tenant { name version } }")
    pids = await _pids(slow)
    lock = "SELECT 1 FROM tenant_streams WHERE tenant_id = $1 FOR UPDATE"
    async with _held(postgres, lock, mine.tenant_id):
        refused = await _too_late(slow, mine.key, _ACT)
    assert str(refused) == (
        "The operation took longer than 0.4 s and was stopped; "
        "ask again with the same idempotency key, or look whether it took effect."
    )
    await _assert_clean(slow, postgres, pids)
    assert await slow.ask(mine.key, "{ cursor tenant { name version } }") == before
    done = await slow.ask(mine.key, _ACT)
    assert done["data"]["updateTenant"] == {"tenant": {"name": "Too late"}, "userErrors": []}


async def test_a_statement_past_its_own_limit_is_too_complex(
    hurried: Settings, brand: Callable[..., Any], postgres: EmbeddedPostgres
) -> None:
    mine: Brand = await brand()
    settings = hurried.model_copy(update={"statement_timeout_ms": 200, "deadline_ms": 5_000})
    async with open_gateway(settings, postgres.dsn(APP, DATABASE)) as gateway:
        world = World(gateway)
        before = await world.ask(mine.key, _READ)
        pids = await _pids(world)
        async with _held(postgres, "LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE"):
            with pytest.raises(RequestError) as caught:
                await world.ask(mine.key, _READ)
        assert caught.value.code is ErrorCode.TOO_COMPLEX
        assert str(caught.value) == "The operation took too long and was stopped."
        await _assert_clean(world, postgres, pids)
        assert await world.ask(mine.key, _READ) == before


async def test_over_http_it_is_503_and_tells_when_to_come_back(
    hurried: Settings, brand: Callable[..., Any], postgres: EmbeddedPostgres
) -> None:
    mine: Brand = await brand()
    async with serving(hurried, postgres.dsn(APP, DATABASE)) as served:
        before = (await served.ask(mine.key, _READ)).json()
        async with _held(postgres, "LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE"):
            late = await served.ask(mine.key, _READ)
        assert (late.status_code, late.headers["retry-after"]) == (503, "1")
        assert (await served.ask(mine.key, _READ)).json() == before


@pytest.mark.parametrize("query", [_READ, _ACT], ids=["read", "act"])
async def test_a_client_that_goes_away_leaves_a_clean_connection(
    hurried: Settings, brand: Callable[..., Any], postgres: EmbeddedPostgres, query: str
) -> None:
    mine: Brand = await brand()
    settings = hurried.model_copy(update={"deadline_ms": 2_000})
    async with serving(settings, postgres.dsn(APP, DATABASE)) as served:
        before = (await served.ask(mine.key, _READ)).json()
        body = json.dumps({"query": query}).encode()
        async with _held(postgres, "LOCK TABLE tenants IN ACCESS EXCLUSIVE MODE") as admin:
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(
                b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                + f"authorization: Bearer {mine.key}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
            await _waiting(admin)
            writer.close()
            await asyncio.sleep(0.1)
        # The one connection of its pool serves the next request; an act that had begun is finished, not cut off.
        wanted = before if query is _READ else {"data": {"tenant": {"name": "Too late", "version": 2}}}
        async with asyncio.timeout(5):
            while (await served.ask(mine.key, _READ)).json() != wanted:  # noqa: ASYNC110  # seen from outside
                await asyncio.sleep(0.02)
        assert (await served.ask(mine.key, _ACT)).json()["data"]["updateTenant"]["userErrors"] == []
