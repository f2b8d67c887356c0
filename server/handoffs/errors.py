"""Why an act on a handoff is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class NobodyNamed(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Name a person, a service role or an ops group to hand over to."
    zh = "请指明交接给谁：员工、服务角色或运营小组。"


class NobodyThere(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Nobody else serves in it there."
    zh = "该处没有其他人担任。"


class NotPlaced(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This person does not serve in that role or group."
    zh = "该员工不担任此角色或不在此小组。"


class ToOneself(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "A customer is handed over to somebody else."
    zh = "不能交接给自己。"


class NotWithinTime(DomainError):
    en = "A handoff waits at least a minute and at most 30 days."
    zh = "交接时限须在1分钟至30天之间。"


class HandoffAnswered(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This handoff is over: {status.en}."
    zh = "该交接已结束：{status.zh}。"


class NotAsked(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This handoff is asked of others."
    zh = "该交接并非向您发出。"


class NotYours(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Only who asked for a handoff cancels it."
    zh = "只有发起人可以撤回交接。"


class WhoTakes(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Name the staff member who takes the customer."
    zh = "请指明由哪位员工接手。"
