"""How many customers are added a second when many scan at once, and how evenly they are spread over the people.

A server of its own with one central brand: `--people` colleagues in its ops group, `--adds` scans over `--connections`
connections. Three runs: each scan names a colleague (nobody has to choose), one code leads to the whole group, and the
same where everybody may take only so many that a tenth of the customers must wait.

    python -m benchmarks.adding [--adds 1000 --people 20 --connections 50]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import load
from benchmarks.onboarding import Brand, ask, onboard
from benchmarks.serving import Serving, serving
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.migrations import create_database, migrate
from server.ids import global_id

_ADD = (
    "mutation Add($input: AddCustomerInput!) { addCustomer(input: $input) { customer { id } userErrors { message } } }"
)
_CHANNEL = """mutation($name: String!) { createChannel(input: {name: $name, kind: PARCEL_CARD}) {
  channel { code } userErrors { message } } }"""
_CAPACITY = """mutation($staff: ID!, $capacity: Int!) { setWorkload(input: {staffId: $staff, capacity: $capacity}) {
  workload { id } userErrors { message } } }"""
_LOADS = """{ staff(first: 100) { nodes { id workload { friends } } }
  assignmentQueue(filter: { state: { eq: WAITING } }) { totalCount } }"""
_CENTRAL = 2
"""The first number of a brand with one group for all."""


@dataclass(frozen=True)
class Outcome:
    """One run. `spread` is the most friends anybody got less the fewest."""

    name: str
    per_second: float
    p50: float
    p99: float
    spread: int
    waiting: int


def adding(server: Serving, number: int, name: str, given: argparse.Namespace, *, waiting: int = 0) -> Outcome:
    """A brand of its own for one run; `waiting` of the customers find nobody with room."""
    brand = onboard(server.url, number, customers=0, staff=given.people, stores=1, scoped=False)
    if waiting:
        for staff in _ids(brand):
            variables = {"staff": staff, "capacity": (given.adds - waiting) // given.people}
            ask(server.url, brand.key, _CAPACITY, variables)
    named = name == "named"
    code = None if named else ask(server.url, brand.key, _CHANNEL, {"name": "Card"})["createChannel"]["channel"]["code"]
    requests = [_request(server.port, brand, index, code) for index in range(given.adds)]
    found = load.run(
        [server.port],
        requests,
        connections=given.connections,
        seconds=600,
        at_most=len(requests),
        must=b'"userErrors":[]',
    )
    counted = ask(server.url, brand.key, _LOADS, {})
    friends = [one["workload"]["friends"] for one in counted["staff"]["nodes"] if one["workload"] is not None]
    return Outcome(
        name,
        round(found.per_second, 1),
        round(found.p50, 1),
        round(found.p99, 1),
        max(friends) - (min(friends) if len(friends) == given.people else 0),
        counted["assignmentQueue"]["totalCount"],
    )


def _ids(brand: Brand) -> Sequence[str]:
    return [global_id("StaffMember", UUID(one)) for one in brand.staff]


def _request(port: int, brand: Brand, index: int, code: str | None) -> bytes:
    whom = {"channelCode": code} if code else {"staffId": _ids(brand)[index % len(brand.staff)]}
    phone = [{"kind": "PHONE", "value": f"138{index:08}"}]
    body: dict[str, Any] = {
        "query": _ADD,
        "variables": {"input": {"name": f"客人{index}", "identities": phone, **whom}},
    }
    return load.request(port, body, {"Authorization": f"Bearer {brand.key}"})


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """A fresh database in the folder, up."""
    with EmbeddedPostgres(folder) as postgres:
        asyncio.run(create_database(postgres.dsn(SUPERUSER, "postgres"), DATABASE))
        asyncio.run(migrate(postgres.dsn(SUPERUSER, DATABASE), local=True))
        yield


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--adds", type=int, default=1_000)
    arguments.add_argument("--people", type=int, default=20)
    arguments.add_argument("--connections", type=int, default=50)
    arguments.add_argument("--json", type=Path, help="write the figures there too")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder)), serving(Path(folder)) as server:
        found = [
            adding(server, _CENTRAL, "named", given),
            adding(server, _CENTRAL + 5, "by turns", given),
            adding(server, _CENTRAL + 10, "a tenth waits", given, waiting=given.adds // 10),
        ]
    print(f"{given.adds} adds over {given.people} people, {given.connections} connections")
    print(f"{'':16} {'adds/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'max-min':>8} {'waiting':>8}")
    for one in found:
        print(f"{one.name:16} {one.per_second:8} {one.p50:8} {one.p99:8} {one.spread:8} {one.waiting:8}")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps([vars(one) for one in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
