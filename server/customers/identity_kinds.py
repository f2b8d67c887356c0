"""By what a customer is recognised: the closed list of identity kinds, and which of them prove it is the same one."""

from __future__ import annotations

from server.terms import Term


class IdentityKind(Term):
    """The kind of number or id. Each is unique within the tenant and its namespace."""

    PHONE = "PHONE", "Phone number", "手机号"
    EMAIL = "EMAIL", "E-mail address", "邮箱"
    WECOM_EXTERNAL_USERID = (
        "WECOM_EXTERNAL_USERID",
        "WeCom external user id",
        "企业微信外部联系人ID",
        "The same for all staff of one corp; a service provider sees another one. Namespace: corp and provider.",
    )
    WECHAT_UNIONID = (
        "WECHAT_UNIONID",
        "WeChat union id",
        "微信UnionID",
        "Not every WeChat user has one, and it differs per provider: a hint for linking, not a key.",
    )
    WECHAT_OPENID = (
        "WECHAT_OPENID",
        "WeChat open id",
        "微信OpenID",
        "Belongs to one official account or mini-program; its namespace is that app.",
    )
    MEMBER_ID = "MEMBER_ID", "Member id", "会员号", "The tenant's own membership number."
    OTHER = "OTHER", "Other", "其他"

    @property
    def strong(self) -> bool:
        """Two customers that share it are the same customer. A weak one only suggests that somebody should look."""
        return self in _STRONG

    @property
    def alone(self) -> bool:
        """A person has one in a namespace, so two different ones are two people. People have several phones and addresses."""
        return self in _ALONE


_STRONG = frozenset(
    {IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.WECOM_EXTERNAL_USERID, IdentityKind.MEMBER_ID}
)
_ALONE = frozenset({IdentityKind.WECOM_EXTERNAL_USERID, IdentityKind.MEMBER_ID})
