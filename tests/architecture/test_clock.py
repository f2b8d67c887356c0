"""The process clock decides nothing: an act's time is its transaction's (`work.now`), the same on every machine."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import SERVER, name_of, python_files, tree_of

MAY_LOOK_AT_A_CLOCK = {"app.py", "cli.py", "demo.py", "http", "log.py", "worker.py"}
"""Assembly, logs and sessions of clients; nothing here is stored. `time.monotonic` (a duration) is free for all."""

CLOCK_CALLS = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.gmtime", "time.localtime", "time.time",
    "time.time_ns",
}  # fmt: skip


def deciding_files() -> list[Path]:
    return [path for path in python_files("server") if path.relative_to(SERVER).parts[0] not in MAY_LOOK_AT_A_CLOCK]


def test_every_exception_exists() -> None:
    assert [name for name in sorted(MAY_LOOK_AT_A_CLOCK) if not (SERVER / name).exists()] == []


@pytest.mark.parametrize("path", deciding_files(), ids=name_of)
def test_time_comes_from_the_transaction(path: Path) -> None:
    assert clock_calls(tree_of(path)) == []


def test_a_look_at_the_clock_is_found() -> None:
    source = "import datetime\nfrom time import time\nnow = datetime.datetime.now(UTC)\nlater = func.now()\nwork.now\n"
    assert clock_calls(ast.parse(source)) == [(2, "time.time"), (3, "datetime.now")]


def clock_calls(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of every reading of the process clock, and of imports that would hide one."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [(node.lineno, f"time.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            found.append((node.lineno, f"{owner}.{node.attr}"))
    return sorted(call for call in found if call[1] in CLOCK_CALLS)
