"""Every statement the room needs beside reading a row by its id."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from server.campaigns.tables import Campaign, CampaignPart
from server.db.statements import table_of
from server.db.work import Work
from server.ids import new_id

_parts = table_of(CampaignPart)
_NAMED = ("segment_id", "store_id", "channel_id", "content_id")


async def inserted(work: Work, campaign: Campaign) -> bool:
    """Insert the campaign unless its key is taken; waits for whoever is taking it just now."""
    campaign.tenant_id, campaign.recorded_at = work.tenant_id, work.now
    table = table_of(Campaign)
    statement = insert(table).values({name: getattr(campaign, name) for name in Campaign.model_fields})
    return await work.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "key"])) == 1


async def named_anew(work: Work, campaign_id: UUID, column: str, id: UUID) -> bool:
    """Whether the campaign did not name this before, and does now."""
    row = {"tenant_id": work.tenant_id, "id": new_id(), "campaign_id": campaign_id, "recorded_at": work.now}
    statement = insert(_parts).values({**row, column: id})
    same = ["tenant_id", "campaign_id", *_NAMED]
    return await work.execute(statement.on_conflict_do_nothing(index_elements=same)) == 1


async def count_named(work: Work, campaign_id: UUID, column: str) -> int:
    """How many of one kind the campaign names. The campaign is locked by the caller."""
    found: int = await work.scalar(
        select(func.count()).where(
            _parts.c.tenant_id == work.tenant_id,
            _parts.c.campaign_id == campaign_id,
            _parts.c[column].isnot(None),
        )
    )
    return found
