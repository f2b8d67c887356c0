"""Customers pass on: by hand, by a plan, and when somebody leaves. Nothing is lost, nothing orphaned, nobody over a limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from server.access.permissions import DataScope
from server.config import DATABASE
from server.customers.commands import AssignCustomer
from server.customers.errors import AssigneeFull, AssigneeOff, NoCapacityGiven
from server.customers.service.adding import Added
from server.customers.service.assigning import assign_customer
from server.db.database import Database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import WORKER
from server.errors import DomainError, NotFound
from server.ids import global_id
from server.lifecycles import transfers
from server.lifecycles.assignment import set_availability, set_workload
from server.lifecycles.errors import PlanIsStale, SuccessorIsTheSame, SuccessorNeeded, TransferRuns
from server.lifecycles.leavers import DeactivateStaff, deactivate_staff
from server.lifecycles.succession_terms import SuccessionRule
from server.lifecycles.transfers import TransferRelationships, plan_transfer, transfer_relationships
from server.operations.commands import SetAvailability, SetWorkload
from server.operations.errors import CoverIsOff
from server.tenants.errors import StaffMemberLeft
from server.worker import take_step
from tests.customers.clinic import Clinic
from tests.factories.brands import Brand, World

Make = Callable[..., Awaitable[Brand]]


@pytest.fixture
async def house(brand: Make) -> Clinic:
    """A central brand."""
    return Clinic(await brand(businessType="LOW_PRICE_B2C", industry="FMCG"))


@pytest.fixture
async def clinic(brand: Make) -> Clinic:
    return Clinic(await brand())


@pytest.fixture
async def platform(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 1})
    opened = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    yield opened
    await opened.close()


async def colleagues(house: Clinic, count: int) -> list[UUID]:
    group = await house.group()
    return [await house.staff(f"Colleague {number}", group=group) for number in range(count)]


async def friends_of(house: Clinic, staff_id: UUID, count: int, **given: Any) -> list[Added]:
    return [
        await house.add(staff_id=staff_id, phone=f"136{staff_id.int % 10000:04}{number:04}", **given)
        for number in range(count)
    ]


async def capacity(house: Clinic, staff_id: UUID, capacity: int) -> None:
    async with house.brand.work() as work:
        await set_workload(work, SetWorkload(staff_id=staff_id, capacity=capacity))


async def holding(house: Clinic) -> dict[UUID, int]:
    rows = await house.fetch("SELECT staff_id, count(*) AS n FROM relationships WHERE ended_at IS NULL GROUP BY 1")
    return {row["staff_id"]: row["n"] for row in rows}


async def counted(house: Clinic) -> dict[UUID, int]:
    rows = await house.fetch("SELECT staff_id, friends FROM workloads WHERE friends > 0")
    return {row["staff_id"]: row["friends"] for row in rows}


async def work_off(house: Clinic, platform: Database) -> None:
    """Let the worker do everything there is to do for now."""
    database = house.brand.world.gateway.services.database
    while await take_step(platform, database, {transfers.JOB: transfers.take_step}):
        pass


async def leave(house: Clinic, **given: Any) -> Any:
    async with house.brand.work() as work:
        return await deactivate_staff(work, DeactivateStaff(**given))


async def test_a_leavers_customers_pass_to_colleagues_within_capacity(house: Clinic, platform: Database) -> None:
    leaver, ann, ben = await colleagues(house, 3)
    added = await friends_of(house, leaver, 12)
    await friends_of(house, ben, 2)
    await capacity(house, ann, 4)
    async with house.brand.work() as work:
        plan = await plan_transfer(work, TransferRelationships(from_staff_id=leaver))
    assert plan.total == 12
    assert {move.staff_id: move.customers for move in plan.moves} == {ann: 4, ben: 8}
    assert plan.waiting == ()

    member, transfer = await leave(house, staff_id=leaver)
    assert member.left_at is not None
    assert (transfer.total, transfer.leaver) == (12, True)
    await work_off(house, platform)

    assert await holding(house) == await counted(house) == {ann: 4, ben: 10}
    [row] = await house.fetch("SELECT state, moved, waiting FROM transfers")
    assert tuple(row) == ("DONE", 12, 0)
    old = await house.fetch("SELECT state, count(*) AS n FROM relationships WHERE staff_id = $1 GROUP BY 1", leaver)
    assert {one["state"]: one["n"] for one in old} == {"TRANSFERRED": 12}, "History stays."
    assert await house.brand.count("customers") == 14
    standing = await house.brand.ask("{ customers { nodes { relationships { nodes { standing endedAt } } } } }")
    shown = Counter(
        one["standing"]
        for customer in standing["data"]["customers"]["nodes"]
        for one in customer["relationships"]["nodes"]
        if one["endedAt"] is None
    )
    assert shown == {"LEGITIMATE": 14}
    assert {one.customer.id for one in added} <= {
        row["customer_id"] for row in await house.fetch("SELECT customer_id FROM relationships WHERE ended_at IS NULL")
    }


async def test_who_finds_nobody_with_room_waits_and_shows_who_stands_in(house: Clinic, platform: Database) -> None:
    leaver, ann, ben = await colleagues(house, 3)
    await friends_of(house, leaver, 5)
    await capacity(house, ann, 1)
    await capacity(house, ben, 1)
    await leave(house, staff_id=leaver, cover_id=ben)
    seen = await house.fetch("SELECT 1 FROM customer_access WHERE staff_id = $1 AND via = 'COVER'", ben)
    assert len(seen) == 5, "Whoever stands in sees them at once."
    await work_off(house, platform)
    assert await holding(house) == {leaver: 3, ann: 1, ben: 1}
    [row] = await house.fetch("SELECT state, moved, waiting FROM transfers")
    assert tuple(row) == ("DONE", 2, 3)
    body = await house.brand.ask("{ customers { nodes { team { staff { id } coveredBy { id } } } } }")
    teams = [customer["team"] for customer in body["data"]["customers"]["nodes"]]
    covered = [team[0]["coveredBy"]["id"] for team in teams if team[0]["coveredBy"] is not None]
    assert covered == [global_id("StaffMember", ben)] * 3
    assert all(team for team in teams), "Nobody is without anybody."

    await capacity(house, ann, 10)  # and those who waited are taken at once

    assert await holding(house) == await counted(house) == {ann: 4, ben: 1}
    assert await house.fetch("SELECT 1 FROM assignment_queue WHERE state = 'WAITING'") == []
    assert await house.fetch("SELECT 1 FROM customer_access WHERE via = 'COVER'") == []


async def test_the_same_role_and_store_come_first(clinic: Clinic, platform: Database) -> None:
    role, doctors = await clinic.role("consultant"), await clinic.role("doctor")
    north, south = await clinic.store("N"), await clinic.store("S")
    leaver = await clinic.staff("Leaver", role=role, store=north)
    near = await clinic.staff("Near", role=role, store=north)
    anywhere = await clinic.staff("Anywhere", role=role)
    await clinic.staff("Far", role=role, store=south)
    await clinic.staff("Doctor", role=doctors, store=north)
    await friends_of(clinic, leaver, 4)
    await capacity(clinic, near, 3)
    await leave(clinic, staff_id=leaver)
    await work_off(clinic, platform)
    assert await holding(clinic) == {near: 3, anywhere: 1}
    held = await clinic.fetch("SELECT role_id, store_id, reason FROM relationship_roles WHERE until_at IS NULL")
    assert Counter(tuple(row) for row in held) == {(role, north, "ASSIGNED"): 4}


async def test_one_person_takes_as_many_as_they_have_room_for(house: Clinic, platform: Database) -> None:
    leaver, ann, ben = await colleagues(house, 3)
    await friends_of(house, leaver, 6)
    await capacity(house, ann, 4)
    given: dict[str, Any] = {"rule": SuccessionRule.ONE_PERSON, "to_staff_id": ann}
    async with house.brand.work() as work:
        plan = await plan_transfer(work, TransferRelationships(from_staff_id=leaver, **given))
    assert {move.staff_id: move.customers for move in plan.moves} == {ann: 4, ben: 2}
    await leave(house, staff_id=leaver, **given)
    await work_off(house, platform)
    assert await holding(house) == {ann: 4, ben: 2}


async def test_a_step_that_fails_leaves_nothing_half_done(
    house: Clinic, platform: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver, ann = await colleagues(house, 2)
    await friends_of(house, leaver, 7)
    monkeypatch.setattr(transfers, "AT_ONCE", 3)
    await leave(house, staff_id=leaver)
    database = house.brand.world.gateway.services.database
    await take_step(platform, database, {transfers.JOB: transfers.take_step})
    assert await holding(house) == {leaver: 4, ann: 3}
    before = await house.brand.events()

    async def cut_short(work: Any, transfer_id: UUID) -> None:
        await transfers.take_step(work, transfer_id)
        raise ZeroDivisionError

    with capture_logs() as told:
        await take_step(platform, database, {transfers.JOB: cut_short})
    assert [line["event"] for line in told] == ["job.failed"]
    assert await holding(house) == {leaver: 4, ann: 3}
    assert await house.brand.events() == before
    async with platform.acts.acquire() as connection:
        await connection.execute("UPDATE platform.jobs SET due_at = now()")  # the wait is over
    await work_off(house, platform)
    assert await holding(house) == await counted(house) == {ann: 7}
    [row] = await house.fetch("SELECT state, moved, waiting FROM transfers")
    assert tuple(row) == ("DONE", 7, 0)


async def test_a_plan_is_refused_where_things_have_changed(house: Clinic) -> None:
    giver, ann = await colleagues(house, 2)
    await friends_of(house, giver, 3)
    async with house.brand.work() as work:
        plan = await plan_transfer(work, TransferRelationships(from_staff_id=giver))
        again = await plan_transfer(work, TransferRelationships(from_staff_id=giver))
    assert plan.id == again.id
    await capacity(house, ann, 2)
    with pytest.raises(PlanIsStale) as refusal:
        async with house.brand.work() as work:
            await transfer_relationships(work, TransferRelationships(from_staff_id=giver, plan_id=plan.id))
    assert refusal.value.facts["plan_id"] != plan.id
    assert await house.brand.count("transfers") == 0
    async with house.brand.work() as work:
        new = str(refusal.value.facts["plan_id"])
        await transfer_relationships(work, TransferRelationships(from_staff_id=giver, plan_id=new))
    with pytest.raises(TransferRuns):
        async with house.brand.work() as work:
            await transfer_relationships(work, TransferRelationships(from_staff_id=giver))


async def test_what_cannot_be_is_refused_and_changes_nothing(house: Clinic) -> None:
    ann, ben, off = await colleagues(house, 3)
    async with house.brand.work() as work:
        given = {"staff_id": off, "off": [{"since": work.now}]}
        await set_availability(work, SetAvailability.model_validate(given))
    before = await house.brand.events()

    async def refused(**given: Any) -> DomainError:
        with pytest.raises(DomainError) as refusal:
            await leave(house, **{"staff_id": ann, **given})
        return refusal.value

    one = {"rule": SuccessionRule.ONE_PERSON}
    assert isinstance(await refused(**one), SuccessorNeeded)
    assert isinstance(await refused(to_staff_id=ben), SuccessorNeeded)
    same = await refused(**one, to_staff_id=ann)
    assert isinstance(same, SuccessorIsTheSame)
    assert same.field == ("succession", "staff_id")
    assert isinstance(await refused(cover_id=off), CoverIsOff)
    assert isinstance(await refused(staff_id=UUID(int=5)), NotFound)
    assert await house.brand.events() == before
    await leave(house, staff_id=ann)
    assert isinstance(await refused(), StaffMemberLeft)


async def test_those_a_leaver_stood_in_for_get_another(house: Clinic) -> None:
    ann, ben, cai = await colleagues(house, 3)
    async with house.brand.work() as work:
        given = {"staff_id": ann, "off": [{"since": work.now, "cover_id": ben}]}
        await set_availability(work, SetAvailability.model_validate(given))
    await leave(house, staff_id=ben, cover_id=cai)
    rows = await house.fetch("SELECT staff_id, cover_id FROM absences WHERE until_at IS NULL")
    assert {row["staff_id"]: row["cover_id"] for row in rows} == {ann: cai, ben: cai}
    placed = await house.fetch("SELECT 1 FROM placements WHERE staff_id = $1 AND until_at IS NULL", ben)
    assert placed == []


async def test_without_a_word_a_colleague_of_the_same_role_stands_in(house: Clinic) -> None:
    ann, ben = await colleagues(house, 2)
    await friends_of(house, ann, 1)
    await leave(house, staff_id=ann)
    [row] = await house.fetch("SELECT cover_id FROM absences")
    assert row["cover_id"] == ben


async def assign(house: Clinic, **given: Any) -> Any:
    async with house.brand.work() as work:
        return await assign_customer(work, AssignCustomer(**given))


async def test_a_customer_is_given_to_somebody_by_hand(house: Clinic) -> None:
    ann, ben = await colleagues(house, 2)
    [added] = await friends_of(house, ann, 1)
    relationship = await assign(house, customer_id=added.customer.id, staff_id=ben)
    assert relationship.staff_id == ben
    assert await holding(house) == await counted(house) == {ben: 1}
    before = await house.brand.events()
    again = await assign(house, customer_id=added.customer.id, staff_id=ben)
    assert again.id == relationship.id
    assert await house.brand.events() == before


async def test_assigning_respects_limits_absence_and_placement(house: Clinic) -> None:
    ann, ben = await colleagues(house, 2)
    stranger = await house.staff("Nowhere")
    [added] = await friends_of(house, ann, 1)
    [_] = await friends_of(house, ben, 1)
    customer = added.customer.id
    await capacity(house, ben, 1)
    with pytest.raises(AssigneeFull) as full:
        await assign(house, customer_id=customer, staff_id=ben)
    assert (full.value.facts["friends"], full.value.facts["capacity"]) == (1, 1)
    with pytest.raises(NoCapacityGiven):
        await assign(house, customer_id=customer, staff_id=stranger)
    async with house.brand.work() as work:
        given = {"staff_id": ben, "off": [{"since": work.now}]}
        await set_availability(work, SetAvailability.model_validate(given))
    with pytest.raises(AssigneeOff):
        await assign(house, customer_id=customer, staff_id=ben)
    assert await holding(house) == {ann: 1, ben: 1}


async def test_who_waits_is_assigned_by_hand_and_waits_no_more(house: Clinic) -> None:
    [ann] = await colleagues(house, 1)
    await house.channel("PARCEL", group_id=await house.group())
    await capacity(house, ann, 1)
    await friends_of(house, ann, 1)
    waiting = await house.add(channel_code="PARCEL", phone="13511112222")
    assert waiting.waits is not None
    ben = await house.staff("Ben", group=await house.group())
    await assign(house, customer_id=waiting.customer.id, staff_id=ben)
    [row] = await house.fetch("SELECT state, staff_id FROM assignment_queue")
    assert tuple(row) == ("ASSIGNED", ben)


async def test_nobody_assigns_whom_they_cannot_see(house: Clinic) -> None:
    ann, ben = await colleagues(house, 2)
    [added] = await friends_of(house, ann, 1)
    caller = house.brand.as_staff(ben, DataScope.OWN_CUSTOMERS)
    with pytest.raises(NotFound):
        async with house.brand.world.work(caller) as work:
            await assign_customer(work, AssignCustomer(customer_id=added.customer.id, staff_id=ben))
    assert await holding(house) == {ann: 1}


async def test_over_the_gateway_with_figures_and_typed_errors(house: Clinic) -> None:
    ann, ben = await colleagues(house, 2)
    [added] = await friends_of(house, ann, 1)
    await capacity(house, ben, 1)
    await friends_of(house, ben, 1)
    body = await house.brand.ask(
        "mutation($input: AssignCustomerInput!) { assignCustomer(input: $input) { customer { id } userErrors {"
        " __typename code field ... on AssigneeIsFull { friends capacity addedToday dailyLimit } } } }",
        {"input": {"customerId": global_id("Customer", added.customer.id), "staffId": global_id("StaffMember", ben)}},
    )
    assert body["data"]["assignCustomer"] == {
        "customer": None,
        "userErrors": [
            {
                "__typename": "AssigneeIsFull",
                "code": "LIMIT_REACHED",
                "field": ["staffId"],
                "friends": 1,
                "capacity": 1,
                "addedToday": 1,
                "dailyLimit": None,
            }
        ],
    }
    before = await house.brand.events()
    query = (
        "mutation($input: TransferRelationshipsInput!) { transferRelationships(input: $input) { transfer { id }"
        " plan { total moves { staff { id } customers } waiting { reason customers } unplaced }"
        " userErrors { __typename ... on TransferPlanIsStale { currentPlanId } } } }"
    )
    given = {"fromStaffId": global_id("StaffMember", ann), "dryRun": True}
    payload = (await house.brand.ask(query, {"input": given}))["data"]["transferRelationships"]
    assert payload == {
        "transfer": None,
        "plan": {"total": 1, "moves": [], "waiting": [{"reason": "CAPACITY", "customers": 1}], "unplaced": 0},
        "userErrors": [],
    }
    assert await house.brand.events() == before
    stale = (await house.brand.ask(query, {"input": {**given, "dryRun": False, "planId": "x"}}))["data"]
    [error] = stale["transferRelationships"]["userErrors"]
    assert (error["__typename"], len(error["currentPlanId"])) == ("TransferPlanIsStale", 32)
