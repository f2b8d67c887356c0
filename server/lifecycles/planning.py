"""Plans a change of the operating model or a clean-up of roles. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from server.commands import Command
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.errors import Invalid
from server.lifecycles import change_facts
from server.lifecycles.change_plans import Drawing, Plan, PlanFacts
from server.lifecycles.change_rules import Rules
from server.lifecycles.change_terms import ModelChangeKind, RoleSuccession
from server.lifecycles.errors import AlreadyInForce
from server.operations.tables import OperatingModel
from server.tenants.business import OperatingModelKind

_MAPPINGS_AT_MOST = 100
_STORES_AT_MOST = 1_000
_models = table_of(OperatingModel).c


class PlanInput(Command):
    """What the manager decides: the succession, a mapping of units by key, the stores whose staffing is looked at."""

    succession: RoleSuccession = RoleSuccession.PLACEMENT_FIRST
    mapping: Annotated[Mapping[str, str], Field(max_length=_MAPPINGS_AT_MOST)] = {}
    store_ids: Annotated[tuple[UUID, ...], Field(max_length=_STORES_AT_MOST)] | None = None


async def model_change_facts(statements: Work | Reader, to: OperatingModelKind, given: PlanInput) -> PlanFacts:
    """Raises AlreadyInForce, and Invalid for a mapping to what the wanted model does not have."""
    in_force = await statements.scalar(
        select(_models.kind).where(_models.tenant_id == statements.tenant_id, _models.in_force)
    )
    if in_force == to:
        raise AlreadyInForce("to", kind=to.value)
    return await _facts(statements, ModelChangeKind.MODEL_CHANGE, given, to)


async def cleanup_facts(statements: Work | Reader, given: PlanInput) -> PlanFacts:
    """Raises Invalid for a mapping to what the model in force does not have."""
    return await _facts(statements, ModelChangeKind.ROLE_CLEANUP, given, None)


async def draw(statements: Work | Reader, facts: PlanFacts, *, first: int = 0, after: UUID | None = None) -> Plan:
    """The plan, with a page of its moves behind the friendship `after`."""
    drawing = Drawing(facts, first, after)
    known = await change_facts.units(statements)
    async for page in change_facts.friendships(statements, known):
        for customer in page:
            drawing.add(customer)
    return drawing.plan()


async def _facts(
    statements: Work | Reader, kind: ModelChangeKind, given: PlanInput, to: OperatingModelKind | None
) -> PlanFacts:
    rules = Rules(kind, given.succession, given.mapping)
    facts = await change_facts.plan_facts(statements, rules, to=to, store_ids=given.store_ids)
    for index, wanted in enumerate(given.mapping.values()):
        if wanted not in facts.design.awake:
            raise Invalid(
                "input", "mapping", index, "to",
                why=f"the wanted model has no {wanted} that serves", why_zh=f"目标模式中没有服务的 {wanted}",
            )  # fmt: skip
    return facts
