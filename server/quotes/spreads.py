"""How far the prices that the brand quoted for one item lie apart 报价离散度: what was issued, by item and by department.

Counted is every quote that was issued in the period, whatever became of it: the customer was given that price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, ColumnElement, Float, Numeric, Select, and_, cast, func, select

from server.db.reader import Reader
from server.db.statements import among, table_of
from server.quotes.tables import Quote, QuoteLine

_quotes, _lines = table_of(Quote), table_of(QuoteLine)


@dataclass(frozen=True, slots=True)
class Spread:
    """The unit prices of one item, in minor units. The median of an even number is the middle of the two, half a unit up."""

    item_id: UUID
    department_id: UUID | None
    count: int
    lowest: int
    median: int
    highest: int


async def price_spreads(
    reader: Reader, start: datetime, end: datetime, *, item_ids: Sequence[UUID] | None, limit: int
) -> list[Spread]:
    """One for each item quoted from `start` up to `end`, the widest apart first; `department_id` is None in all of them."""
    price = _lines.c.unit_minor
    statement = (
        _quoted(reader, start, end)
        .group_by(_lines.c.item_id)
        .order_by((func.max(price) - func.min(price)).desc(), _lines.c.item_id)
        .limit(limit)
    )
    if item_ids is not None:
        statement = statement.where(among(_lines.c.item_id, item_ids))
    return [_spread(record, None) for record in await reader.fetch(statement)]


async def spreads_by_department(
    reader: Reader, start: datetime, end: datetime, item_ids: Sequence[UUID]
) -> list[Spread]:
    """One for each of these items and each department that quoted it, the dearest median first."""
    statement = (
        _quoted(reader, start, end, _quotes.c.department_id)
        .where(among(_lines.c.item_id, item_ids))
        .group_by(_lines.c.item_id, _quotes.c.department_id)
    )
    found = [_spread(record, record["department_id"]) for record in await reader.fetch(statement)]
    return sorted(found, key=lambda one: (-one.median, str(one.department_id or "")))


def _quoted(reader: Reader, start: datetime, end: datetime, *more: ColumnElement[Any]) -> Select[Any]:
    price = _lines.c.unit_minor
    middle = func.percentile_cont(0.5).within_group(cast(price, Float(53)))
    return (
        select(
            _lines.c.item_id,
            *more,
            func.count().label("count"),
            func.min(price).label("lowest"),
            cast(func.round(cast(middle, Numeric)), BigInteger).label("median"),
            func.max(price).label("highest"),
        )
        .join(_lines, and_(_lines.c.tenant_id == _quotes.c.tenant_id, _lines.c.quote_id == _quotes.c.id))
        .where(
            _quotes.c.tenant_id == reader.tenant_id,
            _quotes.c.issued_at >= start,
            _quotes.c.issued_at < end,
            _lines.c.item_id.isnot(None),
        )
    )


def _spread(record: asyncpg.Record, department_id: UUID | None) -> Spread:
    return Spread(
        item_id=record["item_id"],
        department_id=department_id,
        count=record["count"],
        lowest=record["lowest"],
        median=record["median"],
        highest=record["highest"],
    )
