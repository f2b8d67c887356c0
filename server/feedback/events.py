"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.feedback.kinds import ClockResult, FeedbackKind, FeedbackStatus
from server.touchpoints.media import Medium


@dataclass(frozen=True, kw_only=True)
class _Moved(Event):
    """What every change of status carries."""

    feedback_id: UUID = points_to("Feedback", "The feedback.")
    customer_id: UUID | None = points_to("Customer", "Whose feedback it is; null for somebody unknown.")
    move_id: UUID = points_to("FeedbackMove", "The move in its history.")
    staff_id: UUID | None = points_to("StaffMember", "The staff member who moved it; of a new one, who heard it.")


@event("feedback.raised", subject="Feedback", subject_field="feedback_id", description="A customer told the brand.")
@dataclass(frozen=True, kw_only=True)
class FeedbackRaised(_Moved):
    kind: FeedbackKind = fact("What was brought.")
    status: FeedbackStatus = fact("Where it starts: a good rating needs no answer and is RESOLVED at once.")
    score: int | None = fact("1 to 5, of a rating only.")
    order_id: UUID | None = points_to("Order", "The order that was rated.")
    appointment_id: UUID | None = points_to("Appointment", "The visit that was rated.")
    rated_case_id: UUID | None = points_to("Case", "The case that was rated.")
    rated_feedback_id: UUID | None = points_to("Feedback", "The feedback whose answer was rated.")
    item_id: UUID | None = points_to("Item", "The item it is about.")
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    store_id: UUID | None = points_to("Store", "The store it is about.")
    role_id: UUID | None = points_to("ServiceRole", "The role that answers.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group that answers.")
    medium: Medium | None = fact("Through what it came.")
    clock_id: UUID | None = points_to("FeedbackClock", "The clock that started, if one did.")
    due_at: datetime | None = fact("By when the customer must have been told.")


@event(
    "feedback.acknowledged",
    subject="Feedback",
    subject_field="feedback_id",
    description="Somebody took the matter on. Its clock runs on.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackAcknowledged(_Moved):
    pass


@event(
    "feedback.answered",
    subject="Feedback",
    subject_field="feedback_id",
    description="The customer was told. The clock stops.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackAnswered(_Moved):
    touchpoint_id: UUID | None = points_to("Touchpoint", "The contact by which the customer was told.")
    clock_id: UUID = points_to("FeedbackClock", "The clock that stopped.")
    clock_result: ClockResult = fact("Whether the answer came in time.")


@event(
    "feedback.resolved",
    subject="Feedback",
    subject_field="feedback_id",
    description="The matter is settled: the customer confirmed it, or said no more for the days of the policy.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackResolved(_Moved):
    confirmed: bool = fact("Whether the customer said so; false where they said no more.")


@event(
    "feedback.started",
    subject="Feedback",
    subject_field="feedback_id",
    description="Somebody works on the matter. Its clock runs on.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackStarted(_Moved):
    pass


@event(
    "feedback.acknowledgement_missed",
    subject="Feedback",
    subject_field="feedback_id",
    description="Nobody took the matter on in time. Its clock runs on.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackAcknowledgementMissed(Event):
    feedback_id: UUID = points_to("Feedback", "The feedback.")
    customer_id: UUID | None = points_to("Customer", "Whose feedback it is; null for somebody unknown.")
    clock_id: UUID = points_to("FeedbackClock", "The clock that runs.")
    role_id: UUID | None = points_to("ServiceRole", "The role that answers.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group that answers.")
    store_id: UUID | None = points_to("Store", "The store it is about.")
    ack_due_at: datetime = fact("By when somebody should have taken it on.")


@event(
    "feedback.marked_duplicate",
    subject="Feedback",
    subject_field="feedback_id",
    description="The same customer said the same already; that one is kept. The clock stops.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackMarkedDuplicate(_Moved):
    duplicate_of_id: UUID = points_to("Feedback", "The one that is kept.")
    clock_id: UUID = points_to("FeedbackClock", "The clock that stopped.")
    clock_result: ClockResult = fact("Whether that was in time.")


@event(
    "feedback.withdrawn",
    subject="Feedback",
    subject_field="feedback_id",
    description="The customer took it back. The clock stops.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackWithdrawn(_Moved):
    clock_id: UUID = points_to("FeedbackClock", "The clock that stopped.")
    clock_result: ClockResult = fact("Whether that was in time.")


@event(
    "feedback.attached",
    subject="Feedback",
    subject_field="feedback_id",
    description="Whose voice it was became known. Its history and its clocks stay as they are.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackAttached(Event):
    feedback_id: UUID = points_to("Feedback", "The feedback.")
    customer_id: UUID = points_to("Customer", "Whose feedback it is.")
    staff_id: UUID | None = points_to("StaffMember", "Who found that out.")


@event(
    "feedback_policy.set",
    subject="Tenant",
    subject_field="tenant_id",
    description="The brand says anew by when it answers. Clocks that run keep their time.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackPolicySet(Event):
    tenant_id: UUID = points_to("Tenant", "The brand.")
    policy_version: int = fact("The policy's version from now on.")


@event(
    "feedback.declined",
    subject="Feedback",
    subject_field="feedback_id",
    description="The brand will not do it, and the customer was told why. The clock stops.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackDeclined(_Moved):
    clock_id: UUID = points_to("FeedbackClock", "The clock that stopped.")
    clock_result: ClockResult = fact("Whether the customer was told in time.")


@event(
    "feedback.reopened",
    subject="Feedback",
    subject_field="feedback_id",
    description="The matter was taken up again. A new clock starts; the results of earlier ones stay.",
)
@dataclass(frozen=True, kw_only=True)
class FeedbackReopened(_Moved):
    reopen_count: int = fact("How often it was taken up again.")
    clock_id: UUID = points_to("FeedbackClock", "The clock that started.")
    clock_number: int = fact("Number of that clock, from 1.")
    due_at: datetime = fact("By when the customer must have been told.")
