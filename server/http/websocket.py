"""graphql-transport-ws: many operations over one socket, opened with one credential.

An operation that fails ends alone. The socket ends when its client breaks the protocol, its credential no longer
holds, or the process stops (1001: reconnect and resume from your cursor).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from starlette.types import Message, Receive, Scope, Send

from server.errors import ErrorCode, RequestError
from server.http import messages
from server.http.answers import (
    PROTECTION,
    Answer,
    HttpRefusal,
    collect,
    error_body,
    masked,
    request_id_from,
    with_request_id,
)
from server.http.gateway import CallContext, Caller, OperationRequest, Prepared
from server.http.live import Live, seconds_left
from server.http.messages import Close, CloseCode
from server.http.negotiation import preferred_locale
from server.http.stopping import going_away
from server.terms import Locale

SUBPROTOCOL = "graphql-transport-ws"
_CLOSING_SECONDS = 5.0
_GOING_AWAY = "Going away, resume from your cursor"
_REFUSED_INIT = {
    ErrorCode.UNAVAILABLE: CloseCode.TRY_AGAIN_LATER,
    ErrorCode.RATE_LIMITED: CloseCode.TRY_AGAIN_LATER,
    ErrorCode.INTERNAL: CloseCode.INTERNAL_ERROR,
}

log = structlog.get_logger(__name__)


class SocketEndpoint:
    """The ASGI application of `/graphql` for WebSocket."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = collect(scope["headers"])
        request_id = request_id_from(headers.get(b"x-request-id"))
        if (await receive())["type"] != "websocket.connect":
            return
        if self._live.tracker.stopping or self._live.opened is None:
            unavailable = Answer(503, error_body(going_away().errors), headers=((b"retry-after", b"5"),))
            await _deny(scope, send, unavailable, request_id)
        elif not self._live.cross_origin.admits_socket(headers):
            refusal = HttpRefusal(403, "This origin may not connect.", code=ErrorCode.FORBIDDEN)
            await _deny(scope, send, refusal.answer, request_id)
        elif SUBPROTOCOL not in scope["subprotocols"]:
            # Accepted first: a browser shows its page the close code, but never why a handshake failed.
            await send({"type": "websocket.accept"})
            reason = f"Subprotocol not acceptable: {SUBPROTOCOL} only"
            await send({"type": "websocket.close", "code": CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "reason": reason})
        else:
            accepted = [(b"x-request-id", request_id.encode("ascii"))]
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL, "headers": accepted})
            locale = preferred_locale(headers.get(b"accept-language"))
            await _Socket(self._live, receive, send, locale=locale, request_id=request_id).serve()


class _Socket:
    """One open socket: reads messages, holds the operations in progress, and closes once."""

    def __init__(self, live: Live, receive: Receive, send: Send, *, locale: Locale, request_id: str) -> None:
        self._live = live
        self._receive = receive
        self._raw_send = send
        self._locale = locale
        self._request_id = request_id
        self._caller: Caller | None = None
        self._is_initialised = False
        self._is_closed = False
        self._is_stopping = False
        self._subscribed = 0
        self._operations: dict[str, asyncio.Task[None]] = {}
        """Those the client still listens to. An act goes on without a listener."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._acts: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        """Queries and mutations in progress: a stopping process waits for them."""
        loop = asyncio.get_running_loop()
        self._ending: asyncio.Future[Close | None] = loop.create_future()
        self._timers = [
            loop.call_later(
                live.limits.init_seconds,
                self._end,
                CloseCode.INITIALISATION_TIMEOUT,
                "Connection initialisation timeout",
            )
        ]

    async def serve(self) -> None:
        """Until the client leaves or the socket must be closed."""
        with self._live.tracker.connection(self._stop):
            reader = asyncio.create_task(self._read())
            close: Close | None = None
            try:
                close = await self._ending
            finally:
                self._is_closed = True
                reader.cancel()
                for timer in self._timers:
                    timer.cancel()
                for task in self._tasks - self._acts:
                    task.cancel()
            if close is not None:
                await self._close(close)

    async def _read(self) -> None:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    self._leave()
                    return
                await self._take(message)
        except Close as close:
            self._end(close.code, close.reason)
        except OSError:
            self._leave()
        except Exception as exception:  # noqa: BLE001  # a bug of any kind: masked, and logged, right here
            masked(exception, self._request_id)
            self._end(CloseCode.INTERNAL_ERROR, "Internal error")

    async def _take(self, received: Message) -> None:
        text = received.get("text")
        if text is None:
            raise Close(CloseCode.BAD_REQUEST, "Invalid message: it must be text.")
        if len(text) > self._live.limits.body_bytes:
            raise Close(CloseCode.TOO_BIG, f"A message is larger than {self._live.limits.body_bytes} bytes.")
        match messages.read_message(text):
            case messages.ConnectionInit(authorization):
                if self._is_initialised:
                    raise Close(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
                self._is_initialised = True
                self._timers.pop().cancel()
                # Not awaited: a client that subscribes before it is acknowledged must hear so at once.
                _ = self._start(self._initialise(authorization))
            case messages.Ping(payload):
                await self._send(messages.pong(payload))
            case messages.Subscribe(id, request):
                await self._subscribe(id, request)
            case messages.Complete(id):
                task = self._operations.pop(id, None)
                if task is not None and task not in self._acts:
                    task.cancel()
            case messages.Pong():
                pass

    async def _initialise(self, authorization: str | None) -> None:
        try:
            caller = await self._live.gateway.authenticate(authorization)
        except RequestError as refusal:
            code = _REFUSED_INIT.get(refusal.code, CloseCode.FORBIDDEN)
            self._end(code, str(refusal))
            return
        except Exception as exception:  # noqa: BLE001  # a bug of any kind: masked, and logged, right here
            masked(exception, self._request_id)
            self._end(CloseCode.INTERNAL_ERROR, "Internal error")
            return
        left = seconds_left(caller)
        if left is not None:
            # 4403, not 4401: clients give up on 4401, but come back with a fresh credential after 4403.
            self._timers.append(
                asyncio.get_running_loop().call_later(
                    max(left, 0), self._end, CloseCode.FORBIDDEN, "Credential expired"
                )
            )
        self._caller = caller
        await self._send(messages.ack())

    async def _subscribe(self, id: str, request: OperationRequest) -> None:
        if self._caller is None:
            raise Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if id in self._operations:
            raise Close(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {id} already exists")
        limit = self._live.limits.operations_per_socket
        if self._is_stopping:
            await self._send(messages.error(id, going_away().errors))
        elif len(self._operations) >= limit or len(self._tasks) >= 2 * limit:
            # The second bound is for acts that nobody listens to any more, and for cancelled operations winding down.
            message = f"A socket carries {limit} operations at a time."
            refusal = RequestError(ErrorCode.RATE_LIMITED, message, retryAfter=1)
            await self._send(messages.error(id, refusal.errors))
        else:
            self._operations[id] = self._start(self._operate(id, request, self._caller))

    async def _operate(self, id: str, request: OperationRequest, caller: Caller) -> None:
        self._subscribed += 1
        context = CallContext(caller, self._locale, f"{self._request_id}.{self._subscribed}", None, False)
        is_revoked = False
        try:
            prepared = self._live.gateway.prepare(request, context)
            if prepared.kind == "subscription":
                await self._follow(id, prepared, context)
            else:
                await self._run(id, prepared, context)
            last = messages.complete(id)
        except RequestError as refusal:
            is_revoked = refusal.code is ErrorCode.UNAUTHENTICATED and not caller.is_public
            last = messages.error(id, with_request_id(refusal, context.request_id).errors)
        except Exception as exception:  # noqa: BLE001  # a bug of any kind: masked, and logged, right here
            last = messages.error(id, masked(exception, context.request_id).errors)
        if self._is_listened_to(id):
            # Free before the client hears of the end: it may use the id again at once.
            del self._operations[id]
            await self._send(last)
        if is_revoked:
            self._end(CloseCode.FORBIDDEN, "Credential no longer valid")

    async def _follow(self, id: str, prepared: Prepared, context: CallContext) -> None:
        prefix = messages.next_prefix(id)
        async with self._live.following(prepared, context) as results:
            async for result in results:
                # Awaiting room in the socket is the back-pressure: a slow reader is read for more slowly.
                await self._send((prefix + result + b"}").decode())

    async def _run(self, id: str, prepared: Prepared, context: CallContext) -> None:
        task = _current_task()
        self._answering.add(task)
        if prepared.kind == "mutation":
            self._acts.add(task)
        try:
            with self._live.tracker.operation():
                result = await self._live.gateway.run(prepared, context)
                if self._is_listened_to(id):
                    await self._send((messages.next_prefix(id) + result + b"}").decode())
        finally:
            self._answering.discard(task)
            self._acts.discard(task)

    def _is_listened_to(self, id: str) -> bool:
        return self._operations.get(id) is asyncio.current_task()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._live.tracker.spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._is_stopping and not self._answering:
            self._end(CloseCode.GOING_AWAY, _GOING_AWAY)

    def _stop(self) -> None:
        """Subscriptions end without `complete`, so that the client takes them up again elsewhere."""
        self._is_stopping = True
        for task in self._tasks - self._answering:
            task.cancel()
        if not self._answering:
            self._end(CloseCode.GOING_AWAY, _GOING_AWAY)

    async def _send(self, text: str) -> None:
        if self._is_closed:
            return
        try:
            await self._raw_send({"type": "websocket.send", "text": text})
        except OSError:
            self._leave()

    async def _close(self, close: Close) -> None:
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._raw_send({"type": "websocket.close", "code": int(close.code), "reason": close.reason})
        except (TimeoutError, OSError):
            log.debug("socket lost before it was closed", request_id=self._request_id, code=int(close.code))

    def _end(self, code: CloseCode, reason: str) -> None:
        if not self._ending.done():
            self._ending.set_result(Close(code, reason))

    def _leave(self) -> None:
        if not self._ending.done():
            self._ending.set_result(None)


def _current_task() -> asyncio.Task[None]:
    task = asyncio.current_task()
    assert task is not None, "called outside a task"
    return task


async def _deny(scope: Scope, send: Send, answer: Answer, request_id: str) -> None:
    """Refuse the handshake with an HTTP answer, where the server can send one."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": CloseCode.TRY_AGAIN_LATER})
        return
    headers = [(b"x-request-id", request_id.encode("ascii")), *PROTECTION, *answer.headers]
    headers.append((b"content-type", answer.media_type))
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})
