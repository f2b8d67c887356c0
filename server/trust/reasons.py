"""Why a trust account moves: the closed list of reasons, with their points, causes and limits.

Pure data. Points are whole numbers here (accounts are kept in hundredths, see `policy`); a severity of 0 to 1 says how
deep a withdrawal creases the account. Each cause posts a reason once. Tenants may change amounts and severities, never
the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from server.terms import Term


class TrustReason(Term):
    """The cause of a deposit, a withdrawal or a visible zero."""

    PROMISE_KEPT = "PROMISE_KEPT", "Promise kept", "承诺兑现"
    PROMISE_KEPT_EARLY = "PROMISE_KEPT_EARLY", "Promise kept early", "提前兑现"
    FEEDBACK_ANSWERED_IN_TIME = "FEEDBACK_ANSWERED_IN_TIME", "Feedback answered in time", "按时答复"
    PRODUCT_ON_SHELF = "PRODUCT_ON_SHELF", "Requested product on the shelf", "缺货已上架"
    IMPROVEMENT_SHIPPED = "IMPROVEMENT_SHIPPED", "Suggestion carried out", "建议已落地"
    COMPLAINT_THANKED = "COMPLAINT_THANKED", "Complaint thanked", "客诉致谢"
    SERVICE_RECOVERED = "SERVICE_RECOVERED", "Service recovered", "服务补救成功"
    GOOD_RATING = "GOOD_RATING", "Good rating", "好评"
    WOW_MOMENT = "WOW_MOMENT", "Wow moment", "Wow时刻"
    SPONTANEOUS_SHARE = "SPONTANEOUS_SHARE", "Spontaneous share", "忍不住分享"
    SUCCESSFUL_REFERRAL = "SUCCESSFUL_REFERRAL", "Successful referral", "转介绍成功"
    CONTEXT_CARRIED = "CONTEXT_CARRIED", "Seamless handoff", "交接无缝"
    INTEREST = "INTEREST", "Trust interest", "信任利息"
    DISCOUNT_GIVEN = "DISCOUNT_GIVEN", "Discount given", "优惠让利"
    PROMPTED_SHARE = "PROMPTED_SHARE", "Prompted share", "受邀分享"
    REWARDED_SHARE = "REWARDED_SHARE", "Rewarded share", "有偿分享"
    FEEDBACK_LATE = "FEEDBACK_LATE", "Feedback answered late", "反馈超时"
    FEEDBACK_UNANSWERED = "FEEDBACK_UNANSWERED", "Feedback left unanswered", "反馈石沉大海"
    REWARD_LATE = "REWARD_LATE", "Reward not paid in time", "致谢金未兑现"
    COMPLAINT_RAISED = "COMPLAINT_RAISED", "Complaint raised", "客诉发生"
    PROMISE_LATE = "PROMISE_LATE", "Promise kept late", "承诺逾期兑现"
    PROMISE_BROKEN = "PROMISE_BROKEN", "Promise broken", "失信"
    QUOTE_CONFLICT_SEEN = "QUOTE_CONFLICT_SEEN", "Conflicting quotes reached the customer", "客户收到冲突报价"
    GUARANTEE_REFUSED = "GUARANTEE_REFUSED", "Guarantee terms not honoured", "保障条款不认账"
    BAIT = "BAIT", "Bait", "标题党或挂羊头"
    ATTENTION_OVERDRAWN = "ATTENTION_OVERDRAWN", "Attention overdrawn", "超额打扰"
    ATTENTION_COMPLAINT = "ATTENTION_COMPLAINT", "Complaint of disturbance", "投诉打扰"
    CONTACT_AFTER_OPT_OUT = "CONTACT_AFTER_OPT_OUT", "Contacted after opting out", "拒收后仍打扰"
    BLOCKED_BY_CUSTOMER = "BLOCKED_BY_CUSTOMER", "Removed by the customer", "被客户删除"
    BAD_RATING = "BAD_RATING", "Bad rating", "差评"
    DROPPED_HANDOFF = "DROPPED_HANDOFF", "Handoff dropped", "交接掉链子"
    PRIVACY_BREACH = "PRIVACY_BREACH", "Privacy breach", "隐私泄露"
    MANUAL_DEPOSIT = "MANUAL_DEPOSIT", "Deposit by hand", "人工存入"
    MANUAL_WITHDRAWAL = "MANUAL_WITHDRAWAL", "Withdrawal by hand", "人工支取"
    REVERSAL = "REVERSAL", "Reversal", "冲正"

    @property
    def rule(self) -> TrustRule:
        return TRUST_RULES[self]

    @property
    def is_withdrawal(self) -> bool:
        return self is TrustReason.MANUAL_WITHDRAWAL or (self.rule.amount or 0) < 0

    @property
    def is_measured(self) -> bool:
        """Whether the platform found the breach itself, by times and rows that are on record: nobody told it so."""
        return self in MEASURED


class AmountSource(StrEnum):
    """Where the points of an entry come from."""

    FIXED = "FIXED"
    COMPUTED = "COMPUTED"
    GIVEN = "GIVEN"


class TrustCause(StrEnum):
    """The kind of thing an entry points to."""

    PROMISE = "Promise"
    FEEDBACK = "Feedback"
    IMPROVEMENT = "Improvement"
    REWARD = "Reward"
    WOW_MOMENT = "WowMoment"
    SHARE = "Share"
    REFERRAL = "Referral"
    HANDOFF = "Handoff"
    PERIOD = "Period"
    ORDER_OR_TOUCHPOINT = "OrderOrTouchpoint"
    QUOTE_CONFLICT = "QuoteConflict"
    TOUCHPOINT = "Touchpoint"
    RELATIONSHIP = "Relationship"
    INCIDENT = "Incident"
    ADJUSTMENT = "Adjustment"
    TRUST_ENTRY = "TrustEntry"


class OncePer(StrEnum):
    """For what a reason posts once, however often its cause is reported."""

    PROMISE = "PROMISE"
    FEEDBACK_CLOCK = "FEEDBACK_CLOCK"
    FEEDBACK = "FEEDBACK"
    CUSTOMER_AND_IMPROVEMENT = "CUSTOMER_AND_IMPROVEMENT"
    REWARD = "REWARD"
    RATING = "RATING"
    WOW_MOMENT = "WOW_MOMENT"
    SHARE = "SHARE"
    REFERRAL = "REFERRAL"
    HANDOFF = "HANDOFF"
    ACCOUNT_AND_MONTH = "ACCOUNT_AND_MONTH"
    DISCOUNT = "DISCOUNT"
    INCIDENT = "INCIDENT"
    QUOTE_CONFLICT = "QUOTE_CONFLICT"
    CUSTOMER_AND_CONTENT = "CUSTOMER_AND_CONTENT"
    TOUCHPOINT = "TOUCHPOINT"
    RELATIONSHIP = "RELATIONSHIP"
    ACT = "ACT"
    ENTRY = "ENTRY"


@dataclass(frozen=True)
class Cap:
    """At most `max` entries of the reason per customer in `days`."""

    max: int
    days: int


@dataclass(frozen=True, kw_only=True)
class TrustRule:
    """What one reason posts, and when."""

    cause: TrustCause
    once_per: OncePer
    amount: int | None
    """Points, negative for a withdrawal. None where they are computed or given."""
    source: AmountSource = AmountSource.FIXED
    severity: Decimal | None = None
    """0 to 1, how deep the withdrawal creases the account. None for deposits, or where it is given with the amount."""
    when: str = ""
    needs: str = ""
    cap: Cap | None = None
    max_abs: int | None = None
    """The largest amount that may be given by hand, either way."""
    replaces: TrustReason | None = None
    """Posted instead of that reason, never beside it."""
    shown: bool = False
    """A zero that stands in the account for all to see."""
    severity_given: bool = False


def _deposit(amount: int, cause: TrustCause, once_per: OncePer, *, when: str = "", cap: Cap | None = None) -> TrustRule:
    return TrustRule(cause=cause, once_per=once_per, amount=amount, when=when, cap=cap)


def _zero(cause: TrustCause, once_per: OncePer) -> TrustRule:
    return TrustRule(cause=cause, once_per=once_per, amount=0, shown=True)


def _withdrawal(amount: int, severity: str, cause: TrustCause, once_per: OncePer, *, when: str = "") -> TrustRule:
    return TrustRule(cause=cause, once_per=once_per, amount=amount, severity=Decimal(severity), when=when)


_DEPOSITS = {
    TrustReason.PROMISE_KEPT: _deposit(10, TrustCause.PROMISE, OncePer.PROMISE),
    TrustReason.PROMISE_KEPT_EARLY: TrustRule(
        cause=TrustCause.PROMISE,
        once_per=OncePer.PROMISE,
        amount=12,
        replaces=TrustReason.PROMISE_KEPT,
        when="kept at least 24 h before due",
    ),
    TrustReason.FEEDBACK_ANSWERED_IN_TIME: _deposit(8, TrustCause.FEEDBACK, OncePer.FEEDBACK_CLOCK),
    TrustReason.PRODUCT_ON_SHELF: _deposit(
        20,
        TrustCause.FEEDBACK,
        OncePer.FEEDBACK,
        when="the requested product became available inside the clock and the asker was told",
    ),
    TrustReason.IMPROVEMENT_SHIPPED: _deposit(15, TrustCause.IMPROVEMENT, OncePer.CUSTOMER_AND_IMPROVEMENT),
    TrustReason.COMPLAINT_THANKED: _deposit(
        10,
        TrustCause.REWARD,
        OncePer.REWARD,
        when="reward PAID inside its due time; the same 10 whatever the sum: money does not buy trust, answering does",
    ),
    TrustReason.SERVICE_RECOVERED: _deposit(
        10, TrustCause.FEEDBACK, OncePer.FEEDBACK, when="complainer rated the solution 4 or 5"
    ),
    TrustReason.GOOD_RATING: _deposit(5, TrustCause.FEEDBACK, OncePer.RATING, when="score 5", cap=Cap(max=2, days=90)),
    TrustReason.WOW_MOMENT: _deposit(15, TrustCause.WOW_MOMENT, OncePer.WOW_MOMENT, cap=Cap(max=2, days=90)),
    TrustReason.SPONTANEOUS_SHARE: _deposit(20, TrustCause.SHARE, OncePer.SHARE, cap=Cap(max=3, days=90)),
    TrustReason.SUCCESSFUL_REFERRAL: _deposit(20, TrustCause.REFERRAL, OncePer.REFERRAL, when="referral not rewarded"),
    TrustReason.CONTEXT_CARRIED: _deposit(
        3, TrustCause.HANDOFF, OncePer.HANDOFF, when="accepted inside its clock and the customer was introduced"
    ),
    TrustReason.INTEREST: TrustRule(
        cause=TrustCause.PERIOD, once_per=OncePer.ACCOUNT_AND_MONTH, amount=None, source=AmountSource.COMPUTED
    ),
}

_ZERO_BY_RULE = {
    TrustReason.DISCOUNT_GIVEN: _zero(TrustCause.ORDER_OR_TOUCHPOINT, OncePer.DISCOUNT),
    TrustReason.PROMPTED_SHARE: _zero(TrustCause.SHARE, OncePer.SHARE),
    TrustReason.REWARDED_SHARE: _zero(TrustCause.SHARE, OncePer.SHARE),
}

_WITHDRAWALS = {
    TrustReason.FEEDBACK_LATE: _withdrawal(-15, "0.3", TrustCause.FEEDBACK, OncePer.FEEDBACK_CLOCK),
    TrustReason.FEEDBACK_UNANSWERED: _withdrawal(
        -15,
        "0.3",
        TrustCause.FEEDBACK,
        OncePer.FEEDBACK_CLOCK,
        when="still unanswered at twice its clock; added to FEEDBACK_LATE",
    ),
    TrustReason.REWARD_LATE: _withdrawal(-15, "0.4", TrustCause.REWARD, OncePer.REWARD),
    TrustReason.COMPLAINT_RAISED: _withdrawal(-10, "0.2", TrustCause.FEEDBACK, OncePer.INCIDENT, when="validated"),
    TrustReason.PROMISE_LATE: _withdrawal(-10, "0.2", TrustCause.PROMISE, OncePer.PROMISE),
    TrustReason.PROMISE_BROKEN: _withdrawal(-30, "0.6", TrustCause.PROMISE, OncePer.PROMISE),
    TrustReason.QUOTE_CONFLICT_SEEN: _withdrawal(
        -40,
        "0.8",
        TrustCause.QUOTE_CONFLICT,
        OncePer.QUOTE_CONFLICT,
        when="both quotes were presented to the customer",
    ),
    TrustReason.GUARANTEE_REFUSED: _withdrawal(-50, "1.0", TrustCause.FEEDBACK, OncePer.INCIDENT),
    TrustReason.BAIT: _withdrawal(-20, "0.4", TrustCause.TOUCHPOINT, OncePer.CUSTOMER_AND_CONTENT),
    TrustReason.ATTENTION_OVERDRAWN: _withdrawal(
        -8, "0.1", TrustCause.TOUCHPOINT, OncePer.TOUCHPOINT, when="sent by override of a refusal"
    ),
    TrustReason.ATTENTION_COMPLAINT: _withdrawal(-15, "0.3", TrustCause.TOUCHPOINT, OncePer.TOUCHPOINT),
    TrustReason.CONTACT_AFTER_OPT_OUT: _withdrawal(-40, "0.8", TrustCause.TOUCHPOINT, OncePer.TOUCHPOINT),
    TrustReason.BLOCKED_BY_CUSTOMER: _withdrawal(
        -20,
        "0.4",
        TrustCause.RELATIONSHIP,
        OncePer.RELATIONSHIP,
        when="removal by the customer; never transfer, never removal by staff",
    ),
    TrustReason.BAD_RATING: _withdrawal(-10, "0.2", TrustCause.FEEDBACK, OncePer.RATING, when="score 1 or 2"),
    TrustReason.DROPPED_HANDOFF: _withdrawal(
        -8, "0.1", TrustCause.HANDOFF, OncePer.HANDOFF, when="clock missed and the customer was waiting"
    ),
    TrustReason.PRIVACY_BREACH: _withdrawal(-80, "1.0", TrustCause.INCIDENT, OncePer.INCIDENT),
}

_BY_HAND = {
    TrustReason.MANUAL_DEPOSIT: TrustRule(
        cause=TrustCause.ADJUSTMENT,
        once_per=OncePer.ACT,
        amount=None,
        source=AmountSource.GIVEN,
        max_abs=30,
        needs="permission and reason; never for a discount",
    ),
    TrustReason.MANUAL_WITHDRAWAL: TrustRule(
        cause=TrustCause.ADJUSTMENT,
        once_per=OncePer.ACT,
        amount=None,
        source=AmountSource.GIVEN,
        max_abs=50,
        severity_given=True,
        needs="permission and reason",
    ),
    TrustReason.REVERSAL: TrustRule(
        cause=TrustCause.TRUST_ENTRY, once_per=OncePer.ENTRY, amount=None, source=AmountSource.COMPUTED
    ),
}

TRUST_RULES: Mapping[TrustReason, TrustRule] = MappingProxyType(
    {**_DEPOSITS, **_ZERO_BY_RULE, **_WITHDRAWALS, **_BY_HAND}
)

MEASURED = frozenset(
    {
        TrustReason.FEEDBACK_LATE,
        TrustReason.FEEDBACK_UNANSWERED,
        TrustReason.REWARD_LATE,
        TrustReason.PROMISE_LATE,
        TrustReason.QUOTE_CONFLICT_SEEN,
        TrustReason.ATTENTION_OVERDRAWN,
        TrustReason.CONTACT_AFTER_OPT_OUT,
        TrustReason.DROPPED_HANDOFF,
    }
)
"""Breaches that follow from what is on record. The others somebody reported, and who reports can be mistaken."""
