"""A usual contact is one statement, others ask first and add in a second one; where that would not do, a transaction begins."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.config import DATABASE
from server.db.at_once import AtOnceWork
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP
from server.db.tenancy import Passage, Scope
from server.errors import RequestError
from server.events.log import EventLog
from server.ids import global_id, new_id
from server.operations.purposes import Purpose
from server.touchpoints import service
from server.touchpoints.commands import RecordTouchpoint
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction
from tests.factories.brands import Brand, World
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]

ROW = "id medium purpose direction outcome occurredAt recordedAt staff { id name } customer { id name }"
AROUND = "id customer { touchpoints { totalCount nodes { id } } }"
RECORD = """mutation($c: ID!, $s: ID, $k: String, $refs: [ExternalRefInput!]) { recordTouchpoint(input: {customerId: $c,
  staffId: $s, direction: OUTBOUND, medium: WECOM_CHAT, purpose: RECALL, clientMutationId: $k, externalRefs: $refs}) {
  touchpoint { %s } userErrors { code field } cursor } }"""
READ = "query($id: ID!) { touchpoint(id: $id) { %s } }"


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The tenants for whom an act that needed none began a transaction."""
    found: list[UUID] = []
    begin = AtOnceWork.begin

    async def noted(work: AtOnceWork) -> None:
        if not work.has_begun:
            found.append(work.tenant_id)
        await begin(work)

    monkeypatch.setattr(AtOnceWork, "begin", noted)
    return found


async def named(one: Brand) -> tuple[str, str]:
    async with one.work() as work:
        customer, staff = people.customer(work), people.colleague(work)
    return global_id("Customer", customer), global_id("StaffMember", staff)


async def recorded(one: Brand, selection: str, **variables: Any) -> dict[str, Any]:
    body = await one.ask(RECORD % selection, variables)
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"]["recordTouchpoint"]
    return payload


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of acts outside of transactions."""
    found: list[str] = []
    for name in ("fetch", "fetchrow"):
        run = getattr(asyncpg.Connection, name)

        async def noted(self: Any, text: str, *values: Any, run: Any = run, **more: Any) -> Any:
            if "platform.append_events" in text or "AS asked" in text:
                found.append(text)
            return await run(self, text, *values, **more)

        monkeypatch.setattr(asyncpg.Connection, name, noted)
    return found


async def test_a_usual_contact_is_one_statement(brand: Brands, sent: list[str]) -> None:
    one = await brand()
    customer, staff = await named(one)
    answer = await one.ask(RECORD.replace("RECALL", "FEEDBACK_REPLY") % "id", {"c": customer, "s": staff})
    assert answer["data"]["recordTouchpoint"]["userErrors"] == []
    assert (len(sent), await one.count("touchpoints"), await one.count("attention_turns")) == (1, 1, 1)


async def test_an_unusual_one_is_told_the_facts_first(brand: Brands, sent: list[str], begun: list[UUID]) -> None:
    """Nothing is stored by what was supposed: who is not there is refused, an enquiry that waits is answered."""
    one = await brand()
    customer, staff = await named(one)
    missing = await recorded(one, "id", c=global_id("Customer", new_id()), s=staff)
    assert (missing["userErrors"], len(sent)) == ([{"code": "NOT_FOUND", "field": ["customerId"]}], 1)
    about = RECORD.replace("RECALL", "ENQUIRY") % "id"
    await one.ask(about.replace("OUTBOUND", "INBOUND"), {"c": customer})
    waiting = "{ workItems(filter: {state: {eq: OPEN}}) { totalCount } }"
    assert (await one.ask(waiting))["data"]["workItems"]["totalCount"] == 1
    sent.clear()
    assert (await one.ask(about, {"c": customer, "s": staff}))["data"]["recordTouchpoint"]["userErrors"] == []
    assert (len(sent), begun) == (1, [one.tenant_id])
    assert (await one.ask(waiting))["data"]["workItems"]["totalCount"] == 0
    assert await one.count("touchpoints") == 2


async def test_the_answer_is_what_is_read_afterwards(brand: Brands, begun: list[UUID]) -> None:
    one = await brand()
    customer, staff = await named(one)
    payload = await recorded(one, ROW, c=customer, s=staff)
    assert begun == []
    read = await one.ask(READ % ROW, {"id": payload["touchpoint"]["id"]})
    assert read["data"]["touchpoint"] == payload["touchpoint"]
    events = await one.events()
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    assert events[-1][1] == "touchpoint.recorded"
    assert (await one.ask("{ cursor }"))["data"]["cursor"] == payload["cursor"]


async def test_an_answer_that_looks_around_sees_what_was_added(brand: Brands, begun: list[UUID]) -> None:
    one = await brand()
    customer, staff = await named(one)
    touchpoint = (await recorded(one, AROUND, c=customer, s=staff))["touchpoint"]
    assert begun == [one.tenant_id]
    assert touchpoint["customer"]["touchpoints"] == {"totalCount": 1, "nodes": [{"id": touchpoint["id"]}]}


async def test_what_else_an_act_adds_goes_with_it(brand: Brands, begun: list[UUID]) -> None:
    one = await brand()
    customer, staff = await named(one)
    reference = [{"system": "crm", "id": "7"}]
    first = await recorded(one, "id externalRefs { id }", c=customer, s=staff, refs=reference)
    again = await recorded(one, "id", c=customer, s=staff, refs=reference)
    assert (first["touchpoint"]["externalRefs"], again["userErrors"][0]["code"]) == ([{"id": "7"}], "ALREADY_EXISTS")
    assert (begun, await one.count("touchpoints")) == ([one.tenant_id] * 2, 1)


async def test_a_key_of_its_own_takes_the_ordinary_way(brand: Brands, begun: list[UUID]) -> None:
    one = await brand()
    customer, staff = await named(one)
    first, again = [await recorded(one, "id", c=customer, s=staff, k="once") for _ in range(2)]
    assert (first, begun, await one.count("touchpoints")) == (again, [], 1)


async def test_a_refused_act_leaves_nothing(brand: Brands, begun: list[UUID]) -> None:
    one = await brand()
    customer, _ = await named(one)
    log = await one.events()
    for wrong, field in ((global_id("Customer", new_id()), "customerId"), ("x", "customerId")):
        payload = await recorded(one, "id", c=wrong)
        assert payload == {"touchpoint": None, "userErrors": [{"code": "NOT_FOUND", "field": [field]}], "cursor": None}
    payload = await recorded(one, "id", c=customer, s=global_id("StaffMember", new_id()))
    assert payload["userErrors"] == [{"code": "NOT_FOUND", "field": ["staffId"]}]
    assert (await one.events(), await one.count("touchpoints")) == (log, 0)


async def test_an_ended_key_is_told_so_even_where_nothing_was_asked(brand: Brands, world: World) -> None:
    one = await brand()
    customer, _ = await named(one)
    caller = await world.gateway.authenticate(f"Bearer {one.key}")
    async with one.work() as work:
        await work.raw.execute("UPDATE api_keys SET revoked_at = now()")
    for named_customer in (customer, "x"):
        with pytest.raises(RequestError, match="The credential is not valid"):
            await world.ask(caller, RECORD % "id", {"c": named_customer})
    assert await one.count("touchpoints") == 0


JOINS = ("enable_nestloop", "enable_hashjoin", "enable_mergejoin", "enable_material")
MODES = ("auto", "force_generic_plan", "force_custom_plan")


@pytest.mark.parametrize("mode", MODES)
async def test_the_door_comes_first_whatever_the_plan(postgres: EmbeddedPostgres, brand: Brands, mode: str) -> None:
    """On a connection that never passed a door, an evaluation out of order would be an error."""
    one = await brand()
    async with one.work() as work:
        customer, staff = people.customer(work), people.colleague(work)
    command = RecordTouchpoint(
        customer_id=customer,
        staff_id=staff,
        direction=Direction.OUTBOUND,
        medium=Medium.WECOM_CHAT,
        purpose=Purpose.RECALL,
    )
    count = 0
    for off in itertools.chain.from_iterable(itertools.combinations(JOINS, size) for size in range(len(JOINS) + 1)):
        settings = {"role": APP, "plan_cache_mode": mode, **dict.fromkeys(off, "off")}
        connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE), server_settings=settings)
        try:
            for _ in range(2):
                passage = Passage(one.tenant_id, None, Scope.ALL)
                work_at_once = AtOnceWork(connection, one.tenant_id, one.owner, passage)
                await service.record_touchpoint(work_at_once, command)
                await work_at_once.store(EventLog(), None)
                count += 1
        finally:
            await connection.close()
    assert await one.count("touchpoints") == count


async def test_the_door_of_one_brand_adds_nothing_to_another(postgres: EmbeddedPostgres, brand: Brands) -> None:
    mine, theirs = await brand(), await brand()
    async with theirs.work() as work:
        customer = people.customer(work)
    async with mine.work() as work:
        own = people.customer(work)
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE), server_settings={"role": APP})
    try:
        work_at_once = AtOnceWork(connection, mine.tenant_id, mine.owner, Passage(mine.tenant_id, None, Scope.ALL))
        command = RecordTouchpoint(
            customer_id=own, direction=Direction.OUTBOUND, medium=Medium.WECOM_CHAT, purpose=Purpose.RECALL
        )
        touchpoint = await service.record_touchpoint(work_at_once, command)
        touchpoint.customer_id = customer
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await work_at_once.store(EventLog(), None)
    finally:
        await connection.close()
    assert (await mine.count("touchpoints"), await theirs.count("touchpoints")) == (0, 0)
