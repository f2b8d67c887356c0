"""Named filters over customers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint

from server.db.tables import TenantRow, document, instant, tenant_table, text, whole


class Segment(TenantRow, table=True):
    """`conditions` is the filter of customers as it was given: {field: {operator: value}}."""

    __tablename__ = "segments"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "recorded_at", "id"),
    )

    key: str = text()
    name: str = text()
    conditions: dict[str, Any] = document()
    retired_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
