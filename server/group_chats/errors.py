"""Why an act on a group chat is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class ChatDissolved(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This group chat is dissolved."
    zh = "该客户群已解散。"


class ChatOpenedLater(DomainError):
    en = "The group chat was opened later than this."
    zh = "该时间早于建群时间。"


class StillUsedLater(DomainError):
    en = "Somebody joined, left or posted later than this."
    zh = "该时间之后仍有人入群、退群或发言。"


class LeftBeforeJoining(DomainError):
    en = "Nobody leaves a group chat before joining it."
    zh = "退群时间不能早于入群时间。"


class NotInTheChat(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This customer is not in the group chat."
    zh = "该客户不在此群中。"


class StaysOverlap(DomainError):
    en = "The customer was in the group chat at this time already."
    zh = "该客户当时已在群中。"
