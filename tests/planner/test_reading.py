"""What a plan answers: columns, links, lists, pages, interfaces, computed fields, introspection."""

from __future__ import annotations

from typing import Any

import pytest

from server.ids import global_id, parse_global_id
from server.planner.operations import Operations
from server.terms import Locale
from tests.planner import toy
from tests.planner.conftest import STAFF, A, B, Toy

_QUOTED = '"quoted" \\ 熟客 \n'
_NAMES = [_QUOTED, "V1", "V2", "V3", "V4", "V5", "V6"]


async def test_a_row_with_its_columns(toy_world: Toy) -> None:
    id = global_id("Visitor", toy_world.ids[A]["visitors"][4])
    answer = await toy_world.ask(
        "query($id: ID!) { v: visitor(id: $id) "
        "{ __typename id name note points since spent { amount currency } shop { name } } }",
        {"id": id},
    )
    assert answer == {
        "data": {
            "v": {
                "__typename": "Visitor",
                "id": id,
                "name": "V4",
                "note": "note 4",
                "points": 3,
                "since": "2026-01-05T00:00:00.000004Z",
                "spent": {"amount": "49380", "currency": "JPY"},
                "shop": {"name": "East"},
            }
        }
    }


async def test_nulls_and_escapes(toy_world: Toy) -> None:
    answer = await toy_world.ask("{ visitors { nodes { name note spent { amount } shop { name } } } }")
    nodes = answer["data"]["visitors"]["nodes"]
    assert [node["name"] for node in nodes] == _NAMES
    assert [node["note"] for node in nodes] == ["note 0", None, "note 2", None, "note 4", None, "note 6"]
    assert [node["spent"] and node["spent"]["amount"] for node in nodes] == [
        "0.00", "123.45", "246.90", None, "49380", "617.25", "740.70",
    ]  # fmt: skip
    assert [node["shop"] and node["shop"]["name"] for node in nodes] == [
        "East", "West", "East", "West", "East", None, "East",
    ]  # fmt: skip


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["NAME", "POINTS", "SINCE"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_pages_in_both_directions_cover_the_list_once(
    toy_world: Toy, direction: str, field: str, size: int
) -> None:
    expected = list(_NAMES)
    if direction == "DESC":
        expected.reverse()
    for arguments, cursor, more in (("first", "endCursor", "hasNextPage"), ("last", "startCursor", "hasPreviousPage")):
        place = "after" if arguments == "first" else "before"
        query = (
            f"query($at: String) {{ visitors({arguments}: {size}, {place}: $at, "
            f"orderBy: {{field: {field}, direction: {direction}}}) "
            "{ edges { cursor node { name } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } totalCount } }"
        )
        seen: list[str] = []
        at: str | None = None
        while True:
            page = (await toy_world.ask(query, {"at": at}))["data"]["visitors"]
            names = [edge["node"]["name"] for edge in page["edges"]]
            assert page["totalCount"] == 7
            assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
            assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
            seen = [*seen, *names] if arguments == "first" else [*names, *seen]
            at = page["pageInfo"][cursor]
            if not page["pageInfo"][more]:
                break
        assert seen == expected


async def test_empty_page(toy_world: Toy) -> None:
    answer = await toy_world.ask(
        "{ visitors(first: 0) { edges { node { name } } pageInfo { hasNextPage endCursor } } "
        'none: visitors(filter: {name: {eq: "nobody"}}) { edges { node { name } } pageInfo { hasNextPage endCursor } '
        "totalCount totalCountIsExact } }"
    )
    assert answer["data"] == {
        "visitors": {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": None}},
        "none": {
            "edges": [],
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "totalCount": 0,
            "totalCountIsExact": True,
        },
    }


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"name": {"eq": "V2"}}, ["V2"]),
        ({"name": {"in": ["V2", "V4", "x"]}}, ["V2", "V4"]),
        ({"points": {"from": 2, "to": 3}}, ["V3", "V4"]),
        ({"points": {"eq": -1}}, [_QUOTED]),
        ({"shop": {"isNull": True}}, ["V5"]),
        ({"shop": {"isNull": False}, "points": {"from": 5}}, ["V6"]),
        ({"visited": {"eq": "WALK_IN"}}, ["V2", "V3", "V4", "V5", "V6"]),
        ({"visited": {"in": ["BOOKED"]}}, ["V1", "V2", "V3", "V4", "V5", "V6"]),
        ({"shop": {"eq": "not an id"}}, []),
        ({"stayed": {"from": 3, "to": 5}}, ["V3", "V4", "V5"]),
        ({}, _NAMES),
        (None, _NAMES),
    ],
)
async def test_filters(toy_world: Toy, given: Any, names: list[str]) -> None:
    query = "query($f: VisitorFilter) { visitors(filter: $f) { nodes { name } totalCount } }"
    answer = await toy_world.ask(query, {"f": given})
    assert [node["name"] for node in answer["data"]["visitors"]["nodes"]] == names
    assert answer["data"]["visitors"]["totalCount"] == len(names)


async def test_filter_by_a_foreign_id_matches_nothing(toy_world: Toy) -> None:
    foreign = global_id("Shop", toy_world.ids[B]["shops"][0])
    own = global_id("Shop", toy_world.ids[A]["shops"][1])
    query = "query($s: ID!) { visitors(filter: {shop: {eq: $s}}) { nodes { name } } }"
    assert (await toy_world.ask(query, {"s": foreign}))["data"]["visitors"]["nodes"] == []
    assert (await toy_world.ask(query, {"s": own}))["data"]["visitors"]["nodes"] == [{"name": "V1"}, {"name": "V3"}]


async def test_interfaces_fragments_and_directives(toy_world: Toy) -> None:
    query = """
      query($yes: Boolean!, $no: Boolean!) {
        visitors(filter: {name: {eq: "V3"}}) { nodes { ...V other: name @include(if: $no) } }
      }
      fragment V on Visitor {
        visits(orderBy: {field: AT, direction: ASC}) {
          nodes { __typename minutes @skip(if: $yes) ... on Booked { kind } ... on WalkIn { walked: minutes } visitor { name } }
        }
        n: name @include(if: $yes)
      }
    """
    answer = await toy_world.ask(query, {"yes": True, "no": False})
    assert answer["data"]["visitors"]["nodes"] == [
        {
            "visits": {
                "nodes": [
                    {"__typename": "Booked", "kind": "BOOKED", "visitor": {"name": "V3"}},
                    {"__typename": "WalkIn", "walked": 13, "visitor": {"name": "V3"}},
                    {"__typename": "WalkIn", "walked": 3, "visitor": {"name": "V3"}},
                ]
            },
            "n": "V3",
        }
    ]
    flipped = await toy_world.ask(query, {"yes": False, "no": True})
    assert flipped["data"]["visitors"]["nodes"][0]["other"] == "V3"
    assert flipped["data"]["visitors"]["nodes"][0]["visits"]["nodes"][0]["minutes"] == 3


async def test_lists_and_labels_follow_the_language(toy_world: Toy) -> None:
    query = "{ shops { label en: label(locale: EN) visitors { name } } }"
    answer = await toy_world.ask(query, locale=Locale.ZH)
    assert answer["data"]["shops"] == [
        {"label": "东店", "en": "East", "visitors": [{"name": name} for name in (_QUOTED, "V2", "V4", "V6")]},
        {"label": "西店", "en": "West", "visitors": [{"name": "V1"}, {"name": "V3"}]},
    ]


async def test_computed_fields_are_batched_and_lead_on_to_rows(toy_world: Toy) -> None:
    answer = await toy_world.ask(
        "{ visitors(filter: {points: {from: 1, to: 2}}) { edges { node { "
        "name visitCount verdict(plus: 1) { score word favourite { name visitors { name } } } } } } hello }",
        locale=Locale.ZH,
    )
    east = {"name": "East", "visitors": [{"name": name} for name in (_QUOTED, "V2", "V4", "V6")]}
    west = {"name": "West", "visitors": [{"name": "V1"}, {"name": "V3"}]}
    assert answer == {
        "data": {
            "visitors": {
                "edges": [
                    {
                        "node": {
                            "name": "V2",
                            "visitCount": 2,
                            "verdict": {"score": 2, "word": "2 ZH", "favourite": east},
                        }
                    },
                    {
                        "node": {
                            "name": "V3",
                            "visitCount": 3,
                            "verdict": {"score": 3, "word": "3 ZH", "favourite": west},
                        }
                    },
                ]
            },
            "hello": "hello you",
        }
    }


async def test_a_failing_field_is_null_with_its_path_beside_partial_data(toy_world: Toy) -> None:
    answer = await toy_world.ask("{ visitors(filter: {points: {to: 1}}) { nodes { name verdict { score risky } } } }")
    assert answer["data"]["visitors"]["nodes"] == [
        {"name": _QUOTED, "verdict": None},
        {"name": "V1", "verdict": {"score": 0, "risky": None}},
        {"name": "V2", "verdict": {"score": 1, "risky": 1}},
    ]
    assert answer["errors"] == [
        {
            "message": "Internal error",
            "locations": [{"line": 1, "column": 70}],
            "path": ["visitors", "nodes", 1, "verdict", "risky"],
            "extensions": {"code": "INTERNAL", "requestId": "test"},
        }
    ]


async def test_null_propagates_to_the_nearest_nullable_field(toy_world: Toy) -> None:
    answer = await toy_world.ask("{ visitors(filter: {points: {eq: 0}}) { nodes { name verdict { strict } } } }")
    assert answer["data"]["visitors"]["nodes"] == [{"name": "V1", "verdict": None}]
    assert [error["path"] for error in answer["errors"]] == [["visitors", "nodes", 0, "verdict", "strict"]]


async def test_node_reads_any_type_and_absent_is_null(toy_world: Toy) -> None:
    query = "query($id: ID!) { node(id: $id) { __typename id ... on Shop { name } ... on Visitor { points } } }"
    shop = global_id("Shop", toy_world.ids[A]["shops"][0])
    assert (await toy_world.ask(query, {"id": shop}))["data"]["node"] == {
        "__typename": "Shop",
        "id": shop,
        "name": "East",
    }
    for absent in (
        global_id("Shop", toy_world.ids[B]["shops"][0]),
        global_id("Visitor", toy_world.ids[A]["shops"][0]),
        global_id("Nothing", toy_world.ids[A]["shops"][0]),
        "!!",
    ):
        assert (await toy_world.ask(query, {"id": absent})) == {"data": {"node": None}}


async def test_tenants_and_scopes_see_their_own_rows_only(toy_world: Toy) -> None:
    query = "{ visitors { nodes { id } totalCount } visits { totalCount } shops { visitors { id } } }"
    mine, others = await toy_world.ask(query), await toy_world.ask(query, caller=toy_world.caller(B))
    ids = [{node["id"] for node in answer["data"]["visitors"]["nodes"]} for answer in (mine, others)]
    assert len(ids[0]) == len(ids[1]) == 7
    assert not ids[0] & ids[1]
    scoped = await toy_world.ask(query, caller=toy_world.caller(A, staff=STAFF))
    only = {"id": global_id("Visitor", toy_world.ids[A]["visitors"][2])}
    assert scoped["data"] == {
        "visitors": {"nodes": [only], "totalCount": 1},
        "visits": {"totalCount": 2},
        "shops": [{"visitors": [only]}, {"visitors": []}],
    }


async def test_introspection_goes_to_graphql_core(toy_world: Toy) -> None:
    answer = await toy_world.ask(
        '{ __schema { queryType { name } } t: __type(name: "Shop") { fields { name } } hello __typename }'
    )
    assert answer["data"] == {
        "__schema": {"queryType": {"name": "Query"}},
        "t": {
            "fields": [{"name": "id"}, {"name": "name"}, {"name": "label"}, {"name": "visitors"}, {"name": "regular"}]
        },
        "hello": "hello you",
        "__typename": "Query",
    }


async def test_errors_of_introspection_are_told(toy_world: Toy) -> None:
    broken = Toy(toy_world.database, Operations(toy.build(), max_cost=20_000))
    types: Any = broken.operations.schema.type_map
    types["Verdict"].description = 7j
    inside = {"code": "INTERNAL", "requestId": "test"}
    assert await broken.ask('{ a: __type(name: "Verdict") { name description } hello }') == {
        "errors": [
            {
                "message": "String cannot represent value: 7j",
                "locations": [{"line": 1, "column": 37}],
                "path": ["a", "description"],
                "extensions": inside,
            }
        ],
        "data": {"a": {"name": "Verdict", "description": None}, "hello": "hello you"},
    }
    types["Nothing"] = None
    assert await broken.ask("{ hello s: __schema { types { name } } }") == {
        "errors": [
            {
                "message": "Cannot return null for non-nullable field __Schema.types.",
                "locations": [{"line": 1, "column": 23}],
                "path": ["s", "types", len(types) - 1],
                "extensions": inside,
            }
        ],
        "data": None,
    }


async def test_an_interfaces_rows_keep_their_own_type_in_id_and_computed_fields(toy_world: Toy) -> None:
    answer = await toy_world.ask(
        'query { visitors(filter: {name: {eq: "V2"}}) { nodes { visits(orderBy: {field: AT, direction: ASC}) '
        "{ nodes { id length ... on WalkIn { walked: length } } } } } }"
    )
    nodes = answer["data"]["visitors"]["nodes"][0]["visits"]["nodes"]
    kinds = [(parse_global_id(node["id"]) or ("", None))[0] for node in nodes]
    assert kinds == ["Booked", "WalkIn"]
    assert [node["length"] for node in nodes] == ["2 min", "12 min"]
    assert [node.get("walked") for node in nodes] == [None, "12 min"]


async def test_types_of_an_interface_may_mean_different_things_by_one_key(toy_world: Toy) -> None:
    answer = await toy_world.ask(
        'query { visitors(filter: {name: {eq: "V3"}}) { nodes { visits(orderBy: {field: AT, direction: ASC}) { nodes { '
        "... on Booked { visitor { points } } ... on WalkIn { visitor { name } minutes } "
        "last: __typename } } } } }"
    )
    assert answer["data"]["visitors"]["nodes"][0]["visits"]["nodes"] == [
        {"visitor": {"points": 2}, "last": "Booked"},
        {"visitor": {"name": "V3"}, "minutes": 13, "last": "WalkIn"},
        {"visitor": {"name": "V3"}, "minutes": 3, "last": "WalkIn"},
    ]


async def test_a_type_nothing_is_asked_of_is_an_empty_object(toy_world: Toy) -> None:
    answer = await toy_world.ask("{ visits(first: 100) { nodes { ... on Booked { minutes } } totalCount } }")
    nodes = answer["data"]["visits"]["nodes"]
    assert len(nodes) == answer["data"]["visits"]["totalCount"]
    assert {} in nodes
    assert {"minutes"} in [set(node) for node in nodes]


async def test_a_selection_may_be_as_wide_as_the_limits_allow(toy_world: Toy) -> None:
    wide = " ".join(f"a{number}: name" for number in range(99))
    answer = await toy_world.ask(f"{{ shops {{ {wide} }} }}")
    assert [set(shop.values()) for shop in answer["data"]["shops"]] == [{"East"}, {"West"}]
    assert all(len(shop) == 99 for shop in answer["data"]["shops"])
