"""What came of a contact: appended, ranked, and only what can be known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.access.permissions import DataScope
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.ids import new_id
from server.operations.purposes import Purpose
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint, RecordTouchpointOutcome
from server.touchpoints.errors import InTheFuture, OutcomeBeforeContact, OutcomeNotObservable
from server.touchpoints.events import TouchpointOutcomeRecorded
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome
from server.touchpoints.tables import Touchpoint, TouchpointOutcome
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


async def sent(work: Work, medium: Medium, **more: Any) -> UUID:
    command = RecordTouchpoint(
        customer_id=people.customer(work),
        direction=Direction.OUTBOUND,
        medium=medium,
        purpose=Purpose.RECALL,
        **more,
    )
    return (await service.record_touchpoint(work, command)).id


def became(touchpoint_id: UUID, outcome: Outcome, **more: Any) -> RecordTouchpointOutcome:
    return RecordTouchpointOutcome(touchpoint_id=touchpoint_id, outcome=outcome, **more)


async def test_the_outcome_shown_is_that_of_highest_rank(brand: Brands) -> None:
    """Reports arrive in any order: a late receipt does not hide the answer."""
    one = await brand()
    async with one.work() as work:
        id = await sent(work, Medium.EMAIL)
    shown = []
    for outcome in (Outcome.CLICKED, Outcome.DELIVERED, Outcome.OPTED_OUT, Outcome.OPENED):
        async with one.work() as work:
            entry = await service.record_touchpoint_outcome(work, became(id, outcome))
            touchpoint = await work.require(Touchpoint, id)
            shown.append(touchpoint.outcome)
            assert work.events[:1] == [
                TouchpointOutcomeRecorded(
                    touchpoint_outcome_id=entry.id,
                    touchpoint_id=id,
                    customer_id=touchpoint.customer_id,
                    outcome=outcome,
                    shown=Outcome(touchpoint.outcome),
                    occurred_at=work.now,
                )
            ]
    assert shown == ["CLICKED", "CLICKED", "OPTED_OUT", "OPTED_OUT"]
    async with one.work() as work:
        entries = await work.rows(TouchpointOutcome)
        assert {entry.outcome for entry in entries} == {"CLICKED", "DELIVERED", "OPTED_OUT", "OPENED"}


async def test_reports_at_the_same_time_settle_on_the_highest(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        id = await sent(work, Medium.EMAIL)

    async def report(outcome: Outcome) -> None:
        async with one.work() as work:
            await service.record_touchpoint_outcome(work, became(id, outcome))

    await asyncio.gather(
        *(report(each) for each in (Outcome.OPENED, Outcome.REPLIED, Outcome.DELIVERED, Outcome.CLICKED))
    )
    async with one.work() as work:
        assert (await work.require(Touchpoint, id)).outcome == "REPLIED"
    assert await one.count("touchpoint_outcomes") == 4


async def test_the_same_report_twice_is_one(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        id = await sent(work, Medium.SMS)
        at = work.now
    async with one.work() as work:
        first = await service.record_touchpoint_outcome(work, became(id, Outcome.CLICKED, occurred_at=at))
    async with one.work() as work:
        again = await service.record_touchpoint_outcome(work, became(id, Outcome.CLICKED, occurred_at=at))
        assert (again.id, work.events) == (first.id, [])
    async with one.work() as work:
        later = await service.record_touchpoint_outcome(
            work, became(id, Outcome.CLICKED, occurred_at=at + timedelta(seconds=1))
        )
        assert later.id != first.id
    assert await one.count("touchpoint_outcomes") == 2


@pytest.mark.parametrize("medium", Medium)
async def test_a_medium_shows_what_it_observes_and_people_say_the_rest(brand: Brands, medium: Medium) -> None:
    one = await brand()
    said = {Outcome.MISLED, Outcome.COMPLAINED}
    async with one.work() as work:
        id = await sent(work, medium)
        taken = set()
        for outcome in Outcome:
            try:
                await service.record_touchpoint_outcome(work, became(id, outcome))
                taken.add(outcome)
            except OutcomeNotObservable as refusal:
                assert refusal.field == ("outcome",)  # noqa: PT017  # which outcomes are refused is the question
        assert taken == medium.traits.observes | said
    assert await one.count("touchpoint_outcomes") == len(medium.traits.observes | said)


async def test_times_that_cannot_be(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        made = work.now - timedelta(days=1)
        id = await sent(work, Medium.SMS, occurred_at=made)
        tick = timedelta(microseconds=1)
        for at, kind in (
            (work.now + timedelta(minutes=5) + tick, InTheFuture),
            (made - timedelta(minutes=5) - tick, OutcomeBeforeContact),
        ):
            refusal = await refused(
                service.record_touchpoint_outcome(work, became(id, Outcome.DELIVERED, occurred_at=at))
            )
            assert (type(refusal), refusal.field) == (kind, ("occurred_at",))
        assert len(work.events) == 1
    assert await one.count("touchpoint_outcomes") == 0
    async with one.work() as work:
        early = await service.record_touchpoint_outcome(
            work, became(id, Outcome.DELIVERED, occurred_at=made - timedelta(minutes=5))
        )
        assert early.occurred_at == made - timedelta(minutes=5)


async def test_a_contact_that_is_not_there_or_not_ones_own(brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        foreign = await sent(work, Medium.SMS)
    async with mine.work() as work:
        hidden, staff = await sent(work, Medium.SMS), people.colleague(work)
    async with mine.world.work(mine.as_staff(staff, DataScope.OWN_CUSTOMERS)) as work:
        for id in (foreign, hidden, new_id()):
            refusal = await refused(service.record_touchpoint_outcome(work, became(id, Outcome.DELIVERED)))
            assert (type(refusal), refusal.field, str(refusal)) == (NotFound, ("touchpoint_id",), "Not found.")
        assert work.events == []
    assert (await mine.count("touchpoint_outcomes"), await theirs.count("touchpoint_outcomes")) == (0, 0)


async def test_the_list_is_never_rewritten(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        id = await sent(work, Medium.SMS)
        await service.record_touchpoint_outcome(work, became(id, Outcome.DELIVERED))
    for statement in ("UPDATE touchpoint_outcomes SET outcome = 'FAILED'", "DELETE FROM touchpoint_outcomes"):
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)):
            async with one.work() as work:
                await work.raw.execute(statement)
    async with one.work() as work:
        [entry] = await work.rows(TouchpointOutcome)
        assert entry.outcome == "DELIVERED"


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value
