"""The log and the counter that numbers it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.tables import TenantRow, document, instant, tenant_table, text, whole


class EventRow(TenantRow, table=True):
    """One event. The columns are fixed from the first migration; `body` holds the thin fields of its type."""

    __tablename__ = "events"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "seq"),
        Index(None, "tenant_id", "customer_id", "seq"),
        Index(None, "tenant_id", "type", "seq"),
        customer="customer_id",
        # What concerns the whole brand is for everybody in it. A voice of nobody known is for who may see that voice,
        # and so is what is to be done about it.
        without_customer="events.subject_type NOT IN ('Feedback', 'WorkItem')"
        " OR EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = events.tenant_id AND f.id = events.subject_id)"
        " OR EXISTS (SELECT 1 FROM work_items w WHERE w.tenant_id = events.tenant_id AND w.id = events.subject_id)",
        append_only=True,
    )

    seq: int = whole()
    type: str = text()
    version: int = whole()
    recorded_at: datetime = instant()
    occurred_at: datetime = instant()
    actor_kind: str = text()
    actor_id: UUID | None = Field(default=None)
    subject_type: str = text()
    subject_id: UUID
    customer_id: UUID | None = Field(default=None)
    body: dict[str, Any] = document()


class TenantStream(SQLModel, table=True):
    """The counter of a tenant: `last_seq` is the number of its newest event, `low_seq` of the oldest one kept."""

    __tablename__ = "tenant_streams"
    __table_args__ = tenant_table()

    tenant_id: UUID = Field(primary_key=True)
    last_seq: int = whole(default=0)
    low_seq: int = whole(default=1)
