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


class RoleOwnsNothing(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The role {key} owns no stage, no purpose and no surprise: give it one before anybody is placed in it."
    zh = "角色 {key} 未负责任何环节、目的或惊喜方案：请先赋予职责，再安排人员。"


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


class PlanStale(DomainError):
    """The facts a plan rests on have changed. `plan` is what it would be now."""

    code = UserErrorCode.CONFLICT
    en = "The facts have changed since this plan was drawn: {moved} friendships would pass to a role now. Look at the new plan."
    zh = "计划所依据的事实已变化：现在将有 {moved} 段好友关系转入角色，请查看新计划。"


class ChangeUnderWay(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A change of the operating model or a clean-up of roles is under way."
    zh = "已有运营模式变更或角色整理正在进行。"
