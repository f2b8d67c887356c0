"""The words for a case 服务单: how it stands, and why it was lost. The stages of its journey are operations' words."""

from __future__ import annotations

from server.terms import Term


class CaseStatus(Term):
    """How a pass through the journey stands. LOST, DORMANT and COMPLETED are statuses, not stages."""

    OPEN = "OPEN", "Open", "进行中"
    WON = "WON", "Won", "成交", "The customer decided for us; service is still to come or under way."
    COMPLETED = "COMPLETED", "Completed", "已完成"
    LOST = "LOST", "Lost", "流失", "The customer decided against us; a loss reason says why."
    DORMANT = "DORMANT", "Dormant", "沉睡", "Nothing has moved for long; it can be woken."


class LossReason(Term):
    """Why a case was lost."""

    PRICE = "PRICE", "Price", "价格"
    COMPETITOR = "COMPETITOR", "Competitor", "竞品"
    TIMING = "TIMING", "Timing", "时机"
    NO_CONTACT = "NO_CONTACT", "Out of contact", "失联"
    DISTRUST = "DISTRUST", "Distrust", "不信任"
    NOT_A_FIT = "NOT_A_FIT", "Not a fit", "不匹配"
    QUOTE_CONFLICT = "QUOTE_CONFLICT", "Conflicting quotes", "报价冲突"
    OTHER = "OTHER", "Other", "其他"
