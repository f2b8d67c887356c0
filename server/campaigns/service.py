"""The acts of this room: contents are published and withdrawn, campaigns started, added to and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from server.campaigns import errors, events, queries
from server.campaigns.commands import (
    PARTS_AT_MOST,
    AddToCampaign,
    EndCampaign,
    Named,
    PublishContent,
    StartCampaign,
    WithdrawContent,
)
from server.campaigns.tables import Campaign, Content, ContentItem, ContentTag
from server.db.tables import TenantRow
from server.db.work import Work
from server.errors import LimitReached, NotFound
from server.items.tables import Item
from server.operations.tables import Channel, Store
from server.segments.tables import Segment
from server.tenants import external_refs
from server.tenants.tables import StaffMember

_PARTS: Mapping[str, tuple[str, type[TenantRow], str | None]] = {
    "segment_ids": ("segment_id", Segment, "retired_at"),
    "store_ids": ("store_id", Store, "closed_at"),
    "channel_ids": ("channel_id", Channel, "retired_at"),
    "content_ids": ("content_id", Content, "withdrawn_at"),
}
"""What a campaign may name, by the field of the command: column, row, and since when such a thing is used no more."""


async def publish_content(work: Work, command: PublishContent) -> Content:
    """A content is shown from now on, or has been since it was published elsewhere.

    Raises NotFound for what is named and is not there, PublishedInFuture, CampaignEnded, ExternalRefTaken.
    """
    staff_id = command.staff_id or work.caller.staff_id
    if command.staff_id is not None:
        await work.require(StaffMember, command.staff_id, "staff_id")
    if command.occurred_at is not None and command.occurred_at > work.now:
        raise errors.PublishedInFuture("occurred_at")
    campaign = None if command.campaign_id is None else await _running(work, command.campaign_id)
    items = dict.fromkeys(command.item_ids)
    for place, item_id in enumerate(items):
        await work.require(Item, item_id, "item_ids", str(place))
    content = Content(
        kind=command.kind.value,
        title=command.title,
        medium=command.medium,
        url=command.url,
        staff_id=staff_id,
        occurred_at=command.occurred_at or work.now,
    )
    work.add(content)
    work.emit(
        events.ContentPublished(
            content_id=content.id,
            content_version=content.version,
            kind=command.kind,
            staff_id=staff_id,
            occurred_at=content.occurred_at,
        )
    )
    for item_id in items:
        work.add(ContentItem(content_id=content.id, item_id=item_id))
        work.emit(events.ContentItemNamed(content_id=content.id, item_id=item_id))
    for tag in dict.fromkeys(command.tags):
        work.add(ContentTag(content_id=content.id, tag=tag))
    await external_refs.attach(work, "Content", content.id, command.external_refs, just_made=True)
    if campaign is not None:
        await _name(work, campaign, Named(content_ids=(content.id,)))
    return content


async def withdraw_content(work: Work, command: WithdrawContent) -> Content:
    """Shown no longer; what it came to stays. Raises NotFound, ContentWithdrawn, Conflict."""
    content = await work.require(Content, command.content_id, "content_id", lock=True)
    if content.withdrawn_at is not None:
        raise errors.ContentWithdrawn("content_id")
    await work.change(content, expected_version=command.expected_version, withdrawn_at=work.now)
    work.emit(events.ContentWithdrawn(content_id=content.id, content_version=content.version))
    return content


async def start_campaign(work: Work, command: StartCampaign) -> Campaign:
    """Set up a campaign with whom it is for and with what.

    Raises NotFound for what is named and is not there, or not in use; CampaignKeyTaken, EndsBeforeItBegins, ExternalRefTaken.
    """
    starts_at = command.starts_at or work.now
    if command.ends_at is not None and command.ends_at <= starts_at:
        raise errors.EndsBeforeItBegins("ends_at")
    campaign = Campaign(key=command.key, name=command.name, starts_at=starts_at, ends_at=command.ends_at)
    if not await queries.inserted(work, campaign):
        raise errors.CampaignKeyTaken("key", key=command.key)
    work.emit(
        events.CampaignStarted(
            campaign_id=campaign.id,
            campaign_version=campaign.version,
            starts_at=starts_at,
            ends_at=command.ends_at,
            occurred_at=starts_at,
        )
    )
    await _name(work, campaign, command)
    await external_refs.attach(work, "Campaign", campaign.id, command.external_refs, just_made=True)
    return campaign


async def add_to_campaign(work: Work, command: AddToCampaign) -> Campaign:
    """Name more of its audience, channels or contents; what it names already stays as it is.

    Raises NotFound, CampaignEnded, LimitReached.
    """
    campaign = await _running(work, command.campaign_id)
    await _name(work, campaign, command)
    return campaign


async def end_campaign(work: Work, command: EndCampaign) -> Campaign:
    """It ends, now or when it did; never later than was said. Raises NotFound, CampaignEnded, EndsBeforeItBegins, Conflict."""
    campaign = await _running(work, command.campaign_id)
    at = command.occurred_at or work.now
    if at < campaign.starts_at or at > work.now:
        raise errors.EndsBeforeItBegins("occurred_at" if command.occurred_at is not None else "campaign_id")
    await work.change(campaign, expected_version=command.expected_version, ends_at=at)
    work.emit(
        events.CampaignEnded(campaign_id=campaign.id, campaign_version=campaign.version, ends_at=at, occurred_at=at)
    )
    return campaign


async def _running(work: Work, campaign_id: UUID) -> Campaign:
    """The campaign, locked. Raises NotFound, CampaignEnded on `campaign_id`."""
    campaign = await work.require(Campaign, campaign_id, "campaign_id", lock=True)
    if campaign.ends_at is not None and campaign.ends_at <= work.now:
        raise errors.CampaignEnded("campaign_id")
    return campaign


async def _name(work: Work, campaign: Campaign, named: Named) -> None:
    for field, (column, model, over) in _PARTS.items():
        ids: tuple[UUID, ...] = getattr(named, field)
        for place, id in enumerate(ids):
            row: Any = await work.require(model, id, field, str(place))
            if over is not None and getattr(row, over) is not None:
                raise NotFound(field, place)
            if await queries.named_anew(work, campaign.id, column, id):
                work.emit(events.CampaignPartNamed(campaign_id=campaign.id, **_named(column, id)))
        if ids and await queries.count_named(work, campaign.id, column) > PARTS_AT_MOST:
            raise LimitReached(field, limit=PARTS_AT_MOST)


def _named(column: str, id: UUID) -> dict[str, Any]:
    return {name: id if name == column else None for name, _, _ in _PARTS.values()}
