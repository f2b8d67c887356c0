"""Why an act on a content or a campaign is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class ContentWithdrawn(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This content has been withdrawn."
    zh = "该内容已下架。"


class CampaignKeyTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "There is a campaign with the key {key} already."
    zh = "标识为{key}的活动已存在。"


class CampaignEnded(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This campaign has ended."
    zh = "该活动已结束。"


class EndsBeforeItBegins(DomainError):
    en = "A campaign ends after it begins, and not later than was said."
    zh = "活动须在开始之后结束，且不晚于原定时间。"


class PublishedInFuture(DomainError):
    en = "A content that is published cannot be of the future."
    zh = "已发布的内容时间不能晚于当前时间。"
