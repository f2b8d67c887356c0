"""The toy schema answered by graphql-core with resolvers in plain Python, for field kinds the product's schema lacks.

Fields that fail, nulls where none may be, lists of lists. Three rules part the planner from graphql-core here:

1. What a field raises is masked: "Internal error", with the request's id.
2. A null where none may be is such an error too; a number that is no Int is told in graphql-core's words.
3. Where an error has made a place above it null, which of the errors below are told depends on what is done first:
   graphql-core goes field by field, the planner level by level. Both must tell at least one for each such place, of
   errors that are there; all other errors must be the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, print_schema
from graphql.type import GraphQLInterfaceType

from tests.differential.comparing import Different
from tests.differential.reference import texts
from tests.differential.reference.lists import holds
from tests.differential.reference.paging import Asked, paged

Row = dict[str, Any]
_KIND_OF: Mapping[str, type] = {"at": datetime, "since": datetime, "minutes": int, "points": int, "name": str}
_KINDS = {"WALK_IN": "WalkIn", "BOOKED": "Booked"}
_ORDERS = {
    "AnyVisit": ("AT", "DESC", {"AT": "at", "MINUTES": "minutes"}),
    "Visitor": ("NAME", "ASC", {"NAME": "name", "POINTS": "points", "SINCE": "since"}),
}


class Thing(NamedTuple):
    type_name: str
    row: Row


class Verdict(NamedTuple):
    score: int
    favourite: Any = None


class Toys:
    """The rows one caller sees; `staff_id` None sees all of the tenant."""

    def __init__(
        self,
        tables: Mapping[str, list[Row]],
        tenant_id: UUID,
        staff_id: UUID | None,
        locale: str,
        permissions: tuple[str, ...] = ("SHOP_READ",),
    ) -> None:
        own = {name: [row for row in rows if row["tenant_id"] == tenant_id] for name, rows in tables.items()}
        opened = {row["customer_id"] for row in own["customer_access"] if row["staff_id"] == staff_id}
        if staff_id is not None:
            own["toy_visitors"] = [row for row in own["toy_visitors"] if row["id"] in opened]
            own["toy_visits"] = [row for row in own["toy_visits"] if row["visitor_id"] in opened]
        self.shops, self.visitors, self.visits = own["toy_shops"], own["toy_visitors"], own["toy_visits"]
        self.tenant_id, self.locale, self.permissions = tenant_id, locale, permissions

    def shop(self, id: UUID | None) -> Thing | None:
        return next((Thing("Shop", row) for row in self.shops if row["id"] == id), None)

    def visitor(self, id: UUID | None) -> Thing | None:
        return next((Thing("Visitor", row) for row in self.visitors if row["id"] == id), None)

    def visit(self, row: Row) -> Thing:
        return Thing(_KINDS[row["kind"]], row)

    def node(self, text: str) -> Thing | None:
        parsed = texts.read_global_id(text)
        return None if parsed is None else self.named(*parsed)

    def named(self, type_name: str, id: UUID | None) -> Thing | None:
        """A row by its type and id: absent where the type is not for the caller to read."""
        if type_name == "Shop" and "SHOP_READ" not in self.permissions:
            return None
        if type_name in ("WalkIn", "Booked"):
            found = [self.visit(row) for row in self.visits if row["id"] == id]
            return found[0] if found and found[0].type_name == type_name else None
        return {"Shop": self.shop, "Visitor": self.visitor}.get(type_name, lambda _: None)(id)


async def read_toys(dsn: str) -> dict[str, list[Row]]:
    connection = await asyncpg.connect(dsn)
    try:
        names = ("customer_access", "toy_shops", "toy_visitors", "toy_visits")
        return {name: [dict(row) for row in await connection.fetch(f'SELECT * FROM "{name}"')] for name in names}
    finally:
        await connection.close()


# ------------------------------------------------------------------------------------------------------------ resolvers


def _page(toys: Toys, of: str, rows: list[Thing], given: Mapping[str, Any]) -> dict[str, Any]:
    usual, direction, columns = _ORDERS[of]
    order = usual
    if given.get("orderBy") is not None:
        order, direction = given["orderBy"]["field"], given["orderBy"]["direction"]
    first, last = given.get("first"), given.get("last")
    size: Any = 20 if first is None and last is None else (first if first is not None else last)
    place = texts.Order(of, order, toys.tenant_id)
    cursors = {
        name: None if given.get(name) is None else texts.read_cursor(given[name], place, _KIND_OF[columns[order]])
        for name in ("after", "before")
    }
    asked = Asked(order, direction, size, last is not None, cursors["after"], cursors["before"])
    types = {id(thing.row): thing for thing in rows}
    page = paged([thing.row for thing in rows], asked, place, lambda row: row[columns[order]])
    nodes = [types[id(row)] for row in page.pop("rows")]
    edges = [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, page.pop("cursors"), strict=True)]
    return {**page, "nodes": nodes, "edges": edges}


_CANDIDATES: Mapping[str, Callable[[Toys, Row], list[Any]]] = {
    "kind": lambda toys, row: [row["kind"]],
    "minutes": lambda toys, row: [row["minutes"]],
    "visitor": lambda toys, row: [row["visitor_id"]],
    "name": lambda toys, row: [row["name"]],
    "points": lambda toys, row: [row["points"]],
    "shop": lambda toys, row: [row["shop_id"]],
    "visited": lambda toys, row: [one["kind"] for one in toys.visits if one["visitor_id"] == row["id"]],
    "stayed": lambda toys, row: [one["minutes"] for one in toys.visits if one["visitor_id"] == row["id"]],
}
_IDS = {"visitor": "Visitor", "shop": "Shop"}


def _passes(toys: Toys, given: Mapping[str, Any] | None, row: Row) -> bool:
    return all(
        any(holds(operators, value, _IDS.get(name)) for value in _CANDIDATES[name](toys, row))
        for name, operators in (given or {}).items()
        if operators
    )


def _visits(toys: Toys, rows: list[Row], given: Mapping[str, Any]) -> dict[str, Any]:
    found = [toys.visit(row) for row in rows if _passes(toys, given.get("filter"), row)]
    return _page(toys, "AnyVisit", found, given)


def _visitors(toys: Toys, given: Mapping[str, Any]) -> dict[str, Any]:
    found = [Thing("Visitor", row) for row in toys.visitors if _passes(toys, given.get("filter"), row)]
    return _page(toys, "Visitor", found, given)


def _by_id(toys: Toys, type_name: str, text: str) -> Thing | None:
    found = toys.node(text)
    return found if found is not None and found.type_name == type_name else None


_QUERY: Mapping[str, Callable[[Toys, Mapping[str, Any]], Any]] = {
    "visitors": _visitors,
    "visitor": lambda toys, given: _by_id(toys, "Visitor", given["id"]),
    "booked": lambda toys, given: _by_id(toys, "Booked", given["id"]),
    "visits": lambda toys, given: _visits(toys, toys.visits, given),
    "shops": lambda toys, given: [
        Thing("Shop", row) for row in sorted(toys.shops, key=lambda row: (row["name"], row["id"]))
    ],
    "node": lambda toys, given: toys.node(given["id"]),
    "hello": lambda toys, given: f"hello {given['name']}",
}


def _verdict(toys: Toys, row: Row, given: Mapping[str, Any]) -> Verdict | None:
    return None if row["points"] < 0 else Verdict(row["points"] + given["plus"], toys.shop(row["shop_id"]))


def _odd_is_null(toys: Toys, row: Row, given: Mapping[str, Any]) -> str | None:
    return None if row["points"] % 2 else str(row["points"])


_ROWS: Mapping[tuple[str, str], Callable[[Toys, Row, Mapping[str, Any]], Any]] = {
    ("Shop", "label"): lambda toys, row, given: (
        row["name_zh"] if (given.get("locale") or toys.locale) == "ZH" else row["name"]
    ),
    ("Shop", "visitors"): lambda toys, row, given: [
        Thing("Visitor", one)
        for one in sorted(toys.visitors, key=lambda one: (one["name"], one["id"]))
        if one["shop_id"] == row["id"]
    ],
    ("Visitor", "shop"): lambda toys, row, given: toys.shop(row["shop_id"]),
    ("Visitor", "whereabouts"): lambda toys, row, given: toys.named(
        "Shop" if row["points"] < 4 else "Visitor", row["shop_id"]
    ),
    ("Visitor", "billions"): lambda toys, row, given: row["points"] * 10**9,
    ("Visitor", "billionsStrict"): lambda toys, row, given: row["points"] * 10**9,
    ("Visitor", "billionsTwice"): lambda toys, row, given: dict.fromkeys(("loose", "strict"), row["points"] * 10**9),
    ("Visitor", "strictNote"): lambda toys, row, given: row["note"],
    ("Shop", "regular"): lambda toys, row, given: next(
        (Thing("Visitor", one) for one in toys.visitors if one["shop_id"] == row["id"] and one["points"] == 1), None
    ),
    ("Visitor", "spent"): lambda toys, row, given: (
        None
        if row["spent_minor"] is None
        else {"amount": texts.amount_text(row["spent_minor"], row["currency"]), "currency": row["currency"]}
    ),
    ("Visitor", "visits"): lambda toys, row, given: _visits(
        toys, [one for one in toys.visits if one["visitor_id"] == row["id"]], given
    ),
    ("Visitor", "verdict"): _verdict,
    ("Visitor", "sometimes"): _odd_is_null,
    ("Visitor", "sometimesStrict"): _odd_is_null,
    ("Visitor", "visitCount"): lambda toys, row, given: sum(one["visitor_id"] == row["id"] for one in toys.visits),
    ("Visit", "length"): lambda toys, row, given: f"{row['minutes']} min",
    ("Visit", "visitor"): lambda toys, row, given: toys.visitor(row["visitor_id"]),
}

_VERDICTS: Mapping[str, Callable[[Toys, Verdict], Any]] = {
    "score": lambda toys, one: one.score,
    "word": lambda toys, one: f"{one.score} {toys.locale}",
    "favourite": lambda toys, one: one.favourite,
    "risky": lambda toys, one: 1 // one.score,
    "strict": lambda toys, one: 1 // one.score,
    "grid": lambda toys, one: [[one.score, None], [], [0]],
    "strictGrid": lambda toys, one: [[1], [one.score or None, 2]],
    "parts": lambda toys, one: [Verdict(score) for score in range(min(one.score, 3))],
    "looseParts": lambda toys, one: [None, Verdict(0), Verdict(1)],
    "shops": lambda toys, one: [one.favourite] * 2 if one.favourite else [],
    "better": lambda toys, one: None if one.score > 3 else Verdict(one.score + 1, one.favourite),
}


def _resolve(source: Any, info: Any, **given: Any) -> Any:
    toys, name = info.context, info.field_name
    if info.parent_type.name == "Query":
        return _QUERY[name](toys, given)
    if isinstance(source, Verdict) and name in ("raised", "raisedStrict"):
        return source.score + given["by"] or None
    if isinstance(source, Verdict):
        return _VERDICTS[name](toys, source)
    if isinstance(source, dict):
        return source[name]
    if name == "id":
        return texts.global_id(source.type_name, source.row["id"])
    if name in ("broken", "brokenStrict"):
        if given["at"] == 3:
            raise ZeroDivisionError
        return "whole"
    kind = "Visit" if source.type_name in ("WalkIn", "Booked") else source.type_name
    said = _ROWS.get((kind, name))
    return source.row[name] if said is None else said(toys, source.row, given)


def toy_schema(strawberry_schema: Any) -> GraphQLSchema:
    built = build_schema(print_schema(strawberry_schema._schema))
    moment: Any = built.type_map["DateTime"]
    for attribute in ("serialize", "coerce_output_value"):
        setattr(moment, attribute, texts.time_text)
    assert isinstance(built.type_map["Node"], GraphQLInterfaceType)
    return built


def answer(schema: GraphQLSchema, toys: Toys, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The body."""
    result = execute_sync(
        schema,
        parse(query),
        context_value=toys,
        variable_values=dict(variables),
        field_resolver=_resolve,
        type_resolver=lambda thing, info, type_: thing.type_name,
    )
    errors = [_masked(fault) for fault in result.errors or ()]
    return {"data": result.data, **({"errors": errors} if errors else {})}


def _masked(fault: GraphQLError) -> dict[str, Any]:
    told: dict[str, Any] = dict(fault.formatted)
    message = told["message"] if told["message"].startswith("Int cannot represent") else "Internal error"
    return {**told, "message": message, "extensions": {"code": "INTERNAL", "requestId": "test"}}


def compare(wanted: dict[str, Any], got: dict[str, Any]) -> None:
    """Raises Different; by the rules above."""
    if got.get("data") != wanted["data"] or "data" not in got:
        raise Different(f"The reference:\n{wanted}\nThe planner:\n{got}")
    (told, reasons), (expected, wanted_reasons) = _sorted_out(got), _sorted_out(wanted)
    if told != expected or reasons != wanted_reasons:
        raise Different(f"The errors of the reference:\n{wanted.get('errors')}\nThe planner's:\n{got.get('errors')}")


def _sorted_out(body: dict[str, Any]) -> tuple[list[str], set[str]]:
    """The errors of places that are there, and the null places that errors below them explain."""
    told, reasons = [], set()
    for error in body.get("errors", ()):
        lost = _lost(body["data"], error["path"])
        if lost is None:
            told.append(json.dumps(error, sort_keys=True))
        else:
            reasons.add(json.dumps(lost))
    return sorted(told), reasons


def _lost(data: Any, path: list[Any]) -> list[Any] | None:
    """The place above the path that is null, if there is one."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    return None
