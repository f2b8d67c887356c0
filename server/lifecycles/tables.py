"""Progress of what takes longer than an act. Nothing else is kept in this room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, document, instant, one_of, references, tenant_table, text, whole
from server.lifecycles.change_terms import ModelChangeKind, ModelChangeStatus, RoleSuccession
from server.lifecycles.succession_terms import SuccessionRule, TransferState
from server.tenants.business import OperatingModelKind


class Transfer(TenantRow, table=True):
    """One person's friendships pass to others, and then what they had still to do: `matters_moved` to a person,
    `matters_left` to nobody in particular. What is left to do are the friendships the person still has."""

    __tablename__ = "transfers"
    __table_args__ = tenant_table(
        references("from_staff_id", "staff_members"),
        references("to_staff_id", "staff_members"),
        Index(None, "tenant_id", "started_at", "id"),
        Index(None, "tenant_id", "state", "started_at", "id"),
        Index(None, "tenant_id", "from_staff_id", "started_at", "id"),
        one_of("rule", SuccessionRule),
        one_of("state", TransferState),
        check("finished", "(finished_at IS NULL) = (state = 'RUNNING')"),
        check("to", "to_staff_id <> from_staff_id"),
        check("counts", "moved >= 0 AND waiting >= 0 AND total >= 0"),
        check("matters", "matters_moved >= 0 AND matters_left >= 0"),
    )

    from_staff_id: UUID
    to_staff_id: UUID | None = None
    rule: str = text()
    leaver: bool = Field(default=False, sa_type=Boolean)
    state: str = text(default=TransferState.RUNNING.value)
    total: int = whole()
    moved: int = whole(default=0)
    waiting: int = whole(default=0)
    matters_moved: int = whole(default=0)
    matters_left: int = whole(default=0)
    started_at: datetime = instant()
    finished_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class ModelChange(TenantRow, table=True):
    """One change being carried out, or carried out. One at a time.

    It goes through the customers in the order of their ids; `last_customer` is the last one that is done. What was
    recorded up to `recorded_at` is counted before the first and after the last.
    """

    __tablename__ = "model_changes"
    __table_args__ = tenant_table(
        references("from_model_id", "operating_models"),
        references("to_model_id", "operating_models"),
        Index("ix_model_changes_running", "tenant_id", unique=True, postgresql_where=sql("status = 'RUNNING'")),
        Index(None, "tenant_id", "recorded_at", "id"),
        one_of("kind", ModelChangeKind),
        one_of("to_kind", OperatingModelKind),
        one_of("status", ModelChangeStatus),
        one_of("succession", RoleSuccession),
        check("to_kind_of_change", "(kind = 'MODEL_CHANGE') = (to_kind IS NOT NULL)"),
        check("completed", "(completed_at IS NULL) = (status = 'RUNNING')"),
        check("pace", "pace > 0"),
    )

    kind: str = text()
    to_kind: str | None = text(default=None, nullable=True)
    status: str = text(default=ModelChangeStatus.RUNNING.value)
    plan_id: str = text()
    succession: str = text()
    mapping: dict[str, Any] = document()
    pace: int | None = whole(default=None, nullable=True)
    from_model_id: UUID
    to_model_id: UUID
    customers: int = whole()
    customers_done: int = whole(default=0)
    moved: int = whole(default=0)
    released: int = whole(default=0)
    last_customer: UUID | None = None
    totals_before: dict[str, Any] | None = document(default_factory=lambda: None, nullable=True)
    totals_after: dict[str, Any] | None = document(default_factory=lambda: None, nullable=True)
    recorded_at: datetime = instant()
    completed_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
