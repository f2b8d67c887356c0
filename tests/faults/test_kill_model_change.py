"""kill -9 in the middle of a change of the operating model: started again it goes on, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.db.embedded import open_ground
from tests.faults.running import Installation

CUSTOMERS = 800
_AT_ONCE = 20
_ONBOARD = """
mutation { onboardTenant(input: {
  name: "Pets", slug: "pets", businessType: LOW_PRICE_B2C, industry: PET_HOSPITAL, currency: "CNY",
  timezone: "Asia/Shanghai", locale: ZH, owner: {name: "Owner", email: "owner@pets.example"},
  operatingModel: {kind: CENTRAL_OPS_GROUP, reason: "集中承接"}
}) { userErrors { message } apiKey } }
"""
_PLAN = "{ planOperatingModelChange(to: PER_ROLE) { planId moved customers friendships } }"
_CHANGE = """
mutation($plan: String!) { changeOperatingModel(input: {to: PER_ROLE, planId: $plan, pace: 12000, clientMutationId: "c"}) {
  userErrors { message } operatingModelChange { id } } }
"""
_TOTALS = "customers relationships roles cases touchpoints notes feedback fingerprint"
_PROGRESS = f"""
query($id: ID!) {{ operatingModelChange(id: $id) {{
  status customersDone moved totalsBefore {{ {_TOTALS} }} totalsAfter {{ {_TOTALS} }} }} }}
"""
_CUSTOMERS = """
query($after: String) { customers(first: 100, after: $after) {
  nodes { relationships(first: 2) { nodes { standing roles { role { key } group { key } until } } } }
  pageInfo { hasNextPage endCursor } } }
"""


@pytest.fixture
def installation() -> Iterator[Installation]:
    with open_ground() as ground:
        made = Installation(ground)
        made.start()
        try:
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.stop()


def furnish(installation: Installation) -> str:
    """A central brand with one adviser, who is the friend of every customer; answers the owner's key."""
    onboarded = installation.ask(_ONBOARD, {}, None)["onboardTenant"]
    assert onboarded["userErrors"] == []
    key: str = onboarded["apiKey"]
    group = installation.ask("{ opsGroups { id } }", {}, key)["opsGroups"][0]["id"]
    hired = installation.ask('mutation { inviteStaff(input: {name: "小乖"}) { staffMember { id } } }', {}, key)
    staff = hired["inviteStaff"]["staffMember"]["id"]
    placed = "mutation($input: AssignServiceRoleInput!) { assignServiceRole(input: $input) { userErrors { message } } }"
    assert installation.ask(placed, {"input": {"staffId": staff, "groupId": group}}, key)["assignServiceRole"] == {
        "userErrors": []
    }
    for start in range(0, CUSTOMERS, _AT_ONCE):
        adds = " ".join(
            f'a{number}: addCustomer(input: {{staffId: $staff, name: "C{number}"}}) {{ userErrors {{ message }} }}'
            for number in range(start, start + _AT_ONCE)
        )
        answers = installation.ask(f"mutation($staff: ID!) {{ {adds} }}", {"staff": staff}, key)
        assert all(answer == {"userErrors": []} for answer in answers.values())
    return key


async def wait_for_progress(installation: Installation, key: str, id: str, *, more_than: int) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        change: dict[str, Any] = (await installation.insist(_PROGRESS, {"id": id}, key))["operatingModelChange"]
        if change["status"] != "RUNNING" or change["customersDone"] > more_than:
            return change
        assert time.monotonic() < deadline, change
        await asyncio.sleep(0.05)


async def test_a_killed_change_goes_on_where_it_was(installation: Installation) -> None:
    key = furnish(installation)
    plan = installation.ask(_PLAN, {}, key)["planOperatingModelChange"]
    assert (plan["moved"], plan["customers"], plan["friendships"]) == (CUSTOMERS, CUSTOMERS, CUSTOMERS)
    begun = installation.ask(_CHANGE, {"plan": plan["planId"]}, key)["changeOperatingModel"]
    assert begun["userErrors"] == []
    id = begun["operatingModelChange"]["id"]
    seen = 0
    for _ in range(2):
        change = await wait_for_progress(installation, key, id, more_than=seen)
        assert (change["status"], seen < change["customersDone"] < CUSTOMERS) == ("RUNNING", True), (
            "killed in the middle"
        )
        seen = change["customersDone"]
        installation.kill()
        installation.start()
    while (change := await wait_for_progress(installation, key, id, more_than=seen))["status"] == "RUNNING":
        seen = change["customersDone"]
    assert (change["status"], change["customersDone"], change["moved"]) == ("COMPLETED", CUSTOMERS, CUSTOMERS)
    assert change["totalsBefore"] == change["totalsAfter"]
    before = change["totalsBefore"]
    assert (before["customers"], before["relationships"], before["roles"]) == (CUSTOMERS, CUSTOMERS, CUSTOMERS)
    held = await _all_friendships(installation, key)
    assert held == [("LEGITIMATE", ["front_desk"], 2)] * CUSTOMERS


async def _all_friendships(installation: Installation, key: str) -> list[tuple[str, list[str], int]]:
    """Of every friendship: its standing, the roles it is held in now, and how many it was ever held in."""
    found: list[tuple[str, list[str], int]] = []
    after = None
    while True:
        page = (await installation.insist(_CUSTOMERS, {"after": after}, key))["customers"]
        for customer in page["nodes"]:
            for friendship in customer["relationships"]["nodes"]:
                now = [role["role"]["key"] for role in friendship["roles"] if role["until"] is None]
                found.append((friendship["standing"], now, len(friendship["roles"])))
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
