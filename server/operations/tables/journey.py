"""The journey: its stages, the windows of its conversions, and the targets somebody answers for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.operations.metrics import Metric
from server.operations.tables.unit_columns import at_most_one_unit


class Stage(TenantRow, table=True):
    """A stage as the version in force has it; a retired one as it last was. A case may stand on a retired stage."""

    __tablename__ = "stages"
    __table_args__ = tenant_table(
        references("owner_group_id", "ops_groups"),
        references("owner_role_id", "service_roles"),
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "owner_group_id"),
        Index(None, "tenant_id", "owner_role_id"),
        one_of("metric", Metric),
        check("owner", "num_nonnulls(owner_group_id, owner_role_id) = 1"),
        check("due_days", "due_days BETWEEN 1 AND 3650"),
    )

    key: str = text()
    label_en: str = text()
    label_zh: str = text()
    position: int = whole()
    owner_group_id: UUID | None = Field(default=None)
    owner_role_id: UUID | None = Field(default=None)
    metric: str = text()
    adds: bool
    due_days: int | None = whole(default=None, nullable=True)
    retired_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class MetricParameter(TenantRow, table=True):
    """The window of a stage conversion: of the cases that entered one stage, those that entered a later one in time."""

    __tablename__ = "metric_parameters"
    __table_args__ = tenant_table(
        references("operating_model_id", "operating_models"),
        references("from_stage_id", "stages"),
        references("to_stage_id", "stages"),
        UniqueConstraint("tenant_id", "operating_model_id", "metric"),
        one_of("metric", Metric),
        check("days", "days BETWEEN 1 AND 3650"),
    )

    operating_model_id: UUID
    metric: str = text()
    from_stage_id: UUID
    to_stage_id: UUID
    days: int = whole()


class MetricTarget(TenantRow, table=True):
    """What a unit, or with none the brand, should reach: at one store, or everywhere. A newer target ends the older."""

    __tablename__ = "metric_targets"
    __table_args__ = tenant_table(
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        references("store_id", "stores"),
        Index(
            None, "tenant_id", "metric", "group_id", "role_id", "store_id",
            unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sql("until IS NULL"),
        ),
        Index(None, "tenant_id", "since", "id"),
        Index(None, "tenant_id", "group_id", "since", "id"),
        Index(None, "tenant_id", "role_id", "since", "id"),
        one_of("metric", Metric),
        check("basis_points", "basis_points BETWEEN 0 AND 10000"),
        at_most_one_unit(),
    )  # fmt: skip

    metric: str = text()
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    store_id: UUID | None = Field(default=None)
    basis_points: int = whole()
    since: datetime = instant()
    until: datetime | None = instant(nullable=True)
