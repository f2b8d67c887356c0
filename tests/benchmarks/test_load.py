"""The load generator counts what was answered, and does not count what was answered wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks import load

REQUEST = load.request(1, {"query": "{ tenant { id } }", "variables": {}}, {"Authorization": "Bearer k"})
GOOD = b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":{}}'


@asynccontextmanager
async def answering(*pieces: bytes) -> AsyncIterator[tuple[int, Callable[[], list[bytes]]]]:
    """A server that answers every request with these pieces, a moment apart; its port, and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r", 1)[0])
            asked.append(head + await reader.readexactly(length))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.001 if len(pieces) > 1 else 0)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], lambda: asked


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def _run(port: int, **given: object) -> load.Result:
    options = {"connections": 3, "seconds": 0.1, **given}
    return await asyncio.to_thread(load.run, [port], [REQUEST], **options)  # type: ignore[arg-type]  # the test's own


async def test_every_answer_counts_once() -> None:
    async with answering(GOOD) as (port, asked):
        found = await _run(port)
        assert found.requests == len(asked())
        assert set(asked()) == {REQUEST}
        assert found.bytes == len(GOOD)
        assert 0 < found.p50 <= found.p99
        assert found.own_cpu > 0


async def test_an_answer_may_come_in_pieces() -> None:
    async with answering(GOOD[:20], GOOD[20:45], GOOD[45:]) as (port, asked):
        assert (await _run(port)).requests == len(asked())


async def test_an_answer_may_come_in_chunks() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with answering(head, b'9\r\n{"data":{\r\n', b"2\r\n}}\r\n", b"0\r\n\r\n") as (port, asked):
        assert (await _run(port)).requests == len(asked())
        assert await asyncio.to_thread(load.ask, port, REQUEST) == b'{"data":{}}'


async def test_several_ports_share_the_load() -> None:
    async with answering(GOOD) as (one, asked_one), answering(GOOD) as (other, asked_other):
        found = await asyncio.to_thread(load.run, [one, other], [REQUEST], connections=2, seconds=0.1)
        assert found.requests == len(asked_one()) + len(asked_other())
        assert min(len(asked_one()), len(asked_other())) > 0


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 503 No\r\ncontent-length: 11\r\n\r\n{"data":{}}',
        b'HTTP/1.1 200 OK\r\ncontent-length: 28\r\n\r\n{"errors":[{}],"data":{"a":1}',
        b'HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{"other":null',
    ],
    ids=["status", "errors", "without what it must hold"],
)
async def test_a_wrong_answer_ends_the_run(answer: bytes) -> None:
    async with answering(answer) as (port, _):
        with pytest.raises(load.WrongAnswer):
            await _run(port)


async def test_a_server_that_goes_away_ends_the_run() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] = leave
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        with pytest.raises((load.WrongAnswer, ConnectionResetError)):
            await _run(server.sockets[0].getsockname()[1])
