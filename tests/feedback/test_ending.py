"""How a matter ends besides by an answer, what runs out meanwhile, and whose voice it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.appointments.appointment_terms import AppointmentStatus
from server.appointments.tables import Appointment
from server.customers.tables import Customer
from server.db.work import Work
from server.errors import DomainError, Invalid, NotFound
from server.feedback import ending, policies, voices
from server.feedback.commands import (
    AcknowledgeFeedback,
    AnswerFeedback,
    AttachFeedback,
    KindPolicy,
    MarkFeedbackDuplicate,
    RaiseFeedback,
    RateService,
    ReopenFeedback,
    ResolveFeedback,
    SetFeedbackPolicy,
    StartFeedback,
    WithdrawFeedback,
)
from server.feedback.errors import (
    AnsweredBeforeRaised,
    DuplicateOfAnother,
    KnownAlready,
    MoveNotAllowed,
    NothingServed,
    NotTold,
    RatedAlready,
    ToldBeforeContact,
)
from server.feedback.kinds import FeedbackKind
from server.feedback.service import (
    acknowledge_feedback,
    answer_feedback,
    raise_feedback,
    rate_service,
    reopen_feedback,
    resolve_feedback,
    start_feedback,
)
from server.feedback.tables import Feedback
from server.operations.tables import Store
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from server.touchpoints.tables import Touchpoint
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand
from tests.feedback.people import Desk, desk, new_case, new_customer, new_order, new_touchpoint
from tests.feedback.test_answering import HOUR, clocks_of, complaint, done, moves_of, refused, told

MakeBrand = Callable[..., Awaitable[Brand]]
DAY = timedelta(days=1)


async def later(here: Desk, by: timedelta, handler: Callable[[Work, UUID], Awaitable[None]], id: UUID) -> None:
    """What the worker does about the clock of this feedback, so much later."""
    async with here.brand.work() as work:
        work.now += by
        await handler(work, id)


async def test_taking_a_matter_on_has_a_time_of_its_own(brand: MakeBrand) -> None:
    """Two hours for a complaint, by whatever somebody does first."""
    here = await desk(await brand())
    in_time, late, answered = [await complaint(here, age=age) for age in (HOUR, 3 * HOUR, HOUR)]
    _, now = await done(here, acknowledge_feedback, AcknowledgeFeedback(feedback_id=in_time.id))
    await done(here, start_feedback, StartFeedback(feedback_id=late.id))
    await done(here, answer_feedback, AnswerFeedback(feedback_id=answered.id))
    [clock] = await clocks_of(here, in_time.id)
    assert (clock.ack_due_at, clock.acknowledged_at, clock.ack_result) == (
        in_time.occurred_at + 2 * HOUR,
        now,
        "ON_TIME",
    )
    assert [(one.ack_result, one.result) for one in await clocks_of(here, late.id)] == [("LATE", "RUNNING")]
    assert [(one.ack_result, one.result) for one in await clocks_of(here, answered.id)] == [("ON_TIME", "ON_TIME")]
    await done(here, start_feedback, StartFeedback(feedback_id=in_time.id))
    assert await moves_of(here, in_time.id) == [
        (None, "RAISED"),
        ("RAISED", "ACKNOWLEDGED"),
        ("ACKNOWLEDGED", "IN_PROGRESS"),
    ]
    [clock] = await clocks_of(here, in_time.id)
    assert clock.acknowledged_at == now, "working on it is not taking it on again"


async def test_nobody_took_it_on_is_said_once_and_stays(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    await later(here, HOUR, ending.note_unacknowledged, raised.id)
    assert [event["type"] for event in await told(here)] == ["feedback.raised"], "the clock was early"
    for _ in range(2):
        await later(here, 3 * HOUR, ending.note_unacknowledged, raised.id)
    missed = (await told(here))[1:]
    assert [(event["type"], event["ack_due_at"][:16]) for event in missed] == [
        ("feedback.acknowledgement_missed", (raised.occurred_at + 2 * HOUR).isoformat()[:16])
    ]
    await done(here, acknowledge_feedback, AcknowledgeFeedback(feedback_id=raised.id))
    [clock] = await clocks_of(here, raised.id)
    assert (clock.ack_result, clock.acknowledged_at is not None) == ("LATE", True)


async def test_an_answer_always_has_its_contact(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised, linked = await complaint(here, age=3 * HOUR), await complaint(here, age=3 * HOUR)
    answered, now = await done(
        here, answer_feedback, AnswerFeedback(feedback_id=raised.id, text="已补发", medium=Medium.PHONE)
    )
    async with here.brand.work() as work:
        [contact] = await work.rows(Touchpoint)
        told_by = new_touchpoint(work, here.customer, raised.occurred_at + HOUR)
        said = new_touchpoint(work, here.customer, direction=Direction.INBOUND)
        too_old = new_touchpoint(work, here.customer, raised.occurred_at - HOUR)
    assert answered.answer_touchpoint_id == contact.id
    assert (contact.customer_id, contact.direction, contact.medium, contact.purpose, contact.summary) == (
        here.customer,
        "OUTBOUND",
        "PHONE",
        "COMPLAINT",
        "已补发",
    )
    assert (contact.occurred_at, contact.staff_id) == (now, here.staff)
    id = linked.id
    await refused(here, answer_feedback, AnswerFeedback(feedback_id=id, touchpoint_id=said), NotTold, "touchpoint_id")
    await refused(
        here,
        answer_feedback,
        AnswerFeedback(feedback_id=id, touchpoint_id=too_old),
        AnsweredBeforeRaised,
        "touchpoint_id",
    )
    early = AnswerFeedback(feedback_id=id, touchpoint_id=told_by, occurred_at=raised.occurred_at + HOUR / 2)
    await refused(here, answer_feedback, early, ToldBeforeContact, "occurred_at")
    by_contact, _ = await done(here, answer_feedback, AnswerFeedback(feedback_id=id, touchpoint_id=told_by))
    assert by_contact.answered_at == raised.occurred_at + HOUR, "the contact says when"
    assert await here.brand.count("touchpoints") == 4


async def test_a_duplicate_is_the_same_customers(brand: MakeBrand) -> None:
    here = await desk(await brand())
    kept, again = await complaint(here, age=30 * HOUR), await complaint(here, age=HOUR)
    async with here.brand.work() as work:
        other = await raise_feedback(
            work, RaiseFeedback(customer_id=new_customer(work), kind=FeedbackKind.COMPLAINT, text="太慢")
        )
        voice = await raise_feedback(work, RaiseFeedback(kind=FeedbackKind.COMPLAINT, text="太慢"))

    async def owner(command: Any) -> Feedback:
        async with here.brand.work() as work:
            return await ending.mark_feedback_duplicate(work, command)

    for one, kept_id in ((again, other.id), (other, kept.id), (voice, voice.id), (again, again.id)):
        with pytest.raises(DuplicateOfAnother) as no:
            await owner(MarkFeedbackDuplicate(feedback_id=one.id, duplicate_of_id=kept_id))
        assert no.value.field == ("duplicate_of_id",)
    with pytest.raises(NotFound):
        async with here.work() as work:
            await ending.mark_feedback_duplicate(
                work, MarkFeedbackDuplicate(feedback_id=again.id, duplicate_of_id=other.id)
            )
    command = MarkFeedbackDuplicate(feedback_id=again.id, duplicate_of_id=kept.id)
    marked, now = await done(here, ending.mark_feedback_duplicate, command)
    assert (marked.status, marked.duplicate_of, marked.clock_result) == ("DUPLICATE", kept.id, "ON_TIME")
    [clock] = await clocks_of(here, again.id)
    assert (clock.stopped_at, clock.result) == (now, "ON_TIME")
    assert (await told(here))[-1]["duplicate_of_id"] == str(kept.id)
    chained = MarkFeedbackDuplicate(feedback_id=kept.id, duplicate_of_id=again.id)
    await refused(here, ending.mark_feedback_duplicate, chained, DuplicateOfAnother, "duplicate_of_id")
    await refused(here, reopen_feedback, ReopenFeedback(feedback_id=again.id), MoveNotAllowed, "feedback_id")


async def test_of_two_that_are_each_others_duplicates_one_is_kept(brand: MakeBrand) -> None:
    here = await desk(await brand())
    one, two = (await complaint(here)).id, (await complaint(here)).id

    async def mark(id: UUID, kept: UUID) -> str:
        try:
            command = MarkFeedbackDuplicate(feedback_id=id, duplicate_of_id=kept)
            return (await done(here, ending.mark_feedback_duplicate, command))[0].status
        except DomainError as no:
            return type(no).__name__

    assert sorted(await asyncio.gather(mark(one, two), mark(two, one))) == ["DUPLICATE", "DuplicateOfAnother"]


async def test_the_customer_takes_it_back(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=2 * HOUR)
    early = WithdrawFeedback(feedback_id=raised.id, occurred_at=raised.occurred_at - HOUR)
    await refused(here, ending.withdraw_feedback, early, AnsweredBeforeRaised, "occurred_at")
    withdrawn, now = await done(here, ending.withdraw_feedback, WithdrawFeedback(feedback_id=raised.id))
    assert (withdrawn.status, withdrawn.clock_result) == ("WITHDRAWN", "ON_TIME")
    async with here.brand.work() as work:
        assert [(item.state, item.closed_at) for item in await work.rows(WorkItem)] == [("CLOSED", now)]
    again = WithdrawFeedback(feedback_id=raised.id)
    await refused(here, ending.withdraw_feedback, again, MoveNotAllowed, "feedback_id")
    await later(here, 3 * HOUR, ending.note_unacknowledged, raised.id)
    assert [event["type"] for event in await told(here)] == ["feedback.raised", "feedback.withdrawn"]


async def test_silence_for_seven_days_settles_an_answer(brand: MakeBrand) -> None:
    here = await desk(await brand())
    silent, spoken, again = [await complaint(here) for _ in range(3)]
    for one in (silent, spoken, again):
        await done(here, answer_feedback, AnswerFeedback(feedback_id=one.id))
    await done(here, resolve_feedback, ResolveFeedback(feedback_id=spoken.id))
    await done(here, reopen_feedback, ReopenFeedback(feedback_id=again.id))
    await later(here, 6 * DAY, ending.resolve_in_silence, silent.id)
    for one in (silent, spoken, again):
        for _ in range(2):
            await later(here, 7 * DAY + HOUR, ending.resolve_in_silence, one.id)
    async with here.brand.work() as work:
        stands = {one.id: (one.status, one.confirmed) for one in await work.rows(Feedback)}
    assert stands == {
        silent.id: ("RESOLVED", False),
        spoken.id: ("RESOLVED", True),
        again.id: ("IN_PROGRESS", None),
    }
    resolved = [event["confirmed"] for event in await told(here) if event["type"] == "feedback.resolved"]
    assert resolved == [True, False]


async def test_a_policy_holds_for_clocks_that_start_from_now_on(brand: MakeBrand) -> None:
    here = await desk(await brand())
    before = await complaint(here)
    async with here.brand.work() as work:
        complaints = KindPolicy(kind=FeedbackKind.COMPLAINT, clock_hours=4, ack_hours=1)
        said = await policies.set_feedback_policy(work, SetFeedbackPolicy(kinds=(complaints,), confirm_days=2))
        assert (said.version, said.reopen_days, said.confirm_days) == (1, 30, 2)
    after = await complaint(here)
    [old], [new] = await clocks_of(here, before.id), await clocks_of(here, after.id)
    assert (old.due_at - old.started_at, new.due_at - new.started_at) == (24 * HOUR, 4 * HOUR)
    assert new.ack_due_at == new.started_at + HOUR
    await done(here, answer_feedback, AnswerFeedback(feedback_id=after.id))
    await later(here, 2 * DAY + HOUR, ending.resolve_in_silence, after.id)
    async with here.brand.work() as work:
        assert (await work.require(Feedback, after.id)).status == "RESOLVED"


async def test_a_policy_is_said_at_once_by_many_and_nothing_is_lost(brand: MakeBrand) -> None:
    here = await desk(await brand())

    async def say(kind: FeedbackKind) -> int:
        async with here.brand.work() as work:
            command = SetFeedbackPolicy(kinds=(KindPolicy(kind=kind, clock_hours=100),))
            return (await policies.set_feedback_policy(work, command)).version

    assert sorted(await asyncio.gather(*(say(kind) for kind in FeedbackKind))) == [1, 2, 3, 4, 5]
    async with here.brand.work() as work:
        assert {rule.clock_hours for rule in (await policies.policy(work)).kinds.values()} == {100}
        again = SetFeedbackPolicy(reopen_days=30)
        assert (await policies.set_feedback_policy(work, again)).version == 5, "saying what holds changes nothing"
        assert work.events == []


async def test_a_voice_becomes_a_customers(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        store = work.add(Store(key="s", name="店", kind="STORE")).id
        voice = await raise_feedback(
            work, RaiseFeedback(kind=FeedbackKind.COMPLAINT, text="太慢", name="路人", contact="bilibili:1")
        )
        other = new_customer(work)
        customer = await work.require(Customer, here.customer)
        await work.change(customer, home_store_id=store)
    async with here.brand.work() as work:
        attached = await voices.attach_feedback(work, AttachFeedback(feedback_id=voice.id, customer_id=here.customer))
        assert (attached.customer_id, attached.voice_name, attached.voice_contact) == (
            here.customer,
            "路人",
            "bilibili:1",
        )
    async with here.brand.work() as work:
        await voices.attach_feedback(work, AttachFeedback(feedback_id=voice.id, customer_id=here.customer))
        assert work.events == [], "the same again is nothing"
        with pytest.raises(KnownAlready):
            await voices.attach_feedback(work, AttachFeedback(feedback_id=voice.id, customer_id=other))
        [item] = await work.rows(WorkItem)
    assert (item.customer_id, item.store_id, item.state) == (here.customer, store, "OPEN")
    [clock] = await clocks_of(here, voice.id)
    assert (clock.customer_id, clock.result, clock.due_at) == (here.customer, "RUNNING", voice.due_at)
    answered, _ = await done(here, answer_feedback, AnswerFeedback(feedback_id=voice.id))
    assert answered.answer_touchpoint_id is not None
    assert [event["type"] for event in await told(here)] == [
        "feedback.raised",
        "feedback.attached",
        "feedback.answered",
    ]


async def test_a_voice_is_not_given_to_whom_one_does_not_see(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        foreign = new_customer(work)
        unheard = await raise_feedback(work, RaiseFeedback(kind=FeedbackKind.COMPLAINT, text="t"))
    async with here.work() as work:
        heard = await raise_feedback(work, RaiseFeedback(kind=FeedbackKind.COMPLAINT, text="t"))
        for voice, customer, field in ((heard, foreign, "customer_id"), (unheard, here.customer, "feedback_id")):
            with pytest.raises(NotFound) as no:
                await voices.attach_feedback(work, AttachFeedback(feedback_id=voice.id, customer_id=customer))
            assert no.value.field == (field,)
    stranger = here.brand.as_staff(here.staff, DataScope.OWN_CUSTOMERS)
    async with here.brand.work() as work:
        await voices.attach_feedback(work, AttachFeedback(feedback_id=heard.id, customer_id=foreign))
    async with here.brand.world.work(stranger) as work:
        with pytest.raises(NotFound):  # it is the customer's now, and seen with the customer only
            await acknowledge_feedback(work, AcknowledgeFeedback(feedback_id=heard.id))


async def test_only_what_was_served_is_rated_and_once(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        order, foreign = new_order(work, here.customer), new_order(work, new_customer(work))
        untouched = new_case(work, here.customer)
        missed, visited = [
            work.add(
                Appointment(
                    customer_id=here.customer,
                    status=status.value,
                    starts_at=work.now - DAY,
                    ends_at=work.now - DAY + HOUR,
                    settled_at=work.now,
                    occurred_at=work.now - 2 * DAY,
                    updated_at=work.now,
                )
            ).id
            for status in (AppointmentStatus.NO_SHOW, AppointmentStatus.ARRIVED)
        ]
    waiting = (await complaint(here)).id

    async def rate(**what: Any) -> Any:
        try:
            rated, _ = await done(here, rate_service, RateService(customer_id=here.customer, score=5, **what))
        except DomainError as no:
            return type(no), no.field
        return rated.rated_type, rated.rated_id

    assert await rate(order_id=foreign) == (NotFound, ("order_id",))
    assert await rate(case_id=untouched) == (NothingServed, ("case_id",))
    assert await rate(appointment_id=missed) == (NothingServed, ("appointment_id",))
    assert await rate(feedback_id=waiting) == (NothingServed, ("feedback_id",))
    assert await rate(appointment_id=visited, case_id=untouched) == ("Appointment", visited)
    assert await rate(appointment_id=visited) == (RatedAlready, ("appointment_id",))
    assert await rate() == ("Order", order), "what was served last and is not rated"
    assert await rate() == (NothingServed, ("customer_id",))
    await done(here, answer_feedback, AnswerFeedback(feedback_id=waiting))
    at_once = await asyncio.gather(*(rate(feedback_id=waiting) for _ in range(3)))
    assert sorted(str(one) for one in at_once) == sorted(
        str(one) for one in [("Feedback", waiting), *[(RatedAlready, ("feedback_id",))] * 2]
    )
    assert await rate(case_id=untouched) == ("Case", untouched), "by now somebody has been in touch"
    with pytest.raises(Invalid) as no:
        await done(here, rate_service, RateService(score=5))
    assert no.value.field == ("customer_id",)
