"""Bounds a document before anything expensive looks at it: one linear pass, each fragment measured once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode

from server.errors import ErrorCode, RequestError
from server.planner import declarations as d
from server.planner.nodes import Catalogue
from server.planner.selections import Selected, Selection

MAX_LENGTH = 100_000
MAX_TOKENS = 8_000
MAX_DEPTH = 20
MAX_FIELDS = 2_000
MAX_ALIASES = 100
MAX_ROOTS = 30
MAX_DIRECTIVES = 100
_CEILING = 10**9
"""Counts are cut off here: nested fragments multiply, and numbers without bound cost time of their own."""


@dataclass(slots=True)
class _Size:
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0

    def add(self, other: _Size, deeper: int) -> None:
        self.fields = min(self.fields + other.fields, _CEILING)
        self.aliases = min(self.aliases + other.aliases, _CEILING)
        self.directives = min(self.directives + other.directives, _CEILING)
        self.depth = max(self.depth, other.depth + deeper)


def check_document(document: DocumentNode) -> None:
    """Raises TOO_COMPLEX. Fragment cycles count as what has been seen of them; validation refuses them afterwards."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    measured: dict[str, _Size] = {}
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        if len(definition.selection_set.selections) > MAX_ROOTS:
            raise too_complex(f"more than {MAX_ROOTS} root fields")
        size = _measure(definition.selection_set, fragments, measured, 0)
        for amount, limit, what in (
            (size.depth, MAX_DEPTH, "levels"),
            (size.fields, MAX_FIELDS, "fields"),
            (size.aliases, MAX_ALIASES, "aliases"),
            (size.directives, MAX_DIRECTIVES, "directives"),
        ):
            if amount > limit:
                raise too_complex(f"more than {limit} {what}")


def _measure(
    selection_set: Any, fragments: dict[str, FragmentDefinitionNode], measured: dict[str, _Size], depth: int
) -> _Size:
    if depth > MAX_DEPTH * 2:
        raise too_complex(f"more than {MAX_DEPTH} levels")
    size = _Size()
    for selection in selection_set.selections:
        size.directives += len(selection.directives or ())
        if isinstance(selection, FieldNode):
            size.fields += 1
            size.aliases += selection.alias is not None
            inner = selection.selection_set
            below = _measure(inner, fragments, measured, depth + 1) if inner is not None else _Size()
            size.add(below, 1)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in measured and name in fragments:
                measured[name] = _Size()
                measured[name] = _measure(fragments[name].selection_set, fragments, measured, depth + 1)
            size.add(measured.get(name, _Size()), 0)
        else:
            size.add(_measure(selection.selection_set, fragments, measured, depth + 1), 0)
    return size


def cost_of(catalogue: Catalogue, selection: Selection, arguments: dict[int, dict[str, Any]]) -> int:
    """How many fields of rows the operation may ask for: page sizes multiply."""
    return sum(_field_cost(one, arguments) for one in selection.roots)


def _field_cost(one: Selected, arguments: dict[int, dict[str, Any]]) -> int:
    below = max((sum(_field_cost(child, arguments) for child in group) for group in one.children.values()), default=0)
    match one.declaration:
        case d.Connection():
            counting = 50 if any(child.name.startswith("totalCount") for child in one.only()) else 0
            # An edge and its node cost nothing by themselves; what is asked of the row does.
            size: int = max(arguments[one.site]["page"].size, 1)
            return min(1 + counting + size * max(below - 1, 1), _CEILING)
        case d.Link(many=True):
            return min(1 + 10 * max(below, 1), _CEILING)
        case d.Computed():
            return min(5 + below, _CEILING)
        case d.Link() | d.Act() | d.Stream():
            return min(1 + below, _CEILING)
    return min(1 + below, _CEILING) if one.children else 1


def too_complex(why: str) -> RequestError:
    return RequestError(ErrorCode.TOO_COMPLEX, f"The operation is too large: {why}.")
