"""Who answered for which metric at what time: the versions of the operating model, as scorecards need them.

A conversion belongs to whoever owns a stage at which it is the metric; every other metric to whoever has it as a headline,
beside it, or at one of their stages, and some to every ops group. The first version counts for all time before it, because
brands bring facts that are older than their account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.db.reader import Reader
from server.db.statements import among, table_of
from server.operations.boundary_modes import BoundaryMode
from server.operations.metrics import COMMON_GROUP_METRICS, Metric
from server.operations.tables import MetricParameter, ModelStage, ModelUnit, OperatingModel, RolePurpose
from server.operations.units import Unit

_models = table_of(OperatingModel)
_units, _stages = table_of(ModelUnit), table_of(ModelStage)
_windows, _purposes = table_of(MetricParameter), table_of(RolePurpose)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Of the cases that entered one stage, those that entered one of the later ones within so many days."""

    from_stage_id: UUID
    to_stage_id: UUID
    later: tuple[UUID, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the operating model. `since` is None for the first, `until` for the last."""

    id: UUID
    since: datetime | None
    until: datetime | None
    answering: Mapping[Unit, tuple[Metric, ...]]
    """In the order of the model; of each unit the headline first. Roles that only have a name are not in it."""
    conversions: Mapping[Metric, Conversion]
    purposes: Mapping[str, Unit]

    def units_for(self, metric: Metric) -> list[Unit]:
        return [unit for unit, metrics in self.answering.items() if metric in metrics]


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who answered for something, from and up to when; None is for ever."""

    unit: Unit
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Design:
    """All versions there were, in order."""

    versions: tuple[Version, ...]

    def in_period(self, starts: datetime, ends: datetime) -> Iterator[Version]:
        """The versions in force at some moment of the period."""
        for version in self.versions:
            if (version.since is None or version.since < ends) and (version.until is None or version.until > starts):
                yield version

    def answering(self, starts: datetime, ends: datetime) -> dict[Unit, tuple[Metric, ...]]:
        """Who answers for what in the period; of a unit in several versions, what it answered for in any, the newest first."""
        found: dict[Unit, tuple[Metric, ...]] = {}
        for version in reversed(list(self.in_period(starts, ends))):
            for unit, metrics in version.answering.items():
                found[unit] = tuple(dict.fromkeys((*found.get(unit, ()), *metrics)))
        return found

    def headline(self, unit: Unit | None, starts: datetime, ends: datetime) -> Metric | None:
        """The headline metric of a unit in the period; the brand has none."""
        return None if unit is None else self.answering(starts, ends)[unit][0]

    def tenures_of(self, metric: Metric) -> list[Tenure]:
        """Who answered for the metric when."""
        return [
            Tenure(unit, version.since, version.until)
            for version in self.versions
            for unit in version.units_for(metric)
        ]

    def owners_of_purposes(self) -> Iterator[tuple[str, Tenure]]:
        for version in self.versions:
            for purpose, unit in version.purposes.items():
                yield purpose, Tenure(unit, version.since, version.until)

    def conversion(self, metric: Metric, ends: datetime) -> Conversion | None:
        """The window of the metric in the last version of a period that ends then."""
        found = None
        for version in self.versions:
            if version.since is None or version.since < ends:
                found = version.conversions.get(metric, found)
        return found


async def design(reader: Reader) -> Design:
    """Every version of the tenant's operating model."""
    models = await reader.fetch(
        select(_models.c.id, _models.c.since).where(_models.c.tenant_id == reader.tenant_id).order_by(_models.c.number)
    )
    ids = [model["id"] for model in models]
    units = await _lines(reader, _units, ids, _units.c.position, _units.c.id)
    stages = await _lines(reader, _stages, ids, _stages.c.position, _stages.c.id)
    windows = await _lines(reader, _windows, ids, _windows.c.metric)
    purposes = await _lines(reader, _purposes, ids, _purposes.c.purpose)
    return Design(
        tuple(
            Version(
                id=model["id"],
                since=model["since"] if number else None,
                until=models[number + 1]["since"] if number + 1 < len(models) else None,
                answering=_answering(_of(units, model["id"]), _of(stages, model["id"])),
                conversions=dict(_conversions(_of(windows, model["id"]), _of(stages, model["id"]))),
                purposes={
                    line["purpose"]: _unit(line)
                    for line in _of(purposes, model["id"])
                    if line["mode"] == BoundaryMode.OWNS
                },
            )
            for number, model in enumerate(models)
        )
    )


async def _lines(reader: Reader, table: Any, models: Sequence[UUID], *order: Any) -> list[Any]:
    columns = table.c
    return await reader.fetch(
        select(table)
        .where(columns.tenant_id == reader.tenant_id, among(columns.operating_model_id, models))
        .order_by(*order)
    )


def _of(lines: Sequence[Any], model_id: UUID) -> list[Any]:
    return [line for line in lines if line["operating_model_id"] == model_id]


def _answering(units: Sequence[Any], stages: Sequence[Any]) -> dict[Unit, tuple[Metric, ...]]:
    at_stages: dict[Unit, list[Metric]] = {}
    for stage in stages:
        at_stages.setdefault(_unit(stage), []).append(Metric(stage["metric"]))
    owned = {metric for metrics in at_stages.values() for metric in metrics}
    found = {}
    for line in units:
        if line["dormant"]:
            continue
        unit = _unit(line)
        own = at_stages.get(unit, [])
        metrics = [Metric(line["headline_metric"]), *map(Metric, line["also"]), *own]
        if unit.is_group:
            metrics.extend(COMMON_GROUP_METRICS)
        found[unit] = tuple(
            metric
            for metric in dict.fromkeys(metrics)
            if not metric.is_stage_conversion or metric in own or metric not in owned
        )
    return found


def _conversions(windows: Sequence[Any], stages: Sequence[Any]) -> Iterator[tuple[Metric, Conversion]]:
    place = {stage["stage_id"]: stage["position"] for stage in stages}
    for window in windows:
        reached = place.get(window["to_stage_id"])
        if reached is None:
            continue
        later = tuple(id for id, position in place.items() if position >= reached)
        yield (
            Metric(window["metric"]),
            Conversion(window["from_stage_id"], window["to_stage_id"], later, window["days"]),
        )


def _unit(line: Any) -> Unit:
    return Unit(line["group_id"], line["role_id"])
