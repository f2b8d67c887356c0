"""Speaking up: what is recorded, what clock starts, and what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from server.db.statements import table_of
from server.db.work import Work
from server.errors import NotFound
from server.feedback.commands import RaiseFeedback, RateService
from server.feedback.kinds import FeedbackKind
from server.feedback.service import raise_feedback, rate_service
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.ids import new_id
from server.tenants.external_refs import ExternalRefCommand
from server.tenants.tables import BusinessHours, ClosedDay, ExternalRef
from server.touchpoints.errors import InTheFuture
from server.touchpoints.media import Medium
from tests.factories.brands import Brand
from tests.feedback.people import desk, new_case, new_customer, new_order

MakeBrand = Callable[..., Awaitable[Brand]]
SHANGHAI = ZoneInfo("Asia/Shanghai")
COMPLAINT, SUGGESTION = FeedbackKind.COMPLAINT, FeedbackKind.SUGGESTION


async def only(work: Work, model: type[Any]) -> Any:
    [row] = await work.rows(model)
    return row


async def feedback_events(brand: Brand) -> list[dict[str, Any]]:
    async with brand.work() as work:
        rows = await work.raw.fetch(
            "SELECT type, occurred_at, body FROM events WHERE type LIKE 'feedback.%' ORDER BY seq"
        )
    return [{"type": row["type"], "at": row["occurred_at"], **row["body"]} for row in rows]


async def test_a_complaint_starts_a_clock_of_a_day(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.work() as work:
        now = work.now
        raised = await raise_feedback(
            work,
            RaiseFeedback(customer_id=here.customer, kind=COMPLAINT, text=" 等了一小时 ", medium=Medium.PHONE),
        )
    async with here.brand.work() as work:
        stored, clock, move = (
            await only(work, Feedback),
            await only(work, FeedbackClock),
            await only(work, FeedbackMove),
        )
    assert stored == raised
    assert (stored.customer_id, stored.kind, stored.status, stored.text) == (
        here.customer,
        "COMPLAINT",
        "RAISED",
        "等了一小时",
    )
    assert (stored.staff_id, stored.medium, stored.score) == (here.staff, "PHONE", None)
    assert (stored.occurred_at, stored.recorded_at, stored.updated_at) == (now, now, now)
    assert (stored.due_at, stored.clock_result, stored.version) == (now + timedelta(hours=24), "RUNNING", 1)
    assert (clock.feedback_id, clock.customer_id, clock.number) == (stored.id, here.customer, 1)
    assert (clock.started_at, clock.due_at, clock.stopped_at) == (now, now + timedelta(hours=24), None)
    assert clock.result == "RUNNING"
    assert (move.feedback_id, move.from_status, move.to_status, move.staff_id) == (
        stored.id,
        None,
        "RAISED",
        here.staff,
    )


async def test_the_event_carries_every_id_state_number_and_time(brand: MakeBrand) -> None:
    here = await desk(await brand())
    said = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    async with here.work() as work:
        raised = await raise_feedback(
            work, RaiseFeedback(customer_id=here.customer, kind=COMPLAINT, text="慢", occurred_at=said)
        )
    async with here.brand.work() as work:
        clock, move = await only(work, FeedbackClock), await only(work, FeedbackMove)
    assert await feedback_events(here.brand) == [
        {
            "type": "feedback.raised",
            "at": said,
            "feedback_id": str(raised.id),
            "customer_id": str(here.customer),
            "move_id": str(move.id),
            "staff_id": str(here.staff),
            "kind": "COMPLAINT",
            "status": "RAISED",
            "score": None,
            "order_id": None,
            "appointment_id": None,
            "rated_case_id": None,
            "rated_feedback_id": None,
            "item_id": None,
            "case_id": None,
            "store_id": None,
            "role_id": None if raised.role_id is None else str(raised.role_id),
            "group_id": None if raised.group_id is None else str(raised.group_id),
            "medium": None,
            "clock_id": str(clock.id),
            "due_at": "2026-01-06T08:00:00.000000Z",
        }
    ]


async def test_the_clock_counts_from_when_it_was_said(brand: MakeBrand) -> None:
    here = await desk(await brand())
    said = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    async with here.work() as work:
        now = work.now
        raised = await raise_feedback(
            work,
            RaiseFeedback(customer_id=here.customer, kind=FeedbackKind.PRODUCT_REQUEST, text="缺货", occurred_at=said),
        )
    assert (raised.occurred_at, raised.recorded_at) == (said, now)
    assert raised.due_at == datetime(2026, 1, 8, 8, 0, tzinfo=UTC)


async def test_praise_and_suggestions_count_business_hours(brand: MakeBrand) -> None:
    """Open from nine to nine but on Tuesdays, and closed on one Wednesday: 168 hours are fourteen open days."""
    here = await desk(await brand(timezone="Asia/Shanghai"))
    async with here.brand.work() as work:
        for weekday in (1, 3, 4, 5, 6, 7):
            work.add(BusinessHours(weekday=weekday, opens=9 * 60, closes=21 * 60))
        work.add(ClosedDay(day=date(2026, 3, 4)))
    monday = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    async with here.work() as work:
        suggestion = await raise_feedback(
            work, RaiseFeedback(customer_id=here.customer, kind=SUGGESTION, text="加个座位", occurred_at=monday)
        )
        complaint = await raise_feedback(
            work, RaiseFeedback(customer_id=here.customer, kind=COMPLAINT, text="太慢", occurred_at=monday)
        )
    assert suggestion.due_at == datetime(2026, 3, 19, 21, 0, tzinfo=SHANGHAI)
    assert complaint.due_at == datetime(2026, 3, 3, 9, 0, tzinfo=SHANGHAI)


async def test_a_brand_without_hours_counts_all_of_them(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.work() as work:
        raised = await raise_feedback(
            work, RaiseFeedback(customer_id=here.customer, kind=FeedbackKind.PRAISE, text="很好")
        )
        assert raised.due_at == work.now + timedelta(hours=72)


@pytest.mark.parametrize("score", [1, 3])
async def test_a_low_score_wants_an_answer(brand: MakeBrand, score: int) -> None:
    here = await desk(await brand())
    async with here.work() as work:
        new_order(work, here.customer)
        rated = await rate_service(work, RateService(customer_id=here.customer, score=score))
        assert (rated.kind, rated.score, rated.status, rated.text) == ("RATING", score, "RAISED", None)
        assert (rated.due_at, rated.clock_result) == (work.now + timedelta(hours=24), "RUNNING")
    assert await here.brand.count("feedback_clocks") == 1


@pytest.mark.parametrize("score", [4, 5])
async def test_a_good_score_is_settled_at_once(brand: MakeBrand, score: int) -> None:
    here = await desk(await brand())
    async with here.work() as work:
        now = work.now
        new_order(work, here.customer)
        rated = await rate_service(work, RateService(customer_id=here.customer, score=score, text="满意"))
    assert (rated.status, rated.resolved_at, rated.due_at, rated.clock_result) == ("RESOLVED", now, None, None)
    async with here.brand.work() as work:
        move = await only(work, FeedbackMove)
    assert (move.from_status, move.to_status) == (None, "RESOLVED")
    assert await here.brand.count("feedback_clocks") == 0
    [told] = await feedback_events(here.brand)
    assert (told["type"], told["status"], told["score"], told["clock_id"]) == (
        "feedback.raised",
        "RESOLVED",
        score,
        None,
    )


async def test_somebody_who_is_no_customer_has_a_voice(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.work() as work:
        raised = await raise_feedback(
            work, RaiseFeedback(kind=SUGGESTION, text="希望有无糖款", name="路人", contact="13800000000")
        )
    assert (raised.customer_id, raised.voice_name, raised.voice_contact) == (None, "路人", "13800000000")
    [told] = await feedback_events(here.brand)
    assert (told["customer_id"], told["feedback_id"]) == (None, str(raised.id))
    assert "路人" not in str(told)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "RATING"}, ("kind",)),
        ({"text": "  "}, ("text",)),
        ({"text": "x" * 4001}, ("text",)),
        ({"name": "N"}, ()),
        ({"contact": "C"}, ()),
    ],
)
def test_what_is_no_feedback(given: dict[str, Any], field: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        RaiseFeedback.model_validate({"customer_id": new_id(), "kind": COMPLAINT, "text": "t", **given})
    assert [error["loc"] for error in refused.value.errors()] == [field]


@pytest.mark.parametrize("score", [0, 6])
def test_what_is_no_score(score: int) -> None:
    with pytest.raises(ValidationError) as refused:
        RateService(customer_id=new_id(), score=score)
    assert [error["loc"] for error in refused.value.errors()] == [("score",)]


@pytest.mark.parametrize("field", ["customer_id", "case_id", "item_id", "store_id", "staff_id"])
async def test_what_is_named_must_be_there(brand: MakeBrand, field: str) -> None:
    here = await desk(await brand())
    command = RaiseFeedback.model_validate(
        {"customer_id": here.customer, "kind": COMPLAINT, "text": "t", field: new_id()}
    )
    with pytest.raises(NotFound) as refused:
        async with here.work() as work:
            await raise_feedback(work, command)
    assert refused.value.field == (field,)
    assert await here.brand.count("feedback") == 0
    assert await feedback_events(here.brand) == []


async def test_a_customer_of_others_is_as_unknown_as_none(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        stranger = new_customer(work)
    for work_as in (here.work, (await desk(await brand())).brand.work):
        with pytest.raises(NotFound) as refused:
            async with work_as() as work:
                await raise_feedback(work, RaiseFeedback(customer_id=stranger, kind=COMPLAINT, text="t"))
        assert refused.value.field == ("customer_id",)


async def test_a_case_is_its_own_customers(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        other = new_customer(work)
        case, own = new_case(work, other), new_case(work, here.customer)
    for customer in (here.customer, None):
        with pytest.raises(NotFound) as refused:
            async with here.work() as work:
                await raise_feedback(work, RaiseFeedback(customer_id=customer, case_id=case, kind=COMPLAINT, text="t"))
        assert refused.value.field == ("case_id",)
    async with here.work() as work:
        raised = await raise_feedback(
            work, RaiseFeedback(customer_id=here.customer, case_id=own, kind=COMPLAINT, text="t")
        )
    assert raised.case_id == own


async def test_nobody_has_spoken_in_the_future(brand: MakeBrand) -> None:
    here = await desk(await brand())
    tomorrow = datetime(2199, 1, 1, tzinfo=UTC)
    with pytest.raises(InTheFuture) as refused:
        async with here.work() as work:
            await raise_feedback(
                work, RaiseFeedback(customer_id=here.customer, kind=COMPLAINT, text="t", occurred_at=tomorrow)
            )
    assert refused.value.field == ("occurred_at",)


async def test_other_systems_ids_are_kept(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.work() as work:
        raised = await raise_feedback(
            work,
            RaiseFeedback(
                customer_id=here.customer,
                kind=COMPLAINT,
                text="t",
                external_refs=(ExternalRefCommand(system="crm", id="F-1"),),
            ),
        )
    async with here.brand.work() as work:
        [ref] = await work.rows(ExternalRef, table_of(ExternalRef).c.node_type == "Feedback")
    assert (ref.node_id, ref.system, ref.external_id) == (raised.id, "crm", "F-1")
