"""How a matter proceeds: taken on, answered in time or late, settled, declined, taken up again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.feedback.commands import (
    AcknowledgeFeedback,
    AnswerFeedback,
    DeclineFeedback,
    RaiseFeedback,
    RateService,
    ReopenFeedback,
    ResolveFeedback,
)
from server.feedback.errors import AnsweredBeforeRaised, MoveNotAllowed, ReopenTooLate
from server.feedback.kinds import FeedbackKind
from server.feedback.service import (
    acknowledge_feedback,
    answer_feedback,
    decline_feedback,
    raise_feedback,
    rate_service,
    reopen_feedback,
    resolve_feedback,
)
from server.feedback.tables import Feedback, FeedbackClock, FeedbackMove
from server.terms import Locale
from server.touchpoints.errors import InTheFuture
from tests.factories.brands import Brand
from tests.feedback.people import Desk, desk, new_customer, new_order, new_touchpoint

MakeBrand = Callable[..., Awaitable[Brand]]
HOUR = timedelta(hours=1)


async def complaint(here: Desk, *, age: timedelta = timedelta(0)) -> Feedback:
    """A complaint made `age` ago; 24 hours to answer."""
    async with here.work() as work:
        return await raise_feedback(
            work,
            RaiseFeedback(
                customer_id=here.customer, kind=FeedbackKind.COMPLAINT, text="太慢", occurred_at=work.now - age
            ),
        )


async def served(here: Desk) -> None:
    """There is something the customer can rate."""
    async with here.brand.work() as work:
        new_order(work, here.customer)


async def done(here: Desk, act: Callable[[Work, Any], Awaitable[Feedback]], command: Any) -> tuple[Feedback, datetime]:
    """The feedback after the act, and the act's time."""
    async with here.work() as work:
        return await act(work, command), work.now


async def clocks_of(here: Desk, feedback: UUID) -> list[FeedbackClock]:
    clocks = table_of(FeedbackClock).c
    async with here.brand.work() as work:
        return await work.rows(FeedbackClock, clocks.feedback_id == feedback, order_by=[clocks.number])


async def moves_of(here: Desk, feedback: UUID) -> list[tuple[str | None, str]]:
    moves = table_of(FeedbackMove).c
    async with here.brand.work() as work:
        rows = await work.rows(FeedbackMove, moves.feedback_id == feedback, order_by=[moves.recorded_at, moves.id])
    return [(row.from_status, row.to_status) for row in rows]


async def told(here: Desk) -> list[dict[str, Any]]:
    async with here.brand.work() as work:
        rows = await work.raw.fetch("SELECT type, body FROM events WHERE type LIKE 'feedback.%' ORDER BY seq")
    return [{"type": row["type"], **row["body"]} for row in rows]


async def test_taking_a_matter_on_leaves_its_clock_running(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    taken, now = await done(here, acknowledge_feedback, AcknowledgeFeedback(feedback_id=raised.id))
    assert (taken.status, taken.acknowledged_at, taken.updated_at, taken.version) == ("ACKNOWLEDGED", now, now, 2)
    assert (taken.clock_result, taken.due_at) == ("RUNNING", raised.due_at)
    [clock] = await clocks_of(here, raised.id)
    assert (clock.result, clock.stopped_at) == ("RUNNING", None)
    assert await moves_of(here, raised.id) == [(None, "RAISED"), ("RAISED", "ACKNOWLEDGED")]
    assert (await told(here))[-1]["type"] == "feedback.acknowledged"


async def test_an_answer_in_time(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=23 * HOUR)
    async with here.brand.work() as work:
        now = work.now
        touchpoint = new_touchpoint(work, here.customer)
    answered, _ = await done(
        here, answer_feedback, AnswerFeedback(feedback_id=raised.id, touchpoint_id=touchpoint, text="已补发")
    )
    assert (answered.status, answered.answered_at, answered.clock_result) == ("ANSWERED", now, "ON_TIME")
    assert (answered.answer_text, answered.answer_touchpoint_id) == ("已补发", touchpoint)
    [clock] = await clocks_of(here, raised.id)
    assert (clock.result, clock.stopped_at) == ("ON_TIME", now)
    event = (await told(here))[-1]
    assert {name: event[name] for name in ("type", "touchpoint_id", "clock_id", "clock_result", "staff_id")} == {
        "type": "feedback.answered",
        "touchpoint_id": str(touchpoint),
        "clock_id": str(clock.id),
        "clock_result": "ON_TIME",
        "staff_id": str(here.staff),
    }


async def test_a_late_answer(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=25 * HOUR)
    answered, now = await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
    assert (answered.status, answered.answered_at, answered.clock_result) == ("ANSWERED", now, "LATE")


async def test_what_counts_is_when_the_customer_was_told(brand: MakeBrand) -> None:
    """Told in time, recorded late."""
    here = await desk(await brand())
    raised = await complaint(here, age=30 * HOUR)
    assert raised.due_at is not None
    answered, _ = await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id, occurred_at=raised.due_at))
    assert (answered.answered_at, answered.clock_result) == (raised.due_at, "ON_TIME")


async def test_no_answer_before_the_question_and_none_from_the_future(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=HOUR)
    too_early = AnswerFeedback(feedback_id=raised.id, occurred_at=raised.occurred_at - timedelta(microseconds=1))
    too_far = AnswerFeedback(feedback_id=raised.id, occurred_at=datetime(2199, 1, 1, tzinfo=UTC))
    await refused(here, answer_feedback, too_early, AnsweredBeforeRaised, "occurred_at")
    await refused(here, answer_feedback, too_far, InTheFuture, "occurred_at")
    assert await moves_of(here, raised.id) == [(None, "RAISED")]


async def test_a_clock_ahead_of_ours_does_not_forbid_an_answer(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=-timedelta(minutes=2))
    answered, _ = await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
    assert (answered.answered_at, answered.clock_result) == (raised.occurred_at, "ON_TIME")


async def test_another_customers_touchpoint_is_no_answer(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    async with here.brand.work() as work:
        touchpoint = new_touchpoint(work, new_customer(work))
    command = AnswerFeedback(feedback_id=raised.id, touchpoint_id=touchpoint)
    await refused(here, answer_feedback, command, NotFound, "touchpoint_id")


async def test_an_answered_matter_is_resolved(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    await refused(here, resolve_feedback, ResolveFeedback(feedback_id=raised.id), MoveNotAllowed, "feedback_id")
    await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
    resolved, now = await done(here, resolve_feedback, ResolveFeedback(feedback_id=raised.id))
    assert (resolved.status, resolved.resolved_at, resolved.clock_result) == ("RESOLVED", now, "ON_TIME")
    assert [event["type"] for event in await told(here)] == [
        "feedback.raised",
        "feedback.answered",
        "feedback.resolved",
    ]


async def test_declining_tells_the_customer_too(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=25 * HOUR)
    declined, now = await done(here, decline_feedback, DeclineFeedback(feedback_id=raised.id, reason="供应商停产"))
    assert (declined.status, declined.declined_reason, declined.clock_result) == ("DECLINED", "供应商停产", "LATE")
    [clock] = await clocks_of(here, raised.id)
    assert (clock.result, clock.stopped_at) == ("LATE", now)
    event = (await told(here))[-1]
    assert (event["type"], event["clock_id"], event["clock_result"]) == ("feedback.declined", str(clock.id), "LATE")
    assert "供应商停产" not in str(event)


async def test_a_matter_taken_up_again_has_a_new_clock_and_keeps_the_old_result(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here, age=25 * HOUR)
    await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
    reopened, now = await done(here, reopen_feedback, ReopenFeedback(feedback_id=raised.id))
    assert (reopened.status, reopened.reopen_count, reopened.clock_result) == ("IN_PROGRESS", 1, "RUNNING")
    assert reopened.due_at == now + 24 * HOUR
    first, second = await clocks_of(here, raised.id)
    assert (first.number, first.result) == (1, "LATE")
    assert (second.number, second.result, second.started_at, second.due_at) == (2, "RUNNING", now, now + 24 * HOUR)
    event = (await told(here))[-1]
    assert (event["type"], event["clock_id"], event["clock_number"]) == ("feedback.reopened", str(second.id), 2)
    assert event["reopen_count"] == 1
    again, _ = await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
    assert again.clock_result == "ON_TIME"
    assert [clock.result for clock in await clocks_of(here, raised.id)] == ["LATE", "ON_TIME"]
    assert await moves_of(here, raised.id) == [
        (None, "RAISED"),
        ("RAISED", "ANSWERED"),
        ("ANSWERED", "IN_PROGRESS"),
        ("IN_PROGRESS", "ANSWERED"),
    ]


async def test_a_declined_matter_can_be_taken_up_again(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    await done(here, decline_feedback, DeclineFeedback(feedback_id=raised.id, reason="不做"))
    reopened, _ = await done(here, reopen_feedback, ReopenFeedback(feedback_id=raised.id))
    assert (reopened.status, reopened.declined_reason) == ("IN_PROGRESS", "不做")


async def test_the_first_clock_of_a_good_rating_starts_when_it_is_taken_up(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await served(here)
    rated, _ = await done(here, rate_service, RateService(customer_id=here.customer, score=5))
    reopened, now = await done(here, reopen_feedback, ReopenFeedback(feedback_id=rated.id))
    [clock] = await clocks_of(here, rated.id)
    assert (clock.number, clock.due_at, reopened.due_at) == (1, now + 24 * HOUR, now + 24 * HOUR)


async def test_a_resolved_matter_rests_after_thirty_days(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await served(here)
    rated, _ = await done(
        here,
        rate_service,
        RateService(customer_id=here.customer, score=5, occurred_at=datetime.now(UTC) - timedelta(days=31)),
    )
    await refused(here, reopen_feedback, ReopenFeedback(feedback_id=rated.id), ReopenTooLate, "feedback_id")


async def test_a_refused_move_changes_nothing_and_names_the_status(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
    before = await told(here)
    refusal = await refused(here, answer_feedback, AnswerFeedback(feedback_id=raised.id), MoveNotAllowed, "feedback_id")
    assert refusal.message(Locale.EN) == "This feedback is ANSWERED and cannot become ANSWERED."
    assert await told(here) == before
    assert len(await moves_of(here, raised.id)) == 2


async def test_two_answers_at_once_stop_the_clock_once(brand: MakeBrand) -> None:
    here = await desk(await brand())
    raised = await complaint(here)

    async def answer() -> str:
        try:
            answered, _ = await done(here, answer_feedback, AnswerFeedback(feedback_id=raised.id))
        except MoveNotAllowed:
            return "refused"
        return answered.status

    assert sorted(await asyncio.gather(*(answer() for _ in range(5)))) == ["ANSWERED"] + ["refused"] * 4
    assert [event["type"] for event in await told(here)] == ["feedback.raised", "feedback.answered"]
    assert await moves_of(here, raised.id) == [(None, "RAISED"), ("RAISED", "ANSWERED")]


async def test_feedback_of_a_customer_one_does_not_see_is_not_there(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        other = new_customer(work)
        raised = await raise_feedback(work, RaiseFeedback(customer_id=other, kind=FeedbackKind.COMPLAINT, text="t"))
    await refused(here, acknowledge_feedback, AcknowledgeFeedback(feedback_id=raised.id), NotFound, "feedback_id")


async def test_feedback_of_another_brand_is_not_there(brand: MakeBrand) -> None:
    here, there = await desk(await brand()), await desk(await brand())
    raised = await complaint(there)
    await refused(here, answer_feedback, AnswerFeedback(feedback_id=raised.id), NotFound, "feedback_id")
    assert await moves_of(there, raised.id) == [(None, "RAISED")]


@pytest.mark.parametrize(
    "statement", ["UPDATE feedback_moves SET to_status = 'RESOLVED'", "DELETE FROM feedback_moves"]
)
async def test_nobody_edits_the_history(brand: MakeBrand, postgres: EmbeddedPostgres, statement: str) -> None:
    here = await desk(await brand())
    raised = await complaint(here)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with here.brand.work() as work:
            await work.raw.execute(statement)
    superuser = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="feedback_moves is append-only"):
            await superuser.execute(f"{statement} WHERE tenant_id = $1", here.brand.tenant_id)
    finally:
        await superuser.close()
    assert await moves_of(here, raised.id) == [(None, "RAISED")]


async def refused(
    here: Desk, act: Callable[[Work, Any], Awaitable[Feedback]], command: Any, refusal: type[DomainError], field: str
) -> DomainError:
    """The refusal of an act, which is of this kind and names this field."""
    with pytest.raises(refusal) as caught:
        await done(here, act, command)
    assert caught.value.field == (field,)
    return caught.value
