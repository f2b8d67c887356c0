"""The assignment queue: customers for whom nobody has room at the moment, and why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import text as sql

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.operations.assignment_terms import QueueReason, QueueState
from server.operations.tables.unit_columns import one_unit


class AssignmentQueueEntry(TenantRow, table=True):
    """A customer waits for somebody of a group or role. `relationship_id` is the friendship to be taken over, if any."""

    __tablename__ = "assignment_queue"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("channel_id", "channels"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        references("store_id", "stores"),
        references("relationship_id", "relationships"),
        references("staff_id", "staff_members"),
        Index(
            "ix_assignment_queue_waiting", "tenant_id", "customer_id", "group_id", "role_id",
            unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sql("state = 'WAITING'"),
        ),
        Index(None, "tenant_id", "since", "id"),
        Index(None, "tenant_id", "customer_id", "since", "id"),
        *(
            Index(None, "tenant_id", narrowed, "since", "id")
            for narrowed in ("state", "reason", "store_id", "staff_id", "channel_id")
        ),
        Index(None, "tenant_id", "group_id", "state", "since", "id"),
        Index(None, "tenant_id", "role_id", "state", "since", "id"),
        Index(None, "tenant_id", "relationship_id", postgresql_where=sql("relationship_id IS NOT NULL")),
        one_of("reason", QueueReason),
        one_of("state", QueueState),
        check("settled", "(settled_at IS NULL) = (state = 'WAITING')"),
        check("assigned", "(staff_id IS NOT NULL) = (state = 'ASSIGNED')"),
        one_unit(),
        customer="customer_id",
    )  # fmt: skip

    customer_id: UUID
    group_id: UUID | None = None
    role_id: UUID | None = None
    store_id: UUID | None = None
    channel_id: UUID | None = None
    relationship_id: UUID | None = None
    reason: str = text()
    state: str = text(default=QueueState.WAITING.value)
    since: datetime = instant()
    settled_at: datetime | None = instant(nullable=True)
    staff_id: UUID | None = None
    recorded_at: datetime = instant()
    version: int = whole(default=1)
