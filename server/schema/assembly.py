"""Puts the schema together from its parts: every file's queries and subscriptions, and every mutation."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLNonNull, Undefined, lexicographic_sort_schema, print_schema
from graphql import build_schema as parse_sdl
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

import server.schema
from server.planner.declarations import PLAN, Act
from server.planner.nodes import NODE
from server.schema.enums import register_terms
from server.schema.scalars import SCALARS

_NOT_PARTS = frozenset({"assembly", "gateway"})


def build_schema() -> strawberry.Schema:
    """The whole schema. Raises where two parts declare the same root field."""
    parts = _parts()
    register_terms()
    query = _merged("Query", "Queries", parts, "What can be read.")
    subscription = _merged("Subscription", "Subscriptions", parts, "What can be followed.")
    mutation = create_type("Mutation", _mutations(parts), description="What can be done: business acts.")
    schema = strawberry.Schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=_unreferenced(parts),
        config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
    )
    _leave_out_null_defaults(schema)
    return schema


def _leave_out_null_defaults(schema: strawberry.Schema) -> None:
    """Strawberry says `= null` wherever Python has a default of None. Left out and null mean the same there: say it once."""
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            optional: list[Any] = list(type_.fields.values())
        else:
            optional = [argument for field in getattr(type_, "fields", {}).values() for argument in field.args.values()]
        for one in optional:
            if one.default_value is None and not isinstance(one.type, GraphQLNonNull):
                one.default_value = Undefined


def sdl() -> str:
    """The schema as text, sorted, as it stands in `schema.graphql`."""
    return print_schema(lexicographic_sort_schema(parse_sdl(build_schema().as_str()))) + "\n"


def _parts() -> list[ModuleType]:
    """Every module of this room; importing them imports their domains, so that all terms and events are known."""
    names = sorted(module.name for module in pkgutil.iter_modules(server.schema.__path__))
    return [importlib.import_module(f"server.schema.{name}") for name in names if name not in _NOT_PARTS]


def _merged(name: str, suffix: str, parts: list[ModuleType], description: str) -> Any:
    """One root type out of the classes whose names end in `suffix`."""
    classes = [
        thing
        for part in parts
        for key, thing in vars(part).items()
        if key.endswith(suffix) and isinstance(thing, type) and thing.__module__ == part.__name__
    ]
    fields: list[StrawberryField] = []
    for cls in classes:
        for field in cls.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # set by strawberry.type
            if any(field.python_name == other.python_name for other in fields):
                raise TypeError(f"{name}.{field.python_name} is declared twice.")
            fields.append(field)
    return create_type(name, sorted(fields, key=lambda field: field.python_name or ""), description=description)


def _mutations(parts: list[ModuleType]) -> list[StrawberryField]:
    found: dict[str, StrawberryField] = {}
    for part in parts:
        for name, thing in vars(part).items():
            if isinstance(thing, StrawberryField) and isinstance(thing.metadata.get(PLAN), Act):
                if name in found and found[name] is not thing:
                    raise TypeError(f"Two mutations are called {name}.")
                found[name] = thing
    return [found[name] for name in sorted(found)]


def _unreferenced(parts: list[ModuleType]) -> list[type]:
    """Types reached only through an interface: every node, and every kind of user error."""
    types: list[type] = []
    for part in parts:
        candidates = [*vars(part).values(), *getattr(part, "EVENT_TYPES", ())]
        for thing in candidates:
            if isinstance(thing, type) and thing not in types and _is_implementation(thing):
                types.append(thing)
    return types


def _is_implementation(thing: type) -> bool:
    definition = thing.__dict__.get("__strawberry_definition__")
    return (
        isinstance(definition, StrawberryObjectDefinition)
        and not definition.is_interface
        and not definition.is_input
        and (NODE in thing.__dict__ or bool(definition.interfaces))
    )
