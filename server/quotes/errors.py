"""Why an act on a quote is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.errors import DomainError, UserErrorCode
from server.quotes.conflicts import ItemConflict


class AnotherCurrency(DomainError):
    """Amounts of one brand are compared and added up, so they are all in its own currency."""

    code = UserErrorCode.INVALID
    en = "Quotes are made in {currency}, the brand's own currency."
    zh = "报价须使用本品牌货币{currency}。"


class ItemNamedTwice(DomainError):
    code = UserErrorCode.INVALID
    en = "This item has a line already: a quote names an item once."
    zh = "该商品或项目已有一行：同一报价中每个项目只能出现一次。"


class LineSaysNothing(DomainError):
    code = UserErrorCode.REQUIRED
    en = "A line names an item or says in words what it is."
    zh = "报价行须指定项目或填写说明。"


class ScopeNamedTwice(DomainError):
    code = UserErrorCode.INVALID
    en = "What this guarantee covers is guaranteed already, in the same words."
    zh = "该保障范围已有相同文字的条款。"


class NoSuchLine(DomainError):
    code = UserErrorCode.INVALID
    en = "There is no line of this number: lines are counted from 1."
    zh = "没有该编号的报价行：从1开始编号。"


class TotalTooLarge(DomainError):
    code = UserErrorCode.INVALID
    en = "The total is too large."
    zh = "总额过大。"


class ItemIsRetired(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "This item is no longer offered."
    zh = "该商品或项目已停用。"


class ValidForNoTime(DomainError):
    code = UserErrorCode.INVALID
    en = "A quote is valid until later than it begins."
    zh = "报价有效期的结束须晚于开始。"


class NoDepartment(DomainError):
    code = UserErrorCode.INVALID
    en = "A quote is made by a department or a store; this is neither, or it is closed."
    zh = "报价部门须为部门或门店，且未关闭。"


class QuoteMoveNotAllowed(DomainError):
    """The table of moves does not lead from here to there."""

    code = UserErrorCode.NOT_ALLOWED
    en = "This quote is {status} and cannot become {wanted}."
    zh = "该报价当前状态为{status_zh}（{status}），不能变为{wanted_zh}。"


class QuoteOutOfDate(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The validity of this quote has run out: revise it."
    zh = "该报价已过有效期，请改版后重新开出。"


class BeforeLastStep(DomainError):
    code = UserErrorCode.INVALID
    en = "This cannot have happened before the quote's last step."
    zh = "时间不能早于该报价的上一步。"


class NotYourQuote(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Another colleague's quote: only whoever made it, or a manager of quotes, revises it or takes it back."
    zh = "这是其他同事的报价：只有报价人本人或报价管理者可以改版或撤回。"


class ActsForAnother(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "Staff make quotes in their own name."
    zh = "员工只能以本人名义报价。"


class QuotesIssuer(DomainError):
    code = UserErrorCode.REQUIRED
    en = "Say which staff member answers for the quote."
    zh = "请指定对报价负责的员工。"


class RevisedAlready(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "What this revises was revised by another quote meanwhile: revise that one."
    zh = "原报价已被其他版本取代，请在新版本上修改。"


class RevisesAccepted(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "What this revises was accepted meanwhile, and an accepted quote stays as it is."
    zh = "原报价已被客户接受，不能再改版。"


@dataclass(frozen=True, slots=True)
class ContradictedQuote:
    """What a refused caller may know of the quote that stands in the way."""

    quote_id: UUID
    status: str
    own: bool
    """Whether it is the caller's own quote: a revision of it would take its place."""
    staff_id: UUID | None
    staff_name: str | None
    department_id: UUID | None
    department_name: str | None
    valid_from: datetime
    valid_until: datetime
    presented_at: datetime | None
    currency: str
    conflicts: tuple[ItemConflict, ...]


class QuotesContradict(DomainError):
    """The quote disagrees with live ones of the same customer."""

    code = UserErrorCode.QUOTE_CONFLICT
    en = "This contradicts {count} live quote(s) of the same customer in price or guarantee."
    zh = "与该客户的{count}份有效报价在价格或保障条款上冲突。"

    def __init__(self, *field: str | int, quotes: Sequence[ContradictedQuote]) -> None:
        super().__init__(*field, count=len(quotes))
        self.quotes = tuple(quotes)


class ConflictsAreBlocked(DomainError):
    code = UserErrorCode.NOT_ALLOWED
    en = "The brand's policy blocks quotes that contradict live ones; no resolution lets them through."
    zh = "品牌策略禁止开出冲突报价，无法通过处理放行。"


class NoConflict(DomainError):
    code = UserErrorCode.NOT_FOUND
    en = "These two quotes do not contradict each other."
    zh = "这两份报价没有冲突。"


class ResolvedAlready(DomainError):
    code = UserErrorCode.ALREADY_EXISTS
    en = "This conflict was resolved already."
    zh = "该报价冲突已有处理结果。"
