"""Which Strawberry types are rows, and of which table: the map between the schema and the database.

Built once from the schema, at start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from sqlalchemy import Table
from sqlmodel import SQLModel
from strawberry.types.field import StrawberryField

from server.db.statements import plain, table_of
from server.planner import declarations as d

NODE = "__shuke_node__"
Cls = TypeVar("Cls", bound=type)


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A type whose values are rows. `kind_column` = `kind_value` where several types share the table."""

    model: type[SQLModel]
    permission: str | None = None
    kind_column: Any = None
    kind_value: Any = None
    id_column: Any = None
    family: Any = None
    """Rows that share a value in this column are one thing: what belongs to one of them is listed for each. Null: alone."""

    @property
    def table(self) -> Table:
        return table_of(self.model)


def node(
    model: type[SQLModel],
    *,
    description: str,
    permission: str | None = None,
    name: str | None = None,
    kind_column: Any = None,
    kind_value: Any = None,
    id_column: Any = None,
    family: Any = None,
) -> Callable[[Cls], Cls]:
    """Declare a Strawberry type whose values are rows of `model`. `permission` is needed to read any of it.

    `family`: the column by which several rows are one thing (see `NodeInfo`); the key of an index, before the id.
    """

    def declare(cls: Cls) -> Cls:
        made: Any = strawberry.type(cls, description=description, name=name)
        kind = None if kind_column is None else plain(kind_column)
        own_id = None if id_column is None else plain(id_column)
        one_by = None if family is None else plain(family)
        setattr(made, NODE, NodeInfo(model, permission, kind, kind_value, own_id, one_by))
        return made  # type: ignore[no-any-return]  # strawberry.type returns the class it was given

    return declare


@dataclass(slots=True)
class Catalogue:
    """Everything the planner knows of a schema."""

    schema: GraphQLSchema
    nodes: dict[str, NodeInfo] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    """Connection type name → node type name."""
    edges: dict[str, str] = field(default_factory=dict)

    def declaration(self, field_definition: GraphQLField) -> d.Declaration:
        declared: d.Declaration = strawberry_field(field_definition).metadata[d.PLAN]
        return declared

    def concrete(self, type_name: str) -> list[GraphQLObjectType]:
        """The object types a value of this type can have."""
        named = self.schema.type_map[type_name]
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return list(self.schema.get_possible_types(named))
        return [named] if isinstance(named, GraphQLObjectType) else []

    def targets(self, type_name: str) -> list[NodeInfo]:
        """The tables behind a type whose values are rows, one for each concrete type."""
        return [self.nodes[one.name] for one in self.concrete(type_name)]

    def is_row(self, type_name: str) -> bool:
        concrete = self.concrete(type_name)
        return bool(concrete) and all(one.name in self.nodes for one in concrete)


def strawberry_field(field_definition: GraphQLField) -> StrawberryField:
    found: StrawberryField = field_definition.extensions["strawberry-definition"]
    return found


def read_catalogue(schema: GraphQLSchema) -> Catalogue:
    """Which types are rows, connections and edges. What is wrong with them, `checking` tells."""
    catalogue = Catalogue(schema)
    for type_ in output_types(schema):
        definition = type_.extensions["strawberry-definition"]
        info = getattr(definition.origin, NODE, None)
        if info is not None:
            catalogue.nodes[type_.name] = info
        base = getattr(definition.concrete_of, "name", None)
        if base == "Connection":
            edge = get_named_type(type_.fields["edges"].type)
            catalogue.edges[edge.name] = get_named_type(edge.fields["node"].type).name
            catalogue.connections[type_.name] = catalogue.edges[edge.name]
    return catalogue


def output_types(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
            yield type_
