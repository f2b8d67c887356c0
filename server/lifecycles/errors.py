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
        "Customers have been added under this model: preview the change with planOperatingModelChange and carry it out with "
        "changeOperatingModel."
    )
    zh = "当前模式下已有客户好友：请先用 planOperatingModelChange 预览，再用 changeOperatingModel 执行。"


class PlanStale(DomainError):
    """The facts a plan rests on have changed. `plan` is what it would be now."""

    code = UserErrorCode.CONFLICT
    en = "The facts have changed since this plan was drawn: {moved} friendships would pass to a role now. Look at the new plan."
    zh = "计划所依据的事实已变化：现在将有 {moved} 段好友关系转入角色，请查看新计划。"


class ChangeUnderWay(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A change of the operating model or a clean-up of roles is under way."
    zh = "已有运营模式变更或角色整理正在进行。"
