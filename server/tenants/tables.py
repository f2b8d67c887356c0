"""Tenants, the people who work for them, opening hours, words of their own, and other systems' ids."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.access.permissions import DataScope
from server.db.tables import TenantRow, check, document, instant, one_of, tenant_table, text, whole
from server.tenants.business import BusinessType, Industry
from server.terms import Locale, Term


class TenantStatus(Term):
    """Whether the brand is served."""

    ACTIVE = "ACTIVE", "Active", "使用中"
    CLOSED = "CLOSED", "Closed", "已关闭"


class Tenant(TenantRow, table=True):
    """A brand on the platform. Its one row: `id` is the tenant's own id.

    `profile` holds the facts the advice is given on, `thresholds` where small ends and large begins (see documents).
    `currency` never changes: amounts are kept in its minor units.
    """

    __tablename__ = "tenants"
    __table_args__ = tenant_table(
        check("own_id", "id = tenant_id"),
        one_of("business_type", BusinessType),
        one_of("industry", Industry),
        one_of("locale", Locale),
        one_of("status", TenantStatus),
    )

    name: str = text()
    slug: str = text()
    business_type: str = text()
    industry: str = text()
    profile: dict[str, Any] = document()
    thresholds: dict[str, Any] = document()
    currency: str = text()
    timezone: str = text()
    locale: str = text()
    status: str = text(default=TenantStatus.ACTIVE)
    version: int = whole(default=1)
    recorded_at: datetime = instant()


class StaffMember(TenantRow, table=True):
    """A person who works for the brand, wherever placed. `left_at` ends everything the person may do."""

    __tablename__ = "staff_members"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "key"),
        # An address belongs to one person at a time; whoever left gives it free.
        Index(None, "tenant_id", "email", unique=True, postgresql_where=sql("left_at IS NULL")),
        Index(None, "tenant_id", "joined_at", "id"),
        Index(None, "tenant_id", "name", "id"),
        one_of("data_scope", DataScope),
        check("stay", "left_at IS NULL OR left_at >= joined_at"),
    )

    name: str = text()
    email: str | None = text(default=None, nullable=True)
    key: str | None = text(default=None, nullable=True)
    data_scope: str = text(default=DataScope.OWN_CUSTOMERS)
    joined_at: datetime = instant()
    left_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()


class BusinessHours(TenantRow, table=True):
    """One opening interval of one weekday, in the tenant's time zone. A weekday without any is closed.

    Monday is 1, Sunday 7; `opens` and `closes` are minutes after midnight, `closes` exclusive and at most 1440.
    """

    __tablename__ = "business_hours"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "weekday", "opens"),
        check("weekday", "weekday BETWEEN 1 AND 7"),
        check("interval", "opens >= 0 AND opens < closes AND closes <= 1440"),
    )

    weekday: int = whole()
    opens: int = whole()
    closes: int = whole()


class ClosedDay(TenantRow, table=True):
    """A day on which the brand is closed although its weekday is open."""

    __tablename__ = "closed_days"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "day"))

    day: date
    reason: str | None = text(default=None, nullable=True)


class TermLabel(TenantRow, table=True):
    """A tenant's own words for a term: `kind` is the enumeration, `code` its member."""

    __tablename__ = "term_labels"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "kind", "code"))

    kind: str = text()
    code: str = text()
    label_en: str | None = text(default=None, nullable=True)
    label_zh: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()


class ExternalRef(TenantRow, table=True):
    """The id another system gives to something of ours. A thing may have several, an id means one thing."""

    __tablename__ = "external_refs"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "node_type", "system", "external_id"),
        Index(None, "tenant_id", "node_type", "node_id"),
    )

    node_type: str = text()
    node_id: UUID = Field()
    system: str = text()
    external_id: str = text()
    recorded_at: datetime = instant()
