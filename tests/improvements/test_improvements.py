"""One change answers many feedbacks, and everyone who asked is told, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.db.work import Work
from server.errors import Conflict, DomainError, NotFound
from server.feedback.commands import AnswerFeedback, AttachFeedback, RaiseFeedback, WithdrawFeedback
from server.feedback.ending import withdraw_feedback
from server.feedback.kinds import FeedbackKind
from server.feedback.tables import Feedback, FeedbackClock
from server.ids import global_id
from server.improvements import errors, service, shipping
from server.improvements.commands import (
    DropImprovement,
    LinkFeedback,
    OpenImprovement,
    PlanImprovement,
    ShipImprovement,
)
from server.improvements.similar import likeness, pairs_of
from server.improvements.tables import Improvement, ImprovementLink
from server.items.tables import Item
from server.lifecycles import hearing
from server.touchpoints.media import Medium
from server.touchpoints.tables import Touchpoint
from server.trust.tables import TrustEntry
from tests.factories.brands import Brand
from tests.feedback.people import Desk, desk, new_customer

MakeBrand = Callable[..., Awaitable[Brand]]
HOUR = timedelta(hours=1)
REQUEST, SUGGESTION = FeedbackKind.PRODUCT_REQUEST, FeedbackKind.SUGGESTION


async def said(
    here: Desk,
    customer: UUID | None,
    text: str = "低糖",
    *,
    kind: FeedbackKind = SUGGESTION,
    age: timedelta = HOUR,
    **more: Any,
) -> UUID:
    async with here.brand.work() as work:
        command = RaiseFeedback(customer_id=customer, kind=kind, text=text, occurred_at=work.now - age, **more)
        return (await hearing.raise_feedback(work, command)).id


async def customers(here: Desk, count: int) -> list[UUID]:
    async with here.brand.work() as work:
        return [new_customer(work) for _ in range(count)]


async def act(here: Desk, function: Callable[..., Awaitable[Any]], command: Any) -> Any:
    async with here.brand.work() as work:
        return await function(work, command)


async def opened(here: Desk, feedback: Sequence[UUID]) -> UUID:
    command = OpenImprovement(title="低糖版", feedback_ids=tuple(feedback))
    return UUID(str((await act(here, service.open_improvement, command)).id))


async def ship(here: Desk, id: UUID) -> Improvement:
    command = ShipImprovement(improvement_id=id, answer="低糖版上线了", medium=Medium.WECOM_CHAT)
    shipped: Improvement = await act(here, shipping.ship_improvement, command)
    return shipped


async def tell(here: Desk, id: UUID) -> None:
    """The job, to its end."""
    while True:
        async with here.brand.work() as work:
            if await shipping.take_step(work, id) is None:
                return


async def killed(work: Work, id: UUID) -> None:
    """A step, and the end of its worker before it is committed."""
    await shipping.take_step(work, id)
    raise ConnectionResetError


async def rows(here: Desk, model: Any) -> list[Any]:
    async with here.brand.work() as work:
        return await work.rows(model)


async def test_shipping_tells_everyone_who_asked_once_and_stops_their_clocks(brand: MakeBrand) -> None:
    here = await desk(await brand())
    one, two, three = await customers(here, 3)
    first, again = await said(here, one, age=48 * HOUR), await said(here, one, "再低一点")
    late = await said(here, two, kind=REQUEST, age=80 * HOUR)
    in_time = await said(here, three, kind=REQUEST, age=HOUR)
    voice, taken_back = await said(here, None, "路人也想要"), await said(here, two, "算了")
    id = await opened(here, [first, again, late, in_time, voice, taken_back])
    await act(here, withdraw_feedback, WithdrawFeedback(feedback_id=taken_back))
    shipped = await ship(here, id)
    assert (shipped.status, shipped.voices, shipped.told) == ("SHIPPED", 6, 0)
    assert shipped.change_seconds is not None
    assert 80 * 3600 <= shipped.change_seconds < 80 * 3600 + 60, "as long as the first who asked had waited"
    await tell(here, id)
    contacts = await rows(here, Touchpoint)
    assert sorted((contact.customer_id, contact.medium, contact.summary) for contact in contacts) == sorted(
        (customer, "WECOM_CHAT", "低糖版上线了") for customer in (one, two, three)
    )
    stands = {row.id: (row.status, row.clock_result) for row in await rows(here, Feedback)}
    assert stands == {
        first: ("ANSWERED", "ON_TIME"),
        again: ("ANSWERED", "ON_TIME"),
        late: ("ANSWERED", "LATE"),
        in_time: ("ANSWERED", "ON_TIME"),
        voice: ("RAISED", "RUNNING"),
        taken_back: ("WITHDRAWN", "ON_TIME"),
    }
    assert {clock.result for clock in await rows(here, FeedbackClock) if clock.feedback_id != voice} == {
        "ON_TIME",
        "LATE",
    }
    [improvement] = await rows(here, Improvement)
    assert improvement.told == 4
    postings = sorted(
        (entry.customer_id, entry.reason, entry.claimed // 100)
        for entry in await rows(here, TrustEntry)
        if entry.reason in ("IMPROVEMENT_SHIPPED", "PRODUCT_ON_SHELF")
    )
    assert postings == sorted([(one, "IMPROVEMENT_SHIPPED", 15), (three, "PRODUCT_ON_SHELF", 20)])
    await act(here, hearing.answer_feedback, AnswerFeedback(feedback_id=voice, text="上线了"))
    [improvement] = await rows(here, Improvement)
    links = {link.feedback_id: (link.told_at is not None, link.by_hand) for link in await rows(here, ImprovementLink)}
    assert (improvement.told, links[voice], links[taken_back]) == (5, (True, True), (False, True))
    await tell(here, id)
    assert len(await rows(here, Touchpoint)) == 3


async def test_a_job_that_is_killed_tells_nobody_twice(brand: MakeBrand, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await desk(await brand())
    askers = await customers(here, 7)
    id = await opened(here, [await said(here, asker) for asker in askers])
    monkeypatch.setattr(shipping, "AT_ONCE", 3)
    await ship(here, id)
    async with here.brand.work() as work:
        await shipping.take_step(work, id)
    with pytest.raises(ConnectionResetError):
        await act(here, killed, id)
    [improvement] = await rows(here, Improvement)
    assert (improvement.told, len(await rows(here, Touchpoint))) == (3, 3)
    await tell(here, id)
    [improvement] = await rows(here, Improvement)
    contacts = await rows(here, Touchpoint)
    assert (improvement.told, improvement.voices) == (7, 7)
    assert sorted(contact.customer_id for contact in contacts) == sorted(askers)
    async with here.brand.work() as work:
        counted = await work.raw.fetchval("SELECT count(*) FROM events WHERE type = 'improvement.asker_told'")
    assert counted == 7


async def test_who_is_answered_by_hand_meanwhile_is_told_in_their_own_words(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await opened(here, [asked := await said(here, here.customer), voice := await said(here, None)])
    await act(here, hearing.answer_feedback, AnswerFeedback(feedback_id=asked, text="我们在做"))
    await ship(here, id)
    await act(here, hearing.answer_feedback, AnswerFeedback(feedback_id=voice, text="上线了"))
    await tell(here, id)
    answers = {row.id: row.answer_text for row in await rows(here, Feedback)}
    assert answers == {asked: "我们在做", voice: "上线了"}, "what was answered stays as it was"
    assert [contact.summary for contact in await rows(here, Touchpoint)] == ["我们在做", "低糖版上线了"]
    [improvement] = await rows(here, Improvement)
    assert improvement.told == 2
    assert {link.feedback_id: link.by_hand for link in await rows(here, ImprovementLink)} == {asked: False, voice: True}


async def test_a_feedback_asks_for_one_improvement(brand: MakeBrand) -> None:
    here = await desk(await brand())
    asked, other = await said(here, here.customer), await said(here, here.customer)
    one, two = await opened(here, [asked]), await opened(here, [])
    await act(here, service.link_feedback, LinkFeedback(improvement_id=one, feedback_ids=(asked, other)))
    assert [row.voices for row in await rows(here, Improvement) if row.id == one] == [2]
    with pytest.raises(errors.LinkedElsewhere) as no:
        await act(here, service.link_feedback, LinkFeedback(improvement_id=two, feedback_ids=(asked,)))
    assert no.value.field == ("feedback_ids", "0")
    fresh = await said(here, here.customer)

    async def link(id: UUID) -> str:
        try:
            command = LinkFeedback(improvement_id=id, feedback_ids=(fresh,))
            return str((await act(here, service.link_feedback, command)).status)
        except DomainError as refusal:
            return type(refusal).__name__

    assert sorted(await asyncio.gather(link(one), link(two))) == ["LinkedElsewhere", "OPEN"]
    assert len(await rows(here, ImprovementLink)) == 3
    await act(here, withdraw_feedback, WithdrawFeedback(feedback_id=(gone := await said(here, here.customer))))
    with pytest.raises(errors.NotLinkable):
        await act(here, service.link_feedback, LinkFeedback(improvement_id=two, feedback_ids=(gone,)))
    async with here.brand.work() as work:
        hidden = new_customer(work)
    foreign = await said(here, hidden)
    async with here.work() as work:
        with pytest.raises(NotFound) as absent:
            await service.open_improvement(work, OpenImprovement(title="t", feedback_ids=(foreign,)))
    assert absent.value.field == ("feedback_ids", "0")


async def test_planned_dropped_and_then_at_rest(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await opened(here, [await said(here, here.customer)])
    planned = await act(
        here, service.plan_improvement, PlanImprovement(improvement_id=id, planned_for=date(2026, 12, 1))
    )
    assert (planned.status, planned.planned_for) == ("PLANNED", date(2026, 12, 1))
    with pytest.raises(Conflict):
        await act(here, service.drop_improvement, DropImprovement(improvement_id=id, reason="r", expected_version=1))
    dropped = await act(here, service.drop_improvement, DropImprovement(improvement_id=id, reason="太贵"))
    assert (dropped.status, dropped.drop_reason) == ("DROPPED", "太贵")
    for function, command in (
        (service.plan_improvement, PlanImprovement(improvement_id=id)),
        (shipping.ship_improvement, ShipImprovement(improvement_id=id, answer="a", medium=Medium.SMS)),
        (service.drop_improvement, DropImprovement(improvement_id=id, reason="r")),
    ):
        with pytest.raises(errors.ImprovementMoveNotAllowed):
            await act(here, function, command)
    late = LinkFeedback(improvement_id=id, feedback_ids=(await said(here, here.customer),))
    with pytest.raises(errors.NoLongerOpen):
        await act(here, service.link_feedback, late)
    assert await here.brand.count("touchpoints") == 0


async def test_an_asker_who_became_known_is_told_like_everybody(brand: MakeBrand) -> None:
    here = await desk(await brand())
    id = await opened(here, [voice := await said(here, None)])
    await act(here, hearing.attach_feedback, AttachFeedback(feedback_id=voice, customer_id=here.customer))
    await ship(here, id)
    await tell(here, id)
    [link] = await rows(here, ImprovementLink)
    assert (link.customer_id, link.by_hand, link.touchpoint_id is not None) == (here.customer, False, True)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("太甜了，能出低糖的吗", "太甜了，能出低糖的吗", 10_000),
        ("低糖我就天天喝", "出低糖的吧", 2_000),  # 低糖, of six pairs and four
        ("LOW sugar", "ｌｏｗ Sugar", 10_000),
        ("无", "无", 10_000),
        ("吸管", "瓶盖", 0),
        ("", "。。。", 0),
    ],
)
def test_how_alike_two_things_said_are(one: str, other: str, alike: int) -> None:
    assert likeness(pairs_of(one), pairs_of(other)) == alike


async def test_what_seems_to_ask_for_the_same(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        tea = work.add(Item(key="tea", name="茶", kind="GOODS")).id
    one = await said(here, here.customer, "太甜了，能出低糖的吗", item_id=tea)
    same_item = await said(here, here.customer, "换吸管", item_id=tea)
    alike, other = await said(here, None, "能出低糖的吗"), await said(here, None, "包装太大")
    linked = await said(here, None, "太甜了，能出低糖的吗")
    await opened(here, [linked])
    await said(here, here.customer, "太甜了，能出低糖的吗", kind=FeedbackKind.COMPLAINT)
    query = "query($id: ID!) { similarFeedback(feedbackId: $id) { feedback { id } sameItem likeness } }"
    body = await here.brand.ask(query, {"id": global_id("Feedback", one)})
    assert body["data"]["similarFeedback"] == [
        {"feedback": {"id": global_id("Feedback", same_item)}, "sameItem": True, "likeness": 0},
        {"feedback": {"id": global_id("Feedback", alike)}, "sameItem": False, "likeness": 8333},
    ]
    assert other not in (alike, same_item)
    foreign = await said(here, (await customers(here, 1))[0], "能出低糖的吗")
    seen = await here.brand.world.ask(here.caller, query, {"id": global_id("Feedback", one)})
    assert [found["sameItem"] for found in seen["data"]["similarFeedback"]] == [True]
    hidden = await here.brand.world.ask(here.caller, query, {"id": global_id("Feedback", foreign)})
    assert hidden["data"]["similarFeedback"] == []


async def test_improvements_over_the_api(brand: MakeBrand) -> None:
    here = await desk(await brand())
    asked = global_id("Feedback", await said(here, here.customer))
    made = await here.brand.ask(
        """mutation($input: OpenImprovementInput!) { openImprovement(input: $input) {
          userErrors { code } improvement { id title status voiceCount toldCount links { totalCount nodes { feedback { id } } } } } }""",
        {"input": {"title": "低糖版", "feedbackIds": [asked]}},
    )
    improvement = made["data"]["openImprovement"]["improvement"]
    assert improvement == {
        "id": improvement["id"],
        "title": "低糖版",
        "status": "OPEN",
        "voiceCount": 1,
        "toldCount": 0,
        "links": {"totalCount": 1, "nodes": [{"feedback": {"id": asked}}]},
    }
    shipped = await here.brand.ask(
        """mutation($input: ShipImprovementInput!) { shipImprovement(input: $input) {
          userErrors { code } improvement { status answer medium } } }""",
        {"input": {"improvementId": improvement["id"], "answer": "上线了", "medium": "SMS"}},
    )
    assert shipped["data"]["shipImprovement"] == {
        "userErrors": [],
        "improvement": {"status": "SHIPPED", "answer": "上线了", "medium": "SMS"},
    }
    listed = await here.brand.ask("{ improvements(filter: {status: {eq: SHIPPED}}) { nodes { id } } }")
    assert listed["data"]["improvements"]["nodes"] == [{"id": improvement["id"]}]
