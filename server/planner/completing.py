"""Completes values that Python produced (payloads, advice, verdicts) into JSON trees, by the rules of the specification.

Rows are never produced by Python: where a node belongs, the value is a `Ref`, and all refs of one field are read by one
statement afterwards; a computed field below values is asked once about all of them. A null where none may be, and an
exception, become an error with its path, and null the nearest place that may be null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import (
    GraphQLError,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
)

from server.errors import ErrorCode, RequestError
from server.planner import declarations as d
from server.planner.call import Call
from server.planner.nodes import Catalogue
from server.planner.reading import LIST, Hole
from server.planner.selections import Selected

_log = structlog.get_logger()


class Data(dict[str, Any]):
    """The data of an operation. It is lost, as a whole null, where a root field that may not be null is."""

    lost = False


@dataclass(slots=True)
class Slot:
    """A place in the answer: `container[key]`, below `parent`. Where null ends up is decided along this chain."""

    container: Any
    key: str | int
    parent: Slot | None
    nullable: bool

    def path(self) -> list[str | int]:
        keys: list[str | int] = []
        slot: Slot | None = self
        while slot is not None:
            keys.append(slot.key)
            slot = slot.parent
        return keys[::-1]

    def null(self) -> None:
        """Null here, or in the nearest place above that may be null."""
        slot = self
        while not slot.nullable and slot.parent is not None:
            slot = slot.parent
        slot.container[slot.key] = None
        if not slot.nullable and isinstance(slot.container, Data):
            slot.container.lost = True


@dataclass(frozen=True, slots=True)
class Unasked:
    """In place of what a computed field below a value comes to: all objects of the field are asked about at once."""

    source: Any


class _Failed(Exception):
    """Something below could not be completed and its error is recorded."""


class _NoInt(GraphQLError):
    """A number that does not fit where an Int must stand; graphql-core's words tell it."""


@dataclass(slots=True)
class Completion:
    """The completing of one operation's values: its errors, and the refs still to be read."""

    catalogue: Catalogue
    call: Call
    arguments: dict[int, dict[str, Any]]
    errors: list[dict[str, Any]] = field(default_factory=list)
    pending: dict[int, tuple[Selected, list[tuple[Slot, d.Ref | Unasked]]]] = field(default_factory=dict)

    def put(self, selected: Selected, produced: Any, slot: Slot) -> None:
        """Complete what a field produced and put it in its slot."""
        assert selected.definition is not None
        try:
            slot.container[slot.key] = self._complete(selected.definition.type, selected, produced, slot)
        except _Failed:
            slot.null()

    def fail(self, selected: Selected, slot: Slot, fault: BaseException) -> None:
        """Record that the field failed and null its slot."""
        self._record(selected, slot, fault)
        slot.null()

    def settle(self, doubts: Sequence[Hole], root: Slot) -> None:
        """Tell the errors of what an answer read from the database holds and may not; `root` is the slot it stands in."""
        for doubt in doubts:
            for slot in hole_slots(root.container[root.key], doubt, root):
                self.fail(doubt.selected, slot, _fault(doubt.selected, slot.container[slot.key][2]))

    def take_pending(self) -> Iterator[tuple[Selected, list[tuple[Slot, d.Ref | Unasked]]]]:
        taken, self.pending = self.pending, {}
        yield from taken.values()

    def _field(self, selected: Selected, source: Any, slot: Slot) -> Any:
        if selected.is_typename:
            return selected.parent_type
        if isinstance(selected.declaration, d.Computed):
            self._wait(selected, slot, Unasked(source))
            return None
        assert selected.definition is not None
        try:
            produced = self._produced(selected, source)
            return self._complete(selected.definition.type, selected, produced, slot)
        except _Failed:
            if slot.nullable:
                return None
            raise
        except RequestError:
            raise
        except Exception as fault:  # noqa: BLE001  # whatever a field raises is that field's error, with its path
            self._record(selected, slot, fault)
            if slot.nullable:
                return None
            raise _Failed from None

    def _produced(self, selected: Selected, source: Any) -> Any:
        declaration = selected.declaration
        if isinstance(declaration, d.Value) and declaration.get is not None:
            return declaration.get(source, self.call, **self.arguments.get(selected.site, {}))
        assert selected.definition is not None
        return getattr(source, selected.definition.extensions["strawberry-definition"].python_name)

    def _complete(self, type_: GraphQLOutputType, selected: Selected, produced: Any, slot: Slot) -> Any:
        if isinstance(type_, GraphQLNonNull):
            completed = self._complete(type_.of_type, selected, produced, slot)
            if completed is None:
                self._record(selected, slot, TypeError("null in a place that may not be null"))
                raise _Failed
            return completed
        if produced is None:
            return None
        if isinstance(type_, GraphQLList):
            return self._list(type_, selected, produced, slot)
        if type_ is GraphQLInt:
            return _int(produced)
        if is_leaf_type(type_):
            return type_.coerce_output_value(produced)
        if isinstance(produced, d.Ref):
            self._wait(selected, slot, produced)
            return produced
        return self._object(type_, selected, produced, slot)

    def _wait(self, selected: Selected, slot: Slot, what: d.Ref | Unasked) -> None:
        self.pending.setdefault(id(selected), (selected, []))[1].append((slot, what))

    def _list(self, type_: GraphQLList[Any], selected: Selected, produced: Sequence[Any], slot: Slot) -> list[Any]:
        items: list[Any] = [None] * len(produced)
        nullable = not isinstance(type_.of_type, GraphQLNonNull)
        for index, item in enumerate(produced):
            place = Slot(items, index, slot, nullable)
            try:
                items[index] = self._complete(type_.of_type, selected, item, place)
            except _Failed:
                if not nullable:
                    raise
        return items

    def _object(self, type_: Any, selected: Selected, produced: Any, slot: Slot) -> dict[str, Any]:
        name = type_.name if isinstance(type_, GraphQLObjectType) else _type_name(produced)
        out: dict[str, Any] = {}
        for child in selected.children[name]:
            nullable = child.definition is not None and not isinstance(child.definition.type, GraphQLNonNull)
            out[child.key] = self._field(child, produced, Slot(out, child.key, slot, nullable))
        return out

    def _record(self, selected: Selected, slot: Slot, fault: BaseException) -> None:
        error = located(selected, slot.path())
        if isinstance(fault, RequestError):
            error.update({key: value for key, value in fault.errors[0].items() if key in ("message", "extensions")})
        else:
            _log.error("field.failed", path=slot.path(), request_id=self.call.request_id, exc_info=fault)
            error["message"] = fault.message if isinstance(fault, _NoInt) else "Internal error"
            error["extensions"] = {"code": ErrorCode.INTERNAL.value, "requestId": self.call.request_id}
        self.errors.append(error)


def located(selected: Selected, path: list[str | int]) -> dict[str, Any]:
    """An error's path, and the places of the field in the document."""
    locations = []
    for node in selected.nodes:
        if node.loc is not None:
            token = node.loc.start_token
            locations.append({"line": token.line, "column": token.column})
    return {"message": "", "locations": locations, "path": path}


def _int(produced: Any) -> int:
    try:
        number: int = GraphQLInt.coerce_output_value(produced)
    except GraphQLError as fault:
        raise _NoInt(fault.message) from None
    return number


def _fault(selected: Selected, found: int | None) -> Exception:
    """What is wrong with what a doubt found: null, or a number that is no Int."""
    if found is None:
        return TypeError("null in a place that may not be null")
    try:
        _int(found)
    except _NoInt as fault:
        return fault
    return TypeError(f"{selected.name}: {found} is an Int")


def _type_name(produced: Any) -> str:
    name: str = type(produced).__strawberry_definition__.name
    return name


def hole_slots(tree: Any, hole: Hole, root: Slot) -> Iterator[Slot]:
    """Every place in a parsed answer that the hole left open; `root` is the slot the answer stands in."""
    if hole.path:
        yield from _open_slots(tree, hole.path, hole.number, root)
    elif _is_left_by(tree, hole.number):
        yield root


def _open_slots(tree: Any, path: Sequence[tuple[str, bool]], number: int, parent: Slot) -> Iterator[Slot]:
    (key, nullable), rest = path[0], path[1:]
    if tree is None:
        return
    if key == LIST:
        places = [Slot(tree, index, parent, False) for index in range(len(tree))]
    elif key in tree:
        places = [Slot(tree, key, parent, nullable)]
    else:
        return  # another concrete type of an interface
    for slot in places:
        held = slot.container[slot.key]
        if rest:
            yield from _open_slots(held, rest, number, slot)
        elif _is_left_by(held, number):
            yield slot


def _is_left_by(held: Any, number: int) -> bool:
    return isinstance(held, list) and bool(held) and held[0] == number
