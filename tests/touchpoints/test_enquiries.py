"""A customer who asks waits in the inbox until somebody contacts them on that matter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.db.work import Work
from server.operations.purposes import Purpose
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from server.touchpoints.tables import Touchpoint
from server.work_items.kinds import WorkItemKind
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand
from tests.touchpoints import people
from tests.touchpoints.test_at_once import begun, named, recorded

Brands = Callable[..., Awaitable[Brand]]

_ = begun


def asks(customer_id: UUID, **more: Any) -> RecordTouchpoint:
    given: dict[str, Any] = {
        "direction": Direction.INBOUND,
        "medium": Medium.WECOM_CHAT,
        "purpose": Purpose.ENQUIRY,
        **more,
    }
    return RecordTouchpoint(customer_id=customer_id, **given)


def tells(customer_id: UUID, **more: Any) -> RecordTouchpoint:
    return asks(customer_id, direction=Direction.OUTBOUND, **more)


async def inbox(work: Work) -> list[WorkItem]:
    return sorted(await work.rows(WorkItem), key=lambda item: (item.opened_at, item.id))


async def test_who_asks_waits_for_whom_they_asked(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, staff, store = people.customer(work), people.colleague(work), people.store(work)
        role = await people.role_of(work, "customer_service")
        people.befriended(work, customer, staff, role, work.now - timedelta(days=9), store_id=store)
    async with one.work() as work:
        at = work.now - timedelta(hours=1)
        asked = await service.record_touchpoint(work, asks(customer, staff_id=staff, occurred_at=at))
        await service.record_touchpoint(work, asks(customer, staff_id=staff))
        [item] = await inbox(work)
        assert item.model_dump(exclude={"tenant_id", "id", "recorded_at", "updated_at"}) == {
            "kind": "UNANSWERED_ENQUIRY",
            "subject_type": "Touchpoint",
            "subject_id": asked.id,
            "customer_id": customer,
            "purpose": "ENQUIRY",
            "assignee_id": staff,
            "role_id": role,
            "group_id": None,
            "store_id": store,
            "state": "OPEN",
            "due_at": at + timedelta(hours=2),
            "opened_at": at,
            "closed_at": None,
            "version": 1,
        }
    async with one.work() as work:
        await service.record_touchpoint(work, tells(customer, purpose=Purpose.APPOINTMENT))
        [item] = await inbox(work)
        assert item.state == "OPEN"
        answer = await service.record_touchpoint(work, tells(customer, staff_id=staff))
        [item] = await inbox(work)
        assert (item.state, item.closed_at) == ("CLOSED", answer.occurred_at)
    async with one.work() as work:
        again = await service.record_touchpoint(work, asks(customer, staff_id=staff))
        assert [item.state for item in await inbox(work)] == ["CLOSED", "OPEN"]
        assert (await inbox(work))[1].subject_id == again.id


async def test_what_nobody_in_particular_was_asked_falls_to_the_owner_of_the_matter(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        await service.record_touchpoint(work, asks(customer, purpose=Purpose.PROFESSIONAL_AFTERCARE))
        [item] = await inbox(work)
        doctor = await people.role_of(work, "doctor")
        assert (item.assignee_id, item.role_id, item.purpose) == (None, doctor, "PROFESSIONAL_AFTERCARE")


@pytest.mark.parametrize(
    "more",
    [
        {"medium": Medium.PHONE},
        {"medium": Medium.IN_PERSON},
        {"purpose": Purpose.COMMUNITY},
        {"purpose": Purpose.COMPLAINT},
        {"occurred": timedelta(days=8)},
    ],
    ids=str,
)
async def test_not_everything_said_waits_for_an_answer(brand: Brands, more: dict[str, Any]) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        since = more.pop("occurred", timedelta(0))
        await service.record_touchpoint(work, asks(customer, **more, occurred_at=work.now - since))
        assert await inbox(work) == []


async def test_what_comes_in_late_and_was_answered_since_makes_nobody_wait(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        now = work.now
        await service.record_touchpoint(work, tells(customer, occurred_at=now - timedelta(hours=1)))
        await service.record_touchpoint(work, asks(customer, occurred_at=now - timedelta(hours=2)))
        assert await inbox(work) == []
        await service.record_touchpoint(work, asks(customer, occurred_at=now - timedelta(minutes=30)))
        assert len(await inbox(work)) == 1


async def test_many_at_once_are_followed_in_the_order_told(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        first, second, third = (people.customer(work) for _ in range(3))
    async with one.work() as work:
        now = work.now
        answers = await service.record_touchpoints(
            work,
            [
                asks(first, occurred_at=now - timedelta(minutes=9)),
                asks(first, occurred_at=now - timedelta(minutes=8)),
                tells(first, occurred_at=now - timedelta(minutes=7)),
                asks(second, occurred_at=now - timedelta(minutes=6)),
                tells(third, occurred_at=now - timedelta(minutes=4)),
                asks(third, occurred_at=now - timedelta(minutes=5)),
            ],
        )
        states = {item.subject_id: item.state for item in await inbox(work)}
        contacts = [one_ for one_ in answers if isinstance(one_, Touchpoint)]
        assert states == {contacts[0].id: "CLOSED", contacts[3].id: "OPEN"}


ASK = """mutation($c: ID!) { recordTouchpoint(input: {customerId: $c, direction: INBOUND, medium: WECOM_CHAT,
  purpose: ENQUIRY}) { touchpoint { id purpose } userErrors { code } cursor } }"""


async def test_an_enquiry_costs_no_transaction_and_its_answer_one(brand: Brands, begun: list[UUID]) -> None:
    one = await brand()
    customer, staff = await named(one)
    body = await one.ask(ASK, {"c": customer})
    assert (body["data"]["recordTouchpoint"]["userErrors"], begun) == ([], [])
    waiting = await one.ask("{ workItems { nodes { state subject { id } } } }")
    [item] = waiting["data"]["workItems"]["nodes"]
    assert item == {"state": "OPEN", "subject": {"id": body["data"]["recordTouchpoint"]["touchpoint"]["id"]}}
    assert [type_ for _, type_ in await one.events()][-2:] == ["touchpoint.recorded", "work_item.opened"]
    await recorded(one, "id", c=customer, s=staff)
    assert begun == []
    told = await one.ask(ASK.replace("INBOUND", "OUTBOUND"), {"c": customer})
    assert told["data"]["recordTouchpoint"]["touchpoint"] is not None
    assert begun == [one.tenant_id]
    waiting = await one.ask("{ workItems { nodes { kind state } } }")
    assert waiting["data"]["workItems"]["nodes"] == [{"kind": "UNANSWERED_ENQUIRY", "state": "CLOSED"}]
    assert WorkItemKind.UNANSWERED_ENQUIRY.subject_type == "Touchpoint"
