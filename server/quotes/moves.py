"""Which act leads a quote where, and what would refuse it. Pure.

The acts and the list of available actions ask the same question here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from server.errors import DomainError
from server.quotes.errors import QuoteMoveNotAllowed, QuoteOutOfDate
from server.quotes.quote_terms import QuoteStatus


class QuoteAct(StrEnum):
    """An act on a quote; the value is the mutation's name."""

    ISSUE = "issueQuote"
    PRESENT = "presentQuote"
    REVISE = "reviseQuote"
    ACCEPT = "acceptQuote"
    DECLINE = "declineQuote"
    WITHDRAW = "withdrawQuote"


LEADS_TO: Mapping[QuoteAct, QuoteStatus] = MappingProxyType(
    {
        QuoteAct.ISSUE: QuoteStatus.ISSUED,
        QuoteAct.PRESENT: QuoteStatus.PRESENTED,
        QuoteAct.REVISE: QuoteStatus.REVISED,
        QuoteAct.ACCEPT: QuoteStatus.ACCEPTED,
        QuoteAct.DECLINE: QuoteStatus.DECLINED,
        QuoteAct.WITHDRAW: QuoteStatus.WITHDRAWN,
    }
)

STARTS_FROM: Mapping[QuoteAct, frozenset[QuoteStatus]] = MappingProxyType(
    {
        QuoteAct.ISSUE: frozenset({QuoteStatus.DRAFTED}),
        QuoteAct.PRESENT: frozenset({QuoteStatus.ISSUED}),
        # What was declined or ran out can be revised too: it stays what it became.
        QuoteAct.REVISE: frozenset(
            {
                QuoteStatus.DRAFTED,
                QuoteStatus.ISSUED,
                QuoteStatus.PRESENTED,
                QuoteStatus.DECLINED,
                QuoteStatus.EXPIRED,
            }
        ),
        QuoteAct.ACCEPT: frozenset({QuoteStatus.PRESENTED}),
        QuoteAct.DECLINE: frozenset({QuoteStatus.PRESENTED}),
        QuoteAct.WITHDRAW: frozenset({QuoteStatus.DRAFTED, QuoteStatus.ISSUED, QuoteStatus.PRESENTED}),
    }
)

REPLACED_BY_A_REVISION = frozenset({QuoteStatus.DRAFTED, QuoteStatus.ISSUED, QuoteStatus.PRESENTED})
"""What becomes REVISED when its revision is issued; the rest of what can be revised stays as it ended."""

_WHILE_VALID = frozenset({QuoteAct.ISSUE, QuoteAct.PRESENT, QuoteAct.ACCEPT})


def refusal(act: QuoteAct, status: QuoteStatus, *, valid_until: datetime, at: datetime) -> DomainError | None:
    """Why the act, done at that time, is refused to a quote in this status; None where it is not."""
    if status not in STARTS_FROM[act]:
        wanted = LEADS_TO[act]
        return QuoteMoveNotAllowed(
            "quote_id", status=status.value, wanted=wanted.value, status_zh=status.zh, wanted_zh=wanted.zh
        )
    if act in _WHILE_VALID and at >= valid_until:
        return QuoteOutOfDate("quote_id")
    return None
