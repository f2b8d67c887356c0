"""Judges whether the operating model in force fits, from the figures of the last thirty days.

Pure: no database, no clock. The thresholds are the policy; changing one is a product decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from server.lifecycles.fit_terms import FitFigureKey, FitVerdict
from server.tenants.business import OperatingModelKind

DAYS = 30
"""The last of them is today, in the brand's time zone."""
REPEATED_WITHIN = timedelta(hours=48)
RATED_WITHIN = timedelta(days=7)
"""A rating speaks of the last answer before it, where that is not older."""
MIN_SAMPLE = 50
"""Answered enquiries below which nothing is judged."""
SATISFIED_FROM = 4

THRESHOLDS: Mapping[FitFigureKey, Decimal] = MappingProxyType(
    {
        FitFigureKey.CONTEXTLESS_SHARE: Decimal("0.30"),
        FitFigureKey.REPEAT_QUESTION_SHARE: Decimal("0.20"),
        FitFigureKey.SATISFACTION_GAP: Decimal("0.15"),
        FitFigureKey.REDUNDANT_SHARE: Decimal("0.25"),
        FitFigureKey.CONFLICT_RATE: Decimal("0.02"),
    }
)
_WITHOUT_CONTEXT = FitFigureKey.CONTEXTLESS_SHARE
_FELT = (FitFigureKey.REPEAT_QUESTION_SHARE, FitFigureKey.SATISFACTION_GAP)
"""How customers feel it: one of these beside the first makes a misfit of the central model."""
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the brand's time zone; `until` does not belong to it."""

    since: date
    until: date
    timezone: str

    @classmethod
    def up_to(cls, now: datetime, timezone: str) -> Period:
        """The days that are looked at when it is `now`."""
        until = now.astimezone(ZoneInfo(timezone)).date() + timedelta(days=1)
        return cls(until - timedelta(days=DAYS), until, timezone)

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.since, time(), ZoneInfo(self.timezone))

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.until, time(), ZoneInfo(self.timezone))


@dataclass(frozen=True, slots=True)
class Counts:
    """What was recorded in the period, as whole numbers. Ratings are (satisfied, all)."""

    answered: int = 0
    answered_care: int = 0
    contextless: int = 0
    repeated: int = 0
    median_seconds: int | None = None
    rated_with: tuple[int, int] = (0, 0)
    rated_without: tuple[int, int] = (0, 0)
    relationships: int = 0
    redundant: int = 0
    quotes: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class FitFigure:
    """One number, with what it was made of. `value` is None where there is nothing to judge by."""

    key: FitFigureKey
    value: Decimal | None
    numerator: int | None
    denominator: int | None

    @property
    def name(self) -> str:
        return self.key.value.lower()

    @property
    def threshold(self) -> Decimal | None:
        return THRESHOLDS.get(self.key)

    @property
    def is_over(self) -> bool:
        return self.value is not None and self.threshold is not None and self.value >= self.threshold


@dataclass(frozen=True, slots=True)
class Fit:
    """The verdict on the model in force, with the figures and the period it rests on."""

    model: OperatingModelKind
    verdict: FitVerdict
    figures: tuple[FitFigure, ...]
    sample: int
    period: Period

    @property
    def reasons(self) -> tuple[FitFigure, ...]:
        """The figures over their thresholds."""
        return tuple(figure for figure in self.figures if figure.is_over)


def judge(model: OperatingModelKind, counts: Counts, period: Period) -> Fit:
    """The fit of the model by what was counted in the period."""
    enough = counts.answered >= MIN_SAMPLE
    figures = tuple(figures_of(counts)) if enough else tuple(_unknown(key) for key in FitFigureKey)
    return Fit(
        model=model,
        verdict=_verdict(model, figures) if enough else FitVerdict.NOT_ENOUGH_FACTS,
        figures=figures,
        sample=counts.answered,
        period=period,
    )


def figures_of(counts: Counts) -> Sequence[FitFigure]:
    """Every figure, in the order of the list."""
    return (
        _share(FitFigureKey.CONTEXTLESS_SHARE, counts.contextless, counts.answered_care),
        _share(FitFigureKey.REPEAT_QUESTION_SHARE, counts.repeated, counts.answered),
        _minutes(counts),
        _gap(counts),
        _share(FitFigureKey.REDUNDANT_SHARE, counts.redundant, counts.relationships),
        _share(FitFigureKey.CONFLICT_RATE, counts.conflicts, counts.quotes),
    )


def _verdict(model: OperatingModelKind, figures: Sequence[FitFigure]) -> FitVerdict:
    over = {figure.key for figure in figures if figure.is_over}
    is_central = model is OperatingModelKind.CENTRAL_OPS_GROUP
    if is_central and _WITHOUT_CONTEXT in over and over.intersection(_FELT):
        return FitVerdict.MISFIT
    return FitVerdict.STRAINED if over else FitVerdict.FITS


def _share(key: FitFigureKey, part: int, whole: int) -> FitFigure:
    return FitFigure(key, _rounded(Decimal(part) / whole) if whole else None, part, whole)


def _minutes(counts: Counts) -> FitFigure:
    seconds = counts.median_seconds
    value = None if seconds is None else _rounded(Decimal(seconds) / 60)
    return FitFigure(FitFigureKey.FIRST_RESPONSE_MINUTES, value, None, counts.answered)


def _gap(counts: Counts) -> FitFigure:
    """Of ratings on both sides, or nothing is said."""
    (pleased, all_with), (pleased_without, all_without) = counts.rated_with, counts.rated_without
    value = None
    if all_with and all_without:
        value = _rounded(Decimal(pleased) / all_with - Decimal(pleased_without) / all_without)
    return FitFigure(FitFigureKey.SATISFACTION_GAP, value, None, all_with + all_without)


def _unknown(key: FitFigureKey) -> FitFigure:
    return FitFigure(key, None, None, None)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES, ROUND_HALF_UP)
