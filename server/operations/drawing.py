"""The version in force as it is drawn, read whole and locked, so that an act on the design decides by what holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict
from server.operations import queries
from server.operations.boundaries import NO_PURPOSES, Boundary, boundaries_of
from server.operations.design_rules import Design, DesignedStage, DesignedUnit
from server.operations.events import OperatingModelEdited, OpsGroupDefined, ServiceRoleDefined
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.tables import MetricParameter, ModelUnit, OperatingModel, OpsGroup, ServiceRole, Stage
from server.operations.units import Unit
from server.tenants.business import OperatingModelKind

UnitRow = OpsGroup | ServiceRole


@dataclass
class Drawing:
    """The version in force, everything it lists, and what there was before it."""

    model: OperatingModel
    units: dict[str, UnitRow]
    """All there ever were, by key."""
    stages: dict[str, Stage]
    """All there ever were, by key."""
    boundaries: dict[Unit, Boundary]
    windows: dict[Metric, MetricParameter]
    keys: dict[UUID, str] = field(init=False)
    """Id of a unit or stage → its key."""

    def __post_init__(self) -> None:
        rows: list[UnitRow | Stage] = [*self.units.values(), *self.stages.values()]
        self.keys = {row.id: row.key for row in rows}

    def journey(self) -> list[Stage]:
        return sorted(
            (stage for stage in self.stages.values() if stage.retired_at is None), key=lambda stage: stage.position
        )

    def designed_stages(self) -> tuple[DesignedStage, ...]:
        return tuple(
            DesignedStage(stage.key, self.keys[queries.owner_of(stage).id], Metric(stage.metric), stage.adds)
            for stage in self.journey()
        )

    def purposes_in_use(self) -> frozenset[Purpose]:
        return frozenset(purpose for boundary in self.boundaries.values() for purpose in boundary.owns)

    def conversions(self) -> dict[Metric, tuple[str, str]]:
        return {
            metric: (self.keys[row.from_stage_id], self.keys[row.to_stage_id]) for metric, row in self.windows.items()
        }

    def design(
        self,
        *,
        units: Mapping[str, DesignedUnit],
        not_used: Iterable[Purpose] = (),
        stages: tuple[DesignedStage, ...] | None = None,
        conversions: Mapping[Metric, tuple[str, str]] | None = None,
    ) -> Design:
        """The design this would be with these units, and these stages and conversions where they are given."""
        dropped = frozenset(not_used)
        return Design(
            kind=OperatingModelKind(self.model.kind),
            units=units,
            stages=self.designed_stages() if stages is None else stages,
            conversions=self.conversions() if conversions is None else conversions,
            in_use=self.purposes_in_use() - dropped,
            not_used=dropped,
        )

    def designed_units(self, *, waking: Iterable[str] = ()) -> dict[str, DesignedUnit]:
        """The units that serve; a sleeping role serves again once it is `waking`."""
        woken = set(waking)
        return {
            key: designed(row, self.boundary_of(row))
            for key, row in self.units.items()
            if row.retired_at is None and (key in woken or not is_dormant(row))
        }

    def boundary_of(self, row: UnitRow) -> Boundary:
        return self.boundaries.get(queries.as_unit(row), NO_PURPOSES)


def designed(row: UnitRow, boundary: Boundary) -> DesignedUnit:
    return DesignedUnit(
        is_group=isinstance(row, OpsGroup),
        metric=Metric(row.headline_metric),
        also=frozenset(Metric(code) for code in row.also),
        owns=boundary.owns,
        may=boundary.may,
    )


def is_dormant(row: UnitRow) -> bool:
    return isinstance(row, ServiceRole) and row.dormant


async def draw(work: Work, *, expected_revision: int | None = None) -> Drawing:
    """The version in force, locked against every other act on the design.

    Raises Conflict on `expected_revision` where the version was edited since.
    """
    model = await queries.require_in_force(work, lock=True)
    if expected_revision is not None and model.version != expected_revision:
        raise Conflict("expected_revision", version=model.version)
    windows = await work.rows(MetricParameter, table_of(MetricParameter).c.operating_model_id == model.id)
    return Drawing(
        model=model,
        units=await queries.units_by_key(work),
        stages={stage.key: stage for stage in await work.rows(Stage)},
        boundaries=await boundaries_of(work, model.id),
        windows={Metric(row.metric): row for row in windows},
    )


async def mark_edited(work: Work, model: OperatingModel) -> None:
    """Count the edit, so that whoever read the version before it learns of it."""
    await work.change(model)
    work.emit(OperatingModelEdited(operating_model_id=model.id, revision=model.version))


async def change_unit(work: Work, row: UnitRow, **values: Any) -> None:
    """Write what really differs, and say so."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    if differing:
        await work.change(row, **differing)
        emit_unit(work, row)


def emit_unit(work: Work, row: UnitRow) -> None:
    if isinstance(row, OpsGroup):
        work.emit(
            OpsGroupDefined(
                group_id=row.id,
                headline_metric=Metric(row.headline_metric),
                adds=row.adds,
                retired_at=row.retired_at,
                group_version=row.version,
            )
        )
    else:
        work.emit(
            ServiceRoleDefined(
                role_id=row.id,
                headline_metric=Metric(row.headline_metric),
                adds=row.adds,
                dormant=row.dormant,
                retired_at=row.retired_at,
                role_version=row.version,
            )
        )


async def list_units(work: Work, operating_model_id: UUID, units: Iterable[UnitRow]) -> None:
    """Make the version list exactly these units, with what they answer for now; new ones at the end."""
    columns = table_of(ModelUnit).c
    listed = {
        Unit(row.group_id, row.role_id): row
        for row in await work.rows(ModelUnit, columns.operating_model_id == operating_model_id)
    }
    next_position = max((row.position for row in listed.values()), default=0) + 1
    for unit_row in units:
        unit = queries.as_unit(unit_row)
        values: dict[str, Any] = {
            "headline_metric": unit_row.headline_metric,
            "also": list(unit_row.also),
            "dormant": is_dormant(unit_row),
        }
        known = listed.pop(unit, None)
        if known is None:
            work.add(
                ModelUnit(
                    operating_model_id=operating_model_id,
                    group_id=unit.group_id,
                    role_id=unit.role_id,
                    position=next_position,
                    **values,
                )
            )
            next_position += 1
        elif any(getattr(known, name) != value for name, value in values.items()):
            await work.change(known, **values)
    for gone in listed.values():
        await work.remove(gone)
