"""What we did with a contact, and what came of it.

Pure data. State and outcome are kept apart: a contact is sent once, its outcomes are appended as they become known,
and the one shown is the one of highest rank. Each outcome says what it does to the run of ignored contacts, to trust,
to the relationship and to the customer's preferences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.customers.relationship_terms import RelationshipState
from server.terms import Term
from server.trust.reasons import TrustReason


class Direction(Term):
    """Who reached out."""

    INBOUND = "INBOUND", "Inbound", "客户发起"
    OUTBOUND = "OUTBOUND", "Outbound", "我方发起"


class TouchpointState(Term):
    """What we did."""

    RESERVED = "RESERVED", "Reserved", "已预留"
    SCHEDULED = "SCHEDULED", "Scheduled", "已排期"
    SENT = "SENT", "Sent", "已发出"
    RELEASED = "RELEASED", "Released", "已释放"
    EXPIRED = "EXPIRED", "Expired", "已过期"

    def may_become(self, state: TouchpointState) -> bool:
        return state in STATE_MOVES[self]


STATE_MOVES: Mapping[TouchpointState, frozenset[TouchpointState]] = MappingProxyType(
    {
        TouchpointState.RESERVED: frozenset(
            {
                TouchpointState.SCHEDULED,
                TouchpointState.SENT,
                TouchpointState.RELEASED,
                TouchpointState.EXPIRED,
            }
        ),
        TouchpointState.SCHEDULED: frozenset({TouchpointState.SENT, TouchpointState.RELEASED, TouchpointState.EXPIRED}),
        TouchpointState.SENT: frozenset(),
        TouchpointState.RELEASED: frozenset(),
        TouchpointState.EXPIRED: frozenset(),
    }
)


class StreakEffect(Term):
    """What an outcome does to the run of ignored contacts, which slows the next ones down."""

    NONE = "NONE", "No effect", "无影响"
    PLUS_ONE = "PLUS_ONE", "One more", "加一"
    RESET = "RESET", "Starts again from nothing", "清零"


class Outcome(Term):
    """What came of a contact."""

    PENDING = "PENDING", "Pending", "待回执"
    FAILED = "FAILED", "Not delivered", "未送达"
    DELIVERED = "DELIVERED", "Delivered", "已送达"
    IGNORED = (
        "IGNORED",
        "Ignored",
        "被忽略",
        "Delivered, and nothing of higher rank within ignored_after_hours (72) on a medium that could show it.",
    )
    OPENED = "OPENED", "Opened", "已打开"
    CLICKED = "CLICKED", "Clicked", "已点击"
    REPLIED = "REPLIED", "Replied", "已回复", "The customer replied; on the phone or a video call, answered."
    MISLED = (
        "MISLED",
        "Misled",
        "标题党",
        "The customer says so, or a manager marks the content; never guessed from dwell time.",
    )
    COMPLAINED = "COMPLAINED", "Complained of disturbance", "投诉打扰"
    OPTED_OUT = "OPTED_OUT", "Opted out", "拒收", "The customer refuses this purpose on this medium from now on."
    BLOCKED = "BLOCKED", "Deleted or blocked us", "被删除或拉黑"

    @property
    def effect(self) -> OutcomeEffect:
        return OUTCOME_EFFECTS[self]

    @property
    def rank(self) -> int:
        return OUTCOME_EFFECTS[self].rank


@dataclass(frozen=True)
class OutcomeEffect:
    """What an outcome does elsewhere."""

    rank: int
    """Of several outcomes of one contact, the one of highest rank is shown."""
    streak: StreakEffect
    refunds_unit: bool = False
    """The attention it had cost is given back."""
    trust: TrustReason | None = None
    """The withdrawal it causes."""
    refuses_purpose_and_medium: bool = False
    """Recorded as the customer's preference."""
    relationship: RelationshipState | None = None
    """What becomes of the friendship."""


OUTCOME_EFFECTS: Mapping[Outcome, OutcomeEffect] = MappingProxyType(
    {
        Outcome.PENDING: OutcomeEffect(0, StreakEffect.NONE),
        Outcome.FAILED: OutcomeEffect(1, StreakEffect.NONE, refunds_unit=True),
        Outcome.DELIVERED: OutcomeEffect(2, StreakEffect.NONE),
        Outcome.IGNORED: OutcomeEffect(3, StreakEffect.PLUS_ONE),
        Outcome.OPENED: OutcomeEffect(4, StreakEffect.RESET),
        Outcome.CLICKED: OutcomeEffect(5, StreakEffect.RESET),
        Outcome.REPLIED: OutcomeEffect(6, StreakEffect.RESET),
        Outcome.MISLED: OutcomeEffect(7, StreakEffect.PLUS_ONE, trust=TrustReason.BAIT),
        Outcome.COMPLAINED: OutcomeEffect(8, StreakEffect.PLUS_ONE, trust=TrustReason.ATTENTION_COMPLAINT),
        Outcome.OPTED_OUT: OutcomeEffect(9, StreakEffect.NONE, refuses_purpose_and_medium=True),
        Outcome.BLOCKED: OutcomeEffect(
            10,
            StreakEffect.NONE,
            trust=TrustReason.BLOCKED_BY_CUSTOMER,
            relationship=RelationshipState.REMOVED_BY_CUSTOMER,
        ),
    }
)
