"""Runs the application under uvicorn and stops it in the right order.

uvicorn alone closes sockets with 1012 and waits for event streams that never end; here the application first ends
what is in progress while the listener still answers 503, then uvicorn closes what is left.
"""

from __future__ import annotations

import asyncio
import socket

import structlog
import uvicorn

from server.http.application import Application
from server.http.one_write import OneWriteProtocol

log = structlog.get_logger(__name__)

_MESSAGE_BYTES = 4 << 20
"""What uvicorn lets through. The application's own bound is in characters and lower; this one is for memory."""
_LAST_SECONDS = 5


class Server(uvicorn.Server):
    """A uvicorn server whose shutdown begins with the application's."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stopping = asyncio.create_task(self._application.stop(self._application.stop_seconds))
        while not stopping.done() and not self.force_exit:
            await asyncio.wait({stopping}, timeout=0.1)
        if not (stopping.done() and stopping.result()):
            log.warning("stopped before every operation had ended", forced=self.force_exit)
            stopping.cancel()
        await super().shutdown(sockets)


def create_server(application: Application, *, host: str, port: int) -> Server:
    """A server for one process; run it with `serve()`. Port 0 takes a free one."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        http=OneWriteProtocol,
        ws="websockets-sansio",
        ws_max_size=_MESSAGE_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        lifespan="on",
        timeout_keep_alive=65,
        timeout_graceful_shutdown=_LAST_SECONDS,
        access_log=False,
        proxy_headers=False,  # nothing here asks for the client's address
        server_header=False,
        log_config=None,
    )
    return Server(config, application)
