"""Designed surprises, the times they happened, and the customers' telling of others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.wow_moments.surprise_terms import ShareMedium, WowTrigger

_COST = "(cost_minor IS NULL) = (cost_currency IS NULL) AND cost_minor >= 0"


class WowPlay(TenantRow, table=True):
    """A designed surprise. `role_id` or `group_id` is who performs it; neither means whoever serves."""

    __tablename__ = "wow_plays"
    __table_args__ = tenant_table(
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "recorded_at", "id"),
        one_of("trigger", WowTrigger),
        check("cost", _COST),
        check("performer", "role_id IS NULL OR group_id IS NULL"),
    )

    key: str = text()
    name: str = text()
    script: str = text()
    trigger: str = text()
    cost_minor: int | None = whole(default=None, nullable=True)
    cost_currency: str | None = text(default=None, nullable=True)
    role_id: UUID | None = None
    group_id: UUID | None = None
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    retired_at: datetime | None = instant(nullable=True)


class WowMoment(TenantRow, table=True):
    """One time a surprise happened to one customer, by a play or out of the blue."""

    __tablename__ = "wow_moments"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("play_id", "wow_plays"),
        references("staff_id", "staff_members"),
        references("case_id", "cases"),
        references("store_id", "stores"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "play_id", "occurred_at", "id"),
        Index(None, "tenant_id", "staff_id", "occurred_at", "id"),
        Index(None, "tenant_id", "store_id", "occurred_at", "id"),
        Index(None, "tenant_id", "case_id", "occurred_at", "id", postgresql_where=sql("case_id IS NOT NULL")),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "recorded_at", "id"),
        check("cost", _COST),
        customer="customer_id",
    )

    customer_id: UUID
    play_id: UUID | None = None
    staff_id: UUID | None = None
    case_id: UUID | None = None
    store_id: UUID | None = None
    cost_minor: int | None = whole(default=None, nullable=True)
    cost_currency: str | None = text(default=None, nullable=True)
    story: str | None = text(default=None, nullable=True)
    evidence: str | None = text(default=None, nullable=True)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class Share(TenantRow, table=True):
    """The customer told others. `spontaneous` follows from the two before it; it is stored to be filtered by."""

    __tablename__ = "shares"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("wow_moment_id", "wow_moments"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "wow_moment_id", "occurred_at", "id"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "recorded_at", "id"),
        one_of("medium", ShareMedium),
        check("spontaneous", "spontaneous = (NOT prompted AND NOT rewarded)"),
        customer="customer_id",
    )

    customer_id: UUID
    wow_moment_id: UUID | None = None
    medium: str = text()
    prompted: bool = Field(sa_type=Boolean)
    rewarded: bool = Field(sa_type=Boolean)
    spontaneous: bool = Field(sa_type=Boolean)
    evidence: str | None = text(default=None, nullable=True)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
