"""What is asked of the facts of one metric, and the form in which every metric answers: a SELECT of facts.

The columns of a fact, always all of them and in this order:

id            of the row that is counted, unique within the metric
at            when it belongs to the period
customer_id   whose it is; null where nobody is known
subject_id    id of the node that shows it
is_hit        whether it counts in the numerator
is_maturing   whether its time is not over
measure       a number of its own: a score, microseconds of business time; or null
credited_at   when whoever held the role is credited with it
group_id, role_id   whose it is, where the row says so; null where the metric's owner has all of them
place_id      the store the row names
staff_id      the person the row names
channel_id    the channel the row names
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
)

from server.customers.tables import CaseStageChange
from server.db.statements import among, table_of
from server.operations.tables import ModelStage
from server.scorecards.business_time import Line, is_always_open, line
from server.scorecards.designs import Design
from server.scorecards.score_terms import ScorecardDimension
from server.scorecards.windows import CONVERSATION_PAUSE
from server.tenants.business import BusinessType
from server.tenants.queries import BusinessCalendar

COLUMNS = (
    "id", "at", "customer_id", "subject_id", "is_hit", "is_maturing", "measure", "credited_at",
    "group_id", "role_id", "place_id", "staff_id", "channel_id",
)  # fmt: skip
_DEFAULTS: Mapping[str, Any] = {
    "measure": literal(None, BigInteger),
    **{name: literal(None, Uuid) for name in ("group_id", "role_id", "place_id", "staff_id", "channel_id")},
}
_moves, _stages = table_of(CaseStageChange), table_of(ModelStage)


@dataclass(frozen=True)
class Brand:
    """What all figures of one answer rest on."""

    tenant_id: UUID
    now: datetime
    design: Design
    business_type: BusinessType
    calendar: BusinessCalendar


@dataclass(frozen=True)
class Question:
    """The facts of one period. `by_unit` False asks of the brand: whose they are makes no difference."""

    brand: Brand
    starts: datetime
    ends: datetime
    by_unit: bool = True
    dimensions: frozenset[ScorecardDimension] = frozenset()
    """What must be known of each fact."""
    names_people: bool = False
    """Whether each fact must name the person who did it, where its row takes a look elsewhere."""

    @property
    def tenant_id(self) -> UUID:
        return self.brand.tenant_id

    @property
    def now(self) -> datetime:
        return self.brand.now

    def wants(self, dimension: ScorecardDimension) -> bool:
        return dimension in self.dimensions

    @property
    def asks_who(self) -> bool:
        return self.names_people or self.wants(ScorecardDimension.STAFF)

    def telling(self, *dimensions: ScorecardDimension) -> Question:
        """The same, with other things known of each fact."""
        return replace(self, dimensions=frozenset(dimensions))

    def naming_people(self) -> Question:
        """The same, each fact naming who did it."""
        return replace(self, names_people=True)

    def between(self, starts: datetime, ends: datetime) -> Question:
        return replace(self, starts=starts, ends=ends)

    def falls(self, column: Any) -> ColumnElement[bool]:
        """The moment lies in the period, half open."""
        return and_(column >= self.starts, column < self.ends)

    def is_open(self, column: Any, window: timedelta) -> ColumnElement[bool]:
        """The time that began at this moment is not over."""
        is_open: ColumnElement[bool] = column > literal(self.now - window)
        return is_open

    def still(self, moment: Any) -> ColumnElement[Any]:
        """The moment, or now where that comes first: who is to be credited with what has not happened."""
        return func.least(moment, literal(self.now))

    @cached_property
    def business_time(self) -> Line | None:
        """Over the period and what follows on it; None where business time is time."""
        if is_always_open(self.brand.calendar):
            return None
        ends = max(self.now, self.ends) + CONVERSATION_PAUSE
        return line(self.brand.calendar, self.starts, ends)


def fact(**columns: Any) -> list[ColumnElement[Any]]:
    """The columns of a SELECT of facts; what is left out is null."""
    given = {**_DEFAULTS, **columns}
    return [given[name].label(name) for name in COLUMNS]


def owner_of_stage(question: Question, at: Any, *beside: FromClause, case_id: Any, customer_id: Any) -> FromClause:
    """Lateral `beside` these tables: the group or role that owned the stage where the case stood at that moment.

    Where no case is named it is the one of the customer's that was moved last by then.
    """
    standing = (
        select(_moves.c.to_stage_id)
        .where(
            _moves.c.tenant_id == question.tenant_id,
            _moves.c.customer_id == customer_id,
            or_(case_id.is_(None), _moves.c.case_id == case_id),
            _moves.c.occurred_at <= at,
        )
        .order_by(_moves.c.occurred_at.desc(), _moves.c.id.desc())
        .limit(1)
        .correlate(*beside)
        .lateral("standing")
    )
    return (
        select(_stages.c.group_id, _stages.c.role_id)
        .select_from(standing.join(_stages, _stages.c.stage_id == standing.c.to_stage_id))
        .where(_stages.c.tenant_id == question.tenant_id, _stages.c.operating_model_id == version_at(question, at))
        .correlate(*beside)
        .lateral("owner")
    )


def version_at(question: Question, at: Any) -> ColumnElement[Any]:
    """The id of the version of that moment."""
    versions = question.brand.design.versions
    later = [(at >= literal(version.since), literal(version.id, Uuid)) for version in reversed(versions[1:])]
    first = literal(versions[0].id, Uuid)
    return case(*later, else_=first) if later else first


def there_is(table: Any, *conditions: Any) -> ColumnElement[bool]:
    """EXISTS over one table."""
    return exists(select(literal(1)).select_from(table).where(*conditions))


def code(column: Any, *terms: Any) -> ColumnElement[bool]:
    """The column holds one of these codes."""
    return among(column, [term.value for term in terms])


def given_table(name: str, columns: Mapping[str, tuple[Any, list[Any]]]) -> FromClause:
    """Values as a table: {column: (type, its values)}."""
    arrays = (bindparam(None, values, type_=ARRAY(type_)) for type_, values in columns.values())
    return (
        func.unnest(*arrays)
        .table_valued(*(column(key, type_) for key, (type_, _) in columns.items()))
        .render_derived(name=name)
    )


Facts = Select[Any]
