"""How the brand knows something about a customer: the closed list of sources, and why a friendship has its role."""

from __future__ import annotations

from server.terms import Term


class FactSource(Term):
    """Where a need, a consent or its withdrawal was learned."""

    IN_PERSON = "IN_PERSON", "Said in person", "当面"
    CHAT = "CHAT", "Said in a chat", "聊天"
    PHONE_CALL = "PHONE_CALL", "Said on the phone", "电话"
    FORM = "FORM", "Filled in or signed", "表单或签字"
    OBSERVED = "OBSERVED", "Observed by staff", "员工观察", "Nobody said it; whoever served noticed it."
    IMPORTED = "IMPORTED", "Taken over from another system", "系统导入"
    OTHER = "OTHER", "Other", "其他"


class RoleReason(Term):
    """Why a friendship is held in a role or group from a day on."""

    ADDED = "ADDED", "Added in this role", "添加时"
    ASSIGNED = "ASSIGNED", "Assigned by a manager", "分配"
    HANDED_OFF = "HANDED_OFF", "Handed off by a colleague", "交接"
    MODEL_CHANGED = "MODEL_CHANGED", "The operating model changed", "运营模式变更"
    IMPORTED = "IMPORTED", "Taken over from another system", "系统导入"
