"""Graceful stop: knows every operation and connection in progress, and ends each in the way its client can resume.

Nothing is cut off that can end by itself: operations finish, event streams complete, sockets close with 1001.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from server.errors import ErrorCode, RequestError


class Tracker:
    """What is in progress in this process."""

    def __init__(self) -> None:
        self.stopping = False
        self._operations = 0
        self._connections: dict[object, Callable[[], None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()

    @property
    def operations(self) -> int:
        return self._operations

    @property
    def connections(self) -> int:
        return len(self._connections)

    def begin(self) -> None:
        """An operation starts; `end` must follow. Raises UNAVAILABLE once the process is stopping."""
        if self.stopping:
            raise going_away()
        self._operations += 1

    def end(self) -> None:
        self._operations -= 1
        self._settle()

    @contextmanager
    def operation(self) -> Iterator[None]:
        """`begin` and `end` as a context."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    @contextmanager
    def connection(self, stop: Callable[[], None]) -> Iterator[None]:
        """A socket or event stream is open; `stop` asks it, once, to end soon."""
        key = object()
        self._connections[key] = stop
        try:
            if self.stopping:
                stop()
            yield
        finally:
            del self._connections[key]
            self._settle()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` as a task that is held until it ends, even when nobody awaits it any more."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self, seconds: float) -> bool:
        """Refuse new operations and wait for those in progress. False where some outlasted `seconds`."""
        if not self.stopping:
            self.stopping = True
            for stop in list(self._connections.values()):
                stop()
        self._settle()
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _settle(self) -> None:
        if self.stopping and not self._operations and not self._connections:
            self._idle.set()


def going_away() -> RequestError:
    return RequestError(ErrorCode.UNAVAILABLE, "The server is going away. Try again.", retryAfter=5)
