"""Somebody leaves with things to do: every one of them is somebody else's afterwards, or the role's, and is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.appointments.commands import BookAppointment, MoveAppointment
from server.appointments.service import book_appointment, move_appointment
from server.config import DATABASE
from server.db.database import Database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import WORKER
from server.db.statements import table_of
from server.feedback import service as feedback
from server.feedback.commands import AcknowledgeFeedback, RaiseFeedback
from server.feedback.kinds import FeedbackKind
from server.handoffs import service as handoffs
from server.handoffs.commands import DeclineHandoff, RequestHandoff
from server.handoffs.tables import Handoff
from server.lifecycles import transfers
from server.lifecycles.assignment import set_workload
from server.lifecycles.leavers import DeactivateStaff, deactivate_staff
from server.lifecycles.succession_terms import SuccessionRule
from server.lifecycles.transfers import TransferRelationships, transfer_relationships
from server.operations.commands import SetWorkload
from server.promises.commands import KeepPromise, MakePromise
from server.promises.service import keep_promise, make_promise
from server.promises.tables import Promise
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.service import record_touchpoint
from server.work_items.tables import WorkItem
from server.worker import take_step
from tests.customers.clinic import Clinic
from tests.factories.brands import Brand, World

Make = Callable[..., Awaitable[Brand]]
DAY = timedelta(days=1)
_items = table_of(WorkItem).c


@pytest.fixture
async def clinic(brand: Make) -> Clinic:
    return Clinic(await brand())


@pytest.fixture
async def platform(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 1})
    opened = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    yield opened
    await opened.close()


async def work_off(clinic: Clinic, platform: Database) -> None:
    database = clinic.brand.world.gateway.services.database
    while await take_step(platform, database, {transfers.JOB: transfers.take_step}):
        pass


async def to_do(clinic: Clinic) -> list[tuple[str, UUID | None]]:
    """What is open, and whose it is."""
    async with clinic.brand.work() as work:
        rows = await work.rows(WorkItem, _items.state == "OPEN")
    return sorted(((row.kind, row.assignee_id) for row in rows), key=str)


async def with_matters(clinic: Clinic, customer: UUID, staff: UUID, role: UUID, store: UUID) -> None:
    """A complaint taken on, a promise with a time and one without, a visit, and a handoff asked in person."""
    async with clinic.brand.world.work(clinic.brand.as_staff(staff, DataScope.OWN_CUSTOMERS)) as work:
        voice = await feedback.raise_feedback(
            work, RaiseFeedback(customer_id=customer, kind=FeedbackKind.SUGGESTION, text="多放几把椅子")
        )
        await feedback.acknowledge_feedback(work, AcknowledgeFeedback(feedback_id=voice.id))
        for due_at in (work.now + DAY, None):
            await make_promise(work, MakePromise(customer_id=customer, text="打电话", due_at=due_at))
        visit = BookAppointment(
            customer_id=customer, starts_at=work.now + 2 * DAY, staff_id=staff, role_id=role, store_id=store
        )
        await book_appointment(work, visit)
    async with clinic.brand.work() as work:
        asked = RequestHandoff(customer_id=customer, to_staff_id=staff, role_id=role, store_id=store)
        await handoffs.request_handoff(work, asked)


async def test_what_a_leaver_had_to_do_follows_the_customer(clinic: Clinic, platform: Database) -> None:
    role, north, south = await clinic.role("consultant"), await clinic.store("N"), await clinic.store("S")
    leaver = await clinic.staff("Leaver", role=role, store=north)
    customer = (await clinic.add(staff_id=leaver, role_id=role)).customer.id
    await with_matters(clinic, customer, leaver, role, north)
    assert len(await to_do(clinic)) == 4
    await clinic.staff("South", role=role, store=south)
    heir = await clinic.staff("Heir", role=role, store=north)

    async with clinic.brand.work() as work:
        await deactivate_staff(work, DeactivateStaff(staff_id=leaver))
    await work_off(clinic, platform)

    assert await to_do(clinic) == sorted(
        [(kind, heir) for kind in ("APPOINTMENT", "FEEDBACK_CLOCK", "HANDOFF", "PROMISE_DUE", "PROMISE_DUE")], key=str
    )
    [transfer] = await clinic.fetch("SELECT state, moved, matters_moved, matters_left FROM transfers")
    assert tuple(transfer) == ("DONE", 1, 5, 0)
    [visit] = await clinic.fetch("SELECT staff_id, role_id, store_id FROM appointments")
    assert tuple(visit) == (heir, role, north)
    [handoff] = await clinic.fetch("SELECT to_staff_id, role_id, status FROM handoffs")
    assert tuple(handoff) == (heir, role, "REQUESTED")
    kinds = [kind for _, kind in await clinic.brand.events()]
    assert [kinds.count(kind) for kind in ("handoff.readdressed", "appointment.changed")] == [1, 1]
    shown = await clinic.brand.ask("{ transfers { nodes { mattersMoved mattersLeft } } }")
    assert shown["data"]["transfers"]["nodes"] == [{"mattersMoved": 5, "mattersLeft": 0}]
    async with clinic.brand.work() as work:
        for promise in await work.rows(Promise):
            await keep_promise(work, KeepPromise(promise_id=promise.id))
    assert [kind for kind, _ in await to_do(clinic)] == ["APPOINTMENT", "FEEDBACK_CLOCK", "HANDOFF"]


async def test_where_nobody_has_room_it_is_the_roles(clinic: Clinic, platform: Database) -> None:
    role, north = await clinic.role("consultant"), await clinic.store("N")
    leaver = await clinic.staff("Leaver", role=role, store=north)
    customer = (await clinic.add(staff_id=leaver, role_id=role)).customer.id
    await with_matters(clinic, customer, leaver, role, north)
    full = await clinic.staff("Full", role=role, store=north)
    async with clinic.brand.work() as work:
        await set_workload(work, SetWorkload(staff_id=full, capacity=1))
    await clinic.add(staff_id=full, role_id=role, phone="13800009999")
    async with clinic.brand.work() as work:
        await deactivate_staff(work, DeactivateStaff(staff_id=leaver))
    await work_off(clinic, platform)

    left = ["APPOINTMENT", "ASSIGNMENT_QUEUE", "FEEDBACK_CLOCK", "HANDOFF", "PROMISE_DUE", "PROMISE_DUE"]
    assert await to_do(clinic) == [(kind, None) for kind in left]
    async with clinic.brand.work() as work:
        assert {item.role_id for item in await work.rows(WorkItem, _items.kind != "FEEDBACK_CLOCK")} == {role}
        [handoff] = await work.rows(Handoff)
    assert (handoff.to_staff_id, handoff.role_id, handoff.status) == (None, role, "REQUESTED")
    [transfer] = await clinic.fetch("SELECT state, moved, waiting, matters_moved, matters_left FROM transfers")
    assert tuple(transfer) == ("DONE", 0, 1, 0, 5)


async def test_who_stays_keeps_what_they_still_see(clinic: Clinic, platform: Database) -> None:
    role, north = await clinic.role("consultant"), await clinic.store("N")
    giver, taker = [await clinic.staff(name, role=role, store=north) for name in ("Giver", "Taker")]
    customer = (await clinic.add(staff_id=giver, role_id=role)).customer.id
    async with clinic.brand.world.work(clinic.brand.as_staff(giver, DataScope.OWN_CUSTOMERS)) as work:
        await make_promise(work, MakePromise(customer_id=customer, text="打电话", due_at=work.now + DAY))
    async with clinic.brand.work() as work:
        everyone: dict[str, Any] = {"to_everyone": True, "staff_id": giver, "due_at": work.now + DAY}
        await make_promise(work, MakePromise(text="周末营业到十点", **everyone))
        command = TransferRelationships(from_staff_id=giver, rule=SuccessionRule.ONE_PERSON, to_staff_id=taker)
        await transfer_relationships(work, command)
    await work_off(clinic, platform)
    assert await to_do(clinic) == sorted([("PROMISE_DUE", giver), ("PROMISE_DUE", taker)], key=str)
    [transfer] = await clinic.fetch("SELECT moved, matters_moved, matters_left FROM transfers")
    assert tuple(transfer) == (1, 1, 0)


async def test_nothing_new_becomes_a_leavers(clinic: Clinic) -> None:
    """What comes up between leaving and the last customer's passing on is the role's from the start."""
    role, north = await clinic.role("consultant"), await clinic.store("N")
    leaver = await clinic.staff("Leaver", role=role, store=north)
    customer = (await clinic.add(staff_id=leaver, role_id=role)).customer.id
    async with clinic.brand.work() as work:
        await deactivate_staff(work, DeactivateStaff(staff_id=leaver))
    async with clinic.brand.work() as work:
        about: dict[str, Any] = {"customer_id": customer, "staff_id": leaver}
        await make_promise(work, MakePromise(text="打电话", due_at=work.now + DAY, **about))
        await book_appointment(work, BookAppointment(starts_at=work.now + DAY, role_id=role, **about))
        asked = {"direction": "INBOUND", "medium": "WECOM_CHAT", "purpose": "APPOINTMENT", **about}
        await record_touchpoint(work, RecordTouchpoint.model_validate(asked))
    assert await to_do(clinic) == [(kind, None) for kind in ("APPOINTMENT", "PROMISE_DUE", "UNANSWERED_ENQUIRY")]
    async with clinic.brand.work() as work:
        roles = {item.kind: item.role_id for item in await work.rows(WorkItem)}
    assert (roles["APPOINTMENT"], roles["UNANSWERED_ENQUIRY"]) == (role, role)


@pytest.mark.soak
@pytest.mark.parametrize("round", range(50))
async def test_whatever_happens_meanwhile_nothing_stays_with_the_leaver(
    clinic: Clinic, platform: Database, round: int
) -> None:
    role, north = await clinic.role("consultant"), await clinic.store("N")
    leaver = await clinic.staff("Leaver", role=role, store=north)
    customers = [
        (await clinic.add(staff_id=leaver, role_id=role, phone=f"1380000{n:04}")).customer.id for n in range(3)
    ]
    for customer in customers:
        await with_matters(clinic, customer, leaver, role, north)
    heir = await clinic.staff("Heir", role=role, store=north)
    kept = await clinic.fetch("SELECT id FROM promises ORDER BY id")
    asked = await clinic.fetch("SELECT id FROM handoffs ORDER BY id")
    visits = await clinic.fetch("SELECT id FROM appointments ORDER BY id")

    async def leave() -> None:
        async with clinic.brand.work() as work:
            await deactivate_staff(work, DeactivateStaff(staff_id=leaver))
        await work_off(clinic, platform)

    async def keep() -> None:
        for row in kept:
            async with clinic.brand.work() as work:
                await keep_promise(work, KeepPromise(promise_id=row["id"]))

    async def decline() -> None:
        for row in asked[: round % 4]:
            async with clinic.brand.work() as work:
                await handoffs.decline_handoff(work, DeclineHandoff(handoff_id=row["id"], reason="忙"))

    async def move() -> None:
        for row in visits:
            async with clinic.brand.work() as work:
                await move_appointment(work, MoveAppointment(appointment_id=row["id"], starts_at=work.now + 3 * DAY))

    await asyncio.gather(leave(), keep(), decline(), move())
    async with platform.acts.acquire() as connection:
        await connection.execute("UPDATE platform.jobs SET due_at = now()")
    await work_off(clinic, platform)

    open_ones = len(customers) * 2 + len(asked) - round % 4  # feedback and visits; handoffs
    assert [assignee for _, assignee in await to_do(clinic)] == [heir] * open_ones
    left = await clinic.fetch("SELECT 1 FROM appointments WHERE staff_id = $1", leaver)
    assert left == []
    left = await clinic.fetch("SELECT 1 FROM handoffs WHERE to_staff_id = $1 AND answered_at IS NULL", leaver)
    assert left == []
    [transfer] = await clinic.fetch("SELECT state, moved, matters_left FROM transfers")
    assert tuple(transfer) == ("DONE", 3, 0)
