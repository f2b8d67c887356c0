"""Every SELECT the room is read by besides its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from server.db.reader import Reader
from server.db.statements import table_of
from server.work_items.kinds import WorkItemKind, WorkItemState
from server.work_items.tables import WorkItem

EXACT = 10_000
"""Open items are counted exactly up to so many."""

_items = table_of(WorkItem)


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of a kind is open, and how much of that should have been done by now."""

    kind: WorkItemKind
    open: int
    overdue: int


async def counted(
    reader: Reader, conditions: Sequence[ColumnElement[bool]], parameters: Mapping[str, Any]
) -> list[Counted]:
    """The open items that the reader may see and the conditions hold for, by kind, in the order of the kinds.

    No more than EXACT + 1 are looked at. `parameters` are the values of what the conditions leave open.
    """
    looked_at = (
        select(_items.c.kind, _items.c.due_at)
        .where(_items.c.tenant_id == reader.tenant_id, _items.c.state == WorkItemState.OPEN.value, *conditions)
        .limit(EXACT + 1)
        .subquery()
    )
    overdue = func.count().filter(looked_at.c.due_at < func.now())
    statement = select(looked_at.c.kind, func.count(), overdue).group_by(looked_at.c.kind)
    rows = await reader.fetch(statement, **parameters)
    found: dict[str, Any] = {kind: (number, late) for kind, number, late in rows}
    return [Counted(kind, *found[kind.value]) for kind in WorkItemKind if kind.value in found]
