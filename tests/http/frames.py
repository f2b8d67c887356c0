"""Talks graphql-transport-ws over a plain WebSocket: no client library between a test and what was sent."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

_SECONDS = 5


async def send(socket: ClientConnection, message: Any) -> None:
    await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def subscribe(socket: ClientConnection, id: str, query: str, **payload: Any) -> None:
    await send(socket, {"id": id, "type": "subscribe", "payload": {"query": query, **payload}})


async def receive(socket: ClientConnection) -> Any:
    async with asyncio.timeout(_SECONDS):
        return json.loads(await socket.recv())


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """The code and reason the server closes with; nothing else may come before."""
    async with asyncio.timeout(_SECONDS):
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None, "the connection was lost, not closed"
    return closed.value.rcvd.code, closed.value.rcvd.reason


def next_of(id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "type": "next", "payload": {"data": data}}


def complete_of(id: str) -> dict[str, Any]:
    return {"id": id, "type": "complete"}


def error_of(id: str, message: str, **extensions: Any) -> dict[str, Any]:
    return {"id": id, "type": "error", "payload": [{"message": message, "extensions": extensions}]}
