"""Somebody answers for two quotes that contradict each other, and the brand says whether that is possible at all."""

from __future__ import annotations

from server.customers import family
from server.db.work import Work
from server.errors import Conflict, NotFound
from server.quotes import errors, queries
from server.quotes.commands import ResolveQuoteConflict, SetQuotePolicy
from server.quotes.conflicts import kinds_of
from server.quotes.contradicting import contradictions
from server.quotes.events import QuoteConflictResolved, QuotePolicySet
from server.quotes.moves import QuoteAct
from server.quotes.proceeding import held, require_move
from server.quotes.quote_terms import ConflictPolicy, Contradiction
from server.quotes.tables import Quote, QuoteConflict, QuotePolicy


async def resolve_quote_conflict(work: Work, command: ResolveQuoteConflict) -> QuoteConflict:
    """Answer, by name and with a reason, for issuing this draft beside the live quote it contradicts.

    Raises ConflictsAreBlocked, QuoteMoveNotAllowed where it is no draft any more, NotFound for another customer's quote as
    for none, NoConflict, ResolvedAlready.
    """
    quote = await held(work, command.quote_id)
    require_move(quote, QuoteAct.ISSUE, work.now)
    other = await work.require(Quote, command.other_quote_id, "other_quote_id")
    if not await family.are_one(work, other.customer_id, quote.customer_id):
        raise NotFound("other_quote_id")
    if await queries.on_conflict(work) is ConflictPolicy.BLOCK:
        raise errors.ConflictsAreBlocked("quote_id")
    found = await contradictions(work, quote, quote.valid_from or work.now, without=quote.revises_id)
    conflicts = next((one.conflicts for one in found if one.quote.id == other.id), ())
    if not conflicts:
        raise errors.NoConflict("other_quote_id")
    if await queries.conflict_of(work, quote.id, other.id) is not None:
        raise errors.ResolvedAlready("other_quote_id")
    kinds = kinds_of(conflicts)
    resolved = work.add(
        QuoteConflict(
            quote_id=quote.id,
            other_quote_id=other.id,
            customer_id=quote.customer_id,
            kinds=[kind.value for kind in kinds],
            resolution=command.resolution.value,
            reason=command.reason,
            staff_id=work.caller.staff_id,
            resolved_at=work.now,
        )
    )
    work.emit(
        QuoteConflictResolved(
            quote_conflict_id=resolved.id,
            customer_id=resolved.customer_id,
            quote_id=resolved.quote_id,
            other_quote_id=resolved.other_quote_id,
            staff_id=resolved.staff_id,
            price_differs=Contradiction.PRICE in kinds,
            guarantee_differs=Contradiction.GUARANTEE in kinds,
            resolution=command.resolution,
        )
    )
    return resolved


async def set_quote_policy(work: Work, command: SetQuotePolicy) -> QuotePolicy:
    """Say what happens to a quote that contradicts a live one. Saying what holds already changes nothing.

    Raises Conflict on `expected_version`; before it was ever said the version is 0.
    """
    wanted = command.on_conflict.value
    said = await queries.policy(work, lock=True)
    if said is None and command.expected_version in (None, 0):
        said = QuotePolicy(on_conflict=wanted)
        if await queries.inserted(work, said):
            work.emit(_set(work, said))
            return said
        said = await queries.policy(work, lock=True)
        assert said is not None  # a policy is never deleted
    if said is None:
        raise Conflict("expected_version", version=0)
    if command.expected_version not in (None, said.version):
        raise Conflict("expected_version", version=said.version)
    if said.on_conflict != wanted:
        await work.change(said, on_conflict=wanted)
        work.emit(_set(work, said))
    return said


def _set(work: Work, said: QuotePolicy) -> QuotePolicySet:
    return QuotePolicySet(
        tenant_id=work.tenant_id, on_conflict=ConflictPolicy(said.on_conflict), policy_version=said.version
    )
