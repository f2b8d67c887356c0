"""Documents made to be expensive, against the whole schema: each costs time in proportion to its size and is refused.

Nothing here has a database, so nothing refused here can have asked one.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from server.access.caller import Caller
from server.access.permissions import EVERYTHING, DataScope, PrincipalKind
from server.errors import ErrorCode, RequestError
from server.ids import global_id, new_id
from server.planner.call import Call
from server.planner.operations import Operations, Ready
from server.planner.statements import refs_statement
from server.schema.assembly import build_schema
from server.terms import Locale

_CALL = Call(
    caller=Caller(new_id(), PrincipalKind.OWNER, None, None, EVERYTHING, DataScope.ALL),
    locale=Locale.EN,
    request_id="test",
)


@pytest.fixture(scope="module")
def operations() -> Iterator[Operations]:
    """Collections of garbage are kept out of what is timed."""
    made = Operations(build_schema(), max_cost=20_000)
    gc.collect()
    gc.freeze()
    gc.disable()
    yield made
    gc.enable()
    gc.unfreeze()


def _prepare(operations: Operations, query: str, variables: dict[str, Any] | None = None) -> Ready:
    return operations.prepare(query, None, variables, _CALL)


def _times(text: str, n: int) -> str:
    return " ".join(text.replace("#", str(i)) for i in range(n))


_NODE = '{ node(id: "x") { '
_FRAGMENTS = {
    # Twice as much below every fragment: 2^n fields in a document of n lines.
    "doubling": lambda n: (
        "{ customers { nodes { ...F0 } } } "
        + " ".join(f"fragment F{i} on Customer {{ ...F{i + 1} a: team {{ id }} ...F{i + 1} }}" for i in range(n // 20))
        + f" fragment F{n // 20} on Customer {{ name }}"
    ),
    "chain": lambda n: (
        "{ customers { nodes { ...F0 } } } "
        + " ".join(f"fragment F{i} on Customer {{ name ...F{i + 1} }}" for i in range(n // 10))
    ),
    "cycle": lambda n: (
        "{ customers { nodes { ...F0 } } } "
        + " ".join(f"fragment F{i} on Customer {{ name ...F{(i + 1) % (n // 10)} }}" for i in range(n // 10))
    ),
    "everyone uses everyone": lambda n: (
        "{ customers { nodes { ...F0 } } } "
        + " ".join(
            f"fragment F{i} on Customer {{ {_times('...F#', int((n / 2) ** 0.5))} }}"
            for i in range(int((n / 2) ** 0.5))
        )
    ),
    "unused": lambda n: "{ cursor } " + _times("fragment F# on Customer { name }", n // 8),
    "inline": lambda n: "{ customers { nodes { " + _times("... { name }", n // 5) + " } } }",
    "inline on an interface": lambda n: _NODE + _times("... on Customer { name }", n // 7) + " } }",
    "spread side by side": lambda n: (
        "{ customers { nodes { "
        + _times("...F#", n // 10)
        + " } } } "
        + _times("fragment F# on Customer { name }", n // 10)
    ),
}
_REPEATED = {
    "aliases": lambda n: "{ customers { nodes { " + _times("a#: name", n // 4) + " } } }",
    "merged fields": lambda n: "{ customers { nodes { " + _times("name", n) + " } } }",
    "merged trees": lambda n: "{ customers { nodes { " + _times("stage { label id }", n // 5) + " } } }",
    "unknown fields": lambda n: "{ customers { nodes { " + _times("nam#", n) + " } } }",
    "roots": lambda n: "{ " + _times("r#: cursor", n // 3) + " }",
    "roots in a fragment": lambda n: "{ ...F } fragment F on Query { " + _times("cursor", n) + " }",
    "operations": lambda n: _times("query Q# { cursor }", n // 5),
    "variables": lambda n: "query(" + _times("$v#: ID", n // 4) + ") { cursor }",
    "directives": lambda n: "{ cursor " + _times("@skip(if: false)", n // 6) + " }",
    "directives of a variable": lambda n: "query($v: ID " + _times("@x", n // 2) + ") { cursor }",
    "directives of a fragment": lambda n: "{ ...F } fragment F on Query " + _times("@x", n // 2) + " { cursor }",
    "directives of an operation": lambda n: "query " + _times("@x", n // 2) + " { cursor }",
}
_VALUES = {
    "arguments": lambda n: "{ customers(" + _times("first: 1", n // 3) + ") { nodes { name } } }",
    "a wide list": lambda n: "{ nodes(ids: [" + _times('"a"', n + 150) + "]) { id } }",
    "a wide object": lambda n: "{ customers(filter: {" + _times("a#: 1", n // 3) + "}) { nodes { name } } }",
    "a deep list": lambda n: "{ nodes(ids: " + "[" * (n // 2) + "]" * (n // 2) + ") { id } }",
    "a deep object": lambda n: (
        "{ customers(filter: " + "{a:" * (n // 4) + "1" + "}" * (n // 4) + ") { nodes { id } } }"
    ),
    "a deep type": lambda n: "query($v: " + "[" * (n // 2) + "ID" + "]" * (n // 2) + ") { cursor }",
    "deep fields": lambda n: "{ customers " + "{ nodes { team " * (n // 6) + "{ id }" + "} }" * (n // 6) + " }",
}
_BOMBS: dict[str, Callable[[int], str]] = {**_FRAGMENTS, **_REPEATED, **_VALUES}
_REFUSED = (ErrorCode.TOO_COMPLEX, ErrorCode.GRAPHQL_PARSE_FAILED)
"""The parser itself refuses brackets more than 200 deep."""


def _seconds(operations: Operations, query: str) -> float:
    """Processor time of one refusal, the best of three."""
    best = 1e9
    for _ in range(3):
        started = time.process_time()
        with pytest.raises(RequestError) as caught:
            _prepare(operations, query)
        best = min(best, time.process_time() - started)
        assert caught.value.code in _REFUSED, caught.value
    return best


@pytest.mark.parametrize("bomb", _BOMBS.values(), ids=_BOMBS.keys())
def test_a_bomb_is_refused_in_linear_time(operations: Operations, bomb: Callable[[int], str]) -> None:
    """Twice the size takes twice the time at most (with room for a busy machine), and never as long as a tenth of a second."""
    half, whole = _seconds(operations, bomb(3_900)), _seconds(operations, bomb(7_800))
    assert whole < 3 * half + 0.005
    assert whole < 0.1


_LONG = {
    "string": '{ node(id: "' + "a" * 99_000 + '") { id } }',
    "escapes": '{ node(id: "' + "\\u0041" * 16_000 + '") { id } }',
    "unterminated": '{ node(id: "' + "a" * 99_000,
    "number": "{ customers(first: " + "9" * 99_000 + ") { nodes { id } } }",
    "exponent": "{ customers(first: 1e" + "9" * 90_000 + ") { nodes { id } } }",
    "name": "{ " + "a" * 99_000 + " }",
    "enum": "{ customers(orderBy: {field: " + "A" * 90_000 + "}) { nodes { id } } }",
    "comments": "{ cursor } " + "#\n" * 45_000,
}


@pytest.mark.parametrize("query", _LONG.values(), ids=_LONG.keys())
def test_long_tokens_cost_little(operations: Operations, query: str) -> None:
    started = time.process_time()
    with contextlib.suppress(RequestError):
        _prepare(operations, query)
    assert time.process_time() - started < 0.1


def _nested(depth: int) -> str:
    inner = "id"
    for _ in range(depth):
        inner = f"id ... on Event {{ subject {{ {inner} }} }}"
    return inner


def test_interfaces_within_interfaces_do_not_multiply(operations: Operations) -> None:
    """The subject of an event is anything, events among it: written type by type this was 60 times more at every level."""
    sizes = []
    for depth in (1, 2, 3):
        ready = _prepare(operations, f'{{ node(id: "{global_id("Customer", new_id())}") {{ {_nested(depth)} }} }}')
        (root,) = ready.plan.selection.roots
        sizes.append(len(refs_statement(operations.catalogue, root, "FeedbackRaised", ready.evaluated.by_site).text))
    assert sizes[2] - sizes[1] < 1.1 * (sizes[1] - sizes[0])


def test_fields_of_every_type_are_bounded(operations: Operations) -> None:
    with pytest.raises(RequestError, match="more than 5000 fields of all types together"):
        _prepare(operations, _NODE + _times("a#: id", 99) + " } }")


def test_lists_beside_each_other_are_bounded_by_what_compiling_them_takes(operations: Operations) -> None:
    page = "touchpoints(first: 1) { edges { cursor node { id } } }"
    asked = "{ customers(first: 1) { nodes { " + _times(f"a#: {page}", 80) + " } } }"
    with pytest.raises(RequestError, match="too many different fields and lists in it"):
        _prepare(operations, asked)


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"i": ["x"] * 20_001}, "more than 20000 values in its variables"),
        ({"i": [[["x"] * 200] * 100]}, "more than 20000 values in its variables"),
        ({f"v{n}": 1 for n in range(20_001)} | {"i": []}, "more than 20000 values in its variables"),
    ],
)
def test_variables_are_bounded(operations: Operations, variables: dict[str, Any], why: str) -> None:
    started = time.process_time()
    with pytest.raises(RequestError) as caught:
        _prepare(operations, "query($i: [ID!]!) { nodes(ids: $i) { id } }", variables)
    assert str(caught.value) == f"The operation is too large: {why}."
    assert time.process_time() - started < 0.05


def test_deep_variables_are_bounded(operations: Operations) -> None:
    deep: Any = []
    for _ in range(900):  # as deep as JSON may be here
        deep = [deep]
    with pytest.raises(RequestError, match="more than 32 levels in its variables"):
        _prepare(operations, "query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": deep})


def test_many_wrong_variables_are_told_of_twenty(operations: Operations) -> None:
    started = time.process_time()
    with pytest.raises(RequestError) as caught:
        _prepare(operations, "query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": [None] * 19_000})
    assert caught.value.code is ErrorCode.BAD_USER_INPUT
    assert len(caught.value.errors) == 21
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ cursor }", {}, 5),
        ("{ customers { nodes { id } } }", {}, 21),
        ("query($n: Int) { customers(first: $n) { nodes { id } } }", {"n": 100}, 101),
        ("query($n: Int) { customers(last: $n) { nodes { id name } } }", {"n": 50}, 101),
        ("{ customers(first: 10) { nodes { id } totalCount } }", {}, 1 + 50 + 10 * 2),
        ('{ customers(first: 10, search: "li") { nodes { id } } }', {}, 1 + 20 + 10),
        ("{ customers(first: 10) { nodes { touchpoints(first: 5) { nodes { id outcome } } } } }", {}, 1 + 10 * 11),
        ("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["Q3VzdG9tZXI6eA"] * 7}, 5 + 7),
        ("subscription { events { id cursor subject { id } } }", {}, 1 + 1 + 5 + 2),
    ],
)
def test_costs(operations: Operations, query: str, variables: dict[str, Any], cost: int) -> None:
    tight = Operations.__new__(Operations)
    tight.__dict__.update(operations.__dict__)
    tight._max_cost = cost - 1
    with pytest.raises(RequestError) as caught:
        _prepare(tight, query, variables)
    assert caught.value.errors[0]["extensions"] == {"code": "TOO_COMPLEX", "cost": cost, "maxCost": cost - 1}
    assert str(caught.value) == f"The operation is too large: its cost is {cost}, at most {cost - 1} is allowed."
    tight._max_cost = cost
    _prepare(tight, query, variables)
