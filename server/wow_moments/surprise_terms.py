"""The words for surprises and for telling others: what sets a play off, where a customer shares, by what figures are told
apart. Pure data."""

from __future__ import annotations

from server.terms import Term


class WowTrigger(Term):
    """What sets a designed surprise off."""

    FIRST_VISIT = "FIRST_VISIT", "First visit", "首次到店"
    DELIVERY = "DELIVERY", "Delivery", "配送交付", "Goods or finished work are handed over."
    BIRTHDAY = "BIRTHDAY", "Birthday", "生日"
    FESTIVAL = "FESTIVAL", "Festival", "节日"
    MILESTONE = "MILESTONE", "Milestone", "里程碑", "An anniversary, a hundredth order, a finished treatment."
    RECOVERY = "RECOVERY", "Making up for a bad experience", "体验补救"
    STAFF_JUDGEMENT = "STAFF_JUDGEMENT", "Staff judgement", "员工判断", "Whoever serves sees the moment and acts."
    OTHER = "OTHER", "Other", "其他"


class WowOccasion(Term):
    """What happens that a play is to be performed because of; such moments are proposed to the inbox."""

    ORDER = "ORDER", "Order", "下单", "The customer ordered something."
    APPOINTMENT = "APPOINTMENT", "Appointment", "预约", "The customer is expected."
    STAGE = "STAGE", "Stage entered", "进入环节", "A case of the customer enters a stage of the journey."
    CUSTOMER_BIRTHDAY = "CUSTOMER_BIRTHDAY", "Customer's birthday", "客户生日"
    FAMILY_BIRTHDAY = (
        "FAMILY_BIRTHDAY",
        "Birthday in the family",
        "家人生日",
        "Of whoever is served for the customer: a family member, a child, a pet.",
    )

    @property
    def is_birthday(self) -> bool:
        return self in (WowOccasion.CUSTOMER_BIRTHDAY, WowOccasion.FAMILY_BIRTHDAY)


class DueState(Term):
    """Where a moment that fell due stands."""

    OPEN = "OPEN", "To be made", "待制造"
    PERFORMED = "PERFORMED", "Made", "已完成"
    LAPSED = "LAPSED", "Lapsed", "已错过", "Nobody made it within three days of its time."
    WITHDRAWN = "WITHDRAWN", "Withdrawn", "已撤销", "What it was for came to nothing, or its play was retired."


class ShareMedium(Term):
    """Where the customer told others."""

    MOMENTS = "MOMENTS", "WeChat moments", "朋友圈"
    GROUP_CHAT = "GROUP_CHAT", "Group chat", "群聊"
    XIAOHONGSHU = "XIAOHONGSHU", "Xiaohongshu", "小红书"
    DOUYIN = "DOUYIN", "Douyin", "抖音"
    WEIBO = "WEIBO", "Weibo", "微博"
    WORD_OF_MOUTH = "WORD_OF_MOUTH", "Word of mouth", "口口相传"
    REVIEW_SITE = "REVIEW_SITE", "Review site", "点评网站"
    OTHER = "OTHER", "Other", "其他"


class WowGrouping(Term):
    """By what figures of surprises are told apart."""

    PLAY = "PLAY", "Play", "惊喜方案"
    ROLE = "ROLE", "Role", "服务角色", "The role of who surprised the customer, as it was then."
    GROUP = "GROUP", "Ops group", "运营小组", "The ops group of who surprised the customer, as it was then."
    STORE = "STORE", "Store", "门店"
