"""The whole application under a real uvicorn on loopback, over the tests' own database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from server.app import create_app
from server.config import Settings
from server.http.serving import create_server


@dataclass
class Served:
    """A running server and ways to ask it."""

    port: int
    http: httpx.AsyncClient

    async def ask(
        self, key: str | None, query: str, variables: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        credential = {"authorization": f"Bearer {key}"} if key else {}
        return await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers={**credential, **headers}
        )

    @asynccontextmanager
    async def socket(self, key: str | None) -> AsyncIterator[ClientConnection]:
        """An acknowledged graphql-transport-ws connection."""
        url = f"ws://127.0.0.1:{self.port}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            payload = {"authorization": f"Bearer {key}"} if key else {}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            yield socket


async def subscribe(socket: ClientConnection, id: str, query: str, variables: dict[str, Any] | None = None) -> None:
    payload = {"query": query, "variables": variables}
    await socket.send(json.dumps({"id": id, "type": "subscribe", "payload": payload}))


async def received(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), 10))
    return message


@asynccontextmanager
async def serving(settings: Settings, dsn: str) -> AsyncIterator[Served]:
    server = create_server(create_app(settings, dsn), host="127.0.0.1", port=0)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=15) as client:
        try:
            yield Served(port, client)
        finally:
            server.should_exit = True
            await task
