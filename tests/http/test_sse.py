"""graphql-sse in distinct connections mode: one operation, one stream of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from graphql import ExecutionResult
from structlog.testing import capture_logs

from server.http.limits import Limits
from tests.http.reference import encoded
from tests.http.serving import Running, running

COMPLETE = {"event": "complete", "data": ""}
OPEN = {"comment": ""}


def events(content: bytes) -> list[dict[str, Any]]:
    """The blocks of a stream in order; data of `next` is read as JSON."""
    blocks = content.decode().split("\n\n")
    assert blocks.pop() == "", "the last block is not closed"
    return [_block(block.split("\n")) for block in blocks]


def _block(lines: list[str]) -> dict[str, Any]:
    if len(lines) == 1 and lines[0].startswith(":"):
        return {"comment": lines[0][1:]}
    fields = dict(line.split(": ", 1) for line in lines)
    assert len(fields) == len(lines), "a field is given twice"
    if fields["event"] == "next":
        return {"event": "next", "data": json.loads(fields["data"])}
    return fields


def next_of(data: dict[str, Any]) -> dict[str, Any]:
    return {"event": "next", "data": {"data": data}}


def refusal_of(code: str, message: str, **extensions: Any) -> dict[str, Any]:
    errors = [{"message": message, "extensions": {"code": code, **extensions}}]
    return {"event": "next", "data": {"errors": errors}}


async def stream(server: Running, query: str, **headers: str) -> list[dict[str, Any]]:
    answer = await server.post(query, accept="text/event-stream", **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    return events(answer.content)


async def test_the_very_bytes(server: Running) -> None:
    answer = await server.post("{secret}", accept="text/event-stream")
    assert answer.content == (
        b':\n\nevent: next\ndata: {"errors":[{"message":"Not for you.","extensions":{"code":"UNAUTHENTICATED",'
        b'"paths":["secret"]}}]}\n\nevent: complete\ndata: \n\n'
    )


async def test_every_kind_of_operation(server: Running) -> None:
    assert await stream(server, "{hello}") == [OPEN, next_of({"hello": "Hello world"}), COMPLETE]
    total = server.gateway.total
    assert await stream(server, "mutation{increment}") == [OPEN, next_of({"increment": total + 1}), COMPLETE]
    counted = [next_of({"count": number}) for number in (1, 2, 3)]
    assert await stream(server, "subscription{count(to:3)}") == [OPEN, *counted, COMPLETE]


async def test_line_breaks_between_tokens_never_split_an_event(server: Running) -> None:
    result = ExecutionResult({"lines": "one\ntwo"})
    assert b"\n" in encoded(result), "the reference gateway must spread its JSON over lines for this to show anything"
    assert await stream(server, "subscription{lines}") == [OPEN, next_of({"lines": "one\ntwo"}), COMPLETE]


async def test_by_get(server: Running) -> None:
    answer = await server.http.get(
        "/graphql", params={"query": "subscription{count(to:1)}"}, headers={"accept": "text/event-stream"}
    )
    assert events(answer.content) == [OPEN, next_of({"count": 1}), COMPLETE]
    assert server.gateway.contexts[-1].read_only_transport is True


async def test_headers_let_no_proxy_hold_it_back(server: Running) -> None:
    answer = await server.post("{hello}", accept="text/event-stream", origin="https://app.example")
    names = ("cache-control", "x-accel-buffering", "access-control-allow-origin", "x-content-type-options")
    assert [answer.headers[name] for name in names] == ["no-store", "no", "*", "nosniff"]


async def test_refusal_before_execution_is_an_event(server: Running) -> None:
    refusal = refusal_of("UNAUTHENTICATED", "Not for you.", paths=["secret"])
    assert await stream(server, "{secret}") == [OPEN, refusal, COMPLETE]
    refusal = refusal_of("BAD_USER_INPUT", "Which operation?")
    assert await stream(server, "query A{hello} query B{hello}") == [OPEN, refusal, COMPLETE]


async def test_refusal_of_the_request_itself_is_http(server: Running) -> None:
    answer = await server.post("{hello}", accept="text/event-stream", authorization="Bearer bad")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json; charset=utf-8")
    answer = await server.post(1, accept="text/event-stream")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json; charset=utf-8")


async def test_stream_that_fails_says_why(server: Running) -> None:
    refusal = refusal_of("CURSOR_EXPIRED", "The cursor is of another epoch.")
    assert await stream(server, "subscription{expired}") == [OPEN, next_of({"expired": 1}), refusal, COMPLETE]


@pytest.mark.parametrize(("query", "before"), [("{bug}", []), ("subscription{bug}", [next_of({"bug": 1})])])
async def test_bug_is_masked_and_logged_once(server: Running, query: str, before: list[dict[str, Any]]) -> None:
    with capture_logs() as logs:
        answer = await stream(server, query, x_request_id="v1")
    assert answer == [OPEN, *before, refusal_of("INTERNAL", "Internal error", requestId="v1"), COMPLETE]
    assert [(entry["event"], entry["request_id"]) for entry in logs] == [("unhandled exception", "v1")]


async def test_stream_ends_with_its_credential(server: Running) -> None:
    refusal = refusal_of("UNAUTHENTICATED", "The credential has expired.")
    answer = await stream(server, "subscription{forever}", authorization="Bearer short")
    assert answer == [OPEN, next_of({"forever": 0}), refusal, COMPLETE]
    assert server.gateway.open_streams == 0


async def test_silent_stream_is_kept_alive() -> None:
    async with running(limits=Limits(keep_alive_seconds=0.2)) as server:
        answer = await stream(server, "subscription{count(to:1 seconds:0.7)}")
        assert answer == [OPEN, OPEN, OPEN, OPEN, next_of({"count": 1}), COMPLETE]


async def test_reader_that_leaves_ends_its_stream_but_not_its_act(server: Running) -> None:
    async with reading(server, "subscription{forever}") as lines:
        assert [await anext(lines), await anext(lines), await anext(lines)] == [b":", b"", b"event: next"]
        assert server.gateway.open_streams == 1
    total = server.gateway.total
    async with reading(server, "mutation{increment(by:3 seconds:0.3)}") as lines:
        assert await anext(lines) == b":"
    await asyncio.sleep(0.1)
    assert (server.gateway.total, server.gateway.open_streams) == (total, 0)
    await asyncio.sleep(0.4)
    assert server.gateway.total == total + 3


async def test_reader_that_reads_nothing_is_given_up() -> None:
    async with (
        running(limits=Limits(stalled_seconds=0.5)) as server,
        reading(server, "subscription{flood(bytes:1000000)}") as lines,
    ):
        assert await anext(lines) == b":"
        await asyncio.sleep(0.3)
        assert server.gateway.open_streams == 1
        assert 1 <= server.gateway.produced <= 30
        await asyncio.sleep(1)
        assert server.gateway.open_streams == 0


@asynccontextmanager
async def reading(server: Running, query: str) -> AsyncIterator[AsyncIterator[bytes]]:
    """The lines of a stream that is left before its end; nothing is read beyond the lines asked for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 12)
    body = b'{"query":"' + query.encode() + b'"}'
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"
    writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def lines() -> AsyncIterator[bytes]:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        while True:
            size = int(await reader.readuntil(b"\r\n"), 16)
            chunk = await reader.readexactly(size + 2)
            for line in chunk.removesuffix(b"\n\r\n").split(b"\n"):
                yield line

    try:
        async with asyncio.timeout(10):
            yield lines()
    finally:
        writer.transport.abort()
