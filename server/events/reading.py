"""Reads the log: a part of it in order, and everything from a cursor on for as long as somebody listens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import select

from server.db.database import Database
from server.db.statements import Statements, among, table_of
from server.db.tenancy import Passage
from server.errors import ErrorCode, RequestError
from server.events.following import Tailer
from server.events.tables import EventRow, TenantStream

_BATCH = 100
_HEARTBEAT_SECONDS = 5.0

_rows = table_of(EventRow).c
_streams = table_of(TenantStream).c


class Place(NamedTuple):
    """An event's number and id."""

    seq: int
    id: UUID


async def part(
    statements: Statements, tenant_id: UUID, *, after: int, types: Sequence[str] | None, limit: int
) -> list[Place]:
    """The events behind `after`, in order, that the transaction's passage may see."""
    statement = select(_rows.seq, _rows.id).where(_rows.tenant_id == tenant_id, _rows.seq > after)
    if types is not None:
        statement = statement.where(among(_rows.type, types))
    records = await statements.fetch(statement.order_by(_rows.seq).limit(limit))
    return [Place(record["seq"], record["id"]) for record in records]


async def check_kept(statements: Statements, tenant_id: UUID, after: int) -> None:
    """Raises CURSOR_EXPIRED where events behind `after` are no longer kept, or `after` lies beyond the newest one."""
    stream = await statements.fetch_one(
        select(_streams.low_seq, _streams.last_seq).where(_streams.tenant_id == tenant_id)
    )
    if stream is not None and after > stream["last_seq"]:
        raise RequestError(
            ErrorCode.CURSOR_EXPIRED, "after: the log ends before this cursor. Read a snapshot and its cursor."
        )
    if stream is not None and after < stream["low_seq"] - 1:
        raise RequestError(
            ErrorCode.CURSOR_EXPIRED,
            "after: events behind this cursor are no longer kept. Read a snapshot and its cursor.",
        )


async def last_seq(statements: Statements, tenant_id: UUID) -> int:
    """The number of the tenant's newest event."""
    return cast(int, await statements.scalar(select(_streams.last_seq).where(_streams.tenant_id == tenant_id)) or 0)


async def follow(
    database: Database, tailer: Tailer, passage: Passage, *, after: int | None, types: Sequence[str] | None
) -> AsyncIterator[list[Place]]:
    """Every event behind `after` (from now on where None), in order, in batches, without end.

    Each follower reads from its own place, so a slow one neither loses events nor slows others. An empty batch is a
    heartbeat: it lets the caller look whether it may still listen.
    """
    with tailer.follow(passage.tenant_id) as follower:
        async with database.snapshot(passage) as (raw, _):
            statements = Statements(raw)
            newest = await last_seq(statements, passage.tenant_id)
            place = newest if after is None else after
            await check_kept(statements, passage.tenant_id, place)
        while True:
            follower.clear()
            async with database.snapshot(passage) as (raw, _):
                statements = Statements(raw)
                newest = await last_seq(statements, passage.tenant_id)
                batch = await part(statements, passage.tenant_id, after=place, types=types, limit=_BATCH)
            if batch:
                yield batch
                place = batch[-1].seq
            if len(batch) == _BATCH:
                continue
            place = max(place, newest)
            if not await follower.wait(_HEARTBEAT_SECONDS):
                yield []
