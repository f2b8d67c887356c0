"""The words of assignment 分配: how a group or role takes turns, and why a customer waits."""

from __future__ import annotations

from server.terms import Term


class AssignmentMethod(Term):
    """By which rule the people of a group or role take turns."""

    LEAST_LOADED = "LEAST_LOADED", "Fewest friends first", "好友最少者优先"
    ROUND_ROBIN = "ROUND_ROBIN", "In turn", "轮流", "Whoever's last turn is longest ago comes next."
    WEIGHTED = "WEIGHTED", "By weight", "按权重", "Friends are spread in proportion to everybody's weight."


class QueueReason(Term):
    """Why nobody can take the customer yet."""

    NOBODY_PLACED = "NOBODY_PLACED", "Nobody is placed in the group or role", "无人任职"
    ALL_OFF = "ALL_OFF", "Everybody is off", "全员休假"
    OUT_OF_HOURS = "OUT_OF_HOURS", "Outside working hours", "非工作时间"
    CHANNEL_CLOSED = "CHANNEL_CLOSED", "Outside the channel's hours", "渠道非服务时段"
    DAILY_LIMIT = "DAILY_LIMIT", "Daily limits are reached", "已达每日添加上限"
    CAPACITY = "CAPACITY", "Everybody has as many friends as they may", "好友数已满"


class QueueState(Term):
    """Where a place in the queue stands."""

    WAITING = "WAITING", "Waiting", "等待分配"
    ASSIGNED = "ASSIGNED", "Assigned", "已分配"
    WITHDRAWN = "WITHDRAWN", "No longer needed", "已撤销", "Somebody became the friend in another way."
