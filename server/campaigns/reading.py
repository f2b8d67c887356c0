"""What contents are about and what campaigns name, read for any number of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import and_, select

from server.campaigns.tables import CampaignPart, ContentItem
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.items.tables import Item

_items, _named, _parts = table_of(Item), table_of(ContentItem), table_of(CampaignPart)


async def items_of(reader: Reader, content_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The items of each content, in the order of their keys."""
    statement = (
        select(_named.c.content_id, _named.c.item_id)
        .join(_items, and_(_items.c.tenant_id == _named.c.tenant_id, _items.c.id == _named.c.item_id))
        .where(_named.c.tenant_id == reader.tenant_id, among(_named.c.content_id, content_ids))
        .order_by(_items.c.key)
    )
    return _grouped(await reader.fetch(statement))


async def named_by(reader: Reader, campaign_ids: Iterable[UUID], column: str) -> dict[UUID, list[UUID]]:
    """What each campaign names of one kind (`segment_id`, …), in the order in which it was named."""
    statement = (
        select(_parts.c.campaign_id, _parts.c[column])
        .where(
            _parts.c.tenant_id == reader.tenant_id,
            among(_parts.c.campaign_id, campaign_ids),
            _parts.c[column].isnot(None),
        )
        .order_by(_parts.c.recorded_at, _parts.c.id)
    )
    return _grouped(await reader.fetch(statement))


async def naming(reader: Reader, column: str, ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The campaigns that name each of these, in the order in which they did."""
    statement = (
        select(_parts.c[column], _parts.c.campaign_id)
        .where(_parts.c.tenant_id == reader.tenant_id, among(_parts.c[column], ids))
        .order_by(_parts.c.recorded_at, _parts.c.id)
    )
    return _grouped(await reader.fetch(statement))


def _grouped(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for owner, one in pairs:
        found.setdefault(owner, []).append(one)
    return found
