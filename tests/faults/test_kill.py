"""kill -9 of the server and of PostgreSQL under write load: what was acknowledged is there, once, and the log has no hole."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.db.embedded import open_ground, postmaster, wait_for
from tests.faults.running import Installation

_ONBOARD = """
mutation { onboardTenant(input: {
  name: "Kill", slug: "kill", businessType: HIGH_PRICE_B2C, industry: DENTAL, currency: "CNY", timezone: "Asia/Shanghai",
  locale: ZH, owner: {name: "Owner", email: "owner@kill.example"}
}) { userErrors { message } apiKey } }
"""
_STAFF = 'mutation { inviteStaff(input: {name: "Staff"}) { userErrors { message } staffMember { id } } }'
_ADD = """
mutation($staff: ID!) { addCustomer(input: {staffId: $staff, name: "Customer",
  identities: [{kind: PHONE, value: "13800001111"}]}) { userErrors { message } customer { id } } }
"""
_RECORD = """
mutation($customer: ID!, $key: String!, $minute: DateTime!) { recordTouchpoint(input: {
  customerId: $customer, direction: OUTBOUND, medium: WECOM_CHAT, purpose: ENQUIRY, summary: $key, occurredAt: $minute,
  clientMutationId: $key}) { userErrors { message } cursor touchpoint { id summary } } }
"""
_LIST = """
query($customer: ID!, $after: String) { touchpoints(first: 100, after: $after, filter: {customer: {eq: $customer}})
  { nodes { id summary } pageInfo { hasNextPage endCursor } } }
"""
_EVENTS = """
query($after: String) { events(first: 100, after: $after) { nodes { cursor type } pageInfo { hasNextPage endCursor } } }
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


def furnish(installation: Installation) -> tuple[str, str]:
    onboarded = installation.ask(_ONBOARD, {}, None)["onboardTenant"]
    assert onboarded["userErrors"] == []
    key: str = onboarded["apiKey"]
    staff = installation.ask(_STAFF, {}, key)["inviteStaff"]["staffMember"]["id"]
    customer = installation.ask(_ADD, {"staff": staff}, key)["addCustomer"]["customer"]["id"]
    return key, customer


async def _everything(
    installation: Installation, query: str, field: str, key: str, **variables: Any
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await installation.insist(query, {**variables, "after": after}, key))[field]
        found.extend(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def load(
    installation: Installation,
    key: str,
    customer: str,
    faults: list[Any],
    *,
    writes: int,
) -> dict[str, str]:
    """Six writers that insist on every write, at least `writes` each and until the last fault has happened.

    Answers what was acknowledged: key → touchpoint id.
    """
    acknowledged: dict[str, str] = {}
    calm = asyncio.Event()

    async def writer(number: int) -> None:
        for count in itertools.count():
            if count >= writes and calm.is_set():
                return
            name = f"w{number}-{count}"
            variables = {"customer": customer, "key": name, "minute": f"2026-01-0{number + 1}T00:{count % 60:02}:00Z"}
            answer = (await installation.insist(_RECORD, variables, key))["recordTouchpoint"]
            assert answer["userErrors"] == []
            assert answer["touchpoint"]["summary"] == name
            acknowledged[name] = answer["touchpoint"]["id"]

    async def disturb() -> None:
        for fault in faults:
            await asyncio.sleep(0.7)
            await asyncio.to_thread(fault)
        calm.set()

    await asyncio.gather(disturb(), *(writer(number) for number in range(6)))
    return acknowledged


async def verify(installation: Installation, key: str, customer: str, acknowledged: dict[str, str]) -> None:
    touchpoints = await _everything(installation, _LIST, "touchpoints", key, customer=customer)
    assert len(touchpoints) == len(acknowledged)
    assert {one["summary"]: one["id"] for one in touchpoints} == acknowledged
    events = await _everything(installation, _EVENTS, "events", key)
    recorded = [one for one in events if one["type"] == "TOUCHPOINT_RECORDED"]
    assert len(recorded) == len(acknowledged)
    numbers = [int(base64.urlsafe_b64decode(one["cursor"]).decode().split(":")[1]) for one in events]
    assert numbers == list(range(1, len(events) + 1))


async def test_the_server_is_killed_under_load(installation: Installation) -> None:
    key, customer = furnish(installation)

    def kill_and_start() -> None:
        installation.kill()
        installation.start()

    acknowledged = await load(installation, key, customer, [kill_and_start, kill_and_start], writes=60)
    await verify(installation, key, customer, acknowledged)


async def test_postgresql_is_killed_under_load(installation: Installation) -> None:
    key, customer = furnish(installation)
    folder: Path = installation.folder

    def kill_postgres() -> int:
        found = postmaster(folder)
        os.kill(found, signal.SIGKILL)
        return found

    def kill_it_again_while_it_recovers() -> None:
        first = kill_postgres()
        pid_file = folder / "postgres" / "cluster" / "postmaster.pid"
        wait_for(lambda: pid_file.exists() and pid_file.read_text().split()[:1] not in ([], [str(first)]))
        kill_postgres()

    faults = [kill_postgres, kill_it_again_while_it_recovers]
    acknowledged = await load(installation, key, customer, faults, writes=60)
    await verify(installation, key, customer, acknowledged)


async def test_a_graceful_stop_loses_nothing_and_cuts_nothing(installation: Installation) -> None:
    key, customer = furnish(installation)

    def stop_and_start() -> None:
        assert installation.stop() == 0
        installation.start()

    acknowledged = await load(installation, key, customer, [stop_and_start], writes=40)
    await verify(installation, key, customer, acknowledged)
