"""What suggests, without proving it, that two customers are the same one."""

from __future__ import annotations

from server.customers.identity_kinds import IdentityKind
from server.terms import Term


class DuplicateEvidence(Term):
    """Weaker than a strong identity, which decides by itself: somebody should look, and merge or leave it."""

    NAME_AND_TAIL = (
        "NAME_AND_TAIL",
        "Same name and end of number",
        "姓名与号码尾号相同",
        "The same name, width and case aside, and the same last four digits of a phone number, or of one given in part.",
    )
    NAME_AND_BIRTHDAY = (
        "NAME_AND_BIRTHDAY",
        "Same name and day of birth",
        "姓名与生日相同",
        "The same name, width and case aside, and the same day of birth.",
    )
    SAME_UNIONID = (
        "SAME_UNIONID",
        "Same WeChat union id",
        "UnionID相同",
        "One has the union id, the other was told of with it.",
    )
    SAME_OPENID = (
        "SAME_OPENID",
        "Same WeChat open id",
        "OpenID相同",
        "One has the open id, the other was told of with it.",
    )
    SAME_OTHER_ID = (
        "SAME_OTHER_ID",
        "Same other id",
        "其他身份相同",
        "One has a weak identity of another kind, the other was told of with it.",
    )


OF_WEAK_IDENTITY = {
    IdentityKind.WECHAT_UNIONID: DuplicateEvidence.SAME_UNIONID,
    IdentityKind.WECHAT_OPENID: DuplicateEvidence.SAME_OPENID,
    IdentityKind.OTHER: DuplicateEvidence.SAME_OTHER_ID,
}
"""What it suggests that two customers were told of with the same identity of a kind that proves nothing."""
