"""How customers come into group chats and leave them: closed lists. Pure data."""

from __future__ import annotations

from server.terms import Term


class GroupMembershipChange(Term):
    """What became of a customer and a group chat."""

    JOINED = "JOINED", "Joined", "入群"
    LEFT = "LEFT", "Left", "退群"


class GroupJoinSource(Term):
    """How somebody came into a group chat."""

    INVITED_BY_STAFF = "INVITED_BY_STAFF", "Invited by staff", "员工邀请"
    INVITED_BY_MEMBER = "INVITED_BY_MEMBER", "Invited by another member", "群成员邀请"
    GROUP_CODE = "GROUP_CODE", "Scanned the chat's code", "扫群二维码"
    WELCOME_LINK = "WELCOME_LINK", "By the link in the welcome", "欢迎语链接"
    IMPORTED = "IMPORTED", "Taken over from another system", "系统导入"
    OTHER = "OTHER", "Other", "其他"


class GroupLeaveReason(Term):
    """How somebody came to be in a group chat no longer."""

    BY_CUSTOMER = "BY_CUSTOMER", "The customer left", "主动退群"
    REMOVED = "REMOVED", "Removed by the brand", "被移出群"
    DISSOLVED = "DISSOLVED", "The chat was dissolved", "群已解散"
    OTHER = "OTHER", "Other", "其他"
