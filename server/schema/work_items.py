"""Work items 待办: the inbox of a person, a role, a store, and how much is in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import and_, func

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.errors import ErrorCode, RequestError
from server.operations.purposes import Purpose
from server.operations.tables import StoreAncestor
from server.planner.declarations import argument, by_id, column, computed, connection, link, value
from server.planner.filters import (
    BooleanFilter,
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import WorkSubject
from server.work_items import queries, tables
from server.work_items.kinds import WorkItemKind, WorkItemState

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows = table_of(tables.WorkItem).c
_OPEN = WorkItemState.OPEN.value

_overdue = and_(_rows.state == fixed(_OPEN), _rows.due_at < func.now())

WORK_ITEM_ORDERS = orders("WorkItem", DUE_AT=_rows.due_at, UPDATED_AT=_rows.updated_at, newest_first=False)


@strawberry.input(description="Which work items.")
class WorkItemFilter:
    assignee: IdFilter | None = matches(
        _rows.assignee_id, id_of="StaffMember", description="Whose; isNull finds what no single person has."
    )
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="The role that is to do it.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="The ops group that is to do it.")
    store: IdFilter | None = matches(_rows.store_id, id_of="Store", description="At this store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.store_id},
        id_of="Store",
        description="At this store or at any store below it.",
    )
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="About which customer.")
    kinds: ChoiceFilter[WorkItemKind] | None = matches(_rows.kind, description="What is to be done.")
    purpose: ChoiceFilter[Purpose] | None = matches(_rows.purpose, description="The purpose it is about.")
    state: ChoiceFilter[WorkItemState] | None = matches(
        _rows.state, description="Whether it is still to be done: an inbox asks for OPEN."
    )
    due_at: DateTimeFilter | None = matches(_rows.due_at, description="By when; `to` finds what is due before then.")
    overdue: BooleanFilter | None = matches(
        _overdue, implies={_rows.state: _OPEN}, description="Whether it is open and should have been done by now."
    )
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When it last changed.")


WORK_ITEM_FILTER = filter_type(WorkItemFilter)


@node(
    tables.WorkItem,
    permission=Permission.CUSTOMER_READ,
    description="One thing somebody of the brand should do next 待办. Acts open and close it; nobody closes it by hand. "
    "Staff see those of the customers in their data scope; those about no customer are seen by their assignee, by who is "
    "placed at or above their store, and by who is placed everywhere in their role or group.",
)
class WorkItem(Node):
    kind: WorkItemKind = column(_rows.kind, description="What is to be done.")
    state: WorkItemState = column(_rows.state, description="Whether it is still to be done.")
    subject: WorkSubject | None = link(
        _rows.subject_id,
        type_key=_rows.subject_type,
        description="What it is about: the feedback to answer, the contact that waits for an answer, the handoff to "
        "take. Null where that is not yours to see.",
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="The customer it is about; null for nobody known."
    )
    purpose: Purpose | None = column(_rows.purpose, description="The purpose it is about, where it is about one.")
    assignee: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.assignee_id, description="Who is to do it; null while no single person is."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.role_id, description="The role that is to do it."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.group_id, description="The ops group that is to do it."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.store_id, description="At which store it is to be done."
    )
    due_at: datetime = column(_rows.due_at, description="By when it is to be done.")
    overdue: bool = column(_overdue, description="Whether it is open and should have been done by now.")
    opened_at: datetime = column(
        _rows.opened_at, description="Since when it waits; of one opened again, the last time."
    )
    closed_at: datetime | None = column(_rows.closed_at, description="When it was done; null while it is open.")
    version: int = column(_rows.version, description="Rises with every change.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was first recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type(description="How much of one kind is to be done.")
class WorkItemCount:
    kind: WorkItemKind = value(description="The kind.")
    open: int = value(description="How many are open.")
    overdue: int = value(description="How many of them should have been done by now.")


@strawberry.type(description="How much is to be done. Kinds of which nothing is open are left out.")
class WorkItemCounts:
    open: int = value(description="How many are open, of all kinds.")
    overdue: int = value(description="How many of them should have been done by now.")
    is_exact: bool = value(description="False where more than 10,000 are open: then no more than that were counted.")
    by_kind: list[WorkItemCount] = value(description="The same by kind, in the order of the kinds.")


def conditions_of(field: str, filter: WorkItemFilter | None) -> tuple[list[Any], dict[str, Any]]:
    """What a filter asks of the table, and the values of its parameters. Raises BAD_USER_INPUT."""
    try:
        used = WORK_ITEM_FILTER.used(filter)
    except ValueError as fault:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"{field}(filter): {fault}.", argument="filter") from None
    conditions = WORK_ITEM_FILTER.conditions(used, table_of(tables.WorkItem), lambda column: column, "w")
    return conditions, WORK_ITEM_FILTER.parameters(used, filter, "w")


async def _counts(reader: Reader, rows: Sequence[Any], filter: WorkItemFilter | None = None) -> list[WorkItemCounts]:
    found = await queries.counted(reader, *conditions_of("workItemCounts", filter))
    total = sum(one.open for one in found)
    return [
        WorkItemCounts(
            open=min(total, queries.EXACT),
            overdue=sum(one.overdue for one in found),
            is_exact=total <= queries.EXACT,
            by_kind=[WorkItemCount(kind=one.kind, open=one.open, overdue=one.overdue) for one in found],
        )
    ]


@strawberry.type
class WorkItemQueries:
    work_items: Connection[WorkItem] = connection(
        orders=WORK_ITEM_ORDERS,
        filter=WORK_ITEM_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="What is to be done 待办, and what was: the most urgent first. An inbox filters by state OPEN and by "
        "assignee, role, group or store.",
    )
    work_item: WorkItem | None = by_id(permission=Permission.CUSTOMER_READ, description="One work item, or null.")
    work_item_counts: WorkItemCounts = computed(
        _counts,
        permission=Permission.CUSTOMER_READ,
        arguments=[
            argument("filter", WorkItemFilter | None, "Only open items for which all conditions hold.", default=None)
        ],
        description="How much is to be done 待办数量, of what the caller may see.",
    )
