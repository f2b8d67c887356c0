"""What follows on an issued quote: the customer sees it and answers, or it is taken back, or its time runs out."""

from __future__ import annotations

from uuid import UUID

from server.db.work import Work
from server.quotes import queries
from server.quotes.commands import AcceptQuote, DeclineQuote, PresentQuote, WithdrawQuote
from server.quotes.contradicting import contradictions, refused
from server.quotes.events import (
    QuoteAccepted,
    QuoteConflictSeen,
    QuoteDeclined,
    QuoteExpired,
    QuotePresented,
    QuoteWithdrawn,
)
from server.quotes.moves import QuoteAct
from server.quotes.proceeding import advance, held, last_step, move, require_move, require_own, time_of_step, told
from server.quotes.quote_terms import ConflictResolution, QuoteStatus
from server.quotes.tables import Quote
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason


async def present_quote(work: Work, command: PresentQuote) -> Quote:
    """The customer saw it. Conflicts of which both quotes have now been seen are marked so.

    Raises QuoteMoveNotAllowed, QuoteOutOfDate, BeforeLastStep, InTheFuture.
    """
    quote = await held(work, command.quote_id)
    at = time_of_step(work, quote, command.occurred_at)
    require_move(quote, QuoteAct.PRESENT, at)
    medium = command.medium
    await advance(work, quote, QuoteAct.PRESENT, presented_at=at, medium=None if medium is None else medium.value)
    work.emit(QuotePresented(**told(work, quote, at), medium=medium))
    conflicts = [one for one in await queries.conflicts_about(work, quote.id) if one.seen_at is None]
    seen = await queries.presented(work, {id for one in conflicts for id in (one.quote_id, one.other_quote_id)})
    for conflict in conflicts:
        if {conflict.quote_id, conflict.other_quote_id} <= seen:
            await work.change(conflict, seen_at=at)
            cause = Cause(CauseType.QUOTE_CONFLICT, conflict.id, occurred_at=at)
            await post(work, conflict.customer_id, TrustReason.QUOTE_CONFLICT_SEEN, cause)
            work.emit(
                QuoteConflictSeen(quote_conflict_id=conflict.id, customer_id=conflict.customer_id, occurred_at=at)
            )
    return quote


async def accept_quote(work: Work, command: AcceptQuote) -> Quote:
    """The customer agreed: from here on nothing of the quote changes. Accepting it again changes nothing either.

    Raises QuoteMoveNotAllowed, QuoteOutOfDate, BeforeLastStep, InTheFuture, and QuotesContradict where the customer has
    accepted another quote that this one contradicts, unless the two were said to be for different things.
    """
    quote = await held(work, command.quote_id)
    if quote.status == QuoteStatus.ACCEPTED:
        return quote
    at = time_of_step(work, quote, command.occurred_at)
    require_move(quote, QuoteAct.ACCEPT, at)
    assert quote.valid_from is not None  # it has been issued
    accepted = await contradictions(work, quote, quote.valid_from, status=QuoteStatus.ACCEPTED)
    if accepted:
        apart = {
            id
            for one in await queries.conflicts_about(work, quote.id)
            if ConflictResolution(one.resolution).both_may_be_accepted
            for id in (one.quote_id, one.other_quote_id)
        }
        accepted = [one for one in accepted if one.quote.id not in apart]
    if accepted:
        raise await refused(work, accepted)
    await advance(work, quote, QuoteAct.ACCEPT, answered_at=at)
    work.emit(QuoteAccepted(**told(work, quote, at)))
    return quote


async def decline_quote(work: Work, command: DeclineQuote) -> Quote:
    """The customer said no. Raises QuoteMoveNotAllowed, BeforeLastStep, InTheFuture."""
    quote = await held(work, command.quote_id)
    at = time_of_step(work, quote, command.occurred_at)
    require_move(quote, QuoteAct.DECLINE, at)
    because = command.reason
    await advance(
        work,
        quote,
        QuoteAct.DECLINE,
        answered_at=at,
        declined_because=None if because is None else because.value,
        words=command.words,
    )
    work.emit(QuoteDeclined(**told(work, quote, at), declined_because=because))
    return quote


async def withdraw_quote(work: Work, command: WithdrawQuote) -> Quote:
    """Taken back before the customer answered. Raises NotYourQuote, QuoteMoveNotAllowed, BeforeLastStep, InTheFuture."""
    quote = await held(work, command.quote_id)
    require_own(work, quote)
    at = time_of_step(work, quote, command.occurred_at)
    require_move(quote, QuoteAct.WITHDRAW, at)
    await advance(work, quote, QuoteAct.WITHDRAW, ended_at=at, words=command.words)
    work.emit(QuoteWithdrawn(**told(work, quote, at)))
    return quote


async def expire_quote(work: Work, quote_id: UUID) -> None:
    """For the worker: the validity has run out. Nothing happens where it waits for nobody or is valid still."""
    quote = await work.get(Quote, quote_id)
    if quote is None:
        return
    await queries.hold_customer(work, quote.customer_id)
    quote = await work.require(Quote, quote_id, lock=True)
    if not QuoteStatus(quote.status).is_waiting or quote.valid_until > work.now:
        return
    at = max(quote.valid_until, last_step(quote))
    await move(work, quote, QuoteStatus.EXPIRED, ended_at=at)
    work.emit(QuoteExpired(**told(work, quote, at)))
