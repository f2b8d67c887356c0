"""Customers passed from one to another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import text as sql

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.handoffs.statuses import HandoffStatus
from server.operations.purposes import Purpose

_OPEN = "status IN ('REQUESTED', 'ESCALATED')"


class Handoff(TenantRow, table=True):
    """One handoff. Asked is `to_staff_id`, or else whoever serves in the role or group at the store; after an escalation
    also `escalated_to_id`. `staff_id` asked; `answered_by_id` accepted or declined."""

    __tablename__ = "handoffs"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("staff_id", "staff_members"),
        references("to_staff_id", "staff_members"),
        references("escalated_to_id", "staff_members"),
        references("answered_by_id", "staff_members"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("store_id", "stores"),
        Index(
            "uq_handoffs_open", "tenant_id", "customer_id", "to_staff_id", "role_id", "group_id", "store_id", "purpose",
            unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sql(_OPEN),
        ),
        Index(None, "tenant_id", "requested_at", "id"),
        Index(None, "tenant_id", "due_at", "id"),
        Index(None, "tenant_id", "customer_id", "requested_at", "id"),
        Index(None, "tenant_id", "status", "requested_at", "id"),
        Index(None, "tenant_id", "status", "due_at", "id"),
        *(
            Index(None, "tenant_id", held, "requested_at", "id", postgresql_where=sql(f"{held} IS NOT NULL"))
            for held in ("case_id", "staff_id", "to_staff_id", "role_id", "group_id", "store_id")
        ),
        one_of("purpose", Purpose),
        one_of("status", HandoffStatus),
        check("unit", "num_nonnulls(group_id, role_id) <= 1"),
        check("addressed", "num_nonnulls(to_staff_id, group_id, role_id) >= 1"),
        check("answered", "(answered_at IS NULL) = (status IN ('REQUESTED', 'ESCALATED'))"),
        customer="customer_id",
    )  # fmt: skip

    customer_id: UUID
    case_id: UUID | None = None
    purpose: str | None = text(default=None, nullable=True)
    staff_id: UUID | None = None
    to_staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    store_id: UUID | None = None
    message: str | None = text(default=None, nullable=True)
    status: str = text(default=HandoffStatus.REQUESTED.value)
    requested_at: datetime = instant()
    due_at: datetime = instant()
    escalated_at: datetime | None = instant(nullable=True)
    escalated_to_id: UUID | None = None
    answered_at: datetime | None = instant(nullable=True)
    answered_by_id: UUID | None = None
    declined_reason: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
