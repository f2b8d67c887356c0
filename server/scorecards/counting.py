"""Counts the facts of a metric, and lists those of some figures: one statement for all cards at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)

from server.db.reader import Reader
from server.db.statements import among
from server.operations.metrics import Metric
from server.operations.units import Unit
from server.scorecards.crediting import DIMENSION_COLUMNS, SOURCES, credited, dimensioned
from server.scorecards.figures import Fact, Figure, Key, Tally
from server.scorecards.questions import Question, given_table
from server.scorecards.score_terms import FactResult, ScorecardDimension, ShownBeside


@dataclass(frozen=True, slots=True)
class Choice:
    """Which values are wanted: those in every one of the sets, and whether there must be none, or one."""

    sets: tuple[tuple[Any, ...], ...] = ()
    is_null: bool | None = None

    def allows(self, value: Any) -> bool:
        if any(value not in one for one in self.sets):
            return False
        return self.is_null is None or self.is_null == (value is None)

    def condition(self, column: Any) -> ColumnElement[bool]:
        found = [among(column, one) for one in self.sets]
        if self.is_null is not None:
            found.append(column.is_(None) if self.is_null else column.isnot(None))
        return and_(true(), *found)


Choices = Mapping[ScorecardDimension, Choice]


async def tallies(
    reader: Reader, question: Question, metric: Metric, dimensions: Sequence[ScorecardDimension], choices: Choices
) -> dict[Key, Tally]:
    """The facts counted by unit and dimensions; for the brand, where the question is of the brand, by dimensions alone.

    Of the facts of no unit nothing is told where the question is of units.
    """
    facts = credited(question, metric)
    split = [facts.c[DIMENSION_COLUMNS[one][0]] for one in dimensions]
    unit = [facts.c.group_id, facts.c.role_id] if question.by_unit else []
    is_ripe = ~facts.c.is_maturing
    statement = (
        select(
            *unit,
            *split,
            func.count().filter(and_(is_ripe, facts.c.is_hit)).label("numerator"),
            func.count().filter(is_ripe).label("denominator"),
            func.count().filter(facts.c.is_maturing).label("maturing"),
            _measure(metric, facts).label("measure"),
        )
        .where(*_chosen(facts, choices))
        .group_by(*unit, *split)
    )
    if unit:
        statement = statement.where(or_(*(one.isnot(None) for one in unit)))
    found = {}
    for record in await reader.fetch(statement):
        values = list(record.values())
        owner = Unit(values[0], values[1]) if unit else None
        measure = None if record["measure"] is None else Decimal(record["measure"])
        tally = Tally(record["numerator"], record["denominator"], record["maturing"], measure)
        found[Key(owner, tuple(values[len(unit) : len(unit) + len(split)]))] = tally
    return found


async def listed(
    reader: Reader,
    figures: Sequence[Figure],
    results: Sequence[FactResult],
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
) -> list[list[Fact]]:
    """The facts of each figure that count so, the newest first, behind `after`: up to one more than `first`."""
    found: list[list[Fact]] = [[] for _ in figures]
    together: dict[tuple[Metric, bool], list[int]] = {}
    for place, figure in enumerate(figures):
        together.setdefault((figure.metric, figure.key.unit is not None), []).append(place)
    for (metric, _), places in together.items():
        asked = figures[places[0]].asked
        question = asked.question(metric, by_unit=figures[places[0]].key.unit is not None).naming_people()
        keys = [figures[place].key for place in places]
        statement = _page(question, metric, keys, asked, results, first=first, after=after)
        for record in await reader.fetch(statement):
            found[places[record["place"]]].append(_fact(record, SOURCES[metric].node))
    return found


def _page(
    question: Question,
    metric: Metric,
    keys: Sequence[Key],
    asked: Any,
    results: Sequence[FactResult],
    *,
    first: int,
    after: tuple[datetime, UUID] | None,
) -> Any:
    facts = credited(question, metric)
    wanted = given_table("wanted", _columns_of(keys, asked.dimensions))
    belongs = [wanted.c[name].is_not_distinct_from(facts.c[name]) for name in _split_names(asked.dimensions)]
    if question.by_unit:
        belongs.append(or_(facts.c.group_id == wanted.c.group_id, facts.c.role_id == wanted.c.role_id))
    result = _result(facts)
    newest = [facts.c.at.desc(), facts.c.id.desc()]
    numbered = (
        select(
            *facts.c,
            wanted.c.place,
            func.row_number().over(partition_by=[wanted.c.place], order_by=newest).label("number"),
        )
        .select_from(facts.join(wanted, and_(true(), *belongs)))
        .where(*_chosen(facts, asked.choices), among(result, [one.value for one in results]))
    )
    if after is not None:
        at, id = after
        numbered = numbered.where(or_(facts.c.at < at, and_(facts.c.at == at, facts.c.id < literal(id, Uuid))))
    rows = numbered.subquery("numbered")
    few = select(rows).where(rows.c.number <= first + 1).subquery("few")
    shown = question.telling(ScorecardDimension.STORE, ScorecardDimension.STAFF)
    told = dimensioned(shown, few, "place", "number")
    return select(told, _result(told).label("result")).order_by(told.c.place, told.c.number)


def _columns_of(keys: Sequence[Key], dimensions: Sequence[ScorecardDimension]) -> dict[str, tuple[Any, list[Any]]]:
    columns: dict[str, tuple[Any, list[Any]]] = {
        "place": (Integer(), list(range(len(keys)))),
        "group_id": (Uuid(), [None if key.unit is None else key.unit.group_id for key in keys]),
        "role_id": (Uuid(), [None if key.unit is None else key.unit.role_id for key in keys]),
    }
    for number, dimension in enumerate(dimensions):
        name, type_ = DIMENSION_COLUMNS[dimension]
        columns[name] = (type_, [key.split[number] for key in keys])
    return columns


def _split_names(dimensions: Sequence[ScorecardDimension]) -> list[str]:
    return [DIMENSION_COLUMNS[one][0] for one in dimensions]


def _chosen(facts: FromClause, choices: Choices) -> list[ColumnElement[bool]]:
    return [choice.condition(facts.c[DIMENSION_COLUMNS[one][0]]) for one, choice in choices.items()]


def _result(facts: FromClause) -> ColumnElement[Any]:
    return case(
        (facts.c.is_maturing, FactResult.MATURING.value),
        (facts.c.is_hit, FactResult.HIT.value),
        else_=FactResult.MISS.value,
    )


def _measure(metric: Metric, facts: FromClause) -> ColumnElement[Any]:
    match SOURCES[metric].shown_beside:
        case ShownBeside.MEAN_SCORE:
            return func.avg(facts.c.measure).filter(~facts.c.is_maturing)
        case ShownBeside.MEDIAN_MINUTES:
            middle = func.percentile_cont(0.5).within_group(cast(facts.c.measure, Float(53)))
            return middle.filter(~facts.c.is_maturing)
    return literal(None, BigInteger)


def _fact(record: Any, node: str) -> Fact:
    return Fact(
        id=record["id"],
        at=record["at"],
        result=FactResult(record["result"]),
        node=node,
        subject_id=record["subject_id"],
        customer_id=record["customer_id"],
        staff_id=record["holder_id"],
        store_id=record["store_id"],
    )
