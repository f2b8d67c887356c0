"""The platform's own tables, which belong to no tenant, and the few questions the application may ask of them.

The role `shuke_app` has no right on these tables. It calls functions of schema `platform` that answer for exact keys only,
so that nobody can list tenants, not even through a hole in a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.database import Database
from server.db.tables import document, instant, platform_table, text, whole


class DirectoryEntry(SQLModel, table=True):
    """A tenant's slug, unique over the installation."""

    __tablename__ = "directory"
    __table_args__ = platform_table(
        UniqueConstraint("slug"), reason="finds a tenant by its slug before any tenant is known", worker="SELECT"
    )

    tenant_id: UUID = Field(primary_key=True)
    slug: str = text()
    status: str = text(default="ACTIVE")
    recorded_at: datetime = instant()


class Onboarding(SQLModel, table=True):
    """The key of an `onboardTenant` call: before it there is no tenant that could keep it."""

    __tablename__ = "onboardings"
    __table_args__ = platform_table(
        reason="keeps the idempotency keys of onboarding, by the owner's e-mail", worker="SELECT, DELETE"
    )

    email: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    fingerprint: str = text()
    tenant_id: UUID
    outcome: dict[str, Any] = document()
    recorded_at: datetime = instant()


class Installation(SQLModel, table=True):
    """One row: which installation this is, and how often its log was restored."""

    __tablename__ = "installation"
    __table_args__ = platform_table(reason="identity and epoch of the installation")

    id: int = Field(primary_key=True, default=1, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    epoch: int = whole(default=1)
    recorded_at: datetime = instant()


class Job(SQLModel, table=True):
    """One piece of work that takes longer than an act and is not done; see `jobs`. Deleted with its last step."""

    __tablename__ = "jobs"
    __table_args__ = platform_table(
        Index("ix_jobs_due_at", "due_at"),
        reason="tells workers, which see no tenant's rows, whose work is due",
        worker="SELECT, UPDATE, DELETE",
    )

    tenant_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    id: UUID = Field(primary_key=True)
    actor_kind: str = text()
    actor_id: UUID | None = Field(default=None)
    due_at: datetime = instant()
    attempts: int = whole(default=0)
    recorded_at: datetime = instant()


FUNCTIONS = (
    """
CREATE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$""",
    """
CREATE FUNCTION platform.claim_slug(wanted text, tenant uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  WITH claimed AS (
    INSERT INTO platform.directory (tenant_id, slug, status, recorded_at) VALUES (tenant, wanted, 'ACTIVE', now())
    ON CONFLICT (slug) DO NOTHING RETURNING 1
  ) SELECT EXISTS (SELECT 1 FROM claimed)
$$""",
    """
CREATE FUNCTION platform.tenant_by_slug(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT tenant_id FROM platform.directory WHERE slug = wanted AND status = 'ACTIVE'
$$""",
    """
CREATE FUNCTION platform.epoch() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT epoch FROM platform.installation
$$""",
    """
CREATE FUNCTION platform.remember_onboarding(who text, what text, print text, tenant uuid, result jsonb) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  WITH kept AS (
    INSERT INTO platform.onboardings (email, key, fingerprint, tenant_id, outcome, recorded_at)
    VALUES (who, what, print, tenant, result, now()) ON CONFLICT DO NOTHING RETURNING 1
  ) SELECT EXISTS (SELECT 1 FROM kept)
$$""",
    """
CREATE FUNCTION platform.recall_onboarding(who text, what text)
RETURNS TABLE (fingerprint text, tenant_id uuid, outcome jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = platform, pg_temp AS $$
  SELECT o.fingerprint, o.tenant_id, o.outcome FROM platform.onboardings o WHERE o.email = who AND o.key = what
$$""",
)
"""Created by the first migration, with `tenancy.STREAM_POSITIONS`. Each answers for exact keys and is the only way in."""


async def stream_positions(database: Database, tenants: Sequence[UUID]) -> list[tuple[UUID, int]]:
    """The newest sequence number of each of these tenants."""
    async with database.reads.acquire() as connection:
        rows = await connection.fetch("SELECT tenant_id, last_seq FROM platform.stream_positions($1)", list(tenants))
    return [(row["tenant_id"], row["last_seq"]) for row in rows]


async def claim_slug(connection: asyncpg.Connection, slug: str, tenant_id: UUID) -> bool:
    """Whether the slug is now this tenant's. Waits for a concurrent claim of the same slug to end."""
    return bool(await connection.fetchval("SELECT platform.claim_slug($1, $2)", slug, tenant_id))


async def tenant_by_slug(connection: asyncpg.Connection, slug: str) -> UUID | None:
    id: UUID | None = await connection.fetchval("SELECT platform.tenant_by_slug($1)", slug)
    return id


async def epoch(connection: asyncpg.Connection) -> int:
    """How often this installation was restored, plus one."""
    return int(await connection.fetchval("SELECT platform.epoch()"))


async def hold_onboarding(connection: asyncpg.Connection, email: str, key: str) -> None:
    """Hold the key until the transaction ends; whoever else wants it waits."""
    await connection.fetchval("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"onboarding|{email}|{key}")


async def remember_onboarding(
    connection: asyncpg.Connection, email: str, key: str, *, fingerprint: str, tenant_id: UUID, outcome: dict[str, Any]
) -> bool:
    """Keep the outcome under the key; False where the key is taken (waits for a concurrent holder to end)."""
    return bool(
        await connection.fetchval(
            "SELECT platform.remember_onboarding($1, $2, $3, $4, $5)", email, key, fingerprint, tenant_id, outcome
        )
    )


async def recall_onboarding(connection: asyncpg.Connection, email: str, key: str) -> asyncpg.Record | None:
    """What is kept under the key: fingerprint, tenant_id, outcome."""
    return await connection.fetchrow("SELECT * FROM platform.recall_onboarding($1, $2)", email, key)


async def tenants_after(connection: asyncpg.Connection, last: UUID | None) -> list[UUID]:
    """For the worker: up to 500 tenants in order of id, behind `last`."""
    rows = await connection.fetch(
        "SELECT tenant_id FROM platform.directory WHERE $1::uuid IS NULL OR tenant_id > $1 ORDER BY tenant_id LIMIT 500",
        last,
    )
    return [row["tenant_id"] for row in rows]


async def forget_onboardings(connection: asyncpg.Connection, kept: timedelta) -> int:
    """For the worker: delete the keys of onboardings older than `kept`."""
    status = await connection.execute("DELETE FROM platform.onboardings WHERE recorded_at < now() - $1::interval", kept)
    return int(status.rpartition(" ")[2])
