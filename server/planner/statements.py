"""From compiled expressions to statements PostgreSQL can be asked: through the door, with parameters in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Integer, Uuid, bindparam, column, func, select, text
from sqlalchemy import Column as SqlColumn

from server.db.statements import sql_of, written
from server.db.tenancy import DOOR_TENANT, Passage, through_door
from server.planner import declarations as d
from server.planner.json_text import leaf_text
from server.planner.nodes import Catalogue
from server.planner.pages import connection_text
from server.planner.reading import Compilation, Hole, Source, column_expression, link_text, object_text, open_source
from server.planner.selections import Selected


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text, the names of its parameters in order, and the holes and doubts the answer of each root leaves."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    """Parameters whose value the declaration itself brings."""
    roots: tuple[Selected, ...]
    holes: tuple[tuple[Hole, ...], ...]
    doubts: tuple[tuple[Hole, ...], ...]

    @property
    def is_whole(self) -> bool:
        """Whether the answer needs nothing of Python."""
        return not any(self.holes)

    def values(self, parameters: Mapping[str, Any], passage: Passage) -> list[Any]:
        constants = self.constants
        return [
            *(constants[name] if name in constants else parameters[name] for name in self.names),
            *passage.values(),
        ]


def roots_statement(
    catalogue: Catalogue,
    roots: Sequence[Selected],
    arguments: Mapping[int, dict[str, Any]],
    hidden: frozenset[str] = frozenset(),
) -> Statement:
    """All root fields that are read from the database, one column of JSON text each, in one round trip."""
    work = Compilation(catalogue, arguments, DOOR_TENANT, hidden)
    columns, holes, doubts = [], [], []
    for index, root in enumerate(roots):
        before = len(work.holes), len(work.doubts)
        columns.append(_root_text(work, root).label(f"r{index}"))
        holes.append(tuple(work.holes[before[0] :]))
        doubts.append(tuple(work.doubts[before[1] :]))
    return _statement(select(*columns), roots, holes, doubts)


def refs_statement(
    catalogue: Catalogue,
    selected: Selected,
    type_name: str,
    arguments: Mapping[int, dict[str, Any]],
    hidden: frozenset[str] = frozenset(),
) -> Statement:
    """The rows of one type with the ids in the parameter `ids`: (position, JSON text)."""
    work = Compilation(catalogue, arguments, DOOR_TENANT, hidden)
    source = open_source(catalogue, type_name)
    concrete = {one.name for one in catalogue.concrete(type_name)}
    children = {name: fields for name, fields in selected.children.items() if name in concrete}
    wanted = (
        func.unnest(bindparam("ids", type_=ARRAY(Uuid)))
        .table_valued(column("id", Uuid), with_ordinality="position", name="wanted")
        .render_derived()
    )
    text = object_text(work, children, source, ())
    statement = (
        select(wanted.c.position.cast(Integer), text)
        .select_from(wanted.join(source.rows, source.rows.c.id == wanted.c.id))
        .where(source.rows.c.tenant_id == DOOR_TENANT)
    )
    return _statement(statement, [selected], [tuple(work.holes)], [tuple(work.doubts)])


def fresh_text(catalogue: Catalogue, selected: Selected) -> tuple[str, tuple[Hole, ...]] | None:
    """The SELECT of the JSON text of a row that the same statement adds as `added0`, and its doubts.

    None where more is asked than the row itself and plain columns of the rows it points to: anything else might have to
    show what the statement adds, and a statement does not see its own additions.
    """
    children = selected.children.get(selected.type_name)
    if children is None or not all(_is_fresh(child) for child in children):
        return None
    info = catalogue.nodes[selected.type_name]
    fresh = text("TABLE added0").columns(*info.table.c).subquery("fresh")
    work = Compilation(catalogue, {}, DOOR_TENANT)
    row = object_text(work, {selected.type_name: children}, Source(info, fresh), ())
    made, names = sql_of(select(row).select_from(fresh))
    return None if names else (made, tuple(work.doubts))


def _is_fresh(one: Selected) -> bool:
    match one.declaration:
        case d.Link(many=False, key=key, by=None, type_key=None, where=None) if key is not None:
            return len(one.children) == 1 and all(_is_own(child) for child in one.only())
    return _is_own(one)


def _is_own(one: Selected) -> bool:
    match one.declaration:
        case None | d.GlobalId() | d.Composite():
            return True
        case d.Column(expression=expression):
            return isinstance(expression, SqlColumn)
    return False


def _statement(
    statement: Any,
    roots: Sequence[Selected],
    holes: Sequence[tuple[Hole, ...]],
    doubts: Sequence[tuple[Hole, ...]],
) -> Statement:
    text, names, constants = written(statement)
    wrapped = through_door(text, len(names))
    return Statement(wrapped, tuple(names), constants, tuple(roots), tuple(holes), tuple(doubts))


def _root_text(work: Compilation, root: Selected) -> Any:
    match root.declaration:
        case d.Connection() as connection:
            return connection_text(work, root, connection, None, ())
        case d.Link() as link:
            return link_text(work, root, link, None, ())
        case d.Column() as declared:
            assert root.definition is not None
            expression = column_expression(root, declared)(DOOR_TENANT)
            return leaf_text(expression, root.definition.type, not_null=False)
    raise TypeError(f"{root.name} is not read from the database.")
