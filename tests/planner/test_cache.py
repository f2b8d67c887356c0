"""Compiled operations are kept within a number and within an amount of memory."""

from __future__ import annotations

from typing import Any

import pytest

from server.db import statements
from server.planner.cache import PlanCache, document_weight, fields_weight, statement_weight
from server.planner.call import Call
from server.planner.operations import Operations
from server.terms import Locale
from tests.planner import toy
from tests.planner.conftest import A, Toy


def _figures(cache: PlanCache[Any]) -> tuple[int, int, int, int]:
    figures = cache.figures
    return figures.hits, figures.misses, figures.evictions, figures.bytes


def test_the_one_used_longest_ago_goes_first() -> None:
    cache: PlanCache[str] = PlanCache(max_entries=2, max_bytes=1_000)
    cache.put("a", "A", 10)
    cache.put("b", "B", 20)
    assert cache.get("a") == "A"
    cache.put("c", "C", 30)
    assert (cache.get("b"), cache.get("a"), cache.get("c")) == (None, "A", "C")
    assert _figures(cache) == (3, 1, 1, 40)


def test_memory_bounds_as_numbers_do() -> None:
    cache: PlanCache[str] = PlanCache(max_entries=100, max_bytes=100)
    for name in "abcd":
        cache.put(name, name, 30)
    assert [cache.get(name) for name in "abcd"] == [None, "b", "c", "d"]
    cache.growing("d")(41)
    assert [cache.get(name) for name in "abcd"] == [None, None, None, "d"]
    assert _figures(cache)[2:] == (3, 71)


def test_what_is_evicted_grows_no_more() -> None:
    cache: PlanCache[str] = PlanCache(max_entries=1, max_bytes=1_000)
    cache.put("a", "A", 10)
    grow = cache.growing("a")
    cache.put("b", "B", 10)
    grow(500)
    assert _figures(cache)[2:] == (1, 10)


def test_what_is_too_heavy_for_the_whole_cache_is_not_kept() -> None:
    cache: PlanCache[str] = PlanCache(max_entries=10, max_bytes=100)
    cache.put("a", "A", 101)
    assert (cache.get("a"), len(cache), _figures(cache)[2:]) == (None, 0, (1, 0))


def _ask(operations: Operations, world: Toy, query: str, variables: dict[str, Any] | None = None) -> Any:
    call = Call(caller=world.caller(A), locale=Locale.EN, request_id="test")
    ready = operations.prepare(query, None, variables, call)
    return ready.plan.statement(ready.evaluated)


def test_sql_is_written_once(toy_world: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """For one shape of the arguments one statement is compiled, whether or not it brings values of its own."""
    written = []
    made = statements._DIALECT.statement_compiler

    def counted(dialect: Any, statement: Any, **more: Any) -> Any:
        written.append(statement)
        return made(dialect, statement, **more)

    monkeypatch.setattr(statements._DIALECT, "statement_compiler", counted)
    operations = Operations(toy.build(), max_cost=20_000)
    query = "query($n: Int) { visitors(first: $n) { nodes { name } } }"
    for size in (1, 2):
        asked = _ask(operations, toy_world, query, {"n": size})
        assert (asked.constants, len(written)) == ({}, 1)
    constant = _ask(operations, toy_world, "{ shops { regular { name } } }").constants
    assert (list(constant.values()), len(written)) == ([1], 2)


def test_every_shape_of_the_arguments_weighs(toy_world: Toy) -> None:
    operations = Operations(toy.build(), max_cost=20_000)
    query = "query($f: VisitorFilter) { visitors(filter: $f) { nodes { name } } }"
    plain = _ask(operations, toy_world, query)
    filtered = _ask(operations, toy_world, query, {"f": {"name": {"eq": "V1"}}})
    assert _ask(operations, toy_world, query, {"f": {"name": {"eq": "V2"}}}) is filtered
    expected = (
        document_weight(query) + fields_weight(3) + statement_weight(plain.text) + statement_weight(filtered.text)
    )
    assert _figures(operations.cache) == (2, 1, 0, expected)


def test_shapes_do_not_grow_a_plan_without_bound(toy_world: Toy) -> None:
    """Filters of many shapes over one document: the plan forgets the oldest, and the books stay right."""
    operations = Operations(toy.build(), max_cost=20_000)
    query = (
        "query($f: VisitorFilter, $o: VisitorOrder, $a: Int, $b: Int) "
        "{ visitors(filter: $f, orderBy: $o, first: $a, last: $b) { nodes { name } } }"
    )
    operators = [
        ("name", {"eq": "x"}), ("points", {"eq": 1}), ("shop", {"isNull": True}), ("visited", {"eq": "BOOKED"}),
        ("stayed", {"to": 3}), ("stayed", {"from": 3}),
    ]  # fmt: skip
    for chosen in range(2 ** len(operators)):
        given = {name: value for bit, (name, value) in enumerate(operators) if chosen >> bit & 1}
        for field in ("NAME", "POINTS", "SINCE"):
            for size in ({"a": 1}, {"b": 1}):
                _ask(operations, toy_world, query, {"f": given, "o": {"field": field}, **size})
    (entry,) = operations.cache._entries.values()
    (plan,) = entry.value.plans.values()
    assert len(plan._statements) == 200
    weights = [statement_weight(statement.text) for statement in plan._statements.values()]
    assert operations.cache.figures.bytes == document_weight(query) + fields_weight(3) + sum(weights)


def test_the_cache_of_a_schema_stays_within_its_memory(toy_world: Toy) -> None:
    operations = Operations(toy.build(), max_cost=20_000, max_cache_bytes=200_000)
    for number in range(100):
        _ask(operations, toy_world, f"{{ visitors(first: {number}) {{ nodes {{ name }} }} }}")
        assert operations.cache.figures.bytes <= 200_000
    assert len(operations.cache) + operations.cache.figures.evictions == 100
    assert len(operations.cache) > 5
