"""A draft is given out: by somebody who may quote, contradicting nothing the brand stands by, in the place of what it revises."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from server.customers import boundary
from server.customers.capacities import acting
from server.db.clocks import set_clock
from server.db.work import Work
from server.operations.purposes import Purpose
from server.quotes import errors, queries
from server.quotes.commands import IssueQuote
from server.quotes.contradicting import contradictions, refused
from server.quotes.events import QuoteIssued, QuoteRevised
from server.quotes.moves import REPLACED_BY_A_REVISION, QuoteAct
from server.quotes.proceeding import EXPIRY, advance, held, last_step, move, require_move, time_of_step, told
from server.quotes.quote_terms import ConflictPolicy, QuoteStatus
from server.quotes.service.drafting import issuer_of
from server.quotes.tables import Quote


async def issue_quote(work: Work, command: IssueQuote) -> Quote:
    """Give the quote out.

    Raises QuoteMoveNotAllowed, QuoteOutOfDate, QuotesIssuer, ActsForAnother, OutOfBoundary, OverrideNotGranted,
    RevisedAlready, RevisesAccepted, QuotesContradict, BeforeLastStep, InTheFuture. Of two acts at once for the same
    customer the second is judged by what the first one left.
    """
    quote = await held(work, command.quote_id)
    at = time_of_step(work, quote, command.occurred_at)
    require_move(quote, QuoteAct.ISSUE, at)
    staff_id = await issuer_of(work, command.staff_id, quote.staff_id)
    if staff_id is None:
        raise errors.QuotesIssuer("staff_id")
    acts = await acting(work, staff_id, quote.customer_id, Purpose.QUOTATION)
    override = await boundary.weighed(
        work, acts, staff_id, quote.customer_id, Purpose.QUOTATION, "quote_id", reason=command.boundary_override
    )
    before = await _revised(work, quote)
    starts = quote.valid_from or at
    await _require_no_conflict(work, quote, starts, None if before is None else before.id)
    await advance(
        work,
        quote,
        QuoteAct.ISSUE,
        issued_at=at,
        valid_from=starts,
        staff_id=staff_id,
        role_id=None if acts.unit is None else acts.unit.role_id,
        group_id=None if acts.unit is None else acts.unit.group_id,
        department_id=quote.department_id or acts.store_id,
    )
    boundary.keep(work, override, "Quote", quote.id, customer_id=quote.customer_id, occurred_at=at)
    await set_clock(work, EXPIRY, quote.id, quote.valid_until)
    if before is not None and QuoteStatus(before.status) in REPLACED_BY_A_REVISION:
        ended = max(at, last_step(before))
        await move(work, before, QuoteStatus.REVISED, ended_at=ended)
        work.emit(QuoteRevised(**told(work, before, ended), revision_id=quote.id))
    work.emit(
        QuoteIssued(
            **told(work, quote, at),
            role_id=quote.role_id,
            group_id=quote.group_id,
            department_id=quote.department_id,
            valid_from=starts,
        )
    )
    return quote


async def _revised(work: Work, quote: Quote) -> Quote | None:
    """What the quote is to replace. Raises RevisedAlready, RevisesAccepted where that went another way meanwhile."""
    if quote.revises_id is None:
        return None
    before = await work.require(Quote, quote.revises_id, "quote_id", lock=True)
    if before.status == QuoteStatus.REVISED:
        raise errors.RevisedAlready("quote_id")
    if before.status == QuoteStatus.ACCEPTED:
        raise errors.RevisesAccepted("quote_id")
    return before


async def _require_no_conflict(work: Work, quote: Quote, starts: datetime, replaced: UUID | None) -> None:
    """Raises QuotesContradict, with every live quote it contradicts that nobody has answered for."""
    found = await contradictions(work, quote, starts, without=replaced)
    if found and await queries.on_conflict(work) is ConflictPolicy.ALLOW_WITH_RESOLUTION:
        answered = {one.other_quote_id for one in await queries.conflicts_of(work, quote.id)}
        found = [one for one in found if one.quote.id not in answered]
    if found:
        raise await refused(work, found)
