"""Questions an act asks before it decides: compiled once, each through a door of its own.

A question may be asked inside a transaction or without one, so it takes no lock. It is written over `DOOR_TENANT` instead
of a parameter for the tenant, and always has at least one row, so that no row means a door that stayed shut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from server.db.statements import written
from server.db.tenancy import Passage, through_door


@dataclass(frozen=True, slots=True)
class Question:
    """One SQL text and its parameters. The rows have the time as `now` besides what was selected."""

    text: str
    asking: str
    """The same without its door."""
    columns: tuple[str, ...]
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    """Parameters whose value the statement itself brings."""

    def values(self, given: Mapping[str, Any], passage: Passage) -> list[Any]:
        """In the order of the placeholders."""
        return [*self.own_values(given), *passage.values]

    def own_values(self, given: Mapping[str, Any]) -> list[Any]:
        """Likewise, without the door's."""
        constants = self.constants
        return [constants[name] if name in constants else given[name] for name in self.names]


def question(statement: Select[Any]) -> Question:
    """Raises TypeError for a statement that locks: without a transaction the lock would be gone at once."""
    if statement._for_update_arg is not None:
        raise TypeError("A question takes no lock.")
    rows = statement.subquery("asked")
    asking = select(func.now().label("now"), *rows.c)
    text, names, constants = written(asking)
    columns = tuple(column.name for column in asking.selected_columns)
    return Question(through_door(text, len(names)), text, columns, tuple(names), constants)
