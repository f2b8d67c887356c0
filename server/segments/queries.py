"""Every SELECT the room needs: segments by key, and who belongs to one, newest first, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert

from server.customers.tables import Customer
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.segments.tables import Segment

_customers = table_of(Customer)


class Place(NamedTuple):
    """Where a customer stands in the order of a segment."""

    added_at: datetime
    customer_id: UUID


class Asked(Protocol):
    """What a segment asks of customers, over the table of customers, and the values of its parameters."""

    @property
    def conditions(self) -> Sequence[ColumnElement[bool]]: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


async def locked_by_key(work: Work, key: str) -> Segment | None:
    found = await work.rows(Segment, table_of(Segment).c.key == key, lock=True)
    return found[0] if found else None


async def inserted(work: Work, segment: Segment) -> bool:
    """Insert the segment unless its key is taken; waits for whoever is taking it just now."""
    segment.tenant_id, segment.recorded_at = work.tenant_id, work.now
    table = table_of(Segment)
    statement = insert(table).values({name: getattr(segment, name) for name in Segment.model_fields})
    return await work.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "key"])) == 1


async def pages(reader: Reader, asked: Sequence[Asked], *, first: int, after: Place | None) -> list[list[Place]]:
    """Of each segment the next customers for whom all its conditions hold and whom the reader may see, newest first; one more
    than asked for, if there is one."""
    parts: list[Any] = []
    values: dict[str, Any] = {}
    for number, one in enumerate(asked):
        statement = _belonging(reader.tenant_id, one, _customers.c.first_added_at, _customers.c.id)
        if after is not None:
            here = tuple_(_customers.c.first_added_at, _customers.c.id)
            statement = statement.where(here < tuple_(literal(after.added_at), literal(after.customer_id)))
        newest_first = (_customers.c.first_added_at.desc(), _customers.c.id.desc())
        part = statement.order_by(*newest_first).limit(literal(first + 1)).subquery()
        parts.append(select(literal(number).label("number"), *part.c))
        values.update(one.values)
    found: list[list[Place]] = [[] for _ in asked]
    for number, added_at, customer_id in await reader.fetch(union_all(*parts), **values) if parts else ():
        found[number].append(Place(added_at, customer_id))
    return [sorted(places, reverse=True) for places in found]


async def counts(reader: Reader, asked: Sequence[Asked]) -> list[int]:
    """How many customers that the reader may see belong to each segment."""
    parts: list[Any] = []
    values: dict[str, Any] = {}
    for number, one in enumerate(asked):
        parts.append(_belonging(reader.tenant_id, one, literal(number).label("number"), func.count()))
        values.update(one.values)
    found = dict(await reader.fetch(union_all(*parts), **values)) if parts else {}
    return [found[number] for number in range(len(asked))]


def _belonging(tenant_id: UUID, asked: Asked, *shown: Any) -> Select[Any]:
    """Merged customers belong to none: who they became does."""
    return select(*shown).where(
        _customers.c.tenant_id == tenant_id, _customers.c.merged_into.is_(None), *asked.conditions
    )
