"""The words of the operating-model advice: its rules, reasons and warnings, for a manager to read.

Pure data. The keys are stable; ``operating_model`` says when each applies, ``advice_texts`` adds the figures.
"""

from __future__ import annotations

from server.terms import Term


class Severity(Term):
    """How grave a warning is."""

    HIGH = "HIGH", "High", "高"
    MEDIUM = "MEDIUM", "Medium", "中"
    LOW = "LOW", "Low", "低"


class RuleKey(Term):
    """The rule that decided the advised model. In order: the first that holds decides."""

    B2B_BY_ROLE = (
        "B2B_BY_ROLE",
        "Business customers are added by role",
        "企业客户由各角色添加",
        "Business customers: the role that serves at each key node adds.",
    )
    CASE_HISTORY_BY_ROLE = (
        "CASE_HISTORY_BY_ROLE",
        "Those who know the case add",
        "了解过往情况的人来添加",
        "Low-price consumer business by its label, but served in person, and enquiries need the case history.",
    )
    PROFESSIONAL_BY_ROLE = (
        "PROFESSIONAL_BY_ROLE",
        "Those who advise professionally add",
        "提供专业意见的人来添加",
        "Low-price consumer business by its label, but with professional advice, and enquiries need the case history.",
    )
    MANY_ROLES_LARGE_ORDER = (
        "MANY_ROLES_LARGE_ORDER",
        "Many roles and large orders: by role",
        "角色多、客单价高，由各角色添加",
        "Low-price consumer business by its label, but orders are large and many roles meet the customer.",
    )
    LOW_PRICE_CENTRAL = (
        "LOW_PRICE_CENTRAL",
        "A low-price consumer business adds centrally",
        "低客单价C端由小组统一添加",
        "Low-price consumer business: one online ops group takes every friend.",
    )
    SMALL_FREQUENT_CENTRAL = (
        "SMALL_FREQUENT_CENTRAL",
        "Small, frequent orders: centrally",
        "单价低、频次高，由小组统一添加",
        "High-price consumer business by its label, but orders are small and frequent, and service is not personal.",
    )
    HIGH_PRICE_BY_ROLE = (
        "HIGH_PRICE_BY_ROLE",
        "A high-price consumer business adds by role",
        "高客单价C端由各角色添加",
        "High-price consumer business: the role that serves at each key node adds.",
    )


class ReasonKey(Term):
    """A fact that speaks for one of the two models."""

    B2B_JOURNEY = (
        "B2B_JOURNEY",
        "Companies decide in a long chain, so each key node is connected by the person who answers for it",
        "企业客户决策链长，每个关键节点由负责的人连接",
    )
    HIGH_PRICE_JOURNEY = (
        "HIGH_PRICE_JOURNEY",
        "At a high price, trust is built with the people who have served the customer",
        "高客单价，信任建立在服务过的人身上",
    )
    LOW_PRICE_VOLUME = (
        "LOW_PRICE_VOLUME",
        "Small orders from many people are taken up more directly and effectively by one group",
        "低客单价、人数多，小组承接更直接有效",
    )
    IN_PERSON_TRUST = (
        "IN_PERSON_TRUST",
        "Customers trust the people they have met: front desk, doctor, adviser",
        "客户信任的是见过的前台、医生、顾问",
    )
    CASE_HISTORY_NEEDED = (
        "CASE_HISTORY_NEEDED",
        "Nobody answers well without knowing what happened before",
        "不了解过往的人答不好",
    )
    PROFESSIONAL_NEEDED = (
        "PROFESSIONAL_NEEDED",
        "Professional matters belong to professionals",
        "专业的事交给做专业的人",
    )
    MANY_ROLES = (
        "MANY_ROLES",
        "Several roles each answer for their own metric: duty, authority and benefit go together",
        "多个角色各自对指标负责，权责利对等",
    )
    LONG_DECISION = (
        "LONG_DECISION",
        "A long decision needs somebody who follows it all the way",
        "决策周期长，需要全程跟进",
    )
    LARGE_ORDER = "LARGE_ORDER", "Orders are large enough to deserve one-to-one service", "客单价高，值得一对一"
    SMALL_FREQUENT_ORDERS = (
        "SMALL_FREQUENT_ORDERS",
        "Small, frequent orders suit central operation",
        "单价低、频次高，适合集中运营",
    )
    NO_PERSONAL_SERVICE = (
        "NO_PERSONAL_SERVICE",
        "Nobody serves face to face, so the brand connects with the consumer directly",
        "没有当面服务，品牌直接连接消费者",
    )
    DIRECT_FEEDBACK = (
        "DIRECT_FEEDBACK",
        "Past the sales channel, the brand hears consumers' feedback directly",
        "跨过渠道，直接听到消费者的反馈",
    )


class WarningKey(Term):
    """What can go wrong under a model, or with the advice itself."""

    SIGNALS_CONTRADICT_LABEL = (
        "SIGNALS_CONTRADICT_LABEL",
        "The business type does not match the way customers are really served",
        "业务类型与实际服务方式不一致",
    )
    IN_PERSON_UNDER_CENTRAL = (
        "IN_PERSON_UNDER_CENTRAL",
        "The group does not know the customer's case, which easily hurts the experience",
        "小组不了解客户情况，容易伤害体验",
    )
    EVERYONE_ADDS_TODAY = (
        "EVERYONE_ADDS_TODAY",
        "Settle each role's image and boundary first, then clean up duplicate friends",
        "先定角色形象与边界，再整理重复好友",
    )
    CONFLICTING_QUOTES = (
        "CONFLICTING_QUOTES",
        "Several departments quote: check for conflicts before a quote is sent",
        "多部门报价，须先查冲突再发",
    )
    DUPLICATE_FRIENDS = (
        "DUPLICATE_FRIENDS",
        "One customer will have several friends among the staff: keep one file per person",
        "同一客户会有多位好友，须一人一档",
    )
    GROUP_TOO_SMALL = "GROUP_TOO_SMALL", "The group has too few people to take the customers up", "小组人手不足以承接"
    NO_GROUP_YET = "NO_GROUP_YET", "There is no ops group yet", "尚未组建运营小组"
    TOO_FEW_FRONTLINE = (
        "TOO_FEW_FRONTLINE",
        "More roles than staff: one person will hold several roles",
        "角色多于员工，一人将兼多角",
    )
    STORES_WITHOUT_STAFF = "STORES_WITHOUT_STAFF", "Some stores have nobody to take customers up", "有门店无人承接"
    OVERRIDE_AGAINST_ADVICE = (
        "OVERRIDE_AGAINST_ADVICE",
        "Not what was advised: the reason is recorded and the outcome will be watched",
        "与建议不同，理由已记录，将持续观察",
    )
    ASSUMED_SIGNALS = (
        "ASSUMED_SIGNALS",
        "Inferred from what is usual in the industry: please confirm",
        "按行业默认推断，请确认",
    )
    SENSITIVE_DATA = (
        "SENSITIVE_DATA",
        "Sensitive personal information is involved: separate consent is required",
        "涉及敏感个人信息，须取得单独同意",
    )
