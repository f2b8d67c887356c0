"""The project's own files, as the rules of this folder read them. No rule stands here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SERVER = PROJECT / "server"
CODE_FOLDERS = ("server", "tests", "alembic", "examples", "benchmarks")


def python_files(*folders: str) -> list[Path]:
    """Every Python file below these folders of the project; a folder that does not exist has none."""
    return sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """The path as people write it, from the project's folder, with slashes."""
    return path.relative_to(PROJECT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Every imported thing as a dotted name: `from a import b` gives `a.b`, `import a.c` gives `a.c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
