"""A load on one loopback address: keep-alive connections that ask again as soon as they are answered, for a bounded time.

One thread, one epoll, requests whose bytes were made before the clock ran: asking must cost little beside answering,
because both share the machine (`Result.own_cpu` says how little).
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CHUNK = 1 << 18
_HEAD_END = b"\r\n\r\n"


class WrongAnswer(Exception):
    """A server answered what it must not; a figure made of such answers means nothing."""


@dataclass(frozen=True)
class Result:
    """What a run came to. Times in milliseconds; `own_cpu` is the load generator's, in microseconds per request."""

    requests: int
    seconds: float
    p50: float
    p99: float
    bytes: float
    own_cpu: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request(port: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    """A whole GraphQL request over HTTP."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{named}Content-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class _Connection:
    """One keep-alive connection and the part of its answer that has come so far."""

    __slots__ = ("expected", "part", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.part = b""
        self.expected = 0
        """Length of the whole answer; 0 while its head is not complete, -1 where only its last bytes tell."""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """A request is far smaller than a socket's buffer, so it leaves at once."""
        self.part, self.expected = b"", 0
        self.sent_at = time.perf_counter()
        if self.socket.send(request) != len(request):
            raise BlockingIOError("The server does not take a whole request.")

    def receive(self) -> bytes | None:
        """The whole answer, once it is there."""
        chunk = self.socket.recv(_CHUNK)
        if not chunk:
            raise WrongAnswer("The server closed the connection.")
        self.part = self.part + chunk if self.part else chunk
        if self.expected == 0:
            self.expected = _length(self.part)
        if self.expected > 0:
            return self.part if len(self.part) >= self.expected else None
        return self.part if self.expected == -1 and self.part.endswith(b"\r\n0\r\n\r\n") else None


def run(
    ports: Sequence[int],
    requests: Sequence[bytes],
    *,
    connections: int,
    seconds: float,
    must: bytes = b'"data":',
    at_most: int | None = None,
) -> Result:
    """Send the requests in turn over `connections` connections for `seconds`, or until `at_most` were sent; of several
    ports, each gets as many.

    Every answer must be 200, hold `must` and no errors. Raises WrongAnswer with the first one that is otherwise.
    """
    opened = [_Connection(ports[number % len(ports)]) for number in range(connections)]
    with selectors.DefaultSelector() as selector:
        for one in opened:
            selector.register(one.socket, selectors.EVENT_READ, one)
        try:
            return _drive(selector, opened, requests, seconds, must, at_most)
        finally:
            for one in opened:
                one.socket.close()


def ask(port: int, request: bytes) -> bytes:
    """The body of one answer."""
    connection = _Connection(port)
    try:
        connection.socket.setblocking(True)
        connection.send(request)
        while (answer := connection.receive()) is None:
            pass
    finally:
        connection.socket.close()
    body = answer.partition(_HEAD_END)[2]
    return body if connection.expected > 0 else _joined(body)


def _drive(
    selector: selectors.BaseSelector,
    opened: Sequence[_Connection],
    requests: Sequence[bytes],
    seconds: float,
    must: bytes,
    at_most: int | None,
) -> Result:
    times: list[float] = []
    received, turn, count = 0, 0, len(requests)
    cpu = time.process_time()
    began = time.perf_counter()
    end = began + seconds
    for one in opened:
        one.send(requests[turn % count])
        turn += 1
    waiting = len(opened)
    while waiting:
        for key, _ in selector.select(10):
            one = key.data
            answer = one.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            times.append(now - one.sent_at)
            received += len(answer)
            if not answer.startswith(b"HTTP/1.1 200") or must not in answer or b'"errors":' in answer:
                raise WrongAnswer(answer[:2_000].decode(errors="replace"))
            if now < end and (at_most is None or turn < at_most):
                one.send(requests[turn % count])
                turn += 1
            else:
                waiting -= 1
    elapsed = time.perf_counter() - began
    own = (time.process_time() - cpu) / len(times) * 1e6
    times.sort()
    return Result(
        requests=len(times),
        seconds=elapsed,
        p50=times[len(times) // 2] * 1000,
        p99=times[len(times) * 99 // 100] * 1000,
        bytes=received / len(times),
        own_cpu=own,
    )


def _length(part: bytes) -> int:
    """Of the whole answer, by its head; see `_Connection.expected`."""
    end = part.find(_HEAD_END)
    if end < 0:
        return 0
    head = part[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        return -1
    line_end = head.find(b"\r\n", at + 2)
    return end + 4 + int(head[at + 17 : line_end if line_end >= 0 else end])


def _joined(chunked: bytes) -> bytes:
    """A body that came in chunks."""
    body = b""
    while True:
        size, _, chunked = chunked.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return body
        body, chunked = body + chunked[:length], chunked[length + 2 :]
