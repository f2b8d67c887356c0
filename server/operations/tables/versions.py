"""Versions of the operating model and what each lists.

A version's rows follow the design while it is in force and are left alone for good when it ends."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, document, instant, one_of, references, tenant_table, text, texts, whole
from server.operations.metrics import Metric
from server.operations.tables.unit_columns import one_unit
from server.tenants.advice_terms import RuleKey
from server.tenants.business import AdviceStrength, Industry, OperatingModelKind


class OperatingModel(TenantRow, table=True):
    """One version of how the tenant is served, with the reasons for the choice. `version` counts edits of the row."""

    __tablename__ = "operating_models"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", unique=True, postgresql_where=sql("in_force")),
        one_of("kind", OperatingModelKind),
        one_of("advised_kind", OperatingModelKind),
        one_of("industry", Industry),
        one_of("decided_by", RuleKey),
        one_of("strength", AdviceStrength),
        check("in_force", "in_force = (until IS NULL)"),
        check("override", "kind = advised_kind OR override_reason IS NOT NULL"),
    )

    number: int = whole()
    kind: str = text()
    industry: str = text()
    reviewed: bool
    in_force: bool = True
    since: datetime = instant()
    until: datetime | None = instant(nullable=True)
    advised_kind: str = text()
    decided_by: str = text()
    strength: str = text()
    reasons: list[Any] = document(default_factory=list)
    warnings: list[Any] = document(default_factory=list)
    assumed: list[str] = texts()
    missing: list[str] = texts()
    override_reason: str | None = text(default=None, nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class ModelUnit(TenantRow, table=True):
    """A version lists a group or role, with what it answered for then."""

    __tablename__ = "model_units"
    __table_args__ = tenant_table(
        references("operating_model_id", "operating_models"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        Index(
            None, "tenant_id", "operating_model_id", "group_id", "role_id",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
        one_of("headline_metric", Metric),
        one_unit(),
    )  # fmt: skip

    operating_model_id: UUID
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    position: int = whole()
    headline_metric: str = text()
    also: list[str] = texts()
    dormant: bool = False


class ModelStage(TenantRow, table=True):
    """A version lists a stage, with its place, owner and metric then."""

    __tablename__ = "model_stages"
    __table_args__ = tenant_table(
        references("operating_model_id", "operating_models"),
        references("stage_id", "stages"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        UniqueConstraint("tenant_id", "operating_model_id", "stage_id"),
        one_of("metric", Metric),
        one_unit(),
    )

    operating_model_id: UUID
    stage_id: UUID
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    position: int = whole()
    metric: str = text()
    adds: bool
    due_days: int | None = whole(default=None, nullable=True)
