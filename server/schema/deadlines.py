"""Ends operations that take too long, all of them watched by one timer.

`asyncio.timeout` makes and cancels a timer for every operation, which costs a small read a twentieth of its time. Every
operation here has the same time, so they end in the order in which they began, and only the oldest is waited for.
"""

import asyncio
from types import TracebackType

from server.errors import ErrorCode, RequestError

_ASK_AGAIN = "ask again with the same idempotency key, or look whether it took effect."
_ASK_LESS = "try again, or ask for less."


class Deadlines:
    """The operations in progress in this process, the oldest first."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.missed = 0
        self._running: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def limit(self, *, act: bool = False) -> "Deadline":
        """`with deadlines.limit():` raises UNAVAILABLE where what is inside takes longer.

        Its statement is cancelled, its transaction rolled back, its connection given back clean. Whether an act took
        effect is not known where its COMMIT was already on the way.
        """
        return Deadline(self, act)

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
    """One operation's. Cancels the task that runs it, and turns that cancellation, and no other, into a refusal."""

    __slots__ = ("_act", "_all", "_cancelling", "_is_expired", "_task", "due", "loop")

    def __init__(self, all: Deadlines, act: bool) -> None:
        self._all = all
        self._act = act
        self._is_expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self.loop = asyncio.get_running_loop()
        self.due = self.loop.time() + self._all.seconds
        self._all.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._all.end(self)
        if not self._is_expired:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            again = _ASK_AGAIN if self._act else _ASK_LESS
            message = f"The operation took longer than {self._all.seconds:g} s and was stopped; {again}"
            raise RequestError(ErrorCode.UNAVAILABLE, message, retryAfter=1) from fault

    def expire(self) -> None:
        self._is_expired = True
        self._task.cancel()
