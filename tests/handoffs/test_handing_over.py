"""A customer is passed on: asked, seen by who is asked, taken by one, and everybody else's again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.config import DATABASE
from server.customers.tables import Relationship, RelationshipRole
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.errors import DomainError, NotFound
from server.handoffs import errors, service
from server.handoffs.commands import AcceptHandoff, CancelHandoff, DeclineHandoff, RequestHandoff
from server.handoffs.events import (
    HandoffAccepted,
    HandoffCancelled,
    HandoffDeclined,
    HandoffEscalated,
    HandoffRequested,
)
from server.handoffs.statuses import HandoffStatus, answer_within
from server.handoffs.tables import Handoff
from server.ids import new_id
from server.lifecycles import placements
from server.operations.commands import AssignServiceRole
from server.operations.purposes import Purpose
from server.work_items.events import WorkItemClosed, WorkItemOpened
from server.worker import HANDLERS
from tests.factories.brands import Brand
from tests.handoffs.clinic import HANDOFF, Clinic, clinic
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


@pytest.fixture
async def here(brand: Brands) -> Clinic:
    return await clinic(await brand())


def of_doctors(here: Clinic, **more: Any) -> RequestHandoff:
    given: dict[str, Any] = {
        "customer_id": here.customer,
        "role_id": here.roles["doctor"],
        "purpose": Purpose.PROFESSIONAL_AFTERCARE,
        **more,
    }
    return RequestHandoff(**given)


async def asked(here: Clinic, **more: Any) -> Handoff:
    async with here.work(here.consultant) as work:
        return await service.request_handoff(work, of_doctors(here, **more))


async def refused(awaited: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await awaited
    return caught.value


async def kept(here: Clinic, handoff: Handoff) -> Handoff:
    async with here.brand.work() as work:
        return await work.require(Handoff, handoff.id)


# --------------------------------------------------------------------------------------------------------------- asking


async def test_who_serves_in_the_role_at_the_customers_store_is_asked_and_sees_the_customer(here: Clinic) -> None:
    async with here.work(here.consultant) as work:
        handoff = await service.request_handoff(work, of_doctors(here, message=" 术后三天 "))
        told = work.events
        now = work.now
    assert isinstance(told[0], HandoffRequested)
    assert (told[0].staff_id, told[0].role_id, told[0].store_id) == (here.consultant, here.roles["doctor"], here.store)
    assert isinstance(told[1], WorkItemOpened)
    assert (told[1].handoff_id, told[1].role_id, told[1].assignee_id) == (handoff.id, here.roles["doctor"], None)
    row = await kept(here, handoff)
    assert (row.status, row.message, row.due_at) == ("REQUESTED", "术后三天", now + timedelta(hours=4))
    for staff, why in (
        (here.doctors[0], {HANDOFF}),
        (here.doctors[1], {HANDOFF}),
        (here.elsewhere, set()),
        (here.consultant, {"RELATIONSHIP"}),
        (here.manager, {"STORE"}),
    ):
        assert await here.sees(staff) == why
    item = await here.item()
    assert (item.kind, item.state, item.store_id, item.due_at) == ("HANDOFF", "OPEN", here.store, row.due_at)


async def test_a_person_is_asked_in_what_they_would_act(here: Clinic) -> None:
    handoff = await asked(here, role_id=None, to_staff_id=here.elsewhere)
    assert (handoff.to_staff_id, handoff.role_id) == (here.elsewhere, here.roles["doctor"])
    assert [await here.sees(staff) for staff in (here.elsewhere, here.doctors[0])] == [{HANDOFF}, set()]
    assert (await here.item()).assignee_id == here.elsewhere


async def test_what_is_asked_already_is_not_asked_again(here: Clinic) -> None:
    first = await asked(here)
    log = await here.brand.events()
    again = await asked(here, message="once more")
    assert (again.id, await here.brand.events()) == (first.id, log)
    other = await asked(here, purpose=Purpose.RECALL)
    assert other.id != first.id


async def test_two_who_ask_the_same_at_once_ask_once(here: Clinic) -> None:
    found = await asyncio.gather(*(asked(here) for _ in range(6)))
    assert len({one.id for one in found}) == 1
    assert [type_ for _, type_ in await here.brand.events() if type_.startswith("handoff")] == ["handoff.requested"]


@pytest.mark.parametrize(
    ("more", "wrong", "field"),
    [
        ({"role_id": None}, errors.NobodyNamed, "role_id"),
        ({"role_id": "store_manager", "store_id": "other"}, errors.NobodyThere, "role_id"),
        ({"role_id": "doctor", "to_staff_id": "manager"}, errors.NotPlaced, "to_staff_id"),
        ({"to_staff_id": "consultant"}, errors.ToOneself, "to_staff_id"),
        ({"to_staff_id": "nobody"}, NotFound, "to_staff_id"),
        ({"role_id": "nobody"}, NotFound, "role_id"),
        ({"customer_id": "nobody"}, NotFound, "customer_id"),
        ({"case_id": "nobody"}, NotFound, "case_id"),
        ({"store_id": "nobody"}, NotFound, "store_id"),
        ({"due": timedelta(days=31)}, errors.NotWithinTime, "due_at"),
        ({"due": timedelta(seconds=-1)}, errors.NotWithinTime, "due_at"),
    ],
    ids=str,
)
async def test_what_cannot_be_asked_asks_nothing(
    here: Clinic, more: dict[str, Any], wrong: type[DomainError], field: str
) -> None:
    ids: dict[str, UUID] = {
        **here.roles,
        "consultant": here.consultant if "to_staff_id" in more else here.roles["consultant"],
        "manager": here.manager,
        "other": here.other_store,
        "nobody": new_id(),
    }
    given: dict[str, Any] = {name: ids.get(value) if isinstance(value, str) else value for name, value in more.items()}
    before = await here.brand.events()
    async with here.work(here.consultant) as work:
        if "due" in given:
            given["due_at"] = work.now + given.pop("due")
        refusal = await refused(service.request_handoff(work, of_doctors(here, **given)))
        assert work.events == []
    assert (type(refusal), refusal.field) == (wrong, (field,))
    assert (await here.brand.events(), await here.brand.count("handoffs")) == (before, 0)


async def test_a_customer_out_of_sight_is_nobodys_to_pass_on(here: Clinic) -> None:
    async with here.work(here.elsewhere) as work:
        refusal = await refused(service.request_handoff(work, of_doctors(here)))
    assert (type(refusal), refusal.field) == (NotFound, ("customer_id",))


# ------------------------------------------------------------------------------------------------------------ answering


async def test_who_accepts_serves_from_now_on_and_the_others_see_no_more(here: Clinic) -> None:
    handoff = await asked(here)
    taker, other = here.doctors
    async with here.work(taker) as work:
        await service.accept_handoff(work, AcceptHandoff(handoff_id=handoff.id))
        told = [type(event) for event in work.events]
    assert told[-1] is HandoffAccepted
    assert WorkItemClosed in told
    row = await kept(here, handoff)
    assert (row.status, row.answered_by_id, row.answered_at is None) == ("ACCEPTED", taker, False)
    async with here.brand.work() as work:
        [friends] = [one for one in await work.rows(Relationship) if one.staff_id == taker]
        [held] = [one for one in await work.rows(RelationshipRole) if one.relationship_id == friends.id]
    assert (friends.state, held.role_id, held.store_id, held.reason) == (
        "ACTIVE",
        here.roles["doctor"],
        here.store,
        "HANDED_OFF",
    )
    assert (await here.sees(taker), await here.sees(other)) == ({HANDOFF, "RELATIONSHIP"}, set())
    assert (await here.item()).state == "CLOSED"


async def test_a_role_that_never_adds_takes_the_customer_without_a_friendship(here: Clinic) -> None:
    handoff = await asked(here, role_id=here.roles["store_manager"], purpose=Purpose.COMPLAINT)
    async with here.work(here.manager) as work:
        await service.accept_handoff(work, AcceptHandoff(handoff_id=handoff.id))
    async with here.brand.work() as work:
        assert [one.staff_id for one in await work.rows(Relationship)] == [here.consultant]
    assert await here.sees(here.manager) == {HANDOFF, "STORE"}


async def test_of_two_who_accept_at_once_one_does(here: Clinic) -> None:
    handoff = await asked(here)

    async def accept(staff: UUID) -> str:
        async with here.work(staff) as work:
            try:
                await service.accept_handoff(work, AcceptHandoff(handoff_id=handoff.id))
            except (errors.HandoffAnswered, NotFound):  # who comes when it is over sees the customer no more
                return "late"
            return "took"

    assert sorted(await asyncio.gather(*map(accept, here.doctors))) == ["late", "took"]
    async with here.brand.work() as work:
        assert len(await work.rows(Relationship)) == 2
    log = [type_ for _, type_ in await here.brand.events()]
    assert log.count("handoff.accepted") == 1


async def test_declining_closes_it_with_the_reason(here: Clinic) -> None:
    handoff = await asked(here)
    async with here.work(here.doctors[0]) as work:
        await service.decline_handoff(work, DeclineHandoff(handoff_id=handoff.id, reason="手术中"))
        assert isinstance(work.events[-1], HandoffDeclined)
    row = await kept(here, handoff)
    assert (row.status, row.declined_reason, row.answered_by_id) == ("DECLINED", "手术中", here.doctors[0])
    assert [await here.sees(staff) for staff in here.doctors] == [set(), set()]
    assert (await here.item()).state == "CLOSED"


async def test_who_asked_takes_it_back(here: Clinic) -> None:
    handoff = await asked(here)
    async with here.work(here.doctors[0]) as work:
        refusal = await refused(service.cancel_handoff(work, CancelHandoff(handoff_id=handoff.id)))
        assert (type(refusal), work.events) == (errors.NotYours, [])
    async with here.work(here.consultant) as work:
        await service.cancel_handoff(work, CancelHandoff(handoff_id=handoff.id))
        assert isinstance(work.events[-1], HandoffCancelled)
    assert (await kept(here, handoff)).status == "CANCELLED"
    async with here.work(here.consultant) as work:
        refusal = await refused(service.cancel_handoff(work, CancelHandoff(handoff_id=handoff.id)))
    assert isinstance(refusal, errors.HandoffAnswered)


async def test_nobody_else_answers(here: Clinic) -> None:
    handoff = await asked(here)
    accept, decline = AcceptHandoff(handoff_id=handoff.id), DeclineHandoff(handoff_id=handoff.id, reason="r")
    async with here.work(here.consultant) as work:
        for act in (service.accept_handoff(work, accept), service.decline_handoff(work, decline)):
            assert isinstance(await refused(act), errors.NotAsked)
        assert work.events == []
    async with here.work(here.elsewhere) as work:
        refusal = await refused(service.accept_handoff(work, accept))
        assert (type(refusal), refusal.field) == (NotFound, ("handoff_id",))
    async with here.brand.work() as work:
        assert isinstance(await refused(service.accept_handoff(work, accept)), errors.WhoTakes)
        named = AcceptHandoff(handoff_id=handoff.id, staff_id=here.elsewhere)
        assert isinstance(await refused(service.accept_handoff(work, named)), errors.NotPlaced)
        named = AcceptHandoff(handoff_id=handoff.id, staff_id=here.doctors[1])
        assert (await service.accept_handoff(work, named)).answered_by_id == here.doctors[1]


async def test_two_handoffs_to_the_same_person_open_and_close_by_themselves(here: Clinic) -> None:
    first = await asked(here, to_staff_id=here.elsewhere)
    second = await asked(here, to_staff_id=here.elsewhere, purpose=Purpose.RECALL)
    for handoff, seen in ((first, {HANDOFF}), (second, set())):
        async with here.work(here.consultant) as work:
            await service.cancel_handoff(work, CancelHandoff(handoff_id=handoff.id))
        assert await here.sees(here.elsewhere) == seen


async def test_who_comes_to_the_role_is_asked_too_and_who_goes_no_more(here: Clinic) -> None:
    await asked(here)
    async with here.brand.work() as work:
        comes = people.colleague(work)
    async with here.brand.work() as work:
        command = AssignServiceRole(staff_id=comes, role_id=here.roles["doctor"], store_id=here.store)
        placement = await placements.assign_service_role(work, command)
    assert await here.sees(comes) == {HANDOFF}
    async with here.brand.work() as work:
        await placements.end_placement(work, placement.id)
    assert await here.sees(comes) == set()


# ----------------------------------------------------------------------------------------------------------- escalation


async def lapse(here: Clinic, handoff: Handoff) -> None:
    async with here.brand.work() as work:
        await work.raw.execute("UPDATE handoffs SET due_at = now() - interval '1 second' WHERE id = $1", handoff.id)


async def escalated(here: Clinic, handoff: Handoff) -> list[Any]:
    async with here.brand.work() as work:
        await service.escalate_overdue(work, handoff.id)
        return [event for event in work.events if isinstance(event, HandoffEscalated)]


async def test_unanswered_it_is_escalated_to_who_answers_for_the_store(here: Clinic) -> None:
    handoff = await asked(here)
    assert await escalated(here, handoff) == []
    await lapse(here, handoff)
    [told] = await escalated(here, handoff)
    assert told.escalated_to_id == here.manager
    row = await kept(here, handoff)
    assert (row.status, row.escalated_to_id) == ("ESCALATED", here.manager)
    item = await here.item()
    assert (item.state, item.assignee_id, item.due_at) == ("OPEN", here.manager, row.due_at)
    assert await here.sees(here.manager) == {HANDOFF, "STORE"}
    assert await here.sees(here.doctors[0]) == {HANDOFF}
    await lapse(here, handoff)
    assert await escalated(here, handoff) == []
    async with here.work(here.manager) as work:
        await service.accept_handoff(work, AcceptHandoff(handoff_id=handoff.id))
    assert (await kept(here, handoff)).answered_by_id == here.manager


async def test_who_was_asked_may_still_answer_and_then_nothing_lapses(here: Clinic) -> None:
    handoff = await asked(here)
    await lapse(here, handoff)
    await escalated(here, handoff)
    async with here.work(here.doctors[1]) as work:
        await service.accept_handoff(work, AcceptHandoff(handoff_id=handoff.id))
    assert await here.sees(here.manager) == {"STORE"}
    assert await escalated(here, handoff) == []


async def test_without_anybody_who_answers_for_it_the_brand_is_asked(here: Clinic) -> None:
    async with here.brand.work() as work:
        head = people.colleague(work)
    async with here.brand.work() as work:
        await work.raw.execute(
            "UPDATE staff_members SET data_scope = CASE WHEN id = $1 THEN 'ALL' ELSE 'OWN_CUSTOMERS' END", head
        )
    handoff = await asked(here)
    await lapse(here, handoff)
    [told] = await escalated(here, handoff)
    assert told.escalated_to_id == head


async def test_the_worker_finds_it_while_it_waits_and_not_after(here: Clinic, postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        handoff = await asked(here)
        query = "SELECT kind, due_at FROM platform.clocks WHERE subject_id = $1"
        [clock] = await connection.fetch(query, handoff.id)
        assert tuple(clock) == (service.CLOCK, handoff.due_at)
        async with here.work(here.doctors[0]) as work:
            await service.accept_handoff(work, AcceptHandoff(handoff_id=handoff.id))
        assert await connection.fetch(query, handoff.id) == []
    finally:
        await connection.close()
    assert HANDLERS[service.CLOCK] is service.escalate_overdue


@pytest.mark.parametrize(
    ("purpose", "hours"),
    [(None, 24), (Purpose.ENQUIRY, 2), (Purpose.APPOINTMENT, 4), (Purpose.RECALL, 4), (Purpose.PROMOTION, 24)],
)
def test_how_long_it_may_wait(purpose: Purpose | None, hours: int) -> None:
    assert answer_within(purpose) == timedelta(hours=hours)


def test_only_what_waits_is_open() -> None:
    assert {one for one in HandoffStatus if one.is_open} == {HandoffStatus.REQUESTED, HandoffStatus.ESCALATED}
