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
