"""Walks over the whole schema: every query and mutation that takes an id, written out with everything it can show.

Made from the schema, so that a new field or act is walked on the day it is there. What must not show is the tests' to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from server.access.caller import Caller
from server.errors import RequestError
from server.ids import parse_global_id
from tests.factories.brands import World

ID = "$id"
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
_SKIPPED = {"onboardTenant"}
"""Public, and names no id."""


@dataclass(frozen=True)
class Walked:
    """One operation; every id in it is the variable `$id`."""

    kind: str
    """"query" or "mutation"."""
    name: str
    text: str


def schema_of(world: World) -> GraphQLSchema:
    schema: GraphQLSchema = world.gateway.operations.schema
    return schema


def calls_with_an_id(world: World) -> list[Walked]:
    """Every query and mutation that takes an id somewhere, with that id everywhere it can stand."""
    schema = schema_of(world)
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    return [
        Walked(kind, name, _call(kind, name, field))
        for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type))
        for name, field in root.fields.items()
        if name not in _SKIPPED and any(_names_an_id(argument.type) for argument in field.args.values())
    ]


def queries_without_id(world: World) -> list[Walked]:
    """Every query as it stands, with nothing but the arguments it insists on."""
    root = schema_of(world).query_type
    assert root is not None
    return [
        Walked("query", name, _call("query", name, field, optional=False))
        for name, field in root.fields.items()
        if not any(isinstance(one.type, GraphQLNonNull) and _names_an_id(one.type) for one in field.args.values())
    ]


async def answer(world: World, caller: Caller, walked: Walked, id: str) -> str:
    """The whole answer as text, refusals included."""
    try:
        given = {"id": id} if ID in walked.text else {}
        return json.dumps(await world.ask(caller, walked.text, given), ensure_ascii=False)
    except RequestError as refused:
        return json.dumps(refused.errors, ensure_ascii=False)


EXTENT = pytest.mark.parametrize("complete", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["CI", "all"])
"""Of a walk: what the CI has time for, and everything."""


def tries(
    world: World, calls: list[Walked], ids: dict[str, str], *, complete: bool
) -> Iterator[tuple[str, str, Walked]]:
    """Type name, id and call, for every id that can stand in the call: no argument but `node` takes an event.

    Unless `complete`: of the ids that are of another type than the call speaks of, which are all refused in the same place,
    every fortieth, in turn over types and calls. All of them together are tens of thousands of operations.
    """
    for place, (type_name, id) in enumerate(ids.items()):
        parsed = parse_global_id(id)
        assert parsed is not None
        assert parsed[0] == type_name
        for number, walked in enumerate(calls):
            if is_event(world, type_name) and walked.name not in ("node", "nodes"):
                continue
            if complete or _speaks_of(walked, type_name) or (place + number) % 40 == 0:
                yield type_name, id, walked


def _speaks_of(walked: Walked, type_name: str) -> bool:
    """Whether the call may want such an id: its name, or that of a place where an id stands, holds a word of the type's."""
    words = [word.lower() for word in re.findall("[A-Z][a-z]+", type_name)]
    text = " ".join([walked.name, *re.findall(r"(\w+): \[*\$id", walked.text)]).lower()
    return walked.name in ("node", "nodes") or any(word in text for word in words)


def is_event(world: World, type_name: str) -> bool:
    schema = schema_of(world)
    event, type_ = schema.type_map["Event"], schema.type_map[type_name]
    assert isinstance(event, GraphQLInterfaceType)
    return isinstance(type_, GraphQLObjectType) and schema.is_sub_type(event, type_)


EVENT_PARTS = 4
"""All types of events at once are more than one operation may ask for."""


def event_selection(world: World, part: int) -> str:
    """Everything a part of the types of events can show of themselves; fields of one name and two types do not bear the
    same name.

    Without `subject`: every type of event times every type of subject is more than one statement can join in time.
    """
    schema = schema_of(world)
    event = schema.type_map["Event"]
    assert isinstance(event, GraphQLInterfaceType)
    parts = ["__typename id cursor customerId customer { id name }"]
    kinds: dict[str, list[str]] = {}
    for type_ in schema.get_possible_types(event)[part::EVENT_PARTS]:
        own = []
        for name, field in type_.fields.items():
            if name not in event.fields and is_leaf_type(get_named_type(field.type)):
                seen = kinds.setdefault(name, [])
                if str(field.type) not in seen:
                    seen.append(str(field.type))
                number = seen.index(str(field.type))
                own.append(f"{name}{number}: {name}" if number else name)
        if own:
            parts.append(f"... on {type_.name} {{ {' '.join(own)} }}")
    return " ".join(parts)


def _call(kind: str, name: str, field: GraphQLField, *, optional: bool = True) -> str:
    given = {
        key: _sample(argument.type)
        for key, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) or (optional and _names_an_id(argument.type))
    }
    arguments = ", ".join(f"{key}: {_literal(value, field.args[key].type)}" for key, value in given.items())
    call = f"{name}({arguments})" if arguments else name
    variables = f"(${ID[1:]}: ID!)" if ID in arguments else ""
    return f"{kind}{variables} {{ {call}{_selection(field.type)} }}"


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
    return ID if type_.name == "ID" else _SAMPLES[type_.name]


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
    return str(value) if isinstance(type_, GraphQLEnumType) or value == ID else json.dumps(value)


def _selection(type_: Any, depth: int = 2) -> str:
    """Everything that can be asked of a type without arguments, a few levels deep; of a connection its nodes' own fields."""
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
                fields.append(name + _selection(field.type, depth - 1))
            elif depth > 0 and "nodes" in getattr(inner, "fields", {}):
                fields.append(f"{name}(first: 5) {{ nodes{_selection(inner.fields['nodes'].type, 0)} }}")
    return " { " + " ".join(fields) + " }"
