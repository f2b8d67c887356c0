"""Contacts as the API shows them: filtered, ordered, and only to whom they may be shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.access.permissions import DataScope
from server.db.work import Work
from server.ids import global_id, new_id
from server.operations.purposes import Purpose
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]

_LIST = "query($filter: TouchpointFilter!) { touchpoints(filter: $filter) { totalCount nodes { id } } }"


async def called(work: Work, customer_id: UUID, at: datetime, **more: Any) -> str:
    given: dict[str, Any] = {
        "direction": Direction.OUTBOUND,
        "medium": Medium.PHONE,
        "purpose": Purpose.RECALL,
        **more,
    }
    command = RecordTouchpoint(customer_id=customer_id, occurred_at=at, **given)
    return global_id("Touchpoint", (await service.record_touchpoint(work, command)).id)


async def test_each_filter_finds_its_own(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer, other, staff, store = (
            people.customer(work),
            people.customer(work),
            people.colleague(work),
            people.store(work),
        )
        case = await people.case_of(work, other)
        day = timedelta(days=1)
        plain = await called(work, customer, work.now - day)
        inbound = await called(
            work, other, work.now - 2 * day, direction=Direction.INBOUND, staff_id=staff, case_id=case
        )
        push = await called(
            work,
            other,
            work.now - 3 * day,
            medium=Medium.APP_PUSH,
            purpose=Purpose.CONTENT,
            outcome=Outcome.OPENED,
            store_id=store,
        )
        border = (work.now - 2 * day).isoformat()
    for filter, found in (
        ({"customer": {"eq": global_id("Customer", other)}}, [inbound, push]),
        ({"staff": {"eq": global_id("StaffMember", staff)}}, [inbound]),
        ({"staff": {"isNull": True}}, [plain, push]),
        ({"case": {"eq": global_id("Case", case)}}, [inbound]),
        ({"store": {"eq": global_id("Store", store)}}, [push]),
        ({"direction": {"eq": "INBOUND"}}, [inbound]),
        ({"medium": {"in": ["APP_PUSH", "SMS"]}}, [push]),
        ({"purpose": {"eq": "RECALL"}}, [plain, inbound]),
        ({"state": {"eq": "SENT"}}, [plain, inbound, push]),
        ({"outcome": {"eq": "OPENED"}}, [push]),
        ({"occurredAt": {"from": border}}, [plain, inbound]),
        ({"occurredAt": {"to": border}}, [push]),
    ):
        body = await one.ask(_LIST, {"filter": filter})
        assert body == {"data": {"touchpoints": {"totalCount": len(found), "nodes": [{"id": id} for id in found]}}}, (
            filter
        )


async def test_orders(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = people.customer(work)
        first = await called(work, customer, work.now - timedelta(days=1))
    async with one.work() as work:
        backdated = await called(work, customer, work.now - timedelta(days=9))
    body = await one.ask(
        """{ happened: touchpoints { nodes { id } }
             recorded: touchpoints(orderBy: { field: RECORDED_AT, direction: DESC }) { nodes { id } } }"""
    )
    assert body == {
        "data": {
            "happened": {"nodes": [{"id": first}, {"id": backdated}]},
            "recorded": {"nodes": [{"id": backdated}, {"id": first}]},
        }
    }


async def test_the_list_of_outcomes_runs_in_the_order_of_time(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        id = await called(work, people.customer(work), work.now - timedelta(hours=2), medium=Medium.EMAIL)
    report = """mutation($id: ID!, $outcome: Outcome!, $at: DateTime!) {
        recordTouchpointOutcome(input: { touchpointId: $id, outcome: $outcome, occurredAt: $at }) {
          userErrors { code field } touchpoint { outcome } touchpointOutcome { outcome touchpoint { id } } } }"""
    for outcome, minutes, shown in (("REPLIED", 10, "REPLIED"), ("OPENED", 30, "REPLIED")):
        at = (work.now - timedelta(minutes=minutes)).isoformat()
        body = await one.ask(report, {"id": id, "outcome": outcome, "at": at})
        assert body["data"]["recordTouchpointOutcome"] == {
            "userErrors": [],
            "touchpoint": {"outcome": shown},
            "touchpointOutcome": {"outcome": outcome, "touchpoint": {"id": id}},
        }
    body = await one.ask(
        "query($id: ID!) { touchpoint(id: $id) { outcome outcomes { nodes { outcome } } } }", {"id": id}
    )
    assert body["data"]["touchpoint"] == {
        "outcome": "REPLIED",
        "outcomes": {"nodes": [{"outcome": "OPENED"}, {"outcome": "REPLIED"}]},
    }


async def test_what_the_medium_cannot_show_is_a_user_error(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        id = await called(work, people.customer(work), work.now)
    body = await one.ask(
        """mutation($id: ID!) { recordTouchpointOutcome(input: { touchpointId: $id, outcome: CLICKED }) {
             cursor touchpoint { id } userErrors { code message field } } }""",
        {"id": id},
    )
    assert body["data"]["recordTouchpointOutcome"] == {
        "cursor": None,
        "touchpoint": None,
        "userErrors": [
            {
                "code": "NOT_ALLOWED",
                "message": "Phone call cannot show this outcome: Clicked.",
                "field": ["outcome"],
            }
        ],
    }


async def test_contacts_are_seen_by_whoever_sees_the_customer(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = await called(work, people.customer(work), work.now)
    async with mine.work() as work:
        seen, hidden, staff = people.customer(work), people.customer(work), people.colleague(work)
        people.may_see(work, staff, seen)
        own, others = await called(work, seen, work.now), await called(work, hidden, work.now)
    staff_caller = mine.as_staff(staff, DataScope.OWN_CUSTOMERS)
    body = await mine.world.ask(
        staff_caller,
        """query($own: ID!, $others: ID!, $foreign: ID!, $none: ID!) {
             touchpoints { nodes { id } } own: touchpoint(id: $own) { id } others: touchpoint(id: $others) { id }
             foreign: touchpoint(id: $foreign) { id } none: touchpoint(id: $none) { id } }""",
        {"own": own, "others": others, "foreign": foreign, "none": global_id("Touchpoint", new_id())},
    )
    assert body == {
        "data": {
            "touchpoints": {"nodes": [{"id": own}]},
            "own": {"id": own},
            "others": None,
            "foreign": None,
            "none": None,
        }
    }
