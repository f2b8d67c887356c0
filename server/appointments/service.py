"""The acts on appointments: booked, moved, kept, missed, called off; and in bulk as another system has them.

Whoever acts on an appointment holds its row until the act ends; whoever names one by an external id holds that id as well,
so the same visit told twice at once is one appointment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.appointments import errors, events, inbox
from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.appointments.commands import (
    USUAL_MINUTES,
    BookAppointment,
    CancelAppointment,
    MoveAppointment,
    RecordAppointment,
    RecordArrival,
    RecordNoShow,
)
from server.appointments.moves import LEADS_TO, AppointmentAct, refusal
from server.appointments.tables import Appointment, AppointmentTime
from server.customers import family, visibility
from server.customers.tables import Case, Subject
from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.operations.tables import ServiceRole
from server.tenants import external_refs
from server.touchpoints.circumstances import capacity, time_of_fact
from server.touchpoints.queries import Named

_PLANNED = ("case_id", "subject_id", "item_id", "store_id", "staff_id", "role_id")
"""What a booking says besides customer and time; told anew it replaces, left out it stays."""

_rows = table_of(Appointment).c
_ACT_FOR: dict[AppointmentStatus, AppointmentAct] = {status: act for act, status in LEADS_TO.items()}


async def book_appointment(work: Work, command: BookAppointment) -> Appointment:
    """Expect a customer. Known by an external id, the appointment is brought up to date, moved if the time is another.

    Raises NotFound for what is named and is not there, InTheFuture, BookedAfterItsTime, and of a known one
    AppointmentOfSomebodyElse, AppointmentStands.
    """
    await external_refs.hold(work, "Appointment", command.external_refs)
    return await _record(work, command)


async def record_appointments(work: Work, commands: Sequence[RecordAppointment]) -> list[Appointment | DomainError]:
    """Appointments as another system has them. One answer per command, in order; a refused one leaves the others."""
    await external_refs.hold(work, "Appointment", [ref for command in commands for ref in command.external_refs])
    return await work.one_by_one(commands, lambda command: _record(work, command))


async def move_appointment(work: Work, command: MoveAppointment) -> Appointment:
    """Agree another time. The time it has already changes nothing. Raises AppointmentStands, NotFound, Conflict."""
    appointment = await _in_hand(work, command.appointment_id)
    at = time_of_fact(work, command.occurred_at)
    await _move(work, appointment, command.starts_at, command.minutes, at, expected_version=command.expected_version)
    await inbox.expect(work, appointment)
    return appointment


async def record_arrival(work: Work, command: RecordArrival) -> Appointment:
    """The customer came. Raises AppointmentStands, InTheFuture, NotFound."""
    appointment = await _in_hand(work, command.appointment_id)
    return await _settle(work, appointment, AppointmentAct.ARRIVE, command.occurred_at)


async def record_no_show(work: Work, command: RecordNoShow) -> Appointment:
    """The customer did not come. Raises NotMissedYet before the time, AppointmentStands, InTheFuture, NotFound."""
    appointment = await _in_hand(work, command.appointment_id)
    return await _settle(work, appointment, AppointmentAct.MISS, command.occurred_at)


async def cancel_appointment(work: Work, command: CancelAppointment) -> Appointment:
    """Call it off. Raises AppointmentStands, InTheFuture, NotFound."""
    appointment = await _in_hand(work, command.appointment_id)
    ended: dict[str, Any] = {"cancelled_by": command.cancelled_by.value, "reason": command.reason}
    return await _settle(work, appointment, AppointmentAct.CANCEL, command.occurred_at, **ended)


async def to_receive(work: Work, staff_id: UUID, at_most: int) -> list[Appointment]:
    """Visits that are to come or to be settled and that this person was to receive, locked."""
    expected = [status.value for status in AppointmentStatus if status.expected]
    return await work.rows(
        Appointment, _rows.staff_id == staff_id, among(_rows.status, expected), limit=at_most, lock=True
    )


async def receive_instead(work: Work, appointment: Appointment, staff_id: UUID | None) -> None:
    """Somebody else receives the customer, in the same role; None: whoever is there. The caller has locked it."""
    await work.change(appointment, staff_id=staff_id, updated_at=work.now)
    work.emit(events.AppointmentChanged(**_told(appointment), **_plan(appointment)))
    await inbox.pass_on(work, appointment)


async def _record(work: Work, command: BookAppointment) -> Appointment:
    """The appointment these external ids belong to, brought up to date, or a new one; then what came of it."""
    await visibility.require_visible(work, command.customer_id, "customer_id")
    known = await external_refs.known(work, "Appointment", command.external_refs)
    if known is None:
        appointment = await _book(work, command)
    else:
        appointment = await work.require(Appointment, known, "external_refs", lock=True)
        if not await family.are_one(work, appointment.customer_id, command.customer_id):
            raise errors.AppointmentOfSomebodyElse("external_refs", 0, "id")
        await _bring_up_to_date(work, appointment, command)
    await external_refs.attach(work, "Appointment", appointment.id, command.external_refs, just_made=known is None)
    if isinstance(command, RecordAppointment):
        await _reach(work, appointment, command)
    if AppointmentStatus(appointment.status).expected:
        await inbox.expect(work, appointment, just_made=known is None)
    return appointment


async def _book(work: Work, command: BookAppointment) -> Appointment:
    if command.occurred_at is not None and command.occurred_at > command.starts_at:
        raise errors.BookedAfterItsTime("occurred_at")
    at = min(time_of_fact(work, command.occurred_at), command.starts_at)
    planned = await _planned(work, command, {name: getattr(command, name) for name in _PLANNED}, at)
    appointment = work.add(
        Appointment(
            customer_id=command.customer_id,
            **planned,
            starts_at=command.starts_at,
            ends_at=command.starts_at + timedelta(minutes=command.minutes or USUAL_MINUTES),
            occurred_at=at,
            updated_at=work.now,
        )
    )
    agreed = _agreed(work, appointment, at)
    work.emit(events.AppointmentBooked(**_told(appointment), **_plan(appointment), **_timed(agreed), occurred_at=at))
    return appointment


async def _bring_up_to_date(work: Work, appointment: Appointment, command: BookAppointment) -> None:
    given = {name: getattr(command, name) for name in _PLANNED if getattr(command, name) is not None}
    if any(getattr(appointment, name) != value for name, value in given.items()):
        kept = {name: getattr(appointment, name) for name in _PLANNED}
        if given.get("staff_id", kept["staff_id"]) != kept["staff_id"]:
            kept["role_id"] = None  # somebody else receives, in what that person is
        wanted = await _planned(work, command, {**kept, **given}, appointment.occurred_at)
        await work.change(appointment, **wanted, updated_at=work.now)
        work.emit(events.AppointmentChanged(**_told(appointment), **_plan(appointment)))
    await _move(work, appointment, command.starts_at, command.minutes, work.now)


async def _reach(work: Work, appointment: Appointment, command: RecordAppointment) -> None:
    """The status another system has; what is expected there is no news, whatever is known here."""
    if command.status is None or command.status.expected or command.status == appointment.status:
        return
    ended: dict[str, Any] = {}
    if command.cancelled_by is not None:
        ended = {"cancelled_by": command.cancelled_by.value, "reason": command.reason}
    try:
        await _settle(work, appointment, _ACT_FOR[command.status], command.settled_at, field="settled_at", **ended)
    except (errors.AppointmentStands, errors.NotMissedYet) as refused:
        refused.field = ("status",)
        raise


async def _move(
    work: Work,
    appointment: Appointment,
    starts_at: datetime,
    minutes: int | None,
    at: datetime,
    *,
    expected_version: int | None = None,
) -> None:
    length = appointment.ends_at - appointment.starts_at if minutes is None else timedelta(minutes=minutes)
    if (appointment.starts_at, appointment.ends_at) == (starts_at, starts_at + length):
        return
    _require_allowed(appointment, AppointmentAct.MOVE, at)
    await work.change(
        appointment,
        expected_version=expected_version,
        status=AppointmentStatus.RESCHEDULED.value,
        starts_at=starts_at,
        ends_at=starts_at + length,
        times=appointment.times + 1,
        settled_at=None,
        updated_at=work.now,
    )
    agreed = _agreed(work, appointment, at)
    told = {**_told(appointment), **_timed(agreed), "staff_id": agreed.staff_id}
    work.emit(events.AppointmentMoved(**told, occurred_at=at))


async def _settle(
    work: Work,
    appointment: Appointment,
    act: AppointmentAct,
    given: datetime | None,
    *,
    field: str = "occurred_at",
    **ended: Any,
) -> Appointment:
    try:
        at = time_of_fact(work, given)
    except DomainError as refused:
        refused.field = (field,)
        raise
    _require_allowed(appointment, act, at)
    values = {"status": LEADS_TO[act].value, "settled_at": at, **ended}
    await work.change(appointment, **values, updated_at=work.now)
    await inbox.settled(work, appointment, at)
    told = {
        **_told(appointment),
        "case_id": appointment.case_id,
        "store_id": appointment.store_id,
        "staff_id": appointment.staff_id,
        "role_id": appointment.role_id,
        "starts_at": appointment.starts_at,
        "occurred_at": at,
    }
    match act:
        case AppointmentAct.ARRIVE:
            work.emit(events.AppointmentArrived(**told))
        case AppointmentAct.MISS:
            work.emit(events.AppointmentMissed(**told))
        case _:
            work.emit(events.AppointmentCancelled(**told, cancelled_by=CancelledBy(str(appointment.cancelled_by))))
    return appointment


def _require_allowed(appointment: Appointment, act: AppointmentAct, at: datetime) -> None:
    refused = refusal(act, AppointmentStatus(appointment.status), starts_at=appointment.starts_at, at=at)
    if refused is not None:
        raise refused


async def _in_hand(work: Work, appointment_id: UUID) -> Appointment:
    """The appointment, locked. Raises NotFound where it is not there or not the caller's to see."""
    appointment = await work.require(Appointment, appointment_id, "appointment_id", lock=True)
    await visibility.require_visible(work, appointment.customer_id, "appointment_id")
    return appointment


async def _planned(work: Work, command: BookAppointment, wanted: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The columns that say where, by whom, for what. Raises NotFound for what is named and is not there."""
    named = Named(command.customer_id, wanted["staff_id"], wanted["case_id"], wanted["store_id"], wanted["item_id"], at)
    acted = await capacity(work, named)
    found = {**wanted, "store_id": acted.store_id, "group_id": None}
    if wanted["role_id"] is None:
        found |= {"role_id": acted.role_id, "group_id": acted.group_id}
    else:
        await work.require(ServiceRole, wanted["role_id"], "role_id")
    if wanted["subject_id"] is not None:
        subject = await work.require(Subject, wanted["subject_id"], "subject_id")
        if not await family.are_one(work, subject.customer_id, command.customer_id):
            raise NotFound("subject_id")
    elif wanted["case_id"] is not None:
        found["subject_id"] = (await work.require(Case, wanted["case_id"], "case_id")).subject_id
    return found


def _agreed(work: Work, appointment: Appointment, at: datetime) -> AppointmentTime:
    return work.add(
        AppointmentTime(
            appointment_id=appointment.id,
            customer_id=appointment.customer_id,
            number=appointment.times,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            staff_id=work.caller.staff_id,
            occurred_at=at,
        )
    )


def _told(appointment: Appointment) -> dict[str, Any]:
    """What every event of this room says."""
    return {
        "appointment_id": appointment.id,
        "customer_id": appointment.customer_id,
        "appointment_version": appointment.version,
    }


def _plan(appointment: Appointment) -> dict[str, Any]:
    plan = {name: getattr(appointment, name) for name in (*_PLANNED, "group_id")}
    return {"served_subject_id": plan.pop("subject_id"), **plan}


def _timed(agreed: AppointmentTime) -> dict[str, Any]:
    return {"time_id": agreed.id, "number": agreed.number, "starts_at": agreed.starts_at, "ends_at": agreed.ends_at}
