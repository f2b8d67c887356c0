"""Group chats, who is in them, and what was posted to everybody there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import text as sql

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason
from server.operations.purposes import Purpose
from server.operations.tables.unit_columns import at_most_one_unit

_SERVED = ("store_id", "group_id", "role_id", "owner_id")
_NARROWED = ("staff_id", "store_id", "item_id", "content_id", "campaign_id")


class GroupChat(TenantRow, table=True):
    """One chat, and who answers for it: a unit, a store, the owner. `occurred_at` is when it was opened."""

    __tablename__ = "group_chats"
    __table_args__ = tenant_table(
        references("store_id", "stores"),
        references("group_id", "ops_groups"),
        references("role_id", "service_roles"),
        references("owner_id", "staff_members"),
        Index(None, "tenant_id", "occurred_at", "id"),
        *(
            Index(None, "tenant_id", served, "occurred_at", "id", postgresql_where=sql(f"{served} IS NOT NULL"))
            for served in _SERVED
        ),
        check("dates", "dissolved_at >= occurred_at"),
        at_most_one_unit(),
    )

    name: str = text()
    store_id: UUID | None = None
    group_id: UUID | None = None
    role_id: UUID | None = None
    owner_id: UUID | None = None
    dissolved_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class GroupMembership(TenantRow, table=True):
    """One stay of one customer in a chat."""

    __tablename__ = "group_memberships"
    __table_args__ = tenant_table(
        references("group_chat_id", "group_chats"),
        references("customer_id", "customers"),
        Index(
            "uq_group_memberships_live",
            "tenant_id",
            "group_chat_id",
            "customer_id",
            unique=True,
            postgresql_where=sql("left_at IS NULL"),
        ),
        Index(None, "tenant_id", "group_chat_id", "joined_at", "id"),
        Index(None, "tenant_id", "customer_id", "joined_at", "id"),
        one_of("join_source", GroupJoinSource),
        one_of("leave_reason", GroupLeaveReason),
        check("dates", "left_at >= joined_at"),
        check("left", "(left_at IS NULL) = (leave_reason IS NULL)"),
        customer="customer_id",
    )

    group_chat_id: UUID
    customer_id: UUID
    joined_at: datetime = instant()
    join_source: str = text()
    left_at: datetime | None = instant(nullable=True)
    leave_reason: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()


class GroupPost(TenantRow, table=True):
    """One message to everybody in a chat; `receivers` is how many customers that were. It belongs to no single one of them."""

    __tablename__ = "group_posts"
    __table_args__ = tenant_table(
        references("group_chat_id", "group_chats"),
        references("staff_id", "staff_members"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("store_id", "stores"),
        references("item_id", "items"),
        references("content_id", "contents"),
        references("campaign_id", "campaigns"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "group_chat_id", "occurred_at", "id"),
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in _NARROWED
        ),
        one_of("purpose", Purpose),
        check("capacity", "role_id IS NULL OR group_id IS NULL"),
        check("receivers", "receivers >= 0"),
        append_only=True,
    )

    group_chat_id: UUID
    staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    store_id: UUID | None = None
    item_id: UUID | None = None
    content_id: UUID | None = None
    campaign_id: UUID | None = None
    purpose: str = text()
    summary: str | None = text(default=None, nullable=True)
    receivers: int = whole()
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
