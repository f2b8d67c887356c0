"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class NoIncident(DomainError):
    """Thanked is for a complaint or a suggestion, which stands for itself."""

    code = UserErrorCode.NOT_ALLOWED
    en = "Only a complaint or a suggestion is thanked with a reward, and no duplicate or withdrawn one."
    zh = "只有客诉或建议可以致谢，重复或已撤回的反馈不能致谢。"


class NobodyToThank(DomainError):
    """A reward is somebody's."""

    code = UserErrorCode.NOT_ALLOWED
    en = "A reward is a customer's: say first whose voice it was, with attachFeedback."
    zh = "致谢金须归属某位客户：请先用 attachFeedback 认领该反馈。"


class NotPositive(DomainError):
    """A reward gives something."""

    en = "A reward must be more than nothing."
    zh = "致谢金必须大于零。"


class OtherCurrency(DomainError):
    """Budget and limit are in the policy's currency, so the reward is too."""

    en = "The policy's rewards of this kind are in {currency}; give the amount in it."
    zh = "该类致谢金的币种为{currency}，请使用该币种。"


class ThankedAlready(DomainError):
    """One incident is thanked once."""

    code = UserErrorCode.ALREADY_EXISTS
    en = "This incident has its reward already."
    zh = "该反馈已有致谢金。"


class RewardMoveNotAllowed(DomainError):
    """The way is proposed, approved, paid; void until it is paid."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This reward is {status} and cannot become {wanted}."
    zh = "该致谢金当前状态为{status_zh}（{status}），不能变为{wanted_zh}。"


class ApprovalNeeded(DomainError):
    """A large reward needs more than validating the incident."""

    code = UserErrorCode.LIMIT_REACHED
    en = "Rewards above {limit} {currency} need somebody with the permission REWARD_APPROVE."
    zh = "超过{limit} {currency}的致谢金须由有“审批大额致谢金”（REWARD_APPROVE）权限的人批准。"


class OverBudget(DomainError):
    """What is approved in a month stays within its budget."""

    code = UserErrorCode.LIMIT_REACHED
    en = "Of this month's budget {left} {currency} are left; a reward of {amount} {currency} exceeds it."
    zh = "本月预算还剩{left} {currency}，致谢金{amount} {currency}超出预算。"


class PaidBeforeApproved(DomainError):
    """Money does not move before somebody has approved it."""

    en = "A reward cannot be paid before it was approved."
    zh = "发放时间不能早于批准时间。"
