"""The acts on appointments 预约: book, move, record who came and who did not, call off; and in bulk."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.appointments import commands, service
from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.db.work import Work
from server.lifecycles import surprises
from server.planner.call import Call
from server.planner.declarations import ref, value
from server.schema.appointments import Appointment
from server.schema.bulk import row_by_row
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.user_errors import UserError

_APPOINTMENT_ID = "Global id of the appointment, or `ref:<system>:<id>`."


@strawberry.input(description="When a customer is expected, where, by whom and for what.")
class AppointmentInput:
    customer_id: strawberry.ID = strawberry.field(description="Who is expected.")
    starts_at: datetime = strawberry.field(
        description="When. May be past: what was not recorded in time is recorded late."
    )
    minutes: int | None = strawberry.field(
        default=None,
        description="How long it takes, 1 to 10,080 minutes; 60 if left out, or as long as it took before.",
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's case it belongs to.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="The pet, child, home or car of the customer it is for; that of the case if left out."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The service it is for.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where; where the staff member serves if left out."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who receives the customer; nobody in particular if left out."
    )
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="The service role that receives; what the staff member is if left out."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None,
        description="When it was booked: now if left out, or when it begins, if that has passed. Neither in the future nor "
        "after it begins.",
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()


@strawberry.input(description="When a customer is expected, where, by whom and for what.")
class BookAppointmentInput(AppointmentInput):
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="An appointment as another system has it.")
class RecordAppointmentInput(AppointmentInput):
    status: AppointmentStatus | None = strawberry.field(
        default=None,
        description="What became of it. BOOKED and RESCHEDULED, or nothing, change nothing that is known better here.",
    )
    settled_at: datetime | None = strawberry.field(
        default=None, description="When the customer arrived, was missed, or it was cancelled; now if left out."
    )
    cancelled_by: CancelledBy | None = strawberry.field(
        default=None, description="Who called it off; needed with CANCELLED, and only there."
    )
    reason: str | None = strawberry.field(default=None, description="Why it was cancelled, 1 to 500 characters.")


@strawberry.input(description="Appointments of another system.")
class RecordAppointmentsInput:
    appointments: list[RecordAppointmentInput] = strawberry.field(description="1 to 100 appointments.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Another time.")
class MoveAppointmentInput:
    appointment_id: strawberry.ID = strawberry.field(description=_APPOINTMENT_ID)
    starts_at: datetime = strawberry.field(description="When the customer is expected from now on.")
    minutes: int | None = strawberry.field(
        default=None, description="How long it takes, 1 to 10,080 minutes; as long as before if left out."
    )
    occurred_at: datetime | None = strawberry.field(default=None, description="When that was agreed; now if left out.")
    expected_version: int | None = strawberry.field(
        default=None, description="Version of the appointment; another one is refused with CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The customer came.")
class RecordArrivalInput:
    appointment_id: strawberry.ID = strawberry.field(description=_APPOINTMENT_ID)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The customer did not come.")
class RecordNoShowInput:
    appointment_id: strawberry.ID = strawberry.field(description=_APPOINTMENT_ID)
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When that was seen: now if left out, not before the customer was expected."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Which appointment is called off, and by whom.")
class CancelAppointmentInput:
    appointment_id: strawberry.ID = strawberry.field(description=_APPOINTMENT_ID)
    cancelled_by: CancelledBy = strawberry.field(description="Who called it off.")
    reason: str | None = strawberry.field(default=None, description="Why, 1 to 500 characters.")
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What booking answers.")
class BookAppointmentPayload(Payload):
    appointment: Appointment | None = value(
        description="The appointment: new, or the one these external ids belong to."
    )


@strawberry.type(description="What became of one row.")
class RecordAppointmentResult:
    appointment: Appointment | None = value(description="The appointment; null where the row was refused.")
    user_errors: list[UserError] = value(
        description='Why this row was refused; empty when it was recorded. Paths start with ["appointments", "<row>"], '
        "the first row being 0."
    )


@strawberry.type(description="What became of the rows.")
class RecordAppointmentsPayload(Payload):
    results: list[RecordAppointmentResult] = value(
        description="One result per row, in order. A refused row leaves the others alone. Empty where all was refused "
        "at once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@strawberry.type(description="What moving an appointment answers.")
class MoveAppointmentPayload(Payload):
    appointment: Appointment | None = value(description="The appointment at its new time.")


@strawberry.type(description="What recording an arrival answers.")
class RecordArrivalPayload(Payload):
    appointment: Appointment | None = value(description="The appointment.")


@strawberry.type(description="What recording a no-show answers.")
class RecordNoShowPayload(Payload):
    appointment: Appointment | None = value(description="The appointment.")


@strawberry.type(description="What cancelling an appointment answers.")
class CancelAppointmentPayload(Payload):
    appointment: Appointment | None = value(description="The appointment.")


@mutation(
    Permission.APPOINTMENT_WRITE,
    description="Agree a visit with a customer 预约. One known by an external id is never booked twice: what is given anew "
    "is taken over, and another time moves it.",
)
async def book_appointment(work: Work, input: BookAppointmentInput) -> BookAppointmentPayload:
    command = commands.BookAppointment(**await _booked(work, input))
    appointment = await service.book_appointment(work, command)
    await surprises.expected(work, [appointment])
    return BookAppointmentPayload(appointment=ref(appointment.id))


@mutation(
    Permission.APPOINTMENT_WRITE,
    description="Record up to 100 appointments 预约 as another system has them, each with what became of it. Known by "
    "external ids they are brought up to date, never doubled.",
)
async def record_appointments(work: Work, input: RecordAppointmentsInput, call: Call) -> RecordAppointmentsPayload:
    async def command(row: RecordAppointmentInput) -> commands.RecordAppointment:
        return commands.RecordAppointment(
            **await _booked(work, row),
            status=row.status,
            settled_at=row.settled_at,
            cancelled_by=row.cancelled_by,
            reason=row.reason,
        )

    async def record(rows: Any) -> Any:
        recorded = await service.record_appointments(work, rows)
        await surprises.expected(work, recorded)
        return recorded

    told = await row_by_row("appointments", input.appointments, command, record, call)
    results = [RecordAppointmentResult(appointment=one, user_errors=errors) for one, errors in told]
    return RecordAppointmentsPayload(results=results)


@mutation(
    Permission.APPOINTMENT_WRITE,
    description="Agree another time 改期, for a visit to come or one that was missed. The times before stay in the history.",
)
async def move_appointment(work: Work, input: MoveAppointmentInput) -> MoveAppointmentPayload:
    command = commands.MoveAppointment(
        appointment_id=await id_of(work, "Appointment", input.appointment_id, "appointment_id"),
        starts_at=input.starts_at,
        minutes=input.minutes,
        occurred_at=input.occurred_at,
        expected_version=input.expected_version,
    )
    appointment = await service.move_appointment(work, command)
    await surprises.expected(work, [appointment])
    return MoveAppointmentPayload(appointment=ref(appointment.id))


@mutation(
    Permission.APPOINTMENT_WRITE,
    description="The customer came 到店. Also puts a no-show right that was none.",
)
async def record_arrival(work: Work, input: RecordArrivalInput) -> RecordArrivalPayload:
    appointment_id = await id_of(work, "Appointment", input.appointment_id, "appointment_id")
    command = commands.RecordArrival(appointment_id=appointment_id, occurred_at=input.occurred_at)
    appointment = await service.record_arrival(work, command)
    await surprises.expected(work, [appointment])
    return RecordArrivalPayload(appointment=ref(appointment.id))


@mutation(
    Permission.APPOINTMENT_WRITE,
    description="The customer was expected and did not come 爽约; refused before the time. Also puts an arrival right that "
    "was none.",
)
async def record_no_show(work: Work, input: RecordNoShowInput) -> RecordNoShowPayload:
    appointment_id = await id_of(work, "Appointment", input.appointment_id, "appointment_id")
    command = commands.RecordNoShow(appointment_id=appointment_id, occurred_at=input.occurred_at)
    appointment = await service.record_no_show(work, command)
    await surprises.expected(work, [appointment])
    return RecordNoShowPayload(appointment=ref(appointment.id))


@mutation(
    Permission.APPOINTMENT_WRITE,
    description="Call an appointment off 取消. That stays: another visit is another appointment.",
)
async def cancel_appointment(work: Work, input: CancelAppointmentInput) -> CancelAppointmentPayload:
    command = commands.CancelAppointment(
        appointment_id=await id_of(work, "Appointment", input.appointment_id, "appointment_id"),
        cancelled_by=input.cancelled_by,
        reason=input.reason,
        occurred_at=input.occurred_at,
    )
    appointment = await service.cancel_appointment(work, command)
    await surprises.expected(work, [appointment])
    return CancelAppointmentPayload(appointment=ref(appointment.id))


async def _booked(work: Work, input: AppointmentInput) -> dict[str, Any]:
    """What the commands of both ways of booking have in common."""
    return {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "starts_at": input.starts_at,
        "minutes": input.minutes,
        "case_id": await id_or_none(work, "Case", input.case_id, "case_id"),
        "subject_id": await id_or_none(work, "Subject", input.subject_id, "subject_id"),
        "item_id": await id_or_none(work, "Item", input.item_id, "item_id"),
        "store_id": await id_or_none(work, "Store", input.store_id, "store_id"),
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "role_id": await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }
