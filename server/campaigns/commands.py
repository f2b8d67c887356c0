"""What can be asked of this room. Media are known by their codes only: what each means is told on a floor above."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from server.campaigns.content_terms import ContentKind
from server.commands import Command, Key, Moment, Name, ShortText
from server.customers.commands import MediumCode, Tag
from server.tenants.commands import ExternalRefs

PARTS_AT_MOST = 100
"""Of each kind a campaign names: they are always read whole."""

Ids = Annotated[tuple[UUID, ...], Field(max_length=PARTS_AT_MOST)]
Address = Annotated[ShortText, StringConstraints(pattern=r"^https?://\S+$")]


class PublishContent(Command):
    """A content as it is shown, now or since `occurred_at`. Without `staff_id` it is the calling staff member's."""

    kind: ContentKind
    title: Name
    medium: MediumCode | None = None
    url: Address | None = None
    item_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    staff_id: UUID | None = None
    campaign_id: UUID | None = None
    """The campaign it becomes a content of."""
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class WithdrawContent(Command):
    content_id: UUID
    expected_version: int | None = None


class Named(Command):
    """What a campaign names: whom it is for (segments, stores), and with what (channels, contents)."""

    segment_ids: Ids = ()
    store_ids: Ids = ()
    channel_ids: Ids = ()
    content_ids: Ids = ()


class StartCampaign(Named):
    """Of this period, half-open: from now where nobody says, and open where it has no end."""

    key: Key
    name: Name
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    external_refs: ExternalRefs = ()

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("a campaign ends after it begins")
        return self


class AddToCampaign(Named):
    campaign_id: UUID


class EndCampaign(Command):
    campaign_id: UUID
    occurred_at: Moment | None = None
    expected_version: int | None = None
