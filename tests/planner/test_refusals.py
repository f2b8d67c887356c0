"""What a plan refuses, before any SQL, and in which words."""

from __future__ import annotations

import base64
import time
from typing import Any
from uuid import UUID

import pytest

from server.db.tenancy import tenant_tag
from server.errors import ErrorCode, RequestError
from server.ids import global_id
from tests.planner.conftest import A, B, Toy


async def refusal(world: Toy, query: str, variables: dict[str, Any] | None = None, **more: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        await world.ask(query, variables, **more)
    return caught.value


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ visitors(first: 101) { totalCount } }", "visitors(first): must be from 0 to 100."),
        ("{ visitors(first: -1) { totalCount } }", "visitors(first): must be from 0 to 100."),
        ("{ visitors(last: 101) { totalCount } }", "visitors(last): must be from 0 to 100."),
        ("{ visitors(first: 1, last: 1) { totalCount } }", "visitors(first): give first or last, not both."),
        ('{ visitors(after: "x") { totalCount } }', "visitors(after): this is not a cursor of this list."),
        ('{ visitors(after: "@@@") { totalCount } }', "visitors(after): this is not a cursor of this list."),
        ('{ visitor(id: "x") { name } }', "visitor(id): this is not an id."),
        ("{ visitors(first: 0) { nodes { verdict { raised(by: 10) } } } }", "raised(by): at most 9."),
        (
            "{ visitors(filter: {name: {eq: null}}) { totalCount } }",
            "visitors(filter): name.eq: null is not a value; leave it out, or use isNull.",
        ),
        (
            f"{{ visitors(filter: {{name: {{in: {[f'n{n}' for n in range(101)]}}}}}) {{ totalCount }} }}".replace(
                "'", '"'
            ),
            "visitors(filter): name.in: at most 100 values.",
        ),
    ],
)
async def test_arguments_that_cannot_be_meant(toy_world: Toy, query: str, message: str) -> None:
    refused = await refusal(toy_world, query)
    assert (refused.code, str(refused)) == (ErrorCode.BAD_USER_INPUT, message)


async def test_cursor_of_another_order(toy_world: Toy) -> None:
    page = await toy_world.ask("{ visitors(first: 1) { edges { cursor } } }")
    cursor = page["data"]["visitors"]["edges"][0]["cursor"]
    refused = await refusal(
        toy_world, "query($c: String) { visitors(after: $c, orderBy: {field: POINTS}) { totalCount } }", {"c": cursor}
    )
    assert str(refused) == "visitors(after): this cursor belongs to the order NAME, not POINTS."


async def _a_cursor(
    toy_world: Toy, tenant: UUID, query: str = "{ list: visitors(first: 1) { edges { cursor } } }"
) -> str:
    page = await toy_world.ask(query, caller=toy_world.caller(tenant))
    cursor: str = page["data"]["list"]["edges"][0]["cursor"]
    return cursor


async def test_cursor_of_another_tenant(toy_world: Toy) -> None:
    """Both tenants have the same visitors, so nothing but the tenant's tag tells the cursors apart."""
    own, foreign = await _a_cursor(toy_world, A), await _a_cursor(toy_world, B)
    for argument in ("after", "before"):
        query = f"query($c: String) {{ visitors({argument}: $c) {{ totalCount }} }}"
        assert await toy_world.ask(query, {"c": own}) == {"data": {"visitors": {"totalCount": 7}}}
        refused = await refusal(toy_world, query, {"c": foreign})
        assert refused.errors == [
            {
                "message": f"visitors({argument}): this is not a cursor of this list.",
                "extensions": {"code": "BAD_USER_INPUT", "argument": argument},
            }
        ]


async def test_cursor_of_another_list(toy_world: Toy) -> None:
    visit = await _a_cursor(toy_world, A, "{ list: visits(first: 1) { edges { cursor } } }")
    refused = await refusal(toy_world, "query($c: String) { visitors(after: $c) { totalCount } }", {"c": visit})
    assert str(refused) == "visitors(after): this is not a cursor of this list."


async def test_a_cursor_holds_for_both_directions_of_its_order(toy_world: Toy) -> None:
    """V3 is where it is, whether one reads on upwards or downwards."""
    query = (
        "query($c: String, $d: OrderDirection!) { visitors(first: 2, after: $c, orderBy: {field: NAME, direction: $d}) "
        "{ edges { cursor node { name } } } }"
    )
    up = (await toy_world.ask(query, {"d": "ASC"}))["data"]["visitors"]["edges"]
    down = (await toy_world.ask(query, {"d": "DESC", "c": up[1]["cursor"]}))["data"]["visitors"]["edges"]
    assert [edge["node"]["name"] for edge in down] == [up[0]["node"]["name"]]


@pytest.mark.parametrize(
    "plain",
    [
        "", "Visitor.NAME", "Visitor.NAME\x1f{tag}\x1fV1", "Visitor.NAME\x1f{tag}\x1fV1\x1fno id",
        "Visitor.NAME\x1f{tag}\x1fV1\x1f{id}\x1fmore", "Visitor.NAME.x\x1f{tag}\x1fV1\x1f{id}",
        "Visitor.SINCE\x1f{tag}\x1fyesterday\x1f{id}", "Visitor.POINTS\x1f{tag}\x1f9223372036854775808\x1f{id}",
    ],
)  # fmt: skip
async def test_made_up_cursors(toy_world: Toy, plain: str) -> None:
    made = plain.format(tag=tenant_tag(A), id=toy_world.ids[A]["visitors"][1])
    order = plain.partition(".")[2].partition("\x1f")[0] if plain.count(".") == 1 else "NAME"
    text = base64.urlsafe_b64encode(made.encode()).decode().rstrip("=")
    query = f"query($c: String) {{ visitors(after: $c, orderBy: {{field: {order or 'NAME'}}}) {{ totalCount }} }}"
    assert str(await refusal(toy_world, query, {"c": text})) == "visitors(after): this is not a cursor of this list."


async def test_one_forbidden_field_refuses_the_whole_operation(toy_world: Toy) -> None:
    refused = await refusal(
        toy_world, "{ visitors { nodes { name shop { name } } } }", caller=toy_world.caller(A, permissions=())
    )
    assert refused.code is ErrorCode.FORBIDDEN
    assert refused.errors[0]["extensions"] == {
        "code": "FORBIDDEN",
        "permissions": ["SHOP_READ"],
        "paths": ["visitors.nodes.shop"],
    }


async def test_node_of_a_type_one_may_not_read_is_absent(toy_world: Toy) -> None:
    id = global_id("Shop", toy_world.ids[A]["shops"][0])
    nobody = toy_world.caller(A, permissions=())
    assert await toy_world.ask("query($id: ID!) { node(id: $id) { id } }", {"id": id}, nobody) == {
        "data": {"node": None}
    }


async def test_the_public_sees_public_fields_only(toy_world: Toy) -> None:
    public = toy_world.caller(None)
    assert await toy_world.ask('{ hello(name: "x") }', caller=public) == {"data": {"hello": "hello x"}}
    refused = await refusal(toy_world, "{ hello shops { name } }", caller=public)
    assert refused.code is ErrorCode.UNAUTHENTICATED
    refused = await refusal(toy_world, "{ helo }", caller=public)
    assert refused.errors[0]["message"] == "Cannot query field 'helo' on type 'Query'."
    refused = await refusal(toy_world, "{ __schema { queryType { name } } }", caller=public)
    assert refused.code is ErrorCode.UNAUTHENTICATED
    assert await toy_world.ask('{ __type(name: "Shop") { name } }', caller=public) == {"data": {"__type": None}}


_NESTED = "fragment F0 on Shop { name } " + " ".join(
    f"fragment F{n} on Shop {{ ...F{n - 1} visitors {{ shop {{ ...F{n - 1} }} }} }}" for n in range(1, 30)
)


@pytest.mark.parametrize(
    "query",
    [
        "{ shops { name } }" + " " * 100_001,
        "{ shops { " + " ".join(f"a{n}: name" for n in range(10_000)) + " } }",
        "{ shops { " + " ".join(f"a{n}: name" for n in range(101)) + " } }",
        "{ " + " ".join("hello" for _ in range(31)) + " }",
        "{ hello " + "@skip(if: false) " * 101 + "}",
        "{ shops { visitors { shop { " * 10 + "name" + " } } }" * 10 + " }",
        "{ shops { ...F29 } } " + _NESTED,
        "{ visitors(first: 100) { nodes { visits(first: 100) { nodes { minutes visitor { name points } } } } } }",
        "{" * 5_000 + "}" * 5_000,
    ],
    ids=["length", "aliases", "101 aliases", "roots", "directives", "depth", "fragments", "cost", "brackets"],
)
async def test_document_bombs_cost_little_and_are_refused(toy_world: Toy, query: str) -> None:
    started = time.perf_counter()
    refused = await refusal(toy_world, query)
    assert refused.code in (ErrorCode.TOO_COMPLEX, ErrorCode.GRAPHQL_PARSE_FAILED)
    assert time.perf_counter() - started < 0.5
