"""Checks the design of an operating model: duty, authority and benefit go together 权责利对等.

Pure: a design in, its faults out. Every stage and every purpose in use has exactly one owner who serves; a headline
metric is moved at a stage its owner holds; a conversion has the stages it is measured between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.errors import DomainError, Refusals
from server.operations import errors
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.template_parts import OPS_GROUP, Template
from server.tenants.business import OperatingModelKind

MOST_STAGES = 30


@dataclass(frozen=True)
class DesignedStage:
    """A stage and the key of the unit that owns it."""

    key: str
    owner: str
    metric: Metric
    adds: bool


@dataclass(frozen=True)
class DesignedUnit:
    """A group or role that serves; sleeping and retired ones are no part of a design."""

    is_group: bool
    metric: Metric
    also: frozenset[Metric]
    owns: frozenset[Purpose]
    may: frozenset[Purpose]


@dataclass(frozen=True)
class Design:
    """What a version of the operating model says, by key."""

    kind: OperatingModelKind
    units: Mapping[str, DesignedUnit]
    stages: tuple[DesignedStage, ...]
    conversions: Mapping[Metric, tuple[str, str]]
    """Conversion → the keys of the stages it is measured between."""
    in_use: frozenset[Purpose]
    not_used: frozenset[Purpose]
    """Purposes declared not used. All others that are not in use are simply without an owner so far."""


def design_of(template: Template) -> Design:
    """The design a template stands for."""
    return Design(
        kind=template.kind,
        units={
            role.key: DesignedUnit(
                is_group=role.key == OPS_GROUP,
                metric=role.metric,
                also=frozenset(role.also),
                owns=frozenset(role.owns),
                may=frozenset(role.may),
            )
            for role in template.active_roles
        },
        stages=tuple(DesignedStage(stage.key, stage.owner, stage.metric, stage.adds) for stage in template.stages),
        conversions={metric: (window.from_stage, window.to_stage) for metric, window in template.conversions.items()},
        in_use=frozenset(Purpose) - frozenset(template.not_used),
        not_used=frozenset(template.not_used),
    )


def check_design(design: Design) -> None:
    """Raise Refusals naming every fault."""
    faults = [*_of_journey(design), *_of_boundaries(design), *_of_metrics(design)]
    if faults:
        raise Refusals(faults)


def _of_journey(design: Design) -> Iterator[DomainError]:
    if not 1 <= len(design.stages) <= MOST_STAGES:
        yield errors.StageCount("stages", count=len(design.stages))
        return
    seen: set[str] = set()
    for index, stage in enumerate(design.stages):
        if stage.key in seen:
            yield errors.DuplicateStage("stages", index, "key", key=stage.key)
        seen.add(stage.key)
        owner = design.units.get(stage.owner)
        if owner is None:
            yield errors.UnknownOwner("stages", index, "owner_key", key=stage.owner)
        elif stage.adds and not owner.is_group and design.kind is OperatingModelKind.CENTRAL_OPS_GROUP:
            yield errors.RoleAddsUnderCentral("stages", index, "adds", owner=stage.owner, stage=stage.key)
    if not any(stage.adds for stage in design.stages):
        yield errors.NobodyAdds("stages")


def _of_boundaries(design: Design) -> Iterator[DomainError]:
    for purpose in Purpose:
        owners = sorted(key for key, unit in design.units.items() if purpose in unit.owns)
        named = owners or any(purpose in unit.may for unit in design.units.values())
        if purpose.shared:
            if named:
                yield errors.SharedPurpose("boundaries", purpose=purpose.value)
        elif len(owners) > 1:
            yield errors.PurposeOwnedTwice("boundaries", purpose=purpose.value, owners=", ".join(owners))
        elif owners and purpose in design.not_used:
            yield errors.PurposeStillUsed("not_used", purpose=purpose.value)
        elif not owners and purpose not in design.not_used and (named or purpose in design.in_use):
            yield errors.PurposeUnowned("boundaries", purpose=purpose.value)


def _of_metrics(design: Design) -> Iterator[DomainError]:
    for key, unit in design.units.items():
        stages = [(index, stage) for index, stage in enumerate(design.stages) if stage.owner == key]
        if stages and unit.metric not in {stage.metric for _, stage in stages}:
            yield errors.HeadlineNotMoved("stages", owner=key, metric=unit.metric.value)
        # A central group is measured at each stage by the stage's own metric, and has one headline only.
        for index, stage in stages:
            if not unit.is_group and stage.metric not in {unit.metric, *unit.also}:
                yield errors.MetricNotAnswered("stages", index, "metric", owner=key, metric=stage.metric.value)
    places: dict[str, int] = {}
    for index, stage in enumerate(design.stages):
        places.setdefault(stage.key, index)
    for metric, (first, later) in design.conversions.items():
        if not metric.is_stage_conversion:
            yield errors.NotAConversion("conversions", metric=metric.value)
        elif not (first in places and later in places and places[first] < places[later]):
            yield errors.ConversionOutOfOrder("conversions", metric=metric.value)
    measured = dict.fromkeys(stage.metric for stage in design.stages)
    for metric in measured:
        if metric.is_stage_conversion and metric not in design.conversions:
            yield errors.ConversionMissing("conversions", metric=metric.value)
