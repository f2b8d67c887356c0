"""The inbox through GraphQL: who sees what, counts, and what comes and goes while one watches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.caller import Caller
from server.access.permissions import DataScope, Permission
from server.errors import RequestError
from server.ids import global_id, new_id
from server.operations.units import Unit
from server.work_items import service
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand, uuid_of
from tests.factories.serving import Served, received, subscribe
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]

LIST = """
query($filter: WorkItemFilter) {
  workItems(filter: $filter) { totalCount nodes { id kind state dueAt overdue assignee { id } store { id } subject { id } } }
  workItemCounts(filter: $filter) { open overdue isExact byKind { kind open overdue } }
}
"""
FEEDBACK, PROMISE = WorkItemKind.FEEDBACK_CLOCK, WorkItemKind.PROMISE_DUE


async def opened(
    one: Brand, kind: WorkItemKind, whose: Whose, *, hours: int, customer: UUID | None = None
) -> tuple[UUID, str]:
    """The subject and the global id of a new item that is due so many hours from now."""
    subject = new_id()
    async with one.work() as work:
        item = await service.open_item(
            work, kind, subject, whose, due_at=work.now + timedelta(hours=hours), customer_id=customer
        )
    return subject, global_id("WorkItem", item.id)


async def listed(one: Brand, caller: Caller, filter: dict[str, Any] | None = None) -> tuple[list[str], dict[str, Any]]:
    body = await one.world.ask(caller, LIST, {"filter": filter})
    assert "errors" not in body, body
    page = body["data"]["workItems"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["id"] for node in page["nodes"]], body["data"]["workItemCounts"]


async def test_an_inbox_is_what_is_open_the_most_urgent_first(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        staff, store, region = people.colleague(work), people.store(work), people.store(work, "R")
        people.below(work, store, region)
    _, late = await opened(one, FEEDBACK, Whose(staff, None, store), hours=-1)
    subject, done = await opened(one, FEEDBACK, Whose(staff, None, store), hours=1)
    _, next_ = await opened(one, PROMISE, Whose(None, None, store), hours=2)
    _, elsewhere = await opened(one, FEEDBACK, Whose(staff, None, None), hours=3)
    async with one.work() as work:
        await service.close_item(work, FEEDBACK, subject)
    at = {"eq": global_id("Store", store)}
    open_ = {"state": {"eq": "OPEN"}}
    assert (await listed(one, one.owner))[0] == [late, done, next_, elsewhere]
    ids, counts = await listed(one, one.owner, {"store": at, **open_})
    assert (ids, counts) == (
        [late, next_],
        {
            "open": 2,
            "overdue": 1,
            "isExact": True,
            "byKind": [
                {"kind": "FEEDBACK_CLOCK", "open": 1, "overdue": 1},
                {"kind": "PROMISE_DUE", "open": 1, "overdue": 0},
            ],
        },
    )
    assert (await listed(one, one.owner, {"withinStore": {"eq": global_id("Store", region)}, **open_}))[0] == ids
    mine = {"assignee": {"eq": global_id("StaffMember", staff)}, **open_}
    assert (await listed(one, one.owner, mine))[0] == [late, elsewhere]
    assert (await listed(one, one.owner, {"kinds": {"in": ["PROMISE_DUE"]}}))[0] == [next_]
    assert (await listed(one, one.owner, {"overdue": {"eq": True}}))[0] == [late]
    assert (await listed(one, one.owner, {"assignee": {"isNull": True}}))[0] == [next_]


async def test_staff_see_what_concerns_their_customers_and_what_is_theirs(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        staff, boss, store = people.colleague(work), people.colleague(work), people.store(work)
        role = await people.role(work)
        people.placed(work, boss, role, work.now, store_id=store)
        people.placed(work, staff, role, work.now)
        own, other = people.customer(work), people.customer(work)
        people.may_see(work, staff, own)
    _, of_own = await opened(one, FEEDBACK, Whose(), hours=1, customer=own)
    _, of_other = await opened(one, FEEDBACK, Whose(staff), hours=2, customer=other)
    _, nobodys = await opened(one, FEEDBACK, Whose(boss, None, store), hours=3)
    _, roles = await opened(one, FEEDBACK, Whose(None, Unit(role_id=role)), hours=4)
    as_staff, as_boss = (one.as_staff(who, DataScope.OWN_CUSTOMERS) for who in (staff, boss))
    assert (await listed(one, as_staff))[0] == [of_own, roles]
    assert (await listed(one, as_boss))[0] == [nobodys]
    assert (await listed(one, one.owner))[0] == [of_own, of_other, nobodys, roles]
    for caller, seen in ((as_staff, 2), (as_boss, 1)):
        body = await one.world.ask(caller, "{ events(types: [WORK_ITEM_OPENED]) { nodes { type } } }")
        assert len(body["data"]["events"]["nodes"]) == seen


async def test_the_counts_need_the_permission_and_a_filter_that_means_something(brand: Brands) -> None:
    one = await brand()
    nobody = one.as_staff(new_id(), DataScope.ALL, {Permission.TENANT_READ})
    for query in ("{ workItemCounts { open } }", "{ workItems { totalCount } }"):
        with pytest.raises(RequestError, match="CUSTOMER_READ"):
            await one.world.ask(nobody, query)
    with pytest.raises(RequestError, match="null is not a value") as refused:
        await one.ask("query($id: ID) { workItemCounts(filter: {assignee: {eq: $id}}) { open } }", {"id": None})
    assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": "filter"}


WATCH = """
subscription($filter: WorkItemFilter, $after: String) { workItemsChanged(filter: $filter, after: $after) {
  cursor move workItemId matches workItem { id state assignee { id } } } }
"""


async def test_who_watches_an_inbox_hears_what_comes_changes_and_goes(served: Served, brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        mine, other = people.colleague(work), people.colleague(work)
    before, known = await opened(one, FEEDBACK, Whose(mine), hours=1)
    start = (await one.ask("{ cursor }"))["data"]["cursor"]
    filter = {"assignee": {"eq": global_id("StaffMember", mine)}, "state": {"eq": "OPEN"}}
    heard = []
    async with served.socket(one.key) as socket:
        await subscribe(socket, "1", WATCH, {"filter": filter, "after": start})
        _, next_ = await opened(one, PROMISE, Whose(mine), hours=2)
        heard.append(await received(socket))
        await opened(one, PROMISE, Whose(other), hours=2)
        async with one.work() as work:
            await service.reassign_item(work, FEEDBACK, before, Whose(other))
        heard.append(await received(socket))
        async with one.work() as work:
            await service.close_item(work, FEEDBACK, before)
            [row] = [one_ for one_ in await work.rows(WorkItem) if global_id("WorkItem", one_.id) == next_]
            await service.close_item(work, PROMISE, row.subject_id)
        heard.append(await received(socket))
    told = [message["payload"]["data"]["workItemsChanged"] for message in heard]
    assert [(one["move"], one["workItemId"], one["matches"]) for one in told] == [
        ("OPENED", next_, True),
        ("REASSIGNED", known, False),
        ("CLOSED", next_, False),
    ]
    assert [one["workItem"]["state"] for one in told] == ["OPEN", "OPEN", "CLOSED"]


async def test_a_watcher_hears_nothing_of_customers_out_of_sight(served: Served, brand: Brands) -> None:
    one = await brand()
    created = await one.ask(
        'mutation { inviteStaff(input: {name: "Narrow", dataScope: OWN_CUSTOMERS}) { staffMember { id } } }'
    )
    staff = created["data"]["inviteStaff"]["staffMember"]["id"]
    made = await one.ask(
        'mutation($s: ID!) { createApiKey(input: {name: "n", kind: STAFF, staffId: $s}) { secret } }', {"s": staff}
    )
    async with one.work() as work:
        unseen = people.customer(work)
    start = (await one.ask("{ cursor }"))["data"]["cursor"]
    await opened(one, FEEDBACK, Whose(), hours=1, customer=unseen)
    _, own = await opened(one, FEEDBACK, Whose(uuid_of(staff)), hours=1)
    async with served.socket(made["data"]["createApiKey"]["secret"]) as socket:
        await subscribe(socket, "1", WATCH, {"after": start})
        message = await received(socket)
    assert message["payload"]["data"]["workItemsChanged"]["workItemId"] == own
