"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.touchpoints.media import Medium


@dataclass(frozen=True, kw_only=True)
class _Improvement(Event):
    """What every event of an improvement carries."""

    improvement_id: UUID = points_to("Improvement", "The improvement.")
    staff_id: UUID | None = points_to("StaffMember", "Who did it.")


@event(
    "improvement.opened",
    subject="Improvement",
    subject_field="improvement_id",
    description="A change was proposed that would answer feedback.",
)
@dataclass(frozen=True, kw_only=True)
class ImprovementOpened(_Improvement):
    item_id: UUID | None = points_to("Item", "The item it changes.")


@event(
    "improvement.planned",
    subject="Improvement",
    subject_field="improvement_id",
    description="The change will be made.",
)
@dataclass(frozen=True, kw_only=True)
class ImprovementPlanned(_Improvement):
    pass


@event(
    "improvement.shipped",
    subject="Improvement",
    subject_field="improvement_id",
    description="The change is there; everyone who asked is being told.",
)
@dataclass(frozen=True, kw_only=True)
class ImprovementShipped(_Improvement):
    medium: Medium = fact("Through what they are told.")
    voices: int = fact("How many feedbacks asked for it.")
    change_seconds: int | None = fact("How long the first who asked had waited, in seconds; null where nobody asked.")


@event(
    "improvement.dropped",
    subject="Improvement",
    subject_field="improvement_id",
    description="The change will not be made. Its feedback goes on and is answered one by one.",
)
@dataclass(frozen=True, kw_only=True)
class ImprovementDropped(_Improvement):
    pass


@event(
    "feedback.linked",
    subject="Feedback",
    subject_field="feedback_id",
    description="The feedback asks for this improvement.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackLinked(_Improvement):
    feedback_id: UUID = points_to("Feedback", "The feedback.")
    customer_id: UUID | None = points_to("Customer", "Whose feedback it is; null for somebody unknown.")


@event(
    "improvement.asker_told",
    subject="Improvement",
    subject_field="improvement_id",
    description="Somebody who asked was told that it is there.",
)
@dataclass(frozen=True, kw_only=True)
class ImprovementAskerTold(_Improvement):
    feedback_id: UUID = points_to("Feedback", "What they had said.")
    customer_id: UUID | None = points_to("Customer", "Who was told; null for somebody unknown.")
    touchpoint_id: UUID | None = points_to("Touchpoint", "The contact by which they were told.")
    told_at: datetime = fact("When.")
