"""Why an act on an item is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class ItemAlreadyRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This item is retired already."
    zh = "该商品或项目已停用。"


class NegativeAmount(DomainError):
    code = UserErrorCode.INVALID
    en = "An amount of money cannot be negative."
    zh = "金额不能为负数。"
