"""Why a contact, its outcome, or a fact about a customer is refused."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class InTheFuture(DomainError):
    code = UserErrorCode.INVALID
    en = "What has happened cannot lie in the future."
    zh = "已发生的事不能晚于当前时间。"


class OutcomeNotObservable(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "{medium.en} cannot show this outcome: {outcome.en}."
    zh = "{medium.zh}无法得知该结果：{outcome.zh}。"


class OutcomeBeforeContact(DomainError):
    code = UserErrorCode.INVALID
    en = "Nothing can come of a contact before it was made."
    zh = "结果不能早于触点发生的时间。"


class TooManyAtOnce(DomainError):
    code = UserErrorCode.LIMIT_REACHED
    en = "At most {limit} at once."
    zh = "一次最多{limit}条。"


class Needed(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Needed, unless a reservation says it."
    zh = "必填，除非已由预留给出。"
