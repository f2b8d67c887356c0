"""Channels: the codes customers scan, where each is shown and to whom it leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.campaigns.commands import AddToCampaign
from server.campaigns.reading import naming
from server.campaigns.service import add_to_campaign
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.operations import channels as service
from server.operations import tables
from server.operations.channel_kinds import ChannelKind
from server.operations.commands import CreateChannel
from server.planner.call import Call
from server.planner.declarations import by_id, column, computed, connection, link, links, ref, value
from server.planner.filters import (
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    TextFilter,
    filter_type,
    matches,
    orders,
)
from server.planner.nodes import node
from server.schema.assignment import ChannelHours
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.service_units import OpsGroup, ServiceRole
from server.schema.stores import Store
from server.schema.weekly_hours import WeeklyHoursInput, weekly_hours

if TYPE_CHECKING:
    from server.schema.campaigns import Campaign

_channels, _hours = table_of(tables.Channel).c, table_of(tables.ChannelHours).c

CHANNEL_ORDERS = orders("Channel", RECORDED_AT=tables.Channel.recorded_at)


@strawberry.input(description="Which channels.")
class ChannelFilter:
    kind: ChoiceFilter[ChannelKind] | None = matches(_channels.kind, description="Where the code is shown.")
    store: IdFilter | None = matches(
        _channels.store_id, id_of="Store", description="At which store; null: at none in particular."
    )
    group: IdFilter | None = matches(_channels.group_id, id_of="OpsGroup", description="Leading to which ops group.")
    role: IdFilter | None = matches(_channels.role_id, id_of="ServiceRole", description="Leading to which role.")
    code: TextFilter | None = matches(_channels.state, description="By code, exactly.")
    campaign: TextFilter | None = matches(_channels.campaign, description="By campaign, exactly.")
    retired_at: DateTimeFilter | None = matches(
        _channels.retired_at, description="When it was retired; `isNull: true` for those in use."
    )


CHANNEL_FILTER = filter_type(ChannelFilter)


async def _campaigns(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    found = await naming(reader, "channel_id", [UUID(row.id) for row in rows])
    return [[ref(id) for id in found.get(UUID(row.id), ())] for row in rows]


def _qr_svg(call: Call, rows: Sequence[Any]) -> list[str]:
    return [service.qr_svg(row.state) for row in rows]


@node(
    tables.Channel,
    permission=Permission.TENANT_READ,
    description="An acquisition code customers scan to become friends 渠道活码.",
)
class Channel(Node):
    code: str = column(
        _channels.state,
        description="What the code carries: at most 30 ASCII characters, opaque. Give it as `channelCode` when a "
        "customer comes through it; it is the `state` of a WeCom contact way.",
    )
    qr_svg: str = computed(
        _qr_svg,
        needs={"state": _channels.state},
        pure=True,
        description="The code as a QR picture, an SVG document.",
    )
    name: str = column(_channels.name, description="What the brand calls it.")
    kind: ChannelKind = column(_channels.kind, description="The kind of place or carrier the code is shown on.")
    store: Store | None = link(_channels.store_id, description="The store it is placed at; null: none in particular.")
    group: OpsGroup | None = link(_channels.group_id, description="The ops group it leads to; null where to none.")
    role: ServiceRole | None = link(
        _channels.role_id,
        description="The role it leads to. With neither group nor role it leads to the owner of the first stage that "
        "adds.",
    )
    campaign: str | None = column(
        _channels.campaign,
        description="A word of the brand's own for what it was made for; `campaigns` are the records.",
    )
    campaigns: list[Annotated["Campaign", strawberry.lazy("server.schema.campaigns")]] = computed(
        _campaigns,
        needs={"id": _channels.id},
        description="The campaigns whose channel it is, in the order in which they named it.",
    )
    welcome: str | None = column(_channels.welcome, description="First words to whoever comes through it 欢迎语.")
    auto_tags: list[str] = column(_channels.auto_tags, description="Tags a customer who comes through it gets.")
    hours: list[ChannelHours] = links(
        by=_hours.channel_id,
        order=[_hours.weekday, _hours.opens],
        description="When it is served 服务时段; none: always. At other times the backup group takes who scans, or they wait.",
    )
    retired_at: datetime | None = column(_channels.retired_at, description="When it was retired; null while in use.")
    recorded_at: datetime = column(_channels.recorded_at, description="When it was made.")
    external_refs: list[ExternalRef] = external_refs_field("Channel")
    version: int = column(_channels.version, description="Rises with every change.")


@strawberry.type
class ChannelQueries:
    channels: Connection[Channel] = connection(
        orders=CHANNEL_ORDERS,
        filter=CHANNEL_FILTER,
        permission=Permission.TENANT_READ,
        description="The brand's acquisition codes 渠道活码, retired ones too, the newest first.",
    )
    channel: Channel | None = by_id(permission=Permission.TENANT_READ, description="One channel, or null.")


@strawberry.input(description="A new acquisition code.")
class CreateChannelInput:
    name: str = strawberry.field(description="What the brand calls it, 1 to 200 characters.")
    kind: ChannelKind = strawberry.field(description="The kind of place or carrier it is shown on.")
    code: str | None = strawberry.field(
        default=None,
        description="A code of the brand's own, 1 to 30 letters, digits, `_` and `-`, for one that exists already. "
        "Made for you if left out.",
    )
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store it is placed at.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group it leads to.")
    role_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The role it leads to; not together with a group. It must add customers at one of its stages.",
    )
    campaign: str | None = strawberry.field(
        default=None, description="A word of the brand's own for what it is made for."
    )
    campaign_id: strawberry.ID | None = strawberry.field(
        default=None, description="A campaign whose channel it is from now on; not one that has ended."
    )
    welcome: str | None = strawberry.field(default=None, description="First words, at most 4,000 characters.")
    auto_tags: list[str] = strawberry.field(
        default_factory=list, description="Tags for whoever comes through it, at most 20 of at most 64 characters."
    )
    hours: list[WeeklyHoursInput] | None = strawberry.field(
        default=None,
        description="When it is served, at most 70 intervals, none of a weekday overlapping; always if left out.",
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The new channel.")
class CreateChannelPayload(Payload):
    channel: Channel | None = value(description="The channel with its code and picture; null when refused.")


@mutation(Permission.CHANNEL_MANAGE, description="Make an acquisition code 创建渠道活码, with its QR picture.")
async def create_channel(work: Work, input: CreateChannelInput) -> CreateChannelPayload:
    command = CreateChannel.model_validate(
        {
            "name": input.name,
            "kind": input.kind,
            "code": input.code,
            "store_id": await id_or_none(work, "Store", input.store_id, "store_id"),
            "group_id": await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
            "role_id": await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
            "campaign": input.campaign,
            "welcome": input.welcome,
            "auto_tags": input.auto_tags,
            "hours": weekly_hours(input.hours or ()),
            "external_refs": external_ref_commands(input.external_refs),
        }
    )
    campaign_id = await id_or_none(work, "Campaign", input.campaign_id, "campaign_id")
    channel = await service.create_channel(work, command)
    if campaign_id is not None:
        await add_to_campaign(work, AddToCampaign(campaign_id=campaign_id, channel_ids=(channel.id,)))
    return CreateChannelPayload(channel=ref(channel.id))


@strawberry.input(description="A channel to retire.")
class RetireChannelInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The channel after the act.")
class RetireChannelPayload(Payload):
    channel: Channel | None = value(description="The retired channel; null when refused.")


@mutation(Permission.CHANNEL_MANAGE, description="Retire a channel 停用渠道活码: nobody is added through it any more.")
async def retire_channel(work: Work, input: RetireChannelInput) -> RetireChannelPayload:
    channel = await service.retire_channel(work, await id_of(work, "Channel", input.channel_id, "channel_id"))
    return RetireChannelPayload(channel=ref(channel.id))
