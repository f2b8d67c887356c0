"""Why a surprise or a share is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class WowPlayRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This play is retired."
    zh = "该惊喜方案已停用。"


class OnePerformer(DomainError):
    code = UserErrorCode.INVALID
    en = "A play is performed by a role or by an ops group, not by both."
    zh = "惊喜方案由角色或运营小组之一执行，不能同时指定。"


class ShareBeforeMoment(DomainError):
    code = UserErrorCode.INVALID
    en = "A customer cannot share a moment before it happened."
    zh = "分享不能早于Wow时刻发生的时间。"


class WhoBrought(DomainError):
    code = UserErrorCode.INVALID
    en = "Say who brought the customer: by the customer who did, or by a referral code, one of the two."
    zh = "请说明由谁介绍：填写介绍人或推荐码，二选一。"


class SelfReferral(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Nobody brings themselves."
    zh = "不能自己介绍自己。"


class ReferredAlready(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "Somebody else brought this customer: a new customer is credited once."
    zh = "该客户已有介绍人，每位新客户只归因一次。"


class NotANewCustomer(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "They were a customer before: only a new customer is brought by another one."
    zh = "该客户在此之前已是客户，只有新客户才算转介绍。"


class ShareOutsideWindow(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The share is too long ago: a customer is credited to a share of the {days} days before they came."
    zh = "分享时间过早：仅归因于客户到来前 {days} 天内的分享。"


class OccasionDoesNotFit(DomainError):
    code = UserErrorCode.INVALID
    en = "Birthdays set off plays whose trigger is BIRTHDAY, and nothing else does."
    zh = "生日场景只适用于触发条件为“生日”的惊喜方案，其他场景不适用。"


class StageOfNoOccasion(DomainError):
    code = UserErrorCode.INVALID
    en = "A stage is named for the occasion STAGE, and only for it."
    zh = "仅当场景为“进入环节”时须指定环节。"


class TimesDoNotFit(DomainError):
    code = UserErrorCode.INVALID
    en = "Days ahead are of birthdays, hours after of orders and stages."
    zh = "提前天数仅用于生日，之后小时数仅用于下单和进入环节。"


class DueMomentSettled(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This moment is not to be made any more."
    zh = "该惊喜已完成或已失效。"


class DueMomentOfAnotherPlay(DomainError):
    code = UserErrorCode.INVALID
    en = "What falls due is of another play."
    zh = "该待办属于另一个惊喜方案。"
