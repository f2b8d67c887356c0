"""How long the fit of the operating model takes on one brand of 200,000 customers and 2,000,000 contacts.

    python -m benchmarks.fit --keep build/fit       # builds the data first, a minute once

The data are those of `benchmarks.data`, filled up with questions of customers and their answers until there are as many.
Asks `operatingModelFit` over HTTP, first cold and then some times, and prints the sizes, the answer and the median.
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

CONTACTS = 2_000_000
_MORE = """
INSERT INTO touchpoints
SELECT t.tenant_id, gen_random_uuid() AS id, t.customer_id, t.staff_id, t.case_id, t.store_id, t.role_id, t.group_id, t.item_id,
       CASE WHEN turn % 2 = 1 THEN 'INBOUND' ELSE 'OUTBOUND' END, 'WECOM_CHAT',
       CASE WHEN t.occurred_at::time < '15:00' THEN 'PROFESSIONAL_AFTERCARE' ELSE 'ENQUIRY' END, 'SENT', 'PENDING', NULL,
       t.occurred_at - interval '7 hours' * (4 - turn), t.recorded_at
FROM touchpoints t CROSS JOIN generate_series(1, 4) turn
WHERE t.tenant_id = $1 ORDER BY hashtextextended(t.id::text, 0), turn LIMIT $2
"""
"""Two questions and their answers, seven hours apart, before what is there."""
_FIT = "{ operatingModelFit { verdict sample figures { name value numerator denominator } } }"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--keep", type=Path, default=Path("build/fit"), help="the folder of the data")
    asked.add_argument("--times", type=int, default=9)
    given = asked.parse_args()
    data = prepared(Sizes(tenants=1, customers=200, big=200_000), given.keep)
    with opened(data) as postgres:
        asyncio.run(fill_up(postgres.dsn(SUPERUSER, DATABASE), data))
    with serving(given.keep) as server:
        _measure(server.url, data, given.times)


def _measure(url: str, data: Data, times: int) -> None:
    assert data.big is not None
    took, answer = [], None
    for _ in range(times + 1):
        began = time.perf_counter()
        answer = _ask(url, data.big.key)
        took.append(time.perf_counter() - began)
    print(json.dumps(answer, indent=1, ensure_ascii=False))
    print(f"first {took[0] * 1000:.0f} ms, median of {times}: {statistics.median(took[1:]) * 1000:.0f} ms")


def _ask(url: str, key: str) -> Any:
    request = urllib.request.Request(  # noqa: S310  # our own loopback address
        f"{url}/graphql",
        json.dumps({"query": _FIT}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # our own loopback address
        return json.loads(answer.read())


async def fill_up(dsn: str, data: Data, contacts: int = CONTACTS) -> None:
    """Add contacts to the big brand until there are so many."""
    assert data.big is not None
    connection = await asyncpg.connect(dsn, command_timeout=600)
    try:
        missing = contacts - await connection.fetchval("SELECT count(*) FROM touchpoints")
        if missing > 0:
            await connection.execute(_MORE, data.big.tenant_id, missing)
            await connection.execute("VACUUM ANALYZE touchpoints")
        for table in ("customers", "relationships", "touchpoints", "feedback"):
            print(table, await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608  # names of our own
        recent = "SELECT count(*) FROM touchpoints WHERE occurred_at >= now() - interval '30 days'"
        print("touchpoints of the last thirty days", await connection.fetchval(recent))
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
