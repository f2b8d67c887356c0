"""The pieces: an item is opened once per kind and subject, given on, closed, and opened again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from server.db.work import Work
from server.ids import new_id
from server.operations.purposes import Purpose
from server.operations.units import Unit
from server.work_items import service
from server.work_items.events import WorkItemClosed, WorkItemOpened, WorkItemReassigned
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]

FEEDBACK, ENQUIRY = WorkItemKind.FEEDBACK_CLOCK, WorkItemKind.UNANSWERED_ENQUIRY


async def kept(one: Brand) -> list[WorkItem]:
    async with one.work() as work:
        return sorted(await work.rows(WorkItem), key=lambda item: item.id)


async def test_an_item_is_opened_once_and_again(brand: Brands) -> None:
    one = await brand()
    subject = new_id()
    async with one.work() as work:
        customer, staff, store = people.customer(work), people.colleague(work), people.store(work)
        role = await people.role(work)
    whose = Whose(staff, Unit(role_id=role), store)
    async with one.work() as work:
        first = work.now
        due = first + timedelta(hours=3)
        item = await service.open_item(
            work, FEEDBACK, subject, whose, due_at=due, customer_id=customer, purpose=Purpose.COMPLAINT
        )
        assert work.events == [
            WorkItemOpened(
                work_item_id=item.id,
                customer_id=customer,
                kind=FEEDBACK,
                assignee_id=staff,
                role_id=role,
                group_id=None,
                store_id=store,
                due_at=due,
                purpose=Purpose.COMPLAINT,
                feedback_id=subject,
                touchpoint_id=None,
                handoff_id=None,
                promise_id=None,
                appointment_id=None,
                queue_entry_id=None,
                due_wow_moment_id=None,
                reward_id=None,
                occurred_at=first,
            )
        ]
    async with one.work() as work:
        again = await service.open_item(work, FEEDBACK, subject, whose, due_at=due, customer_id=customer)
        assert (again.id, work.events) == (item.id, [])
    async with one.work() as work:
        assert await service.close_item(work, FEEDBACK, subject)
        assert work.events == [
            WorkItemClosed(work_item_id=item.id, customer_id=customer, kind=FEEDBACK, occurred_at=work.now)
        ]
        closed = work.now
    async with one.work() as work:
        assert not await service.close_item(work, FEEDBACK, subject)
        assert not await service.close_item(work, ENQUIRY, subject)
        assert work.events == []
    [row] = await kept(one)
    assert (row.state, row.opened_at, row.closed_at, row.version) == ("CLOSED", first, closed, 2)
    async with one.work() as work:
        await service.open_item(work, FEEDBACK, subject, Whose(), due_at=due, customer_id=customer)
        assert [type(event) for event in work.events] == [WorkItemOpened]
        reopened = work.now
    [row] = await kept(one)
    assert (row.id, row.state, row.opened_at, row.closed_at) == (item.id, "OPEN", reopened, None)
    assert (row.assignee_id, row.role_id, row.store_id, row.purpose) == (None, None, None, "COMPLAINT")


async def test_an_open_item_is_given_on_and_gets_more_time(brand: Brands) -> None:
    one = await brand()
    subject = new_id()
    async with one.work() as work:
        first, second = people.colleague(work), people.colleague(work)
        due = work.now + timedelta(hours=1)
        await service.open_item(work, FEEDBACK, subject, Whose(first), due_at=due)
    async with one.work() as work:
        item = await service.reassign_item(work, FEEDBACK, subject, Whose(second), due_at=due + timedelta(hours=1))
        assert item is not None
        assert work.events == [
            WorkItemReassigned(
                work_item_id=item.id,
                customer_id=None,
                kind=FEEDBACK,
                assignee_id=second,
                role_id=None,
                group_id=None,
                store_id=None,
                due_at=due + timedelta(hours=1),
            )
        ]
    async with one.work() as work:
        assert await service.reassign_item(work, FEEDBACK, subject, Whose(second)) is not None
        assert work.events == []
        assert [row.id for row in await service.open_items_of(work, second)] == [item.id]
        assert await service.open_items_of(work, first) == []
    async with one.work() as work:
        assert [row.id for row in await service.hand_on(work, [item.id, new_id()], None)] == [item.id]
    async with one.work() as work:
        await service.close_item(work, FEEDBACK, subject)
    async with one.work() as work:
        assert await service.reassign_item(work, FEEDBACK, subject, Whose(first)) is None
        assert await service.hand_on(work, [item.id], first) == []
        assert work.events == []
    [row] = await kept(one)
    assert (row.assignee_id, row.state) == (None, "CLOSED")


async def test_two_acts_that_open_the_same_at_once_open_one(brand: Brands) -> None:
    one = await brand()
    subject = new_id()

    async def open_it() -> int:
        async with one.work() as work:
            await service.open_item(work, FEEDBACK, subject, Whose(), due_at=work.now + timedelta(days=1))
            return len([event for event in work.events if isinstance(event, WorkItemOpened)])

    opened = await asyncio.gather(*(open_it() for _ in range(8)))
    assert (sum(opened), len(await kept(one))) == (1, 1)
    log = [type_ for _, type_ in await one.events() if type_ == "work_item.opened"]
    assert log == ["work_item.opened"]

    async def close_it() -> bool:
        async with one.work() as work:
            return await service.close_item(work, FEEDBACK, subject)

    assert sorted(await asyncio.gather(*(close_it() for _ in range(8)))) == [False] * 7 + [True]


async def test_an_answer_closes_the_enquiries_made_before_it_on_its_matter(brand: Brands) -> None:
    one = await brand()
    early, late, other, elsewhere = (new_id() for _ in range(4))

    def asked(work: Work, customer: UUID, subject: UUID, purpose: Purpose, hours: int) -> None:
        at = work.now - timedelta(hours=hours)
        service.add_item(
            work, ENQUIRY, subject, Whose(), due_at=at, customer_id=customer, purpose=purpose, opened_at=at
        )

    async with one.work() as work:
        customer, somebody = people.customer(work), people.customer(work)
        asked(work, customer, early, Purpose.ENQUIRY, 5)
        asked(work, customer, late, Purpose.ENQUIRY, 1)
        asked(work, customer, other, Purpose.AFTER_SALES, 5)
        asked(work, somebody, elsewhere, Purpose.ENQUIRY, 5)
    async with one.work() as work:
        at = work.now - timedelta(hours=2)
        [closed] = await service.contacted(work, [customer], Purpose.ENQUIRY, at)
        assert (closed.subject_id, closed.closed_at) == (early, at)
        assert await service.contacted(work, [customer], Purpose.ENQUIRY, at) == []
    still = {row.subject_id for row in await kept(one) if row.state == "OPEN"}
    assert still == {late, other, elsewhere}


@pytest.mark.parametrize("kind", WorkItemKind)
def test_every_kind_says_what_it_is_about(kind: WorkItemKind) -> None:
    assert kind.subject_type
