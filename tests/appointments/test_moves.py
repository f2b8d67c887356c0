"""Which act leads an appointment where, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.errors import AppointmentStands, NotMissedYet
from server.appointments.moves import LEADS_TO, AppointmentAct, refusal

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
MAY = {
    ("BOOKED", "moveAppointment"),
    ("BOOKED", "recordArrival"),
    ("BOOKED", "recordNoShow"),
    ("BOOKED", "cancelAppointment"),
    ("RESCHEDULED", "moveAppointment"),
    ("RESCHEDULED", "recordArrival"),
    ("RESCHEDULED", "recordNoShow"),
    ("RESCHEDULED", "cancelAppointment"),
    ("NO_SHOW", "moveAppointment"),
    ("NO_SHOW", "recordArrival"),
    ("ARRIVED", "recordNoShow"),
}


@pytest.mark.parametrize("status", AppointmentStatus)
@pytest.mark.parametrize("act", AppointmentAct)
def test_every_pair(status: AppointmentStatus, act: AppointmentAct) -> None:
    refused = refusal(act, status, starts_at=AT, at=AT)
    if (status.value, act.value) in MAY:
        assert refused is None
    else:
        assert isinstance(refused, AppointmentStands)
        assert refused.facts["wanted"] == LEADS_TO[act].value


def test_nobody_is_missed_before_the_time() -> None:
    early = AT - timedelta(microseconds=1)
    for status in (AppointmentStatus.BOOKED, AppointmentStatus.RESCHEDULED, AppointmentStatus.ARRIVED):
        assert isinstance(refusal(AppointmentAct.MISS, status, starts_at=AT, at=early), NotMissedYet)
        assert refusal(AppointmentAct.MISS, status, starts_at=AT, at=AT) is None
    assert refusal(AppointmentAct.ARRIVE, AppointmentStatus.BOOKED, starts_at=AT, at=early) is None
