"""Funnels 漏斗: of the cases opened in a period, how many came how far along the journey in force.

A case has reached a stage when it ever entered it, or one behind it: stages may be skipped. Stages that are retired are no
longer counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, literal, select, true

from server.customers.tables import Case, CaseStageChange
from server.db.reader import Reader
from server.db.statements import table_of
from server.operations.tables import Stage
from server.scorecards.counting import Choices
from server.scorecards.crediting import DIMENSION_COLUMNS, dimensioned
from server.scorecards.questions import Facts, Question, fact
from server.scorecards.score_terms import ScorecardDimension

_cases, _moves, _stages = table_of(Case), table_of(CaseStageChange), table_of(Stage)
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """How many cases reached one stage; `before` is how many reached the one in front of it, `all` how many there are."""

    stage_id: UUID
    reached: int
    before: int
    all: int

    @property
    def share(self) -> Decimal | None:
        """Of all cases, to four places."""
        return _share(self.reached, self.all)

    @property
    def passed(self) -> Decimal | None:
        """Of those that reached the stage before, to four places."""
        return _share(self.reached, self.before)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The cases of one value of each dimension asked for."""

    dimensions: Sequence[ScorecardDimension]
    split: tuple[Any, ...]
    cases: int
    steps: tuple[FunnelStep, ...]

    def of(self, dimension: ScorecardDimension) -> Any:
        """Its value in the dimension; None where it is not split by it."""
        return dict(zip(self.dimensions, self.split, strict=True)).get(dimension)


async def funnels(
    reader: Reader, question: Question, dimensions: Sequence[ScorecardDimension], choices: Choices, *, limit: int
) -> list[Funnel]:
    """The funnels with the most cases; without dimensions one, of all cases."""
    facts = dimensioned(question, _opened(question).subquery("facts"))
    split = [facts.c[DIMENSION_COLUMNS[one][0]] for one in dimensions]
    statement = (
        select(*split, facts.c.measure.label("furthest"), func.count().label("cases"))
        .where(*(choice.condition(facts.c[DIMENSION_COLUMNS[one][0]]) for one, choice in choices.items()))
        .group_by(*split, facts.c.measure)
    )
    counted: dict[tuple[Any, ...], dict[int, int]] = {} if dimensions else {(): {}}
    for record in await reader.fetch(statement):
        *values, furthest, cases = record.values()
        counted.setdefault(tuple(values), {})[furthest] = cases
    stages = await reader.fetch(
        select(_stages.c.id, _stages.c.position)
        .where(_stages.c.tenant_id == reader.tenant_id, _stages.c.retired_at.is_(None))
        .order_by(_stages.c.position, _stages.c.id)
    )
    made = [_funnel(dimensions, split_, furthest, stages) for split_, furthest in counted.items()]
    made.sort(key=lambda one: (-one.cases, ["" if value is None else str(value) for value in one.split]))
    return made[:limit]


def _opened(question: Question) -> Facts:
    """The cases opened in the period, each with the position of the furthest stage it entered, or 0."""
    row = _cases.c
    furthest = (
        select(func.coalesce(func.max(_stages.c.position), 0).label("position"))
        .select_from(_moves.join(_stages, _stages.c.id == _moves.c.to_stage_id))
        .where(
            _moves.c.tenant_id == question.tenant_id,
            _moves.c.case_id == row.id,
            _stages.c.tenant_id == question.tenant_id,
            _stages.c.retired_at.is_(None),
        )
        .correlate(_cases)
        .lateral("furthest")
    )
    return (
        select(
            *fact(
                id=row.id,
                at=row.opened_at,
                customer_id=row.customer_id,
                subject_id=row.id,
                is_hit=literal(value=True),
                is_maturing=literal(value=False),
                measure=cast(furthest.c.position, BigInteger),
                credited_at=row.opened_at,
            )
        )
        .select_from(_cases.join(furthest, true()))
        .where(row.tenant_id == question.tenant_id, question.falls(row.opened_at))
    )


def _funnel(
    dimensions: Sequence[ScorecardDimension], split: tuple[Any, ...], furthest: dict[int, int], stages: Sequence[Any]
) -> Funnel:
    cases = sum(furthest.values())
    steps, before = [], cases
    for stage in stages:
        reached = sum(count for position, count in furthest.items() if position >= stage["position"])
        steps.append(FunnelStep(stage["id"], reached, before, cases))
        before = reached
    return Funnel(dimensions, split, cases, tuple(steps))


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(_PLACES, ROUND_HALF_UP) if whole else None
