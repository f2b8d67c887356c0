"""How long the scorecards take on one brand of 200,000 customers and 2,000,000 contacts.

    python -m benchmarks.scorecards --keep build/fit       # builds the data first, a minute once

The data are those of `benchmarks.fit`. Asks `scorecards` over HTTP: of the last thirty days, the same by store, one figure with
the facts behind it, and the whole with the period before; each first cold and then some times. Prints the sizes and the medians.
`--customers` and `--contacts` make a smaller brand, on a machine that has no room for the whole.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks import fit
from benchmarks.data import Data, Sizes, opened, prepared
from benchmarks.serving import serving
from server.config import DATABASE
from server.db.launcher import SUPERUSER

_FIGURES = "nodes { unit { key } store { key } figures { metric value numerator denominator maturing } }"
_FACTS = "facts(first: 50) { nodes { at result subject { id } customer { name } staff { name } } }"
CASES = {
    "thirty days": f"scorecards(period: $days) {{ {_FIGURES} }}",
    "by store": f"scorecards(period: $days, groupBy: [STORE], first: 100) {{ {_FIGURES} }}",
    "with the period before": f"scorecards(period: $days, compareTo: PREVIOUS_PERIOD) {{ {_FIGURES} }}",
    "one figure, with its facts": (
        f"scorecards(period: $days, filter: {{metric: {{eq: $metric}}}}) {{ nodes {{ figures {{ metric {_FACTS} }} }} }}"
    ),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--keep", type=Path, default=Path("build/fit"), help="the folder of the data")
    asked.add_argument("--customers", type=int, default=200_000)
    asked.add_argument("--contacts", type=int, default=fit.CONTACTS)
    asked.add_argument("--times", type=int, default=7)
    asked.add_argument("--show", action="store_true", help="print the cards too")
    given = asked.parse_args()
    data = prepared(Sizes(tenants=1, customers=200, big=given.customers), given.keep)
    with opened(data) as postgres:
        asyncio.run(fit.fill_up(postgres.dsn(SUPERUSER, DATABASE), data, given.contacts))
    with serving(given.keep) as server:
        for name, selection in CASES.items():
            _measure(server.url, data, name, selection, given.times, show=given.show)


def _measure(url: str, data: Data, name: str, selection: str, times: int, *, show: bool) -> None:
    assert data.big is not None
    days = {"from": str(date.today() - timedelta(days=29)), "to": str(date.today() + timedelta(days=1))}  # noqa: DTZ011  # a day more or less does not matter here
    metric = ", $metric: Metric!" if "$metric" in selection else ""
    variables = {"days": days, **({"metric": "CONVERSION_RATE"} if metric else {})}
    query = f"query($days: PeriodInput!{metric}) {{ {selection} }}"
    took, answer = [], None
    for _ in range(times + 1):
        began = time.perf_counter()
        answer = _ask(url, data.big.key, query, variables)
        took.append(time.perf_counter() - began)
    assert answer is not None
    assert "errors" not in answer, answer
    if show:
        print(json.dumps(answer, indent=1, ensure_ascii=False)[:6000])
    median = statistics.median(took[1:])
    print(f"{name}: first {took[0] * 1000:.0f} ms, median of {times}: {median * 1000:.0f} ms")


def _ask(url: str, key: str, query: str, variables: dict[str, Any]) -> Any:
    request = urllib.request.Request(  # noqa: S310  # our own loopback address
        f"{url}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  # our own loopback address
        return json.loads(answer.read())


if __name__ == "__main__":
    main()
