"""Handoffs 交接: who is asked to take a customer, with what they must know, and how it went."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import and_, func

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import table_of
from server.handoffs import tables
from server.handoffs.available import Addressed, is_asked_of
from server.handoffs.statuses import HandoffAct, HandoffStatus, refusal
from server.lifecycles.handoff_context import AT_MOST, LAST_NOTES, Context, contexts
from server.operations.purposes import Purpose
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, computed, connection, link, ref, value
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
from server.schema.available_actions import AvailableAction, Judged, available_actions
from server.schema.feedback import Feedback
from server.schema.nodes import Connection
from server.schema.promises import Promise
from server.schema.roles_of_rows import WorkSubject

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.customers import Customer
    from server.schema.notes import ServiceNote
    from server.schema.quotes import Quote
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows = table_of(tables.Handoff).c
_overdue = and_(_rows.status == fixed(HandoffStatus.REQUESTED.value), _rows.due_at < func.now())

HANDOFF_ORDERS = orders("Handoff", REQUESTED_AT=_rows.requested_at, DUE_AT=_rows.due_at)


@strawberry.input(description="Which handoffs.")
class HandoffFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="Of which customer.")
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="About which case.")
    status: ChoiceFilter[HandoffStatus] | None = matches(_rows.status, description="How far it has come.")
    purpose: ChoiceFilter[Purpose] | None = matches(_rows.purpose, description="For what.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who asked.")
    to_staff: IdFilter | None = matches(
        _rows.to_staff_id, id_of="StaffMember", description="Of whom it was asked; isNull: of a role or group."
    )
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="The role it is asked of.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="The ops group it is asked of.")
    store: IdFilter | None = matches(_rows.store_id, id_of="Store", description="At which store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.store_id},
        id_of="Store",
        description="At this store or at any store below it.",
    )
    overdue: BooleanFilter | None = matches(
        _overdue,
        implies={_rows.status: HandoffStatus.REQUESTED.value},
        description="Whether it should have been answered by now, and nobody was asked besides so far.",
    )
    requested_at: DateTimeFilter | None = matches(_rows.requested_at, description="When it was asked.")
    due_at: DateTimeFilter | None = matches(_rows.due_at, description="By when it must be answered.")


HANDOFF_FILTER = filter_type(HandoffFilter)


@strawberry.type(description="What whoever takes the customer must know, as far as the caller may see it.")
class HandoffContext:
    open_feedback: list[Feedback] = value(
        description="What the customer told the brand and waits for an answer on, the most urgent first; at most "
        f"{AT_MOST}."
    )
    open_promises: list[Promise] = value(
        description=f"What the brand promised the customer and has still to keep, the most urgent first, those without a "
        f"time last; at most {AT_MOST}."
    )
    live_quotes: list[Annotated["Quote", strawberry.lazy("server.schema.quotes")]] = value(
        description=f"The quotes the brand stands by, issued, presented or accepted and still valid, newest first; at most "
        f"{AT_MOST}."
    )
    last_notes: list[Annotated["ServiceNote", strawberry.lazy("server.schema.notes")]] = value(
        description=f"The last {LAST_NOTES} service notes, newest first. Of those withheld from the caller it shows that "
        "they are there."
    )


async def _contexts(reader: Reader, rows: Sequence[Any]) -> list[HandoffContext]:
    found = await contexts(reader, [UUID(row.customer_id) for row in rows])
    return [_context(found[UUID(row.customer_id)]) for row in rows]


def _context(found: Context) -> HandoffContext:
    return HandoffContext(
        open_feedback=[ref(id) for id in found.feedback],
        open_promises=[ref(id) for id in found.promises],
        live_quotes=[ref(id) for id in found.quotes],
        last_notes=[ref(id) for id in found.notes],
    )


async def _available_actions(reader: Reader, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    caller = reader.call.caller
    me = caller.staff_id
    is_moot = me is None or Permission.CUSTOMER_WRITE not in caller.permissions  # then who is asked makes no difference
    asked = [True] * len(rows) if is_moot else await is_asked_of(reader, me, [_addressed(row) for row in rows])
    judged = (
        _judged(row, is_asked=mine, is_asker=me is None or _uuid(row.staff_id) == me)
        for row, mine in zip(rows, asked, strict=True)
    )
    return available_actions(reader.call, Permission.CUSTOMER_WRITE, judged)


def _judged(row: Any, *, is_asked: bool, is_asker: bool) -> list[Judged]:
    status = HandoffStatus(row.status)
    return [(act, refusal(act, status, is_asked=is_asked, is_asker=is_asker)) for act in HandoffAct]


def _addressed(row: Any) -> Addressed:
    return Addressed(**{name: _uuid(getattr(row, name)) for name in Addressed._fields})


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


@node(
    tables.Handoff,
    permission=Permission.CUSTOMER_READ,
    description="Somebody is asked to take a customer 交接: a person, or whoever serves in a role or group. Who is asked "
    "sees the customer, to decide; unanswered in time it is escalated to who answers for the store or group.",
)
class Handoff(WorkSubject):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="The customer."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it is about."
    )
    purpose: Purpose | None = column(_rows.purpose, description="For what; null for everything.")
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who asked; null for programs and owners."
    )
    to_staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.to_staff_id, description="Of whom it is asked; null where it is asked of a role or group."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.role_id, description="The role it is asked of, or of a person in it."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.group_id, description="The ops group it is asked of, or of a person in it."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.store_id, description="At which store; null for anywhere."
    )
    message: str | None = column(
        _rows.message, personal=True, description="What whoever asked says about it. Empty after erasure."
    )
    status: HandoffStatus = column(_rows.status, description="How far it has come.")
    requested_at: datetime = column(_rows.requested_at, description="When it was asked.")
    due_at: datetime = column(
        _rows.due_at, description="By when it must be answered; after an escalation, the new time."
    )
    overdue: bool = column(
        _overdue, description="Whether it should have been answered by now, and nobody was asked besides so far."
    )
    escalated_at: datetime | None = column(_rows.escalated_at, description="When it was escalated, if it was.")
    escalated_to: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.escalated_to_id,
        description="Who was asked besides then; null where nobody answers for the store or group.",
    )
    answered_at: datetime | None = column(
        _rows.answered_at, description="When it was accepted, declined or cancelled; null while it waits."
    )
    answered_by: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.answered_by_id, description="Who accepted or declined."
    )
    declined_reason: str | None = column(
        _rows.declined_reason, personal=True, description="Why it was declined. Empty after erasure."
    )
    context: HandoffContext = computed(
        _contexts,
        needs={"customer_id": _rows.customer_id},
        description="What whoever takes the customer must know, as it is now.",
    )
    available_actions: list[AvailableAction] = computed(
        _available_actions,
        needs={
            "status": _rows.status,
            **{name: _rows[name] for name in Addressed._fields},
        },
        description="Every act on this handoff, whether it would be refused to you now, and why.",
    )
    version: int = column(_rows.version, description="Rises with every change.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")


@strawberry.type
class HandoffQueries:
    handoffs: Connection[Handoff] = connection(
        orders=HANDOFF_ORDERS,
        filter=HANDOFF_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="Handoffs 交接 of customers in the caller's data scope, newest first.",
    )
    handoff: Handoff | None = by_id(permission=Permission.CUSTOMER_READ, description="One handoff, or null.")
