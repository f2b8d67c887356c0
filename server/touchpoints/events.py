"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.operations.purposes import Purpose
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState


@event(
    "touchpoint.recorded",
    subject="Touchpoint",
    subject_field="touchpoint_id",
    description="A contact 触点 with a customer took place.",
)
@dataclass(frozen=True, kw_only=True)
class TouchpointRecorded(Event):
    touchpoint_id: UUID = points_to("Touchpoint", "The contact.")
    customer_id: UUID = points_to("Customer", "With whom.")
    staff_id: UUID | None = points_to("StaffMember", "Who of the brand, where a person was involved.")
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    store_id: UUID | None = points_to("Store", "Where, if in or for a store.")
    role_id: UUID | None = points_to("ServiceRole", "The role the staff member acted in.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group the staff member acted for.")
    item_id: UUID | None = points_to("Item", "What it was about.")
    content_id: UUID | None = points_to("Content", "The content it showed.")
    campaign_id: UUID | None = points_to("Campaign", "The campaign it belongs to.")
    group_chat_id: UUID | None = points_to("GroupChat", "The group chat it took place in.")
    group_post_id: UUID | None = points_to("GroupPost", "What was posted to everybody there, where it came of that.")
    direction: Direction = fact("Who reached out.")
    medium: Medium = fact("Through what.")
    purpose: Purpose = fact("What for.")
    state: TouchpointState = fact("What we did.")
    reservation_id: UUID | None = points_to("ContactReservation", "The reservation it was made from, where it was.")
    attention_units: int = fact("What it cost of the customer's attention when it was made.")


@event(
    "touchpoint.outcome_recorded",
    subject="TouchpointOutcome",
    subject_field="touchpoint_outcome_id",
    description="It became known what came of a contact.",
)
@dataclass(frozen=True, kw_only=True)
class TouchpointOutcomeRecorded(Event):
    touchpoint_outcome_id: UUID = points_to("TouchpointOutcome", "The entry in the list of outcomes.")
    touchpoint_id: UUID = points_to("Touchpoint", "The contact.")
    customer_id: UUID = points_to("Customer", "With whom.")
    outcome: Outcome = fact("What came of it.")
    shown: Outcome = fact("The outcome of highest rank so far, which the contact shows from now on.")
