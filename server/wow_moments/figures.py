"""What surprises came to, by play, role or store: how often customers could not help telling 忍不住, who came, what it cost.

The deciding figure is the spontaneous share rate: of the moments of the period that are older than 14 days, those told of
within 14 days by a share that was neither prompted nor rewarded. Shares that were asked for or paid do not enter into it,
not even as an average beside it. Read in the caller's data scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select

from server.db.reader import Reader
from server.db.statements import table_of
from server.wow_moments.surprise_terms import WowGrouping
from server.wow_moments.tables import Referral, Share, WowMoment

TELLING = timedelta(days=14)
"""So long a customer has to tell of a moment by themselves."""
MIN_SAMPLE = 20
"""From so many moments on the rate says something."""

_moments, _shares, _referrals = table_of(WowMoment), table_of(Share), table_of(Referral)


_GROUPED_BY = {
    WowGrouping.PLAY: _moments.c.play_id,
    WowGrouping.ROLE: _moments.c.role_id,
    WowGrouping.GROUP: _moments.c.group_id,
    WowGrouping.STORE: _moments.c.store_id,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the moments of a group came to. `group_id` is None for moments of no play, role, group or store."""

    group_id: UUID | None
    moments: int
    old_enough: int
    told: int
    """Of those old enough, told of spontaneously in time."""
    new_customers: int
    cost_minor: int
    """Of the moments whose cost is known in the brand's currency."""
    not_costed: int
    """Moments whose cost is unknown, or in another currency."""


async def figures(
    reader: Reader, start: datetime, end: datetime, currency: str, *, by: WowGrouping | None, limit: int
) -> list[Figures]:
    """Of the moments that happened from `start` up to `end`: by group, most moments first; without `by`, all together."""
    cohort = _cohort(reader, start, end, currency, None if by is None else _GROUPED_BY[by])
    rows = cohort.c
    moments = func.count()
    statement = select(
        rows.group_id,
        moments,
        func.count().filter(rows.old_enough),
        func.count().filter(and_(rows.old_enough, rows.told)),
        func.coalesce(func.sum(rows.brought), 0),
        func.coalesce(func.sum(rows.cost_minor), 0),
        func.count().filter(rows.cost_minor.is_(None)),
    ).group_by(rows.group_id)
    ordered = statement.order_by(moments.desc(), rows.group_id.nulls_last()).limit(limit)
    found = [Figures(record[0], *(int(number) for number in record[1:])) for record in await reader.fetch(ordered)]
    return found or ([] if by is not None else [Figures(None, 0, 0, 0, 0, 0, 0)])


def half_up(total: int, parts: int) -> int:
    """The part of one, in whole units, half a unit up."""
    return (2 * total + parts) // (2 * parts)


def _cohort(reader: Reader, start: datetime, end: datetime, currency: str, group: ColumnElement[Any] | None) -> Any:
    """The moments one by one."""
    told = exists().where(
        _shares.c.tenant_id == _moments.c.tenant_id,
        _shares.c.wow_moment_id == _moments.c.id,
        _shares.c.spontaneous,
        _shares.c.occurred_at < _moments.c.occurred_at + TELLING,
    )
    brought = (
        select(func.count())
        .where(_referrals.c.tenant_id == _moments.c.tenant_id, _referrals.c.wow_moment_id == _moments.c.id)
        .correlate(_moments)
        .scalar_subquery()
    )
    columns: Sequence[ColumnElement[Any]] = (
        (literal(None, _moments.c.id.type) if group is None else group).label("group_id"),
        (_moments.c.occurred_at <= reader.now - TELLING).label("old_enough"),
        told.label("told"),
        brought.label("brought"),
        case((_moments.c.cost_currency == currency, _moments.c.cost_minor)).label("cost_minor"),
    )
    found: Select[Any] = select(*columns).where(
        _moments.c.tenant_id == reader.tenant_id, _moments.c.occurred_at >= start, _moments.c.occurred_at < end
    )
    return found.subquery("cohort")
