"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to


@dataclass(frozen=True, kw_only=True)
class _OfPromise(Event):
    """What every event of this room carries."""

    promise_id: UUID = points_to("Promise", "The promise.")
    customer_id: UUID | None = points_to("Customer", "Whom it was made to; null: everyone.")
    due_at: datetime | None = fact("By when it is to be kept, where it has a time.")
    promise_version: int = fact("The promise's version from now on.")


@event("promise.made", subject="Promise", subject_field="promise_id", description="The brand gave its word.")
@dataclass(frozen=True, kw_only=True)
class PromiseMade(_OfPromise):
    within_hours: int | None = fact("Within how many hours, where it was said so.")
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    staff_id: UUID | None = points_to("StaffMember", "Who made it.")
    role_id: UUID | None = points_to("ServiceRole", "The role in which it was made.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group in which it was made.")
    store_id: UUID | None = points_to("Store", "The store it was made at.")


@event(
    "promise.changed",
    subject="Promise",
    subject_field="promise_id",
    description="The particulars of an open promise were corrected.",
)
@dataclass(frozen=True, kw_only=True)
class PromiseChanged(_OfPromise):
    within_hours: int | None = fact("Within how many hours, where it was said so.")
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    staff_id: UUID | None = points_to("StaffMember", "Who made it.")
    role_id: UUID | None = points_to("ServiceRole", "The role in which it was made.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group in which it was made.")
    store_id: UUID | None = points_to("Store", "The store it was made at.")


@event(
    "promise.overdue",
    subject="Promise",
    subject_field="promise_id",
    description="The time of a promise ran out, and nobody has said what became of it.",
)
@dataclass(frozen=True, kw_only=True)
class PromiseOverdue(_OfPromise):
    staff_id: UUID | None = points_to("StaffMember", "Who made it.")


@dataclass(frozen=True, kw_only=True)
class _Settled(_OfPromise):
    staff_id: UUID | None = points_to("StaffMember", "Who made it.")
    settled_by_id: UUID | None = points_to("StaffMember", "The staff member who said what became of it.")
    in_time: bool | None = fact("Whether it was kept by its time; null where it had none, or was released.")


@event("promise.kept", subject="Promise", subject_field="promise_id", description="The brand kept its word.")
@dataclass(frozen=True, kw_only=True)
class PromiseKept(_Settled):
    pass


@event("promise.broken", subject="Promise", subject_field="promise_id", description="The brand broke its word.")
@dataclass(frozen=True, kw_only=True)
class PromiseBroken(_Settled):
    pass


@event(
    "promise.released",
    subject="Promise",
    subject_field="promise_id",
    description="Whom a promise was made to let the brand off.",
)
@dataclass(frozen=True, kw_only=True)
class PromiseReleased(_Settled):
    pass
