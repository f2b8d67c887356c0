"""Connections that are kept open and lent one after the other: what a pool is, without what a pool costs per use.

asyncpg's own pool wraps every loan in proxies and a shielded task, about a tenth of a small read. Nothing has to be reset
between two users here (see `server.db.database`), so a loan is a list's `pop` and its end an `append`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import asyncpg

Open = Callable[[], Awaitable[asyncpg.Connection]]

_SETTLING_SECONDS = 5.0
"""How long a connection whose user was cancelled has to become usable again, before it is closed."""


class Lanes:
    """At most `size` connections. The one given back last is lent first, so few of them stay warm."""

    def __init__(self, open_one: Open, size: int) -> None:
        self._open_one = open_one
        self._size = size
        self._idle: list[asyncpg.Connection] = []
        self._used: set[asyncpg.Connection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._settling: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(cls, open_one: Open, size: int) -> Self:
        """With two connections open from the start, so that a wrong address is known at once."""
        lanes = cls(open_one, size)
        opened = [await lanes.take() for _ in range(min(size, 2))]
        for connection in opened:
            lanes.give(connection)
        return lanes

    def get_size(self) -> int:
        """How many are open."""
        return len(self._idle) + len(self._used)

    def get_idle_size(self) -> int:
        return len(self._idle)

    def get_max_size(self) -> int:
        return self._size

    def acquire(self, *, timeout: float | None = None) -> Loan:
        """`async with lanes.acquire() as connection:`; TimeoutError where none is free within `timeout` seconds."""
        return Loan(self, timeout)

    def take_idle(self) -> asyncpg.Connection | None:
        """An open connection that is free right now. `give` must follow."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                self._used.add(connection)
                return connection
        return None

    async def take(self) -> asyncpg.Connection:
        """A connection, as soon as one is free. `give` must follow."""
        while True:
            if self._is_closed:
                raise asyncpg.InterfaceError("The connections are closed.")
            connection = self.take_idle()
            if connection is not None:
                return connection
            if len(self._used) + self._opening < self._size:
                return await self._opened()
            connection = await self._freed()
            if connection is not None:
                return connection

    def give(self, connection: asyncpg.Connection, *, doubtful: bool = False) -> None:
        """The loan ends. `doubtful`: its user was stopped, so it is lent again only once it answers."""
        if connection.is_closed() or self._is_closed:
            self._drop(connection)
        elif doubtful or connection.is_in_transaction():
            task = self._loop.create_task(self._settle(connection))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)
        else:
            self._used.discard(connection)
            self._lend(connection)

    async def close(self) -> None:
        """Those in use are closed when they are given back."""
        self._is_closed = True
        while self._waiting:
            self._wake(None)
        if self._settling:
            await asyncio.wait(self._settling)
        idle, self._idle = self._idle, []
        for connection in idle:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=_SETTLING_SECONDS)

    async def _opened(self) -> asyncpg.Connection:
        self._opening += 1
        try:
            connection = await self._open_one()
        except BaseException:
            self._opening -= 1
            self._wake(None)  # whoever waits tries in turn
            raise
        self._opening -= 1
        self._used.add(connection)
        return connection

    async def _freed(self) -> asyncpg.Connection | None:
        """The next connection that is given back; None where one may be opened instead."""
        waiter: asyncio.Future[asyncpg.Connection | None] = self._loop.create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                connection = waiter.result()
                if connection is None:
                    self._wake(None)
                else:
                    self.give(connection)
            raise

    def _lend(self, connection: asyncpg.Connection) -> None:
        if not self._wake(connection):
            self._idle.append(connection)

    def _wake(self, connection: asyncpg.Connection | None) -> bool:
        """Hand it to whoever has waited longest. False where nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                if connection is not None:
                    self._used.add(connection)
                waiter.set_result(connection)
                return True
        return False

    def _drop(self, connection: asyncpg.Connection) -> None:
        self._used.discard(connection)
        if not connection.is_closed():
            connection.terminate()
        self._wake(None)

    async def _settle(self, connection: asyncpg.Connection) -> None:
        """Wait until a stopped statement is cancelled and whatever it began is rolled back; close what does not answer."""
        try:
            async with asyncio.timeout(_SETTLING_SECONDS):
                await connection.execute("ROLLBACK" if connection.is_in_transaction() else "SELECT 1")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        else:
            if not connection.is_closed() and not connection.is_in_transaction() and not self._is_closed:
                self._used.discard(connection)
                self._lend(connection)
                return
        self._drop(connection)


class Loan:
    """One use of a connection, as a context."""

    __slots__ = ("_connection", "_lanes", "_timeout")

    def __init__(self, lanes: Lanes, timeout: float | None) -> None:
        self._lanes = lanes
        self._timeout = timeout

    async def __aenter__(self) -> asyncpg.Connection:
        connection = self._lanes.take_idle()
        if connection is None:
            async with asyncio.timeout(self._timeout):
                connection = await self._lanes.take()
        self._connection = connection
        return connection

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lanes.give(self._connection, doubtful=kind is not None and not issubclass(kind, Exception))
