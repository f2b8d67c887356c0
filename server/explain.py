"""What `shuke explain` prints. Without a database everything but what a database would have to be asked."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from server.access.caller import Caller
from server.access.permissions import EVERYTHING, DataScope, PrincipalKind
from server.app import open_gateway
from server.config import Settings
from server.customers import sealing
from server.errors import RequestError
from server.ids import new_id
from server.planner.call import Call
from server.planner.explaining import PlanDescription, StepDescription, actual_rows, as_json
from server.planner.operations import Operations, Ready
from server.postgres import open_postgres
from server.schema.assembly import build_schema
from server.schema.gateway import Gateway
from server.terms import Locale

_ANALYZE = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation to explain."""

    document: str
    variables: dict[str, Any]
    operation: str | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What PostgreSQL says of one statement: its time, and the rows it read of each table."""

    milliseconds: float
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan, and what was found when it ran; an analysis belongs to the step that stands at its index."""

    plan: PlanDescription
    analysis: dict[int, Analysis] = field(default_factory=dict)

    def json(self) -> str:
        plain = as_json(self.plan)
        for index, found in self.analysis.items():
            plain["steps"][index]["analysis"] = as_json(found)
        return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()

    def text(self) -> str:
        plan = self.plan
        length = "one statement" if plan.in_one_statement else f"{len(plan.steps)} steps"
        lines = [f"{plan.operation}: {length}, round trips {plan.round_trips}, cost {plan.cost}"]
        for index, step in enumerate(plan.steps):
            lines += ["", f"{index + 1}. {step.what}: {', '.join(step.paths)}"]
            lines += [f"   {line}" for line in _step_lines(step, self.analysis.get(index))]
        lines += ["", "Fields, with what all their rows come to at most", f"{'rows':>9} {'cost':>9}"]
        lines += [f"{one.rows:9} {one.cost:9}  {one.path}  ({one.kind}: {one.type})" for one in plan.fields]
        lines += ["", "Permissions" if plan.permissions else "Permissions: none"]
        lines += [f"  {name}: {', '.join(paths)}" for name, paths in plan.permissions.items()]
        lines += ["", "Limits"]
        lines += [f"  {what}: {one['used']} of {one['allowed']}" for what, one in plan.limits.items()]
        return "\n".join(lines)


def _step_lines(step: StepDescription, analysis: Analysis | None) -> list[str]:
    lines = [f"rows at most {step.rows}, round trips {step.round_trips}"]
    if analysis is not None:
        read = ", ".join(f"{table} {rows}" for table, rows in sorted(analysis.rows.items()))
        lines.append(f"took {analysis.milliseconds:.2f} ms in PostgreSQL and read {read or 'no rows'}")
    if step.parameters:
        lines.append("with " + ", ".join(f"${index + 1} {name}" for index, name in enumerate(step.parameters)))
    if step.sql is not None:
        lines += ["", *step.sql.replace("\x1f", "␟").replace("\x01", "␁").splitlines()]
    return lines


def read(query: str, variables: str, operation: str | None) -> Asked:
    """Raises ValueError where the variables are no JSON object. A document never names a file: it has brackets."""
    text = sys.stdin.read() if query == "-" else query
    if "{" not in text:
        text = Path(text).read_text(encoding="utf-8")
    given = orjson.loads(variables)
    if not isinstance(given, dict):
        raise ValueError("--variables must be a JSON object.")
    return Asked(text, given, operation)


def explained(settings: Settings, asked: Asked) -> Explained:
    """As somebody who may do everything, in no tenant. Raises ValueError where the operation is refused."""
    sealing.install(bytes(32))  # a search by phone number needs some secret; nothing is sealed or looked up here
    operations = Operations(build_schema(), max_cost=settings.max_cost, open_introspection=True)
    caller = Caller(new_id(), PrincipalKind.OWNER, None, None, EVERYTHING, DataScope.ALL)
    return Explained(operations.explain(_prepared(operations, asked, caller, None)))


def analyzed(settings: Settings, asked: Asked, key: str) -> Explained:
    """As the bearer of `key`, over the installation's own database."""

    async def analyze(dsn: str) -> Explained:
        async with open_gateway(settings, dsn) as gateway:
            return await analyze_over(gateway, asked, key)

    with open_postgres(settings) as postgres:
        return asyncio.run(analyze(postgres.app_dsn))


async def analyze_over(gateway: Gateway, asked: Asked, key: str) -> Explained:
    """Runs the statement a plan begins with. Nothing else can run without its predecessor, and acts never do."""
    try:
        caller = await gateway.authenticate(f"Bearer {key}")
    except RequestError as refusal:
        raise ValueError(str(refusal)) from None
    ready = _prepared(gateway.operations, asked, caller, gateway.services)
    plan = gateway.operations.explain(ready)
    analysis = {}
    if ready.plan.read:
        index = next(index for index, step in enumerate(plan.steps) if step.sql is not None)
        analysis[index] = await _analysis(gateway, ready, caller)
    return Explained(plan, analysis)


async def _analysis(gateway: Gateway, ready: Ready, caller: Caller) -> Analysis:
    statement = ready.plan.statement(ready.evaluated)
    values = statement.values(ready.evaluated.parameters, caller.passage)
    async with gateway.services.database.reads.acquire() as raw:
        (found,) = orjson.loads(await raw.fetchval(_ANALYZE + statement.text, *values))
    return Analysis(found["Execution Time"], actual_rows(found["Plan"]))


def _prepared(operations: Operations, asked: Asked, caller: Caller, services: Any) -> Ready:
    call = Call(caller=caller, locale=Locale.EN, request_id="explain", services=services)
    try:
        return operations.prepare(asked.document, asked.operation, asked.variables, call)
    except RequestError as refusal:
        raise ValueError(f"{refusal.code}: {refusal}") from None
