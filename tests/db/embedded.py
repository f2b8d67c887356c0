"""What the tests of the embedded PostgreSQL share: a place to run it, ways to ask it, and to see whether it lives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.db.launcher import EmbeddedPostgres
from server.db.postgres_home import find_programs

NOBODY = 65534
FAST = {"fsync": "off"}
IS_ROOT = os.geteuid() == 0
AS_NOBODY: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if IS_ROOT else {}
"""How subprocess starts what PostgreSQL's user would start."""
PSQL = find_programs() / "psql"
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root gives PostgreSQL another user")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@contextmanager
def open_ground() -> Iterator[Path]:
    """A folder every user can enter; pytest's own are closed to PostgreSQL's user when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="shuke-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def ask(server: EmbeddedPostgres, sql: str) -> str:
    return ask_by_dsn(server.dsn("postgres", "postgres"), sql)


def ask_by_dsn(dsn: str, sql: str) -> str:
    return subprocess.run([PSQL, dsn, "-XAtqc", sql], capture_output=True, text=True, check=True).stdout.strip()


def started(folder: Path, **settings: str) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, settings={**FAST, **settings}, timeout=20)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])


def gone(pid: int) -> bool:
    """Ended; what nobody has reaped yet counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass in time."
        time.sleep(0.01)
