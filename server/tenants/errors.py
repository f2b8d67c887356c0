"""Why an act about a tenant, its staff or its settings is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class OnboardingClosed(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This installation takes no new brands."
    zh = "本平台暂不接受新品牌入驻。"


class InvitationRefused(DomainError):
    """In the same words whether a code is missing or wrong."""

    code = UserErrorCode.NOT_ALLOWED
    en = "A valid invitation code is needed."
    zh = "需要有效的邀请码。"


class SlugTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "Another brand has this slug."
    zh = "该标识已被其他品牌使用。"


class StaffKeyTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "Another staff member has this key."
    zh = "已有员工使用该键。"


class EmailTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "Another staff member has this e-mail address."
    zh = "已有员工使用该邮箱。"


class StaffMemberLeft(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This person has left the brand."
    zh = "该员工已离职。"


class WiderScopeThanOwn(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Nobody can open more customers to others than they see themselves."
    zh = "授予他人的数据范围不能超过本人。"


class ExternalRefTaken(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "This external id already belongs to another one."
    zh = "该外部编号已属于其他对象。"
