"""Every type of event there is. A type registers by decorator where its domain declares it.

Fields are thin: ids, enumerations, numbers, times. No names, phones or texts: erasure must never have to rewrite the log.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened. Subclasses add their thin fields and register with `event`."""

    type: ClassVar[str]
    version: ClassVar[int]
    subject_type: ClassVar[str]
    subject_field: ClassVar[str]
    description: ClassVar[str]

    occurred_at: datetime | None = None
    """When it happened in the world, where that is not now."""

    @property
    def subject_id(self) -> UUID:
        id: UUID = getattr(self, self.subject_field)
        return id

    @property
    def about_customer(self) -> UUID | None:
        """The customer whose data scope decides who may see the event."""
        return getattr(self, "customer_id", None)

    def body(self) -> dict[str, Any]:
        """The thin fields as JSON values."""
        return {name: _plain(getattr(self, name)) for name in thin_fields(type(self))}


@dataclass(frozen=True, slots=True)
class ThinField:
    """A field of an event type: its Python type without None, and for an id the node type it points to."""

    name: str
    python_type: type
    nullable: bool
    description: str
    points_to: str | None


CATALOGUE: dict[str, type[Event]] = {}
_FIELDS: dict[type[Event], dict[str, ThinField]] = {}
E_ = TypeVar("E_", bound=type[Event])


def points_to(node_type: str, description: str) -> Any:
    """An event's field that holds the id of a node."""
    return dataclasses.field(metadata={"points_to": node_type, "description": description})


def fact(description: str) -> Any:
    """An event's field that holds an enumeration, a number, a flag or a time."""
    return dataclasses.field(metadata={"description": description})


def event(type: str, *, subject: str, subject_field: str, description: str, version: int = 1) -> Callable[[E_], E_]:
    """Register an event type, for example `feedback.raised` whose subject is the `Feedback` in `feedback_id`."""

    def register(cls: E_) -> E_:
        if type in CATALOGUE:
            raise ValueError(f"Two events are called {type}.")
        cls.type, cls.version, cls.description = type, version, description
        cls.subject_type, cls.subject_field = subject, subject_field
        _FIELDS[cls] = {field.name: field for field in _read_fields(cls)}
        CATALOGUE[type] = cls
        return cls

    return register


def thin_fields(cls: type[Event]) -> dict[str, ThinField]:
    return _FIELDS[cls]


def _read_fields(cls: type[Event]) -> list[ThinField]:
    hints = get_type_hints(cls)
    fields = []
    for field in dataclasses.fields(cls):
        if field.name == "occurred_at":
            continue
        python_type, nullable = _without_none(hints[field.name])
        allowed = issubclass(python_type, UUID | enum.StrEnum | int | datetime | date)
        if not allowed or (python_type is UUID) != ("points_to" in field.metadata):
            raise TypeError(
                f"{cls.__name__}.{field.name}: events carry ids (points_to), enumerations, numbers and times."
            )
        fields.append(
            ThinField(field.name, python_type, nullable, field.metadata["description"], field.metadata.get("points_to"))
        )
    return fields


_PLAIN_ALREADY = frozenset({str, int, bool})


def _without_none(hint: Any) -> tuple[type, bool]:
    if get_origin(hint) in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        return inner[0], True
    return hint, False


def _plain(value: Any) -> Any:
    if value is None or type(value) in _PLAIN_ALREADY:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, UUID | date):
        return str(value)
    return value
