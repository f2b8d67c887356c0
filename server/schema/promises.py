"""Promises 承诺: what the brand said it would do, to whom, by when, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, and_, false, func

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, computed, connection, link
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
from server.promises import tables
from server.promises.promise_terms import PromiseStatus
from server.promises.settling import PromiseAct, refusal
from server.schema.available_actions import AvailableAction, available_actions
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.nodes import Connection
from server.schema.roles_of_rows import WorkSubject

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.customers import Customer
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows = table_of(tables.Promise).c

_overdue = func.coalesce(
    and_(_rows.status == fixed(PromiseStatus.OPEN.value), _rows.due_at < func.now()), false(), type_=Boolean
)

PROMISE_ORDERS = orders("Promise", MADE_AT=_rows.occurred_at, UPDATED_AT=_rows.updated_at)


@strawberry.input(description="Which promises.")
class PromiseFilter:
    customer: IdFilter | None = matches(
        _rows.customer_id, id_of="Customer", description="To whom; isNull finds what was promised to everyone."
    )
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="In which case.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who made it.")
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="Made in which role.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="Made in which ops group.")
    store: IdFilter | None = matches(_rows.store_id, id_of="Store", description="Made at which store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.store_id},
        id_of="Store",
        description="Made at this store or at any store below it.",
    )
    status: ChoiceFilter[PromiseStatus] | None = matches(_rows.status, description="How it stands.")
    overdue: BooleanFilter | None = matches(
        _overdue,
        implies={_rows.status: PromiseStatus.OPEN.value},
        description="Whether it is open and its time has run out.",
    )
    kept_in_time: BooleanFilter | None = matches(_rows.kept_in_time, description="Whether it was kept by its time.")
    made_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When it was made.")
    due_at: DateTimeFilter | None = matches(
        _rows.due_at, description="By when; `isNull: true` for those without a time."
    )
    settled_at: DateTimeFilter | None = matches(_rows.settled_at, description="When it was settled.")
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When it last changed.")


PROMISE_FILTER = filter_type(PromiseFilter)


async def _actions(reader: Reader, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    judged = [[(act, refusal(PromiseStatus(row.status))) for act in PromiseAct] for row in rows]
    return available_actions(reader.call, Permission.PROMISE_WRITE, judged)


@node(
    tables.Promise,
    permission=Permission.PROMISE_READ,
    description="What the brand said it would do 承诺, for one customer or for everyone.",
)
class Promise(WorkSubject):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="To whom; null: to everyone."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it belongs to."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who made it."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.role_id, description="The role they made it in."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.group_id, description="The ops group they made it in."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.store_id, description="The store it was made at."
    )
    text: str = column(_rows.text, personal=True, description="What was promised. Empty after erasure.")
    status: PromiseStatus = column(_rows.status, description="How it stands.")
    due_at: datetime | None = column(_rows.due_at, description="By when it is to be kept; null: it has no time.")
    within_hours: int | None = column(
        _rows.within_hours,
        description="Within how many hours, where it was said so. To everyone, the hours are the promise: they run for "
        "each customer anew, and `dueAt` is null.",
    )
    overdue: bool = column(_overdue, description="Whether it is open and its time has run out.")
    overdue_at: datetime | None = column(
        _rows.overdue_at, description="When it was noticed that its time had run out; null where it never was."
    )
    settled_at: datetime | None = column(
        _rows.settled_at, description="When it was kept, broken or released; null while it is open."
    )
    settled_by: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.settled_by_id, description="The staff member who said what became of it; null for programs and owners."
    )
    reason: str | None = column(
        _rows.reason, personal=True, description="Why it was broken or released. Empty after erasure."
    )
    kept_in_time: bool | None = column(
        _rows.kept_in_time,
        description="Whether it was kept by its time: false where it was kept late or broken; null while it is open, "
        "where it was released, and where it never had a time.",
    )
    available_actions: list[AvailableAction] = computed(
        _actions,
        needs={"status": _rows.status},
        description="Every act on this promise, whether it would be refused to you now, and why.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Promise")
    version: int = column(_rows.version, description="Rises with every change.")
    made_at: datetime = column(_rows.occurred_at, description="When it was made; may be past.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type
class PromiseQueries:
    promises: Connection[Promise] = connection(
        orders=PROMISE_ORDERS,
        filter=PROMISE_FILTER,
        permission=Permission.PROMISE_READ,
        description="What was promised 承诺 to customers in the caller's data scope, and to everyone. Newest first.",
    )
    promise: Promise | None = by_id(
        permission=Permission.PROMISE_READ, description="One promise; null where it is not there or not yours to see."
    )
