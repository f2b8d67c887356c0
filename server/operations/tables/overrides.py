"""What was done outside a service boundary with leave, and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index

from server.db.tables import TenantRow, instant, one_of, references, tenant_table, text
from server.operations.purposes import Purpose
from server.operations.tables.unit_columns import one_unit


class BoundaryOverride(TenantRow, table=True):
    """One act of somebody outside the boundary of the role or group they acted in. `fact_*` is what they did.

    The reason is the only column that ever changes: erasing a person empties it.
    """

    __tablename__ = "boundary_overrides"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        Index(None, "tenant_id", "fact_id", "occurred_at", "id"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "staff_id", "occurred_at", "id"),
        Index(None, "tenant_id", "purpose", "occurred_at", "id"),
        one_of("purpose", Purpose),
        one_unit(),
        customer="customer_id",
    )

    customer_id: UUID | None = None
    staff_id: UUID
    group_id: UUID | None = None
    role_id: UUID | None = None
    purpose: str = text()
    fact_type: str = text()
    fact_id: UUID
    reason: str = text()
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
