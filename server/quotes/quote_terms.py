"""The words for quotes: how far one has come, how two can disagree, and what a brand does about it. Pure data."""

from __future__ import annotations

from server.terms import Term


class QuoteStatus(Term):
    """How far a quote has come."""

    DRAFTED = "DRAFTED", "Drafted", "草拟", "Written; the customer does not have it, and nobody is bound by it."
    ISSUED = "ISSUED", "Issued", "已开出", "Given out by the brand; the customer has not seen it yet."
    PRESENTED = "PRESENTED", "Presented", "已出示", "The customer has seen it."
    ACCEPTED = "ACCEPTED", "Accepted", "已接受", "The customer agreed. Nothing of it changes any more."
    DECLINED = "DECLINED", "Declined", "已拒绝", "The customer said no."
    REVISED = "REVISED", "Revised", "已改版", "A revision was issued in its place."
    WITHDRAWN = "WITHDRAWN", "Withdrawn", "已撤回", "Taken back before the customer answered."
    EXPIRED = "EXPIRED", "Expired", "已过期", "Its validity ran out before the customer answered."

    @property
    def is_live(self) -> bool:
        """Whether the brand stands by it while it is valid, so that no other quote may contradict it."""
        return self in LIVE

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the customer, so that its validity can run out."""
        return self in WAITING


LIVE = frozenset({QuoteStatus.ISSUED, QuoteStatus.PRESENTED, QuoteStatus.ACCEPTED})
WAITING = frozenset({QuoteStatus.ISSUED, QuoteStatus.PRESENTED})


class Contradiction(Term):
    """In what two quotes disagree about the same item."""

    PRICE = "PRICE", "Price", "价格不一致", "The price of one unit differs."
    GUARANTEE = (
        "GUARANTEE",
        "Guarantee",
        "保障条款不一致",
        "One of the two guarantees less: something not covered, fewer months, or other conditions.",
    )


class ConflictPolicy(Term):
    """What happens to a quote that contradicts a live one."""

    BLOCK = "BLOCK", "Block", "禁止开出", "It is not issued."
    ALLOW_WITH_RESOLUTION = (
        "ALLOW_WITH_RESOLUTION",
        "Allow with a resolution",
        "处理后允许",
        "It is issued once somebody has answered for every conflict by a named resolution.",
    )


class ConflictResolution(Term):
    """Why two quotes that disagree may both stand."""

    DIFFERENT_SCOPE = (
        "DIFFERENT_SCOPE",
        "Different scope",
        "范围不同",
        "The same item, but not the same thing: another room, another phase. Both may be accepted.",
    )
    BETTER_TERMS_HOLD = (
        "BETTER_TERMS_HOLD",
        "The better terms hold",
        "按更优条件执行",
        "Whichever the customer accepts, the brand stands by the better terms.",
    )
    CUSTOMER_INFORMED = (
        "CUSTOMER_INFORMED",
        "The customer was told",
        "已向客户说明",
        "The customer knows of both and why they differ.",
    )
    OTHER = "OTHER", "Other", "其他", "As the reason says."

    @property
    def both_may_be_accepted(self) -> bool:
        """Whether the customer may accept the one after the other."""
        return self is ConflictResolution.DIFFERENT_SCOPE
