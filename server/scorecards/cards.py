"""Scorecards: who answers for what in a period, what each reached, before and against the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.operations.metrics import COMMON_BRAND_METRICS, Metric
from server.operations.tables import MetricTarget, StoreAncestor
from server.operations.units import Unit
from server.scorecards.counting import Choice, Choices, tallies
from server.scorecards.crediting import SOURCES
from server.scorecards.designs import design
from server.scorecards.figures import Card, Days, Figure, Key, Reached, Tally, Target
from server.scorecards.questions import Brand, Question
from server.scorecards.score_terms import Comparison, ScorecardDimension
from server.tenants import queries as tenants
from server.tenants.business import BusinessType
from server.tenants.tables import Tenant

_tenants, _targets, _ancestors = table_of(Tenant).c, table_of(MetricTarget).c, table_of(StoreAncestor).c
_ANY = Choice()


@dataclass(frozen=True)
class Asked:
    """What is asked for. Store choices hold every store meant, those below a region among them."""

    days: Days
    previous: Days | None = None
    dimensions: tuple[ScorecardDimension, ...] = ()
    choices: Choices = field(default_factory=dict)
    metrics: Choice = _ANY
    groups: Choice = _ANY
    roles: Choice = _ANY
    store_id: UUID | None = None
    """The one store asked for, whose targets then hold."""
    permissions: frozenset[Permission] = frozenset(Permission)
    """What the caller may read; figures of other facts are left out."""
    brand: Brand = field(kw_only=True)

    def question(self, metric: Metric, *, by_unit: bool, days: Days | None = None) -> Question:
        """The question that counts the metric."""
        days = days or self.days
        return Question(self.brand, days.starts, days.ends, by_unit, frozenset({*self.dimensions, *self.choices}))

    def shows(self, metric: Metric) -> bool:
        source = SOURCES.get(metric)
        return source is not None and source.permission in self.permissions and self.metrics.allows(metric)

    def shows_unit(self, unit: Unit | None) -> bool:
        if unit is None and ScorecardDimension.STAFF in (*self.dimensions, *self.choices):
            return False
        return self.groups.allows(unit and unit.group_id) and self.roles.allows(unit and unit.role_id)


async def brand_of(reader: Reader) -> Brand:
    """What the tenant's figures rest on."""
    kind = await reader.scalar(select(_tenants.business_type).where(_tenants.tenant_id == reader.tenant_id))
    return Brand(
        tenant_id=reader.tenant_id,
        now=reader.now,
        design=await design(reader),
        business_type=BusinessType(kind),
        calendar=await tenants.business_calendar(reader),
    )


def compared(since: date, until: date, comparison: Comparison) -> tuple[date, date]:
    """The days of the earlier period."""
    if comparison is Comparison.PREVIOUS_PERIOD:
        return since - (until - since), since
    return _a_year_before(since), _a_year_before(until)


def _a_year_before(day: date) -> date:
    """The 29th of February has the 28th before it."""
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year - 1)


async def with_those_below(reader: Reader, store_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """The stores, and what lies below them."""
    statement = select(_ancestors.store_id).where(
        _ancestors.tenant_id == reader.tenant_id, among(_ancestors.ancestor_id, store_ids)
    )
    return tuple({record["store_id"] for record in await reader.fetch(statement)})


async def scorecards(reader: Reader, asked: Asked) -> list[Card]:
    """Every card there is something to say of: groups and roles in the order of the model, then the brand."""
    answering = _answering(asked)
    now = await _counted(reader, asked, answering, asked.days)
    before = {} if asked.previous is None else await _counted(reader, asked, answering, asked.previous)
    targets = await _targets_now(reader)
    cards = []
    for unit, metrics in answering.items():
        for key in _keys(asked, unit, metrics, (now, before)):
            figures = tuple(_figures(asked, key, metrics, now, before, targets))
            cards.append(Card(key, asked.dimensions, asked.days, figures))
    return cards


def _answering(asked: Asked) -> dict[Unit | None, tuple[Metric, ...]]:
    """Who has a card, and the metrics on it."""
    found: dict[Unit | None, tuple[Metric, ...]] = {}
    answering = asked.brand.design.answering(asked.days.starts, asked.days.ends)
    everybody: list[tuple[Unit | None, tuple[Metric, ...]]] = [*answering.items(), (None, COMMON_BRAND_METRICS)]
    for unit, metrics in everybody:
        shown = tuple(metric for metric in metrics if asked.shows(metric))
        if shown and asked.shows_unit(unit):
            found[unit] = shown
    return found


_Counted = Mapping[tuple[Metric, bool], Mapping[Key, Tally]]


async def _counted(
    reader: Reader, asked: Asked, answering: Mapping[Unit | None, Sequence[Metric]], days: Days
) -> _Counted:
    """One statement for each metric, for all units at once; the brand's own apart."""
    wanted = dict.fromkeys((metric, unit is not None) for unit, metrics in answering.items() for metric in metrics)
    found = {}
    for metric, by_unit in wanted:
        question = asked.question(metric, by_unit=by_unit, days=days)
        found[metric, by_unit] = await tallies(reader, question, metric, asked.dimensions, asked.choices)
    return found


def _keys(asked: Asked, unit: Unit | None, metrics: Sequence[Metric], counted: Sequence[_Counted]) -> list[Key]:
    """The cards of a unit: one, or one for each value of the dimensions that any of its facts has."""
    if not asked.dimensions:
        return [Key(unit)]
    found = {
        key
        for metric in metrics
        for period in counted
        for key in period.get((metric, unit is not None), {})
        if key.unit == unit
    }
    return sorted(found, key=sorted_split)


def sorted_split(key: Key) -> tuple[str, ...]:
    """The order of the cards of one unit; nothing comes first."""
    return tuple("" if value is None else str(value) for value in key.split)


def _figures(
    asked: Asked,
    key: Key,
    metrics: Sequence[Metric],
    now: _Counted,
    before: _Counted,
    targets: Mapping[tuple[Any, ...], Target],
) -> Iterator[Figure]:
    by_unit, nothing = key.unit is not None, Tally()
    headline = asked.brand.design.headline(key.unit, asked.days.starts, asked.days.ends)
    place = dict(zip(asked.dimensions, key.split, strict=True)).get(ScorecardDimension.STORE, asked.store_id)
    for metric in metrics:
        days = asked.previous
        yield Figure(
            metric=metric,
            key=key,
            is_headline=metric is headline,
            reached=Reached(metric, asked.days, now[metric, by_unit].get(key, nothing)),
            previous=None if days is None else Reached(metric, days, before[metric, by_unit].get(key, nothing)),
            target=targets.get((metric, key.unit, place)) or targets.get((metric, key.unit, None)),
            window=asked.brand.design.conversion(metric, asked.days.ends),
            shown=SOURCES[metric].shown_beside,
            asked=asked,
        )


async def _targets_now(reader: Reader) -> dict[tuple[Any, ...], Target]:
    """What is to be reached now, by metric, unit and store."""
    statement = select(
        _targets.id,
        _targets.metric,
        _targets.group_id,
        _targets.role_id,
        _targets.store_id,
        _targets.basis_points,
    ).where(_targets.tenant_id == reader.tenant_id, _targets.until.is_(None))
    return {
        (Metric(row["metric"]), _unit(row), row["store_id"]): Target(row["id"], row["basis_points"])
        for row in await reader.fetch(statement)
    }


def _unit(row: Any) -> Unit | None:
    return None if row["group_id"] is None and row["role_id"] is None else Unit(row["group_id"], row["role_id"])


def zone_of(brand: Brand) -> ZoneInfo:
    """The brand's time zone, in which its days begin."""
    return brand.calendar.zone
