"""Group chats 客户群: where they are served, who is in them and was, what was posted."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import func, select

from server.access.permissions import Permission
from server.db.statements import table_of
from server.group_chats import tables
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason
from server.operations.purposes import Purpose
from server.operations.tables import StoreAncestor
from server.planner.declarations import by_id, column, connection, link
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.nodes import Connection, Node
from server.schema.touchpoints import TOUCHPOINT_FILTER, TOUCHPOINT_ORDERS, Touchpoint
from server.touchpoints.tables import Touchpoint as TouchpointRow

if TYPE_CHECKING:
    from server.schema.campaigns import Campaign
    from server.schema.contents import Content
    from server.schema.customers import Customer
    from server.schema.items import Item
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_chats, _stays, _posts = table_of(tables.GroupChat).c, table_of(tables.GroupMembership).c, table_of(tables.GroupPost).c

_members = (
    select(func.count())
    .where(_stays.tenant_id == _chats.tenant_id, _stays.group_chat_id == _chats.id, _stays.left_at.is_(None))
    .correlate(table_of(tables.GroupChat))
    .scalar_subquery()
)


@node(
    tables.GroupMembership,
    permission=Permission.CUSTOMER_READ,
    description="One stay of one customer in a group chat 入群记录, from joining to leaving. Seen with the customer.",
)
class GroupMembership(Node):
    group_chat: Annotated["GroupChat", strawberry.lazy("server.schema.group_chats")] | None = link(
        _stays.group_chat_id, description="The chat."
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _stays.customer_id, description="The customer."
    )
    joined_at: datetime = column(_stays.joined_at, description="When the customer joined 入群时间; may be past.")
    join_source: GroupJoinSource = column(_stays.join_source, description="How the customer came in.")
    left_at: datetime | None = column(_stays.left_at, description="When the customer left 退群时间; null while in it.")
    leave_reason: GroupLeaveReason | None = column(_stays.leave_reason, description="How the customer left.")
    recorded_at: datetime = column(_stays.recorded_at, description="When the joining was recorded here.")
    version: int = column(_stays.version, description="Rises with every change.")


GROUP_MEMBERSHIP_ORDERS = orders("GroupMembership", JOINED_AT=_stays.joined_at)


@strawberry.input(description="Which stays in group chats.")
class GroupMembershipFilter:
    group_chat: IdFilter | None = matches(_stays.group_chat_id, id_of="GroupChat", description="In which chat.")
    customer: IdFilter | None = matches(_stays.customer_id, id_of="Customer", description="Of which customer.")
    join_source: ChoiceFilter[GroupJoinSource] | None = matches(_stays.join_source, description="How they came in.")
    joined_at: DateTimeFilter | None = matches(_stays.joined_at, description="When they joined.")
    left_at: DateTimeFilter | None = matches(
        _stays.left_at, description="When they left; `isNull: true` for those who are in it."
    )


GROUP_MEMBERSHIP_FILTER = filter_type(GroupMembershipFilter)


@node(
    tables.GroupPost,
    permission=Permission.TOUCHPOINT_READ,
    description="One message to everybody in a group chat 群发言. It counts once on the chat's own budget, and on no single "
    "customer's; what each customer had of it stands in `touchpoints`.",
)
class GroupPost(Node):
    group_chat: Annotated["GroupChat", strawberry.lazy("server.schema.group_chats")] | None = link(
        _posts.group_chat_id, description="The chat."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _posts.staff_id, description="Who posted; null where no person was involved."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _posts.role_id, description="The role they acted in."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _posts.group_id, description="The ops group they acted for."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _posts.store_id, description="The store the chat was served at."
    )
    item: Annotated["Item", strawberry.lazy("server.schema.items")] | None = link(
        _posts.item_id, description="The good or service it was about."
    )
    content: Annotated["Content", strawberry.lazy("server.schema.contents")] | None = link(
        _posts.content_id, description="The content it showed."
    )
    campaign: Annotated["Campaign", strawberry.lazy("server.schema.campaigns")] | None = link(
        _posts.campaign_id, description="The campaign it belongs to."
    )
    purpose: Purpose = column(_posts.purpose, description="What for.")
    summary: str | None = column(_posts.summary, description="What was said, in the words of whoever recorded it.")
    receivers: int = column(
        _posts.receivers, description="How many customers were in the chat then, all of them counted."
    )
    touchpoints: Connection[Touchpoint] = connection(
        by=table_of(TouchpointRow).c.group_post_id,
        orders=TOUCHPOINT_ORDERS,
        filter=TOUCHPOINT_FILTER,
        description="What each customer had of it, in the caller's data scope: record there what came of it.",
    )
    occurred_at: datetime = column(_posts.occurred_at, description="When it was posted; may be in the past.")
    recorded_at: datetime = column(_posts.recorded_at, description="When it was recorded here.")


GROUP_POST_ORDERS = orders("GroupPost", OCCURRED_AT=_posts.occurred_at)


@strawberry.input(description="Which posts to group chats.")
class GroupPostFilter:
    group_chat: IdFilter | None = matches(_posts.group_chat_id, id_of="GroupChat", description="To which chat.")
    staff: IdFilter | None = matches(_posts.staff_id, id_of="StaffMember", description="Whose.")
    store: IdFilter | None = matches(_posts.store_id, id_of="Store", description="To chats served at which store.")
    item: IdFilter | None = matches(_posts.item_id, id_of="Item", description="About which item.")
    content: IdFilter | None = matches(_posts.content_id, id_of="Content", description="Showing which content.")
    campaign: IdFilter | None = matches(_posts.campaign_id, id_of="Campaign", description="In which campaign.")
    purpose: ChoiceFilter[Purpose] | None = matches(_posts.purpose, description="What for.")
    occurred_at: DateTimeFilter | None = matches(_posts.occurred_at, description="When it was posted.")


GROUP_POST_FILTER = filter_type(GroupPostFilter)


@node(
    tables.GroupChat,
    permission=Permission.TENANT_READ,
    description="A group chat 客户群: where the brand talks to many customers at once. It is no friendship, and nobody sees a "
    "customer by it.",
)
class GroupChat(Node):
    name: str = column(_chats.name, description="What it is called.")
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _chats.store_id, description="The store it is served at; null: at none in particular."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _chats.group_id, description="The ops group that serves it; null where a role does, or nobody was said to."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _chats.role_id, description="The role that serves it."
    )
    owner: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _chats.owner_id, description="Who owns it 群主."
    )
    member_count: int = column(
        _members,
        permission=Permission.CUSTOMER_READ,
        description="How many customers of the caller's data scope are in it now 群人数.",
    )
    members: Connection[GroupMembership] = connection(
        by=_stays.group_chat_id,
        orders=GROUP_MEMBERSHIP_ORDERS,
        filter=GROUP_MEMBERSHIP_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="Who of the customers in the caller's data scope is in it and was 群成员, who joined last first; "
        "`leftAt: {isNull: true}` for who is in it now.",
    )
    posts: Connection[GroupPost] = connection(
        by=_posts.group_chat_id,
        orders=GROUP_POST_ORDERS,
        filter=GROUP_POST_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="What was posted to everybody in it, newest first.",
    )
    created_at: datetime = column(_chats.occurred_at, description="When it was opened 建群时间; may be past.")
    dissolved_at: datetime | None = column(
        _chats.dissolved_at, description="When it was dissolved 解散; null while it is in use."
    )
    external_refs: list[ExternalRef] = external_refs_field("GroupChat")
    recorded_at: datetime = column(_chats.recorded_at, description="When it was recorded here.")
    version: int = column(_chats.version, description="Rises with every change.")


GROUP_CHAT_ORDERS = orders("GroupChat", CREATED_AT=_chats.occurred_at)


@strawberry.input(description="Which group chats.")
class GroupChatFilter:
    store: IdFilter | None = matches(_chats.store_id, id_of="Store", description="Served at which store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _chats.store_id},
        id_of="Store",
        description="Served at this store or at any store below it.",
    )
    group: IdFilter | None = matches(_chats.group_id, id_of="OpsGroup", description="Served by which ops group.")
    role: IdFilter | None = matches(_chats.role_id, id_of="ServiceRole", description="Served by which role.")
    owner: IdFilter | None = matches(_chats.owner_id, id_of="StaffMember", description="Owned by whom.")
    customer: IdFilter | None = matches(
        _stays.customer_id,
        via={_stays.group_chat_id: _chats.id},
        where=_stays.left_at.is_(None),
        id_of="Customer",
        permission=Permission.CUSTOMER_READ,
        description="In which this customer is now. Needs CUSTOMER_READ.",
    )
    created_at: DateTimeFilter | None = matches(_chats.occurred_at, description="When it was opened.")
    dissolved_at: DateTimeFilter | None = matches(
        _chats.dissolved_at, description="When it was dissolved; `isNull: true` for those in use."
    )


GROUP_CHAT_FILTER = filter_type(GroupChatFilter)


@strawberry.type
class GroupChatQueries:
    group_chats: Connection[GroupChat] = connection(
        orders=GROUP_CHAT_ORDERS,
        filter=GROUP_CHAT_FILTER,
        permission=Permission.TENANT_READ,
        description="The brand's group chats 客户群, dissolved ones too, newest first.",
    )
    group_chat: GroupChat | None = by_id(permission=Permission.TENANT_READ, description="One group chat, or null.")
    group_posts: Connection[GroupPost] = connection(
        orders=GROUP_POST_ORDERS,
        filter=GROUP_POST_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="What was posted to group chats 群发言, newest first.",
    )
    group_post: GroupPost | None = by_id(
        permission=Permission.TOUCHPOINT_READ, description="One post to a group chat, or null."
    )
