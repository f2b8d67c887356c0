"""Rule 10 of the field, duty, authority and benefit go together 权责利对等: a design in, its gaps out. Pure.

What cannot be at all is refused when it is defined (`operations.design_rules`). What is found here may be, for a time: a
role nobody is in yet, a metric without a target; and what a later change left behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from server.lifecycles.design_terms import DesignGapCode
from server.operations.feedback_duties import duties_of
from server.operations.metrics import COMMON_GROUP_METRICS, Metric
from server.operations.purposes import Purpose
from server.operations.units import Unit


@dataclass(frozen=True, slots=True)
class Serving:
    """A group or role that serves, with what it is there for."""

    unit: Unit
    en: str
    zh: str
    headline: Metric
    also: frozenset[Metric] = frozenset()
    owns: frozenset[Purpose] = frozenset()
    may: frozenset[Purpose] = frozenset()
    plays: int = 0
    """Wow plays it performs."""
    people: int = 0
    """Who is placed in it now."""


@dataclass(frozen=True, slots=True)
class OwnedStage:
    """A stage of the journey in force, and who owns it."""

    id: UUID
    en: str
    zh: str
    owner: Unit
    metric: Metric


@dataclass(frozen=True, slots=True)
class Aim:
    """A target in force; without a unit it is the brand's."""

    metric: Metric
    unit: Unit | None


@dataclass(frozen=True)
class DesignInForce:
    """What the version in force says, with who is there and what is aimed at."""

    units: Sequence[Serving]
    stages: Sequence[OwnedStage]
    aims: Sequence[Aim]
    used: frozenset[Purpose]
    """Purposes that brands of this trade use."""
    names: dict[Unit, tuple[str, str]] = field(default_factory=dict)
    """What units that do not serve any more are called."""


@dataclass(frozen=True, slots=True)
class DesignGap:
    """One place where they do not meet: what it is about, and the numbers behind it."""

    code: DesignGapCode
    unit: Unit | None = None
    named: tuple[str, str] = ("", "")
    """What the unit is called, in English and in Chinese."""
    stage: OwnedStage | None = None
    purpose: Purpose | None = None
    metric: Metric | None = None
    figures: tuple[tuple[str, int], ...] = ()


def gaps_of(design: DesignInForce) -> list[DesignGap]:
    """Every gap: of the journey, of the boundaries, of each group and role in turn, of the targets."""
    serving = {one.unit for one in design.units}
    found = [
        DesignGap(DesignGapCode.STAGE_UNOWNED, stage=stage, figures=(("owners", 0),))
        for stage in design.stages
        if stage.owner not in serving
    ]
    owned = {purpose for one in design.units for purpose in one.owns}
    found += [
        DesignGap(DesignGapCode.PURPOSE_UNOWNED, purpose=purpose, figures=(("owners", 0),))
        for purpose in Purpose
        if purpose in design.used and not purpose.shared and purpose not in owned
    ]
    for one in design.units:
        found += _of_unit(design, one)
    return [*found, *_of_targets(design)]


def _of_unit(design: DesignInForce, one: Serving) -> Iterator[DesignGap]:
    stages = [stage for stage in design.stages if stage.owner == one.unit]
    duties = duties_of(one.owns)
    named, counted = (one.en, one.zh), ("stages", len(stages))
    if not stages and not duties and not one.plays and Purpose.WOW not in one.owns:
        figures = (counted, ("feedback_kinds", 0), ("wow_plays", 0))
        yield DesignGap(DesignGapCode.NO_DUTY, one.unit, named, figures=figures)
    if stages and not one.owns and not one.may:
        yield DesignGap(DesignGapCode.NO_AUTHORITY, one.unit, named, figures=(counted, ("purposes", 0)))
    if stages and one.headline not in {stage.metric for stage in stages}:
        yield DesignGap(DesignGapCode.HEADLINE_NOT_MOVED, one.unit, named, metric=one.headline, figures=(counted,))
    if not one.people and (stages or one.owns):
        figures = (counted, ("purposes", len(one.owns)), ("people", 0))
        yield DesignGap(DesignGapCode.NOBODY_PLACED, one.unit, named, figures=figures)
    aimed = {aim.metric for aim in design.aims if aim.unit in (one.unit, None)}
    for metric in dict.fromkeys([one.headline, *(stage.metric for stage in stages)]):
        if metric not in aimed:
            yield DesignGap(DesignGapCode.TARGET_MISSING, one.unit, named, metric=metric, figures=(("targets", 0),))


def _of_targets(design: DesignInForce) -> Iterator[DesignGap]:
    answered = {
        one.unit: {one.headline, *one.also, *(COMMON_GROUP_METRICS if one.unit.is_group else ())}
        for one in design.units
    }
    for stage in design.stages:
        answered.setdefault(stage.owner, set()).add(stage.metric)
    serving = {one.unit: (one.en, one.zh) for one in design.units}
    for aim in dict.fromkeys(design.aims):
        if aim.unit is not None and (aim.unit not in serving or aim.metric not in answered[aim.unit]):
            named = serving.get(aim.unit) or design.names.get(aim.unit, ("—", "—"))
            yield DesignGap(
                DesignGapCode.TARGET_UNANSWERED, aim.unit, named, metric=aim.metric, figures=(("targets", 1),)
            )
