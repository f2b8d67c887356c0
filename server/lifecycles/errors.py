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


class SuccessorNeeded(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Name the person who takes over; with another rule, name none."
    zh = "按指定接替人规则须指明接替人；其他规则无须指明。"


class SuccessorIsTheSame(DomainError):
    en = "Somebody else must take over."
    zh = "接替人须为他人。"


class TransferRuns(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A transfer of this person's customers is running already."
    zh = "该员工的客户转接正在进行。"


class PlanIsStale(DomainError):
    """`plan_id` is the plan as things are now."""

    code = UserErrorCode.CONFLICT
    en = "Things have changed since the plan was made; look at the new one."
    zh = "计划生成后情况已变化，请查看新计划。"
