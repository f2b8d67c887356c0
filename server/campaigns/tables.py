"""Contents with their items and tags, and campaigns with what they name."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from server.campaigns.content_terms import ContentKind
from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole

_NAMED = ("segment_id", "store_id", "channel_id", "content_id")


class Content(TenantRow, table=True):
    """One thing to be shown. `occurred_at` is when it was published; the medium is the one it was made for."""

    __tablename__ = "contents"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "occurred_at", "id"),
        *(Index(None, "tenant_id", narrowed, "occurred_at", "id") for narrowed in ("kind", "medium", "staff_id")),
        one_of("kind", ContentKind),
    )

    kind: str = text()
    title: str = text()
    medium: str | None = text(default=None, nullable=True)
    url: str | None = text(default=None, nullable=True)
    staff_id: UUID | None = None
    withdrawn_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class ContentItem(TenantRow, table=True):
    """What a content is about."""

    __tablename__ = "content_items"
    __table_args__ = tenant_table(
        references("content_id", "contents"),
        references("item_id", "items"),
        UniqueConstraint("tenant_id", "content_id", "item_id"),
        Index(None, "tenant_id", "item_id", "content_id"),
    )

    content_id: UUID
    item_id: UUID


class ContentTag(TenantRow, table=True):
    """A word a content is found by."""

    __tablename__ = "content_tags"
    __table_args__ = tenant_table(
        references("content_id", "contents"),
        UniqueConstraint("tenant_id", "content_id", "tag"),
        Index(None, "tenant_id", "tag", "content_id"),
    )

    content_id: UUID
    tag: str = text()


class Campaign(TenantRow, table=True):
    """A period, half-open; without an end it goes on."""

    __tablename__ = "campaigns"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "key"),
        Index(None, "tenant_id", "starts_at", "id"),
        check("period", "ends_at >= starts_at"),
    )

    key: str = text()
    name: str = text()
    starts_at: datetime = instant()
    ends_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()


class CampaignPart(TenantRow, table=True):
    """One thing a campaign names: a segment or store of its audience, a channel, a content."""

    __tablename__ = "campaign_parts"
    __table_args__ = tenant_table(
        references("campaign_id", "campaigns"),
        references("segment_id", "segments"),
        references("store_id", "stores"),
        references("channel_id", "channels"),
        references("content_id", "contents"),
        Index(
            "uq_campaign_parts_named", "tenant_id", "campaign_id", *_NAMED,
            unique=True, postgresql_nulls_not_distinct=True,
        ),
        *(
            Index(None, "tenant_id", named, "campaign_id", postgresql_where=sql(f"{named} IS NOT NULL"))
            for named in _NAMED
        ),
        check("one", "num_nonnulls(segment_id, store_id, channel_id, content_id) = 1"),
    )  # fmt: skip

    campaign_id: UUID
    segment_id: UUID | None = None
    store_id: UUID | None = None
    channel_id: UUID | None = None
    content_id: UUID | None = None
    recorded_at: datetime = instant()
