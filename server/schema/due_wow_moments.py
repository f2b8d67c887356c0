"""Moments that fell due: what is to be made, for whom, because of what, and what became of it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.access.permissions import Permission
from server.planner.declarations import by_id, column, connection, link
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.nodes import Connection
from server.schema.roles_of_rows import WorkSubject
from server.wow_moments.surprise_terms import DueState, WowOccasion
from server.wow_moments.tables import DueWowMoment as Row

if TYPE_CHECKING:
    from server.schema.appointments import Appointment
    from server.schema.cases import Case, Subject
    from server.schema.customers import Customer
    from server.schema.orders import Order
    from server.schema.wow_moments import WowMoment, WowPlay


@node(
    Row,
    permission=Permission.WOW_READ,
    description="A moment that is to be made 待制造惊喜: something set a play off. Recording the moment settles it; nobody "
    "closes it by hand. Staff see it where they see the customer.",
)
class DueWowMoment(WorkSubject):
    play: Annotated["WowPlay", strawberry.lazy("server.schema.wow_moments")] | None = link(
        Row.play_id, description="What to do, say and bring."
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        Row.customer_id, description="Whom to surprise."
    )
    occasion: WowOccasion = column(Row.occasion, description="What it is for.")
    birthday: date | None = column(Row.birthday, description="The day, where it is for a birthday.")
    order: Annotated["Order", strawberry.lazy("server.schema.orders")] | None = link(
        Row.order_id, description="The order it is for, where for one."
    )
    appointment: Annotated["Appointment", strawberry.lazy("server.schema.appointments")] | None = link(
        Row.appointment_id, description="The appointment it is for, where for one."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        Row.case_id, description="The case that entered a stage, or that the appointment belongs to."
    )
    subject: Annotated["Subject", strawberry.lazy("server.schema.cases")] | None = link(
        Row.subject_id, description="Whose birthday it is, or whom the appointment or case is for."
    )
    state: DueState = column(Row.state, description="Where it stands.")
    due_at: datetime = column(Row.due_at, description="By when. Three days later it lapses.")
    settled_at: datetime | None = column(
        Row.settled_at, description="When it was made, lapsed or was withdrawn; null while it waits."
    )
    wow_moment: Annotated["WowMoment", strawberry.lazy("server.schema.wow_moments")] | None = link(
        Row.wow_moment_id, description="The moment as it was made; null where it was not."
    )
    version: int = column(Row.version, description="Rises with every change.")
    recorded_at: datetime = column(Row.recorded_at, description="When it was proposed.")
    updated_at: datetime = column(Row.updated_at, description="When it last changed.")


DUE_WOW_MOMENT_ORDERS = orders("DueWowMoment", DUE_AT=Row.due_at, newest_first=False)


@strawberry.input(description="Which moments that fell due.")
class DueWowMomentFilter:
    play: IdFilter | None = matches(Row.play_id, id_of="WowPlay", description="By which play.")
    customer: IdFilter | None = matches(Row.customer_id, id_of="Customer", description="Whose.")
    state: ChoiceFilter[DueState] | None = matches(Row.state, description="Where they stand.")
    due_at: DateTimeFilter | None = matches(Row.due_at, description="By when.")


DUE_WOW_MOMENT_FILTER = filter_type(DueWowMomentFilter)


@strawberry.type
class DueWowMomentQueries:
    due_wow_moments: Connection[DueWowMoment] = connection(
        orders=DUE_WOW_MOMENT_ORDERS,
        filter=DUE_WOW_MOMENT_FILTER,
        permission=Permission.WOW_READ,
        description="Moments that are or were to be made 待制造惊喜, the most urgent first. They lie in `workItems` too.",
    )
    due_wow_moment: DueWowMoment | None = by_id(
        permission=Permission.WOW_READ, description="One moment that fell due, or null."
    )
