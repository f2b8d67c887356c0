"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class PromiseSettled(DomainError):
    """What a promise ended with stays."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This promise is {status} already, and that stays."
    zh = "该承诺已是{status_zh}（{status}），结果不再改变。"


class PromiseHasRunOut(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The time of this promise has run out and is not put off: say whether it was kept, broken or released."
    zh = "该承诺已到期，不能再延期：请登记已兑现、失信或解除。"


class DueBeforeMade(DomainError):
    en = "A promise cannot be due before it was made."
    zh = "到期时间不能早于作出承诺的时间。"


class SettledBeforeMade(DomainError):
    en = "A promise cannot be settled before it was made."
    zh = "承诺的结果不能早于作出承诺的时间。"


class PromiseOfSomebodyElse(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "A promise with this external id was made to somebody else."
    zh = "该外部编号的承诺属于其他对象。"


class ForEveryoneNeedsAll(DomainError):
    """A word given to everyone is not one store's to give."""

    code = UserErrorCode.NOT_ALLOWED
    en = "Only who sees all customers can promise something to everyone, and say what became of it."
    zh = "只有可查看全部客户者才能向所有客户作出承诺并登记结果。"
