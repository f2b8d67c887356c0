"""Contents 内容: what is shown to customers, about which items, under which tags."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Text, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from server.access.permissions import Permission
from server.campaigns import commands, service, tables
from server.campaigns.content_terms import ContentKind
from server.campaigns.reading import items_of
from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.planner.declarations import by_id, column, computed, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, TextFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.campaign_figures import ContactFigures, contacts_of
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.items import Item
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.touchpoints import TOUCHPOINT_FILTER, TOUCHPOINT_ORDERS, Touchpoint
from server.touchpoints.media import Medium
from server.touchpoints.tables import Touchpoint as TouchpointRow

if TYPE_CHECKING:
    from server.schema.staff import StaffMember

_rows, _tags = table_of(tables.Content).c, table_of(tables.ContentTag).c
_items, _parts = table_of(tables.ContentItem).c, table_of(tables.CampaignPart).c

_own_tags = (
    select(func.coalesce(func.array_agg(aggregate_order_by(_tags.tag, _tags.tag)), literal_column("'{}'", ARRAY(Text))))
    .where(_tags.tenant_id == _rows.tenant_id, _tags.content_id == _rows.id)
    .correlate(table_of(tables.Content))
    .scalar_subquery()
)


async def _about(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    found = await items_of(reader, [UUID(row.id) for row in rows])
    return [[ref(id) for id in found.get(UUID(row.id), ())] for row in rows]


@node(
    tables.Content,
    permission=Permission.TENANT_READ,
    description="One thing that is shown to customers 内容. Published once and never changed; only withdrawn.",
)
class Content(Node):
    kind: ContentKind = column(_rows.kind, description="What kind of thing it is.")
    title: str = column(_rows.title, description="Its title.")
    medium: Medium | None = column(_rows.medium, description="The medium it was made for; null: for any.")
    url: str | None = column(_rows.url, description="Where it can be read or watched.")
    tags: list[str] = column(_own_tags, description="The words it is found by 标签, in alphabetical order.")
    items: list[Item] = computed(
        _about, needs={"id": _rows.id}, description="The goods and services it is about, in the order of their keys."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="Who published it; null where no person did."
    )
    figures: ContactFigures = computed(
        contacts_of("content_id"),
        needs={"id": _rows.id},
        permission=Permission.TOUCHPOINT_READ,
        description="What became of the contacts that showed it 内容效果, with customers in the caller's data scope.",
    )
    touchpoints: Connection[Touchpoint] = connection(
        by=table_of(TouchpointRow).c.content_id,
        orders=TOUCHPOINT_ORDERS,
        filter=TOUCHPOINT_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="Contacts that showed it, with customers in the caller's data scope, newest first.",
    )
    published_at: datetime = column(_rows.occurred_at, description="When it was published; may be past.")
    withdrawn_at: datetime | None = column(_rows.withdrawn_at, description="When it was withdrawn; null while shown.")
    external_refs: list[ExternalRef] = external_refs_field("Content")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded here.")
    version: int = column(_rows.version, description="Rises with every change.")


CONTENT_ORDERS = orders("Content", PUBLISHED_AT=_rows.occurred_at)


@strawberry.input(description="Which contents.")
class ContentFilter:
    kind: ChoiceFilter[ContentKind] | None = matches(_rows.kind, description="What kind of thing.")
    medium: ChoiceFilter[Medium] | None = matches(_rows.medium, description="Made for which medium.")
    item: IdFilter | None = matches(
        _items.item_id, via={_items.content_id: _rows.id}, id_of="Item", description="About this item."
    )
    tag: TextFilter | None = matches(_tags.tag, via={_tags.content_id: _rows.id}, description="Under this tag.")
    campaign: IdFilter | None = matches(
        _parts.campaign_id, via={_parts.content_id: _rows.id}, id_of="Campaign", description="Of this campaign."
    )
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Published by whom.")
    published_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When it was published.")
    withdrawn_at: DateTimeFilter | None = matches(
        _rows.withdrawn_at, description="When it was withdrawn; `isNull: true` for what is shown."
    )


CONTENT_FILTER = filter_type(ContentFilter)


@strawberry.type
class ContentQueries:
    contents: Connection[Content] = connection(
        orders=CONTENT_ORDERS,
        filter=CONTENT_FILTER,
        permission=Permission.TENANT_READ,
        description="What the brand shows its customers 内容, withdrawn ones too, newest first.",
    )
    content: Content | None = by_id(permission=Permission.TENANT_READ, description="One content, or null.")


@strawberry.input(description="A content as it is shown from now on.")
class PublishContentInput:
    kind: ContentKind = strawberry.field(description="What kind of thing it is.")
    title: str = strawberry.field(description="Its title, 1 to 200 characters.")
    medium: Medium | None = strawberry.field(default=None, description="The medium it is made for; any if left out.")
    url: str | None = strawberry.field(
        default=None, description="Where it can be read or watched: an http or https address, at most 500 characters."
    )
    item_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The items it is about, at most 20."
    )
    tags: list[str] = strawberry.field(
        default_factory=list, description="Words it is found by, at most 20 of at most 64 characters."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who published it; the calling staff member if left out."
    )
    campaign_id: strawberry.ID | None = strawberry.field(
        default=None, description="A campaign that it becomes a content of; not one that has ended."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was published: now if left out; not in the future."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The published content.")
class PublishContentPayload(Payload):
    content: Content | None = value(description="The content; null when refused.")


@strawberry.input(description="A content that is shown no longer.")
class WithdrawContentInput:
    content_id: strawberry.ID = strawberry.field(description="The content.")
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the content is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The withdrawn content.")
class WithdrawContentPayload(Payload):
    content: Content | None = value(description="The content; null when refused.")


@mutation(
    Permission.CAMPAIGN_MANAGE, description="Publish a content 发布内容: contacts and posts can show it from now on."
)
async def publish_content(work: Work, input: PublishContentInput) -> PublishContentPayload:
    command = commands.PublishContent.model_validate(
        {
            "kind": input.kind,
            "title": input.title,
            "medium": input.medium,
            "url": input.url,
            "item_ids": [await id_of(work, "Item", id, "item_ids", place) for place, id in enumerate(input.item_ids)],
            "tags": input.tags,
            "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
            "campaign_id": await id_or_none(work, "Campaign", input.campaign_id, "campaign_id"),
            "occurred_at": input.occurred_at,
            "external_refs": external_ref_commands(input.external_refs),
        }
    )
    return PublishContentPayload(content=ref((await service.publish_content(work, command)).id))


@mutation(Permission.CAMPAIGN_MANAGE, description="Withdraw a content 下架. What it came to stays.")
async def withdraw_content(work: Work, input: WithdrawContentInput) -> WithdrawContentPayload:
    command = commands.WithdrawContent(
        content_id=await id_of(work, "Content", input.content_id, "content_id"),
        expected_version=input.expected_version,
    )
    return WithdrawContentPayload(content=ref((await service.withdraw_content(work, command)).id))
