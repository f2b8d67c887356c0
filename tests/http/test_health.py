"""The probes, and the answers to whatever is nowhere."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.http.limits import Limits
from tests.http.serving import Running, running

UNREADY = [{"message": "Not ready.", "extensions": {"code": "UNAVAILABLE"}}]


async def probe(server: Running, path: str) -> tuple[int, Any, str | None]:
    answer = await server.http.get(path)
    return answer.status_code, answer.json(), answer.headers.get("retry-after")


async def test_alive_whatever_else_is_down() -> None:
    async with running() as server:
        server.gateway.checks = ConnectionError("no database")
        assert await probe(server, "/healthz") == (200, {"status": "ok"}, None)


async def test_ready_only_when_every_check_holds() -> None:
    async with running(limits=Limits(ready_seconds=0.1)) as server:
        up = {"database": True, "migrations": True}
        assert await probe(server, "/readyz") == (200, {"status": "ready", "checks": up}, None)
        behind = {"database": True, "migrations": False}
        server.gateway.checks = behind
        expected = {"status": "unready", "checks": behind, "errors": UNREADY}
        assert await probe(server, "/readyz") == (503, expected, "5")
        server.gateway.checks = ConnectionError("password of the database")
        failed = {"status": "unready", "checks": {}, "errors": UNREADY}
        assert await probe(server, "/readyz") == (503, failed, "5")

        async def hanging() -> dict[str, bool]:
            await asyncio.sleep(60)
            return {}

        server.gateway.ready = hanging  # type: ignore[method-assign]  # one gateway, replaced for one probe
        assert await probe(server, "/readyz") == (503, failed, "5")


@pytest.mark.parametrize("path", ["/", "/graphql", "/graphql/"])
async def test_the_address_is_found_with_and_without_its_path(server: Running, path: str) -> None:
    answer = await server.http.post(path, json={"query": "{ __typename }"})
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_unknown_paths_and_methods_are_errors_in_json(server: Running) -> None:
    nowhere = {"errors": [{"message": "There is nothing here.", "extensions": {"code": "BAD_USER_INPUT"}}]}
    for path in ("/nowhere", "/graphql/nowhere", "/graphiql", "/graphiql/explorer.js"):
        assert await probe(server, path) == (404, nowhere, None), path
    answer = await server.http.post("/healthz")
    assert answer.status_code == 405
    assert {name.strip() for name in answer.headers["allow"].split(",")} == {"GET", "HEAD"}
    assert answer.json() == {"errors": [{"message": "Method Not Allowed", "extensions": {"code": "BAD_USER_INPUT"}}]}
