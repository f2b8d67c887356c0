"""What can be asked of this room."""

from __future__ import annotations

from uuid import UUID

from server.commands import Command, LongText, Moment, Name, ShortText
from server.operations.purposes import Purpose
from server.tenants.commands import ExternalRefs
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome


class RecordTouchpoint(Command):
    """A contact that took place. Without `staff_id` it was the calling staff member's; without a time it is now."""

    customer_id: UUID
    staff_id: UUID | None = None
    case_id: UUID | None = None
    store_id: UUID | None = None
    item_id: UUID | None = None
    content_id: UUID | None = None
    campaign_id: UUID | None = None
    group_chat_id: UUID | None = None
    direction: Direction
    medium: Medium
    purpose: Purpose
    outcome: Outcome = Outcome.PENDING
    summary: LongText | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()
    boundary_override: ShortText | None = None
    """Why it was done outside the boundary of the role, where it was."""
    attention_override: ShortText | None = None
    """Why it was made although the customer did not welcome it, where it was."""
    contact_id: UUID | None = None
    tag: Name | None = None
    """The tag by which it concerns the customer; an item does so by itself."""


class ReserveContact(Command):
    """A contact somebody is about to make. Without `staff_id` it is the calling staff member's."""

    customer_id: UUID
    staff_id: UUID | None = None
    case_id: UUID | None = None
    item_id: UUID | None = None
    contact_id: UUID | None = None
    tag: Name | None = None
    content_id: UUID | None = None
    medium: Medium
    purpose: Purpose
    boundary_override: ShortText | None = None
    attention_override: ShortText | None = None


class CommitContact(Command):
    """The contact that was reserved has been made. What is given besides must be what was reserved."""

    reservation_id: UUID
    customer_id: UUID | None = None
    case_id: UUID | None = None
    item_id: UUID | None = None
    contact_id: UUID | None = None
    tag: Name | None = None
    content_id: UUID | None = None
    medium: Medium | None = None
    purpose: Purpose | None = None
    staff_id: UUID | None = None
    store_id: UUID | None = None
    outcome: Outcome = Outcome.PENDING
    summary: LongText | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()
    boundary_override: ShortText | None = None


class ReleaseContact(Command):
    reservation_id: UUID


class RecordTouchpointOutcome(Command):
    touchpoint_id: UUID
    outcome: Outcome
    occurred_at: Moment | None = None
