"""Two brands; the second tries everything there is of the first: every id, in every argument, filter, input and stream.

Nothing of the first may show, nothing of it may change, and a foreign id is answered like one that never was.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
)

from server.errors import RequestError
from server.ids import global_id, parse_global_id
from tests.factories.brands import Brand, World
from tests.factories.furnished import SECRET, furnish

Make = Callable[..., Awaitable[Brand]]

_SAMPLES = {
    "String": "x1",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "DateTime": "2026-01-05T08:00:00Z",
    "Date": "2026-01-05",
    "Decimal": "1.00",
    "CurrencyCode": "CNY",
}
_ID = "$id"
_SKIPPED = {"onboardTenant"}
"""Public, and names no id."""


def _schema(world: World) -> Any:
    return world.gateway.operations.schema


def _sample(type_: GraphQLInputType, depth: int = 0) -> Any:
    """A plausible value; every id in it is the variable."""
    if isinstance(type_, GraphQLNonNull):
        return _sample(type_.of_type, depth)
    if isinstance(type_, GraphQLList):
        return [_sample(type_.of_type, depth + 1)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: _sample(field.type, depth + 1)
            for name, field in type_.fields.items()
            if name not in ("clientMutationId", "expectedVersion")
            and (depth < 4 or isinstance(field.type, GraphQLNonNull))
        }
    return _ID if type_.name == "ID" else _SAMPLES[type_.name]


def _names_an_id(type_: GraphQLInputType) -> bool:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return any(_names_an_id(field.type) for field in named.fields.values())
    return named.name == "ID"


def _literal(value: Any, type_: GraphQLInputType) -> str:
    """The value as a GraphQL literal."""
    if isinstance(type_, GraphQLNonNull):
        return _literal(value, type_.of_type)
    if isinstance(type_, GraphQLList):
        return "[" + ", ".join(_literal(item, type_.of_type) for item in value) + "]"
    if isinstance(type_, GraphQLInputObjectType):
        return (
            "{" + ", ".join(f"{name}: {_literal(item, type_.fields[name].type)}" for name, item in value.items()) + "}"
        )
    return str(value) if isinstance(type_, GraphQLEnumType) or value == _ID else json.dumps(value)


def _selection(world: World, type_: Any, depth: int = 2) -> str:
    """Everything that can be asked of a type without arguments, a few levels deep."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    fields: list[str] = ["__typename"]
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in named.fields.items():
            if any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values()):
                continue
            inner = get_named_type(field.type)
            if is_leaf_type(inner):
                fields.append(name)
            elif depth > 0 and not field.args:
                fields.append(name + _selection(world, field.type, depth - 1))
    return " { " + " ".join(fields) + " }"


async def _answer(world: World, brand: Brand, query: str, id: str) -> str:
    """The whole answer as text, refusals included."""
    try:
        return json.dumps(await world.ask(brand.owner, query, {"id": id}), ensure_ascii=False)
    except RequestError as refused:
        return json.dumps(refused.errors, ensure_ascii=False)


def _calls(world: World, kind: Any) -> Iterator[tuple[str, GraphQLField]]:
    for name, field in kind.fields.items():
        if name not in _SKIPPED and any(_names_an_id(argument.type) for argument in field.args.values()):
            yield name, field


def _call(world: World, word: str, name: str, field: GraphQLField) -> str:
    given = {key: _sample(argument.type) for key, argument in field.args.items() if _names_an_id(argument.type)}
    for key, argument in field.args.items():
        if isinstance(argument.type, GraphQLNonNull) and key not in given:
            given[key] = _sample(argument.type)
    arguments = ", ".join(f"{key}: {_literal(value, field.args[key].type)}" for key, value in given.items())
    return f"{word}($id: ID!) {{ {name}({arguments}){_selection(world, field.type)} }}"


def _is_event(world: World, type_name: str) -> bool:
    return bool(_schema(world).is_sub_type(_schema(world).type_map["Event"], _schema(world).type_map[type_name]))


async def test_every_id_of_another_brand_is_absent_everywhere(world: World, brand: Make) -> None:
    mine, other = await brand(), await brand()
    ids = await furnish(mine)
    before = await _fingerprint(mine)
    own_events = len(await other.events())
    schema = _schema(world)
    calls = [
        (word, name, _call(world, word, name, field))
        for kind, word in ((schema.query_type, "query"), (schema.mutation_type, "mutation"))
        for name, field in _calls(world, kind)
    ]
    tried = 0
    for type_name, id in ids.items():
        parsed = parse_global_id(id)
        assert parsed is not None
        assert parsed[0] == type_name
        missing = global_id(type_name, uuid4())
        for word, name, query in calls:
            if _is_event(world, type_name) and name not in ("node", "nodes"):
                continue  # no argument takes an event
            asked = await _answer(world, other, query, id)
            tried += 1
            assert SECRET not in asked, f"{name} with {type_name} shows what is another brand's"
            if word == "query":
                never = await _answer(world, other, query, missing)
                assert asked.replace(id, "ID") == never.replace(missing, "ID"), f"{name} tells {type_name} apart"
    assert tried > 500
    assert await _fingerprint(mine) == before
    # What the walk did in its own brand (invented keys, names) is its own business; nothing refers to the other's rows.
    assert len(await other.events()) >= own_events


async def _fingerprint(brand: Brand) -> dict[str, Any]:
    """A digest of every row the brand has."""
    from server.db.tables import metadata

    found: dict[str, Any] = {}
    async with brand.work() as work:
        for table in metadata.sorted_tables:
            if table.info.get("tenant"):
                found[table.name] = await work.raw.fetchval(
                    f"SELECT count(*) || md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {table.name} t"
                )
    return found
