"""Changing the operating model with customers: carried out in the background, back again, and nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.lifecycles import changing
from server.lifecycles.changing import JOB
from server.worker import STEPS
from tests.factories.brands import Brand, uuid_of
from tests.lifecycles.clinics import (
    ADD,
    ASSIGN,
    CHANGE,
    CLEAN,
    PROGRESS,
    Clinic,
    act,
    ask,
    friends,
    plan_change,
    plan_cleanup,
)

Make = Callable[..., Awaitable[Brand]]


async def test_there_and_back_again_and_nothing_is_lost(clinic: Clinic, work_off: Any) -> None:
    one = clinic.brand
    before = {name: await friends(one, id) for name, id in clinic.customers.items()}
    assert before["C3"] == [
        ("前台", "ops_group", "REDUNDANT"),
        ("小乖", "ops_group", "LEGITIMATE"),
        ("秦朗", "ops_group", "REDUNDANT"),
    ]
    plan = await plan_change(one, "PER_ROLE")
    begun = await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"])
    assert begun["operatingModel"] == {"kind": "PER_ROLE", "version": 2}
    assert begun["operatingModelChange"]["status"] == "RUNNING"
    assert await work_off(one) == 3
    done = await ask(one, PROGRESS, id=begun["operatingModelChange"]["id"])
    assert {**done, "totalsBefore": None, "totalsAfter": None, "completedAt": None} == {
        "kind": "MODEL_CHANGE", "toKind": "PER_ROLE", "status": "COMPLETED", "customers": 4, "customersDone": 4,
        "moved": 6, "released": 0, "completedAt": None, "totalsBefore": None, "totalsAfter": None,
    }  # fmt: skip
    assert done["totalsBefore"] == done["totalsAfter"]
    assert (done["totalsBefore"]["relationships"], done["totalsBefore"]["roles"]) == (6, 6)
    after = {name: await friends(one, id) for name, id in clinic.customers.items()}
    assert after["A1"] == [("小乖", "front_desk", "LEGITIMATE")]
    assert after["B2"] == [("秦朗", "doctor", "LEGITIMATE")]
    assert after["C3"] == [
        ("前台", "front_desk", "REDUNDANT"), ("小乖", "front_desk", "LEGITIMATE"), ("秦朗", "doctor", "LEGITIMATE"),
    ]  # fmt: skip
    assert (await one.count("relationships"), await one.count("relationship_roles")) == (6, 12)
    back = await plan_change(one, "CENTRAL_OPS_GROUP")
    begun = await act(one, CHANGE, to="CENTRAL_OPS_GROUP", planId=back["planId"], reason="试点结束")
    await work_off(one)
    assert (await ask(one, PROGRESS, id=begun["operatingModelChange"]["id"]))["status"] == "COMPLETED"
    assert {name: await friends(one, id) for name, id in clinic.customers.items()} == before
    assert (await one.count("relationships"), await one.count("relationship_roles")) == (6, 18)


async def test_only_roles_of_friendships_are_written(clinic: Clinic, work_off: Any) -> None:
    one = clinic.brand
    tables = ("relationships", "customers", "cases", "case_stage_changes", "placements", "identities")

    async def rows() -> dict[str, list[str]]:
        async with one.work() as work:
            return {
                table: [str(dict(row)) for row in await work.raw.fetch(f'SELECT * FROM "{table}" ORDER BY id')]
                for table in tables
            }

    before = await rows()
    plan = await plan_change(one, "PER_ROLE")
    await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"])
    await work_off(one)
    assert await rows() == before
    types = {type for _, type in await one.events()}
    assert {"model_change.started", "model_change.progressed", "model_change.ended"} <= types


async def test_a_stale_plan_is_refused_with_the_new_one(clinic: Clinic) -> None:
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    await clinic.add("E5", "小新")
    log = await one.events()
    payload = await ask(one, CHANGE, input={"to": "PER_ROLE", "planId": plan["planId"]})
    [error] = payload["userErrors"]
    assert (error["__typename"], error["code"], error["field"]) == ("PlanChanged", "CONFLICT", ["planId"])
    assert (error["moved"], error["released"], error["friendships"]) == (7, 0, 7)
    assert (await one.events(), await one.count("operating_models"), await one.count("model_changes")) == (log, 1, 0)
    again = await act(one, CHANGE, to="PER_ROLE", planId=error["planId"])
    assert again["operatingModel"]["version"] == 2


async def test_the_manager_maps(clinic: Clinic, work_off: Any) -> None:
    one = clinic.brand
    asked = {"succession": "MAPPING_FIRST", "mapping": [{"fromKey": "ops_group", "toKey": "doctor_assistant"}]}
    plan = await plan_change(one, "PER_ROLE", input=asked)
    assert plan["passages"] == [{"fromKey": "ops_group", "toKey": "doctor_assistant", "friendships": 6}]
    await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"], **asked)
    await work_off(one)
    assert [unit for _, unit, _ in await friends(one, clinic.customers["C3"])] == ["doctor_assistant"] * 3


async def test_it_is_resumed_where_it_stopped_and_what_was_added_meanwhile_stays(
    clinic: Clinic, work_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "CUSTOMERS_AT_ONCE", 1)
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    begun = await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"])
    id = begun["operatingModelChange"]["id"]
    assert await work_off(one, 3) == 3
    half = await ask(one, PROGRESS, id=id)
    assert (half["status"], half["customersDone"], half["totalsAfter"]) == ("RUNNING", 2, None)
    await clinic.add("F6", "秦朗")

    # A step whose transaction is lost does nothing, and is done again.
    async def lost_step() -> None:
        async with one.work() as work:
            await changing.take_step(work, uuid_of(id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lost_step()
    assert (await ask(one, PROGRESS, id=id))["customersDone"] == 2
    await work_off(one)
    done = await ask(one, PROGRESS, id=id)
    assert (done["status"], done["customersDone"], done["moved"]) == ("COMPLETED", 5, 6)
    assert done["totalsBefore"] == done["totalsAfter"]
    assert await friends(one, clinic.customers["F6"]) == [("秦朗", "doctor", "LEGITIMATE")]


async def test_a_loss_is_noticed(clinic: Clinic, work_off: Any) -> None:
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    begun = await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"])
    await work_off(one, 2)
    async with one.work() as work:
        await work.raw.execute(
            "UPDATE relationships SET since = since - interval '1 day' WHERE id = (SELECT min(id::text)::uuid FROM relationships)"
        )
    await work_off(one)
    assert (await ask(one, PROGRESS, id=begun["operatingModelChange"]["id"]))["status"] == "FAILED"


async def test_one_change_at_a_time(clinic: Clinic) -> None:
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    payloads = await asyncio.gather(
        *(ask(one, CHANGE, input={"to": "PER_ROLE", "planId": plan["planId"]}) for _ in range(3))
    )
    assert sorted(len(payload["userErrors"]) for payload in payloads) == [0, 1, 1]
    assert (await one.count("operating_models"), await one.count("model_changes")) == (2, 1)
    back = await plan_change(one, "CENTRAL_OPS_GROUP")
    again = await ask(one, CHANGE, input={"to": "CENTRAL_OPS_GROUP", "planId": back["planId"], "reason": "r"})
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [("NOT_ALLOWED", None)]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"to": "CENTRAL_OPS_GROUP"}, "NOT_ALLOWED", ["to"]),
        ({"to": "PER_ROLE", "pace": 0}, "INVALID", ["pace"]),
        ({"to": "PER_ROLE", "mapping": [{"toKey": "nobody"}]}, "INVALID", ["input", "mapping", "0", "to"]),
        ({"to": "PER_ROLE", "storeIds": ["nonsense"]}, "NOT_FOUND", ["storeIds", "0"]),
    ],
    ids=["same", "pace", "mapping", "store"],
)
async def test_a_refused_change_changes_nothing(
    clinic: Clinic, given: dict[str, Any], code: str, field: list[str]
) -> None:
    one, log = clinic.brand, await clinic.brand.events()
    payload = await ask(one, CHANGE, input={"planId": "x", **given})
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
    assert (await one.events(), await one.count("model_changes")) == (log, 0)


async def test_against_the_advice_it_needs_a_reason(clinic: Clinic, work_off: Any) -> None:
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"])
    await work_off(one)
    back = await plan_change(one, "CENTRAL_OPS_GROUP")
    payload = await ask(one, CHANGE, input={"to": "CENTRAL_OPS_GROUP", "planId": back["planId"]})
    assert [error["code"] for error in payload["userErrors"]] == ["REQUIRED"]
    assert await one.count("operating_models") == 2


async def test_everyone_adds_is_cleaned_up(brand: Make, work_off: Any) -> None:
    """Five colleagues without a role are friends of one family, two of them salespeople; then they are placed."""
    one = await brand(
        industry="HOME_DECORATION", stores=[{"key": "south", "name": "城南"}, {"key": "north", "name": "城北"}]
    )
    shown = (await one.ask("{ serviceRoles { id key } stores { nodes { id key } } }"))["data"]
    roles = {role["key"]: role["id"] for role in shown["serviceRoles"]}
    stores = {store["key"]: store["id"] for store in shown["stores"]["nodes"]}
    team = {"贝贝": "new_media", "方圆": "sales", "方正": "sales", "颜色": "designer", "管平": "butler"}
    staff: dict[str, str] = {}
    for name in team:
        body = await one.ask(
            "mutation($n: String!) { inviteStaff(input: {name: $n}) { staffMember { id } } }", {"n": name}
        )
        staff[name] = body["data"]["inviteStaff"]["staffMember"]["id"]
        await act(
            one, ADD, staffId=staff[name], name="邵先生", homeStoreId=stores["south"],
            identities=[{"kind": "PHONE", "value": "13800001111"}],
        )  # fmt: skip
    [customer] = [row["id"] for row in (await one.ask("{ customers { nodes { id } } }"))["data"]["customers"]["nodes"]]
    assert {standing for _, _, standing in await friends(one, customer)} == {"REDUNDANT"}
    for name, key in team.items():
        await act(
            one, ASSIGN, staffId=staff[name], roleId=roles[key], storeId=stores["north" if name == "方圆" else "south"]
        )
    plan = await plan_cleanup(one)
    counted = [plan[key] for key in ("customers", "friendships", "moved", "released", "unchanged", "redundantAfter")]
    assert counted == [1, 5, 4, 0, 1, 1]
    await act(one, CLEAN, planId=plan["planId"])
    await work_off(one)
    # 方圆 came first, but 方正 serves at the family's own store.
    assert await friends(one, customer) == [
        ("方圆", None, "REDUNDANT"), ("方正", "sales", "LEGITIMATE"), ("管平", "butler", "LEGITIMATE"),
        ("贝贝", "new_media", "LEGITIMATE"), ("颜色", "designer", "LEGITIMATE"),
    ]  # fmt: skip
    # Once more there is nothing left to do: of those who hold a role twice one is released, and all is as it was.
    rest = await plan_cleanup(one)
    assert (rest["moved"], rest["released"], rest["unchanged"]) == (0, 0, 5)


async def test_the_act_hands_the_work_to_the_worker(clinic: Clinic, postgres: EmbeddedPostgres) -> None:
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    begun = await act(one, CHANGE, to="PER_ROLE", planId=plan["planId"])
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        queued = await connection.fetch("SELECT kind, id FROM platform.jobs WHERE tenant_id = $1", one.tenant_id)
    finally:
        await connection.close()
    assert [tuple(row) for row in queued] == [(JOB, uuid_of(begun["operatingModelChange"]["id"]))]
    assert STEPS[JOB] is changing.take_step
