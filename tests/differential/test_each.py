"""Each field of each type of row, each order, filter and end of each list, one after the other: nothing is left to chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from tests.differential.generating import Code, Operation, literal
from tests.differential.ground import Ground
from tests.differential.reference import lists, texts
from tests.differential.reference.asking import TABLES
from tests.differential.reference.executing import schema

SPEAKERS = ("owner-zh", "own-store")


def _fields(type_name: str) -> Iterator[str]:
    """What a selection of every field says, one level deep."""
    type_: Any = schema().type_map[type_name]
    for name, field in type_.fields.items():
        kind: Any = get_named_type(field.type)
        given = '(time: "2026-03-03T08:00:00Z")' if any(map(is_required_argument, field.args.values())) else ""
        if is_leaf_type(kind):
            yield name + given
        elif "pageInfo" in kind.fields:
            yield f"{name} {{ {_PAGE} }}"
        elif isinstance(kind, GraphQLInterfaceType) or "id" in kind.fields:
            yield f"{name} {{ __typename id }}"
        else:
            yield f"{name} {{ {' '.join(_flat(kind))} }}"


def _flat(kind: GraphQLObjectType) -> Iterator[str]:
    yield "__typename"
    for name, field in kind.fields.items():
        inner: Any = get_named_type(field.type)
        if is_leaf_type(inner):
            yield name
        else:
            yield f"{name} {{ __typename {'id' if 'id' in inner.fields else ''} }}"


_PAGE = "totalCount totalCountIsExact nodes { id } edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@pytest.mark.parametrize("type_name", sorted(set(TABLES) - {"ExternalRef"}))
def test_each_field(ground: Ground, type_name: str) -> None:
    ids = ground.material().ids[type_name][:40]
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {' '.join(_fields(type_name))} }} }} }}"
    for speaker in (*SPEAKERS, "owner"):
        ground.differ(speaker, Operation(query, {"ids": ids}))


def test_each_event(ground: Ground) -> None:
    """What all have in common in one selection, then each type by its own ids."""
    common = " ".join(_fields("Event"))
    for speaker in SPEAKERS:
        ground.differ(speaker, Operation(f"{{ events(first: 100) {{ nodes {{ __typename {common} }} }} }}"))
    for name in sorted(ground.reference.event_types.values()):
        fields = " ".join(_fields(name))
        ids = ground.material().ids[name]
        query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{ {fields} }} }} }}"
        ground.differ("own-group", Operation(query, {"ids": ids}))


@pytest.mark.parametrize(("type_name", "field"), sorted(lists.CONNECTIONS))
def test_each_list(ground: Ground, type_name: str, field: str) -> None:
    for given in _arguments(ground, type_name, field):
        page = f"{field}({given}) {{ {_PAGE} }}"
        if type_name == "Query":
            operation = Operation(f"{{ {page} }}")
        else:
            ids = ground.material().ids[type_name][:8]
            query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {page} }} }} }}"
            operation = Operation(query, {"ids": ids})
        for speaker in SPEAKERS:
            ground.differ(speaker, operation)


def _arguments(ground: Ground, type_name: str, field: str) -> Iterator[str]:
    arguments = schema().type_map[type_name].fields[field].args  # type: ignore[attr-defined]  # object types have fields
    listing = lists.CONNECTIONS[type_name, field]
    reading = ground.reference.reading(ground.voices["owner"].asker)
    rows = sorted(reading.eyes.all(reading.table_of(listing.of) or ""), key=lambda row: row["id"])
    row = rows[len(rows) // 2]
    for order in get_named_type(get_named_type(arguments["orderBy"].type).fields["field"].type).values:
        place = literal(texts.cursor(order, lists.ordered_by(reading.eyes, listing.of, order, row), row["id"]))
        for direction in ("ASC", "DESC"):
            by = f"orderBy: {{field: {order}, direction: {direction}}}"
            yield from (f"{by}, first: 3", f"{by}, last: 3", f"{by}, first: 2, after: {place}")
            yield from (f"{by}, last: 2, before: {place}", f"{by}, last: 2, after: {place}")
    if "filter" in arguments:
        filters: Any = get_named_type(arguments["filter"].type)
        for name in filters.fields:
            yield from _operators(ground, filters, name, reading, rows, listing)
    if "search" in arguments:
        yield from (f"search: {literal(text)}" for text in ("to", "王小", "t王", "5678", "!"))


def _operators(
    ground: Ground, filters: Any, name: str, reading: Any, rows: list[Any], listing: lists.Listing
) -> Iterator[str]:
    """Each operator of a filter field with values its column holds."""
    operators: Any = get_named_type(filters.fields[name].type)
    candidates = lists.candidates_of(filters.name, name)
    held = {value for row in rows for value in candidates(reading.eyes, row) if value is not None}
    values = sorted(held, key=str)[:: max(len(held) // 3, 1)][:4] or [None]
    for operator, field in operators.fields.items():
        if operator == "isNull":
            yield from (f"filter: {{{name}: {{isNull: {flag}}}}}" for flag in ("true", "false"))
            continue
        kind = get_named_type(field.type).name
        for value in values:
            if value is not None:
                told = _told(name, kind, value)
                yield f"filter: {{{name}: {{{operator}: {f'[{told}]' if operator == 'in' else told}}}}}"


def _told(name: str, kind: str, value: Any) -> str:
    if kind == "ID":
        return literal(texts.global_id(lists.ID_TYPES[name], value))
    if kind == "DateTime":
        return literal(texts.time_text(value))
    if kind in ("String", "Date"):
        return literal(str(value))
    return literal(value) if kind in ("Int", "Boolean") else literal(Code(value))
