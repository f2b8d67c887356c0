"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class ImprovementMoveNotAllowed(DomainError):
    """Open, planned; then shipped or dropped, for good."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This improvement is {status} and cannot become {wanted}."
    zh = "该改进当前状态为{status_zh}（{status}），不能变为{wanted_zh}。"


class LinkedElsewhere(DomainError):
    """A feedback asks for one change."""

    code = UserErrorCode.ALREADY_EXISTS
    en = "This feedback is linked to another improvement."
    zh = "该反馈已关联到另一项改进。"


class NotLinkable(DomainError):
    """What was taken back or stands in for another asks for nothing."""

    code = UserErrorCode.NOT_ALLOWED
    en = "A duplicate or withdrawn feedback asks for nothing; link the one that is kept."
    zh = "重复或已撤回的反馈不能关联；请关联保留的那一条。"


class NoLongerOpen(DomainError):
    """Who asks after it was shipped is answered like everybody else."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This improvement is {status}: nothing is linked to it any more."
    zh = "该改进当前状态为{status_zh}（{status}），不能再关联反馈。"
