"""A running clock is in the inbox of whoever is to answer, until the customer was told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from alembic.script import ScriptDirectory

from server.db.migrations import _config
from server.db.work import Work
from server.feedback import service
from server.feedback.commands import (
    AcknowledgeFeedback,
    AnswerFeedback,
    DeclineFeedback,
    RaiseFeedback,
    RateService,
    ReopenFeedback,
)
from server.feedback.kinds import FeedbackKind
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand
from tests.feedback.people import desk, new_order, new_staff
from tests.touchpoints import people

MakeBrand = Callable[..., Awaitable[Brand]]


async def inbox(work: Work) -> list[tuple[str, UUID | None, UUID | None]]:
    return [(one.state, one.assignee_id, one.role_id) for one in await work.rows(WorkItem)]


async def test_it_falls_to_whoever_serves_the_customer_in_the_role_that_answers(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        manager = await people.role_of(work, "store_manager")
        served, helping = new_staff(work), new_staff(work)
        people.befriended(work, here.customer, served, manager, work.now - timedelta(days=2))
        people.befriended(work, here.customer, helping, manager, work.now - timedelta(days=1))
    async with here.work() as work:
        raised = await service.raise_feedback(
            work, RaiseFeedback(customer_id=here.customer, kind=FeedbackKind.COMPLAINT, text="t")
        )
        [item] = await work.rows(WorkItem)
        assert (item.subject_type, item.subject_id, item.customer_id) == ("Feedback", raised.id, here.customer)
        assert (item.due_at, item.purpose) == (raised.due_at, "COMPLAINT")
        assert await inbox(work) == [("OPEN", served, manager)]
        await service.acknowledge_feedback(work, AcknowledgeFeedback(feedback_id=raised.id))
        assert await inbox(work) == [("OPEN", here.staff, manager)]
        await service.answer_feedback(work, AnswerFeedback(feedback_id=raised.id))
        assert await inbox(work) == [("CLOSED", here.staff, manager)]
        await service.reopen_feedback(work, ReopenFeedback(feedback_id=raised.id))
        assert await inbox(work) == [("OPEN", here.staff, manager)]
        await service.decline_feedback(work, DeclineFeedback(feedback_id=raised.id, reason="r"))
        assert await inbox(work) == [("CLOSED", here.staff, manager)]


async def test_a_voice_waits_for_the_role_and_a_good_rating_for_nobody(brand: MakeBrand) -> None:
    here = await desk(await brand())
    async with here.brand.work() as work:
        manager = await people.role_of(work, "store_manager")
        await service.raise_feedback(work, RaiseFeedback(kind=FeedbackKind.SUGGESTION, text="t"))
        new_order(work, here.customer)
        await service.rate_service(work, RateService(customer_id=here.customer, score=5))
        assert await inbox(work) == [("OPEN", None, manager)]


async def test_a_clock_that_runs_when_the_inbox_comes_is_in_it(brand: MakeBrand) -> None:
    """What the migration writes for clocks that were running before there was an inbox."""
    here = await desk(await brand())
    async with here.brand.work() as work:
        manager = await people.role_of(work, "store_manager")
        serves = new_staff(work)
        people.befriended(work, here.customer, serves, manager, work.now)
        command = RaiseFeedback(customer_id=here.customer, kind=FeedbackKind.COMPLAINT, text="t")
        await service.raise_feedback(work, command)
        await service.raise_feedback(work, RaiseFeedback(kind=FeedbackKind.PRAISE, text="t"))
        kept = {one.subject_id: one for one in await work.rows(WorkItem)}
        await work.raw.execute("DELETE FROM work_items")
        revisions = ScriptDirectory.from_config(_config(None)).walk_revisions()
        [written_by] = [one.module for one in revisions if one.path.endswith("_work_items.py")]
        await work.raw.execute(written_by.RUNNING)
        written = await work.rows(WorkItem)
    assert len(written) == 2
    for one in written:
        assert one.model_dump(exclude={"id"}) == kept[one.subject_id].model_dump(exclude={"id"})
