"""A `shuke serve` of its own for a benchmark, on a free port of the loopback address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 60.0


@dataclass(frozen=True)
class Serving:
    """A server that answers."""

    name: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, *, name: str = "shuke") -> Iterator[Serving]:
    """Shuke as everybody gets it, on the database of the folder, which may be running already."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEVELOPMENT")}
    environment |= {"SHUKE_DATA": str(folder), "LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port)]
    with child(name, command, port, log=folder / f"{name}.log", environment=environment, ready="/readyz") as server:
        yield server


@contextmanager
def child(
    name: str,
    command: list[str],
    port: int,
    *,
    log: Path,
    environment: Mapping[str, str],
    ready: str | None = None,
    cwd: Path | None = None,
) -> Iterator[Serving]:
    """A server as a child of this process: up when it answers on the path `ready`, or listens; gone at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=output, cwd=cwd)
    try:
        server = Serving(name, port, process.pid)
        deadline = time.monotonic() + _PATIENCE
        while not _is_up(server, ready):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not become ready.\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_up(server: Serving, path: str | None) -> bool:
    try:
        if path is None:
            socket.create_connection(("127.0.0.1", server.port), timeout=2).close()
            return True
        with urllib.request.urlopen(server.url + path, timeout=2) as answer:  # noqa: S310  # our own loopback address
            return bool(answer.status == 200)
    except OSError:
        return False
