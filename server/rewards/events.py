"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.feedback.kinds import ClockResult, FeedbackKind


@dataclass(frozen=True, kw_only=True)
class _Reward(Event):
    """What every event of a reward carries."""

    reward_id: UUID = points_to("Reward", "The reward.")
    customer_id: UUID = points_to("Customer", "Who is thanked.")
    feedback_id: UUID = points_to("Feedback", "The incident.")
    amount_minor: int = fact("How much, in minor units of the policy's currency.")
    due_at: datetime = fact("By when it must have been paid.")


@event("reward.proposed", subject="Reward", subject_field="reward_id", description="An incident is to be thanked for.")
@dataclass(frozen=True, kw_only=True)
class RewardProposed(_Reward):
    kind: FeedbackKind = fact("What is thanked for.")


@event(
    "reward.approved",
    subject="Reward",
    subject_field="reward_id",
    description="A manager validated the incident: the reward is within the budget, and to be paid.",
)
@dataclass(frozen=True, kw_only=True)
class RewardApproved(_Reward):
    staff_id: UUID | None = points_to("StaffMember", "Who approved it.")


@event("reward.paid", subject="Reward", subject_field="reward_id", description="The customer has the money.")
@dataclass(frozen=True, kw_only=True)
class RewardPaid(_Reward):
    staff_id: UUID | None = points_to("StaffMember", "Who paid it.")
    clock_result: ClockResult = fact("Whether that was in time.")


@event(
    "reward.voided", subject="Reward", subject_field="reward_id", description="It is not paid; the budget has it back."
)
@dataclass(frozen=True, kw_only=True)
class RewardVoided(_Reward):
    staff_id: UUID | None = points_to("StaffMember", "Who said so.")


@event("reward.overdue", subject="Reward", subject_field="reward_id", description="It was not paid in time.")
@dataclass(frozen=True, kw_only=True)
class RewardOverdue(_Reward):
    pass
