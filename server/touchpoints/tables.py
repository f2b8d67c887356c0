"""Contacts with customers, and what came of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

import server.touchpoints.attention.tables  # noqa: F401  # what is held and said of attention are tables of this room too
from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.operations.purposes import Purpose
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState

SELDOM = ("case_id", "store_id", "item_id", "content_id", "campaign_id", "group_chat_id", "group_post_id")
"""What lists are narrowed by and most contacts do not have."""


class Touchpoint(TenantRow, table=True):
    """One contact. `outcome` repeats the outcome of highest rank, so that lists can be filtered by it.

    `role_id` or `group_id` is the capacity in which the staff member acted then; it does not change with the model. With a
    `group_post_id` it is what one customer had of something posted to everybody in a group chat.

    `attention_units` is what it cost when it was made, NULL for what was recorded before attention was counted;
    `contact_id` is who of a company's people was contacted.
    """

    __tablename__ = "touchpoints"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        references("case_id", "cases"),
        references("store_id", "stores"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("item_id", "items"),
        references("contact_id", "contacts"),
        references("content_id", "contents"),
        references("campaign_id", "campaigns"),
        references("group_chat_id", "group_chats"),
        references("group_post_id", "group_posts"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "staff_id", "occurred_at", "id"),
        # Recording a contact is the most frequent act: indexes leave out what most contacts do not have.
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in SELDOM
        ),
        Index(None, "tenant_id", "recorded_at", "id"),
        one_of("direction", Direction),
        one_of("medium", Medium),
        one_of("purpose", Purpose),
        one_of("state", TouchpointState),
        one_of("outcome", Outcome),
        check("capacity", "role_id IS NULL OR group_id IS NULL"),
        check("attention_units", "attention_units >= 0"),
        customer="customer_id",
    )

    customer_id: UUID
    staff_id: UUID | None = None
    case_id: UUID | None = None
    store_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    item_id: UUID | None = None
    content_id: UUID | None = None
    campaign_id: UUID | None = None
    group_chat_id: UUID | None = None
    group_post_id: UUID | None = None
    direction: str = text()
    medium: str = text()
    purpose: str = text()
    state: str = text(default=TouchpointState.SENT.value)
    outcome: str = text(default=Outcome.PENDING.value)
    summary: str | None = text(default=None, nullable=True)
    attention_units: int | None = whole(default=None, nullable=True)
    contact_id: UUID | None = None
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class TouchpointOutcome(TenantRow, table=True):
    """One thing that came of a contact, when it became so. The same outcome at the same time is the same report."""

    __tablename__ = "touchpoint_outcomes"
    __table_args__ = tenant_table(
        references("touchpoint_id", "touchpoints"),
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "touchpoint_id", "outcome", "occurred_at"),
        Index(None, "tenant_id", "touchpoint_id", "occurred_at", "id"),
        one_of("outcome", Outcome),
        customer="customer_id",
        append_only=True,
    )

    touchpoint_id: UUID
    customer_id: UUID
    outcome: str = text()
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
