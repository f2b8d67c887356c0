"""Looks at every field of a schema when the process starts: what the planner could not do is told then, not by a request.

Each check builds what compiling would build, with placeholders for values, so that it cannot be of another opinion.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
)
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Integer, Select, SmallInteger, Table, bindparam
from sqlalchemy import Text as SqlText
from sqlalchemy.sql.visitors import iterate

from server.db.statements import plain
from server.db.tenancy import DOOR_TENANT
from server.planner import declarations as d
from server.planner.checking_lists import connection_faults
from server.planner.json_text import NoJsonForm, leaf_text, need_text
from server.planner.nodes import Catalogue, NodeInfo, output_types, strawberry_field

_IN_LISTS = frozenset(("String", "Int", "Boolean", "Float"))
"""Scalars whose form in a list is PostgreSQL's own."""
_PARTS = {
    "connection": frozenset(("edges", "nodes", "pageInfo", "totalCount", "totalCountIsExact")),
    "edge": frozenset(("node", "cursor")),
    "PageInfo": frozenset(("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")),
}


class UndeclaredField(TypeError):
    """A field of the schema does not say how it gets its value, or the planner cannot do it there."""


def check_catalogue(catalogue: Catalogue) -> None:
    """Raises UndeclaredField naming every field the planner could not execute, and every type it could not read."""
    faults = [*_table_faults(catalogue), *_abstract_faults(catalogue)]
    for type_ in output_types(catalogue.schema):
        faults.extend(_type_faults(catalogue, type_))
    if faults:
        raise UndeclaredField("\n".join(sorted(faults)))


def _table_faults(catalogue: Catalogue) -> Iterator[str]:
    """A row's table: every tenant's, with an id, and a kind where several types share it."""
    sharing: dict[Table, list[tuple[str, NodeInfo]]] = {}
    for name, info in catalogue.nodes.items():
        sharing.setdefault(info.table, []).append((name, info))
        if "tenant_id" not in info.table.c:
            yield f"{name}: its table {info.table.name} has no tenant_id"
        if info.id_column is None and "id" not in info.table.c:
            yield f"{name}: its table {info.table.name} has no id, and no id_column is named"
    for table, types in sharing.items():
        if len(types) > 1:
            kinds = [info.kind_value for _, info in types if info.kind_column is not None]
            if len(set(kinds)) < len(types):
                names = ", ".join(name for name, _ in types)
                yield f"{names}: types that share the table {table.name} need a kind_column and kinds of their own"
            if len({info.permission for _, info in types}) > 1:
                names = ", ".join(name for name, _ in types)
                yield f"{names}: types that share the table {table.name} must need the same permission"


def _abstract_faults(catalogue: Catalogue) -> Iterator[str]:
    for name, type_ in catalogue.schema.type_map.items():
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            rows = [one.name in catalogue.nodes for one in catalogue.concrete(name)]
            if any(rows) and not all(rows):
                yield f"{name} is rows and values mixed"


def _type_faults(catalogue: Catalogue, type_: GraphQLObjectType) -> Iterator[str]:
    part = (
        "connection" if type_.name in catalogue.connections else "edge" if type_.name in catalogue.edges else type_.name
    )
    if part in _PARTS:
        for name in sorted(set(type_.fields) - _PARTS[part]):
            yield f"{type_.name}.{name} is no part of a connection"
        return
    roots = _roots(catalogue.schema)
    for name, definition in type_.fields.items():
        place = f"{type_.name}.{name}"
        declaration = strawberry_field(definition).metadata.get(d.PLAN)
        if declaration is None:
            yield f"{place} is not declared"
        elif not isinstance(declaration, _allowed(type_, roots, catalogue.nodes)):
            yield f"{place} cannot be a {type(declaration).__name__.lower()} on this type"
        else:
            info = catalogue.nodes.get(type_.name)
            yield from (f"{place} {why}" for why in _Field(catalogue, definition, info).faults(declaration))


def _roots(schema: GraphQLSchema) -> Mapping[str, tuple[type[d.Declaration], ...]]:
    reads = (d.Link, d.Connection, d.Computed, d.Column)
    kinds: list[tuple[GraphQLObjectType | None, tuple[type[d.Declaration], ...]]] = [
        (schema.query_type, reads),
        (schema.mutation_type, (d.Act,)),
        (schema.subscription_type, (d.Stream,)),
    ]
    return {type_.name: allowed for type_, allowed in kinds if type_ is not None}


def _allowed(
    type_: GraphQLObjectType, roots: Mapping[str, tuple[type[d.Declaration], ...]], nodes: Mapping[str, NodeInfo]
) -> tuple[type[d.Declaration], ...]:
    if type_.name in roots:
        return roots[type_.name]
    if type_.name in nodes:
        return (d.Column, d.GlobalId, d.Composite, d.Link, d.Connection, d.Computed)
    return (d.Value, d.Computed)


class _Field:
    """One field where it stands: on a row (`info`), or at a root or on a value (no `info`)."""

    def __init__(self, catalogue: Catalogue, definition: GraphQLField, info: NodeInfo | None) -> None:
        self._catalogue = catalogue
        self._definition = definition
        self._info = info
        self._arguments = [argument.python_name for argument in strawberry_field(definition).arguments]
        self._named = get_named_type(definition.type)

    def faults(self, declaration: d.Declaration) -> Iterator[str]:
        match declaration:
            case d.Column():
                yield from self._column(declaration)
            case d.Composite():
                yield from self._composite(declaration)
            case d.Link():
                yield from self._link(declaration)
            case d.Connection():
                yield from self._connection(declaration)
            case d.Computed():
                yield from self._computed(declaration)
            case d.Act():
                if self._arguments != ["input"]:
                    yield "is an act and takes one argument, input"
                yield from _call_faults(declaration.function, 3, [], inspect.iscoroutinefunction, "async")
            case d.Stream():
                yield from _call_faults(
                    declaration.function, 1, self._arguments, inspect.isasyncgenfunction, "an async generator"
                )
            case d.Value(get=get) if get is not None:
                yield from _call_faults(get, 2, self._arguments, _is_plain, "a plain function")

    def _column(self, column: d.Column) -> Iterator[str]:
        if is_composite_type(self._named):
            yield "is an object; declare it as composite, link or computed"
            return
        try:
            expression = self._built(column.expression)
        except Exception as fault:  # noqa: BLE001  # whatever building raises would be raised by a request
            yield f"cannot be built: {fault}"
            return
        yield from self._leaf(expression, self._definition.type)

    def _built(self, expression: Any) -> Any:
        """As `reading` and `statements` build it: over parameters by name, at the root also over the tenant."""
        if callable(expression) and self._arguments:
            expression = expression(**{name: bindparam(name, type_=SqlText) for name in self._arguments})
        if callable(expression) and self._info is None:
            expression = expression(DOOR_TENANT)
        return plain(expression)

    def _leaf(self, expression: Any, type_: GraphQLOutputType) -> Iterator[str]:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        named = get_named_type(type_)
        if isinstance(inner, GraphQLList) and named.name not in _IN_LISTS and not isinstance(named, GraphQLEnumType):
            yield f"is a list of {named.name}, which has no JSON form in SQL; declare the field as computed"
        if isinstance(inner, GraphQLList) and named.name == "Int" and not _holds_ints(expression):
            yield "is a list of Int, and its items may be no Int; declare the field as computed"
        try:
            leaf_text(expression, type_, not_null=False)
        except (NoJsonForm, AttributeError, TypeError) as fault:
            yield f"cannot be read as {named.name}: {fault}"
        yield from self._strangers(expression)

    def _strangers(self, expression: Any) -> Iterator[str]:
        """A column of another table, outside a subquery, would multiply the rows by those of that table."""
        if self._info is None or not hasattr(expression, "get_children"):
            return
        elements = list(iterate(expression))
        if any(isinstance(element, Select) for element in elements):
            return
        tables = {element.table for element in elements if isinstance(element, SqlColumn)}
        for table in sorted(tables - {self._info.table}, key=str):
            yield f"reads the table {table.name}, and its row is of {self._info.table.name}"

    def _composite(self, composite: d.Composite) -> Iterator[str]:
        if not isinstance(self._named, GraphQLObjectType) or _is_list(self._definition.type):
            yield "is a composite, so its type must be one object type"
            return
        if self._named.name in self._catalogue.nodes:
            yield f"is a composite, but {self._named.name} is a row"
        if composite.present is not None:
            yield from self._strangers(composite.present)
        for name, child in self._named.fields.items():
            if child.args:
                yield f"is a composite, but {self._named.name}.{name} has arguments"
            elif name not in composite.parts:
                yield f"is a composite without a part for {self._named.name}.{name}"
            elif is_composite_type(get_named_type(child.type)):
                yield f"is a composite, but {self._named.name}.{name} is an object"
            else:
                yield from (f"part {name} {why}" for why in self._leaf(composite.parts[name], child.type))

    def _link(self, link: d.Link) -> Iterator[str]:
        if not self._catalogue.is_row(self._named.name):
            yield "leads to a type that is no row"
            return
        if link.many != _is_list(self._definition.type):
            yield "must be a list exactly where it is declared as many"
        if link.type_key is not None and link.many:
            yield "leads to rows of varying type, so it leads to one"
        if link.type_key is not None and isinstance(self._definition.type, GraphQLNonNull):
            yield "leads to rows of varying type, some of which a caller may not read, so it may be null"
        ways = [link.key, link.by] if self._info is not None else [link.argument, link.match]
        given = sum(way is not None for way in ways)
        if given > 1 or (given == 0 and not link.many):
            yield "must say by which one column it finds its row" if self._info else "must say which row it means"
        if link.argument is not None and link.argument not in self._arguments:
            yield f"finds its row by an argument {link.argument} that it does not have"
        if self._info is not None:
            for own in (link.key, link.type_key):
                if own is not None:
                    yield from self._strangers(own)
        others = self._catalogue.targets(self._named.name)
        if link.type_key is None and len({info.table for info in others}) > 1:
            yield "leads to rows of several tables; say with type_key in which one"
        if any("id" not in info.table.c for info in others):
            yield "leads to a table that has no id"

    def _connection(self, connection: d.Connection) -> Iterator[str]:
        node_type = self._catalogue.connections.get(self._named.name)
        if node_type is None:
            yield "is a connection, so its type must be one"
        elif not self._catalogue.is_row(node_type):
            yield "leads to a type that is no row"
        else:
            others = self._catalogue.targets(node_type)
            if len({info.table for info in others}) > 1:
                yield "leads to rows of several tables"
            elif self._info is not None and connection.by is None:
                yield "must say by which column it belongs to its row"
            else:
                yield from connection_faults(connection, others[0].table)

    def _computed(self, computed: d.Computed) -> Iterator[str]:
        expected, kind = (_is_plain, "a plain function") if computed.pure else (inspect.iscoroutinefunction, "async")
        yield from _call_faults(computed.function, 2, self._arguments, expected, kind)
        if computed.check is not None:
            yield from _call_faults(computed.check, 0, self._arguments, _is_plain, "a plain function")
        if self._info is None and computed.needs:
            yield "needs columns, and there is no row"
        for name, expression in computed.needs.items():
            try:
                need_text(expression)
            except (AttributeError, TypeError) as fault:
                yield f"needs {name}, which cannot be read: {fault}"
            yield from self._strangers(expression)


def _holds_ints(expression: Any) -> bool:
    """Whether the expression is an array of what fits into an Int."""
    item = getattr(getattr(expression, "type", None), "item_type", None)
    return type(item) in (Integer, SmallInteger)


def _is_plain(function: Callable[..., Any]) -> bool:
    return not inspect.iscoroutinefunction(function) and not inspect.isasyncgenfunction(function)


def _call_faults(
    function: Any, positional: int, names: Sequence[str], expected: Callable[[Any], bool], kind: str
) -> Iterator[str]:
    """Whether a function can be called as the planner will call it."""
    if not callable(function):
        yield "has no function"
        return
    if not expected(function):
        yield f"needs {kind}"
    try:
        inspect.signature(function).bind(*[None] * positional, **dict.fromkeys(names))
    except TypeError as fault:
        yield f"has a function that cannot be called: {fault}"


def _is_list(type_: GraphQLOutputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
