"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.operations.purposes import Purpose
from server.work_items.kinds import WorkItemKind
from server.work_items.tables import WorkItem


@dataclass(frozen=True, kw_only=True)
class _Item(Event):
    """What every event of an item carries."""

    work_item_id: UUID = points_to("WorkItem", "The work item.")
    customer_id: UUID | None = points_to("Customer", "The customer it is about; null for none.")
    kind: WorkItemKind = fact("What is to be done.")


@dataclass(frozen=True, kw_only=True)
class _Whose(_Item):
    """Whose it is, and by when."""

    assignee_id: UUID | None = points_to("StaffMember", "Who is to do it; null where a role or group is.")
    role_id: UUID | None = points_to("ServiceRole", "The role that is to do it.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group that is to do it.")
    store_id: UUID | None = points_to("Store", "At which store.")
    due_at: datetime = fact("By when.")


@event(
    "work_item.opened",
    subject="WorkItem",
    subject_field="work_item_id",
    description="Something is to be done 待办, or to be done again.",
)
@dataclass(frozen=True, kw_only=True)
class WorkItemOpened(_Whose):
    purpose: Purpose | None = fact("The purpose it is about, where it is about one.")
    feedback_id: UUID | None = points_to("Feedback", "What it is about, where that is a feedback.")
    touchpoint_id: UUID | None = points_to("Touchpoint", "What it is about, where that is a contact.")
    handoff_id: UUID | None = points_to("Handoff", "What it is about, where that is a handoff.")
    promise_id: UUID | None = points_to("Promise", "What it is about, where that is a promise.")
    appointment_id: UUID | None = points_to("Appointment", "What it is about, where that is an appointment.")
    queue_entry_id: UUID | None = points_to(
        "AssignmentQueueEntry", "What it is about, where that is a place in the assignment queue."
    )
    due_wow_moment_id: UUID | None = points_to(
        "DueWowMoment", "What it is about, where that is a moment that fell due."
    )
    reward_id: UUID | None = points_to("Reward", "What it is about, where that is a reward.")


@event(
    "work_item.reassigned",
    subject="WorkItem",
    subject_field="work_item_id",
    description="An open work item is somebody else's now, or due at another time.",
)
@dataclass(frozen=True, kw_only=True)
class WorkItemReassigned(_Whose):
    pass


@event(
    "work_item.closed",
    subject="WorkItem",
    subject_field="work_item_id",
    description="What was to be done is done, or no longer to be done.",
)
@dataclass(frozen=True, kw_only=True)
class WorkItemClosed(_Item):
    pass


def opened(item: WorkItem) -> WorkItemOpened:
    def subject(type_name: str) -> UUID | None:
        return item.subject_id if item.subject_type == type_name else None

    return WorkItemOpened(
        **_whose(item),
        purpose=None if item.purpose is None else Purpose(item.purpose),
        feedback_id=subject("Feedback"),
        touchpoint_id=subject("Touchpoint"),
        handoff_id=subject("Handoff"),
        promise_id=subject("Promise"),
        appointment_id=subject("Appointment"),
        queue_entry_id=subject("AssignmentQueueEntry"),
        due_wow_moment_id=subject("DueWowMoment"),
        reward_id=subject("Reward"),
        occurred_at=item.opened_at,
    )


def reassigned(item: WorkItem) -> WorkItemReassigned:
    return WorkItemReassigned(**_whose(item))


def closed(item: WorkItem) -> WorkItemClosed:
    return WorkItemClosed(**_item(item), occurred_at=item.closed_at)


def _whose(item: WorkItem) -> dict[str, Any]:
    return {
        **_item(item),
        "assignee_id": item.assignee_id,
        "role_id": item.role_id,
        "group_id": item.group_id,
        "store_id": item.store_id,
        "due_at": item.due_at,
    }


def _item(item: WorkItem) -> dict[str, Any]:
    return {"work_item_id": item.id, "customer_id": item.customer_id, "kind": WorkItemKind(item.kind)}
