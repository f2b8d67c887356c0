"""Whether lists stay bounded: every page, filter, order and search of the schema on a large tenant and on a small one.

Every case is asked for through the planner; its SQL is explained and timed as the role of the server, through the door,
with plans made for its values and with plans made for any (what a prepared statement gets after five runs). A case fails
where its plan discards more than `ALLOWED` times the rows it returns; a page of fewer rows counts as a full one
(`FULL_PAGE`), because finding out that there is nothing more is what such a page is for. A refusal is no failure, but
is told.

    python -m benchmarks.scale DSN_OF_SUPERUSER DSN_OF_APP LARGE_TENANT SMALL_TENANT [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg

from benchmarks.scale_cases import Case, Tenant, cases
from server.access.caller import Caller
from server.access.permissions import DEFAULTS, DataScope, PrincipalKind
from server.db.budget import WALKED_TOO_FAR
from server.planner.call import Call
from server.planner.operations import Operations
from server.schema.assembly import build_schema
from server.terms import Locale

ALLOWED = 20
FULL_PAGE = 100
SPEED = 0.77
_PATIENCE = 5
"""How many times as many runs a case gets that looks slow."""
_MODES = ("force_custom_plan", "force_generic_plan")


@dataclass
class Outcome:
    """What one case came to. Times in milliseconds, the best of several; rows of the worse of the two kinds of plan."""

    name: str
    rows: int = 0
    discarded: int = 0
    read: int = 0
    buffers: int = 0
    large: float = 0.0
    small: float = 0.0
    held: bool = False
    """An index holds everything that was asked, so nothing is gathered or checked."""
    refused: bool = False

    @property
    def too_many(self) -> bool:
        return self.discarded > ALLOWED * max(self.rows, FULL_PAGE)

    @property
    def strict(self) -> float:
        return self.discarded / max(self.rows, 1)

    @property
    def speed(self) -> float:
        return self.small / self.large if self.large and self.small else 1.0


class Measuring:
    """Asks cases of one installation."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.operations = Operations(build_schema(), max_cost=1_000_000)

    def statement(self, tenant: Tenant, case: Case) -> tuple[str, list[Any]]:
        caller = _caller(tenant, case.staff)
        call = Call(caller=caller, locale=Locale.EN, request_id="scale")
        ready = self.operations.prepare(case.query, None, case.variables, call)
        statement = ready.plan.statement(ready.evaluated)
        return statement.text, statement.values(ready.evaluated.parameters, caller.passage)

    async def outcome(self, case: Case, large: Tenant, other: Case | None, small: Tenant, *, runs: int) -> Outcome:
        outcome = Outcome(case.name)
        text, values = self.statement(large, case)
        outcome.held = "refuse_walk" not in text
        try:
            for mode in _MODES:
                await self._explain(text, values, mode, outcome)
        except asyncpg.PostgresError as refusal:
            if refusal.sqlstate != WALKED_TOO_FAR:
                raise
            outcome.refused = True
            return outcome
        if other is not None and runs:
            await self._time(outcome, (text, values), self.statement(small, other), runs)
        return outcome

    async def _explain(self, text: str, values: list[Any], mode: str, outcome: Outcome) -> None:
        async with self.connection.transaction(readonly=True):
            await self.connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
            row = await self.connection.fetchrow(text, *values)
            outcome.rows = max(outcome.rows, _count(json.loads(row[0])))
            await self.connection.execute(f"PREPARE scale_case AS {text}")
            given = ", ".join(_literal(value) for value in values)
            explained = await self.connection.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE scale_case({given})"
            )
            await self.connection.execute("DEALLOCATE scale_case")
        plan = json.loads(explained)[0]["Plan"]
        outcome.discarded = max(outcome.discarded, discarded(plan))
        outcome.read = max(outcome.read, rows_read(plan))
        outcome.buffers = max(outcome.buffers, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])

    async def _time(self, outcome: Outcome, large: Any, small: Any, runs: int) -> None:
        times: dict[str, list[float]] = {"large": [], "small": []}
        # What looks slow is timed again: the best of more runs is closer to the truth on a machine with other work.
        for number in range(runs * _PATIENCE):
            if number >= runs and min(times["small"]) >= SPEED * min(times["large"]):
                break
            for which, (text, values) in (("large", large), ("small", small)):
                began = time.perf_counter()
                try:
                    row = await self.connection.fetchrow(text, *values)
                except asyncpg.PostgresError as refusal:
                    if refusal.sqlstate != WALKED_TOO_FAR:
                        raise
                    return
                times[which].append((time.perf_counter() - began) * 1000)
                if number == 0 and which == "small" and _count(json.loads(row[0])) < outcome.rows:
                    return  # it has not so many rows: what would be compared is the rows, not the way to them
        outcome.large, outcome.small = min(times["large"]), min(times["small"])


def _caller(tenant: Tenant, staff: str | None) -> Caller:
    if staff is None:
        granted = frozenset(DEFAULTS[PrincipalKind.OWNER])
        return Caller(tenant.id, PrincipalKind.OWNER, None, None, granted, DataScope.ALL)
    id = tenant.staff[staff]
    granted = frozenset(DEFAULTS[PrincipalKind.OWNER])
    return Caller(tenant.id, PrincipalKind.STAFF, id, id, granted, DataScope.OWN_CUSTOMERS)


def _count(answer: Any) -> int:
    """The rows of the list in the answer."""
    if isinstance(answer, dict):
        if "nodes" in answer:
            return len(answer["nodes"])
        return max((_count(one) for one in answer.values()), default=0)
    return 0


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, list):
        value = "{" + ",".join('"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"' for one in value) + "}"
    if isinstance(value, datetime):
        value = value.isoformat()
    return "'" + str(value).replace("'", "''") + "'"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _rows(plan: dict[str, Any]) -> int:
    return int(plan["Actual Rows"] * plan["Actual Loops"])


def discarded(plan: dict[str, Any], *, checking: bool = False) -> int:
    """Rows that a filter removed, or that were fetched to be sorted and then cut off.

    A subplan is how a row is checked: the one row it may find and remove each time is that row, not another one.
    """
    checking = checking or plan.get("Parent Relationship") == "SubPlan"
    total = 0
    for kind in ("Filter", "Index Recheck", "Join Filter"):
        removed = plan.get(f"Rows Removed by {kind}", 0) * plan["Actual Loops"]
        total += max(0, round(removed) - (plan["Actual Loops"] if checking else 0))
    children = plan.get("Plans", ())
    if plan["Node Type"] in ("Sort", "Incremental Sort", "Unique", "Limit"):
        inputs = [one for one in children if one["Parent Relationship"] == "Outer"]
        total += max(0, sum(map(_rows, inputs)) - _rows(plan))
    return total + sum(discarded(one, checking=checking) for one in children)


def rows_read(plan: dict[str, Any]) -> int:
    """Rows and index entries touched by scans of tables, those of the policies included."""
    return sum(
        _rows(node) + round(node.get("Rows Removed by Filter", 0) * node["Actual Loops"])
        for node in _nodes(plan)
        if "Relation Name" in node
    )


async def measure(
    connection: asyncpg.Connection, large: Tenant, small: Tenant, *, runs: int = 5, only: str = "", page: int = 20
) -> list[Outcome]:
    measuring = Measuring(connection)
    others = {case.name: case for case in cases(measuring.operations, small, page)}
    return [
        await measuring.outcome(case, large, others.get(case.name), small, runs=runs)
        for case in cases(measuring.operations, large, page)
        if only in case.name
    ]


def report(outcomes: Iterable[Outcome]) -> str:
    every = list(outcomes)
    accepted = [one for one in every if not one.refused]
    lines = []
    for title, chosen in (
        ("discards too much", [one for one in accepted if one.too_many]),
        ("slower than on the small tenant", [one for one in accepted if one.speed < SPEED]),
        ("refused", [one for one in every if one.refused]),
    ):
        lines.append(f"{title}: {len(chosen)} of {len(every)}")
        lines.extend(
            f"  {one.name:<78} rows {one.rows:>3} discarded {one.discarded:>7} read {one.read:>7}"
            f" large {one.large:7.2f} ms small {one.small:7.2f} ms speed {one.speed:5.2f}"
            for one in sorted(chosen, key=lambda one: (-one.discarded, one.speed))[:60]
        )
    for kind, chosen in (
        ("held by an index", [one for one in accepted if one.held]),
        ("gathered or walked", [one for one in accepted if not one.held]),
    ):
        strict = [one for one in chosen if one.rows and one.strict > ALLOWED]
        timed = sorted(one.speed for one in chosen if one.large) or [1.0]
        lines.append(
            f"{kind}: {len(chosen)} cases; {len(strict)} discard more than {ALLOWED} x the rows really returned; most discarded"
            f" {max((one.discarded for one in chosen), default=0)}; speed, median {statistics.median(timed):.2f},"
            f" tenth {timed[len(timed) // 10]:.2f}, worst {timed[0]:.2f}"
        )
    return "\n".join(lines)


async def _main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("superuser")
    arguments.add_argument("app")
    arguments.add_argument("large", type=UUID)
    arguments.add_argument("small", type=UUID)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--page", type=int, default=20)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    admin = await asyncpg.connect(given.superuser)
    measuring = Operations(build_schema(), max_cost=1_000_000)
    large = await Tenant.read(admin, measuring, given.large)
    small = await Tenant.read(admin, measuring, given.small)
    await admin.close()
    connection = await asyncpg.connect(given.app, server_settings={"jit": "off"}, statement_cache_size=0)
    outcomes = await measure(connection, large, small, runs=given.runs, only=given.only, page=given.page)
    await connection.close()
    print(report(outcomes))
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=1))
    return 1 if any(one.too_many for one in outcomes if not one.refused) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
