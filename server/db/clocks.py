"""Deadlines as data: what is to be looked at again, and when, over all tenants.

An act sets or stops the clock of its thing in its own transaction, so no deadline is lost and none outlives its cause. The
worker claims what has run out, opens an ordinary unit of work of that tenant, and forgets the clock once that is committed.
What is done then must bear being done twice: a worker that is killed in between leaves the clock to the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import Index, Text, bindparam, func, select
from sqlmodel import Field, SQLModel

from server.db.tables import instant, platform_table
from server.db.work import Work

LEASE = timedelta(seconds=60)
"""For so long a claimed clock is left to whoever claimed it."""


class Clock(SQLModel, table=True):
    """One deadline of one thing. A thing has at most one clock of a kind."""

    __tablename__ = "clocks"
    __table_args__ = platform_table(
        Index(None, "due_at"),
        reason="finds what is due next over all tenants, for the worker",
        worker="SELECT, UPDATE, DELETE",
    )

    tenant_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    subject_id: UUID = Field(primary_key=True)
    due_at: datetime = instant()
    claimed_until: datetime | None = instant(nullable=True)


CLOCK_FUNCTIONS = (
    """
CREATE FUNCTION platform.set_clock(what text, subject uuid, due timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  INSERT INTO platform.clocks (tenant_id, kind, subject_id, due_at)
  VALUES (current_setting('app.tenant_id')::uuid, what, subject, due)
  ON CONFLICT (tenant_id, kind, subject_id) DO UPDATE SET due_at = EXCLUDED.due_at, claimed_until = NULL
$$""",
    """
CREATE FUNCTION platform.stop_clock(what text, subject uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  DELETE FROM platform.clocks
  WHERE tenant_id = current_setting('app.tenant_id')::uuid AND kind = what AND subject_id = subject
$$""",
)
"""The application's only way to the clocks: one of its own tenant, by its exact key."""


async def set_clock(work: Work, kind: str, subject_id: UUID, due_at: datetime) -> None:
    """Have the thing looked at at that time; an earlier clock of this kind is replaced."""
    await work.fetch(
        select(
            func.platform.set_clock(
                bindparam("kind", kind, type_=Text), bindparam("subject", subject_id), bindparam("due", due_at)
            )
        )
    )


async def stop_clock(work: Work, kind: str, subject_id: UUID) -> None:
    """The thing need not be looked at any more. Nothing happens where no such clock runs."""
    await work.fetch(
        select(func.platform.stop_clock(bindparam("kind", kind, type_=Text), bindparam("subject", subject_id)))
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A clock that has run out and is claimed."""

    tenant_id: UUID
    kind: str
    subject_id: UUID
    due_at: datetime


async def claim(connection: asyncpg.Connection, kinds: Sequence[str], limit: int) -> list[Due]:
    """For the worker: up to `limit` clocks of these kinds that have run out, the longest due first, each claimed once."""
    rows = await connection.fetch(
        "UPDATE platform.clocks c SET claimed_until = now() + $3::interval FROM ("
        " SELECT tenant_id, kind, subject_id FROM platform.clocks"
        " WHERE due_at <= now() AND kind = ANY($1) AND (claimed_until IS NULL OR claimed_until < now())"
        " ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) found"
        " WHERE (c.tenant_id, c.kind, c.subject_id) = (found.tenant_id, found.kind, found.subject_id)"
        " RETURNING c.tenant_id, c.kind, c.subject_id, c.due_at",
        list(kinds),
        limit,
        LEASE,
    )
    return sorted((Due(**row) for row in rows), key=lambda due: due.due_at)


async def forget(connection: asyncpg.Connection, due: Due) -> None:
    """For the worker: this is dealt with. A clock that was set anew meanwhile runs on."""
    await connection.execute(
        "DELETE FROM platform.clocks WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3 AND due_at = $4",
        due.tenant_id,
        due.kind,
        due.subject_id,
        due.due_at,
    )
