"""The inbox while one looks at it: what comes into a list of work items, changes in it, and leaves it."""

import enum
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.db.statements import Statements, among, table_of
from server.events import reading
from server.events.cursors import Log, cursor_of, seq_of
from server.events.tables import EventRow
from server.ids import global_id
from server.planner.call import Call
from server.planner.declarations import Stream, argument, declared, ref, value
from server.schema.work_items import WorkItem, WorkItemFilter, conditions_of
from server.work_items.events import WorkItemClosed, WorkItemOpened, WorkItemReassigned
from server.work_items.kinds import WorkItemState
from server.work_items.tables import WorkItem as WorkItemRow

_KNOWN = 2_000
"""Items of the list that are remembered when the watch begins, so that their leaving is told."""

_items = table_of(WorkItemRow)
_events = table_of(EventRow).c


@strawberry.enum(description="What became of a work item.")
class WorkItemMove(enum.Enum):
    OPENED = strawberry.enum_value("OPENED", description="It is to be done, or to be done again.")
    REASSIGNED = strawberry.enum_value("REASSIGNED", description="It is somebody else's, or due at another time.")
    CLOSED = strawberry.enum_value("CLOSED", description="It is done, or no longer to be done.")


_MOVES = {
    WorkItemOpened.type: WorkItemMove.OPENED,
    WorkItemReassigned.type: WorkItemMove.REASSIGNED,
    WorkItemClosed.type: WorkItemMove.CLOSED,
}


@strawberry.type(description="A work item of a list one watches came, changed or went.")
class WorkItemChange:
    cursor: str = value(description="The place of the change in the brand's event log.")
    move: WorkItemMove = value(description="What became of it.")
    work_item_id: strawberry.ID = value(description="Which one.")
    work_item: WorkItem | None = value(description="The item as it is now.")
    matches: bool = value(description="Whether it belongs to the list now: where not, take it off the list.")


async def _follow(
    call: Call, filter: WorkItemFilter | None = None, after: str | None = None
) -> AsyncIterator[list[WorkItemChange]]:
    watch = _Watch(call, filter)
    services, log = call.services, Log(call.caller.tenant_id, call.services.epoch)
    await watch.begin()
    start = None if after is None else seq_of(after, log)
    async for batch in reading.follow(
        services.database, services.tailer, call.caller.passage, after=start, types=sorted(_MOVES)
    ):
        yield [
            WorkItemChange(
                cursor=cursor_of(seq, log),
                move=_MOVES[type_],
                work_item_id=strawberry.ID(global_id("WorkItem", item_id)),
                work_item=ref(item_id),
                matches=matches,
            )
            for seq, type_, item_id, matches in await watch.changes(batch)
        ]


class _Watch:
    """One watcher's list: which items belong to it, as far as was told."""

    def __init__(self, call: Call, filter: WorkItemFilter | None) -> None:
        self._conditions, self._parameters = conditions_of("workItemsChanged", filter)
        self._database = call.services.database
        self._passage = call.caller.passage
        self._listed: set[UUID] = set()

    async def begin(self) -> None:
        async with self._database.snapshot(self._passage) as (raw, _):
            still_open = _items.c.state == WorkItemState.OPEN.value
            statement = self._matching(still_open).order_by(_items.c.due_at, _items.c.id).limit(_KNOWN)
            self._listed.update(await self._ids(Statements(raw), statement))

    async def changes(self, batch: list[reading.Place]) -> list[tuple[int, str, UUID, bool]]:
        """Of the events, those that concern the list: number, type, item, and whether the item belongs to it now."""
        if not batch:
            return []
        async with self._database.snapshot(self._passage) as (raw, _):
            statements = Statements(raw)
            told = await statements.fetch(
                select(_events.seq, _events.type, _events.subject_id)
                .where(_events.tenant_id == self._passage.tenant_id, among(_events.id, [one.id for one in batch]))
                .order_by(_events.seq)
            )
            ids = {record["subject_id"] for record in told}
            matching = set(await self._ids(statements, self._matching(among(_items.c.id, ids))))
        found = []
        for seq, type_, item_id in told:
            if item_id in matching or item_id in self._listed:
                found.append((seq, type_, item_id, item_id in matching))
        self._listed = (self._listed - ids) | matching
        return found

    def _matching(self, condition: Any) -> Any:
        return select(_items.c.id).where(_items.c.tenant_id == self._passage.tenant_id, condition, *self._conditions)

    async def _ids(self, statements: Statements, statement: Any) -> list[UUID]:
        return [record[0] for record in await statements.fetch(statement, **self._parameters)]


@strawberry.type
class WorkItemSubscriptions:
    work_items_changed: WorkItemChange = declared(
        Stream(function=_follow, permission=Permission.CUSTOMER_READ),
        "What comes into a list of work items 待办, changes in it or leaves it, from now on or from behind a cursor. "
        "Read the list and `cursor` in one query, then watch from that cursor: nothing is missed.",
        arguments=[
            argument("filter", WorkItemFilter | None, "The list: all conditions must hold.", default=None),
            argument("after", str | None, "From behind this cursor; from now on if left out.", default=None),
        ],
    )
