"""Stage conversions 环节转化: of the cases that entered one stage in the period, those that went on in time.

A case counts once, when it entered the stage for the first time. Going on means entering the later stage, or one behind it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, case, false, literal, or_, select, true, union_all

from server.customers.tables import CaseStageChange
from server.db.statements import among, table_of
from server.operations.metrics import Metric
from server.scorecards.designs import Conversion
from server.scorecards.questions import COLUMNS, Facts, Question, fact, there_is

_moves = table_of(CaseStageChange)


def conversions(question: Question, metric: Metric) -> Facts:
    """One fact per case, of every version of the operating model that was in force in the period."""
    parts = []
    for version in question.brand.design.in_period(question.starts, question.ends):
        window = version.conversions.get(metric)
        if window is not None:
            starts, ends = _later(question.starts, version.since), _earlier(question.ends, version.until)
            parts.append(_conversion(question.between(starts, ends), window))
    if not parts:
        return _none()
    if len(parts) == 1:
        return parts[0]
    together = union_all(*parts).subquery("together")
    return select(*(together.c[name] for name in COLUMNS))


def _conversion(question: Question, window: Conversion) -> Facts:
    entered, earlier, later = _moves.alias("entered"), _moves.alias("earlier"), _moves.alias("later")
    tenant_id, days = question.tenant_id, timedelta(days=window.days)
    was_there = there_is(
        earlier,
        earlier.c.tenant_id == tenant_id,
        earlier.c.case_id == entered.c.case_id,
        earlier.c.to_stage_id == window.from_stage_id,
        or_(
            earlier.c.occurred_at < entered.c.occurred_at,
            and_(earlier.c.occurred_at == entered.c.occurred_at, earlier.c.id < entered.c.id),
        ),
    )
    reached = (
        select(later.c.occurred_at)
        .where(
            later.c.tenant_id == tenant_id,
            later.c.case_id == entered.c.case_id,
            among(later.c.to_stage_id, window.later),
            later.c.occurred_at >= entered.c.occurred_at,
            later.c.occurred_at <= entered.c.occurred_at + days,
        )
        .order_by(later.c.occurred_at)
        .limit(1)
        .correlate(entered)
        .lateral("reached")
    )
    is_hit = reached.c.occurred_at.isnot(None)
    return (
        select(
            *fact(
                id=entered.c.id,
                at=entered.c.occurred_at,
                customer_id=entered.c.customer_id,
                subject_id=entered.c.case_id,
                is_hit=is_hit,
                is_maturing=question.is_open(entered.c.occurred_at, days),
                credited_at=case((is_hit, reached.c.occurred_at), else_=question.still(entered.c.occurred_at + days)),
            )
        )
        .select_from(entered.outerjoin(reached, true()))
        .where(
            entered.c.tenant_id == tenant_id,
            entered.c.to_stage_id == window.from_stage_id,
            question.falls(entered.c.occurred_at),
            ~was_there,
        )
    )


def _none() -> Facts:
    """No version in force in the period measures it."""
    return select(
        *fact(
            id=_moves.c.id,
            at=_moves.c.occurred_at,
            customer_id=_moves.c.customer_id,
            subject_id=_moves.c.case_id,
            is_hit=literal(value=False),
            is_maturing=literal(value=False),
            credited_at=_moves.c.occurred_at,
        )
    ).where(false())


def _later(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else max(one, other)


def _earlier(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)
