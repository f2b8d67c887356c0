"""What somebody is to do next: the closed list of kinds, what each is about, and where an item stands. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.terms import Term


class WorkItemKind(Term):
    """What is to be done."""

    HANDOFF = "HANDOFF", "Handoff to take", "待接交接", "A colleague hands a customer over: accept or decline."
    FEEDBACK_CLOCK = (
        "FEEDBACK_CLOCK",
        "Feedback to answer",
        "待答复反馈",
        "A customer said something and must be told before the clock runs out.",
    )
    PROMISE_DUE = "PROMISE_DUE", "Promise to keep", "待兑现承诺", "Something promised to a customer falls due."
    APPOINTMENT = "APPOINTMENT", "Appointment", "预约待接待", "A customer is expected."
    MISSED_VISIT = (
        "MISSED_VISIT",
        "Missed visit to follow up",
        "爽约待跟进",
        "A customer was expected and did not come: ask why, and agree another time.",
    )
    WOW_MOMENT_DUE = (
        "WOW_MOMENT_DUE",
        "Surprise to make",
        "待制造惊喜",
        "Something happened because of which a customer is to be surprised.",
    )
    ASSIGNMENT_QUEUE = (
        "ASSIGNMENT_QUEUE",
        "Customer to assign",
        "待分配客户",
        "A customer waits because everybody who could serve is full or off.",
    )
    UNANSWERED_ENQUIRY = (
        "UNANSWERED_ENQUIRY",
        "Enquiry to answer",
        "待回复咨询",
        "A customer asked, and nobody has answered on that matter since.",
    )
    REWARD = (
        "REWARD",
        "Reward to approve and pay",
        "待发致谢金",
        "A customer is to be thanked: approve it, then pay it.",
    )

    @property
    def subject_type(self) -> str:
        """The type of node an item of this kind is about."""
        return SUBJECT_TYPES[self]


SUBJECT_TYPES: Mapping[WorkItemKind, str] = MappingProxyType(
    {
        WorkItemKind.HANDOFF: "Handoff",
        WorkItemKind.FEEDBACK_CLOCK: "Feedback",
        WorkItemKind.PROMISE_DUE: "Promise",
        WorkItemKind.APPOINTMENT: "Appointment",
        WorkItemKind.MISSED_VISIT: "Appointment",
        WorkItemKind.WOW_MOMENT_DUE: "DueWowMoment",
        WorkItemKind.ASSIGNMENT_QUEUE: "AssignmentQueueEntry",
        WorkItemKind.UNANSWERED_ENQUIRY: "Touchpoint",
        WorkItemKind.REWARD: "Reward",
    }
)


CLOSED_BY_CONTACT = (WorkItemKind.UNANSWERED_ENQUIRY, WorkItemKind.MISSED_VISIT)
"""Done as soon as somebody contacts the customer on the matter."""


class WorkItemState(Term):
    """Whether something is still to be done."""

    OPEN = "OPEN", "Open", "待处理"
    CLOSED = "CLOSED", "Closed", "已完成", "Done, or no longer to be done."
