"""What a page is asked for, and the order it is read in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, tuple_

from server.planner.filters import Direction


@dataclass(frozen=True, slots=True)
class Page:
    """The arguments of a connection, checked: its shape decides the SQL text, the rest are parameters."""

    size: int
    backward: bool
    order: str
    direction: Direction
    after: tuple[Any, UUID] | None
    before: tuple[Any, UUID] | None
    conditions: tuple[tuple[str, str], ...]
    searched: bool
    scoped: bool = False
    """Whether the caller sees only some rows: the list then starts from what they see."""

    @property
    def shape(self) -> tuple[Any, ...]:
        return (
            self.backward, self.order, self.direction, self.after is None, self.before is None, self.conditions, self.searched,
            self.scoped,
        )  # fmt: skip


def ordering(page: Page, *keys: Any) -> list[Any]:
    """The order of reading: a page asked for from the end is read from there."""
    descending = (page.direction is Direction.DESC) != page.backward
    return [key.desc() for key in keys] if descending else list(keys)


def beyond(page: Page, prefix: str, key: Any, tie: Any) -> list[Any]:
    """Behind `after`, in front of `before`: comparisons of rows, which an index on (key, tie) starts from exactly.

    Written as key and tie apart, the index would start at the first of all rows with the same key.
    """
    conditions = []
    for name, cursor, towards_end in (("a", page.after, True), ("b", page.before, False)):
        if cursor is not None:
            value = bindparam(f"{prefix}{name}v", type_=key.type)
            id = bindparam(f"{prefix}{name}i", type_=Uuid)
            row, other = tuple_(key, tie), tuple_(value, id)
            conditions.append(row > other if (page.direction is Direction.ASC) == towards_end else row < other)
    return conditions
