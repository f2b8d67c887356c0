"""What is asked for, quoted and bought."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from server.db.tables import TenantRow, check, instant, one_of, tenant_table, text, whole
from server.items.kinds import ItemKind


class Item(TenantRow, table=True):
    """A good or a service under a key of the tenant's own. Both columns of the list price are set, or neither."""

    __tablename__ = "items"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "recorded_at", "id"),
        one_of("kind", ItemKind),
        check("list_price", "(list_price_minor IS NULL) = (list_price_currency IS NULL) AND list_price_minor >= 0"),
    )

    key: str = text()
    name: str = text()
    kind: str = text()
    list_price_minor: int | None = whole(default=None, nullable=True)
    list_price_currency: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    retired_at: datetime | None = instant(nullable=True)
