"""Why an act that touches many rooms is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class DuplicateStoreKey(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "The key {key} is given to two stores."
    zh = "门店键 {key} 重复。"


class UnknownParentStore(DomainError):
    code = UserErrorCode.NOT_FOUND
    en = "No store of this list has the key {key}, or it lies below this one."
    zh = "列表中没有键为 {key} 的门店，或其位于本门店之下。"


class AlreadyInForce(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{kind} is the operating model in force."
    zh = "{kind} 已是当前运营模式。"


class ChangeNeedsPlan(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = (
        "Customers have been added under this model. Changing it needs planOperatingModelChange, which is not in this "
        "release."
    )
    zh = "当前模式下已有客户好友，变更须先执行 planOperatingModelChange，本版本尚未提供。"
