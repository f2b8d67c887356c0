"""The brand gives its word, to one or to everyone; what became of it stays, and that it ran out is noticed once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.db.work import Work
from server.errors import DomainError, NotFound
from server.ids import global_id, new_id
from server.promises import errors, events, service
from server.promises.commands import BreakPromise, KeepPromise, MakePromise, RecordPromise, ReleasePromise
from server.promises.promise_terms import PromiseStatus
from server.promises.settling import kept_in_time
from server.promises.tables import Promise
from server.touchpoints.errors import InTheFuture
from server.work_items.tables import WorkItem
from tests.factories.deals import Deal, told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def made(work: Work, shop: Deal, **more: Any) -> Promise:
    given = {"customer_id": shop.customer, "text": "三天内上门", **more}
    return await service.make_promise(work, MakePromise.model_validate(given))


async def refused(act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value


@pytest.mark.parametrize(
    ("outcome", "due", "at", "in_time"),
    [
        (PromiseStatus.KEPT, 5, 5, True),
        (PromiseStatus.KEPT, 5, 6, False),
        (PromiseStatus.KEPT, None, 6, None),
        (PromiseStatus.BROKEN, 5, 1, False),
        (PromiseStatus.BROKEN, None, 1, None),
        (PromiseStatus.RELEASED, 5, 1, None),
        (PromiseStatus.OPEN, 5, 1, None),
    ],
)
def test_whether_it_was_kept_in_time(outcome: PromiseStatus, due: int | None, at: int, in_time: bool | None) -> None:
    day = [datetime(2026, 5, number, tzinfo=UTC) for number in range(1, 10)]
    assert kept_in_time(outcome, None if due is None else day[due], day[at]) is in_time


async def test_a_promise_is_kept_as_given_and_told(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        promise = await made(work, shop, due_at=work.now + 3 * DAY, case_id=shop.case)
        assert told(work) == [
            events.PromiseMade(
                promise_id=promise.id,
                customer_id=shop.customer,
                due_at=work.now + 3 * DAY,
                promise_version=1,
                within_hours=None,
                case_id=shop.case,
                staff_id=shop.staff,
                role_id=shop.role,
                group_id=None,
                store_id=shop.store,
                occurred_at=work.now,
            )
        ]
        assert (promise.status, promise.kept_in_time, promise.overdue_at) == ("OPEN", None, None)


async def test_hours_run_for_a_customer_and_stand_for_everyone(shop: Deal) -> None:
    async with shop.work() as work:
        at = work.now - HOUR
        one = await made(work, shop, within_hours=72, occurred_at=at)
        assert (one.due_at, one.within_hours) == (at + 72 * HOUR, 72)
        everyone = await made(work, shop, customer_id=None, to_everyone=True, within_hours=72)
        assert (everyone.customer_id, everyone.due_at, everyone.within_hours) == (None, None, 72)


async def test_to_everyone_only_who_sees_everyone(shop: Deal) -> None:
    async with shop.work() as work:
        everyone = await made(work, shop, customer_id=None, to_everyone=True)
    async with shop.work(clerk=True) as work:
        found = await refused(made(work, shop, customer_id=None, to_everyone=True))
        assert (type(found), found.field) == (errors.ForEveryoneNeedsAll, ("to_everyone",))
        for act in (
            service.keep_promise(work, KeepPromise(promise_id=everyone.id)),
            service.break_promise(work, BreakPromise(promise_id=everyone.id)),
            service.release_promise(work, ReleasePromise(promise_id=everyone.id, reason="x")),
        ):
            found = await refused(act)
            assert (type(found), found.field) == (errors.ForEveryoneNeedsAll, ("promise_id",))
        assert told(work) == []
    body = await shop.brand.world.ask(shop.clerk, "{ promises { nodes { id customer { id } } } }")
    assert body["data"]["promises"]["nodes"] == [{"id": global_id("Promise", everyone.id), "customer": None}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "x"},
        {"text": "x", "customer_id": new_id(), "to_everyone": True},
        {"text": "x", "to_everyone": True, "case_id": new_id()},
        {"text": "x", "to_everyone": True, "within_hours": 0},
        {"text": "x", "to_everyone": True, "within_hours": 1, "due_at": datetime(2030, 1, 1, tzinfo=UTC)},
        {"text": "", "to_everyone": True},
    ],
)
def test_what_is_no_promise(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="MakePromise"):
        MakePromise.model_validate(wrong)


@pytest.mark.parametrize("field", ["customer_id", "case_id", "store_id", "staff_id"])
async def test_what_is_not_there_is_named_by_its_field(shop: Deal, field: str) -> None:
    async with shop.work() as work:
        found = await refused(made(work, shop, **{field: new_id()}))
        assert (type(found), found.field, told(work)) == (NotFound, (field,), [])
    assert await shop.brand.count("promises") == 0


async def test_times_that_cannot_be(shop: Deal) -> None:
    async with shop.work() as work:
        before = await refused(made(work, shop, due_at=work.now - HOUR))
        ahead = await refused(made(work, shop, occurred_at=work.now + HOUR))
        promise = await made(work, shop)
        early = KeepPromise(promise_id=promise.id, occurred_at=work.now - HOUR)
        late = KeepPromise(promise_id=promise.id, occurred_at=work.now + HOUR)
        found = [
            before,
            ahead,
            await refused(service.keep_promise(work, early)),
            await refused(service.keep_promise(work, late)),
        ]
        assert [(type(one), one.field) for one in found] == [
            (errors.DueBeforeMade, ("due_at",)),
            (InTheFuture, ("occurred_at",)),
            (errors.SettledBeforeMade, ("occurred_at",)),
            (InTheFuture, ("occurred_at",)),
        ]


async def test_kept_broken_released_and_then_it_stays(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        due = work.now - HOUR
        first, second, third = [await made(work, shop, occurred_at=due - DAY, due_at=due) for _ in range(3)]
        kept = await service.keep_promise(work, KeepPromise(promise_id=first.id, occurred_at=due))
        late = await service.keep_promise(work, KeepPromise(promise_id=second.id))
        released = await service.release_promise(work, ReleasePromise(promise_id=third.id, reason="客户不急"))
        assert [(one.status, one.kept_in_time, one.settled_by_id) for one in (kept, late, released)] == [
            ("KEPT", True, shop.staff),
            ("KEPT", False, shop.staff),
            ("RELEASED", None, shop.staff),
        ]
        assert released.reason == "客户不急"
        assert [(event.type, event.in_time) for event in told(work)[3:]] == [
            ("promise.kept", True),
            ("promise.kept", False),
            ("promise.released", None),
        ]
        broken = await made(work, shop, due_at=work.now + DAY)
        broken = await service.break_promise(work, BreakPromise(promise_id=broken.id, reason="缺货"))
        assert (broken.status, broken.kept_in_time, broken.reason) == ("BROKEN", False, "缺货")
        before = len(told(work))
        for one in (kept, late, released, broken):
            for act in (
                service.keep_promise(work, KeepPromise(promise_id=one.id)),
                service.break_promise(work, BreakPromise(promise_id=one.id)),
                service.release_promise(work, ReleasePromise(promise_id=one.id, reason="x")),
            ):
                assert type(await refused(act)) is errors.PromiseSettled
        assert len(told(work)) == before
        posted = [event.reason for event in work.events if event.type == "trust.entry_posted"]
    assert posted == ["OPENED", "PROMISE_KEPT", "PROMISE_LATE", "PROMISE_BROKEN"]
    assert await shop.brand.count("trust_entries") == 4


async def test_out_of_sight_is_not_there(shop: Deal) -> None:
    async with shop.work() as work:
        hidden = await made(work, shop, customer_id=shop.stranger)
    async with shop.work(clerk=True) as work:
        for id in (hidden.id, new_id()):
            found = await refused(service.keep_promise(work, KeepPromise(promise_id=id)))
            assert (type(found), found.field) == (NotFound, ("promise_id",))
        found = await refused(made(work, shop, customer_id=shop.stranger))
        assert (type(found), found.field) == (NotFound, ("customer_id",))


async def test_told_again_it_is_the_same_and_an_open_one_is_corrected(shop: Deal) -> None:
    ref = [{"system": "crm", "id": "p1"}]
    due = datetime(2030, 1, 1, tzinfo=UTC)
    async with shop.work() as work:
        promise = await made(work, shop, due_at=due, external_refs=ref)
    async with shop.work() as work:
        same = await made(work, shop, due_at=due, external_refs=ref)
        assert (same.id, same.version, told(work)) == (promise.id, 1, [])
        left = await made(work, shop, external_refs=ref)
        assert (left.due_at, told(work)) == (due, [])
        corrected = await made(work, shop, due_at=due + DAY, text="四天内", staff_id=shop.staff, external_refs=ref)
        assert (corrected.id, corrected.due_at, corrected.staff_id) == (promise.id, due + DAY, shop.staff)
        assert [event.type for event in told(work)] == ["promise.changed"]
        other = await refused(made(work, shop, customer_id=shop.stranger, external_refs=ref))
        assert type(other) is errors.PromiseOfSomebodyElse
        await service.keep_promise(work, KeepPromise(promise_id=promise.id))
        settled = await refused(made(work, shop, text="五天内", external_refs=ref))
        assert (type(settled), settled.field) == (errors.PromiseSettled, ("external_refs", "0", "promise_id"))
        assert (await made(work, shop, text="四天内", external_refs=ref)).status == "KEPT"


async def test_a_time_that_has_run_out_is_not_put_off(shop: Deal) -> None:
    ref = [{"system": "crm", "id": "p1"}]
    async with shop.work() as work:
        past = work.now - HOUR
        await made(work, shop, occurred_at=past - DAY, due_at=past, external_refs=ref)
        found = await refused(made(work, shop, due_at=work.now + DAY, external_refs=ref))
        assert (type(found), found.field) == (errors.PromiseHasRunOut, ("due_at",))


async def test_in_bulk_each_is_brought_to_where_it_stands(shop: Deal) -> None:
    async with shop.work() as work:
        past = work.now - DAY

        def row(id: str, **more: Any) -> RecordPromise:
            refs = [{"system": "crm", "id": id}]
            given = {"customer_id": shop.customer, "text": "x", "occurred_at": past, "external_refs": refs, **more}
            return RecordPromise.model_validate(given)

        rows = [
            row("open", due_at=work.now + DAY),
            row("kept", due_at=work.now, status="KEPT", settled_at=past),
            row("broken", status="BROKEN", reason="忘了"),
            row("early", status="KEPT", settled_at=past - HOUR),
            row("everyone", customer_id=None, to_everyone=True, within_hours=72),
        ]
        answers = await service.record_promises(work, rows)
        states = [one.status if isinstance(one, Promise) else type(one) for one in answers]
        assert states == ["OPEN", "KEPT", "BROKEN", errors.SettledBeforeMade, "OPEN"]
        before = len(told(work))
        assert before == 6
        await service.record_promises(work, [rows[0], rows[1], rows[2], rows[4]])
        assert len(told(work)) == before
        later = await service.record_promises(
            work, [row("open", status="RELEASED", reason="x"), row("kept", status="BROKEN")]
        )
        assert [one.status if isinstance(one, Promise) else type(one) for one in later] == [
            "RELEASED",
            errors.PromiseSettled,
        ]
        assert isinstance(later[1], DomainError)
        assert later[1].field == ("status", "promise_id")
    assert await shop.brand.count("promises") == 4


async def test_settled_by_twenty_at_once_it_is_settled_once(shop: Deal) -> None:
    async with shop.work() as work:
        promise = await made(work, shop, due_at=work.now + DAY)
    id = global_id("Promise", promise.id)
    acts: list[tuple[str, dict[str, Any]]] = [
        ("keepPromise", {}),
        ("breakPromise", {}),
        ("releasePromise", {"reason": "x"}),
    ]
    answers = await asyncio.gather(
        *(shop.act(name, "promise { status }", promiseId=id, **more) for name, more in acts * 7)
    )
    [done] = [one for one in answers if not one["userErrors"]]
    assert len(await shop.told("promise.")) == 2
    async with shop.work() as work:
        [now] = await work.rows(Promise)
        assert (now.status, now.version) == (done["promise"]["status"], 2)


async def test_the_same_promise_from_twenty_at_once_is_one(shop: Deal) -> None:
    input = {**shop.about, "text": "x", "externalRefs": [{"system": "crm", "id": "p1"}]}
    answers = await asyncio.gather(*(shop.done("makePromise", "promise { id }", **input) for _ in range(20)))
    assert len({one["promise"]["id"] for one in answers}) == 1
    assert await shop.told("promise.") == ["promise.made"]


async def test_what_is_to_be_kept_lies_in_the_inbox_of_who_promised(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        await made(work, shop)
        timed = await made(work, shop, due_at=work.now + DAY)
        [item] = await work.rows(WorkItem)
        assert (item.kind, item.subject_id, item.customer_id) == ("PROMISE_DUE", timed.id, shop.customer)
        assert (item.assignee_id, item.role_id, item.store_id) == (shop.staff, shop.role, shop.store)
        assert (item.state, item.due_at) == ("OPEN", timed.due_at)
        await service.keep_promise(work, KeepPromise(promise_id=timed.id))
        [item] = await work.rows(WorkItem)
        assert item.state == "CLOSED"


async def test_what_is_settled_already_is_put_into_no_inbox(shop: Deal) -> None:
    async with shop.work() as work:
        row = {"customer_id": shop.customer, "text": "x", "due_at": work.now, "status": "KEPT"}
        await service.record_promises(work, [RecordPromise.model_validate(row)])
        assert await work.rows(WorkItem) == []
