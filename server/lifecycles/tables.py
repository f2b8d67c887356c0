"""Progress of what takes longer than an act. Nothing else is kept in this room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Index
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.lifecycles.succession_terms import SuccessionRule, TransferState


class Transfer(TenantRow, table=True):
    """One person's friendships pass to others. What is left to do are the friendships the person still has."""

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
    )

    from_staff_id: UUID
    to_staff_id: UUID | None = None
    rule: str = text()
    leaver: bool = Field(default=False, sa_type=Boolean)
    state: str = text(default=TransferState.RUNNING.value)
    total: int = whole()
    moved: int = whole(default=0)
    waiting: int = whole(default=0)
    started_at: datetime = instant()
    finished_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)
