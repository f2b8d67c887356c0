"""The acts on group chats and on who is in them. Whoever changes one holds its row, so that stays follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from server.customers import visibility
from server.customers.errors import InFuture
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.group_chats import errors, events, queries
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason, GroupMembershipChange
from server.group_chats.commands import (
    CreateGroupChat,
    DissolveGroupChat,
    RecordGroupMembership,
    UpdateGroupChat,
)
from server.group_chats.tables import GroupChat, GroupMembership
from server.operations import queries as operations
from server.operations.tables import Store
from server.operations.units import Unit
from server.tenants import external_refs
from server.tenants.tables import StaffMember

_SERVED = ("store_id", "group_id", "role_id", "owner_id")


async def create_group_chat(work: Work, command: CreateGroupChat) -> GroupChat:
    """A chat was opened. Raises NotFound for what is named and is not there (or no longer), InFuture, ExternalRefTaken."""
    served = {name: getattr(command, name) for name in _SERVED}
    await _require_served(work, served)
    chat = work.add(GroupChat(name=command.name, **served, occurred_at=past(work, command.occurred_at)))
    await external_refs.attach(work, "GroupChat", chat.id, command.external_refs, just_made=True)
    work.emit(events.GroupChatCreated(**events.particulars(chat), occurred_at=chat.occurred_at))
    return chat


async def update_group_chat(work: Work, command: UpdateGroupChat) -> GroupChat:
    """Another name, or somebody else serves it. The same again changes nothing. Raises NotFound, ChatDissolved, Conflict."""
    chat = await in_use(work, command.group_chat_id)
    given = command.model_fields_set
    wanted: dict[str, Any] = {name: getattr(command, name) for name in _SERVED if name in given}
    if wanted.get("group_id") is not None:
        wanted["role_id"] = None
    if wanted.get("role_id") is not None:
        wanted["group_id"] = None
    if command.name is not None:
        wanted["name"] = command.name
    changed = {name: value for name, value in wanted.items() if getattr(chat, name) != value}
    await _require_served(work, changed)
    if changed or command.expected_version not in (None, chat.version):
        await work.change(chat, expected_version=command.expected_version, **changed)
    if changed:
        work.emit(events.GroupChatChanged(**events.particulars(chat)))
    return chat


async def dissolve_group_chat(work: Work, command: DissolveGroupChat) -> GroupChat:
    """The chat is no more, and nobody is in it. Raises NotFound, ChatDissolved, InFuture, StillUsedLater, Conflict."""
    chat = await in_use(work, command.group_chat_id)
    at = past(work, command.occurred_at)
    last = await queries.last_use(work, chat.id)
    if at < max(chat.occurred_at, last or chat.occurred_at):
        raise errors.StillUsedLater("occurred_at")
    await work.change(chat, expected_version=command.expected_version, dissolved_at=at)
    for stay in await queries.live_stays(work, chat.id):
        await _leave(work, stay, at, GroupLeaveReason.DISSOLVED)
    work.emit(events.GroupChatDissolved(**events.about(chat), dissolved_at=at, occurred_at=at))
    return chat


async def record_group_membership(work: Work, command: RecordGroupMembership) -> GroupMembership:
    """A customer joined a chat or left it. What is so already is answered as it is.

    Raises NotFound, InFuture, ChatDissolved, ChatOpenedLater, StaysOverlap, NotInTheChat, LeftBeforeJoining.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    chat = await work.require(GroupChat, command.group_chat_id, "group_chat_id", lock=True)
    at = past(work, command.occurred_at)
    stays = await queries.stays_of(work, chat.id, command.customer_id)
    if command.change is GroupMembershipChange.JOINED:
        return _join(work, chat, command, stays, at)
    return await _left(work, command, stays, at)


async def record_group_memberships(
    work: Work, commands: Sequence[RecordGroupMembership]
) -> list[GroupMembership | DomainError]:
    """Many changes, each by itself: one answer per command, in order; a refused one leaves the others alone."""
    await queries.hold(work, {command.group_chat_id for command in commands})
    return await work.one_by_one(commands, lambda command: record_group_membership(work, command))


async def in_use(work: Work, group_chat_id: UUID) -> GroupChat:
    """The chat, locked. Raises NotFound, ChatDissolved on `group_chat_id`."""
    chat = await work.require(GroupChat, group_chat_id, "group_chat_id", lock=True)
    if chat.dissolved_at is not None:
        raise errors.ChatDissolved("group_chat_id")
    return chat


def past(work: Work, given: datetime | None) -> datetime:
    """When it happened: now where nobody says. Raises InFuture on `occurred_at`."""
    if given is not None and given > work.now:
        raise InFuture("occurred_at")
    return given or work.now


def _join(
    work: Work, chat: GroupChat, command: RecordGroupMembership, stays: Sequence[GroupMembership], at: datetime
) -> GroupMembership:
    for stay in stays:
        if stay.left_at is None or stay.joined_at == at:
            return stay
    if chat.dissolved_at is not None:
        raise errors.ChatDissolved("group_chat_id")
    if at < chat.occurred_at:
        raise errors.ChatOpenedLater("occurred_at")
    if any(stay.left_at is not None and at < stay.left_at for stay in stays):
        raise errors.StaysOverlap("occurred_at")
    source = command.source or GroupJoinSource.OTHER
    stay = work.add(
        GroupMembership(group_chat_id=chat.id, customer_id=command.customer_id, joined_at=at, join_source=source.value)
    )
    work.emit(events.GroupMembershipJoined(**events.of_stay(stay), source=source, occurred_at=at))
    return stay


async def _left(
    work: Work, command: RecordGroupMembership, stays: Sequence[GroupMembership], at: datetime
) -> GroupMembership:
    for stay in stays:
        if stay.left_at is None:
            if at < stay.joined_at:
                raise errors.LeftBeforeJoining("occurred_at")
            await _leave(work, stay, at, command.reason or GroupLeaveReason.BY_CUSTOMER)
            return stay
        if command.occurred_at is not None and stay.left_at == at:
            return stay
    raise errors.NotInTheChat("customer_id")


async def _leave(work: Work, stay: GroupMembership, at: datetime, reason: GroupLeaveReason) -> None:
    await work.change(stay, left_at=at, leave_reason=reason.value)
    work.emit(events.GroupMembershipLeft(**events.of_stay(stay), reason=reason, occurred_at=at))


async def _require_served(work: Work, served: dict[str, Any]) -> None:
    """What is named is there and in use. Raises NotFound on its field."""
    store_id, owner_id = served.get("store_id"), served.get("owner_id")
    if store_id is not None and (await work.require(Store, store_id, "store_id")).closed_at is not None:
        raise NotFound("store_id")
    if owner_id is not None and (await work.require(StaffMember, owner_id, "owner_id")).left_at is not None:
        raise NotFound("owner_id")
    if served.get("group_id") is not None or served.get("role_id") is not None:
        await operations.unit_in_use(work, Unit(served.get("group_id"), served.get("role_id")))
