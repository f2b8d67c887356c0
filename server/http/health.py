"""Health for orchestrators: `/healthz` says the process lives, `/readyz` that it should get traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from server.errors import ErrorCode
from server.http.answers import one_error
from server.http.live import Live

log = structlog.get_logger(__name__)


class Health:
    """The two probes of one application."""

    def __init__(self, live: Live) -> None:
        self._live = live

    async def alive(self, request: Request) -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json")

    async def ready(self, request: Request) -> Response:
        """503 while starting, stopping, or missing something; a check that hangs counts as missing."""
        if self._live.tracker.stopping:
            return _unready("stopping", {})
        if self._live.opened is None:
            return _unready("starting", {})
        try:
            async with asyncio.timeout(self._live.limits.ready_seconds):
                checks = await self._live.opened.ready()
        except Exception as exception:
            log.warning("readiness check failed", exc_info=exception)
            return _unready("unready", {})
        if not all(checks.values()):
            return _unready("unready", checks)
        return Response(orjson.dumps({"status": "ready", "checks": dict(checks)}), media_type="application/json")


def _unready(status: str, checks: Mapping[str, bool]) -> Response:
    errors = [one_error(ErrorCode.UNAVAILABLE, "Not ready.")]
    body = orjson.dumps({"status": status, "checks": dict(checks), "errors": errors})
    return Response(body, 503, {"retry-after": "5"}, media_type="application/json")
