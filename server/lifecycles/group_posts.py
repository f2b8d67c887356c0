"""Posting to a group chat 群发言: one act, and a contact with every customer who is in the chat at that moment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.campaigns.tables import Campaign, Content
from server.customers import boundary
from server.customers.capacities import acting
from server.db.work import Work
from server.group_chats import errors, events, queries
from server.group_chats import service as chats
from server.group_chats.commands import PostToGroupChat
from server.group_chats.tables import GroupPost
from server.items.tables import Item
from server.operations.purposes import Purpose
from server.tenants.tables import StaffMember
from server.touchpoints import service as touchpoints


async def post_to_group_chat(work: Work, command: PostToGroupChat) -> GroupPost:
    """Post once to everybody in the chat. Nobody joins or leaves meanwhile.

    Raises NotFound for what is named and is not there, ChatDissolved, InFuture, ChatOpenedLater, and OutOfBoundary for what
    the staff member's group or role may not do.
    """
    chat = await chats.in_use(work, command.group_chat_id)
    at = chats.past(work, command.occurred_at)
    if at < chat.occurred_at:
        raise errors.ChatOpenedLater("occurred_at")
    for model, name in ((Item, "item_id"), (Content, "content_id"), (Campaign, "campaign_id")):
        if getattr(command, name) is not None:
            await work.require(model, getattr(command, name), name)
    staff_id = command.staff_id or work.caller.staff_id
    group_id, role_id = await _capacity(work, staff_id, command.purpose, at)
    receivers = await queries.receivers(work, chat.id, at)
    post = work.add(
        GroupPost(
            group_chat_id=chat.id,
            staff_id=staff_id,
            role_id=role_id,
            group_id=group_id,
            store_id=chat.store_id,
            item_id=command.item_id,
            content_id=command.content_id,
            campaign_id=command.campaign_id,
            purpose=command.purpose.value,
            summary=command.summary,
            receivers=len(receivers),
            occurred_at=at,
        )
    )
    work.emit(_recorded(post))
    touchpoints.record_post(work, post, receivers)
    return post


async def _capacity(
    work: Work, staff_id: UUID | None, purpose: Purpose, at: datetime
) -> tuple[UUID | None, UUID | None]:
    """The group and the role the person posts for: a chat belongs to no single customer, so their placements of the time decide."""
    if staff_id is None:
        return None, None
    await work.require(StaffMember, staff_id, "staff_id")
    found = await acting(work, staff_id, None, purpose, at=at)
    await boundary.weighed(work, found, staff_id, None, purpose, "purpose", reason=None)
    return (None, None) if found.unit is None else (found.unit.group_id, found.unit.role_id)


def _recorded(post: GroupPost) -> events.GroupPostRecorded:
    return events.GroupPostRecorded(
        group_post_id=post.id,
        group_chat_id=post.group_chat_id,
        staff_id=post.staff_id,
        role_id=post.role_id,
        group_id=post.group_id,
        store_id=post.store_id,
        item_id=post.item_id,
        content_id=post.content_id,
        campaign_id=post.campaign_id,
        purpose=Purpose(post.purpose),
        receivers=post.receivers,
        occurred_at=post.occurred_at,
    )
