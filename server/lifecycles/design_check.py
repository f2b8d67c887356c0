"""Reads the design in force, with who is there and what is aimed at, and has it checked."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from server.db.reader import Reader
from server.db.statements import table_of
from server.lifecycles.design_gaps import Aim, DesignGap, DesignInForce, OwnedStage, Serving, gaps_of
from server.operations.boundary_modes import BoundaryMode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.tables import MetricTarget, OperatingModel, OpsGroup, Placement, RolePurpose, ServiceRole, Stage
from server.operations.templates import template
from server.operations.units import Unit
from server.tenants.business import Industry, OperatingModelKind
from server.tenants.tables import StaffMember
from server.wow_moments.tables import WowPlay

_models, _lines = table_of(OperatingModel), table_of(RolePurpose)
_groups, _roles, _stages = table_of(OpsGroup), table_of(ServiceRole), table_of(Stage)
_placements, _staff = table_of(Placement), table_of(StaffMember)
_targets, _plays = table_of(MetricTarget), table_of(WowPlay)


async def design_gaps(reader: Reader) -> list[DesignGap]:
    """Where duty, authority and metric do not meet in the version in force."""
    model = await reader.fetch_one(
        select(_models.c.id, _models.c.industry, _models.c.kind).where(
            _models.c.tenant_id == reader.tenant_id, _models.c.in_force
        )
    )
    assert model is not None, "Every brand has a version in force."
    usual = template(Industry(model["industry"]), OperatingModelKind(model["kind"]))
    boundaries = await _boundaries(reader, model["id"])
    plays, people = await _plays_of(reader), await _people_of(reader)
    rows = [*await _units(reader, _groups), *await _units(reader, _roles)]
    units = [
        Serving(
            unit=unit,
            en=row["label_en"],
            zh=row["label_zh"],
            headline=Metric(row["headline_metric"]),
            also=frozenset(map(Metric, row["also"])),
            owns=frozenset(purpose for mode, purpose in boundaries.get(unit, ()) if mode is BoundaryMode.OWNS),
            may=frozenset(purpose for mode, purpose in boundaries.get(unit, ()) if mode is not BoundaryMode.OWNS),
            plays=plays[unit],
            people=people[unit],
        )
        for unit, row in rows
        if row["serves"]
    ]
    return gaps_of(
        DesignInForce(
            units,
            await _journey(reader),
            await _aims(reader),
            used=frozenset(Purpose) - frozenset(usual.not_used),
            names={unit: (row["label_en"], row["label_zh"]) for unit, row in rows},
        )
    )


async def _units(reader: Reader, table: Any) -> list[tuple[Unit, Any]]:
    """In the order in which they were made."""
    serves = table.c.retired_at.is_(None)
    if table is _roles:
        serves = and_(serves, ~table.c.dormant)
    columns = (table.c.id, table.c.label_en, table.c.label_zh, table.c.headline_metric, table.c.also)
    statement = (
        select(*columns, serves.label("serves"))
        .where(table.c.tenant_id == reader.tenant_id)
        .order_by(table.c.recorded_at, table.c.id)
    )
    column = "role_id" if table is _roles else "group_id"
    return [(Unit(**{column: row["id"]}), row) for row in await reader.fetch(statement)]


async def _boundaries(reader: Reader, model_id: UUID) -> dict[Unit, list[tuple[BoundaryMode, Purpose]]]:
    statement = select(_lines.c.group_id, _lines.c.role_id, _lines.c.mode, _lines.c.purpose).where(
        _lines.c.tenant_id == reader.tenant_id, _lines.c.operating_model_id == model_id
    )
    found: dict[Unit, list[tuple[BoundaryMode, Purpose]]] = {}
    for group_id, role_id, mode, purpose in await reader.fetch(statement):
        found.setdefault(Unit(group_id, role_id), []).append((BoundaryMode(mode), Purpose(purpose)))
    return found


async def _journey(reader: Reader) -> list[OwnedStage]:
    columns = (_stages.c.id, _stages.c.label_en, _stages.c.label_zh, _stages.c.owner_group_id, _stages.c.owner_role_id)
    statement = (
        select(*columns, _stages.c.metric)
        .where(_stages.c.tenant_id == reader.tenant_id, _stages.c.retired_at.is_(None))
        .order_by(_stages.c.position)
    )
    return [
        OwnedStage(id, en, zh, Unit(group_id, role_id), Metric(metric))
        for id, en, zh, group_id, role_id, metric in await reader.fetch(statement)
    ]


async def _aims(reader: Reader) -> list[Aim]:
    statement = (
        select(_targets.c.metric, _targets.c.group_id, _targets.c.role_id)
        .where(_targets.c.tenant_id == reader.tenant_id, _targets.c.until.is_(None))
        .order_by(_targets.c.since, _targets.c.id)
    )
    return [
        Aim(Metric(metric), Unit(group_id, role_id) if group_id or role_id else None)
        for metric, group_id, role_id in await reader.fetch(statement)
    ]


async def _plays_of(reader: Reader) -> Counter[Unit]:
    return await _counted(
        reader,
        select(_plays.c.group_id, _plays.c.role_id, func.count())
        .where(
            _plays.c.tenant_id == reader.tenant_id,
            _plays.c.retired_at.is_(None),
            func.num_nonnulls(_plays.c.group_id, _plays.c.role_id) == 1,
        )
        .group_by(_plays.c.group_id, _plays.c.role_id),
    )


async def _people_of(reader: Reader) -> Counter[Unit]:
    person = and_(_staff.c.tenant_id == _placements.c.tenant_id, _staff.c.id == _placements.c.staff_id)
    return await _counted(
        reader,
        select(_placements.c.group_id, _placements.c.role_id, func.count(_placements.c.staff_id.distinct()))
        .join(_staff, person)
        .where(
            _placements.c.tenant_id == reader.tenant_id, _placements.c.until_at.is_(None), _staff.c.left_at.is_(None)
        )
        .group_by(_placements.c.group_id, _placements.c.role_id),
    )


async def _counted(reader: Reader, statement: Any) -> Counter[Unit]:
    return Counter({Unit(group, role): number for group, role, number in await reader.fetch(statement)})
