"""The plan of a change of the operating model: what it says, when it goes stale, and who may ask."""

from __future__ import annotations

from typing import Any

import pytest

from server.access.permissions import EVERYTHING, DataScope, Permission
from server.errors import ErrorCode, RequestError
from server.ids import new_id
from tests.lifecycles.clinics import PLAN, PLANNED, Clinic, act, plan_change


async def test_the_plan_says_what_would_happen_and_does_nothing(clinic: Clinic) -> None:
    one, log = clinic.brand, await clinic.brand.events()
    plan = await plan_change(one, "PER_ROLE")
    assert {key: plan[key] for key in ("customers", "friendships", "moved", "released", "unchanged", "orphans")} == {
        "customers": 4, "friendships": 6, "moved": 6, "released": 0, "unchanged": 0, "orphans": 0,
    }  # fmt: skip
    assert plan["passages"] == [
        {"fromKey": "ops_group", "toKey": "doctor", "friendships": 2},
        {"fromKey": "ops_group", "toKey": "front_desk", "friendships": 4},
    ]
    # 小乖 and the desk would both be C3's front desk.
    assert (plan["redundantAfter"], plan["duplicates"]) == (
        1,
        [{"key": "front_desk", "friendships": 1, "customers": 1}],
    )
    gaps = [(gap["kind"], gap["key"], (gap["store"] or {}).get("key"), gap["count"]) for gap in plan["gaps"]]
    assert gaps == [
        ("STORE_UNSTAFFED", "front_desk", "west", 1),
        ("HOLDERS_NOT_PLACED", "front_desk", None, 3),
        ("STORE_UNSTAFFED", "doctor", "west", 0),
        ("ROLE_UNSTAFFED", "doctor_assistant", None, 0),
        ("CHANNEL_LEADS_NOWHERE", "ops_group", None, 1),
    ]
    assert plan["attention"] == {
        "introductions": 6, "customers": 4, "mostPerCustomer": 3, "customersOverBudget": 0, "budget": 6, "windowDays": 30,
    }  # fmt: skip
    assert plan["platformLimits"] == [
        {"key": "FRIENDS_PER_PERSON", "limit": 5000, "highest": 2, "exceededBy": 0},
        {"key": "TRANSFERS_PER_CUSTOMER", "limit": 2, "highest": 0, "exceededBy": 0},
    ]
    assert await one.events() == log
    assert (await plan_change(one, "PER_ROLE"))["planId"] == plan["planId"]


async def test_moves_are_paged(clinic: Clinic) -> None:
    whole = (await plan_change(clinic.brand, "PER_ROLE"))["moves"]
    assert len(whole["nodes"]) == 6
    first = (await plan_change(clinic.brand, "PER_ROLE", first=4))["moves"]
    assert (len(first["nodes"]), first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (
        4,
        True,
        False,
    )
    rest = (await plan_change(clinic.brand, "PER_ROLE", first=4, after=first["pageInfo"]["endCursor"]))["moves"]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert first["nodes"] + rest["nodes"] == whole["nodes"]


async def test_a_contact_does_not_make_a_plan_stale(clinic: Clinic) -> None:
    one = clinic.brand
    plan = await plan_change(one, "PER_ROLE")
    await act(
        one,
        "mutation($input: RecordTouchpointInput!) { recordTouchpoint(input: $input) { userErrors { message } } }",
        customerId=clinic.customers["A1"], direction="INBOUND", medium="WECOM_CHAT", purpose="ENQUIRY",
    )  # fmt: skip
    assert (await plan_change(one, "PER_ROLE"))["planId"] == plan["planId"]
    other = await plan_change(one, "PER_ROLE", input={"succession": "MAPPING_FIRST"})
    assert other["planId"] != plan["planId"]


@pytest.mark.parametrize(
    ("scope", "permissions"),
    [(DataScope.ALL, EVERYTHING - {Permission.OPERATING_MODEL_MANAGE}), (DataScope.OWN_STORE, EVERYTHING)],
    ids=["permission", "scope"],
)
async def test_planning_is_for_who_manages_and_sees_everything(
    clinic: Clinic, scope: DataScope, permissions: Any
) -> None:
    staff = clinic.brand.as_staff(new_id(), scope, permissions)
    try:
        body = await clinic.brand.world.ask(staff, PLAN + PLANNED, {"to": "PER_ROLE"})
        errors = body["errors"]
    except RequestError as refused:
        errors = refused.errors
    assert [error["extensions"]["code"] for error in errors] == [ErrorCode.FORBIDDEN]
