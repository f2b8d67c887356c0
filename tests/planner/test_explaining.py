"""A plan described: exact steps, rows, costs and permissions, and SQL laid out without changing it."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from server.ids import global_id
from server.planner.call import Call
from server.planner.explaining import FieldDescription, PlanDescription, actual_rows, as_json
from server.planner.sql_layout import readable
from server.terms import Locale
from tests.planner.conftest import A, Toy


def _described(world: Toy, query: str, variables: dict[str, Any] | None = None) -> PlanDescription:
    call = Call(caller=world.caller(A), locale=Locale.EN, request_id="test")
    return world.operations.explain(world.operations.prepare(query, None, variables, call))


def test_one_statement(toy_world: Toy) -> None:
    query = "query($n: Int) { visitors(first: $n) { nodes { name shop { name } visits(first: 3) { nodes { at } } } } }"
    plan = _described(toy_world, query, {"n": 5})
    (step,) = plan.steps
    assert (plan.operation, plan.in_one_statement, plan.round_trips) == ("query", True, 1)
    assert (step.what, step.paths, step.round_trips) == (
        "one statement for everything that is read from here", ["visitors"], 1,
    )  # fmt: skip
    assert step.parameters[-5:] == ["tenant_id", "staff_id", "scope", "credential", "stamp"]
    assert step.rows == 5 + 5 + 15
    assert plan.fields == [
        FieldDescription("visitors", "connection", "VisitorConnection", 5, 1 + 5 * (1 + 2 + 4)),
        FieldDescription("visitors.nodes", "part", "Visitor", 5, 5 * 8),
        FieldDescription("visitors.nodes.shop", "link", "Shop", 5, 5 * 2),
        FieldDescription("visitors.nodes.visits", "connection", "AnyVisitConnection", 15, 5 * 4),
        FieldDescription("visitors.nodes.visits.nodes", "part", "AnyVisit", 15, 15 * 2),
    ]
    assert plan.cost == 36
    assert plan.permissions == {"SHOP_READ": ["visitors.nodes.shop"]}
    assert plan.limits == {
        "cost": {"used": 36, "allowed": 20_000},
        "levels": {"used": 5, "allowed": 20},
        "fields": {"used": 8, "allowed": 2_000},
        "fieldsOfAllTypes": {"used": 9, "allowed": 5_000},
    }


def test_computed_fields_and_what_they_point_to_are_steps_of_their_own(toy_world: Toy) -> None:
    plan = _described(toy_world, "{ hello visitors(first: 2) { nodes { visitCount verdict { favourite { name } } } } }")
    assert [(step.what, step.paths, step.round_trips) for step in plan.steps] == [
        ("computed hello, once for all rows, in Python alone", ["hello"], 0),
        ("a snapshot for all that follows: BEGIN and the door", [], 2),
        ("one statement for everything that is read from here", ["visitors"], 1),
        ("computed visitCount, once for all rows, by a function that reads", ["visitors.nodes.visitCount"], 1),
        ("computed verdict, once for all rows, in Python alone", ["visitors.nodes.verdict"], 0),
        ("the rows of Shop that were pointed to", ["visitors.nodes.verdict.favourite"], 1),
        ("the end of the snapshot: COMMIT", [], 1),
    ]
    assert (plan.in_one_statement, plan.round_trips) == (False, 6)
    assert [step.sql is not None for step in plan.steps] == [False, False, True, False, False, True, False]


def test_computed_fields_below_values_are_steps_too(toy_world: Toy) -> None:
    plan = _described(
        toy_world, "{ visitors(first: 2) { nodes { verdict { raised better { favourite { name } } } } } }"
    )
    assert [(step.what, step.paths, step.round_trips) for step in plan.steps][3:-1] == [
        ("computed raised, once for all rows, by a function that reads", ["visitors.nodes.verdict.raised"], 1),
        ("computed better, once for all rows, in Python alone", ["visitors.nodes.verdict.better"], 0),
        ("the rows of Shop that were pointed to", ["visitors.nodes.verdict.better.favourite"], 1),
    ]


def test_a_node_of_any_type(toy_world: Toy) -> None:
    plan = _described(toy_world, "query($i: ID!) { node(id: $i) { id } }", {"i": global_id("Shop", A)})
    assert [(step.what, step.round_trips) for step in plan.steps] == [
        ("a snapshot for all that follows: BEGIN and the door", 2),
        ("computed node, once for all rows, by a function that reads", 1),
        ("rows of any of 4 types, one statement for each type met", 1),
        ("the end of the snapshot: COMMIT", 1),
    ]


def test_what_reads_nothing_confirms_the_credential(toy_world: Toy) -> None:
    plan = _described(toy_world, "{ hello }")
    assert [(step.what, step.round_trips) for step in plan.steps] == [
        ("computed hello, once for all rows, in Python alone", 0),
        ("the door, which confirms the credential", 1),
    ]
    assert (plan.in_one_statement, plan.round_trips) == (False, 1)


def test_as_json_has_the_names_of_graphql(toy_world: Toy) -> None:
    plain = as_json(_described(toy_world, "{ shops { name } }"))
    assert set(plain) == {
        "operation", "inOneStatement", "roundTrips", "steps", "fields", "cost", "permissions", "limits",
    }  # fmt: skip
    assert set(plain["steps"][0]) == {"what", "paths", "roundTrips", "rows", "sql", "parameters"}
    assert orjson.loads(orjson.dumps(plain)) == plain


async def test_sql_laid_out_is_the_same_sql(toy_world: Toy) -> None:
    """PostgreSQL answers the same; texts that look like SQL stay as they are."""
    query = "{ visitors(filter: {visited: {eq: WALK_IN}}) { nodes { name shop { name } } totalCount } shops { label } }"
    call = Call(caller=toy_world.caller(A), locale=Locale.EN, request_id="test")
    ready = toy_world.operations.prepare(query, None, {}, call)
    statement = ready.plan.statement(ready.evaluated)
    values = statement.values(ready.evaluated.parameters, call.caller.passage)
    laid_out = readable(statement.text)
    assert laid_out.count("\n") > 20
    assert re.sub(r"\s", "", laid_out) == re.sub(r"\s", "", statement.text)
    async with toy_world.database.reads.acquire() as raw:
        assert await raw.fetchrow(laid_out, *values) == await raw.fetchrow(statement.text, *values)


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("SELECT 'a  (SELECT' FROM t WHERE a = 1 AND b", ["SELECT 'a  (SELECT'", "FROM t", "WHERE a = 1", "  AND b"]),
        ("SELECT f(a, (b)) FROM (SELECT 1) x", ["SELECT f(a, (b))", "FROM (", "  SELECT 1", ") x"]),
        ("SELECT \"FROM\", 'it''s' FROM t", ["SELECT \"FROM\", 'it''s'", "FROM t"]),
    ],
)
def test_layout(sql: str, lines: list[str]) -> None:
    assert readable(sql).split("\n") == lines


def test_rows_read_are_counted_over_all_loops_with_those_removed() -> None:
    plan = {
        "Node Type": "Nested Loop",
        "Plans": [
            {"Relation Name": "a", "Actual Rows": 3, "Actual Loops": 1, "Rows Removed by Filter": 7},
            {"Relation Name": "b", "Actual Rows": 0.5, "Actual Loops": 4},
            {"Plans": [{"Relation Name": "b", "Actual Rows": 1, "Actual Loops": 1}]},
        ],
    }
    assert actual_rows(plan) == {"a": 10, "b": 3}
