"""Why an act on a segment is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class SegmentWithoutCondition(DomainError):
    code = UserErrorCode.REQUIRED
    en = "A segment needs at least one condition."
    zh = "人群包至少需要一个条件。"


class SegmentAlreadyRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This segment is retired already."
    zh = "该人群包已停用。"


class ConditionNotGranted(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "You may not filter by this: {permission} needed."
    zh = "您无权按此条件筛选：需要{permission}。"
