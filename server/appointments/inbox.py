"""What appointments ask of people: somebody to be received, and somebody to be asked why they did not come.

Both are for whoever receives: the person named, while they work here, or whoever is in the role or group, at that store. A missed visit is
followed up until the customer comes after all, gets another time, is contacted about it, or it is called off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.tables import Appointment
from server.db.work import Work
from server.operations.purposes import Purpose
from server.operations.units import unit_of
from server.tenants import queries as tenants
from server.work_items import service as items
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

FOLLOW_UP_WITHIN = timedelta(hours=24)
WORTH_FOLLOWING = timedelta(days=7)
"""A missed visit told of later than this is history."""


async def expect(work: Work, appointment: Appointment, *, just_made: bool = False) -> None:
    """The customer is to come at this time; whoever has another one to come need not be asked about one they missed."""
    given = _about(appointment, appointment.starts_at, appointment.occurred_at)
    if just_made:
        items.add_item(work, WorkItemKind.APPOINTMENT, appointment.id, await _whose(work, appointment), **given)
    else:
        await items.open_item(work, WorkItemKind.APPOINTMENT, appointment.id, await _whose(work, appointment), **given)
    if appointment.starts_at > work.now:
        await items.close_items_of(work, WorkItemKind.MISSED_VISIT, appointment.customer_id)


async def pass_on(work: Work, appointment: Appointment) -> None:
    """Somebody else receives the customer."""
    await items.reassign_item(work, WorkItemKind.APPOINTMENT, appointment.id, await _whose(work, appointment))


async def settled(work: Work, appointment: Appointment, at: datetime) -> None:
    """Nobody is expected any more; a customer who did not come is asked why."""
    await items.close_item(work, WorkItemKind.APPOINTMENT, appointment.id, at=at)
    if appointment.status != AppointmentStatus.NO_SHOW:
        await items.close_item(work, WorkItemKind.MISSED_VISIT, appointment.id, at=at)
    elif work.now - appointment.starts_at <= WORTH_FOLLOWING:
        given = _about(appointment, at + FOLLOW_UP_WITHIN, at)
        await items.open_item(work, WorkItemKind.MISSED_VISIT, appointment.id, await _whose(work, appointment), **given)


def _about(appointment: Appointment, due_at: datetime, opened_at: datetime) -> dict[str, Any]:
    return {
        "due_at": due_at,
        "customer_id": appointment.customer_id,
        "purpose": Purpose.APPOINTMENT,
        "opened_at": opened_at,
    }


async def _whose(work: Work, appointment: Appointment) -> Whose:
    return Whose(await tenants.still_here(work, appointment.staff_id), unit_of(appointment), appointment.store_id)
