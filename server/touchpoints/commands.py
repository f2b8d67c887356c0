"""What can be asked of this room."""

from __future__ import annotations

from uuid import UUID

from server.commands import Command, LongText, Moment, ShortText
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


class RecordTouchpointOutcome(Command):
    touchpoint_id: UUID
    outcome: Outcome
    occurred_at: Moment | None = None
