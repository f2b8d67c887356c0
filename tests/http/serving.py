"""Runs an application under a real uvicorn on a free loopback port, for as long as a block lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from server.config import Settings
from server.http.application import create_application
from server.http.limits import Limits
from server.http.serving import Server, create_server
from tests.http.reference import ReferenceGateway, opening


@dataclass
class Running:
    """One running server, and clients for it."""

    server: Server
    serving: asyncio.Task[None]
    gateway: ReferenceGateway
    port: int
    http: httpx.AsyncClient

    async def post(self, query: Any, *, accept: str | None = None, **headers: str) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if accept is not None:
            given["accept"] = accept
        return await self.http.post("/graphql", json={"query": query}, headers=given)

    def socket(self, **options: Any) -> connect:
        options.setdefault("subprotocols", [Subprotocol("graphql-transport-ws")])
        return connect(f"ws://127.0.0.1:{self.port}/graphql", **options)

    @asynccontextmanager
    async def initialised(self, payload: dict[str, Any] | None = None) -> AsyncIterator[ClientConnection]:
        """A socket that was acknowledged."""
        from tests.http.frames import receive, send

        async with self.socket() as socket:
            await send(socket, {"type": "connection_init", **({} if payload is None else {"payload": payload})})
            assert await receive(socket) == {"type": "connection_ack"}
            yield socket

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.serving


@asynccontextmanager
async def running(
    *,
    limits: Limits | None = None,
    development: bool = False,
    allowed_origins: tuple[str, ...] = ("*",),
) -> AsyncIterator[Running]:
    gateway = ReferenceGateway()
    application = create_application(
        opening(gateway), Settings(development=development), allowed_origins=allowed_origins, limits=limits
    )
    server = create_server(application, host="127.0.0.1", port=0)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the server did not start"
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        one = Running(server, serving, gateway, port, client)
        try:
            yield one
        finally:
            await one.stop()
