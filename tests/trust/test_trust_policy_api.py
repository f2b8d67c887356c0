"""The policy, reversals and the report, as callers see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from server.access.permissions import DataScope
from server.errors import RequestError
from server.ids import global_id, new_id
from server.trust.entries import Cause, enter, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from tests.factories.brands import Brand
from tests.trust.people import by_hand, customer_of, new_customer
from tests.trust.test_accounts import account_of

MakeBrand = Callable[..., Awaitable[Brand]]
SET = """mutation($input: SetTrustPolicyInput!) { setTrustPolicy(input: $input) {
  userErrors { code message field } trustPolicy { version openingBalance dailyDepositCap creaseRateBp floor
  worths { reason points severityBp own } } } }"""
REVERSE = """mutation($input: ReverseTrustEntryInput!) { reverseTrustEntry(input: $input) {
  userErrors { code field } trustAccount { balance ceiling creases } trustEntry { amount ground note evidence reverses { id } } } }"""


async def said(brand: Brand, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await brand.ask(SET, {"input": given}))["data"]["setTrustPolicy"]
    return answer


async def test_a_policy_is_set_in_versions_and_holds_from_then_on(brand: MakeBrand) -> None:
    here = await brand()
    asked = await here.ask("{ trustPolicy { version openingBalance floor creaseRateBp } }")
    assert asked["data"]["trustPolicy"] == {"version": 0, "openingBalance": 100, "floor": 0, "creaseRateBp": 1_000}
    worth = {"reason": "PROMISE_BROKEN", "points": -20, "severityBp": 10_000}
    first = await said(here, openingBalance=80, creaseRateBp=2_000, worths=[worth], expectedVersion=0)
    policy = first["trustPolicy"]
    assert (first["userErrors"], policy["version"], policy["openingBalance"], policy["dailyDepositCap"]) == (
        [],
        1,
        80,
        60,
    )
    assert [one for one in policy["worths"] if one["own"]] == [{**worth, "own": True}]
    assert (await said(here, openingBalance=80))["trustPolicy"]["version"] == 1  # it holds already
    assert [error["code"] for error in (await said(here, openingBalance=90, expectedVersion=0))["userErrors"]] == [
        "CONFLICT"
    ]
    async with here.work() as work:
        customer = new_customer(work)
        entry = await post(work, customer, TrustReason.PROMISE_BROKEN, Cause(CauseType.PROMISE, new_id()))
        account = await account_of(work, customer)
    assert entry is not None
    assert (entry.claimed, entry.severity_bp, entry.policy_version) == (-20_00, 10_000, 1)
    assert (account.balance, account.ceiling) == (60_00, 800_00)
    standard = {"reason": "PROMISE_BROKEN"}
    policy = (await said(here, worths=[standard]))["trustPolicy"]
    assert (policy["version"], [one for one in policy["worths"] if one["own"]]) == (2, [])


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"openingBalance": 1_001}, "INVALID", ["openingBalance"]),
        ({"minimumCeiling": 1_001}, "INVALID", ["minimumCeiling"]),
        ({"openingBalance": -1}, "INVALID", ["openingBalance"]),
        ({"creaseRateBp": 10_001}, "INVALID", ["creaseRateBp"]),
        ({"leavingWithdrawals": 0}, "INVALID", ["leavingWithdrawals"]),
        ({"worths": [{"reason": "DISCOUNT_GIVEN", "points": 5}]}, "NOT_ALLOWED", ["worths", "0", "reason"]),
        ({"worths": [{"reason": "INTEREST", "points": 5}]}, "NOT_ALLOWED", ["worths", "0", "reason"]),
        ({"worths": [{"reason": "BAIT", "points": 5}]}, "INVALID", ["worths", "0", "points"]),
        ({"worths": [{"reason": "WOW_MOMENT", "severityBp": 5}]}, "INVALID", ["worths", "0", "severityBp"]),
    ],
)
async def test_what_makes_no_policy(brand: MakeBrand, given: dict[str, Any], code: str, field: list[str]) -> None:
    here = await brand()
    answer = await said(here, **given)
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [(code, field)]
    assert (answer["trustPolicy"], await here.count("trust_policies")) == (None, 0)


async def test_an_entry_is_reversed_by_who_may(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    async with here.work() as work:
        entry = await enter(work, customer, by_hand(-40, severity_bp=5_000))
    assert entry is not None
    given = {
        "entryId": global_id("TrustEntry", entry.id),
        "ground": "WRONG_CUSTOMER",
        "reason": "记错人",
        "evidence": "工单",
    }
    staff = here.as_staff(new_id(), DataScope.ALL)
    with pytest.raises(RequestError):
        await here.world.ask(staff, REVERSE, {"input": given})
    assert await here.count("trust_entries") == 2
    answer = (await here.ask(REVERSE, {"input": given}))["data"]["reverseTrustEntry"]
    assert answer == {
        "userErrors": [],
        "trustAccount": {"balance": 100, "ceiling": 1000, "creases": 0},
        "trustEntry": {
            "amount": 40,
            "ground": "WRONG_CUSTOMER",
            "note": "记错人",
            "evidence": "工单",
            "reverses": {"id": given["entryId"]},
        },
    }
    again = (await here.ask(REVERSE, {"input": given}))["data"]["reverseTrustEntry"]
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [("ALREADY_EXISTS", ["entryId"])]
    other = await brand()
    foreign = (await other.ask(REVERSE, {"input": given}))["data"]["reverseTrustEntry"]
    assert [error["code"] for error in foreign["userErrors"]] == ["NOT_FOUND"]


async def test_the_report_adds_up(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        one, other = new_customer(work), new_customer(work)
        await enter(work, one, by_hand(30))
        await enter(work, other, by_hand(-50, severity_bp=1_000))
        await enter(work, other, by_hand(-10))
        today = work.now.date()
    period = {"from": str(today - timedelta(days=2)), "to": str(today + timedelta(days=2))}
    query = """query($period: PeriodInput!) { trustReport(period: $period) { accounts balance average creases creasedAccounts
      nearLeaving distribution { atLeast below accounts } days { balance net opened accountsOpened withdrawals other creases } } }"""
    report = (await here.ask(query, {"period": period}))["data"]["trustReport"]
    days = report.pop("days")
    bands = {band["atLeast"]: band["accounts"] for band in report.pop("distribution")}
    assert report == {
        "accounts": 2,
        "balance": 170,
        "average": 85,
        "creases": 1,
        "creasedAccounts": 1,
        "nearLeaving": 1,
    }
    assert bands == {0: 1, 50: 0, 100: 1, 200: 0, 400: 0, 600: 0, 800: 0}
    [moved] = [day for day in days if day["net"]]
    assert moved == {
        "balance": 170, "net": 170, "opened": 200, "accountsOpened": 2, "withdrawals": -60, "other": 30, "creases": 1,
    }  # fmt: skip
    listed = await here.ask("{ trustAccounts(filter: {nearLeaving: {eq: true}}) { nodes { balance leavingSigns } } }")
    assert listed["data"]["trustAccounts"]["nodes"] == [{"balance": 40, "leavingSigns": ["LOW_BALANCE", "WITHDRAWALS"]}]
