"""Feedback through GraphQL: raised, answered, listed, and what a front end is told may be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id
from server.terms import Locale
from tests.factories.brands import Brand
from tests.feedback.people import Desk, desk, new_customer, new_order, new_touchpoint

MakeBrand = Callable[..., Awaitable[Brand]]

RAISE = """
mutation($input: RaiseFeedbackInput!) { raiseFeedback(input: $input) {
  userErrors { code field message } cursor
  feedback {
    id kind status text score voiceName voiceContact medium overdue clockResult reopenCount version
    customer { id } staff { id } role { key } group { key } item { id } case { id } store { id }
    raisedAt dueAt answeredAt externalRefs { system id } duplicateOf { id }
    clocks { number startedAt dueAt stoppedAt result } moves { fromStatus toStatus staff { id } }
  }
} }
"""
ANSWER = """
mutation($input: AnswerFeedbackInput!) { answerFeedback(input: $input) {
  userErrors { code field message }
  feedback { status clockResult answerText answerTouchpoint { id } answeredAt overdue }
} }
"""
LIST = """
query($filter: FeedbackFilter, $orderBy: FeedbackOrder) {
  feedback(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } }
}
"""


async def act(here: Desk, name: str, **input: Any) -> dict[str, Any]:
    """A payload of an act that answers with a feedback, done by the owner."""
    type = name[0].upper() + name[1:]
    query = f"""mutation($input: {type}Input!) {{ {name}(input: $input) {{
      userErrors {{ code field message }} feedback {{ id status clockResult dueAt reopenCount declinedReason }}
    }} }}"""
    body = await here.brand.ask(query, {"input": input})
    assert "errors" not in body
    payload: dict[str, Any] = body["data"][name]
    return payload


async def complaint(here: Desk, *, age: timedelta = timedelta(0), customer: UUID | None = None) -> str:
    payload = await act(
        here,
        "raiseFeedback",
        customerId=global_id("Customer", customer or here.customer),
        kind="COMPLAINT",
        text="太慢",
        occurredAt=(datetime.now(UTC) - age).isoformat(),
    )
    assert payload["userErrors"] == []
    id: str = payload["feedback"]["id"]
    return id


async def listed(here: Desk, filter: dict[str, Any] | None = None, order: dict[str, str] | None = None) -> list[str]:
    body = await here.brand.ask(LIST, {"filter": filter, "orderBy": order})
    page = body["data"]["feedback"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["id"] for node in page["nodes"]]


async def test_what_a_raised_feedback_reads_like(brand: MakeBrand) -> None:
    here = await desk(await brand())
    customer = global_id("Customer", here.customer)
    body = await here.brand.world.ask(
        here.caller,
        RAISE,
        {
            "input": {
                "customerId": customer,
                "kind": "COMPLAINT",
                "text": "等了一小时",
                "medium": "IN_PERSON",
                "occurredAt": "2026-01-05T08:00:00+08:00",
                "externalRefs": [{"system": "crm", "id": "F-1"}],
            }
        },
    )
    payload = body["data"]["raiseFeedback"]
    feedback = payload["feedback"]
    assert (payload["userErrors"], payload["cursor"] is None) == ([], False)
    assert (feedback.pop("role") is None) is not (feedback.pop("group") is None)
    staff = {"id": global_id("StaffMember", here.staff)}
    assert feedback == {
        "id": feedback["id"],
        "kind": "COMPLAINT",
        "status": "RAISED",
        "text": "等了一小时",
        "score": None,
        "voiceName": None,
        "voiceContact": None,
        "medium": "IN_PERSON",
        "overdue": True,
        "clockResult": "RUNNING",
        "reopenCount": 0,
        "version": 1,
        "customer": {"id": customer},
        "staff": staff,
        "item": None,
        "case": None,
        "store": None,
        "raisedAt": "2026-01-05T00:00:00.000000Z",
        "dueAt": "2026-01-06T00:00:00.000000Z",
        "answeredAt": None,
        "externalRefs": [{"system": "crm", "id": "F-1"}],
        "duplicateOf": None,
        "clocks": [
            {
                "number": 1,
                "startedAt": "2026-01-05T00:00:00.000000Z",
                "dueAt": "2026-01-06T00:00:00.000000Z",
                "stoppedAt": None,
                "result": "RUNNING",
            }
        ],
        "moves": [{"fromStatus": None, "toStatus": "RAISED", "staff": staff}],
    }


@pytest.mark.parametrize(
    ("business", "industry", "owner"),
    [("LOW_PRICE_B2C", "RETAIL", ("role", "service_desk")), ("LOW_PRICE_B2C", "BAKERY", ("group", "ops_group"))],
)
async def test_it_falls_to_whoever_owns_the_purpose(
    brand: MakeBrand, business: str, industry: str, owner: tuple[str, str]
) -> None:
    here = await desk(await brand(businessType=business, industry=industry))
    body = await here.brand.ask(RAISE, {"input": {"kind": "COMPLAINT", "text": "t"}})
    feedback = body["data"]["raiseFeedback"]["feedback"]
    expected: dict[str, Any] = {"role": None, "group": None, owner[0]: {"key": owner[1]}}
    assert {"role": feedback["role"], "group": feedback["group"]} == expected


async def test_somebody_unknown_has_a_voice(brand: MakeBrand) -> None:
    here = await desk(await brand())
    input = {"kind": "SUGGESTION", "text": "无糖款", "name": "路人", "contact": "微信 luren"}
    body = await here.brand.ask(RAISE, {"input": input})
    feedback = body["data"]["raiseFeedback"]["feedback"]
    assert (feedback["customer"], feedback["voiceName"], feedback["voiceContact"]) == (None, "路人", "微信 luren")
    assert await listed(here, {"customer": {"isNull": True}}) == [feedback["id"]]


async def test_an_answer_with_its_touchpoint(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await complaint(here, age=timedelta(hours=30))
    told_at = (datetime.now(UTC) - timedelta(hours=20)).replace(microsecond=0)
    async with here.brand.work() as work:
        touchpoint = global_id("Touchpoint", new_touchpoint(work, here.customer, told_at))
    input = {"feedbackId": id, "touchpointId": touchpoint, "text": "已补发", "occurredAt": told_at.isoformat()}
    body = await here.brand.ask(ANSWER, {"input": input})
    assert body["data"]["answerFeedback"] == {
        "userErrors": [],
        "feedback": {
            "status": "ANSWERED",
            "clockResult": "ON_TIME",
            "answerText": "已补发",
            "answerTouchpoint": {"id": touchpoint},
            "answeredAt": told_at.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            "overdue": False,
        },
    }


async def test_the_whole_way(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await complaint(here, age=timedelta(hours=30))
    way = []
    for name, more in (
        ("acknowledgeFeedback", {}),
        ("answerFeedback", {}),
        ("reopenFeedback", {}),
        ("declineFeedback", {"reason": "停产"}),
        ("reopenFeedback", {}),
        ("answerFeedback", {}),
        ("resolveFeedback", {}),
    ):
        payload = await act(here, name, feedbackId=id, **more)
        assert payload["userErrors"] == []
        way.append(
            (payload["feedback"]["status"], payload["feedback"]["clockResult"], payload["feedback"]["reopenCount"])
        )
    assert way == [
        ("ACKNOWLEDGED", "RUNNING", 0),
        ("ANSWERED", "LATE", 0),
        ("IN_PROGRESS", "RUNNING", 1),
        ("DECLINED", "ON_TIME", 1),
        ("IN_PROGRESS", "RUNNING", 2),
        ("ANSWERED", "ON_TIME", 2),
        ("RESOLVED", "ON_TIME", 2),
    ]
    body = await here.brand.ask(
        "query($id: ID!) { oneFeedback(id: $id) { declinedReason clocks { result } moves { toStatus } } }", {"id": id}
    )
    assert body["data"]["oneFeedback"] == {
        "declinedReason": "停产",
        "clocks": [{"result": "LATE"}, {"result": "ON_TIME"}, {"result": "ON_TIME"}],
        "moves": [{"toStatus": status} for status in ("RAISED", *(status for status, _, _ in way))],
    }


async def test_ratings(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        new_order(work, here.customer), new_order(work, here.customer)
    customer = global_id("Customer", here.customer)
    good = await act(here, "rateService", customerId=customer, score=5)
    bad = await act(here, "rateService", customerId=customer, score=2, text="冷淡")
    assert (good["feedback"]["status"], good["feedback"]["dueAt"]) == ("RESOLVED", None)
    assert (bad["feedback"]["status"], bad["feedback"]["clockResult"]) == ("RAISED", "RUNNING")
    refused = await act(here, "rateService", customerId=customer, score=6)
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("INVALID", ["score"])]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"customerId": "nonsense"}, "NOT_FOUND", ["customerId"]),
        ({"customerId": global_id("Store", UUID(int=1))}, "NOT_FOUND", ["customerId"]),
        ({"customerId": global_id("Customer", UUID(int=1))}, "NOT_FOUND", ["customerId"]),
        ({"itemId": global_id("Item", UUID(int=1))}, "NOT_FOUND", ["itemId"]),
        ({"kind": "RATING"}, "INVALID", ["kind"]),
        ({"text": " "}, "INVALID", ["text"]),
        ({"occurredAt": "2199-01-01T00:00:00Z"}, "INVALID", ["occurredAt"]),
    ],
)
async def test_a_refused_feedback_leaves_nothing(
    brand: MakeBrand, given: dict[str, Any], code: str, field: list[str]
) -> None:
    here = await desk(await brand())
    events = await here.brand.events()
    payload = await act(here, "raiseFeedback", **{"kind": "COMPLAINT", "text": "t", **given})
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
    assert payload["feedback"] is None
    assert await here.brand.count("feedback") == 0
    assert await here.brand.events() == events


async def test_a_move_that_is_not_in_the_table(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await complaint(here)
    payload = await act(here, "resolveFeedback", feedbackId=id)
    assert payload == {
        "userErrors": [
            {
                "code": "NOT_ALLOWED",
                "field": ["feedbackId"],
                "message": "This feedback is RAISED and cannot become RESOLVED.",
            }
        ],
        "feedback": None,
    }


async def test_lists_are_filtered(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        other = new_customer(work)
        new_order(work, other)
    late = await complaint(here, age=timedelta(hours=30))
    fresh = await complaint(here, customer=other)
    answered = await complaint(here, age=timedelta(hours=40))
    await act(here, "answerFeedback", feedbackId=answered)
    good = (await act(here, "rateService", customerId=global_id("Customer", other), score=5))["feedback"]["id"]
    assert await listed(here) == [good, fresh, late, answered]
    assert await listed(here, {"overdue": {"eq": True}}) == [late]
    assert await listed(here, {"overdue": {"eq": False}}) == [good, fresh, answered]
    assert await listed(here, {"customer": {"eq": global_id("Customer", other)}}) == [good, fresh]
    assert await listed(here, {"kind": {"eq": "RATING"}}) == [good]
    assert await listed(here, {"status": {"in": ["ANSWERED", "RESOLVED"]}}) == [good, answered]
    assert await listed(here, {"clockResult": {"eq": "LATE"}}) == [answered]
    assert await listed(here, {"dueAt": {"to": datetime.now(UTC).isoformat()}}) == [late, answered]
    assert await listed(here, {"dueAt": {"isNull": True}}) == [good]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert await listed(here, {"raisedAt": {"from": yesterday}}) == [good, fresh]
    assert await listed(here, {"staff": {"eq": global_id("StaffMember", here.staff)}}) == []
    assert await listed(here, None, {"field": "RAISED_AT", "direction": "ASC"}) == [answered, late, fresh, good]
    assert await listed(here, None, {"field": "UPDATED_AT", "direction": "DESC"}) == [good, answered, fresh, late]


async def test_a_staff_member_sees_own_customers_and_voices(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        other = new_customer(work)
    own, foreign = await complaint(here), await complaint(here, customer=other)
    await act(here, "raiseFeedback", kind="PRAISE", text="好")
    heard = global_id("StaffMember", here.staff)
    voice = (await act(here, "raiseFeedback", kind="PRAISE", text="好", staffId=heard))["feedback"]["id"]
    world = here.brand.world
    body = await world.ask(here.caller, LIST, {})
    assert [node["id"] for node in body["data"]["feedback"]["nodes"]] == [voice, own]
    query = "query($id: ID!) { oneFeedback(id: $id) { id clocks { id } moves { id } } }"
    assert await world.ask(here.caller, query, {"id": foreign}) == {"data": {"oneFeedback": None}}
    body = await world.ask(here.caller, ANSWER, {"input": {"feedbackId": foreign}})
    assert body["data"]["answerFeedback"]["userErrors"] == [
        {"code": "NOT_FOUND", "field": ["feedbackId"], "message": "Not found."}
    ]


async def test_another_brands_feedback_is_absent(brand: MakeBrand) -> None:
    here, there = await desk(await brand()), await desk(await brand())
    id = await complaint(there)
    assert await listed(here) == []
    body = await here.brand.ask("query($id: ID!) { oneFeedback(id: $id) { id } node(id: $id) { id } }", {"id": id})
    assert body == {"data": {"oneFeedback": None, "node": None}}


async def test_what_may_be_done_next_and_what_not(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await complaint(here)
    query = "query($id: ID!) { oneFeedback(id: $id) { availableActions { action allowed reason } } }"
    body = await here.brand.ask(query, {"id": id})
    assert body["data"]["oneFeedback"]["availableActions"] == [
        {"action": "acknowledgeFeedback", "allowed": True, "reason": None},
        {"action": "startFeedback", "allowed": True, "reason": None},
        {"action": "answerFeedback", "allowed": True, "reason": None},
        {
            "action": "resolveFeedback",
            "allowed": False,
            "reason": "This feedback is RAISED and cannot become RESOLVED.",
        },
        {"action": "declineFeedback", "allowed": True, "reason": None},
        {"action": "markFeedbackDuplicate", "allowed": True, "reason": None},
        {"action": "withdrawFeedback", "allowed": True, "reason": None},
        {
            "action": "reopenFeedback",
            "allowed": False,
            "reason": "This feedback is RAISED and cannot become IN_PROGRESS.",
        },
    ]


async def test_a_matter_at_rest_offers_nothing(brand: MakeBrand) -> None:
    here = await desk(await brand())
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    async with here.brand.work() as work:
        new_order(work, here.customer)
    customer = global_id("Customer", here.customer)
    rated = await act(here, "rateService", customerId=customer, score=5, occurredAt=long_ago)
    query = "query($id: ID!) { oneFeedback(id: $id) { availableActions { action allowed reason } } }"
    body = await here.brand.ask(query, {"id": rated["feedback"]["id"]}, locale=Locale.ZH)
    actions = {one["action"]: one for one in body["data"]["oneFeedback"]["availableActions"]}
    assert [one["allowed"] for one in actions.values()] == [False] * 8
    assert actions["reopenFeedback"]["reason"] == "该反馈已解决（RESOLVED）超过30天，请重新登记。"


async def test_who_may_only_read_is_told_so(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await complaint(here)
    reads = DEFAULTS[PrincipalKind.STAFF] - {Permission.FEEDBACK_WRITE}
    reader = here.brand.as_staff(here.staff, DataScope.OWN_CUSTOMERS, reads)
    query = "query($id: ID!) { oneFeedback(id: $id) { availableActions { allowed reason } } }"
    body = await here.brand.world.ask(reader, query, {"id": id})
    refused = {"allowed": False, "reason": "This needs the permission FEEDBACK_WRITE."}
    assert body["data"]["oneFeedback"]["availableActions"] == [refused] * 8
    with pytest.raises(RequestError) as forbidden:
        await here.brand.world.ask(reader, ANSWER, {"input": {"feedbackId": id}})
    assert [error["extensions"]["code"] for error in forbidden.value.errors] == ["FORBIDDEN"]  # type: ignore[index]  # extensions is a dict
