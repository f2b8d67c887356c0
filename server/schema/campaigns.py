"""Campaigns 活动: a period, whom it is for, with what, and what came of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import case, func

from server.access.permissions import Permission
from server.campaigns import tables
from server.campaigns.content_terms import CampaignState
from server.campaigns.reading import named_by
from server.db.reader import Reader
from server.db.statements import table_of
from server.group_chats.tables import GroupPost as GroupPostRow
from server.planner.declarations import by_id, column, computed, connection, ref
from server.planner.filters import DateTimeFilter, IdFilter, TextFilter, filter_type, matches, orders
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.campaign_figures import (
    CampaignFigures,
    CampaignSegmentFigures,
    CampaignStaffFigures,
    CampaignStoreFigures,
    by_segment,
    by_staff,
    by_store,
    totals,
)
from server.schema.contents import Content
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.group_chats import GROUP_POST_FILTER, GROUP_POST_ORDERS, GroupPost
from server.schema.nodes import Connection, Node
from server.schema.segments import Segment
from server.schema.touchpoints import TOUCHPOINT_FILTER, TOUCHPOINT_ORDERS, Touchpoint
from server.touchpoints.tables import Touchpoint as TouchpointRow

if TYPE_CHECKING:
    from server.schema.channels import Channel
    from server.schema.stores import Store

_rows, _parts = table_of(tables.Campaign).c, table_of(tables.CampaignPart).c

_state = case(
    (_rows.starts_at > func.now(), fixed(CampaignState.PLANNED.value)),
    (_rows.ends_at <= func.now(), fixed(CampaignState.ENDED.value)),
    else_=fixed(CampaignState.RUNNING.value),
)


def _named(column_: str) -> Callable[[Reader, Sequence[Any]], Awaitable[list[list[Any]]]]:
    async def read(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
        found = await named_by(reader, [UUID(row.id) for row in rows], column_)
        return [[ref(id) for id in found.get(UUID(row.id), ())] for row in rows]

    return read


@node(
    tables.Campaign,
    permission=Permission.TENANT_READ,
    description="A campaign 活动: a period in which the brand reaches an audience with contents, and customers come through its "
    "channels.",
)
class Campaign(Node):
    key: str = column(_rows.key, description="The brand's own key; it names this campaign for good.")
    name: str = column(_rows.name, description="What it is called.")
    state: CampaignState = column(_state, description="How far it has come, by its period.")
    starts_at: datetime = column(_rows.starts_at, description="When it begins.")
    ends_at: datetime | None = column(
        _rows.ends_at, description="When it ends or ended; that moment is no part of it. Null: it goes on."
    )
    segments: list[Segment] = computed(
        _named("segment_id"),
        needs={"id": _rows.id},
        permission=Permission.CUSTOMER_READ,
        description="Whom it is for: segments 人群包, in the order in which they were named. With none, everybody.",
    )
    stores: list[Annotated["Store", strawberry.lazy("server.schema.stores")]] = computed(
        _named("store_id"),
        needs={"id": _rows.id},
        description="Whom it is for: the stores it runs at, in the order in which they were named. With none, all of them.",
    )
    channels: list[Annotated["Channel", strawberry.lazy("server.schema.channels")]] = computed(
        _named("channel_id"), needs={"id": _rows.id}, description="The codes customers come through, in that order."
    )
    contents: list[Content] = computed(
        _named("content_id"), needs={"id": _rows.id}, description="What it shows, in the order in which it was named."
    )
    figures: CampaignFigures = computed(
        totals,
        needs={"id": _rows.id},
        permission=Permission.TOUCHPOINT_READ,
        description="What came of it 活动效果, from customers in the caller's data scope. Counted anew, and has a cost of its own.",
    )
    figures_by_store: list[CampaignStoreFigures] = computed(
        by_store,
        needs={"id": _rows.id},
        permission=Permission.TOUCHPOINT_READ,
        description="The same by store 分门店效果; only stores where something came of it. The parts add up to the whole.",
    )
    figures_by_staff: list[CampaignStaffFigures] = computed(
        by_staff,
        needs={"id": _rows.id},
        permission=Permission.TOUCHPOINT_READ,
        description="The same by staff member 分员工效果; only those by whom something came of it. The parts add up to the whole.",
    )
    figures_by_segment: list[CampaignSegmentFigures] = computed(
        by_segment,
        needs={"id": _rows.id},
        permission=Permission.TOUCHPOINT_READ,
        description="The same by each of its segments 分人群效果, as they are now.",
    )
    touchpoints: Connection[Touchpoint] = connection(
        by=table_of(TouchpointRow).c.campaign_id,
        orders=TOUCHPOINT_ORDERS,
        filter=TOUCHPOINT_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="Contacts that belong to it, with customers in the caller's data scope, newest first.",
    )
    posts: Connection[GroupPost] = connection(
        by=table_of(GroupPostRow).c.campaign_id,
        orders=GROUP_POST_ORDERS,
        filter=GROUP_POST_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="What was posted to group chats for it, newest first.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Campaign")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded here.")
    version: int = column(_rows.version, description="Rises with every change of its period.")


CAMPAIGN_ORDERS = orders("Campaign", STARTS_AT=_rows.starts_at)


@strawberry.input(description="Which campaigns.")
class CampaignFilter:
    key: TextFilter | None = matches(_rows.key, description="By the brand's own key.")
    starts_at: DateTimeFilter | None = matches(_rows.starts_at, description="When it begins.")
    ends_at: DateTimeFilter | None = matches(
        _rows.ends_at, description="When it ends; `isNull: true` for those that go on."
    )
    store: IdFilter | None = matches(
        _parts.store_id, via={_parts.campaign_id: _rows.id}, id_of="Store", description="Run at this store by name."
    )
    segment: IdFilter | None = matches(
        _parts.segment_id, via={_parts.campaign_id: _rows.id}, id_of="Segment", description="For this segment."
    )
    channel: IdFilter | None = matches(
        _parts.channel_id, via={_parts.campaign_id: _rows.id}, id_of="Channel", description="With this channel."
    )
    content: IdFilter | None = matches(
        _parts.content_id, via={_parts.campaign_id: _rows.id}, id_of="Content", description="With this content."
    )


CAMPAIGN_FILTER = filter_type(CampaignFilter)


@strawberry.type
class CampaignQueries:
    campaigns: Connection[Campaign] = connection(
        orders=CAMPAIGN_ORDERS,
        filter=CAMPAIGN_FILTER,
        permission=Permission.TENANT_READ,
        description="The brand's campaigns 活动, those that ended too, the latest first.",
    )
    campaign: Campaign | None = by_id(permission=Permission.TENANT_READ, description="One campaign, or null.")
