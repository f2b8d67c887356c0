"""The one timer over all operations: who is stopped, when, and that nobody else's cancellation is taken for it."""

import asyncio
import time

import pytest

from server.deadlines import Deadlines


async def _work(deadlines: Deadlines, seconds: float) -> str:
    with deadlines.limit():
        await asyncio.sleep(seconds)
    return "done"


async def test_each_ends_at_its_own_time() -> None:
    deadlines = Deadlines(0.2)
    started = time.monotonic()
    ended: dict[str, float] = {}

    async def late(name: str, after: float) -> None:
        await asyncio.sleep(after)
        with pytest.raises(TimeoutError):
            await _work(deadlines, 10)
        ended[name] = time.monotonic() - started - after

    tasks = [late("first", 0), late("second", 0.1), late("third", 0.15)]
    _, _, _, quick = await asyncio.gather(*tasks, _work(deadlines, 0.12))
    assert quick == "done"
    assert deadlines.missed == 3
    assert all(0.2 <= seconds < 0.3 for seconds in ended.values()), ended
    # Afterwards nothing is watched, and a new operation is.
    await asyncio.sleep(0.01)
    assert (deadlines._running, deadlines._timer) == ({}, None)
    with pytest.raises(TimeoutError):
        await _work(deadlines, 10)


async def test_somebody_elses_cancellation_stays_one() -> None:
    deadlines = Deadlines(10)
    task = asyncio.create_task(_work(deadlines, 10))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deadlines.missed == 0


async def test_both_at_once_is_a_cancellation() -> None:
    deadlines = Deadlines(0.05)

    async def stubborn() -> None:
        with deadlines.limit():
            try:
                await asyncio.sleep(10)
            finally:
                asyncio.current_task().cancel()  # type: ignore[union-attr]  # inside a task
                await asyncio.sleep(0)

    task = asyncio.create_task(stubborn())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deadlines.missed == 1


async def test_a_fault_while_stopping_is_that_fault() -> None:
    deadlines = Deadlines(0.05)

    async def broken() -> None:
        with deadlines.limit():
            try:
                await asyncio.sleep(10)
            finally:
                raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await broken()
    await asyncio.sleep(0)  # the task itself is not left cancelled
