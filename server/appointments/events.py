"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.appointments.appointment_terms import CancelledBy
from server.events.catalogue import Event, event, fact, points_to


@dataclass(frozen=True, kw_only=True)
class _OfAppointment(Event):
    """What every event of this room carries."""

    appointment_id: UUID = points_to("Appointment", "The appointment.")
    customer_id: UUID = points_to("Customer", "Who is expected.")
    appointment_version: int = fact("The appointment's version from now on.")


@dataclass(frozen=True, kw_only=True)
class _Planned(_OfAppointment):
    """Where, by whom, for what."""

    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    served_subject_id: UUID | None = points_to("Subject", "For whom or what, if not the customer.")
    item_id: UUID | None = points_to("Item", "The service it is for.")
    store_id: UUID | None = points_to("Store", "Where.")
    staff_id: UUID | None = points_to("StaffMember", "Who receives the customer.")
    role_id: UUID | None = points_to("ServiceRole", "The role that receives.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group that receives.")


@dataclass(frozen=True, kw_only=True)
class _Timed(Event):
    """Which time."""

    time_id: UUID = points_to("AppointmentTime", "The time in the history of times.")
    number: int = fact("Which time it is, from 1.")
    starts_at: datetime = fact("When the customer is expected.")
    ends_at: datetime = fact("Until when.")


@event(
    "appointment.booked",
    subject="Appointment",
    subject_field="appointment_id",
    description="A customer is expected at a time.",
)
@dataclass(frozen=True, kw_only=True)
class AppointmentBooked(_Planned, _Timed):
    pass


@event(
    "appointment.changed",
    subject="Appointment",
    subject_field="appointment_id",
    description="Where, by whom or for what a customer is expected has changed.",
)
@dataclass(frozen=True, kw_only=True)
class AppointmentChanged(_Planned):
    pass


@event(
    "appointment.moved",
    subject="Appointment",
    subject_field="appointment_id",
    description="Another time was agreed. The times before stay in the history.",
)
@dataclass(frozen=True, kw_only=True)
class AppointmentMoved(_OfAppointment, _Timed):
    staff_id: UUID | None = points_to("StaffMember", "Who agreed it.")


@dataclass(frozen=True, kw_only=True)
class _Settled(_OfAppointment):
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    store_id: UUID | None = points_to("Store", "Where.")
    staff_id: UUID | None = points_to("StaffMember", "Who was to receive the customer.")
    role_id: UUID | None = points_to("ServiceRole", "The role that was to receive.")
    starts_at: datetime = fact("When the customer was expected.")


@event("appointment.arrived", subject="Appointment", subject_field="appointment_id", description="The customer came.")
@dataclass(frozen=True, kw_only=True)
class AppointmentArrived(_Settled):
    pass


@event(
    "appointment.missed",
    subject="Appointment",
    subject_field="appointment_id",
    description="The customer was expected and did not come.",
)
@dataclass(frozen=True, kw_only=True)
class AppointmentMissed(_Settled):
    pass


@event(
    "appointment.cancelled",
    subject="Appointment",
    subject_field="appointment_id",
    description="An appointment was called off.",
)
@dataclass(frozen=True, kw_only=True)
class AppointmentCancelled(_Settled):
    cancelled_by: CancelledBy = fact("By whom.")
