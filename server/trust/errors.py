"""Refusals of this room."""

from __future__ import annotations

from server.errors import DomainError, UserErrorCode


class TooManyPoints(DomainError):
    """A posting by hand is larger than one act may be."""

    code = UserErrorCode.LIMIT_REACHED
    en = "At most {most} points by hand at once."
    zh = "人工调整一次最多{most}分。"


class NotTheBrandsToSay(DomainError):
    """The reason is worth nothing by rule, or its points are computed or given."""

    code = UserErrorCode.NOT_ALLOWED
    en = "What {reason} is worth is not the brand's to say."
    zh = "{reason}的分值不由品牌设定。"


class NotReversible(DomainError):
    """The entry is no posting of its own: the opening, or a cut that goes with its withdrawal."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This entry is not posted by itself, so it is not reversed by itself."
    zh = "该记录并非单独入账，不能单独冲正。"


class ReversalStands(DomainError):
    """A reversal is final."""

    code = UserErrorCode.NOT_ALLOWED
    en = "A reversal cannot be reversed."
    zh = "冲正不能再冲正。"


class ReversedAlready(DomainError):
    """An entry is taken back once."""

    code = UserErrorCode.ALREADY_EXISTS
    en = "This entry has been reversed already."
    zh = "该记录已冲正过。"


class BreachStands(DomainError):
    """The breach follows from what is on record: nobody reported it, so nobody was mistaken about it."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This breach was measured from what is on record. It stands, unless it concerned another customer."
    zh = "该失信由系统记录测得，事实成立；除非记错了客户，否则不能冲正。"
