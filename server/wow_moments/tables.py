"""Designed surprises, the times they happened, the customers' telling of others, and who came through it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.wow_moments.surprise_terms import DueState, ShareMedium, WowOccasion, WowTrigger

_COST = "(cost_minor IS NULL) = (cost_currency IS NULL) AND cost_minor >= 0"


class WowPlay(TenantRow, table=True):
    """A designed surprise. `role_id` or `group_id` is who performs it; neither means whoever serves.

    `occasion` is what it is proposed for: so many hours after an order or a stage entered, so many days ahead of a birthday.
    """

    __tablename__ = "wow_plays"
    __table_args__ = tenant_table(
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("stage_id", "stages"),
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "recorded_at", "id"),
        one_of("trigger", WowTrigger),
        one_of("occasion", WowOccasion),
        check("stage", "(stage_id IS NOT NULL) = (occasion IS NOT DISTINCT FROM 'STAGE')"),
        check("times", "lead_days BETWEEN 0 AND 30 AND within_hours BETWEEN 1 AND 720"),
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
    occasion: str | None = text(default=None, nullable=True)
    stage_id: UUID | None = None
    lead_days: int | None = whole(default=None, nullable=True)
    within_hours: int | None = whole(default=None, nullable=True)
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
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "play_id", "occurred_at", "id"),
        Index(None, "tenant_id", "staff_id", "occurred_at", "id"),
        Index(None, "tenant_id", "store_id", "occurred_at", "id"),
        *(
            Index(None, "tenant_id", seldom, "occurred_at", "id", postgresql_where=sql(f"{seldom} IS NOT NULL"))
            for seldom in ("case_id", "role_id", "group_id")
        ),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "recorded_at", "id"),
        check("cost", _COST),
        check("capacity", "role_id IS NULL OR group_id IS NULL"),
        customer="customer_id",
    )

    customer_id: UUID
    play_id: UUID | None = None
    staff_id: UUID | None = None
    case_id: UUID | None = None
    store_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
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


class ReferralCode(TenantRow, table=True):
    """What a customer gives to friends. One for each share, and one for none in particular; likewise where it is rewarded."""

    __tablename__ = "referral_codes"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("share_id", "shares"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "customer_id", "share_id", "rewarded", postgresql_nulls_not_distinct=True),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        customer="customer_id",
    )

    customer_id: UUID
    share_id: UUID | None = None
    code: str = text()
    rewarded: bool = Field(sa_type=Boolean)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class Referral(TenantRow, table=True):
    """A new customer who came through another one: once in a lifetime, hence the unique key.

    The referrer was a customer earlier (`occurred_at` is when the new one became one), so nobody stands above themselves.
    Share, moment and play are the chain it is credited to, as it was found.
    """

    __tablename__ = "referrals"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("referrer_id", "customers"),
        references("code_id", "referral_codes"),
        references("share_id", "shares"),
        references("wow_moment_id", "wow_moments"),
        references("play_id", "wow_plays"),
        UniqueConstraint("tenant_id", "customer_id"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "referrer_id", "occurred_at", "id"),
        *(
            Index(None, "tenant_id", seldom, "occurred_at", "id", postgresql_where=sql(f"{seldom} IS NOT NULL"))
            for seldom in ("share_id", "wow_moment_id", "play_id")
        ),
        check("oneself", "referrer_id <> customer_id"),
        check(
            "chain",
            "(wow_moment_id IS NULL OR share_id IS NOT NULL) AND (play_id IS NULL OR wow_moment_id IS NOT NULL)",
        ),
        customer="customer_id",
    )

    customer_id: UUID
    referrer_id: UUID
    code_id: UUID | None = None
    share_id: UUID | None = None
    wow_moment_id: UUID | None = None
    play_id: UUID | None = None
    rewarded: bool = Field(sa_type=Boolean)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class DueWowMoment(TenantRow, table=True):
    """A moment that is to be made: a play, to one customer, because of one thing. `cause_id` is that thing's id.

    The ids behind it are what can be looked at: of an order, an appointment, a case that entered a stage, a subject.
    """

    __tablename__ = "due_wow_moments"
    __table_args__ = tenant_table(
        references("play_id", "wow_plays"),
        references("customer_id", "customers"),
        references("order_id", "orders"),
        references("appointment_id", "appointments"),
        references("case_id", "cases"),
        references("subject_id", "subjects"),
        references("wow_moment_id", "wow_moments"),
        UniqueConstraint("tenant_id", "play_id", "cause_id", "birthday", postgresql_nulls_not_distinct=True),
        Index(None, "tenant_id", "due_at", "id"),
        Index(None, "tenant_id", "customer_id", "due_at", "id"),
        Index(None, "tenant_id", "play_id", "due_at", "id"),
        Index(None, "tenant_id", "state", "due_at", "id"),
        Index("ix_due_wow_moments_waiting", "tenant_id", "cause_id", postgresql_where=sql("state = 'OPEN'")),
        one_of("occasion", WowOccasion),
        one_of("state", DueState),
        check("settled", "(settled_at IS NULL) = (state = 'OPEN')"),
        check("performed", "(wow_moment_id IS NOT NULL) = (state = 'PERFORMED')"),
        customer="customer_id",
    )

    play_id: UUID
    customer_id: UUID
    occasion: str = text()
    cause_id: UUID
    birthday: date | None = None
    order_id: UUID | None = None
    appointment_id: UUID | None = None
    case_id: UUID | None = None
    subject_id: UUID | None = None
    state: str = text(default=DueState.OPEN.value)
    due_at: datetime = instant()
    settled_at: datetime | None = instant(nullable=True)
    wow_moment_id: UUID | None = None
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
