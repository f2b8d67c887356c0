"""What customers say, how long we have to answer, and how an answer proceeds.

Pure data. Clocks and rewards are tenant-adjustable. Who answers a kind follows from the owner of its purpose, which
operations knows. The result of a clock never changes; going back to work starts a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from server.operations.feedback_duties import ANSWERED_BY_OWNER_OF
from server.operations.purposes import Purpose
from server.terms import Term

REOPEN_DAYS = 30
"""A resolved feedback may be taken up again within so many days."""
CONFIRM_DAYS = 7
"""An answered feedback the customer says no more about is resolved after so many days."""


class FeedbackKind(Term):
    """What the customer brought to us."""

    PRODUCT_REQUEST = "PRODUCT_REQUEST", "Product request", "缺货登记"
    COMPLAINT = "COMPLAINT", "Complaint", "客诉"
    SUGGESTION = "SUGGESTION", "Suggestion", "建议"
    PRAISE = "PRAISE", "Praise", "表扬"
    RATING = "RATING", "Rating", "评价", "A score of 4 or 5 starts no clock and is RESOLVED at once."

    @property
    def answered_by_owner_of(self) -> Purpose:
        """The role that owns this purpose answers."""
        return ANSWERED_BY_OWNER_OF[self]

    def starts_clock(self, score: int | None) -> bool:
        """Whether somebody must answer. Only a rating has a score, and only a low one needs an answer."""
        limit = FEEDBACK_RULES[self].clock_up_to_score
        return limit is None or (score is not None and score <= limit)


class ClockCalendar(Term):
    """Which hours a clock counts."""

    ALL_HOURS = "ALL_HOURS", "All hours", "全天候"
    BUSINESS_HOURS = "BUSINESS_HOURS", "Business hours", "营业时间"


@dataclass(frozen=True)
class FeedbackRule:
    """By when the customer must have been told, and by when somebody must have taken the matter on."""

    clock_hours: int
    calendar: ClockCalendar
    ack_hours: int
    clock_up_to_score: int | None = None
    """Where set, only a score up to this one starts the clock."""


FEEDBACK_RULES: Mapping[FeedbackKind, FeedbackRule] = MappingProxyType(
    {
        FeedbackKind.PRODUCT_REQUEST: FeedbackRule(72, ClockCalendar.ALL_HOURS, ack_hours=24),
        FeedbackKind.COMPLAINT: FeedbackRule(24, ClockCalendar.ALL_HOURS, ack_hours=2),
        FeedbackKind.SUGGESTION: FeedbackRule(168, ClockCalendar.BUSINESS_HOURS, ack_hours=24),
        FeedbackKind.PRAISE: FeedbackRule(72, ClockCalendar.BUSINESS_HOURS, ack_hours=24),
        FeedbackKind.RATING: FeedbackRule(24, ClockCalendar.ALL_HOURS, ack_hours=24, clock_up_to_score=3),
    }
)


class ClockState(Term):
    """Whether the time to answer is running."""

    RUNNING = "RUNNING", "Running", "计时中"
    STOPPED = "STOPPED", "Stopped", "已停表"


class ClockResult(Term):
    """How a clock ended."""

    ON_TIME = "ON_TIME", "On time", "按时"
    LATE = "LATE", "Late", "超时"
    RUNNING = "RUNNING", "Running", "计时中"


class FeedbackStatus(Term):
    """How far the answer has come."""

    RAISED = "RAISED", "Raised", "已登记"
    ACKNOWLEDGED = "ACKNOWLEDGED", "Acknowledged", "已受理"
    IN_PROGRESS = "IN_PROGRESS", "In progress", "处理中"
    ANSWERED = (
        "ANSWERED",
        "Answered",
        "已答复",
        "The customer was told (a touchpoint is linked); waits for the customer to confirm.",
    )
    RESOLVED = ("RESOLVED", "Resolved", "已解决", "The customer confirmed, or 7 days after ANSWERED without a word.")
    DECLINED = "DECLINED", "Declined", "未采纳", "Needs a reason told to the customer."
    DUPLICATE = (
        "DUPLICATE",
        "Duplicate",
        "重复",
        "Needs the kept feedback of the SAME customer; another customer asking the same is never a duplicate.",
    )
    WITHDRAWN = "WITHDRAWN", "Withdrawn by the customer", "客户撤回"

    @property
    def clock(self) -> ClockState:
        return ClockState.RUNNING if self in _CLOCK_RUNS else ClockState.STOPPED

    def may_become(self, status: FeedbackStatus) -> bool:
        return status in STATUS_MOVES[self]

    def reopens_as(self, status: FeedbackStatus) -> bool:
        """The move goes back to work: the reopen count rises and a new clock starts."""
        return self.may_become(status) and self.clock is ClockState.STOPPED and status.clock is ClockState.RUNNING


_CLOCK_RUNS = frozenset({FeedbackStatus.RAISED, FeedbackStatus.ACKNOWLEDGED, FeedbackStatus.IN_PROGRESS})
_ENDINGS = frozenset(
    {FeedbackStatus.ANSWERED, FeedbackStatus.DECLINED, FeedbackStatus.DUPLICATE, FeedbackStatus.WITHDRAWN}
)

STATUS_MOVES: Mapping[FeedbackStatus, frozenset[FeedbackStatus]] = MappingProxyType(
    {
        FeedbackStatus.RAISED: _ENDINGS | {FeedbackStatus.ACKNOWLEDGED, FeedbackStatus.IN_PROGRESS},
        FeedbackStatus.ACKNOWLEDGED: _ENDINGS | {FeedbackStatus.IN_PROGRESS},
        FeedbackStatus.IN_PROGRESS: _ENDINGS,
        FeedbackStatus.ANSWERED: frozenset({FeedbackStatus.RESOLVED, FeedbackStatus.IN_PROGRESS}),
        FeedbackStatus.RESOLVED: frozenset({FeedbackStatus.IN_PROGRESS}),
        FeedbackStatus.DECLINED: frozenset({FeedbackStatus.IN_PROGRESS}),
        FeedbackStatus.DUPLICATE: frozenset(),
        FeedbackStatus.WITHDRAWN: frozenset(),
    }
)


class RatedKind(Term):
    """What a rating can be of."""

    CASE = "Case", "Case", "服务单", "A case somebody worked on."
    ORDER = "Order", "Order", "订单", "An order."
    APPOINTMENT = "Appointment", "Visit", "到店", "A visit that took place."
    FEEDBACK = "Feedback", "Answer", "反馈答复", "How a feedback was answered."


class RewardStatus(Term):
    """How far a thank-you payment has come."""

    PROPOSED = "PROPOSED", "Waiting for approval", "待审批"
    APPROVED = "APPROVED", "Approved", "已批准"
    PAID = "PAID", "Paid", "已发放"
    VOID = "VOID", "Void", "作废"


class ImprovementStatus(Term):
    """How far a change that answers feedback has come."""

    OPEN = "OPEN", "To be assessed", "待评估"
    PLANNED = "PLANNED", "Planned", "已排期"
    SHIPPED = "SHIPPED", "Shipped", "已落地"
    DROPPED = "DROPPED", "Dropped", "不做"


@dataclass(frozen=True, kw_only=True)
class RewardDefault:
    """What a reported experience is thanked with, per customer and incident."""

    amount: Decimal
    approval_above: Decimal
    """A larger sum needs a manager's approval."""
    due_hours: int
    needs: str
    currency: str = "CNY"
    monthly_budget: Decimal | None = None
    """None: no limit."""


REWARD_DEFAULTS: Mapping[FeedbackKind, RewardDefault] = MappingProxyType(
    {
        FeedbackKind.COMPLAINT: RewardDefault(
            amount=Decimal("500.00"),
            approval_above=Decimal("500.00"),
            due_hours=72,
            needs="validated by a manager; never depends on the outcome",
        ),
        FeedbackKind.SUGGESTION: RewardDefault(
            amount=Decimal("0.00"),
            approval_above=Decimal("0.00"),
            due_hours=168,
            needs="the improvement shipped",
        ),
    }
)
