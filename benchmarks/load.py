"""A load on one loopback address: keep-alive connections that ask again as soon as they are answered, for a bounded time."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """What a run came to. Times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    failures: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request(port: int, key: str, query: str, variables: dict[str, Any]) -> bytes:
    """A whole HTTP request, made before the clock runs."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(port: int, requests: list[bytes], *, connections: int, seconds: float) -> Result:
    """Send the requests in turn over `connections` connections for `seconds`."""
    times: list[float] = []
    failures = 0
    turn = itertools.cycle(requests)
    end = time.perf_counter() + seconds

    async def connection() -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            started = time.perf_counter()
            writer.write(next(turn))
            status, body = await _answer(reader)
            times.append((time.perf_counter() - started) * 1000)
            failures += status != 200 or b'"errors"' in body[:20]
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    times.sort()
    return Result(len(times), elapsed, times[len(times) // 2], times[len(times) * 99 // 100], failures)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
    return int(lines[0].split()[1]), await reader.readexactly(length)


def cycle(make: Callable[[int], bytes], count: int) -> list[bytes]:
    return [make(number) for number in range(count)]
