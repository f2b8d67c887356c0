"""Each field of each type of row, each order, filter and end of each list, one after the other."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from tests.differential import sweeping
from tests.differential.generating import Operation
from tests.differential.ground import Ground
from tests.differential.reference import lists
from tests.differential.reference.asking import TABLES
from tests.differential.reference.executing import schema

SPEAKERS = ("owner-zh", "own-store")
EXTENT = pytest.mark.parametrize("complete", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["CI", "all"])


@pytest.mark.parametrize("type_name", sorted(set(TABLES) - {"ExternalRef"}))
def test_each_field(ground: Ground, type_name: str) -> None:
    for speaker in (*SPEAKERS, "owner"):
        ground.differ(speaker, _valid(sweeping.of_type(ground, type_name)))


@pytest.mark.parametrize("name", sweeping.PLAIN)
def test_each_root(ground: Ground, name: str) -> None:
    for speaker in (*SPEAKERS, "owner"):
        ground.differ(speaker, _valid(sweeping.of_root(name)))


@EXTENT
def test_each_event(ground: Ground, complete: bool) -> None:
    """In the CI what events have in common, and every sixth type."""
    for number, operation in enumerate(sweeping.of_events(ground)):
        if complete or number % 6 == 0:
            ground.differ("own-group", _valid(operation))


@EXTENT
@pytest.mark.parametrize(("type_name", "field"), sorted(lists.CONNECTIONS))
def test_each_list(ground: Ground, type_name: str, field: str, complete: bool) -> None:
    """Every order, filter and end; in the CI every fourth of them, another fourth with each list."""
    turn = sorted(lists.CONNECTIONS).index((type_name, field))
    for number, operation in enumerate(sweeping.of_list(ground, type_name, field)):
        if complete or (number + turn) % 4 == 0:
            ground.differ(SPEAKERS[number // 4 % 2 if not complete else number % 2], operation)


def _valid(operation: Operation) -> Operation:
    """Both sides refuse what is no operation of the schema alike, and would have compared nothing."""
    assert validate(schema(), parse(operation.query)) == []
    return operation
