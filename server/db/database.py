"""The connections of one process: a pool for acts and a read-only pool for plans, both as the role `shuke_app`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple, Self, cast

import asyncpg
import orjson

from server.config import Settings
from server.db.lanes import Lanes
from server.db.policies import APP
from server.db.tenancy import Passage, pass_door

RESERVED_CONNECTIONS = 4
"""Connections besides the two pools: doorbell out, doorbell in, the worker's poller, an operator's session."""


_PREPARED = 200
_PREPARED_LENGTH = 20_000
"""Statements a connection keeps prepared, and the longest of them in characters.

A prepared statement takes PostgreSQL about 90 bytes for each character of a plan's SQL (measured: 0.16 MB for 1,700
characters, 0.9 for 10,000, 6.7 for 72,000), in every connection that has run it. A thousand of any length were gigabytes.
A longer one is planned anew each time.
"""


class Snapshot(NamedTuple):
    """A connection inside its snapshot, and the snapshot's time."""

    raw: asyncpg.Connection
    now: datetime


class Database:
    """Two pools over one PostgreSQL, of connections that are kept open.

    Readers and acts never share a pool: a burst of acts must not starve reads, and readers are read-only by setting.
    No session-level setting is ever made after a connection is opened (a test holds us to it), so nothing has to be reset
    between two users of it.
    """

    def __init__(self, acts: Lanes, reads: Lanes, dsn: str) -> None:
        self.acts = acts
        self.reads = reads
        self.dsn = dsn
        self.snapshots = 0
        """How many reads needed more than one statement."""

    @classmethod
    async def open(cls, dsn: str, settings: Settings, *, role: str = APP) -> Self:
        """Open both pools. `dsn` may be of any login that is a member of `role`; the pools act as that role."""
        await _check_size(dsn, settings)
        acts = await _pool(dsn, settings.act_pool, _session_settings(settings, role, read_only=False))
        try:
            reads = await _pool(dsn, settings.read_pool, _session_settings(settings, role, read_only=True))
        except BaseException:
            await acts.close()
            raise
        return cls(acts, reads, dsn)

    async def close(self) -> None:
        await self.acts.close()
        await self.reads.close()

    async def connect(self) -> asyncpg.Connection:
        """A connection of its own for what listens; it has passed no door and sees no tenant."""
        return cast(asyncpg.Connection, await asyncpg.connect(self.dsn, server_settings={"role": APP}))

    async def read_row(self, text: str, values: Sequence[Any]) -> asyncpg.Record | None:
        """The one row of a statement that carries its own door; None where the door stayed shut."""
        lanes = self.reads
        connection = lanes.take_idle() or await lanes.take()
        try:
            row: asyncpg.Record | None = await connection.fetchrow(text, *values)
        except Exception:
            lanes.give(connection)
            raise
        except BaseException:
            lanes.give(connection, doubtful=True)
            raise
        lanes.give(connection)
        return row

    @asynccontextmanager
    async def snapshot(self, passage: Passage) -> AsyncIterator[Snapshot]:
        """One snapshot for several statements: REPEATABLE READ, READ ONLY, the door passed."""
        self.snapshots += 1
        async with (
            self.reads.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            now = await pass_door(connection, passage)
            yield Snapshot(connection, now)

    async def confirm(self, passage: Passage) -> None:
        """Raises CredentialEnded where the passage's credential no longer holds."""
        if passage.credential is not None:
            async with self.reads.acquire() as connection:
                await pass_door(connection, passage)


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Documents travel as orjson; client-side only, so it survives every user of the connection."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )


async def _pool(dsn: str, size: int, server_settings: dict[str, str]) -> Lanes:
    async def open_one() -> asyncpg.Connection:
        connection: asyncpg.Connection = await asyncpg.connect(
            dsn,
            statement_cache_size=_PREPARED,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=_PREPARED_LENGTH,
            server_settings=server_settings,
        )
        try:
            await prepare_connection(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    return await Lanes.open(open_one, size)


def _session_settings(settings: Settings, role: str, *, read_only: bool) -> dict[str, str]:
    return {
        "role": role,
        "application_name": "shuke-reads" if read_only else "shuke-acts",
        "default_transaction_read_only": "on" if read_only else "off",
        "statement_timeout": str(settings.statement_timeout_ms),
        "lock_timeout": str(settings.lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(settings.statement_timeout_ms * 2),
        "timezone": "UTC",
        "datestyle": "ISO",
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",  # compiling a plan of many small subqueries costs far more than running it
    }


async def _check_size(dsn: str, settings: Settings) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        limit = int(await connection.fetchval("SELECT current_setting('max_connections')"))
    finally:
        await connection.close()
    wanted = settings.read_pool + settings.act_pool + RESERVED_CONNECTIONS
    if wanted > limit:
        raise ValueError(
            f"READ_POOL + ACT_POOL + {RESERVED_CONNECTIONS} = {wanted} connections, but PostgreSQL allows "
            f"max_connections = {limit}. Lower the pools or raise max_connections."
        )
