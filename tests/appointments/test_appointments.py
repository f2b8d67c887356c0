"""Visits are agreed, moved, kept, missed and called off; told late or told twice they are still one."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.appointments import errors, events, service
from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.appointments.commands import (
    BookAppointment,
    CancelAppointment,
    MoveAppointment,
    RecordAppointment,
    RecordArrival,
    RecordNoShow,
)
from server.appointments.tables import Appointment, AppointmentTime
from server.customers.tables import Case, Subject
from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict, DomainError, NotFound
from server.ids import global_id, new_id
from server.touchpoints.errors import InTheFuture
from server.work_items.tables import WorkItem
from tests.factories.deals import Deal, told
from tests.touchpoints import people

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def booked(work: Work, shop: Deal, **more: Any) -> Appointment:
    given = {"customer_id": shop.customer, "starts_at": work.now + DAY, **more}
    return await service.book_appointment(work, BookAppointment.model_validate(given))


async def refused(act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value


async def times_of(work: Work, appointment: Appointment) -> list[tuple[int, datetime, datetime]]:
    times = table_of(AppointmentTime).c
    rows = await work.rows(AppointmentTime, times.appointment_id == appointment.id, order_by=[times.number])
    return [(row.number, row.starts_at, row.ends_at) for row in rows]


async def test_a_visit_is_agreed_for_the_pet_of_the_case(shop: Deal) -> None:
    async with shop.work() as work:
        [case] = await work.rows(Case)
        await work.change(case, subject_id=shop.subject)
    async with shop.work(clerk=True) as work:
        made = await booked(work, shop, staff_id=shop.staff, case_id=shop.case, item_id=shop.item, minutes=45)
        [time] = await work.rows(AppointmentTime)
        assert told(work) == [
            events.AppointmentBooked(
                appointment_id=made.id,
                customer_id=shop.customer,
                appointment_version=1,
                case_id=shop.case,
                served_subject_id=shop.subject,
                item_id=shop.item,
                store_id=shop.store,
                staff_id=shop.staff,
                role_id=shop.role,
                group_id=None,
                time_id=time.id,
                number=1,
                starts_at=work.now + DAY,
                ends_at=work.now + DAY + timedelta(minutes=45),
                occurred_at=work.now,
            )
        ]
        assert (made.status, made.settled_at, time.staff_id) == ("BOOKED", None, shop.staff)


async def test_a_role_may_be_named_without_a_person(shop: Deal) -> None:
    async with shop.work() as work:
        other = await people.role(work, 1)
        made = await booked(work, shop, role_id=other, store_id=shop.store)
        assert (made.staff_id, made.role_id, made.store_id) == (None, other, shop.store)
        made = await booked(work, shop, role_id=other, staff_id=shop.staff)
        assert (made.staff_id, made.role_id) == (shop.staff, other)


async def test_whoever_books_need_not_be_who_receives(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        made = await booked(work, shop)
        assert (made.staff_id, made.role_id, made.store_id) == (None, None, None)


@pytest.mark.parametrize(
    "field", ["customer_id", "case_id", "subject_id", "item_id", "store_id", "staff_id", "role_id"]
)
async def test_what_is_not_there_is_named_by_its_field(shop: Deal, field: str) -> None:
    async with shop.work() as work:
        refusal = await refused(booked(work, shop, **{field: new_id()}))
        assert (type(refusal), refusal.field, told(work)) == (NotFound, (field,), [])
    assert (await shop.brand.count("appointments"), await shop.brand.count("appointment_times")) == (0, 0)


async def test_another_customers_pet_is_as_unknown_as_none(shop: Deal) -> None:
    async with shop.work() as work:
        pet = work.add(Subject(customer_id=shop.stranger, kind="PET", name="Wang")).id
        refusal = await refused(booked(work, shop, subject_id=pet))
        assert (type(refusal), refusal.field) == (NotFound, ("subject_id",))


async def test_a_late_fact_is_taken_and_a_wrong_one_is_not(shop: Deal) -> None:
    async with shop.work() as work:
        past = work.now - 3 * DAY
        late = await booked(work, shop, starts_at=past)
        assert (late.occurred_at, late.starts_at) == (past, past)
        earlier = await booked(work, shop, starts_at=past, occurred_at=past - DAY)
        assert earlier.occurred_at == past - DAY
        wrong = await refused(booked(work, shop, starts_at=past, occurred_at=past + HOUR))
        future = await refused(booked(work, shop, occurred_at=work.now + HOUR))
        assert [(type(one), one.field) for one in (wrong, future)] == [
            (errors.BookedAfterItsTime, ("occurred_at",)),
            (InTheFuture, ("occurred_at",)),
        ]


async def test_every_time_that_was_agreed_stays_in_the_history(shop: Deal) -> None:
    async with shop.work() as work:
        made = await booked(work, shop)
        first = (made.starts_at, made.ends_at)
        moved = await service.move_appointment(
            work, MoveAppointment(appointment_id=made.id, starts_at=work.now + 2 * DAY, expected_version=1)
        )
        assert (moved.status, moved.version, moved.times) == ("RESCHEDULED", 2, 2)
        again = MoveAppointment(appointment_id=made.id, starts_at=work.now + 3 * DAY, minutes=30)
        await service.move_appointment(work, again)
        assert await times_of(work, made) == [
            (1, *first),
            (2, work.now + 2 * DAY, work.now + 2 * DAY + HOUR),
            (3, work.now + 3 * DAY, work.now + 3 * DAY + timedelta(minutes=30)),
        ]
        before = len(told(work))
        await service.move_appointment(work, again)
        assert len(told(work)) == before == 3
        assert [event.number for event in told(work)] == [1, 2, 3]
        stale = MoveAppointment(appointment_id=made.id, starts_at=work.now + DAY, expected_version=1)
        assert type(await refused(service.move_appointment(work, stale))) is Conflict


async def test_who_came_and_who_did_not(shop: Deal) -> None:
    async with shop.work() as work:
        past = work.now - DAY
        came = await booked(work, shop, starts_at=past, store_id=shop.store)
        at = past - timedelta(minutes=10)
        came = await service.record_arrival(work, RecordArrival(appointment_id=came.id, occurred_at=at))
        assert (came.status, came.settled_at) == ("ARRIVED", at)
        missed = await booked(work, shop, starts_at=past)
        early = RecordNoShow(appointment_id=missed.id, occurred_at=past - HOUR)
        assert type(await refused(service.record_no_show(work, early))) is errors.NotMissedYet
        missed = await service.record_no_show(work, RecordNoShow(appointment_id=missed.id))
        assert (missed.status, missed.settled_at) == ("NO_SHOW", work.now)
        to_come = await booked(work, shop)
        too_early = await refused(service.record_no_show(work, RecordNoShow(appointment_id=to_come.id)))
        assert (type(too_early), too_early.field) == (errors.NotMissedYet, ("appointment_id",))
        assert [event.type for event in told(work)[1::2]] == ["appointment.arrived", "appointment.missed"]
        assert told(work)[1].store_id == shop.store


async def test_a_wrong_word_about_who_came_is_put_right(shop: Deal) -> None:
    async with shop.work() as work:
        made = await booked(work, shop, starts_at=work.now - DAY)
        await service.record_no_show(work, RecordNoShow(appointment_id=made.id))
        made = await service.record_arrival(work, RecordArrival(appointment_id=made.id, occurred_at=work.now - DAY))
        assert (made.status, made.settled_at) == ("ARRIVED", work.now - DAY)
        twice = await refused(service.record_arrival(work, RecordArrival(appointment_id=made.id)))
        assert type(twice) is errors.AppointmentStands
        await service.record_no_show(work, RecordNoShow(appointment_id=made.id))
        move = MoveAppointment(appointment_id=made.id, starts_at=work.now + DAY)
        made = await service.move_appointment(work, move)
        assert (made.status, made.settled_at) == ("RESCHEDULED", None)


async def test_what_was_called_off_stays_so(shop: Deal) -> None:
    async with shop.work() as work:
        made = await booked(work, shop)
        cancel = CancelAppointment(appointment_id=made.id, cancelled_by=CancelledBy.BRAND, reason="医生出差")
        made = await service.cancel_appointment(work, cancel)
        assert (made.status, made.cancelled_by, made.reason) == ("CANCELLED", "BRAND", "医生出差")
        assert told(work)[1].cancelled_by is CancelledBy.BRAND
        for act in (
            service.cancel_appointment(work, cancel),
            service.record_arrival(work, RecordArrival(appointment_id=made.id)),
            service.record_no_show(work, RecordNoShow(appointment_id=made.id)),
            service.move_appointment(work, MoveAppointment(appointment_id=made.id, starts_at=work.now + HOUR)),
        ):
            assert type(await refused(act)) is errors.AppointmentStands
        assert len(told(work)) == 2


async def test_out_of_sight_is_not_there(shop: Deal) -> None:
    async with shop.work() as work:
        hidden = await booked(work, shop, customer_id=shop.stranger)
    async with shop.work(clerk=True) as work:
        for act in (
            service.record_arrival(work, RecordArrival(appointment_id=hidden.id)),
            service.record_arrival(work, RecordArrival(appointment_id=new_id())),
        ):
            found = await refused(act)
            assert (type(found), found.field) == (NotFound, ("appointment_id",))
        found = await refused(booked(work, shop, customer_id=shop.stranger))
        assert (type(found), found.field, told(work)) == (NotFound, ("customer_id",), [])


async def test_told_again_it_is_the_same_and_another_time_moves_it(shop: Deal) -> None:
    ref = [{"system": "his", "id": "a1"}]
    starts_at = datetime(2030, 5, 1, 9, tzinfo=UTC)
    async with shop.work() as work:
        made = await booked(work, shop, starts_at=starts_at, minutes=30, external_refs=ref)
    async with shop.work() as work:
        same = await booked(work, shop, starts_at=starts_at, external_refs=ref)
        assert (same.id, same.version, told(work)) == (made.id, 1, [])
        moved = await booked(work, shop, starts_at=starts_at + DAY, staff_id=shop.staff, external_refs=ref)
        assert (moved.id, moved.status, moved.staff_id, moved.role_id) == (
            made.id,
            "RESCHEDULED",
            shop.staff,
            shop.role,
        )
        assert moved.ends_at == starts_at + DAY + timedelta(minutes=30)
        assert [event.type for event in told(work)] == ["appointment.changed", "appointment.moved"]
        other = await refused(booked(work, shop, customer_id=shop.stranger, external_refs=ref))
        assert type(other) is errors.AppointmentOfSomebodyElse


async def test_in_bulk_each_is_brought_to_where_it_stands(shop: Deal) -> None:
    async with shop.work() as work:
        past = work.now - DAY

        def row(id: str, **more: Any) -> RecordAppointment:
            refs = [{"system": "his", "id": id}]
            given = {"customer_id": shop.customer, "starts_at": past, "external_refs": refs, **more}
            return RecordAppointment.model_validate(given)

        rows = [
            row("came", status="ARRIVED", settled_at=past),
            row("missed", status="NO_SHOW"),
            row("off", status="CANCELLED", cancelled_by="CUSTOMER", reason="改约"),
            row("early", starts_at=work.now + DAY, status="NO_SHOW"),
            row("waits", starts_at=work.now + DAY, status="BOOKED"),
        ]
        answers = await service.record_appointments(work, rows)
        states = [one.status if isinstance(one, Appointment) else type(one) for one in answers]
        assert states == ["ARRIVED", "NO_SHOW", "CANCELLED", errors.NotMissedYet, "BOOKED"]
        assert isinstance(answers[3], DomainError)
        assert answers[3].field == ("status",)
        before = len(told(work))
        assert before == 7
        again = await service.record_appointments(work, [*rows[:3], rows[4], row("came", status="BOOKED")])
        assert [one.id for one in again if isinstance(one, Appointment)] == [
            one.id for one in [*answers[:3], answers[4], answers[0]] if isinstance(one, Appointment)
        ]
        assert len(told(work)) == before
        late = await service.record_appointments(work, [row("off", status="ARRIVED")])
        assert [type(one) for one in late] == [errors.AppointmentStands]
    assert await shop.brand.count("appointments") == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "CANCELLED"},
        {"status": "ARRIVED", "cancelled_by": "BRAND"},
        {"status": "ARRIVED", "reason": "x"},
        {"status": "BOOKED", "settled_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"settled_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"minutes": 0},
        {"minutes": 10_081},
    ],
)
def test_what_does_not_fit_together_is_no_command(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Record"):
        RecordAppointment.model_validate(
            {"customer_id": new_id(), "starts_at": datetime(2026, 1, 1, tzinfo=UTC), **wrong}
        )


async def test_arrival_and_no_show_at_once_leave_one_last_word(shop: Deal) -> None:
    """Both may be said, one after the other; what stands is what was said last, and both were told."""
    async with shop.work() as work:
        made = await booked(work, shop, starts_at=work.now - DAY)
    id = global_id("Appointment", made.id)
    answers = await asyncio.gather(
        *(shop.act(name, "appointment { status }", appointmentId=id) for name in ["recordArrival", "recordNoShow"] * 10)
    )
    done = [one["appointment"]["status"] for one in answers if not one["userErrors"]]
    events_told = await shop.told("appointment.")
    assert events_told[0] == "appointment.booked"
    assert len(events_told) == 1 + len(done)
    pairs = itertools.pairwise(events_told)
    assert all(one != next_one for one, next_one in pairs), "nothing is said twice in a row"
    async with shop.work() as work:
        [now] = await work.rows(Appointment)
        last = {"appointment.arrived": AppointmentStatus.ARRIVED, "appointment.missed": AppointmentStatus.NO_SHOW}
        assert (now.status, now.version) == (last[events_told[-1]], 1 + len(done))


async def test_the_same_booking_from_twenty_at_once_is_one(shop: Deal) -> None:
    input = {**shop.about, "startsAt": "2030-05-01T09:00:00Z", "externalRefs": [{"system": "his", "id": "a1"}]}
    answers = await asyncio.gather(*(shop.done("bookAppointment", "appointment { id }", **input) for _ in range(20)))
    assert len({one["appointment"]["id"] for one in answers}) == 1
    assert await shop.told("appointment.") == ["appointment.booked"]


async def test_moves_at_once_are_numbered_without_gap(shop: Deal) -> None:
    async with shop.work() as work:
        made = await booked(work, shop)
    id = global_id("Appointment", made.id)
    await asyncio.gather(
        *(
            shop.done("moveAppointment", "appointment { id }", appointmentId=id, startsAt=f"2030-05-{day:02}T09:00:00Z")
            for day in range(1, 13)
        )
    )
    async with shop.work() as work:
        assert [number for number, _, _ in await times_of(work, made)] == list(range(1, 14))


async def test_who_is_to_come_lies_in_the_inbox_until_something_came_of_it(shop: Deal) -> None:
    async with shop.work() as work:
        made = await booked(work, shop, staff_id=shop.staff)
        [item] = await work.rows(WorkItem)
        assert (item.kind, item.subject_id, item.customer_id) == ("APPOINTMENT", made.id, shop.customer)
        assert (item.assignee_id, item.role_id, item.store_id) == (shop.staff, shop.role, shop.store)
        assert (item.state, item.due_at) == ("OPEN", made.starts_at)
        await service.move_appointment(work, MoveAppointment(appointment_id=made.id, starts_at=work.now + 2 * DAY))
        [item] = await work.rows(WorkItem)
        assert (item.state, item.due_at) == ("OPEN", work.now + 2 * DAY)
        await service.record_arrival(work, RecordArrival(appointment_id=made.id))
        [item] = await work.rows(WorkItem)
        assert item.state == "CLOSED"


async def test_what_is_known_to_be_over_is_put_into_no_inbox(shop: Deal) -> None:
    async with shop.work() as work:
        row = {"customer_id": shop.customer, "starts_at": work.now - 8 * DAY, "status": "NO_SHOW"}
        await service.record_appointments(work, [RecordAppointment.model_validate(row)])
        assert await work.rows(WorkItem) == []


async def test_a_missed_visit_is_followed_up_until_somebody_did(shop: Deal) -> None:
    async def open_ones(work: Work) -> list[str]:
        return sorted(item.kind for item in await work.rows(WorkItem) if item.state == "OPEN")

    async with shop.work() as work:
        made = await booked(work, shop, staff_id=shop.staff, starts_at=work.now - HOUR, occurred_at=work.now - DAY)
        missed = RecordNoShow(appointment_id=made.id)
        await service.record_no_show(work, missed)
        [_, item] = await work.rows(WorkItem, order_by=(table_of(WorkItem).c.opened_at,))
        assert (item.kind, item.state, item.subject_id) == ("MISSED_VISIT", "OPEN", made.id)
        assert (item.assignee_id, item.due_at) == (shop.staff, work.now + DAY)

        await service.record_arrival(work, RecordArrival(appointment_id=made.id))
        assert await open_ones(work) == [], "The customer came after all."
        await service.record_no_show(work, missed)
        await service.move_appointment(work, MoveAppointment(appointment_id=made.id, starts_at=work.now + DAY))
        assert await open_ones(work) == ["APPOINTMENT"], "It has another time."
        old = await booked(work, shop, starts_at=work.now - HOUR)
        await service.record_no_show(work, RecordNoShow(appointment_id=old.id))
        assert await open_ones(work) == ["APPOINTMENT", "MISSED_VISIT"]
        await booked(work, shop, starts_at=work.now + 2 * DAY)
        assert await open_ones(work) == ["APPOINTMENT", "APPOINTMENT"], "Another visit is agreed."
        await service.record_no_show(
            work, RecordNoShow(appointment_id=(await booked(work, shop, starts_at=work.now - HOUR)).id)
        )
    await shop.done(
        "recordTouchpoint",
        "touchpoint { id }",
        direction="OUTBOUND",
        medium="PHONE",
        purpose="APPOINTMENT",
        **shop.about,
    )
    async with shop.work() as work:
        assert await open_ones(work) == ["APPOINTMENT", "APPOINTMENT"], "Somebody asked why."
