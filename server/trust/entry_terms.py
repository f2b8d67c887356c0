"""The words an entry is written in: why the account moved, and to what kind of thing the entry points.

Pure data. `TrustReason` holds the reasons that rules speak of; an account also moves by itself when it opens and when a
crease presses its balance down, and those two are no rules a tenant could tune.
"""

from __future__ import annotations

from enum import StrEnum

from server.terms import Term
from server.trust.reasons import TrustReason


def _posted(reason: TrustReason) -> tuple[str, str, str, str]:
    return reason.value, reason.en, reason.zh, reason.meaning


class TrustEntryReason(Term):
    """Why a trust account moved: every reason of the rules, and what the account does by itself."""

    OPENED = "OPENED", "Account opened", "开户", "The first entry: the balance every customer starts with."
    CEILING_CUT = (
        "CEILING_CUT",
        "Ceiling lowered",
        "上限下调",
        "A crease lowered the ceiling below the balance; the balance follows.",
    )
    PROMISE_KEPT = _posted(TrustReason.PROMISE_KEPT)
    PROMISE_KEPT_EARLY = _posted(TrustReason.PROMISE_KEPT_EARLY)
    FEEDBACK_ANSWERED_IN_TIME = _posted(TrustReason.FEEDBACK_ANSWERED_IN_TIME)
    PRODUCT_ON_SHELF = _posted(TrustReason.PRODUCT_ON_SHELF)
    IMPROVEMENT_SHIPPED = _posted(TrustReason.IMPROVEMENT_SHIPPED)
    COMPLAINT_THANKED = _posted(TrustReason.COMPLAINT_THANKED)
    SERVICE_RECOVERED = _posted(TrustReason.SERVICE_RECOVERED)
    GOOD_RATING = _posted(TrustReason.GOOD_RATING)
    WOW_MOMENT = _posted(TrustReason.WOW_MOMENT)
    SPONTANEOUS_SHARE = _posted(TrustReason.SPONTANEOUS_SHARE)
    SUCCESSFUL_REFERRAL = _posted(TrustReason.SUCCESSFUL_REFERRAL)
    CONTEXT_CARRIED = _posted(TrustReason.CONTEXT_CARRIED)
    INTEREST = _posted(TrustReason.INTEREST)
    DISCOUNT_GIVEN = _posted(TrustReason.DISCOUNT_GIVEN)
    PROMPTED_SHARE = _posted(TrustReason.PROMPTED_SHARE)
    REWARDED_SHARE = _posted(TrustReason.REWARDED_SHARE)
    FEEDBACK_LATE = _posted(TrustReason.FEEDBACK_LATE)
    FEEDBACK_UNANSWERED = _posted(TrustReason.FEEDBACK_UNANSWERED)
    REWARD_LATE = _posted(TrustReason.REWARD_LATE)
    COMPLAINT_RAISED = _posted(TrustReason.COMPLAINT_RAISED)
    PROMISE_LATE = _posted(TrustReason.PROMISE_LATE)
    PROMISE_BROKEN = _posted(TrustReason.PROMISE_BROKEN)
    QUOTE_CONFLICT_SEEN = _posted(TrustReason.QUOTE_CONFLICT_SEEN)
    GUARANTEE_REFUSED = _posted(TrustReason.GUARANTEE_REFUSED)
    BAIT = _posted(TrustReason.BAIT)
    ATTENTION_OVERDRAWN = _posted(TrustReason.ATTENTION_OVERDRAWN)
    ATTENTION_COMPLAINT = _posted(TrustReason.ATTENTION_COMPLAINT)
    CONTACT_AFTER_OPT_OUT = _posted(TrustReason.CONTACT_AFTER_OPT_OUT)
    BLOCKED_BY_CUSTOMER = _posted(TrustReason.BLOCKED_BY_CUSTOMER)
    BAD_RATING = _posted(TrustReason.BAD_RATING)
    DROPPED_HANDOFF = _posted(TrustReason.DROPPED_HANDOFF)
    PRIVACY_BREACH = _posted(TrustReason.PRIVACY_BREACH)
    MANUAL_DEPOSIT = _posted(TrustReason.MANUAL_DEPOSIT)
    MANUAL_WITHDRAWAL = _posted(TrustReason.MANUAL_WITHDRAWAL)
    REVERSAL = _posted(TrustReason.REVERSAL)


class CauseType(StrEnum):
    """The node types an entry can point to as its cause; the value is the type's name in the schema.

    The event of an entry tells of a cause in a field of its own, by the type's name: `feedback_id` of a FEEDBACK. A type
    whose node is made later gets that field then, in `events.TrustEntryPosted`, and nothing else.
    """

    RELATIONSHIP = "Relationship"
    TOUCHPOINT = "Touchpoint"
    FEEDBACK = "Feedback"
    WOW_MOMENT = "WowMoment"
    SHARE = "Share"
    PROMISE = "Promise"
    HANDOFF = "Handoff"
    QUOTE_CONFLICT = "QuoteConflict"
    ORDER = "Order"
    REWARD = "Reward"
    IMPROVEMENT = "Improvement"
    REFERRAL = "Referral"

    @property
    def field(self) -> str:
        """The field of the event that names such a cause."""
        return f"{self.name.lower()}_id"


class ReversalGround(Term):
    """Why an entry was posted in error. That a breach was forgiven or made good is none: it happened."""

    DID_NOT_HAPPEN = "DID_NOT_HAPPEN", "It is proved that it did not happen", "已证实并未发生"
    WRONG_CUSTOMER = "WRONG_CUSTOMER", "It concerned another customer", "记错了客户"
    RECORDED_TWICE = "RECORDED_TWICE", "The same was recorded twice", "重复登记"
