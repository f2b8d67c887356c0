"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class MoveNotAllowed(DomainError):
    """The table of moves does not lead from here to there."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This feedback is {status} and cannot become {wanted}."
    zh = "该反馈当前状态为{status_zh}（{status}），不能变为{wanted_zh}。"


class ReopenTooLate(DomainError):
    """A resolved feedback rests after a while."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This feedback is RESOLVED since more than {days} days; raise a new one."
    zh = "该反馈已解决（RESOLVED）超过{days}天，请重新登记。"


class AnsweredBeforeRaised(DomainError):
    """An answer cannot come before the question."""

    en = "An answer cannot come before its clock started."
    zh = "答复时间不能早于计时开始的时间。"
