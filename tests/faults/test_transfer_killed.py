"""A transfer goes on where a killed server stopped: kill -9 in the middle, and nothing is lost or done twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.db.embedded import open_ground
from tests.faults.running import Installation

pytestmark = pytest.mark.soak

CUSTOMERS = 400
_ONBOARD = """mutation { onboardTenant(input: {name: "Handing over", slug: "handing-over", businessType: LOW_PRICE_B2C,
  industry: FMCG, owner: {name: "O", email: "o@brand.example"}, currency: "CNY", timezone: "Asia/Shanghai", locale: ZH}) {
  apiKey } }"""
_GROUP = "{ opsGroups { id } }"
_INVITE = "mutation($name: String!) { inviteStaff(input: {name: $name}) { staffMember { id } } }"
_PLACE = """mutation($staff: ID!, $group: ID!) {
  assignServiceRole(input: {staffId: $staff, groupId: $group}) { userErrors { message } } }"""
_UPSERT = """mutation($rows: [UpsertCustomerInput!]!) { upsertCustomers(input: {rows: $rows}) {
  results { userErrors { message } } } }"""
_LEAVE = (
    "mutation($staff: ID!) { deactivateStaff(input: {staffId: $staff}) { transfer { id } userErrors { message } } }"
)
_PROGRESS = "query($id: ID!) { transfer(id: $id) { state moved total waiting } }"
_FRIENDS = """query($staff: ID!) { staffMember(id: $staff) { workload { friends } }
  customers(filter: { staff: { eq: $staff } }) { totalCount } }"""
_ALL = "{ customers { totalCount } }"


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


def test_a_transfer_survives_kill_nine(installation: Installation) -> None:
    key: str = installation.ask(_ONBOARD, {}, None)["onboardTenant"]["apiKey"]

    def ask(query: str, **variables: Any) -> dict[str, Any]:
        return installation.ask(query, variables, key)

    group = ask(_GROUP)["opsGroups"][0]["id"]
    people = [ask(_INVITE, name=f"P{n}")["inviteStaff"]["staffMember"]["id"] for n in range(4)]
    for person in people:
        ask(_PLACE, staff=person, group=group)
    leaver, *others = people
    for start in range(0, CUSTOMERS, 100):
        rows = [{"name": f"C{n}", "staffId": leaver} for n in range(start, start + 100)]
        results = ask(_UPSERT, rows=rows)["upsertCustomers"]["results"]
        assert all(one["userErrors"] == [] for one in results)
    transfer = ask(_LEAVE, staff=leaver)["deactivateStaff"]["transfer"]["id"]
    while ask(_PROGRESS, id=transfer)["transfer"]["moved"] == 0:
        time.sleep(0.05)

    installation.kill()
    installation.start()

    seen = ask(_PROGRESS, id=transfer)["transfer"]
    assert 0 < seen["moved"] < CUSTOMERS, "It was killed in the middle."
    while seen["state"] != "DONE":
        time.sleep(1)
        seen = ask(_PROGRESS, id=transfer)["transfer"]
    assert seen == {"state": "DONE", "moved": CUSTOMERS, "total": CUSTOMERS, "waiting": 0}
    assert ask(_ALL)["customers"]["totalCount"] == CUSTOMERS
    loads = [ask(_FRIENDS, staff=person) for person in others]
    counted = [one["staffMember"]["workload"]["friends"] for one in loads]
    assert counted == [one["customers"]["totalCount"] for one in loads]
    assert sum(counted) == CUSTOMERS
    assert max(counted) - min(counted) <= 1
    assert ask(_FRIENDS, staff=leaver)["customers"]["totalCount"] == 0
