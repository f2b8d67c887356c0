"""An answer leaves in one write; a head without a body does not wait for one."""

from __future__ import annotations

import asyncio
from typing import Any

from server.http.one_write import JoiningTransport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
REFUSAL = b"HTTP/1.1 400 Bad Request\r\n\r\n"


class Wire:
    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed_after: int | None = None

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed_after = len(self.writes)

    def is_closing(self) -> bool:
        return self.closed_after is not None


def joined() -> tuple[Wire, JoiningTransport]:
    wire: Any = Wire()
    return wire, JoiningTransport(wire)


async def test_head_and_body_are_one_write() -> None:
    wire, transport = joined()
    transport.write(HEAD)
    transport.write(b"{}")
    await asyncio.sleep(0)
    assert wire.writes == [HEAD + b"{}"]


async def test_a_head_waits_one_turn_only() -> None:
    wire, transport = joined()
    transport.write(HEAD)
    assert wire.writes == []
    await asyncio.sleep(0)
    assert wire.writes == [HEAD]
    transport.write(b"event")
    assert wire.writes == [HEAD, b"event"]


async def test_nothing_is_held_back_at_the_end() -> None:
    wire, transport = joined()
    transport.write(HEAD)
    transport.close()
    await asyncio.sleep(0)
    assert (wire.writes, wire.closed_after, transport.is_closing()) == ([HEAD], 1, True)


async def test_what_is_no_head_of_a_result_goes_out_at_once() -> None:
    wire, transport = joined()
    transport.write(REFUSAL)
    transport.write(b"plain")
    assert wire.writes == [REFUSAL, b"plain"]
