"""A filter that is kept: written down as a document, and read again as conditions over the rows it filters.

What is kept is what the caller gave, in the words of the input: {field: {operator: value}}. What it means is worked out anew
every time, so a document stays good for as long as the input has its fields.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Table
from strawberry.utils.str_converters import to_camel_case

from server.planner.filters import Condition, FilterType, Predicate

Document = Mapping[str, Mapping[str, Any]]

_OPERATORS = {"eq": "eq", "in": "in_", "from": "from_", "to": "to", "isNull": "is_null"}
_SPELLED = {python: spelled for spelled, python in _OPERATORS.items()}


@dataclass(frozen=True, slots=True)
class Understood:
    """The conditions of a document, the values of their parameters, and the permissions they ask for."""

    conditions: tuple[ColumnElement[bool], ...]
    values: Mapping[str, Any]
    permissions: frozenset[str]


def written(filter_type: FilterType, given: Any) -> dict[str, dict[str, Any]]:
    """The document of what the caller gave. Raises ValueError, naming the place, for what no list would take."""
    document: dict[str, dict[str, Any]] = {}
    for name, operator in filter_type.used(given):
        python = operator.split(":")[0]
        value = getattr(getattr(given, name), python)
        document.setdefault(to_camel_case(name), {})[_SPELLED[python]] = _plain(value)
    return document


def understood(filter_type: FilterType, document: Document, rows: Table, prefix: str) -> Understood:
    """What the document asks of `rows`. Its parameters begin with `prefix`."""
    names = {to_camel_case(name): name for name in filter_type.predicates}
    conditions: list[ColumnElement[bool]] = []
    values: dict[str, Any] = {}
    permissions: set[str] = set()
    for spelled, operators in document.items():
        predicate = filter_type.predicates[names[spelled]]
        if predicate.permission is not None:
            permissions.add(predicate.permission)
        in_use: list[tuple[str, str]] = []
        for word, value in operators.items():
            operator, parameter = _OPERATORS[word], f"{prefix}{len(values)}"
            if operator == "is_null" or predicate.implies is not None:
                in_use.append((f"{operator}:{value}", ""))
                continue
            in_use.append((operator, parameter))
            values[parameter] = predicate.bound(operator, _typed(predicate, value))
        conditions.append(Condition(predicate, tuple(in_use)).on(rows, lambda column: column))
    return Understood(tuple(conditions), values, frozenset(permissions))


def ids_in(filter_type: FilterType, document: Document) -> list[tuple[str, str, str, str]]:
    """Every id the document names: of which node type, in which field under which operator, and the id."""
    names = {to_camel_case(name): name for name in filter_type.predicates}
    found = []
    for spelled, operators in document.items():
        node_type = filter_type.predicates[names[spelled]].id_of
        for word, value in operators.items():
            if node_type is not None and word != "isNull":
                found += [(node_type, spelled, word, id) for id in (value if isinstance(value, list) else [value])]
    return found


def in_words(document: Document) -> list[tuple[str, str, list[str]]]:
    """Field, operator and values as texts, in alphabetical order."""
    return [
        (field, operator, [_text(one) for one in (value if isinstance(value, list) else [value])])
        for field, operators in sorted(document.items())
        for operator, value in sorted(operators.items())
    ]


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


def _typed(predicate: Predicate, value: Any) -> Any:
    read: Callable[[str], Any] | None = None
    if isinstance(predicate.column.type, DateTime):
        read = datetime.fromisoformat
    elif isinstance(predicate.column.type, Date):
        read = date.fromisoformat
    if read is None:
        return value
    return [read(one) for one in value] if isinstance(value, list) else read(value)
