"""The words for a friendship between a staff member and a customer: its state, and its standing under the model."""

from __future__ import annotations

from server.terms import Term


class RelationshipState(Term):
    """Where the friendship stands between the two people."""

    PENDING = "PENDING", "Waiting for acceptance", "待通过"
    ACTIVE = "ACTIVE", "Friends", "好友"
    REMOVED_BY_CUSTOMER = "REMOVED_BY_CUSTOMER", "Removed by the customer", "被客户删除"
    REMOVED_BY_STAFF = "REMOVED_BY_STAFF", "Removed by staff", "被员工删除"
    TRANSFERRED = "TRANSFERRED", "Transferred", "已转接", "A colleague took the friendship over; this is not a loss."
    ENDED = "ENDED", "Ended", "已结束"


class Standing(Term):
    """What the operating model in force makes of the friendship."""

    LEGITIMATE = "LEGITIMATE", "Legitimate", "合理", "The staff member holds a role that adds customers here."
    REDUNDANT = (
        "REDUNDANT",
        "Redundant",
        "重复",
        "Somebody else already holds this role for the customer, or no role asks for it.",
    )
    ORPHAN = (
        "ORPHAN",
        "Orphan",
        "失主",
        "Its person left, or its role or group no longer serves; the customer needs a successor.",
    )
