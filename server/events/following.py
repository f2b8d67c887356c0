"""Wakes whoever follows a tenant's log, within milliseconds by doorbell and within a second without it.

Rings are coalesced into one NOTIFY per 10 ms on a connection of its own: a NOTIFY inside business transactions would take
a lock over the whole cluster at every commit. The payload is tenant ids only, because NOTIFY knows no permissions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import UUID

import asyncpg
import structlog

from server.db.database import Database
from server.db.directory import stream_positions

_CHANNEL = "shuke_events"
_COALESCE_SECONDS = 0.01
_POLL_SECONDS = 1.0
_IDS_PER_RING = 200
"""A NOTIFY payload must stay under 8,000 bytes."""

_log = structlog.get_logger()


class Follower:
    """One follower's alarm. Clear it before reading, or a wake during the read is lost for a poll."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    def clear(self) -> None:
        self._wake.clear()

    async def wait(self, seconds: float) -> bool:
        """Whether there may be something new; False after `seconds` of silence."""
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Tailer:
    """The one tailer of a process: listens and polls for all its followers together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followers: dict[UUID, set[Follower]] = {}
        self._positions: dict[UUID, int] = {}
        self._rung: set[UUID] = set()

    def ring(self, tenant_id: UUID) -> None:
        """Something was committed for this tenant. Wakes followers of this process at once, others by doorbell."""
        self._rung.add(tenant_id)
        self._wake(tenant_id)

    @contextmanager
    def follow(self, tenant_id: UUID) -> Iterator[Follower]:
        follower = Follower()
        self._followers.setdefault(tenant_id, set()).add(follower)
        try:
            yield follower
        finally:
            followers = self._followers[tenant_id]
            followers.discard(follower)
            if not followers:
                del self._followers[tenant_id]
                self._positions.pop(tenant_id, None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ring, listen and poll until the block ends."""
        tasks = [asyncio.create_task(work()) for work in (self._ring_out, self._listen, self._poll)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _wake(self, tenant_id: UUID) -> None:
        for follower in self._followers.get(tenant_id, ()):
            follower.wake()

    async def _ring_out(self) -> None:
        while True:
            await asyncio.sleep(_COALESCE_SECONDS)
            if not self._rung:
                continue
            try:
                connection = await self._database.connect()
                try:
                    while True:
                        await self._ring_batch(connection)
                        await asyncio.sleep(_COALESCE_SECONDS)
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                # Followers elsewhere find the events by their poll; ringing again later would tell them nothing new.
                _log.warning("doorbell.lost", tenants=len(self._rung))
                await asyncio.sleep(_POLL_SECONDS)

    async def _ring_batch(self, connection: asyncpg.Connection) -> None:
        batch = [self._rung.pop() for _ in range(min(len(self._rung), _IDS_PER_RING))]
        if batch:
            await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, ",".join(map(str, batch)))

    async def _listen(self) -> None:
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await self._database.connect()
                try:
                    await connection.add_listener(_CHANNEL, self._heard)
                    while not connection.is_closed():
                        await asyncio.sleep(_POLL_SECONDS)
                        await connection.execute("SELECT 1")  # a half-open connection shows itself here
                finally:
                    connection.terminate()
            await asyncio.sleep(_POLL_SECONDS)

    def _heard(self, _: object, __: int, ___: str, payload: object) -> None:
        for tenant_id in str(payload).split(","):
            self._wake(UUID(tenant_id))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if not self._followers:
                continue
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                for tenant_id, seq in await stream_positions(self._database, list(self._followers)):
                    if self._positions.get(tenant_id) != seq:
                        self._positions[tenant_id] = seq
                        self._wake(tenant_id)
