"""graphql-sse, distinct connections: one operation per request, its results as the events of one stream.

A stream ends with `complete` unless its reader has gone, and never outlives the credential it was opened with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import Receive, Send

from server.errors import ErrorCode, RequestError
from server.http.answers import Header, error_body, masked, with_request_id
from server.http.gateway import CallContext, Prepared
from server.http.live import Live, seconds_left
from server.http.negotiation import Form

_HEADERS: tuple[Header, ...] = (
    (b"content-type", Form.EVENT_STREAM.media_type),
    # Reverse proxies that buffer answers would hold events back.
    (b"x-accel-buffering", b"no"),
)
_COMPLETE = b"event: complete\ndata: \n\n"
_KEEP_ALIVE = b":\n\n"
_CLOSING_SECONDS = 1.0


class EventStream:
    """One answer as text/event-stream: an operation that may run, or the refusal of one."""

    def __init__(self, live: Live, operation: Prepared | RequestError, context: CallContext) -> None:
        self._live = live
        self._operation = operation
        self._context = context
        self._is_subscription = not isinstance(operation, RequestError) and operation.kind == "subscription"
        self._is_gone = False
        self._over: asyncio.Future[bytes]
        """What is written last; empty where nobody reads any more."""

    async def serve(self, receive: Receive, send: Send, common: Sequence[Header]) -> None:
        """Stream until the operation ends, the reader goes, the credential expires or the process stops."""
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        self._send = send
        with self._live.tracker.connection(self._stop):
            await send({"type": "http.response.start", "status": 200, "headers": [*common, *_HEADERS]})
            # Tells the reader that the stream is open, long before a first event may come.
            await self._write(_KEEP_ALIVE)
            pump = self._live.tracker.spawn(self._pump())
            watchers = [asyncio.create_task(self._watch_reader(receive)), asyncio.create_task(self._keep_alive())]
            left = seconds_left(self._context.caller) if self._is_subscription else None
            expiry = None if left is None else loop.call_later(max(left, 0), self._expire)
            try:
                parting = await self._over
                await self._settle(pump)
                if parting:
                    await self._write(parting, last=True)
            finally:
                for task in (*watchers, *(() if self._is_act else (pump,))):
                    task.cancel()
                self._is_gone = True
                if expiry is not None:
                    expiry.cancel()

    @property
    def _is_act(self) -> bool:
        return not isinstance(self._operation, RequestError) and self._operation.kind == "mutation"

    async def _settle(self, pump: asyncio.Task[None]) -> None:
        """Let no result follow the parting words. An act is not cut off: it ends without a listener."""
        if not self._is_act:
            pump.cancel()
            await asyncio.wait({pump}, timeout=_CLOSING_SECONDS)

    async def _pump(self) -> None:
        operation, context = self._operation, self._context
        try:
            if isinstance(operation, RequestError):
                raise operation
            if operation.kind == "subscription":
                async with self._live.following(operation, context) as results:
                    async for result in results:
                        await self._write(_event(result))
            else:
                with self._live.tracker.operation():
                    await self._write(_event(await self._live.gateway.run(operation, context)))
        except RequestError as refusal:
            await self._write(_event(error_body(with_request_id(refusal, context.request_id).errors)))
        except Exception as exception:  # noqa: BLE001  # a bug of any kind: masked, and logged, right here
            await self._write(_event(error_body(masked(exception, context.request_id).errors)))
        self._end(_COMPLETE)

    async def _watch_reader(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._lose_reader()

    async def _keep_alive(self) -> None:
        while not self._is_gone:
            await asyncio.sleep(self._live.limits.keep_alive_seconds)
            await self._write(_KEEP_ALIVE)

    async def _write(self, chunk: bytes, *, last: bool = False) -> None:
        """Wait until the reader has room: a slow one slows only itself, one that reads nothing is given up."""
        if self._is_gone:
            return
        try:
            async with asyncio.timeout(self._live.limits.stalled_seconds):
                await self._send({"type": "http.response.body", "body": chunk, "more_body": not last})
        except (TimeoutError, OSError):
            self._lose_reader()

    def _stop(self) -> None:
        if self._is_subscription:
            self._end(_COMPLETE)

    def _expire(self) -> None:
        expired = RequestError(ErrorCode.UNAUTHENTICATED, "The credential has expired.")
        self._end(_event(error_body(expired.errors)) + _COMPLETE)

    def _lose_reader(self) -> None:
        self._is_gone = True
        self._end(b"")

    def _end(self, parting: bytes) -> None:
        if not self._over.done():
            self._over.set_result(parting)


def _event(result: bytes) -> bytes:
    # A line break can only stand between JSON tokens, never in a string; in an event it would end the data.
    if b"\n" in result or b"\r" in result:
        result = result.replace(b"\r", b" ").replace(b"\n", b" ")
    return b"event: next\ndata: " + result + b"\n\n"
