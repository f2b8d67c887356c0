"""Ends what takes too long, everything of one kind watched by one timer.

`asyncio.timeout` makes and cancels a timer for every use, which costs a small read a twentieth of its time. Whatever is
limited here together has the same time, so it ends in the order in which it began, and only the oldest is waited for.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType

Refusal = Callable[[float], Exception]
"""What to raise where the time, in seconds, was missed."""


def timed_out(seconds: float) -> Exception:
    return TimeoutError(f"It took longer than {seconds:g} s.")


class Deadlines:
    """What is in progress, the oldest first."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.missed = 0
        self._running: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def limit(self, refusal: Refusal = timed_out) -> "Deadline":
        """`with deadlines.limit():` cancels what is inside where it takes longer, and raises the refusal instead."""
        return Deadline(self, refusal)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop all of it runs on. Finding out asks the kernel each time (for the process id), so it is kept."""
        loop = self._loop
        if loop is None or not loop.is_running():
            loop = self._loop = asyncio.get_running_loop()
        return loop

    def begin(self, deadline: "Deadline") -> None:
        self._running[deadline] = None
        if self._timer is None:
            self._timer = deadline.loop.call_at(deadline.due, self._sweep)

    def end(self, deadline: "Deadline") -> None:
        self._running.pop(deadline, None)

    def _sweep(self) -> None:
        self._timer = None
        while self._running:
            oldest = next(iter(self._running))
            if oldest.due > oldest.loop.time():
                self._timer = oldest.loop.call_at(oldest.due, self._sweep)
                return
            del self._running[oldest]
            self.missed += 1
            oldest.expire()


class Deadline:
    """Of one use. Cancels the task that runs it, and turns that cancellation, and no other, into a refusal."""

    __slots__ = ("_all", "_cancelling", "_is_expired", "_refusal", "_task", "due", "loop")

    def __init__(self, all: Deadlines, refusal: Refusal) -> None:
        self._all = all
        self._refusal = refusal
        self._is_expired = False

    def __enter__(self) -> None:
        self.loop = self._all.loop
        task = asyncio.current_task(self.loop)
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self.due = self.loop.time() + self._all.seconds
        self._all.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._all.end(self)
        if not self._is_expired:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise self._refusal(self._all.seconds) from fault

    def expire(self) -> None:
        self._is_expired = True
        self._task.cancel()
