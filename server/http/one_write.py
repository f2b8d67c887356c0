"""An answer's head and body in one write: uvicorn hands them over one by one, and each would be a system call.

A head waits for its body for one turn of the event loop, no longer: a stream's head goes out before its first event.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class JoiningTransport:
    """The transport of one connection, which holds back an answer's head until what follows it is written."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.whole = transport
        self._head = b""
        self._call_soon = asyncio.get_running_loop().call_soon

    def write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 2"):
            self._head = data
            self._call_soon(self._flush)
            return
        self.whole.write(data)

    def close(self) -> None:
        self._flush()
        self.whole.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self.whole.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol over such a transport. A WebSocket takes the connection over as it is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        joining: Any = JoiningTransport(transport)
        super().connection_made(joining)

    def handle_websocket_upgrade(self) -> None:
        joining: Any = self.transport
        self.transport = joining.whole
        super().handle_websocket_upgrade()
