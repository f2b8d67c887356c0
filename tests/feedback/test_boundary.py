"""Feedback is answered by whoever owns its purpose; anybody else is refused, or answers for it. Notes likewise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.customers.commands import WriteServiceNote
from server.customers.errors import OutOfBoundary
from server.customers.note_kinds import NoteKind
from server.customers.service.notes import write_service_note
from server.customers.tables import ServiceNote
from server.feedback import service
from server.feedback.commands import AnswerFeedback, DeclineFeedback, RaiseFeedback, ReopenFeedback
from server.feedback.kinds import FeedbackKind
from server.operations.purposes import Purpose
from server.operations.tables import BoundaryOverride
from tests.factories.brands import Brand
from tests.feedback.people import Desk, desk
from tests.touchpoints import people

MakeBrand = Callable[..., Awaitable[Brand]]


async def placed(here: Desk, role: str) -> None:
    async with here.brand.work() as work:
        people.placed(work, here.staff, await people.role_of(work, role), work.now - timedelta(days=1))


async def raised(here: Desk) -> UUID:
    command = RaiseFeedback(customer_id=here.customer, kind=FeedbackKind.COMPLAINT, text="t")
    async with here.work() as work:
        return (await service.raise_feedback(work, command)).id


async def test_another_role_may_not_answer_and_the_clock_runs_on(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await placed(here, "doctor")
    id = await raised(here)
    acts: list[tuple[Any, Any]] = [
        (service.answer_feedback, AnswerFeedback(feedback_id=id)),
        (service.decline_feedback, DeclineFeedback(feedback_id=id, reason="r")),
    ]
    for act, command in acts:
        async with here.work() as work:
            with pytest.raises(OutOfBoundary) as refused:
                await act(work, command)
            assert work.events == []
        assert refused.value.facts["owner"].key == "store_manager"  # type: ignore[attr-defined]  # as its docstring says
    body = await here.brand.ask("{ feedback { nodes { status clockResult } } }")
    assert body["data"]["feedback"]["nodes"] == [{"status": "RAISED", "clockResult": "RUNNING"}]


async def test_the_owner_of_the_purpose_answers(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await placed(here, "store_manager")
    async with here.work() as work:
        answered = await service.answer_feedback(work, AnswerFeedback(feedback_id=await raised(here)))
        assert (answered.status, await work.rows(BoundaryOverride)) == ("ANSWERED", [])


async def test_each_answer_outside_is_kept_with_its_reason(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await placed(here, "doctor")
    id = await raised(here)
    granted = DEFAULTS[PrincipalKind.STAFF] | {Permission.BOUNDARY_OVERRIDE}
    caller = here.brand.as_staff(here.staff, DataScope.OWN_CUSTOMERS, granted)
    async with here.brand.world.work(caller) as work:
        await service.answer_feedback(work, AnswerFeedback(feedback_id=id, boundary_override="first"))
        await service.reopen_feedback(work, ReopenFeedback(feedback_id=id))
        await service.decline_feedback(work, DeclineFeedback(feedback_id=id, reason="r", boundary_override="second"))
        kept = [(one.reason, one.fact_type, one.fact_id) for one in await work.rows(BoundaryOverride)]
    assert sorted(kept) == [("first", "Feedback", id), ("second", "Feedback", id)]


@pytest.mark.parametrize(
    ("purpose", "reason", "kept"),
    [(None, None, []), (Purpose.RECALL, None, []), (Purpose.QUOTATION, "asked to", ["asked to"])],
)
async def test_a_note_has_a_purpose_where_its_author_says_so(
    brand: MakeBrand, purpose: Purpose | None, reason: str | None, kept: list[str]
) -> None:
    here = await desk(await brand())
    await placed(here, "doctor")
    granted = DEFAULTS[PrincipalKind.STAFF] | {Permission.BOUNDARY_OVERRIDE}
    caller = here.brand.as_staff(here.staff, DataScope.OWN_CUSTOMERS, granted)
    more: dict[str, Any] = {"purpose": purpose, "boundary_override": reason}
    async with here.brand.world.work(caller) as work:
        note = await write_service_note(
            work, WriteServiceNote(customer_id=here.customer, kind=NoteKind.GENERAL, text="n", **more)
        )
        assert note.purpose == purpose
        assert [one.reason for one in await work.rows(BoundaryOverride)] == kept


async def test_a_note_of_a_purpose_that_is_another_roles_is_not_written(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await placed(here, "doctor")
    command = WriteServiceNote(customer_id=here.customer, kind=NoteKind.GENERAL, text="n", purpose=Purpose.QUOTATION)
    async with here.work() as work:
        with pytest.raises(OutOfBoundary):
            await write_service_note(work, command)
        assert (await work.rows(ServiceNote), work.events) == ([], [])
