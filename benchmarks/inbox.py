"""How long a store manager's inbox takes in a brand of 200,000 customers and as many work items, a fifth of them open.

    python -m benchmarks.inbox --keep build/fit     # builds the data first, a minute once

A manager who sees the customers of one store is hired over the API. Asked are the first page of what is open at that store,
of one kind of it, of what is overdue, of what is the manager's own, and the counts. Printed is the time of the whole request
over HTTP, of which the database has a part.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
import urllib.request
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.data import Data, Sizes, opened, prepared
from benchmarks.serving import serving
from server.config import DATABASE
from server.db.launcher import SUPERUSER
from server.ids import global_id

_KINDS = "(ARRAY['FEEDBACK_CLOCK', 'UNANSWERED_ENQUIRY', 'PROMISE_DUE', 'APPOINTMENT', 'HANDOFF'])[1 + n % 5]"
_FILL = f"""
INSERT INTO work_items (tenant_id, id, kind, subject_type, subject_id, customer_id, assignee_id, store_id, state, due_at,
                        opened_at, closed_at, version, recorded_at, updated_at)
SELECT tenant_id, gen_random_uuid(), {_KINDS}, 'Feedback', gen_random_uuid(), id, NULL, home_store_id,
       CASE WHEN n % 7 = 0 THEN 'OPEN' ELSE 'CLOSED' END, now() + (n % 400 - 200) * interval '1 hour',
       now() - interval '9 days', CASE WHEN n % 7 = 0 THEN NULL ELSE now() END, 1, now(), now()
FROM (SELECT tenant_id, id, home_store_id, row_number() OVER (ORDER BY id) AS n FROM customers WHERE tenant_id = $1) c
"""  # noqa: S608  # constants of our own
_STORE = """SELECT home_store_id FROM customers WHERE tenant_id = $1 AND home_store_id IS NOT NULL
  GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""
_HIRE = """mutation($name: String!) { inviteStaff(input: { name: $name, dataScope: OWN_STORE }) {
  staffMember { id } userErrors { message } } }"""
_PLACE = """mutation($staff: ID!, $store: ID!, $group: ID, $role: ID) { assignServiceRole(input: { staffId: $staff,
  storeId: $store, groupId: $group, roleId: $role }) { userErrors { message } } }"""
_KEY = """mutation($staff: ID!) { createApiKey(input: { name: "inbox", kind: STAFF, staffId: $staff }) {
  secret userErrors { message } } }"""
_UNITS = "{ opsGroups { id } serviceRoles { id } }"
_PAGE = """query($filter: WorkItemFilter) { workItems(first: 50, filter: $filter) { nodes {
  id kind dueAt overdue customer { name } assignee { name } } } }"""
_COUNTS = (
    "query($filter: WorkItemFilter) { workItemCounts(filter: $filter) { open overdue byKind { kind open overdue } } }"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--keep", type=Path, default=Path("build/fit"), help="the folder of the data")
    asked.add_argument("--times", type=int, default=50)
    given = asked.parse_args()
    data = prepared(Sizes(tenants=1, customers=200, big=200_000), given.keep)
    with opened(data) as postgres:
        store = asyncio.run(_fill_up(postgres.dsn(SUPERUSER, DATABASE), data))
    with serving(given.keep) as server:
        _measure(server.url, data, store, given.times)


async def _fill_up(dsn: str, data: Data) -> str:
    assert data.big is not None
    connection = await asyncpg.connect(dsn, command_timeout=600)
    try:
        if await connection.fetchval("SELECT count(*) FROM work_items") < 100_000:
            await connection.execute(_FILL, data.big.tenant_id)
            await connection.execute("VACUUM ANALYZE work_items")
        for state in ("OPEN", "CLOSED"):
            found = await connection.fetchval("SELECT count(*) FROM work_items WHERE state = $1", state)
            print("work items", state, found)
        store = await connection.fetchval(_STORE, data.big.tenant_id)
        mine = "SELECT count(*) FROM work_items WHERE store_id = $1 AND state = 'OPEN'"
        print("open at the store", await connection.fetchval(mine, store))
        return global_id("Store", store)
    finally:
        await connection.close()


def _measure(url: str, data: Data, store: str, times: int) -> None:
    assert data.big is not None
    staff, key = _hired(url, data.big.key, store)
    here = {"store": {"eq": store}, "state": {"eq": "OPEN"}}
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "open at the store": (_PAGE, here),
        "of one kind": (_PAGE, {**here, "kinds": {"eq": "PROMISE_DUE"}}),
        "of two kinds": (_PAGE, {**here, "kinds": {"in": ["PROMISE_DUE", "HANDOFF"]}}),
        "overdue": (_PAGE, {"store": {"eq": store}, "overdue": {"eq": True}}),
        "everything I see": (_PAGE, {"state": {"eq": "OPEN"}}),
        "my own": (_PAGE, {"assignee": {"eq": staff}, "state": {"eq": "OPEN"}}),
        "counts": (_COUNTS, {"store": {"eq": store}}),
    }
    for name, (query, filter) in cases.items():
        took = []
        answer: Any = None
        for _ in range(times + 5):
            began = time.perf_counter()
            answer = _ask(url, key, query, filter=filter)
            took.append(time.perf_counter() - began)
        shown = len(answer["workItems"]["nodes"]) if query is _PAGE else answer["workItemCounts"]["open"]
        middle, fastest = statistics.median(took[5:]) * 1000, min(took) * 1000
        print(f"{name}: {shown} shown, median {middle:.2f} ms, fastest {fastest:.2f} ms")


def _hired(url: str, owner: str, store: str) -> tuple[str, str]:
    """A store manager made over the API: id, and key."""
    staff = _ask(url, owner, _HIRE, name="店长")["inviteStaff"]["staffMember"]["id"]
    units = _ask(url, owner, _UNITS)
    group = units["opsGroups"][0]["id"] if units["opsGroups"] else None
    role = None if group else units["serviceRoles"][0]["id"]
    placed = _ask(url, owner, _PLACE, staff=staff, store=store, group=group, role=role)["assignServiceRole"]
    assert placed["userErrors"] == [], placed
    return staff, _ask(url, owner, _KEY, staff=staff)["createApiKey"]["secret"]


def _ask(url: str, key: str, query: str, **variables: Any) -> Any:
    request = urllib.request.Request(  # noqa: S310  # our own loopback address
        f"{url}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  # our own loopback address
        body = json.loads(answer.read())
    assert "errors" not in body, body
    return body["data"]


if __name__ == "__main__":
    main()
