"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason
from server.group_chats.tables import GroupChat, GroupMembership
from server.operations.purposes import Purpose


@dataclass(frozen=True, kw_only=True)
class _OfChat(Event):
    group_chat_id: UUID = points_to("GroupChat", "The group chat.")
    group_chat_version: int = fact("The chat's version from now on.")


@dataclass(frozen=True, kw_only=True)
class _Particulars(_OfChat):
    store_id: UUID | None = points_to("Store", "The store it is served at.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group that serves it.")
    role_id: UUID | None = points_to("ServiceRole", "The role that serves it.")
    owner_id: UUID | None = points_to("StaffMember", "Who owns it.")


@event("group_chat.created", subject="GroupChat", subject_field="group_chat_id", description="A group chat was opened.")
@dataclass(frozen=True, kw_only=True)
class GroupChatCreated(_Particulars):
    pass


@event(
    "group_chat.changed",
    subject="GroupChat",
    subject_field="group_chat_id",
    description="The name of a group chat changed, or who serves it where.",
)
@dataclass(frozen=True, kw_only=True)
class GroupChatChanged(_Particulars):
    pass


@event(
    "group_chat.dissolved",
    subject="GroupChat",
    subject_field="group_chat_id",
    description="A group chat was dissolved 解散; everybody in it left.",
)
@dataclass(frozen=True, kw_only=True)
class GroupChatDissolved(_OfChat):
    dissolved_at: datetime = fact("When.")


@dataclass(frozen=True, kw_only=True)
class _OfMembership(Event):
    group_membership_id: UUID = points_to("GroupMembership", "The customer's stay in the chat.")
    group_chat_id: UUID = points_to("GroupChat", "The group chat.")
    customer_id: UUID = points_to("Customer", "The customer.")
    group_membership_version: int = fact("The stay's version from now on.")


@event(
    "group_membership.joined",
    subject="GroupMembership",
    subject_field="group_membership_id",
    description="A customer joined a group chat 入群.",
)
@dataclass(frozen=True, kw_only=True)
class GroupMembershipJoined(_OfMembership):
    source: GroupJoinSource = fact("How.")


@event(
    "group_membership.left",
    subject="GroupMembership",
    subject_field="group_membership_id",
    description="A customer left a group chat 退群, or was removed from it.",
)
@dataclass(frozen=True, kw_only=True)
class GroupMembershipLeft(_OfMembership):
    reason: GroupLeaveReason = fact("How.")


@event(
    "group_post.recorded",
    subject="GroupPost",
    subject_field="group_post_id",
    description="Something was posted to everybody in a group chat 群发言.",
)
@dataclass(frozen=True, kw_only=True)
class GroupPostRecorded(Event):
    group_post_id: UUID = points_to("GroupPost", "The post.")
    group_chat_id: UUID = points_to("GroupChat", "The group chat.")
    staff_id: UUID | None = points_to("StaffMember", "Who posted, where a person did.")
    role_id: UUID | None = points_to("ServiceRole", "The role they acted in.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group they acted for.")
    store_id: UUID | None = points_to("Store", "The store the chat is served at.")
    item_id: UUID | None = points_to("Item", "What it was about.")
    content_id: UUID | None = points_to("Content", "The content it showed.")
    campaign_id: UUID | None = points_to("Campaign", "The campaign it belongs to.")
    purpose: Purpose = fact("What for.")
    receivers: int = fact("How many customers were in the chat.")


def particulars(chat: GroupChat) -> dict[str, Any]:
    names = ("store_id", "group_id", "role_id", "owner_id")
    return {**about(chat), **{name: getattr(chat, name) for name in names}}


def about(chat: GroupChat) -> dict[str, Any]:
    return {"group_chat_id": chat.id, "group_chat_version": chat.version}


def of_stay(stay: GroupMembership) -> dict[str, Any]:
    return {
        "group_membership_id": stay.id,
        "group_chat_id": stay.group_chat_id,
        "customer_id": stay.customer_id,
        "group_membership_version": stay.version,
    }
