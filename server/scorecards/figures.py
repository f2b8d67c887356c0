"""Figures and cards as values, and how a share is told. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from server.operations.metrics import Metric
from server.operations.units import Unit
from server.scorecards.designs import Conversion
from server.scorecards.score_terms import FactResult, ScorecardDimension, ShownBeside

_PLACES = Decimal("0.0001")
_MINUTE = Decimal(60_000_000)


class Key(NamedTuple):
    """Which card: whose, and the value of each dimension asked for, in their order. No unit is the brand."""

    unit: Unit | None
    split: tuple[Any, ...] = ()


class Tally(NamedTuple):
    """The facts of one figure, counted. `measure` is the mean or median of their measures."""

    numerator: int = 0
    denominator: int = 0
    maturing: int = 0
    measure: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """A period: its days in the brand's time zone, and the moments it begins and ends."""

    since: date
    until: date
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """What holds now."""

    id: UUID
    basis_points: int

    @property
    def share(self) -> Decimal:
        return Decimal(self.basis_points) / 10_000


@dataclass(frozen=True, slots=True)
class Reached:
    """What a metric came to in one period."""

    metric: Metric
    days: Days
    tally: Tally

    @property
    def is_enough(self) -> bool:
        return self.tally.denominator >= self.metric.definition.min_sample

    @property
    def value(self) -> Decimal | None:
        """The share, to four places; None below the smallest sample."""
        if not self.is_enough:
            return None
        return (Decimal(self.tally.numerator) / self.tally.denominator).quantize(_PLACES, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Beside:
    """A second number."""

    kind: ShownBeside
    value: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of one card."""

    metric: Metric
    key: Key
    is_headline: bool
    reached: Reached
    previous: Reached | None
    target: Target | None
    window: Conversion | None
    shown: ShownBeside | None
    asked: Any = field(repr=False)
    """What it was asked with, to find its facts by."""

    @property
    def change(self) -> Decimal | None:
        """How much higher the share is than before."""
        before = None if self.previous is None else self.previous.value
        now = self.reached.value
        return None if now is None or before is None else now - before

    @property
    def is_on_target(self) -> bool | None:
        now = self.reached.value
        return None if now is None or self.target is None else now >= self.target.share

    @property
    def beside(self) -> Beside | None:
        found = self.reached.tally.measure
        if self.shown is None or found is None or not self.reached.is_enough:
            return None
        number = found / _MINUTE if self.shown is ShownBeside.MEDIAN_MINUTES else found
        return Beside(self.shown, number.quantize(_PLACES, ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Card:
    """What one group or role, or the brand, reached."""

    key: Key
    dimensions: Sequence[ScorecardDimension]
    days: Days
    figures: tuple[Figure, ...]

    def split(self, dimension: ScorecardDimension) -> Any:
        """The card's value in the dimension; None where it is not split by it."""
        return dict(zip(self.dimensions, self.key.split, strict=True)).get(dimension)


@dataclass(frozen=True, slots=True)
class Fact:
    """One row a figure was counted from."""

    id: UUID
    at: datetime
    result: FactResult
    node: str
    subject_id: UUID
    customer_id: UUID | None
    staff_id: UUID | None
    store_id: UUID | None
