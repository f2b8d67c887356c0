"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class MoveNotAllowed(DomainError):
    """The table of moves does not lead from here to there."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This feedback is {status} and cannot become {wanted}."
    zh = "该反馈当前状态为{status_zh}（{status}），不能变为{wanted_zh}。"


class ReopenTooLate(DomainError):
    """A resolved feedback rests after a while."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This feedback is RESOLVED since more than {days} days; raise a new one."
    zh = "该反馈已解决（RESOLVED）超过{days}天，请重新登记。"


class AnsweredBeforeRaised(DomainError):
    """An answer cannot come before the question."""

    en = "An answer cannot come before its clock started."
    zh = "答复时间不能早于计时开始的时间。"


class ToldBeforeContact(DomainError):
    """An answer is said to be older than the contact by which it was given."""

    en = "The customer cannot have been told before the contact that told them."
    zh = "答复时间不能早于告知客户的那次触点。"


class NotTold(DomainError):
    """A contact by which the customer only spoke tells them nothing."""

    en = "By this contact the customer told us something; link the one by which they were told."
    zh = "该触点是客户发来的，不是对客户的答复；请关联告知客户的触点。"


class DuplicateOfAnother(DomainError):
    """Only what the same customer said already is a duplicate."""

    code = UserErrorCode.NOT_ALLOWED
    en = "A duplicate needs another feedback of the same customer that is kept; another customer asking the same is none."
    zh = "重复反馈须指向同一客户仍保留的另一条反馈；其他客户提出相同问题不算重复。"


class KnownAlready(DomainError):
    """Only the voice of somebody unknown can be given to a customer."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This feedback belongs to a customer already."
    zh = "该反馈已属于一位客户。"


class NothingServed(DomainError):
    """Who rates must have been served, and what is rated must have been."""

    code = UserErrorCode.NOT_ALLOWED
    en = (
        "Nothing was served here that could be rated: it needs an order, a visit that took place, a case somebody worked on "
        "or a feedback that was answered."
    )
    zh = "没有可评价的服务：需要有订单、已到店的预约、已服务的服务单或已答复的反馈。"


class RatedAlready(DomainError):
    """A thing is rated once."""

    code = UserErrorCode.ALREADY_EXISTS
    en = "This was rated already."
    zh = "该服务已评价过。"


class TakenOnAfterAnswered(DomainError):
    """Somebody takes a matter on before it is answered, not after."""

    en = "A matter is taken on before its answer is due: ackHours may not exceed clockHours."
    zh = "受理时限不能长于答复时限。"


class CurrencyOfReward(DomainError):
    """Amount, limit and budget of a kind are compared, so they are in one currency."""

    en = "Amount, approval limit and monthly budget of a kind are in one currency; to change it say all of them anew."
    zh = "同一类致谢金的金额、审批限额和月预算须为同一币种；更换币种时请全部重新填写。"


class NothingForTheShelf(DomainError):
    """Only a product that was asked for comes to the shelf."""

    code = UserErrorCode.NOT_ALLOWED
    en = "Only a product request can be answered with the product being on the shelf."
    zh = "只有缺货登记才能以“已上架”答复。"
