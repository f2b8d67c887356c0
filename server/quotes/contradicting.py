"""Which of a customer's quotes a quote contradicts. The rule itself is pure and stands in `conflicts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.db.work import Work
from server.quotes import queries
from server.quotes.conflicts import ItemConflict, contradicted
from server.quotes.errors import ContradictedQuote, QuotesContradict
from server.quotes.tables import Quote


@dataclass(frozen=True, slots=True)
class Found:
    """A live quote, and in what the quote at hand disagrees with it."""

    quote: Quote
    conflicts: tuple[ItemConflict, ...]


async def contradictions(
    work: Work, quote: Quote, starts: datetime, *, without: UUID | None = None, status: str | None = None
) -> list[Found]:
    """The live quotes of the customer, of anybody in the brand, that it contradicts once it is valid from `starts`.

    `without` one that it is to replace; with `status` only those that stand so. The customer's quotes must be held.
    """
    live = [
        other
        for other in await queries.live_quotes(work, quote.customer_id)
        if other.id not in (quote.id, without) and status in (None, other.status)
    ]
    if not live:
        return []
    at_hand = Quote(**{**quote.model_dump(), "valid_from": starts})
    offer, *others = await queries.offers_of(work, [at_hand, *live])
    found = contradicted(offer, others)
    return [Found(other, found[other.id]) for other in live if other.id in found]


async def refused(work: Work, found: Sequence[Found]) -> QuotesContradict:
    """The refusal, with what its caller may know of the quotes in the way: values, not rows."""
    quotes = [one.quote for one in found]
    names = await queries.names_of(
        work,
        {quote.staff_id for quote in quotes if quote.staff_id is not None},
        {quote.department_id for quote in quotes if quote.department_id is not None},
    )
    return QuotesContradict("quote_id", quotes=[_told(work, one, names) for one in found])


def _told(work: Work, found: Found, names: dict[UUID, str]) -> ContradictedQuote:
    quote = found.quote
    assert quote.valid_from is not None  # it has been issued
    own = work.caller.staff_id is not None and work.caller.staff_id == quote.staff_id
    return ContradictedQuote(
        quote_id=quote.id,
        status=quote.status,
        own=own,
        staff_id=quote.staff_id,
        staff_name=None if quote.staff_id is None else names.get(quote.staff_id),
        department_id=quote.department_id,
        department_name=None if quote.department_id is None else names.get(quote.department_id),
        valid_from=quote.valid_from,
        valid_until=quote.valid_until,
        presented_at=quote.presented_at,
        currency=quote.currency,
        conflicts=found.conflicts,
    )
