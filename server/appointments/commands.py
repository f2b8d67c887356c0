"""The inputs of this room's acts."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.commands import Command, Moment, ShortText
from server.tenants.commands import ExternalRefs

USUAL_MINUTES = 60
Minutes = Annotated[int, Field(ge=1, le=10_080)]
"""How long it takes: up to a week."""


class BookAppointment(Command):
    """When the customer is expected, where, by whom and for what.

    Without `minutes` it takes an hour, or as long as it did. Without `subject_id` it is for the subject of the case.
    """

    customer_id: UUID
    starts_at: Moment
    minutes: Minutes | None = None
    case_id: UUID | None = None
    subject_id: UUID | None = None
    item_id: UUID | None = None
    store_id: UUID | None = None
    staff_id: UUID | None = None
    """Who is to receive the customer. Nobody in particular where left out: whoever books need not be who serves."""
    role_id: UUID | None = None
    """The role that receives; that of the staff member where left out."""
    occurred_at: Moment | None = None
    """When it was booked: now where left out, or when it begins, if that has passed."""
    external_refs: ExternalRefs = ()


class RecordAppointment(BookAppointment):
    """An appointment as another system has it. Known by its external ids, it is brought up to date.

    A status that leaves the visit to come changes nothing that is known better here.
    """

    status: AppointmentStatus | None = None
    settled_at: Moment | None = None
    cancelled_by: CancelledBy | None = None
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _fits_the_status(self) -> Self:
        if (self.status is AppointmentStatus.CANCELLED) != (self.cancelled_by is not None):
            raise ValueError("cancelledBy is for what was cancelled, and needed there")
        if self.reason is not None and self.status is not AppointmentStatus.CANCELLED:
            raise ValueError("a reason is for what was cancelled")
        if self.settled_at is not None and (self.status is None or self.status.expected):
            raise ValueError("settledAt is for who arrived, did not come or cancelled")
        return self


class MoveAppointment(Command):
    """To another time. Without `minutes` it takes as long as before."""

    appointment_id: UUID
    starts_at: Moment
    minutes: Minutes | None = None
    occurred_at: Moment | None = None
    expected_version: int | None = None


class RecordArrival(Command):
    appointment_id: UUID
    occurred_at: Moment | None = None


class RecordNoShow(Command):
    appointment_id: UUID
    occurred_at: Moment | None = None


class CancelAppointment(Command):
    appointment_id: UUID
    cancelled_by: CancelledBy
    reason: ShortText | None = None
    occurred_at: Moment | None = None
