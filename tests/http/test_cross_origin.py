"""Pages of other origins: who may read answers, and what they may send."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.http.serving import Running, running

CORS = (
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-max-age",
    "access-control-expose-headers",
)
EXPOSED = "X-Request-Id, Retry-After, WWW-Authenticate, Allow"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,idempotency-key",
}


def granted(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in CORS if name in headers}


async def test_every_origin_may_read_by_default(server: Running) -> None:
    for path in ("/graphql?query={hello}", "/graphql?query={", "/healthz", "/nowhere"):
        answer = await server.http.get(path, headers={"origin": "https://app.example"})
        expected = {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED}
        assert granted(answer.headers) == expected, path


async def test_preflight(server: Running) -> None:
    answer = await server.http.options("/graphql", headers={"origin": "https://app.example", **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
    assert granted(answer.headers) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "authorization,content-type,idempotency-key",
        "access-control-max-age": "7200",
        "access-control-expose-headers": EXPOSED,
    }


async def test_preflight_never_reflects_what_is_no_header_name(server: Running) -> None:
    headers = {"origin": "https://app.example", **PREFLIGHT, "access-control-request-headers": "a b;c"}
    answer = await server.http.options("/graphql", headers=headers)
    assert "access-control-allow-headers" not in answer.headers


async def test_allow_list() -> None:
    async with running(allowed_origins=("https://app.example",)) as server:
        query = "/graphql?query={hello}"
        listed = await server.http.get(query, headers={"origin": "https://app.example"})
        assert granted(listed.headers) == {
            "access-control-allow-origin": "https://app.example",
            "access-control-expose-headers": EXPOSED,
        }
        other = await server.http.get(query, headers={"origin": "https://app.example.evil"})
        assert granted(other.headers) == {}
        preflight = await server.http.options("/graphql", headers={"origin": "https://app.example.evil", **PREFLIGHT})
        assert (preflight.status_code, granted(preflight.headers)) == (204, {})
        assert {answer.headers["vary"] for answer in (listed, other, preflight)} == {
            "Accept, Accept-Language, Authorization, Origin"
        }


async def test_allow_list_holds_for_sockets() -> None:
    async with running(allowed_origins=("https://app.example",)) as server:
        for origin in (None, "https://app.example", f"http://127.0.0.1:{server.port}"):
            async with server.socket(origin=origin and Origin(origin)) as socket:
                assert socket.subprotocol == "graphql-transport-ws"
        with pytest.raises(InvalidStatus) as refused:
            await server.socket(origin=Origin("https://evil.example"))
        assert refused.value.response.status_code == 403
        assert refused.value.response.body == (
            b'{"errors":[{"message":"This origin may not connect.","extensions":{"code":"FORBIDDEN"}}]}'
        )
