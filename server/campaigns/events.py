"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.campaigns.content_terms import ContentKind
from server.events.catalogue import Event, event, fact, points_to


@dataclass(frozen=True, kw_only=True)
class _OfContent(Event):
    content_id: UUID = points_to("Content", "The content.")


@event("content.published", subject="Content", subject_field="content_id", description="A content 内容 was published.")
@dataclass(frozen=True, kw_only=True)
class ContentPublished(_OfContent):
    content_version: int = fact("The content's version.")
    kind: ContentKind = fact("What kind of thing it is.")
    staff_id: UUID | None = points_to("StaffMember", "Who published it, where a person did.")


@event(
    "content.item_named",
    subject="Content",
    subject_field="content_id",
    description="A content that was published is about an item.",
)
@dataclass(frozen=True, kw_only=True)
class ContentItemNamed(_OfContent):
    item_id: UUID = points_to("Item", "The item.")


@event(
    "content.withdrawn", subject="Content", subject_field="content_id", description="A content is shown no longer 下架."
)
@dataclass(frozen=True, kw_only=True)
class ContentWithdrawn(_OfContent):
    content_version: int = fact("The content's version from now on.")


@dataclass(frozen=True, kw_only=True)
class _OfCampaign(Event):
    campaign_id: UUID = points_to("Campaign", "The campaign.")


@event(
    "campaign.started",
    subject="Campaign",
    subject_field="campaign_id",
    description="A campaign 活动 was set up; it runs from its beginning on.",
)
@dataclass(frozen=True, kw_only=True)
class CampaignStarted(_OfCampaign):
    campaign_version: int = fact("The campaign's version.")
    starts_at: datetime = fact("When it begins.")
    ends_at: datetime | None = fact("When it is to end; null where it has no end.")


@event(
    "campaign.part_named",
    subject="Campaign",
    subject_field="campaign_id",
    description="A campaign got one more segment, store, channel or content.",
)
@dataclass(frozen=True, kw_only=True)
class CampaignPartNamed(_OfCampaign):
    segment_id: UUID | None = points_to("Segment", "The segment.")
    store_id: UUID | None = points_to("Store", "The store.")
    channel_id: UUID | None = points_to("Channel", "The channel.")
    content_id: UUID | None = points_to("Content", "The content.")


@event("campaign.ended", subject="Campaign", subject_field="campaign_id", description="A campaign ended.")
@dataclass(frozen=True, kw_only=True)
class CampaignEnded(_OfCampaign):
    campaign_version: int = fact("The campaign's version from now on.")
    ends_at: datetime = fact("When.")
