"""Versions of the operating model: what each lists, and why it was chosen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.operations import advice_record, tables
from server.operations.boundary_modes import BoundaryMode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.planner.call import Call
from server.planner.declarations import all_rows, column, computed, connection, link, links, ref, single
from server.planner.filters import orders
from server.planner.nodes import node
from server.schema.advice import AdviceReason, AdviceWarning
from server.schema.journeys import MetricParameter, Stage
from server.schema.nodes import Connection, Node
from server.schema.service_units import BoundaryPurpose, OpsGroup, Persona, ServiceRole, ServiceUnit, unit_link
from server.tenants.advice_terms import RuleKey
from server.tenants.business import AdviceStrength, Industry, OperatingModelKind

__all__ = ["OperatingModel", "OpsGroup", "Persona", "ServiceRole", "ServiceUnit", "Stage"]

_models, _groups, _roles = (
    table_of(tables.OperatingModel).c,
    table_of(tables.OpsGroup).c,
    table_of(tables.ServiceRole).c,
)
_lines, _windows = table_of(tables.RolePurpose).c, table_of(tables.MetricParameter).c
_listed_units, _listed_stages = table_of(tables.ModelUnit).c, table_of(tables.ModelStage).c


@node(
    tables.ModelStage,
    name="ListedStage",
    permission=Permission.TENANT_READ,
    description="A stage as a version of the operating model lists it; left alone for good when the version ends.",
)
class ListedStage(Node):
    stage: Stage | None = link(_listed_stages.stage_id, description="The stage itself, as it is now.")
    position: int = column(_listed_stages.position, description="Its place in the version's journey, from 1.")
    owner: ServiceUnit | None = unit_link(_listed_stages, "The group or role that owned it in the version.")
    metric: Metric = column(_listed_stages.metric, description="What the owner answered for.")
    adds: bool = column(_listed_stages.adds, description="Whether the owner added the customer here.")
    due_days: int | None = column(_listed_stages.due_days, description="Days within which a case should move on.")


async def _listed(reader: Reader, rows: Sequence[Any], column: Any) -> list[list[Any]]:
    """Refs to what each version lists in `column`, in the version's order; ids break ties."""
    listed = column.table.c
    statement = (
        select(listed.operating_model_id, column)
        .where(
            listed.tenant_id == reader.tenant_id,
            among(listed.operating_model_id, [UUID(row.id) for row in rows]),
            column.isnot(None),
        )
        .order_by(listed.position, column)
    )
    by_model: dict[str, list[Any]] = {row.id: [] for row in rows}
    for model_id, id in await reader.fetch(statement):
        by_model[str(model_id)].append(ref(id))
    return [by_model[row.id] for row in rows]


async def _groups_of(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    return await _listed(reader, rows, _listed_units.group_id)


async def _roles_of(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    return await _listed(reader, rows, _listed_units.role_id)


async def _journey_of(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    return await _listed(reader, rows, _listed_stages.stage_id)


async def _not_used(reader: Reader, rows: Sequence[Any]) -> list[list[Purpose]]:
    """The purposes without an owner in each version, shared ones aside."""
    statement = select(_lines.operating_model_id, _lines.purpose).where(
        _lines.tenant_id == reader.tenant_id,
        among(_lines.operating_model_id, [UUID(row.id) for row in rows]),
        _lines.mode == BoundaryMode.OWNS.value,
    )
    owned: dict[str, set[str]] = {row.id: set() for row in rows}
    for model_id, purpose in await reader.fetch(statement):
        owned[str(model_id)].add(purpose)
    return [[purpose for purpose in Purpose if not purpose.shared and purpose not in owned[row.id]] for row in rows]


def _reasons(call: Call, rows: Sequence[Any]) -> list[Any]:
    return [advice_record.reasons_of(row.reasons) for row in rows]


def _warnings(call: Call, rows: Sequence[Any]) -> list[Any]:
    return [advice_record.warnings_of(row.warnings) for row in rows]


_ID = {"id": _models.id}


@node(
    tables.OperatingModel,
    permission=Permission.TENANT_READ,
    description="One version of who adds and serves the customer 运营模式, with the reasons for it.",
)
class OperatingModel(Node):
    version: int = column(_models.number, description="Number of the version, from 1.")
    kind: OperatingModelKind = column(_models.kind, description="Who adds the customer.")
    in_force: bool = column(_models.in_force, description="Whether it is the one in force.")
    since: datetime = column(_models.since, description="Since when it is, or was, in force.")
    until: datetime | None = column(_models.until, description="Until when it was in force; null while it is.")
    industry: Industry = column(_models.industry, description="The trade whose template it began with.")
    reviewed: bool = column(
        _models.reviewed,
        description="Whether that template was reviewed for this trade and kind; otherwise it is derived.",
    )
    advised_kind: OperatingModelKind = column(_models.advised_kind, description="What was advised.")
    strength: AdviceStrength = column(_models.strength, description="How sure the advice was.")
    decided_by: RuleKey = column(_models.decided_by, description="The rule that decided the advice.")
    reasons: list[AdviceReason] = computed(
        _reasons,
        needs={"reasons": _models.reasons},
        pure=True,
        description="Why it was chosen: every reason that held, for the advised model or against it.",
    )
    warnings: list[AdviceWarning] = computed(
        _warnings,
        needs={"warnings": _models.warnings},
        pure=True,
        description="What could go wrong under it, as known when it was chosen.",
    )
    assumed: list[str] = column(
        _models.assumed, description="Inputs of the advice taken from what is usual in the trade, in snake case."
    )
    missing: list[str] = column(
        _models.missing, description="Inputs of the advice nothing stood in for, in snake case."
    )
    override_reason: str | None = column(
        _models.override_reason,
        description="The brand's own reason, where it chose against the advice; null otherwise.",
    )
    groups: list[OpsGroup] = computed(_groups_of, needs=_ID, description="The ops groups it lists 运营小组.")
    roles: list[ServiceRole] = computed(
        _roles_of, needs=_ID, description="The service roles it lists 服务角色, sleeping ones too."
    )
    journey: list[Stage] = computed(
        _journey_of,
        needs=_ID,
        description="Its stages in its order 业务旅程, as they are now; `listedStages` has them as they were then.",
    )
    listed_stages: list[ListedStage] = links(
        by=_listed_stages.operating_model_id,
        order=[_listed_stages.position],
        description="Its stages in order, with the owner and metric each had in this version.",
    )
    boundary: list[BoundaryPurpose] = links(
        by=_lines.operating_model_id,
        order=[_lines.purpose, _lines.mode.desc()],
        description="All boundaries of the version: who owns each purpose, and who may use it 服务边界.",
    )
    not_used: list[Purpose] = computed(
        _not_used, needs=_ID, description="Purposes without an owner: nobody may be contacted for them."
    )
    conversions: list[MetricParameter] = links(
        by=_windows.operating_model_id,
        order=[_windows.metric],
        description="How its conversions between stages are measured 转化口径.",
    )
    revision: int = column(
        _models.version, description="Rises with every edit of the version's design; `expectedRevision` compares it."
    )


MODEL_ORDERS = orders("OperatingModel", VERSION=tables.OperatingModel.number)


@strawberry.type
class OperatingModelQueries:
    operating_model: OperatingModel = single(
        lambda tenant: _models.in_force,
        permission=Permission.TENANT_READ,
        description="The operating model in force 运营模式: kind, reasons, groups, roles, journey.",
    )
    operating_models: Connection[OperatingModel] = connection(
        orders=MODEL_ORDERS,
        permission=Permission.TENANT_READ,
        description="Every version of the operating model, the newest first 运营模式历史.",
    )
    ops_groups: list[OpsGroup] = all_rows(
        where=_groups.retired_at.is_(None),
        order=[_groups.recorded_at],
        permission=Permission.TENANT_READ,
        description="The ops groups that serve 运营小组.",
    )
    service_roles: list[ServiceRole] = all_rows(
        where=_roles.retired_at.is_(None),
        order=[_roles.recorded_at],
        permission=Permission.TENANT_READ,
        description="The service roles 服务角色, sleeping ones too.",
    )
