"""How a quote proceeds: it is taken in hand, moves, and tells so. The pieces the acts are made of.

Whoever takes a quote in hand holds all quotes of its customer until the act ends, so two acts on one customer's quotes
happen one after the other, and the second sees what the first did.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from server.access.permissions import Permission
from server.customers import visibility
from server.db.clocks import stop_clock
from server.db.work import Work
from server.quotes import queries
from server.quotes.errors import BeforeLastStep, NotYourQuote
from server.quotes.moves import LEADS_TO, QuoteAct, refusal
from server.quotes.quote_terms import QuoteStatus
from server.quotes.tables import Quote
from server.touchpoints.circumstances import time_of_fact

EXPIRY = "QUOTE_EXPIRY"
"""The kind of clock that ends a quote's validity."""


async def held(work: Work, quote_id: UUID, *field: str) -> Quote:
    """The quote, with all quotes of its customer held. Raises NotFound where it is not there or not the caller's to see."""
    quote = await work.require(Quote, quote_id, *field or ("quote_id",))
    await visibility.require_visible(work, quote.customer_id, *field or ("quote_id",))
    await queries.hold_customer(work, quote.customer_id)
    return await work.require(Quote, quote_id, *field or ("quote_id",), lock=True)


def time_of_step(work: Work, quote: Quote, given: datetime | None) -> datetime:
    """When the step was taken: now if not given, never before the one before it. Raises InTheFuture, BeforeLastStep."""
    at, last = time_of_fact(work, given), last_step(quote)
    if given is None:
        return max(at, last)  # whoever recorded the last step may have had a clock that runs ahead of ours
    if at < last:
        raise BeforeLastStep("occurred_at")
    return at


def last_step(quote: Quote) -> datetime:
    """When the last step of the quote's way was taken."""
    steps = (quote.drafted_at, quote.issued_at, quote.presented_at, quote.answered_at, quote.ended_at)
    return max(step for step in steps if step is not None)


def require_move(quote: Quote, act: QuoteAct, at: datetime) -> None:
    """Raises QuoteMoveNotAllowed, QuoteOutOfDate."""
    refused = refusal(act, QuoteStatus(quote.status), valid_until=quote.valid_until, at=at)
    if refused is not None:
        raise refused


def require_own(work: Work, quote: Quote) -> None:
    """Raises NotYourQuote for a staff member's attempt on another's quote; owners, programs and managers may."""
    caller = work.caller
    if caller.staff_id not in (None, quote.staff_id) and Permission.QUOTE_MANAGE not in caller.permissions:
        raise NotYourQuote("quote_id")


async def move(work: Work, quote: Quote, status: QuoteStatus, **values: Any) -> None:
    """Change the quote's status, and whatever else `values` say. What waits for nobody any more has no clock."""
    waited = QuoteStatus(quote.status).is_waiting
    await work.change(quote, status=status.value, updated_at=work.now, **values)
    if waited and not status.is_waiting:
        await stop_clock(work, EXPIRY, quote.id)


async def advance(work: Work, quote: Quote, act: QuoteAct, **values: Any) -> None:
    """`move` to where the act leads."""
    await move(work, quote, LEADS_TO[act], **values)


def told(work: Work, quote: Quote, at: datetime) -> dict[str, Any]:
    """What every event of a move says."""
    return {
        "quote_id": quote.id,
        "customer_id": quote.customer_id,
        "staff_id": work.caller.staff_id,
        "quote_version": quote.version,
        "occurred_at": at,
    }
