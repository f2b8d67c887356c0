"""`make bench`: how fast one process answers the four typical operations, everything a user gets being on.

Starts `shuke serve` on its own embedded PostgreSQL in a temporary folder, furnishes one brand through the API, measures,
prints a table, ends. Peers are not measured here: the figures are for comparing one version of Shuke with another.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.load import Result, cycle, request, run
from tests.faults.running import Installation

_ONBOARD = """mutation { onboardTenant(input: {name: "Bench", slug: "bench", businessType: HIGH_PRICE_B2C, industry: DENTAL,
  owner: {name: "Owner", email: "owner@bench.example"}}) { apiKey } }"""
_UPSERT = """mutation($rows: [UpsertCustomerInput!]!) { upsertCustomers(input: {rows: $rows}) {
  results { customer { id } userErrors { message } } } }"""
_TOUCH = """mutation($rows: [TouchpointInput!]!) { recordTouchpoints(input: {touchpoints: $rows}) {
  results { userErrors { message } } } }"""

ONE = "query($id: ID!) { customer(id: $id) { id name kind addedAt trust { balance } } }"
PAGE = """{ customers(first: 50) { edges { node { id name kind addedAt updatedAt version birthday erasedAt } }
  pageInfo { hasNextPage endCursor } } }"""
NESTED = """{ customers(first: 20) { edges { node { id name
  touchpoints(first: 5) { edges { node { id medium purpose occurredAt staff { name } } } }
  feedback(first: 3) { edges { node { id kind text } } } } } } }"""
RECORD = """mutation($c: ID!, $s: ID!) { recordTouchpoint(input: {customerId: $c, staffId: $s, direction: OUTBOUND,
  medium: WECOM_CHAT, purpose: ENQUIRY}) { touchpoint { id medium purpose occurredAt } userErrors { message } } }"""


def furnish(installation: Installation, customers: int) -> tuple[str, list[str], list[str]]:
    """A brand with staff, customers, and ten touchpoints for each: (key, customers, staff)."""
    key: str = installation.ask(_ONBOARD, {}, None)["onboardTenant"]["apiKey"]
    staff = [
        installation.ask(
            "mutation($n: String!) { inviteStaff(input: {name: $n}) { staffMember { id } } }", {"n": f"Staff {n}"}, key
        )["inviteStaff"]["staffMember"]["id"]
        for n in range(10)
    ]
    ids: list[str] = []
    for start in range(0, customers, 100):
        rows: list[dict[str, Any]] = [
            {"name": f"Customer {n}", "staffId": staff[n % 10], "identities": [{"kind": "MEMBER_ID", "value": f"m{n}"}]}
            for n in range(start, min(start + 100, customers))
        ]
        answer = installation.ask(_UPSERT, {"rows": rows}, key)["upsertCustomers"]["results"]
        ids.extend(one["customer"]["id"] for one in answer)
    touches = [
        {
            "customerId": id,
            "staffId": staff[n % 10],
            "direction": "OUTBOUND",
            "medium": "WECOM_CHAT",
            "purpose": "ENQUIRY",
        }
        for id in ids
        for n in range(10)
    ]
    for start in range(0, len(touches), 100):
        installation.ask(_TOUCH, {"rows": touches[start : start + 100]}, key)
    return key, ids, staff


def measure(installation: Installation, customers: int, seconds: float, connections: int) -> list[tuple[str, Result]]:
    key, ids, staff = furnish(installation, customers)
    port = installation.port
    loads = [
        ("one customer", cycle(lambda n: request(port, key, ONE, {"id": ids[n % len(ids)]}), 500)),
        ("50 customers", [request(port, key, PAGE, {})]),
        ("20 customers, nested", [request(port, key, NESTED, {})]),
        (
            "record a touchpoint",
            cycle(lambda n: request(port, key, RECORD, {"c": ids[n % len(ids)], "s": staff[n % 10]}), 500),
        ),
    ]
    results = []
    for name, requests in loads:
        asyncio.run(run(port, requests, connections=connections, seconds=1.0))
        results.append((name, asyncio.run(run(port, requests, connections=connections, seconds=seconds))))
    return results


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=2000)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--connections", type=int, default=32)
    given = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shuke-bench-"))
    folder.chmod(0o711)
    installation = Installation(folder)
    try:
        installation.start()
        results = measure(installation, given.customers, given.seconds, given.connections)
    finally:
        if installation.process is not None:
            installation.stop()
        shutil.rmtree(folder)
    print(f"{'operation':24}{'req/s':>10}{'p50 ms':>10}{'p99 ms':>10}{'failures':>10}")
    for name, result in results:
        print(f"{name:24}{result.per_second:10.0f}{result.p50:10.2f}{result.p99:10.2f}{result.failures:10}")


if __name__ == "__main__":
    main()
