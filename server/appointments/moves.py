"""Which act leads an appointment where, and what would refuse it. Pure.

The acts and the list of available actions ask the same question here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.errors import AppointmentStands, NotMissedYet
from server.errors import DomainError


class AppointmentAct(StrEnum):
    """An act on an appointment; the value is the mutation's name."""

    MOVE = "moveAppointment"
    ARRIVE = "recordArrival"
    MISS = "recordNoShow"
    CANCEL = "cancelAppointment"


LEADS_TO: Mapping[AppointmentAct, AppointmentStatus] = MappingProxyType(
    {
        AppointmentAct.MOVE: AppointmentStatus.RESCHEDULED,
        AppointmentAct.ARRIVE: AppointmentStatus.ARRIVED,
        AppointmentAct.MISS: AppointmentStatus.NO_SHOW,
        AppointmentAct.CANCEL: AppointmentStatus.CANCELLED,
    }
)

_FROM_EXPECTED = frozenset(LEADS_TO.values())
MOVES: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = MappingProxyType(
    {
        AppointmentStatus.BOOKED: _FROM_EXPECTED,
        AppointmentStatus.RESCHEDULED: _FROM_EXPECTED,
        AppointmentStatus.NO_SHOW: frozenset({AppointmentStatus.ARRIVED, AppointmentStatus.RESCHEDULED}),
        AppointmentStatus.ARRIVED: frozenset({AppointmentStatus.NO_SHOW}),
        AppointmentStatus.CANCELLED: frozenset(),
    }
)


def refusal(act: AppointmentAct, status: AppointmentStatus, *, starts_at: datetime, at: datetime) -> DomainError | None:
    """Why the act, done at that time, is refused to an appointment that stands so; None where it is not."""
    wanted = LEADS_TO[act]
    if wanted not in MOVES[status]:
        return AppointmentStands(
            "appointment_id", status=status.value, wanted=wanted.value, status_zh=status.zh, wanted_zh=wanted.zh
        )
    if act is AppointmentAct.MISS and at < starts_at:
        return NotMissedYet("appointment_id")
    return None
