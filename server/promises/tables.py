"""What was promised, to whom, by when, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Index
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, whole
from server.db.tables import text as words
from server.promises.promise_terms import PromiseStatus

NARROWING = ("status", "kept_in_time", "staff_id", "store_id")
SELDOM = ("case_id", "role_id", "group_id")


class Promise(TenantRow, table=True):
    """One promise; without `customer_id` it was made to everyone, and everyone of the brand sees it.

    `role_id` or `group_id` is the capacity in which `staff_id` made it. `overdue_at`: when it was noticed that its time
    ran out. `settled_by_id` and `reason` are of its end.
    """

    __tablename__ = "promises"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("staff_id", "staff_members"),
        references("store_id", "stores"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("settled_by_id", "staff_members"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "customer_id", "updated_at", "id"),
        *(Index(None, "tenant_id", narrowed, "occurred_at", "id") for narrowed in NARROWING),
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in SELDOM
        ),
        Index(None, "tenant_id", "status", "due_at", "id"),
        Index(None, "tenant_id", "staff_id", "status", "due_at", "id"),
        Index(None, "tenant_id", "settled_at", "id", postgresql_where=sql("settled_at IS NOT NULL")),
        one_of("status", PromiseStatus),
        check("settled", "(settled_at IS NULL) = (status = 'OPEN')"),
        check("due", "due_at >= occurred_at"),
        check("everyone", "customer_id IS NOT NULL OR case_id IS NULL"),
        check("in_time", "kept_in_time IS NULL OR (status IN ('KEPT', 'BROKEN') AND due_at IS NOT NULL)"),
        check("within_hours", "within_hours > 0"),
        check("capacity", "role_id IS NULL OR group_id IS NULL"),
        customer="customer_id",
        without_customer="true",
    )

    customer_id: UUID | None = None
    case_id: UUID | None = None
    staff_id: UUID | None = None
    store_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    text: str = words()
    status: str = words(default=PromiseStatus.OPEN.value)
    due_at: datetime | None = instant(nullable=True)
    within_hours: int | None = whole(default=None, nullable=True)
    overdue_at: datetime | None = instant(nullable=True)
    settled_at: datetime | None = instant(nullable=True)
    settled_by_id: UUID | None = None
    reason: str | None = words(default=None, nullable=True)
    kept_in_time: bool | None = Field(default=None, sa_type=Boolean, nullable=True)
    version: int = whole(default=1)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
