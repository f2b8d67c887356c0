"""The journey 业务旅程: its stages, who owns them, and the windows its conversions are measured in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from server.db.statements import table_of
from server.db.work import Work
from server.operations import queries
from server.operations.boundaries import Boundary, duty_after, write_boundaries
from server.operations.commands import DefineJourney, JourneyStage
from server.operations.design_rules import DesignedStage, DesignedUnit, check_design
from server.operations.drawing import Drawing, change_unit, draw, is_dormant, list_units, mark_edited
from server.operations.errors import NeededForNew, UnknownOwner
from server.operations.events import ConversionDefined, ConversionRemoved, StageDefined
from server.operations.metrics import Metric
from server.operations.tables import MetricParameter, ModelStage, ServiceRole, Stage
from server.operations.units import Unit

_Given = TypeVar("_Given")


@dataclass(frozen=True)
class WantedStage:
    """A stage as it shall be, at its place in a list."""

    key: str
    label_en: str
    label_zh: str
    owner: Unit
    metric: Metric
    adds: bool
    due_days: int | None


@dataclass(frozen=True)
class WantedWindow:
    """A conversion as it shall be measured; the stages by key."""

    from_stage: str
    to_stage: str
    days: int


async def define_journey(work: Work, command: DefineJourney) -> list[Stage]:
    """Make the journey of the version in force exactly these stages, in this order; answers them.

    Stages left out are retired; cases that stand on them stay until moved. Boundaries named are replaced whole, in the
    same act, so that a purpose can pass from one owner to another. Raises Refusals naming every fault of the design,
    Conflict where the version was edited since `expected_revision`.
    """
    drawing = await draw(work, expected_revision=command.expected_revision)
    drafts = [_draft(drawing, stage, index) for index, stage in enumerate(command.stages)]
    for index, boundary in enumerate(command.boundaries):
        if boundary.key not in drawing.units or drawing.units[boundary.key].retired_at is not None:
            raise UnknownOwner("boundaries", index, "key", key=boundary.key)
    waking = {draft.owner for draft in drafts} | {boundary.key for boundary in command.boundaries}
    units = _with_boundaries(drawing, command, waking)
    windows = _windows(drawing, command, drafts)
    check_design(
        drawing.design(
            units=units,
            not_used=command.not_used,
            stages=tuple(drafts),
            conversions={metric: (window.from_stage, window.to_stage) for metric, window in windows.items()},
        )
    )
    wanted = [_wanted(drawing, stage, draft) for stage, draft in zip(command.stages, drafts, strict=True)]
    await _settle_units(work, drawing, units, wanted)
    stages = await write_stages(work, drawing.model.id, drawing.stages, wanted)
    await write_windows(work, drawing.model.id, stages, windows)
    await mark_edited(work, drawing.model)
    return [stages[stage.key] for stage in wanted]


def _draft(drawing: Drawing, stage: JourneyStage, index: int) -> DesignedStage:
    """What is left out of a stage that exists stays as it is."""
    known = drawing.stages.get(stage.key)
    if known is None:
        metric = _needed(stage.metric, index, "metric")
        owner = _needed(stage.owner_key, index, "owner_key")
        _needed(stage.label_en or stage.label_zh, index, "label_en")
        return DesignedStage(stage.key, owner, metric, bool(stage.adds))
    owner = stage.owner_key or drawing.keys[queries.owner_of(known).id]
    metric = stage.metric or Metric(known.metric)
    return DesignedStage(stage.key, owner, metric, known.adds if stage.adds is None else stage.adds)


def _needed(value: _Given | None, index: int, name: str) -> _Given:
    if value is None:
        raise NeededForNew("stages", index, name)
    return value


def _with_boundaries(drawing: Drawing, command: DefineJourney, waking: set[str]) -> dict[str, DesignedUnit]:
    units = drawing.designed_units(waking=waking)
    for boundary in command.boundaries:
        owns = frozenset(boundary.owns)
        units[boundary.key] = replace(units[boundary.key], owns=owns, may=frozenset(boundary.may) - owns)
    return units


def _windows(drawing: Drawing, command: DefineJourney, drafts: Sequence[DesignedStage]) -> dict[Metric, WantedWindow]:
    """The windows given, and those that still measure something between stages that remain."""
    remaining = {draft.key for draft in drafts}
    measured = {draft.metric for draft in drafts}
    windows = {}
    for metric, row in drawing.windows.items():
        first, later = drawing.keys[row.from_stage_id], drawing.keys[row.to_stage_id]
        if metric in measured and {first, later} <= remaining:
            windows[metric] = WantedWindow(first, later, row.days)
    for given in command.conversions:
        windows[given.metric] = WantedWindow(given.from_stage, given.to_stage, given.days)
    return windows


def _wanted(drawing: Drawing, stage: JourneyStage, draft: DesignedStage) -> WantedStage:
    known = drawing.stages.get(stage.key)
    label_en = stage.label_en or (known.label_en if known else stage.label_zh)
    label_zh = stage.label_zh or (known.label_zh if known else stage.label_en)
    keeps_due_days = known is not None and "due_days" not in stage.model_fields_set
    return WantedStage(
        key=stage.key,
        label_en=label_en or "",
        label_zh=label_zh or "",
        owner=queries.as_unit(drawing.units[draft.owner]),
        metric=draft.metric,
        adds=draft.adds,
        due_days=known.due_days if known is not None and keeps_due_days else stage.due_days,
    )


async def _settle_units(
    work: Work, drawing: Drawing, units: Mapping[str, DesignedUnit], stages: Sequence[WantedStage]
) -> None:
    """Write boundaries, and what of the units follows from stages and boundaries."""
    adding = {stage.owner for stage in stages if stage.adds}
    wanted: dict[Unit, Boundary] = {}
    for key, designed in units.items():
        row = drawing.units[key]
        unit, before = queries.as_unit(row), drawing.boundary_of(row)
        wanted[unit] = Boundary(designed.owns, designed.may)
        values: dict[str, Any] = {
            "adds": unit in adding,
            "duty": duty_after(row.duty, before.owns, designed.owns),
        }
        if isinstance(row, ServiceRole):
            values["dormant"] = False
        await change_unit(work, row, **values)
    await write_boundaries(work, drawing.model.id, wanted)
    listed = [row for key, row in drawing.units.items() if key in units or (is_dormant(row) and row.retired_at is None)]
    await list_units(work, drawing.model.id, listed)


async def write_stages(
    work: Work, operating_model_id: UUID, known: Mapping[str, Stage], wanted: Sequence[WantedStage]
) -> dict[str, Stage]:
    """Make the journey exactly `wanted` and the version list it; answers all stages by key. Others are retired."""
    stages = dict(known)
    for position, stage in enumerate(wanted, start=1):
        values: dict[str, Any] = {
            "label_en": stage.label_en,
            "label_zh": stage.label_zh,
            "position": position,
            "owner_group_id": stage.owner.group_id,
            "owner_role_id": stage.owner.role_id,
            "metric": stage.metric,
            "adds": stage.adds,
            "due_days": stage.due_days,
            "retired_at": None,
        }
        row = stages.get(stage.key)
        if row is None:
            stages[stage.key] = row = work.add(Stage(key=stage.key, **values))
            _emit_stage(work, row)
        elif any(getattr(row, name) != value for name, value in values.items()):
            await work.change(row, **values)
            _emit_stage(work, row)
    kept = {stage.key for stage in wanted}
    for key, row in stages.items():
        if key not in kept and row.retired_at is None:
            await work.change(row, retired_at=work.now)
            _emit_stage(work, row)
    await _list_stages(work, operating_model_id, [stages[stage.key] for stage in wanted])
    return stages


def _emit_stage(work: Work, row: Stage) -> None:
    work.emit(
        StageDefined(
            stage_id=row.id,
            position=row.position,
            owner_group_id=row.owner_group_id,
            owner_role_id=row.owner_role_id,
            metric=Metric(row.metric),
            adds=row.adds,
            due_days=row.due_days,
            retired_at=row.retired_at,
            stage_version=row.version,
        )
    )


async def _list_stages(work: Work, operating_model_id: UUID, stages: Sequence[Stage]) -> None:
    columns = table_of(ModelStage).c
    listed = {
        row.stage_id: row for row in await work.rows(ModelStage, columns.operating_model_id == operating_model_id)
    }
    for stage in stages:
        values: dict[str, Any] = {
            "group_id": stage.owner_group_id,
            "role_id": stage.owner_role_id,
            "position": stage.position,
            "metric": stage.metric,
            "adds": stage.adds,
            "due_days": stage.due_days,
        }
        known = listed.pop(stage.id, None)
        if known is None:
            work.add(ModelStage(operating_model_id=operating_model_id, stage_id=stage.id, **values))
        elif any(getattr(known, name) != value for name, value in values.items()):
            await work.change(known, **values)
    for gone in listed.values():
        await work.remove(gone)


async def write_windows(
    work: Work, operating_model_id: UUID, stages: Mapping[str, Stage], wanted: Mapping[Metric, WantedWindow]
) -> None:
    """Make the conversions of the version exactly `wanted`."""
    columns = table_of(MetricParameter).c
    rows = await work.rows(MetricParameter, columns.operating_model_id == operating_model_id)
    known = {Metric(row.metric): row for row in rows}
    for metric, row in known.items():
        if metric not in wanted:
            await work.remove(row)
            work.emit(
                ConversionRemoved(metric_parameter_id=row.id, operating_model_id=operating_model_id, metric=metric)
            )
    for metric, window in wanted.items():
        values: dict[str, Any] = {
            "from_stage_id": stages[window.from_stage].id,
            "to_stage_id": stages[window.to_stage].id,
            "days": window.days,
        }
        found = known.get(metric)
        if found is None:
            found = work.add(MetricParameter(operating_model_id=operating_model_id, metric=metric, **values))
        elif any(getattr(found, name) != value for name, value in values.items()):
            await work.change(found, **values)
        else:
            continue
        work.emit(
            ConversionDefined(
                metric_parameter_id=found.id,
                operating_model_id=operating_model_id,
                metric=metric,
                from_stage_id=found.from_stage_id,
                to_stage_id=found.to_stage_id,
                days=found.days,
            )
        )
