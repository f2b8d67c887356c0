"""Files of the GraphQL schema are read by Strawberry at run time, which needs real annotations."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import imported_names, name_of, python_files, tree_of

FUTURE = "__future__.annotations"


@pytest.mark.parametrize("path", python_files("server/schema"), ids=name_of)
def test_annotations_are_evaluated(path: Path) -> None:
    """Postponed ones turn a type of a nested scope into a text nobody can resolve, far from the cause."""
    assert FUTURE not in imported_names(tree_of(path))


def test_postponed_annotations_are_found() -> None:
    assert FUTURE in imported_names(ast.parse("from __future__ import annotations"))
