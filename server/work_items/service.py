"""The pieces that acts of other rooms are made of: an item is opened, given to somebody else, closed.

Every one of them may be called twice and by two acts at once: the key of kind and subject decides, and what is so already
is left alone, without an event. Locked are the items touched, in the order of their ids, until the act ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from server.db.statements import among, table_of
from server.db.work import Work
from server.operations.purposes import Purpose
from server.operations.units import Unit, unit_of
from server.work_items import events
from server.work_items.kinds import CLOSED_BY_CONTACT, WorkItemKind, WorkItemState
from server.work_items.tables import WorkItem

_items = table_of(WorkItem)


@dataclass(frozen=True, slots=True)
class Whose:
    """Who is to do it: a person, or whoever is in a role or group, at a store or anywhere. A person may be named besides
    the role they do it in."""

    assignee_id: UUID | None = None
    unit: Unit | None = None
    store_id: UUID | None = None

    def columns(self) -> dict[str, Any]:
        return {
            "assignee_id": self.assignee_id,
            "role_id": None if self.unit is None else self.unit.role_id,
            "group_id": None if self.unit is None else self.unit.group_id,
            "store_id": self.store_id,
        }


def add_item(
    work: Work,
    kind: WorkItemKind,
    subject_id: UUID,
    whose: Whose,
    *,
    due_at: datetime,
    customer_id: UUID | None = None,
    purpose: Purpose | None = None,
    opened_at: datetime | None = None,
) -> WorkItem:
    """Open the item of a subject that was made in this very act, so that there can be none yet. Asks nothing."""
    item = work.add(_new(work, kind, subject_id, whose, due_at, customer_id, purpose, opened_at))
    work.emit(events.opened(item))
    return item


async def open_item(
    work: Work,
    kind: WorkItemKind,
    subject_id: UUID,
    whose: Whose,
    *,
    due_at: datetime,
    customer_id: UUID | None = None,
    purpose: Purpose | None = None,
    opened_at: datetime | None = None,
) -> WorkItem:
    """Open the item, again where it was closed. One that is open gets this due time and this owner."""
    item = _new(work, kind, subject_id, whose, due_at, customer_id, purpose, opened_at)
    item.tenant_id, item.recorded_at = work.tenant_id, work.now
    statement = insert(_items).values({name: getattr(item, name) for name in WorkItem.model_fields})
    key = ["tenant_id", "kind", "subject_id"]
    if await work.execute(statement.on_conflict_do_nothing(index_elements=key)):
        work.emit(events.opened(item))
        return item
    [item] = await _locked(work, kind, [subject_id])
    known: dict[str, Any] = {} if customer_id is None else {"customer_id": customer_id}  # it may be known by now
    if item.state == WorkItemState.OPEN:
        await _give(work, item, {**whose.columns(), **known, "due_at": due_at})
        return item
    await work.change(
        item,
        **whose.columns(),
        **known,
        due_at=due_at,
        state=WorkItemState.OPEN.value,
        opened_at=opened_at or work.now,
        closed_at=None,
        updated_at=work.now,
    )
    work.emit(events.opened(item))
    return item


async def close_item(work: Work, kind: WorkItemKind, subject_id: UUID, *, at: datetime | None = None) -> bool:
    """Close the item. False where there is none, or it is closed already."""
    return bool(await close_items(work, kind, [subject_id], at=at))


async def close_items(
    work: Work, kind: WorkItemKind, subject_ids: Sequence[UUID], *, at: datetime | None = None
) -> list[WorkItem]:
    """Close those of these items that are open; answers them."""
    return await _close(work, [one for one in await _locked(work, kind, subject_ids) if _is_open(one)], at)


async def close_items_of(work: Work, kind: WorkItemKind, customer_id: UUID) -> list[WorkItem]:
    """Close the customer's open items of this kind, whatever they are about; answers them."""
    waiting = await work.rows(
        WorkItem,
        _items.c.customer_id == customer_id,
        _items.c.kind == kind.value,
        _items.c.state == WorkItemState.OPEN.value,
        lock=True,
    )
    return await _close(work, waiting, None)


async def contacted(work: Work, customer_ids: Collection[UUID], purpose: Purpose, at: datetime) -> list[WorkItem]:
    """Somebody contacted the customer on this matter at `at`: close what waited for that since before; answers it.

    A customer with others merged into them has several ids.
    """
    waiting = await work.rows(
        WorkItem,
        among(_items.c.customer_id, customer_ids),
        among(_items.c.kind, [kind.value for kind in CLOSED_BY_CONTACT]),
        _items.c.state == WorkItemState.OPEN.value,
        _items.c.purpose == purpose.value,
        _items.c.opened_at <= at,
        lock=True,
    )
    return await _close(work, waiting, at)


async def reassign_item(
    work: Work, kind: WorkItemKind, subject_id: UUID, whose: Whose, *, due_at: datetime | None = None
) -> WorkItem | None:
    """Give the open item to somebody else, and perhaps more or less time. None where there is none that is open."""
    open_ones = [one for one in await _locked(work, kind, [subject_id]) if _is_open(one)]
    for item in open_ones:
        await _give(work, item, {**whose.columns(), "due_at": due_at or item.due_at})
    return open_ones[0] if open_ones else None


async def put_off_item(work: Work, kind: WorkItemKind, subject_id: UUID, due_at: datetime) -> None:
    """It is due at another time; whose it is stays. Nothing happens where there is none that is open."""
    for item in await _locked(work, kind, [subject_id]):
        if _is_open(item):
            await _give(work, item, {"due_at": due_at})


async def hand_on(work: Work, items: Sequence[UUID], to: UUID | None, *, unit: Unit | None = None) -> list[WorkItem]:
    """Give these items, of any kind, to another person, or to nobody in particular of their role; answers those that are
    open. `unit`: the role or group of an item that had none."""
    found = await work.rows(WorkItem, among(_items.c.id, items), lock=True)
    open_ones = [one for one in found if _is_open(one)]
    for item in open_ones:
        kept = unit_of(item) or unit
        await _give(work, item, Whose(to, kept, item.store_id).columns())
    return open_ones


async def open_items_of(work: Work, staff_id: UUID) -> list[WorkItem]:
    """What the person is to do, the most urgent first."""
    return await work.rows(
        WorkItem,
        _items.c.assignee_id == staff_id,
        _items.c.state == WorkItemState.OPEN.value,
        order_by=(_items.c.due_at, _items.c.id),
    )


def _new(
    work: Work,
    kind: WorkItemKind,
    subject_id: UUID,
    whose: Whose,
    due_at: datetime,
    customer_id: UUID | None,
    purpose: Purpose | None,
    opened_at: datetime | None,
) -> WorkItem:
    return WorkItem(
        kind=kind.value,
        subject_type=kind.subject_type,
        subject_id=subject_id,
        customer_id=customer_id,
        purpose=None if purpose is None else purpose.value,
        due_at=due_at,
        opened_at=opened_at or work.now,
        updated_at=work.now,
        **whose.columns(),
    )


async def _locked(work: Work, kind: WorkItemKind, subject_ids: Sequence[UUID]) -> list[WorkItem]:
    return await work.rows(WorkItem, _items.c.kind == kind.value, among(_items.c.subject_id, subject_ids), lock=True)


def _is_open(item: WorkItem) -> bool:
    return item.state == WorkItemState.OPEN


async def _give(work: Work, item: WorkItem, values: dict[str, Any]) -> None:
    if any(getattr(item, name) != value for name, value in values.items()):
        await work.change(item, updated_at=work.now, **values)
        work.emit(events.reassigned(item))


async def _close(work: Work, items: Sequence[WorkItem], at: datetime | None) -> list[WorkItem]:
    for item in items:
        closed_at = max(at or work.now, item.opened_at)
        await work.change(item, state=WorkItemState.CLOSED.value, closed_at=closed_at, updated_at=work.now)
        work.emit(events.closed(item))
    return list(items)
