"""What can be done about campaigns 活动: started, added to, ended."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.campaigns import commands, service
from server.db.work import Work
from server.planner.declarations import ref, value
from server.schema.campaigns import Campaign
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.mutations import Payload, id_of, idempotency_key, mutation

_PARTS = {"segment_ids": "Segment", "store_ids": "Store", "channel_ids": "Channel", "content_ids": "Content"}


@strawberry.input(description="What a campaign names: whom it is for, and with what.")
class CampaignPartsInput:
    segment_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Whom it is for: segments, at most 100 in all."
    )
    store_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The stores it runs at, at most 100 in all."
    )
    channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The codes customers come through, at most 100 in all."
    )
    content_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="What it shows, at most 100 in all."
    )


@strawberry.input(description="A new campaign.")
class StartCampaignInput(CampaignPartsInput):
    key: str = strawberry.field(
        description="The brand's own key: a letter, then letters, digits and underscores, at most 64 characters."
    )
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    starts_at: datetime | None = strawberry.field(default=None, description="When it begins: now if left out.")
    ends_at: datetime | None = strawberry.field(
        default=None, description="When it ends, which is no part of it; it goes on if left out."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="What a campaign names besides.")
class AddToCampaignInput(CampaignPartsInput):
    campaign_id: strawberry.ID = strawberry.field(description="The campaign; not one that has ended.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="A campaign that ends.")
class EndCampaignInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it ended: now if left out; not in the future, not before it began."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the campaign is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The new campaign.")
class StartCampaignPayload(Payload):
    campaign: Campaign | None = value(description="The campaign; null when refused.")


@strawberry.type(description="The campaign with what it names now.")
class AddToCampaignPayload(Payload):
    campaign: Campaign | None = value(description="The campaign; null when refused.")


@strawberry.type(description="The campaign that ended.")
class EndCampaignPayload(Payload):
    campaign: Campaign | None = value(description="The campaign; null when refused.")


@mutation(
    Permission.CAMPAIGN_MANAGE, description="Start a campaign 发起活动: its period, whom it is for, and with what."
)
async def start_campaign(work: Work, input: StartCampaignInput) -> StartCampaignPayload:
    command = commands.StartCampaign.model_validate(
        {
            "key": input.key,
            "name": input.name,
            "starts_at": input.starts_at,
            "ends_at": input.ends_at,
            "external_refs": external_ref_commands(input.external_refs),
            **await _parts(work, input),
        }
    )
    return StartCampaignPayload(campaign=ref((await service.start_campaign(work, command)).id))


@mutation(
    Permission.CAMPAIGN_MANAGE,
    description="Name more segments, stores, channels or contents of a campaign. What it names already stays as it is.",
)
async def add_to_campaign(work: Work, input: AddToCampaignInput) -> AddToCampaignPayload:
    campaign_id = await id_of(work, "Campaign", input.campaign_id, "campaign_id")
    command = commands.AddToCampaign.model_validate({"campaign_id": campaign_id, **await _parts(work, input)})
    return AddToCampaignPayload(campaign=ref((await service.add_to_campaign(work, command)).id))


@mutation(Permission.CAMPAIGN_MANAGE, description="End a campaign 结束活动, now or when it did. What came of it stays.")
async def end_campaign(work: Work, input: EndCampaignInput) -> EndCampaignPayload:
    command = commands.EndCampaign(
        campaign_id=await id_of(work, "Campaign", input.campaign_id, "campaign_id"),
        occurred_at=input.occurred_at,
        expected_version=input.expected_version,
    )
    return EndCampaignPayload(campaign=ref((await service.end_campaign(work, command)).id))


async def _parts(work: Work, input: CampaignPartsInput) -> dict[str, Any]:
    return {
        field: [await id_of(work, type_, id, field, place) for place, id in enumerate(getattr(input, field))]
        for field, type_ in _PARTS.items()
    }
