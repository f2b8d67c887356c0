"""Puts the transports together: routes, lifespan, and the envelope of every answer.

`/graphql` goes straight to its endpoint; everything else is rare and takes Starlette's way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.config import Settings
from server.errors import ErrorCode
from server.http.answers import (
    JSON_TYPE,
    PROTECTION,
    collect,
    error_body,
    masked,
    one_error,
    refused,
    request_id_from,
    send_answer,
)
from server.http.cross_origin import CrossOrigin
from server.http.endpoint import GraphQLEndpoint
from server.http.explorer import explorer_page, explorer_routes
from server.http.gateway import Gateway
from server.http.health import Health
from server.http.limits import Limits
from server.http.live import Live
from server.http.negotiation import Form
from server.http.websocket import SocketEndpoint

GRAPHQL_PATH = "/graphql"
_PATHS = frozenset({GRAPHQL_PATH, f"{GRAPHQL_PATH}/", "/"})
"""Where the endpoint answers: whoever was given the address without a path finds it too."""

GatewayFactory = Callable[[], AbstractAsyncContextManager[Gateway]]


class Application(Starlette):
    """The ASGI application. `stop` before the server closes its connections; see `server.http.serving`."""

    def __init__(self, gateway_factory: GatewayFactory, live: Live, settings: Settings) -> None:
        development = settings.development
        self._gateway_factory = gateway_factory
        self._live = live
        self._graphql = GraphQLEndpoint(live, page=explorer_page() if development else None)
        self._sockets = SocketEndpoint(live)
        health = Health(live)
        routes = [
            Route("/healthz", health.alive, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
            *(explorer_routes() if development else ()),
            *(_metrics_routes(live) if settings.shows_metrics else ()),
        ]
        super().__init__(
            routes=routes,
            middleware=[Middleware(_Envelope, live=live)],
            exception_handlers={HTTPException: _http_exception},
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _path(scope) in _PATHS:
            await self._graphql(scope, receive, send)
        elif scope["type"] == "websocket" and _path(scope) in _PATHS:
            await self._sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    @property
    def stop_seconds(self) -> float:
        return self._live.limits.stop_seconds

    async def stop(self, seconds: float) -> bool:
        """Refuse new operations, end sockets and streams, wait for operations. False where some outlasted it."""
        return await self._live.tracker.stop(seconds)

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        async with self._gateway_factory() as gateway:
            self._live.opened = gateway
            try:
                yield
            finally:
                # Normally over by now. A server that does not call `stop` gets the same order, only later.
                await self.stop(self.stop_seconds)
                self._live.opened = None


def create_application(
    gateway_factory: GatewayFactory,
    settings: Settings,
    *,
    allowed_origins: Sequence[str] = ("*",),
    limits: Limits | None = None,
) -> Application:
    """The application over one gateway, which is opened at start-up and closed when everything has stopped."""
    live = Live(limits or Limits(), CrossOrigin(allowed_origins))
    return Application(gateway_factory, live, settings)


def _metrics_routes(live: Live) -> list[Route]:
    """Whoever does not ask for metrics does not pay for the library."""
    from server.http.metrics import Metrics

    return [Route("/metrics", Metrics(live).show, methods=["GET"])]


class _Envelope:
    """Gives every answer of Starlette's routes what the endpoint's answers have, and masks what they raise."""

    def __init__(self, app: ASGIApp, live: Live) -> None:
        self._app = app
        self._cross_origin = live.cross_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = collect(scope["headers"])
        request_id = request_id_from(headers.get(b"x-request-id"))
        common = (
            (b"x-request-id", request_id.encode("ascii")),
            self._cross_origin.vary,
            *self._cross_origin.headers(headers.get(b"origin")),
            *PROTECTION,
        )
        is_started = False

        async def send_enveloped(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                own = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(header for header in common if header[0] not in own)]
            await send(message)

        try:
            await self._app(scope, receive, send_enveloped)
        except Exception as exception:
            refusal = masked(exception, request_id)
            if is_started:
                raise
            await send_answer(send, refused(refusal, Form.ASSUMED_JSON), common)


async def _http_exception(request: Request, exception: Exception) -> Response:
    assert isinstance(exception, HTTPException), "registered for HTTPException only"
    message = "There is nothing here." if exception.status_code == 404 else exception.detail
    body = error_body([one_error(ErrorCode.BAD_USER_INPUT, message)])
    return Response(body, exception.status_code, exception.headers, media_type=JSON_TYPE.decode("ascii"))


def _path(scope: Scope) -> str:
    """The path below the mount point of a proxy."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root else path
