"""Appointments 预约: when customers are expected, whether they came, and every time that was agreed."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, and_, false, func

from server.access.permissions import Permission
from server.appointments import tables
from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.appointments.moves import AppointmentAct, refusal
from server.db.reader import Reader
from server.db.statements import table_of
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, computed, connection, link, links
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.available_actions import AvailableAction, available_actions
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.items import Item
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import RatedThing, WorkSubject

if TYPE_CHECKING:
    from server.schema.cases import Case, Subject
    from server.schema.customers import Customer
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows, _times = table_of(tables.Appointment).c, table_of(tables.AppointmentTime).c

APPOINTMENT_ORDERS = orders("Appointment", STARTS_AT=_rows.starts_at, UPDATED_AT=_rows.updated_at)


@strawberry.input(description="Which appointments.")
class AppointmentFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="Whose.")
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="In which case.")
    subject: IdFilter | None = matches(
        _rows.subject_id, id_of="Subject", description="For which pet, child, home, car …"
    )
    item: IdFilter | None = matches(_rows.item_id, id_of="Item", description="For which service.")
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Who receives.")
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="Which role receives.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="Which ops group receives.")
    store: IdFilter | None = matches(_rows.store_id, id_of="Store", description="Where.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.store_id},
        id_of="Store",
        description="At this store or at any store below it.",
    )
    status: ChoiceFilter[AppointmentStatus] | None = matches(_rows.status, description="How it stands.")
    starts_at: DateTimeFilter | None = matches(_rows.starts_at, description="When the customer is expected.")
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When it last changed.")


APPOINTMENT_FILTER = filter_type(AppointmentFilter)

_unsettled = func.coalesce(and_(_rows.settled_at.is_(None), _rows.ends_at < func.now()), false(), type_=Boolean)


async def _actions(reader: Reader, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    judged = [
        [
            (
                act,
                refusal(
                    act, AppointmentStatus(row.status), starts_at=datetime.fromisoformat(row.starts_at), at=reader.now
                ),
            )
            for act in AppointmentAct
        ]
        for row in rows
    ]
    return available_actions(reader.call, Permission.APPOINTMENT_WRITE, judged)


@node(
    tables.AppointmentTime,
    permission=Permission.APPOINTMENT_READ,
    description="One time that was agreed for an appointment. Never changed, never removed.",
)
class AppointmentTime(Node):
    number: int = column(_times.number, description="1 when it was booked; every move is the next.")
    starts_at: datetime = column(_times.starts_at, description="When the customer was expected.")
    ends_at: datetime = column(_times.ends_at, description="Until when.")
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _times.staff_id, description="Who agreed it; null for programs and owners."
    )
    occurred_at: datetime = column(_times.occurred_at, description="When it was agreed; may be past.")
    recorded_at: datetime = column(_times.recorded_at, description="When that was recorded.")


@node(
    tables.Appointment,
    permission=Permission.APPOINTMENT_READ,
    description="A visit that was agreed with a customer 预约, and whether they came.",
)
class Appointment(WorkSubject, RatedThing):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="Who is expected."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it belongs to."
    )
    subject: Annotated["Subject", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.subject_id, description="The pet, child, home or car it is for; null: the customer."
    )
    item: Item | None = link(_rows.item_id, description="The service it is for.")
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.store_id, description="Where."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who receives the customer; null: nobody in particular."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.role_id, description="The role that receives: as booked, or what the staff member was then."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.group_id, description="The ops group that receives."
    )
    status: AppointmentStatus = column(_rows.status, description="How it stands.")
    starts_at: datetime = column(_rows.starts_at, description="When the customer is expected, as last agreed.")
    ends_at: datetime = column(_rows.ends_at, description="Until when.")
    times: list[AppointmentTime] = links(
        by=_times.appointment_id, order=[_times.number], description="Every time that was agreed, the first one first."
    )
    times_agreed: int = column(_rows.times, description="How many times were agreed; 1 where it never moved.")
    unsettled: bool = column(
        _unsettled, description="Whether its time is over and nobody has said whether the customer came."
    )
    settled_at: datetime | None = column(
        _rows.settled_at,
        description="When the customer arrived, was missed, or it was cancelled; null while it is to come.",
    )
    cancelled_by: CancelledBy | None = column(_rows.cancelled_by, description="Who called it off, where it was.")
    reason: str | None = column(_rows.reason, personal=True, description="Why it was cancelled. Empty after erasure.")
    available_actions: list[AvailableAction] = computed(
        _actions,
        needs={"status": _rows.status, "starts_at": _rows.starts_at},
        description="Every act on this appointment, whether it would be refused to you now, and why.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Appointment")
    version: int = column(_rows.version, description="Rises with every change; give it back as `expectedVersion`.")
    booked_at: datetime = column(_rows.occurred_at, description="When it was booked; may be past.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type
class AppointmentQueries:
    appointments: Connection[Appointment] = connection(
        orders=APPOINTMENT_ORDERS,
        filter=APPOINTMENT_FILTER,
        permission=Permission.APPOINTMENT_READ,
        description="Appointments 预约 of the customers in the caller's data scope, the latest first.",
    )
    appointment: Appointment | None = by_id(
        permission=Permission.APPOINTMENT_READ,
        description="One appointment; null where it is not there or not yours to see.",
    )
