"""What this room emits about attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.operations.purposes import Purpose
from server.touchpoints.attention_policies import AttentionPreset
from server.touchpoints.media import Medium


@event(
    "attention_policy.set",
    subject="Tenant",
    subject_field="tenant_id",
    description="The brand says anew how often its customers may be contacted.",
)
@dataclass(frozen=True, kw_only=True)
class AttentionPolicySet(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    policy_version: int = fact("The policy's version from now on.")
    preset: AttentionPreset | None = fact("The preset it was taken from; null for none.")


@event(
    "contact.reserved",
    subject="ContactReservation",
    subject_field="reservation_id",
    description="A contact with a customer was reserved 预留: its units are held until it is made, given back or late.",
)
@dataclass(frozen=True, kw_only=True)
class ContactReserved(Event):
    reservation_id: UUID = points_to("ContactReservation", "The reservation.")
    customer_id: UUID = points_to("Customer", "Whom it is about.")
    staff_id: UUID | None = points_to("StaffMember", "Who would make the contact.")
    purpose: Purpose = fact("What for.")
    medium: Medium = fact("Through what.")
    units: int = fact("Attention units held.")
    expires_at: datetime = fact("When it ends by itself.")


@event(
    "contact.released",
    subject="ContactReservation",
    subject_field="reservation_id",
    description="A reserved contact will not be made; its units are free again.",
)
@dataclass(frozen=True, kw_only=True)
class ContactReleased(Event):
    reservation_id: UUID = points_to("ContactReservation", "The reservation.")
    customer_id: UUID = points_to("Customer", "Whom it was about.")


@event(
    "contact.expired",
    subject="ContactReservation",
    subject_field="reservation_id",
    description="A reserved contact was not made in time; its units are free again.",
)
@dataclass(frozen=True, kw_only=True)
class ContactExpired(Event):
    reservation_id: UUID = points_to("ContactReservation", "The reservation.")
    customer_id: UUID = points_to("Customer", "Whom it was about.")


@event(
    "attention.overridden",
    subject="AttentionOverride",
    subject_field="attention_override_id",
    description="Somebody with leave made or reserved a contact that the customer did not welcome.",
)
@dataclass(frozen=True, kw_only=True)
class AttentionOverridden(Event):
    attention_override_id: UUID = points_to("AttentionOverride", "What was kept of it.")
    customer_id: UUID = points_to("Customer", "With whom.")
    staff_id: UUID | None = points_to("StaffMember", "Who answers for it.")
    touchpoint_id: UUID | None = points_to("Touchpoint", "The contact, where it was made.")
    reservation_id: UUID | None = points_to("ContactReservation", "The reservation, where it was reserved.")
    purpose: Purpose = fact("What for.")
    medium: Medium = fact("Through what.")
