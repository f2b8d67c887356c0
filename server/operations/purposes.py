"""What a contact is for: the closed list of purposes that boundaries, attention and consent hang on.

Pure data. Each purpose belongs to a class (which decides attention and consent), and all but the shared ones have
exactly one owning role per operating model. Tenants may relabel a purpose, never add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.terms import Term


class PurposeClass(Term):
    """Whose wish a contact serves. The class decides what attention it costs and which consent it needs."""

    SERVICE = "SERVICE", "Service", "服务", "Answering or serving what the customer asked for."
    TRANSACTION = "TRANSACTION", "Transaction", "交易", "About a deal, visit or delivery under way."
    CARE = "CARE", "Care", "关怀", "Professional or promised follow-up."
    RELATION = "RELATION", "Relation", "关系维护", "Greeting, surprise, survey."
    MARKETING = "MARKETING", "Marketing", "营销", "Wants something from the customer."
    LEGAL = "LEGAL", "Legal notice", "法定通知", "Must reach the customer."


class Purpose(Term):
    """Why a customer is contacted."""

    WELCOME = "WELCOME", "Welcome", "欢迎", "First words after the add, with the promise of the persona."
    HANDOFF_INTRODUCTION = (
        "HANDOFF_INTRODUCTION",
        "Handoff introduction",
        "交接介绍",
        "Introducing the colleague who takes over.",
    )
    ENQUIRY = "ENQUIRY", "Enquiry", "一般咨询", "Questions before anything is under way."
    NEEDS_DISCOVERY = "NEEDS_DISCOVERY", "Needs discovery", "需求了解", "Finding out what the customer wants and why."
    APPOINTMENT = "APPOINTMENT", "Appointment and reminder", "预约与提醒", "Invite, book, remind, move a visit."
    RECEPTION = "RECEPTION", "Reception", "到店接待", "Contact around and during the visit."
    PROFESSIONAL_ASSESSMENT = (
        "PROFESSIONAL_ASSESSMENT",
        "Professional assessment",
        "专业评估",
        "Diagnosis, consultation, measuring, technical clarification, trial lesson.",
    )
    SOLUTION = "SOLUTION", "Solution", "方案", "Design, treatment plan, selection, proposal."
    QUOTATION = "QUOTATION", "Quotation and guarantee terms", "报价与保障条款", "Price, guarantee terms, negotiation."
    CONTRACT = "CONTRACT", "Contract and payment", "签约付款", "Contract, deposit, payment, invoice."
    PAPERWORK = "PAPERWORK", "Paperwork", "手续代办", "Loan, tax, plates, insurance, permits."
    ORDER_STATUS = (
        "ORDER_STATUS",
        "Order status",
        "订单通知",
        "Confirmation, shipping, points and entitlement notices.",
    )
    DELIVERY = "DELIVERY", "Delivery", "配送交付", "Handing over goods or the finished work."
    SERVICE_PROGRESS = (
        "SERVICE_PROGRESS",
        "Service progress",
        "服务进度",
        "Progress of treatment, construction, implementation, lessons.",
    )
    PROFESSIONAL_AFTERCARE = (
        "PROFESSIONAL_AFTERCARE",
        "Professional aftercare",
        "专业护理与诊后咨询",
        "Professional advice after the service by who knows the case.",
    )
    USAGE_GUIDANCE = "USAGE_GUIDANCE", "Usage guidance", "使用指导", "How to use what was bought."
    AFTER_SALES = "AFTER_SALES", "After-sales service", "售后服务", "Return, repair, warranty, cleaning."
    COMPLAINT = "COMPLAINT", "Complaint handling", "客诉处理", "A bad experience and what we do about it."
    FEEDBACK_REPLY = (
        "FEEDBACK_REPLY",
        "Reply to feedback",
        "反馈答复",
        "Answer to a product request, suggestion or praise; it is on the shelf.",
    )
    SATISFACTION_SURVEY = "SATISFACTION_SURVEY", "Satisfaction survey", "满意度回访", "Asking for a rating."
    RECALL = (
        "RECALL",
        "Recall and regular reminder",
        "复诊与定期提醒",
        "Check-up, vaccination, maintenance or refill that is due.",
    )
    REPURCHASE = "REPURCHASE", "Repurchase and renewal", "复购与续费", "Next order, next course, renewal."
    PROMOTION = "PROMOTION", "Promotion", "促销活动", "Offers, coupons, campaigns."
    CONTENT = "CONTENT", "Content", "内容种草", "Articles, recipes, tips, live streams."
    COMMUNITY = "COMMUNITY", "Community", "社群互动", "Conversation in customer groups."
    GREETING = (
        "GREETING",
        "Festival and birthday greeting",
        "节日与生日问候",
        "Greeting without an offer (with an offer it is PROMOTION).",
    )
    REFERRAL_INVITATION = (
        "REFERRAL_INVITATION",
        "Referral invitation",
        "转介绍邀请",
        "Asking for a share or referral; every share after it is prompted.",
    )
    WOW = "WOW", "Surprise", "惊喜", "A planned surprise; must ask for nothing."
    SAFETY_NOTICE = (
        "SAFETY_NOTICE",
        "Safety and recall notice",
        "安全与召回通知",
        "Product recall, safety, legal notice; ignores budget, quiet hours and opt-outs, always audited.",
    )

    @property
    def purpose_class(self) -> PurposeClass:
        return _CLASS[self]

    @property
    def shared(self) -> bool:
        """Any role with an active relationship may use it. All others have exactly one owner per operating model."""
        return self in _SHARED

    @property
    def is_enquiry(self) -> bool:
        """A matter customers ask about and wait for an answer on. Complaints and other feedback have clocks of their own."""
        return self in _ENQUIRIES

    @property
    def sensitive_possible(self) -> bool:
        """What is said may be sensitive personal information, so consent and clearance can come into play."""
        return self in _SENSITIVE_POSSIBLE


_CLASS: Mapping[Purpose, PurposeClass] = MappingProxyType(
    {
        Purpose.WELCOME: PurposeClass.SERVICE,
        Purpose.HANDOFF_INTRODUCTION: PurposeClass.SERVICE,
        Purpose.ENQUIRY: PurposeClass.SERVICE,
        Purpose.NEEDS_DISCOVERY: PurposeClass.SERVICE,
        Purpose.APPOINTMENT: PurposeClass.TRANSACTION,
        Purpose.RECEPTION: PurposeClass.TRANSACTION,
        Purpose.PROFESSIONAL_ASSESSMENT: PurposeClass.SERVICE,
        Purpose.SOLUTION: PurposeClass.SERVICE,
        Purpose.QUOTATION: PurposeClass.TRANSACTION,
        Purpose.CONTRACT: PurposeClass.TRANSACTION,
        Purpose.PAPERWORK: PurposeClass.TRANSACTION,
        Purpose.ORDER_STATUS: PurposeClass.TRANSACTION,
        Purpose.DELIVERY: PurposeClass.TRANSACTION,
        Purpose.SERVICE_PROGRESS: PurposeClass.TRANSACTION,
        Purpose.PROFESSIONAL_AFTERCARE: PurposeClass.CARE,
        Purpose.USAGE_GUIDANCE: PurposeClass.CARE,
        Purpose.AFTER_SALES: PurposeClass.SERVICE,
        Purpose.COMPLAINT: PurposeClass.SERVICE,
        Purpose.FEEDBACK_REPLY: PurposeClass.SERVICE,
        Purpose.SATISFACTION_SURVEY: PurposeClass.RELATION,
        Purpose.RECALL: PurposeClass.CARE,
        Purpose.REPURCHASE: PurposeClass.MARKETING,
        Purpose.PROMOTION: PurposeClass.MARKETING,
        Purpose.CONTENT: PurposeClass.MARKETING,
        Purpose.COMMUNITY: PurposeClass.RELATION,
        Purpose.GREETING: PurposeClass.RELATION,
        Purpose.REFERRAL_INVITATION: PurposeClass.MARKETING,
        Purpose.WOW: PurposeClass.RELATION,
        Purpose.SAFETY_NOTICE: PurposeClass.LEGAL,
    }
)
_SHARED = frozenset({Purpose.WELCOME, Purpose.HANDOFF_INTRODUCTION})
_ENQUIRIES = frozenset(
    {
        Purpose.ENQUIRY,
        Purpose.NEEDS_DISCOVERY,
        Purpose.APPOINTMENT,
        Purpose.PROFESSIONAL_ASSESSMENT,
        Purpose.SOLUTION,
        Purpose.QUOTATION,
        Purpose.CONTRACT,
        Purpose.PAPERWORK,
        Purpose.ORDER_STATUS,
        Purpose.DELIVERY,
        Purpose.SERVICE_PROGRESS,
        Purpose.PROFESSIONAL_AFTERCARE,
        Purpose.USAGE_GUIDANCE,
        Purpose.AFTER_SALES,
    }
)
_SENSITIVE_POSSIBLE = frozenset({Purpose.PROFESSIONAL_ASSESSMENT, Purpose.PROFESSIONAL_AFTERCARE})
