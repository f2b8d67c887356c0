"""What every test may use: one real PostgreSQL per test process, migrated, and spoken to as the application's own role."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from server.app import open_gateway
from server.config import DATABASE, Settings
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.migrations import migrate
from server.db.policies import APP
from server.log import configure_logging
from tests.db.embedded import open_ground, started
from tests.factories.brands import Brand, World, onboard
from tests.factories.serving import Served, serving

configure_logging("json")


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server of this test process only; it ends with it."""
    with open_ground() as ground:
        server = started(ground, max_connections="100")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def admin_dsn(server: EmbeddedPostgres, database: str = "postgres") -> str:
    return server.dsn(SUPERUSER, database)


def run(server: EmbeddedPostgres, sql: str, database: str = "postgres") -> None:
    """Administrative SQL, as superuser."""

    async def execute() -> None:
        connection = await asyncpg.connect(admin_dsn(server, database))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(execute())


@pytest.fixture(scope="session")
async def world(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One installation for the whole test process. Tests keep apart by being different tenants."""
    admin = await asyncpg.connect(admin_dsn(postgres))
    await admin.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')
    await admin.close()
    await migrate(postgres.dsn(SUPERUSER, DATABASE), local=True)
    settings = Settings(
        shuke_data=tmp_path_factory.mktemp("data"), database_url=None, read_pool=8, act_pool=24, lock_timeout_ms=10_000
    )
    async with open_gateway(settings, postgres.dsn(APP, DATABASE)) as gateway:
        yield World(gateway)


@pytest.fixture(scope="session")
async def served(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Served]:
    """The same installation over HTTP, WebSocket and event streams."""
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 4, "act_pool": 4})
    async with serving(settings, postgres.dsn(APP, DATABASE)) as running:
        yield running


@pytest.fixture
def brand(world: World) -> Callable[..., Awaitable[Brand]]:
    """Onboards a brand of its own for the test: `await brand(businessType="B2B", industry="MANUFACTURING")`."""

    async def make(**given: Any) -> Brand:
        return await onboard(world, **given)

    return make


@pytest.fixture
def graphql(world: World) -> Callable[..., Awaitable[dict[str, Any]]]:
    """`await graphql(caller_or_key, query, variables)`: the body, through the whole gateway."""
    return world.ask
