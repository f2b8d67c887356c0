"""What can be asked of this room. A field left out leaves what is there; one given as None empties it."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import model_validator

from server.commands import Command, LongText, Moment, Name
from server.group_chats.chat_terms import GroupJoinSource, GroupLeaveReason, GroupMembershipChange
from server.operations.purposes import Purpose
from server.tenants.commands import ExternalRefs


class _Served(Command):
    store_id: UUID | None = None
    group_id: UUID | None = None
    role_id: UUID | None = None
    owner_id: UUID | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if self.group_id is not None and self.role_id is not None:
            raise ValueError("give a group or a role, not both")
        return self


class CreateGroupChat(_Served):
    """A chat that was opened, now or at `occurred_at`."""

    name: Name
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class UpdateGroupChat(_Served):
    group_chat_id: UUID
    name: Name | None = None
    expected_version: int | None = None


class DissolveGroupChat(Command):
    group_chat_id: UUID
    occurred_at: Moment | None = None
    expected_version: int | None = None


class RecordGroupMembership(Command):
    """A customer joined a chat, or left it, now or at `occurred_at`."""

    group_chat_id: UUID
    customer_id: UUID
    change: GroupMembershipChange
    source: GroupJoinSource | None = None
    """How they joined; OTHER where nobody says."""
    reason: GroupLeaveReason | None = None
    """How they left; BY_CUSTOMER where nobody says."""
    occurred_at: Moment | None = None

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        joined = self.change is GroupMembershipChange.JOINED
        if joined and self.reason is not None:
            raise ValueError("reason is for who left")
        if not joined and self.source is not None:
            raise ValueError("source is for who joined")
        if self.reason is GroupLeaveReason.DISSOLVED:
            raise ValueError("a chat is dissolved for everybody in it at once")
        return self


class PostToGroupChat(Command):
    """One message to everybody in a chat. Without `staff_id` it was the calling staff member's; without a time it is now."""

    group_chat_id: UUID
    purpose: Purpose
    staff_id: UUID | None = None
    item_id: UUID | None = None
    content_id: UUID | None = None
    campaign_id: UUID | None = None
    summary: LongText | None = None
    occurred_at: Moment | None = None
