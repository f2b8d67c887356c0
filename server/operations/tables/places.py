"""Where and through what customers are served: the tree of stores, placements of staff, channels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, texts, whole
from server.operations.channel_kinds import ChannelKind
from server.operations.store_kinds import StoreKind
from server.operations.tables.unit_columns import at_most_one_unit, one_unit

CODE_AT_MOST = 30
"""WeCom carries no longer `state` on a code."""


class Store(TenantRow, table=True):
    """A place of service, or the region above it."""

    __tablename__ = "stores"
    __table_args__ = tenant_table(
        references("parent_id", "stores"),
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "recorded_at", "id"),
        Index(None, "tenant_id", "name", "id"),
        Index(None, "tenant_id", "parent_id", "recorded_at", "id"),
        one_of("kind", StoreKind),
        check("parent", "parent_id <> id"),
    )

    key: str = text()
    name: str = text()
    kind: str = text()
    parent_id: UUID | None = Field(default=None)
    address: str | None = text(default=None, nullable=True)
    timezone: str | None = text(default=None, nullable=True)
    closed_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class StoreAncestor(TenantRow, table=True):
    """Every store is below each of its ancestors, and below itself."""

    __tablename__ = "store_ancestors"
    __table_args__ = tenant_table(
        references("store_id", "stores"),
        references("ancestor_id", "stores"),
        UniqueConstraint("tenant_id", "store_id", "ancestor_id"),
        Index(None, "tenant_id", "ancestor_id", "store_id"),
    )

    store_id: UUID
    ancestor_id: UUID


class Placement(TenantRow, table=True):
    """A person in a group or role, at a store or everywhere, from–to."""

    __tablename__ = "placements"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        references("store_id", "stores"),
        Index(
            None, "tenant_id", "staff_id", "group_id", "role_id", "store_id",
            unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sql("until_at IS NULL"),
        ),
        Index(None, "tenant_id", "staff_id", "from_at", "id"),
        Index(None, "tenant_id", "group_id", "from_at", "id"),
        Index(None, "tenant_id", "role_id", "from_at", "id"),
        Index(None, "tenant_id", "store_id", "from_at", "id"),
        check("until_at", "until_at >= from_at"),
        one_unit(),
    )  # fmt: skip

    staff_id: UUID
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    store_id: UUID | None = Field(default=None)
    from_at: datetime = instant()
    until_at: datetime | None = instant(nullable=True)


class Channel(TenantRow, table=True):
    """An acquisition code. `state` is what the code carries and what WeCom calls back with."""

    __tablename__ = "channels"
    __table_args__ = tenant_table(
        references("store_id", "stores"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        UniqueConstraint("tenant_id", "state"),
        Index(None, "tenant_id", "recorded_at", "id"),
        Index(None, "tenant_id", "store_id", "recorded_at", "id"),
        Index(None, "tenant_id", "group_id", "recorded_at", "id"),
        Index(None, "tenant_id", "role_id", "recorded_at", "id"),
        one_of("kind", ChannelKind),
        check("state", f"state ~ '^[A-Za-z0-9_-]{{1,{CODE_AT_MOST}}}$'"),
        at_most_one_unit(),
    )

    state: str = text()
    name: str = text()
    kind: str = text()
    store_id: UUID | None = Field(default=None)
    group_id: UUID | None = Field(default=None)
    role_id: UUID | None = Field(default=None)
    campaign: str | None = text(default=None, nullable=True)
    welcome: str | None = text(default=None, nullable=True)
    auto_tags: list[str] = texts()
    retired_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    version: int = whole(default=1)
