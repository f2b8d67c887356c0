"""Who serves: ops groups, service roles, what the customer sees of them, and the purposes they own or may use."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, texts, whole
from server.operations.boundary_modes import BoundaryMode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.tables.unit_columns import one_unit


class OpsGroup(TenantRow, table=True):
    """A central team. `adds` follows from the stages it owns in the version in force."""

    __tablename__ = "ops_groups"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "key"), one_of("headline_metric", Metric))

    key: str = text()
    label_en: str = text()
    label_zh: str = text()
    headline_metric: str = text()
    also: list[str] = texts()
    duty: list[str] = texts()
    cleared_for: list[str] = texts()
    adds: bool = False
    retired_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class ServiceRole(TenantRow, table=True):
    """A role that serves. A dormant one is named by the version in force but has no stages, boundary or friends."""

    __tablename__ = "service_roles"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "key"), one_of("headline_metric", Metric))

    key: str = text()
    label_en: str = text()
    label_zh: str = text()
    headline_metric: str = text()
    also: list[str] = texts()
    duty: list[str] = texts()
    cleared_for: list[str] = texts()
    adds: bool = False
    dormant: bool = False
    retired_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class Persona(TenantRow, table=True):
    """What the customer sees. Names are patterns that may hold {staff}."""

    __tablename__ = "personas"
    __table_args__ = tenant_table(
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "group_id", "recorded_at", "id"),
        Index(None, "tenant_id", "role_id", "recorded_at", "id"),
        check("position", "char_length(position_en) <= 32 AND char_length(position_zh) <= 32"),
        one_unit(),
    )

    key: str = text()
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    name_en: str = text()
    name_zh: str = text()
    position_en: str = text()
    position_zh: str = text()
    promise_en: str = text()
    promise_zh: str = text()
    retired_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class RolePurpose(TenantRow, table=True):
    """One line of a boundary: a group or role owns a purpose, or may use it. One owner per purpose and version."""

    __tablename__ = "role_purposes"
    __table_args__ = tenant_table(
        references("operating_model_id", "operating_models"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        Index(
            None, "tenant_id", "operating_model_id", "purpose",
            unique=True, postgresql_where=sql("mode = 'OWNS'"),
        ),
        Index(  # named, because the name made by convention would be too long for PostgreSQL
            "ix_role_purposes_unit", "tenant_id", "operating_model_id", "purpose", "group_id", "role_id",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
        Index(None, "tenant_id", "group_id"),
        Index(None, "tenant_id", "role_id"),
        one_of("purpose", Purpose),
        one_of("mode", BoundaryMode),
        one_unit(),
    )  # fmt: skip

    operating_model_id: UUID
    purpose: str = text()
    mode: str = text()
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
