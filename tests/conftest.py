"""What every test may use: one real PostgreSQL per test process, migrated, and spoken to as the application's own role."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.log import configure_logging
from tests.db.embedded import open_ground, started

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
    import asyncpg

    async def execute() -> None:
        connection = await asyncpg.connect(admin_dsn(server, database))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(execute())
