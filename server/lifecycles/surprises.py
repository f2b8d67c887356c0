"""What sets surprises off: orders, appointments and stages entered, told to the room of wow moments by the acts on them."""

from __future__ import annotations

from collections.abc import Iterable

from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.tables import Appointment
from server.customers.tables import Case
from server.db.work import Work
from server.orders.tables import Order
from server.wow_moments import due_moments
from server.wow_moments.due_moments import Happening
from server.wow_moments.surprise_terms import WowOccasion


async def ordered(work: Work, orders: Iterable[Order | Exception]) -> None:
    """These were recorded, or told again; refused ones are passed over."""
    happenings = [
        Happening(
            occasion=WowOccasion.ORDER,
            customer_id=order.customer_id,
            cause_id=order.id,
            at=order.occurred_at,
            staff_id=order.staff_id,
            role_id=order.role_id,
            store_id=order.store_id,
            order_id=order.id,
        )
        for order in orders
        if isinstance(order, Order)
    ]
    if happenings:
        await due_moments.propose(work, happenings)


async def expected(work: Work, appointments: Iterable[Appointment | Exception]) -> None:
    """These were booked, moved, kept, missed or called off; refused ones are passed over.

    Who is expected is to be surprised by the time agreed; what was missed or called off sets nothing off any more.
    """
    for appointment in appointments:
        if not isinstance(appointment, Appointment):
            continue
        status = AppointmentStatus(appointment.status)
        if status.expected:
            await due_moments.reschedule(work, appointment.id, appointment.starts_at)
            await due_moments.propose(work, [_visit(appointment)])
        elif status is not AppointmentStatus.ARRIVED:
            await due_moments.withdraw(work, appointment.id)


async def stage_entered(work: Work, case: Case) -> None:
    """The case stands at its stage since `moved_at`; once in each case."""
    happening = Happening(
        occasion=WowOccasion.STAGE,
        customer_id=case.customer_id,
        cause_id=case.id,
        at=case.moved_at,
        stage_id=case.stage_id,
        case_id=case.id,
        subject_id=case.subject_id,
    )
    await due_moments.propose(work, [happening])


def _visit(appointment: Appointment) -> Happening:
    return Happening(
        occasion=WowOccasion.APPOINTMENT,
        customer_id=appointment.customer_id,
        cause_id=appointment.id,
        at=appointment.starts_at,
        is_deadline=True,
        staff_id=appointment.staff_id,
        role_id=appointment.role_id,
        store_id=appointment.store_id,
        case_id=appointment.case_id,
        subject_id=appointment.subject_id,
        appointment_id=appointment.id,
    )
