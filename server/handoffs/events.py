"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.handoffs.tables import Handoff
from server.operations.purposes import Purpose


@dataclass(frozen=True, kw_only=True)
class _Handoff(Event):
    handoff_id: UUID = points_to("Handoff", "The handoff.")
    customer_id: UUID = points_to("Customer", "The customer.")


@event(
    "handoff.requested",
    subject="Handoff",
    subject_field="handoff_id",
    description="Somebody asked a colleague, or a role or group, to take a customer 交接.",
)
@dataclass(frozen=True, kw_only=True)
class HandoffRequested(_Handoff):
    case_id: UUID | None = points_to("Case", "The case it is about.")
    purpose: Purpose | None = fact("For what.")
    staff_id: UUID | None = points_to("StaffMember", "Who asked, where a staff member did.")
    to_staff_id: UUID | None = points_to("StaffMember", "Of whom it was asked; null where of a role or group.")
    role_id: UUID | None = points_to("ServiceRole", "The role it was asked of.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group it was asked of.")
    store_id: UUID | None = points_to("Store", "At which store.")
    due_at: datetime = fact("By when it must be answered.")


@event(
    "handoff.accepted",
    subject="Handoff",
    subject_field="handoff_id",
    description="Somebody took the customer who was handed over.",
)
@dataclass(frozen=True, kw_only=True)
class HandoffAccepted(_Handoff):
    answered_by_id: UUID = points_to("StaffMember", "Who took the customer.")
    relationship_id: UUID | None = points_to("Relationship", "Their friendship with the customer, where they have one.")


@event(
    "handoff.declined",
    subject="Handoff",
    subject_field="handoff_id",
    description="Who was asked to take a customer will not, and said why.",
)
@dataclass(frozen=True, kw_only=True)
class HandoffDeclined(_Handoff):
    answered_by_id: UUID | None = points_to("StaffMember", "Who declined; null where the brand did.")


@event(
    "handoff.cancelled",
    subject="Handoff",
    subject_field="handoff_id",
    description="Who asked for a handoff took that back.",
)
@dataclass(frozen=True, kw_only=True)
class HandoffCancelled(_Handoff):
    pass


@event(
    "handoff.escalated",
    subject="Handoff",
    subject_field="handoff_id",
    description="Nobody answered a handoff in time: who answers for the store or group is asked 升级.",
)
@dataclass(frozen=True, kw_only=True)
class HandoffEscalated(_Handoff):
    escalated_to_id: UUID | None = points_to("StaffMember", "Who is asked now; null where nobody answers for it.")
    due_at: datetime = fact("By when it must be answered now.")


@event(
    "handoff.readdressed",
    subject="Handoff",
    subject_field="handoff_id",
    description="Who was asked for a handoff has left, and somebody else is asked instead 改派.",
)
@dataclass(frozen=True, kw_only=True)
class HandoffReaddressed(_Handoff):
    to_staff_id: UUID | None = points_to("StaffMember", "Of whom it is asked now; null where of a role or group.")
    role_id: UUID | None = points_to("ServiceRole", "The role it is asked of.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group it is asked of.")
    escalated_to_id: UUID | None = points_to("StaffMember", "Who is asked besides, after an escalation.")


def requested(handoff: Handoff) -> HandoffRequested:
    return HandoffRequested(
        **about(handoff),
        case_id=handoff.case_id,
        purpose=None if handoff.purpose is None else Purpose(handoff.purpose),
        staff_id=handoff.staff_id,
        to_staff_id=handoff.to_staff_id,
        role_id=handoff.role_id,
        group_id=handoff.group_id,
        store_id=handoff.store_id,
        due_at=handoff.due_at,
    )


def about(handoff: Handoff) -> dict[str, Any]:
    return {"handoff_id": handoff.id, "customer_id": handoff.customer_id}
