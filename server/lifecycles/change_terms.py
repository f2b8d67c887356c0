"""The words of changing the operating model and of cleaning up roles. Pure data."""

from __future__ import annotations

from server.terms import Term


class ModelChangeKind(Term):
    """What is carried out."""

    MODEL_CHANGE = "MODEL_CHANGE", "Change of the operating model", "运营模式变更"
    ROLE_CLEANUP = (
        "ROLE_CLEANUP",
        "Clean-up of roles",
        "角色整理",
        "After everyone added: who holds which role for whom.",
    )


class ModelChangeStatus(Term):
    """How far it is."""

    RUNNING = "RUNNING", "Running", "进行中"
    COMPLETED = "COMPLETED", "Completed", "已完成", "All friendships were gone through, and nothing was lost."
    FAILED = (
        "FAILED",
        "Failed",
        "失败",
        "Something recorded before is not there after: to be looked into by the operator.",
    )


class RoleSuccession(Term):
    """Which role a friendship passes to where it cannot keep its own."""

    PLACEMENT_FIRST = (
        "PLACEMENT_FIRST",
        "Where the person serves",
        "按任职",
        "The role its staff member is placed in; without one, as mapped; else the first role of the journey that adds.",
    )
    MAPPING_FIRST = (
        "MAPPING_FIRST",
        "As mapped",
        "按映射",
        "As mapped; without a mapping, the role its staff member is placed in; else the first role that adds.",
    )


class FriendshipMove(Term):
    """What happens to a friendship."""

    MOVED = "MOVED", "Passes to a role", "转入角色", "It is held in another role or group from then on."
    RELEASED = (
        "RELEASED",
        "Released from its role",
        "解除角色",
        "Somebody else holds the role for the customer; the two stay friends, in no role.",
    )


class StaffingGapKind(Term):
    """What is missing for the wanted model."""

    ROLE_UNSTAFFED = "ROLE_UNSTAFFED", "Nobody serves in the role", "角色无人任职"
    STORE_UNSTAFFED = "STORE_UNSTAFFED", "Nobody serves in the role at the store", "门店角色无人任职"
    HOLDERS_NOT_PLACED = (
        "HOLDERS_NOT_PLACED",
        "Friendships pass to a role their staff members are not placed in",
        "好友转入的角色其员工未任职",
    )
    CHANNEL_LEADS_NOWHERE = (
        "CHANNEL_LEADS_NOWHERE",
        "Channels lead to a group or role that retires or sleeps",
        "渠道指向将停用的小组或角色",
    )


class PlatformLimitKey(Term):
    """A limit of the platform that customers are added on."""

    FRIENDS_PER_PERSON = "FRIENDS_PER_PERSON", "Friends per person", "每人好友上限"
    TRANSFERS_PER_CUSTOMER = (
        "TRANSFERS_PER_CUSTOMER",
        "In-service transfers of a customer in 90 days",
        "90天内在职转接次数",
    )
