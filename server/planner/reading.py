"""Compiles what is asked of a row into one SQL expression that yields the row's JSON text.

Values never enter the text: every value is a named parameter, so one text serves every caller and every page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import GraphQLNonNull
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy import Text as SqlText
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.sql.util import ClauseAdapter

from server.db.statements import plain
from server.planner import declarations as d
from server.planner.json_text import (
    MARK,
    concatenated,
    fixed,
    id_text,
    is_int,
    is_not_null,
    joined,
    leaf_text,
    may_exceed_int,
    need_text,
    or_null,
    quoted,
    when_present,
)
from server.planner.nodes import Catalogue, NodeInfo
from server.planner.selections import Selected

Path = tuple[tuple[str, bool], ...]
"""Where in the answer something stands: response keys, each with whether null may stand there."""

LIST = "[]"
LIST_STEP = (LIST, False)
"""In a path: every item of the list."""

CLOSED_LIST_LIMIT = 500
"""Closed lists are small by nature; a plan still never reads without bound."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place a computed field fills in: `path` leads from the answer's root to it.

    Its number stands first in what it leaves there: several types of one interface may leave holes in the same place.

    A *doubt* is such a place too: there may be found what may not stand there, marked with `MARK`, and its error is told.
    """

    number: int
    path: Path
    selected: Selected
    needs: tuple[str, ...]


@dataclass(slots=True)
class Compilation:
    """The state of compiling one statement: its parameters so far, and the holes and doubts it leaves."""

    catalogue: Catalogue
    arguments: Mapping[int, dict[str, Any]]
    """Evaluated arguments by site; only their shape may be looked at."""
    tenant: ColumnElement[Any]
    hidden: frozenset[str] = frozenset()
    """Permissions the caller lacks: what is referred to by type and id is null where its type needs one of them."""
    holes: list[Hole] = field(default_factory=list)
    doubts: list[Hole] = field(default_factory=list)

    def next_number(self) -> int:
        return len(self.holes) + len(self.doubts)

    def given(self, selected: Selected) -> dict[str, Any]:
        return self.arguments.get(selected.site, {})


@dataclass(frozen=True, slots=True)
class Source:
    """A row in scope: the FROM element it comes from, and its type."""

    info: NodeInfo
    rows: FromClause

    @property
    def id(self) -> ColumnElement[Any]:
        own = self.info.id_column
        return self.rows.c.id if own is None else self.adapt(own)

    def adapt(self, expression: Any) -> Any:
        """The expression as seen from this source (declarations speak of the table itself)."""
        return ClauseAdapter(self.rows).traverse(expression)


class TypeName(NamedTuple):
    """The type of a row as an expression, and the length of the longest name it may be."""

    text: ColumnElement[str]
    longest: int


def object_text(
    work: Compilation, children: Mapping[str, list[Selected]], source: Source, path: Path
) -> ColumnElement[str]:
    """The JSON text of a row. Where several types share the table, the row's kind decides which fields it has."""
    if len(children) == 1:
        ((type_name, selected),) = children.items()
        return _fields_text(work, selected, source, path, _named(type_name))
    return _several_types_text(work, children, source, path)


def _several_types_text(
    work: Compilation, children: Mapping[str, list[Selected]], source: Source, path: Path
) -> ColumnElement[str]:
    """Field by field: what every type is asked alike is written once, the rest where the row is of the type asked.

    Written type by type, an interface with thirty types and a few links would multiply into thousands of subqueries.
    """
    infos = work.catalogue.nodes
    kind = source.adapt(infos[next(iter(children))].kind_column)
    typename = _typename(kind, children, infos)
    if not any(children.values()):
        return fixed("{}")
    keys = _merged_keys(list(children.values()))
    apart = {name: fields for name, fields in children.items() if not _in_order(fields, keys)}
    if apart:  # what these types are asked stands in another order, and answers keep the order of the document
        alike = {name: fields for name, fields in children.items() if name not in apart}
        is_apart = or_(*(kind == fixed(str(infos[name].kind_value)) for name in apart))
        return case(
            (is_apart, _several_types_text(work, apart, source, path)),
            else_=_several_types_text(work, alike, source, path),
        )
    by_key: dict[str, dict[tuple[Any, ...], list[tuple[str, Selected]]]] = {}
    for type_name, selected in children.items():
        for one in selected:
            by_key.setdefault(one.key, {}).setdefault(_identity(one), []).append((type_name, one))
    parts = [_variants_text(work, by_key[key], source, path, (kind, typename, len(children))) for key in keys]
    # Every field brings its comma; the first one is one too many.
    return joined(["{", func.substr(concatenated(parts), literal_column("2")), "}"])


def _variants_text(
    work: Compilation,
    variants: Mapping[tuple[Any, ...], list[tuple[str, Selected]]],
    source: Source,
    path: Path,
    kinds: tuple[Any, TypeName, int],
) -> ColumnElement[str]:
    """One response key: the same for all types, or what each type means by it, or nothing for types without it."""
    kind, typename, count = kinds
    branches = []
    for found in variants.values():
        _, one = found[0]
        text = joined([f',"{one.key}":', _one_text(work, one, source, path, typename)])
        if len(found) == count:
            return text
        infos = work.catalogue.nodes
        branches.append((or_(*(kind == fixed(str(infos[name].kind_value)) for name, _ in found)), text))
    return case(*branches, else_=fixed(""))


def _typename(kind: Any, children: Mapping[str, Any], infos: Mapping[str, NodeInfo]) -> TypeName:
    text = case(*((kind == fixed(str(infos[name].kind_value)), fixed(name)) for name in children), else_=fixed(""))
    return TypeName(text, max(map(len, children)))


def _named(type_name: str) -> TypeName:
    return TypeName(fixed(type_name), len(type_name))


def _merged_keys(lists: Sequence[list[Selected]]) -> list[str]:
    """The response keys of all types; each type's own order is kept."""
    order: list[str] = []
    for selected in lists:
        at = 0
        for one in selected:
            if one.key in order:
                at = max(at, order.index(one.key) + 1)
            else:
                order.insert(at, one.key)
                at += 1
    return order


def _in_order(selected: Sequence[Selected], keys: Sequence[str]) -> bool:
    place = {key: index for index, key in enumerate(keys)}
    places = [place[one.key] for one in selected]
    return places == sorted(places)


def _identity(one: Selected) -> tuple[Any, ...]:
    """Two types mean the same by a key when the same field, declared alike, is asked by the same parts of the document."""
    return one.name, id(one.declaration), tuple(id(node) for node in one.nodes)


def _fields_text(
    work: Compilation,
    selected: Sequence[Selected],
    source: Source,
    path: Path,
    typename: TypeName,
) -> ColumnElement[str]:
    parts: list[ColumnElement[str] | str] = []
    for index, one in enumerate(selected):
        parts.append(("{" if index == 0 else ",") + f'"{one.key}":')
        parts.append(_one_text(work, one, source, path, typename))
    return joined([*parts, "}"]) if parts else fixed("{}")


def _one_text(work: Compilation, one: Selected, source: Source, path: Path, typename: TypeName) -> ColumnElement[str]:
    if one.is_typename:
        return quoted(typename.text)
    if isinstance(one.declaration, d.GlobalId):
        return quoted(id_text(typename.text, source.id, longest=typename.longest))
    return field_text(work, one, source, (*path, step(one)))


def field_text(work: Compilation, one: Selected, source: Source, path: Path) -> ColumnElement[str]:
    """The JSON text of one field of a row."""
    from server.planner.pages import connection_text

    match one.declaration:
        case d.Column() as column:
            return _column_text(work, one, column, source, path)
        case d.Composite() as composite:
            return _composite_text(work, one, composite, source, path)
        case d.Link() as link:
            return link_text(work, one, link, source, path)
        case d.Connection() as connection:
            return connection_text(work, one, connection, source, path)
        case d.Computed() as computed:
            return hole_text(work, one, computed, source, path)
    raise TypeError(f"{one.parent_type}.{one.name} cannot be read from a row.")


def _column_text(work: Compilation, one: Selected, column: d.Column, source: Source, path: Path) -> ColumnElement[str]:
    return _leaf(work, one, column_expression(one, column), source, path)


def _leaf(work: Compilation, one: Selected, expression: Any, source: Source, path: Path) -> ColumnElement[str]:
    """The JSON text of a scalar, a doubt where it may be null and may not, or may be a number that is no Int."""
    assert one.definition is not None
    type_ = one.definition.type
    points_to = getattr(expression, "info", {}).get("points_to")
    adapted = source.adapt(expression)
    text = leaf_text(adapted, type_, not_null=True, id_type=points_to)
    if may_exceed_int(expression, type_):
        number = _doubt(work, one, path)
        wrong = joined([f'[{number},"{MARK}",', cast(adapted, SqlText), "]"])
        text = case((not_(is_int(adapted)), wrong), else_=text)
    return text if is_not_null(expression) else _found(work, one, text, path)


def _found(work: Compilation, one: Selected, text: ColumnElement[str], path: Path) -> ColumnElement[str]:
    """The text; without one null, which is a doubt where null may not stand."""
    assert one.definition is not None
    if not isinstance(one.definition.type, GraphQLNonNull):
        return or_null(text)
    return func.coalesce(text, fixed(f'[{_doubt(work, one, path)},"{MARK}",null]'))


def _doubt(work: Compilation, one: Selected, path: Path) -> int:
    number = work.next_number()
    work.doubts.append(Hole(number, path, one, ()))
    return number


def column_expression(one: Selected, column: d.Column) -> Any:
    """The declared expression; where the field has arguments, built over their parameters."""
    if not callable(column.expression):
        return column.expression
    names = _argument_names(one)
    return plain(column.expression(**{name: bindparam(f"s{one.site}_{name}", type_=SqlText) for name in names}))


def _argument_names(one: Selected) -> list[str]:
    from server.planner.nodes import strawberry_field

    assert one.definition is not None
    return [argument.python_name for argument in strawberry_field(one.definition).arguments]


def _composite_text(
    work: Compilation, one: Selected, composite: d.Composite, source: Source, path: Path
) -> ColumnElement[str]:
    parts: list[ColumnElement[str] | str] = []
    for index, child in enumerate(one.only()):
        parts.append(("{" if index == 0 else ",") + f'"{child.key}":')
        if child.is_typename:
            parts.append(quoted(fixed(one.type_name)))
            continue
        parts.append(_leaf(work, child, composite.parts[child.name], source, (*path, step(child))))
    text = joined([*parts, "}"]) if parts else fixed("{}")
    return text if composite.present is None else when_present(source.adapt(composite.present), text)


def hole_text(work: Compilation, one: Selected, computed: d.Computed, source: Source, path: Path) -> ColumnElement[str]:
    """What a computed field needs, in the place where its result will stand."""
    number = work.next_number()
    work.holes.append(Hole(number, path, one, tuple(computed.needs)))
    parts: list[ColumnElement[str] | str] = [f"[{number}"]
    for expression in computed.needs.values():
        parts.extend([",", need_text(source.adapt(expression))])
    return joined([*parts, "]"])


def open_source(catalogue: Catalogue, type_name: str) -> Source:
    """A new alias of the table behind a node type."""
    info = catalogue.nodes[catalogue.concrete(type_name)[0].name]
    return Source(info, info.table.alias())


def kind_condition(catalogue: Catalogue, type_name: str, source: Source) -> list[ColumnElement[bool]]:
    """Where types share a table, a field of one concrete type must not find rows of another."""
    if len(catalogue.concrete(type_name)) > 1 or source.info.kind_column is None:
        return []
    return [source.adapt(source.info.kind_column) == fixed(str(source.info.kind_value))]


def link_text(work: Compilation, one: Selected, link: d.Link, source: Source | None, path: Path) -> ColumnElement[str]:
    if link.type_key is not None:
        assert source is not None
        return _varying_link_text(work, one, link, source, path)
    other = open_source(work.catalogue, one.type_name)
    tenant = work.tenant if source is None else source.rows.c.tenant_id
    conditions = [other.rows.c.tenant_id == tenant, *kind_condition(work.catalogue, one.type_name, other)]
    if link.where is not None:
        conditions.append(other.adapt(link.where))
    if source is not None and link.key is not None:
        conditions.append(other.rows.c.id == source.adapt(link.key))
    elif source is not None and link.by is not None:
        conditions.append(
            belongs(other.adapt(link.by), source) if link.many else other.adapt(link.by) == source.rows.c.id
        )
    elif link.argument is not None:
        conditions.append(other.rows.c.id == bindparam(f"s{one.site}_{link.argument}", type_=other.rows.c.id.type))
    elif link.match is not None:
        conditions.append(other.adapt(plain(link.match(tenant))))
    if link.many:
        return _list_text(work, one, link, other, conditions, path)
    text = object_text(work, one.children, other, path)
    found = select(text).where(*conditions).limit(literal_column("1")).select_from(other.rows)
    return _found(work, one, found.scalar_subquery(), path)


def _list_text(
    work: Compilation,
    one: Selected,
    link: d.Link,
    other: Source,
    conditions: Sequence[ColumnElement[bool]],
    path: Path,
) -> ColumnElement[str]:
    text = object_text(work, one.children, other, (*path, LIST_STEP))
    order = [other.adapt(expression) for expression in link.order] + [other.rows.c.id]
    inner = (
        select(text.label("e"), func.row_number().over(order_by=order).label("n"))
        .where(*conditions)
        .order_by(*order)
        .limit(literal_column(str(CLOSED_LIST_LIMIT)))
        .select_from(other.rows)
    )
    rows = inner.correlate_except(other.rows).subquery()
    items = func.string_agg(rows.c.e, aggregate_order_by(fixed(","), rows.c.n))
    return joined(["[", func.coalesce(select(items).scalar_subquery(), fixed("")), "]"])


def belongs(column: ColumnElement[Any], parent: Source) -> ColumnElement[bool]:
    """The column holds the id of the parent, or of a row that is one with it: for lists that are read whole, or counted."""
    if parent.info.family is None:
        return column == parent.rows.c.id
    return column == any_(family_ids(parent))


def family_ids(parent: Source) -> ColumnElement[Any]:
    """An array of the parent's id and those of the rows that are one with it. Who is alone costs no look at others."""
    family, own = parent.adapt(parent.info.family), parent.rows.c.id
    others = select(relatives(parent).c.id).scalar_subquery()
    ids: Any = func.array(others, type_=ARRAY(own.type))
    return case((family.is_(None), array([own], type_=own.type)), else_=func.array_append(ids, own))


def relatives(parent: Source) -> Any:
    """The ids of the other rows that are one with the parent; not looked for where it is alone."""
    family, other = parent.adapt(parent.info.family), parent.info.table.alias()
    same = other.c[parent.info.family.name]
    found = select(other.c.id).where(
        other.c.tenant_id == parent.rows.c.tenant_id,
        same == family,
        same.isnot(None),
        other.c.id != parent.rows.c.id,
    )
    return found.correlate_except(other).lateral()


def _varying_link_text(
    work: Compilation, one: Selected, link: d.Link, source: Source, path: Path
) -> ColumnElement[str]:
    """A link whose type stands in a column: one subquery per table, the row's own type choosing.

    Types that share a table share the subquery: written type by type, a link from events to anything, events among it,
    would multiply by sixty at every level. Types the caller may not read are left out, as `node(id)` leaves them out.
    """
    key, type_key = source.adapt(link.key), source.adapt(link.type_key)
    by_table: dict[tuple[Any, Any], list[str]] = {}
    for type_name in one.children:
        info = work.catalogue.nodes[type_name]
        if info.permission not in work.hidden:
            by_table.setdefault((info.table, info.kind_column), []).append(type_name)
    branches = []
    for type_names in by_table.values():
        info = work.catalogue.nodes[type_names[0]]
        other = Source(info, info.table.alias())
        children = {type_name: one.children[type_name] for type_name in type_names}
        text = object_text(work, children, other, path)
        conditions = [other.rows.c.tenant_id == source.rows.c.tenant_id, other.rows.c.id == key]
        if info.kind_column is not None:
            own_kind = _typename(other.adapt(info.kind_column), children, work.catalogue.nodes).text
            conditions.append(own_kind == type_key)
        found = select(text).where(*conditions).select_from(other.rows).scalar_subquery()
        branches.append((or_(*(type_key == fixed(type_name) for type_name in type_names)), found))
    return or_null(case(*branches, else_=literal_column("NULL", SqlText))) if branches else fixed("null")


def step(one: Selected) -> tuple[str, bool]:
    """The field as a step of a path."""
    return one.key, one.definition is not None and not isinstance(one.definition.type, GraphQLNonNull)
