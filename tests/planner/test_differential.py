"""Generated operations over the toy schema: errors, nulls and partial data as graphql-core would have them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLInputType
from hypothesis import HealthCheck, Phase, given, seed, settings

from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.planner.operations import Operations
from server.terms import Locale
from tests.differential.choosing import Choose
from tests.differential.comparing import Different
from tests.differential.generating import Operation, Place, Taste, operations
from tests.differential.reference import texts
from tests.planner import reference, toy
from tests.planner.conftest import STAFF, A, B, Toy

EACH = 150


@pytest.fixture(scope="session")
async def tables(toy_world: Toy, postgres: EmbeddedPostgres) -> dict[str, list[dict[str, Any]]]:
    return await reference.read_toys(postgres.dsn(SUPERUSER, "toy"))


@pytest.fixture(scope="session")
async def loop(toy_world: Toy) -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def _giving(tables: dict[str, list[dict[str, Any]]]) -> Callable[[Choose, GraphQLInputType, Place], Any]:
    ids: dict[str, list[str]] = {"Shop": [], "Visitor": [], "WalkIn": [], "Booked": []}
    for table, name in (("toy_shops", "Shop"), ("toy_visitors", "Visitor")):
        ids[name] = [texts.global_id(name, row["id"]) for row in tables[table] if row["tenant_id"] in (A, B)]
    for row in tables["toy_visits"]:
        name = "Booked" if row["kind"] == "BOOKED" else "WalkIn"
        ids[name].append(texts.global_id(name, row["id"]))
    names = sorted({row["name"] for row in tables["toy_visitors"]})

    def give(choose: Choose, kind: GraphQLInputType, place: Place) -> Any:
        match str(kind):
            case "ID":
                wanted = {"visitor": "Visitor", "booked": "Booked", "shop": "Shop"}.get(
                    place.path[1] if len(place.path) > 1 else place.field, choose.one(sorted(ids))
                )
                return choose.one(ids[wanted])
            case "Int":
                if place.path[-1] in ("first", "last"):
                    return choose.one((1, 2, 3, 0, 20))
                return choose.one((0, 1, 2, 3, -1, 5))
            case "Boolean":
                return choose.chance(50)
        if place.path[-1] in ("after", "before"):
            return _cursor(choose, tables, place)
        return choose.one(names)

    return give


def _cursor(choose: Choose, tables: dict[str, list[dict[str, Any]]], place: Place) -> str:
    of, table = ("Visitor", "toy_visitors") if place.field == "visitors" else ("AnyVisit", "toy_visits")
    usual = "NAME" if of == "Visitor" else "AT"
    given_ = place.siblings.get("orderBy")
    order = usual if given_ is None else str(given_["field"])
    row = choose.one([row for row in tables[table] if row["tenant_id"] == A])
    return texts.cursor(texts.Order(of, order, A), row[order.lower()], row["id"])


_FOUND = {
    "a link to no row where none may be, below a list": "{ shops { name regular { name } } }",
    "a link to no row where none may be, below a link": "{ visitors { nodes { name shop { id regular { name } } } } }",
    "a link to no row where none may be, of produced rows": (
        "{ visitors { nodes { verdict { score favourite { regular { id } } shops { regular { name } } } } } }"
    ),
    "a number that is no Int": "{ visitors { nodes { name billions } } }",
    "a number that is no Int, where null may not be": "{ visitors { edges { node { points billionsStrict } } } }",
    "a number that is no Int, in an object": "{ visitors { nodes { billionsTwice { loose } } } }",
    "a number that is no Int, in an object that may not be null": (
        "{ shops { name visitors { name billionsTwice { strict } } } }"
    ),
    "a null column where none may be": "{ visitors { nodes { strictNote } } }",
    "a null column where none may be, beside computed fields": (
        "{ visitors { nodes { visitCount brokenStrict(at: 1) billions shop { visitors { name sometimesStrict } } } } }"
    ),
    "a reference by type and id": "{ visitors { nodes { whereabouts { __typename id } } } }",
}


@pytest.mark.parametrize("query", _FOUND.values(), ids=_FOUND)
@pytest.mark.parametrize("staff", [None, STAFF])
def test_found(
    toy_world: Toy, tables: dict[str, list[dict[str, Any]]], loop: asyncio.AbstractEventLoop, staff: Any, query: str
) -> None:
    toys = reference.Toys(tables, A, staff, "EN")
    wanted = reference.answer(reference.toy_schema(toy.build()), toys, query, {})
    reference.compare(wanted, loop.run_until_complete(toy_world.ask(query, {}, toy_world.caller(A, staff=staff))))


def test_a_reference_to_a_type_that_may_not_be_read(
    toy_world: Toy, tables: dict[str, list[dict[str, Any]]], loop: asyncio.AbstractEventLoop
) -> None:
    query = _FOUND["a reference by type and id"]
    toys = reference.Toys(tables, A, None, "EN", permissions=())
    wanted = reference.answer(reference.toy_schema(toy.build()), toys, query, {})
    assert wanted == {"data": {"visitors": {"nodes": [{"whereabouts": None}] * 7}}}
    assert loop.run_until_complete(toy_world.ask(query, {}, toy_world.caller(A, permissions=()))) == wanted
    assert loop.run_until_complete(toy_world.ask(query)) != wanted


@pytest.mark.parametrize(("staff", "locale"), [(None, "EN"), (None, "ZH"), (STAFF, "EN")])
def test_the_planner_answers_as_the_reference(
    toy_world: Toy,
    tables: dict[str, list[dict[str, Any]]],
    loop: asyncio.AbstractEventLoop,
    staff: Any,
    locale: str,
) -> None:
    schema = reference.toy_schema(toy.build())
    toys = reference.Toys(tables, A, staff, locale)
    asked = Toy(toy_world.database, Operations(toy.build(), max_cost=10**9))  # cost is not what is compared here
    caller = asked.caller(A, staff=staff)

    @seed(20260301)
    @settings(
        max_examples=EACH,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(operations(schema, _giving(tables), Taste(faulty=0, budget=40)))
    def run(operation: Operation) -> None:
        if _gives_both_ends(operation):
            return
        wanted = reference.answer(schema, toys, operation.query, operation.variables)
        asking = asked.ask(operation.query, operation.variables, caller, Locale(locale))
        try:
            reference.compare(wanted, loop.run_until_complete(asking))
        except Different as difference:
            raise Different(f"{difference}\n{operation!r}") from None

    run()


def _gives_both_ends(operation: Operation) -> bool:
    """`first` beside `last` is refused; that is compared on the product's schema."""
    return any("first:" in part and "last:" in part for part in operation.query.split("("))
