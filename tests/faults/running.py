"""A whole installation in a process of its own, that can be killed and started again; and a client that keeps trying."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Installation:
    """`shuke serve` below a folder. Start it as often as you kill it."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "SHUKE_DATA": str(self.folder),
            "LOG_FORMAT": "json",
        }
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port)],
                env=environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(
                    "The server did not become ready.\n" + (self.folder / "serve.log").read_text()[-2000:]
                )
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, as a machine would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and what it answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def ask(self, query: str, variables: dict[str, Any], key: str | None) -> dict[str, Any]:
        """Raises OSError where no complete answer came, and ValueError for an answer that is no success."""
        request = urllib.request.Request(  # noqa: S310  # our own loopback address
            f"{self.url}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # our own loopback address
                body: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise ValueError(refusal.read().decode()) from None
        if "errors" in body:
            raise ValueError(json.dumps(body["errors"]))
        return body["data"]  # type: ignore[no-any-return]  # whatever JSON holds

    async def insist(self, query: str, variables: dict[str, Any], key: str) -> dict[str, Any]:
        """Ask until an answer comes, whatever happens to the server meanwhile."""
        while True:
            try:
                return await asyncio.to_thread(self.ask, query, variables, key)
            except (OSError, ValueError, HTTPException):  # none at all, one that says no, one cut short
                await asyncio.sleep(0.1)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310  # our own loopback address
                return bool(answer.status == 200)
        except OSError:
            return False
