"""What is to be done next, in the order in which it is due."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.operations.purposes import Purpose
from server.work_items.kinds import WorkItemKind, WorkItemState

ITEM_IS_FOR = """
work_items.assignee_id = {staff}
OR EXISTS (
  SELECT 1 FROM placements p
  JOIN store_ancestors sa ON sa.tenant_id = p.tenant_id AND sa.ancestor_id = p.store_id
  WHERE p.tenant_id = work_items.tenant_id AND p.staff_id = {staff} AND p.until_at IS NULL
    AND sa.store_id = work_items.store_id
)
OR EXISTS (
  SELECT 1 FROM placements p
  WHERE p.tenant_id = work_items.tenant_id AND p.staff_id = {staff} AND p.until_at IS NULL AND p.store_id IS NULL
    AND (p.role_id = work_items.role_id OR p.group_id = work_items.group_id)
)
"""
"""Whether an item about no customer is for this staff member, who does not see everything: whose it is, who is placed
now at its store or above it, and who is placed everywhere in its role or group. Reads are guarded by it."""


class WorkItem(TenantRow, table=True):
    """One thing to do. `opened_at` is since when it waits, `closed_at` when it was done; opening again clears that."""

    __tablename__ = "work_items"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("assignee_id", "staff_members"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("store_id", "stores"),
        UniqueConstraint("tenant_id", "kind", "subject_id"),
        Index(None, "tenant_id", "due_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "due_at", "id"),
        Index(None, "tenant_id", "state", "due_at", "id"),
        Index(None, "tenant_id", "kind", "state", "due_at", "id"),
        *(
            Index(None, "tenant_id", held, "state", "due_at", "id", postgresql_where=sql(f"{held} IS NOT NULL"))
            for held in ("assignee_id", "role_id", "group_id", "store_id")
        ),
        # Asked by whoever records a contact: does this customer wait for an answer?
        Index(
            "ix_work_items_waiting", "tenant_id", "customer_id", "kind", postgresql_where=sql("state = 'OPEN'")
        ),
        one_of("kind", WorkItemKind),
        one_of("state", WorkItemState),
        one_of("purpose", Purpose),
        check("unit", "num_nonnulls(group_id, role_id) <= 1"),
        check("closed", "(closed_at IS NULL) = (state = 'OPEN')"),
        customer="customer_id",
        without_customer=ITEM_IS_FOR,
    )  # fmt: skip

    kind: str = text()
    subject_type: str = text()
    subject_id: UUID
    customer_id: UUID | None = Field(default=None)
    purpose: str | None = text(default=None, nullable=True)
    assignee_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    group_id: UUID | None = Field(default=None)
    store_id: UUID | None = Field(default=None)
    state: str = text(default=WorkItemState.OPEN.value)
    due_at: datetime = instant()
    opened_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
