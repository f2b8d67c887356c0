"""Conflicts somebody answered for: only where the brand allows it, each by name, and recorded."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from server.errors import Conflict, DomainError, NotFound
from server.ids import new_id
from server.quotes import errors
from server.quotes.commands import (
    AcceptQuote,
    DraftQuote,
    PresentQuote,
    ResolveQuoteConflict,
    ReviseQuote,
    SetQuotePolicy,
)
from server.quotes.quote_terms import ConflictPolicy, ConflictResolution
from server.quotes.service.answering import accept_quote, present_quote
from server.quotes.service.drafting import draft_quote, revise_quote
from server.quotes.service.resolving import resolve_quote_conflict, set_quote_policy
from server.quotes.tables import Quote, QuoteConflict
from tests.quotes.people import House, new_customer

BLOCK, ALLOW = ConflictPolicy.BLOCK, ConflictPolicy.ALLOW_WITH_RESOLUTION
INFORMED, APART = ConflictResolution.CUSTOMER_INFORMED, ConflictResolution.DIFFERENT_SCOPE


async def resolve(shop: House, quote: UUID, other: UUID, resolution: ConflictResolution = INFORMED) -> QuoteConflict:
    async with shop.brand.work() as work:
        command = ResolveQuoteConflict(
            quote_id=quote, other_quote_id=other, resolution=resolution, reason="两套方案，客户已知"
        )
        return await resolve_quote_conflict(work, command)


async def policy(shop: House, on_conflict: ConflictPolicy, expected: int | None = None) -> int:
    async with shop.brand.work() as work:
        command = SetQuotePolicy(on_conflict=on_conflict, expected_version=expected)
        return (await set_quote_policy(work, command)).version


async def side_by_side(shop: House, resolution: ConflictResolution = INFORMED) -> tuple[Quote, Quote]:
    """A presented quote, and one that contradicts it and was issued all the same."""
    await shop.allow()
    first = await shop.presented()
    second = await shop.draft(shop.sales_two, price="90.00", guarantees=())
    await resolve(shop, second.id, first.id, resolution)
    return first, await shop.issue(second, shop.sales_two)


async def test_by_default_nothing_lets_a_conflict_through(shop: House) -> None:
    first, second = await shop.issued(), await shop.draft(shop.sales_two, price="90.00")
    with pytest.raises(errors.ConflictsAreBlocked):
        await resolve(shop, second.id, first.id)
    assert (await shop.brand.count("quote_conflicts"), await shop.told("quote_conflict")) == (0, [])


async def test_a_conflict_passes_once_somebody_answered_for_it(shop: House) -> None:
    await shop.allow()
    first, draft = await shop.issued(), await shop.draft(shop.sales_two, price="90.00", guarantees=())
    with pytest.raises(errors.QuotesContradict):
        await shop.issue(draft, shop.sales_two)
    conflict = await resolve(shop, draft.id, first.id)
    assert (conflict.kinds, conflict.resolution, conflict.seen_at) == (
        ["PRICE", "GUARANTEE"],
        "CUSTOMER_INFORMED",
        None,
    )
    assert (conflict.reason, conflict.staff_id) == ("两套方案，客户已知", None)
    assert (await shop.issue(draft, shop.sales_two)).status == "ISSUED"
    assert (await shop.quote(first.id)).status == "ISSUED"
    assert await shop.told("quote_conflict") == ["quote_conflict.resolved"]


async def test_every_conflict_needs_an_answer_of_its_own(shop: House) -> None:
    await shop.allow()
    first, second = await shop.issued(), await shop.issued(shop.sales_two)
    draft = await shop.draft(price="90.00")
    await resolve(shop, draft.id, first.id)
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issue(draft)
    assert [one.quote_id for one in refused.value.quotes] == [second.id]


async def test_a_stricter_policy_holds_for_what_was_answered_for_but_not_issued(shop: House) -> None:
    await shop.allow()
    first, draft = await shop.issued(), await shop.draft(shop.sales_two, price="90.00")
    await resolve(shop, draft.id, first.id)
    await policy(shop, BLOCK)
    with pytest.raises(errors.QuotesContradict):
        await shop.issue(draft, shop.sales_two)


async def test_an_answer_is_for_these_two_quotes_alone(shop: House) -> None:
    first, second = await side_by_side(shop)
    async with shop.work(shop.sales_two) as work:
        revision = await revise_quote(work, ReviseQuote(quote_id=second.id, **shop.terms(work.now, price="80.00")))
    with pytest.raises(errors.QuotesContradict) as refused:
        await shop.issue(revision, shop.sales_two)
    assert [one.quote_id for one in refused.value.quotes] == [first.id]


async def test_what_is_no_conflict_needs_no_answer(shop: House) -> None:
    await shop.allow()
    first, same = await shop.issued(), await shop.draft(shop.sales_two)
    with pytest.raises(errors.NoConflict):
        await resolve(shop, same.id, first.id)
    draft = await shop.draft(shop.sales_two, price="90.00")
    await resolve(shop, draft.id, first.id)
    with pytest.raises(errors.ResolvedAlready):
        await resolve(shop, draft.id, first.id)
    with pytest.raises(errors.QuoteMoveNotAllowed):
        await resolve(shop, first.id, draft.id)


async def test_another_customers_quote_is_none(shop: House) -> None:
    await shop.allow()
    draft = await shop.draft(price="90.00")
    async with shop.brand.work() as work:
        terms = shop.terms(work.now)
        theirs = await draft_quote(work, DraftQuote(customer_id=new_customer(work), **terms))
    for other in (theirs.id, new_id()):
        with pytest.raises(NotFound) as refused:
            await resolve(shop, draft.id, other)
        assert refused.value.field == ("other_quote_id",)


async def test_the_customer_who_saw_both_is_noted(shop: House) -> None:
    first, second = await side_by_side(shop)
    async with shop.work(shop.sales_two) as work:
        seen = await present_quote(work, PresentQuote(quote_id=second.id))
    async with shop.brand.work() as work:
        [conflict] = await work.rows(QuoteConflict)
    assert (conflict.other_quote_id, conflict.seen_at) == (first.id, seen.presented_at)
    assert await shop.told("quote_conflict") == ["quote_conflict.resolved", "quote_conflict.seen"]


async def test_one_alone_is_not_both(shop: House) -> None:
    await shop.allow()
    first, draft = await shop.issued(), await shop.draft(shop.sales_two, price="90.00")
    await resolve(shop, draft.id, first.id)
    await shop.issue(draft, shop.sales_two)
    async with shop.work(shop.sales_two) as work:
        await present_quote(work, PresentQuote(quote_id=draft.id))
    async with shop.brand.work() as work:
        [conflict] = await work.rows(QuoteConflict)
    assert conflict.seen_at is None
    async with shop.work() as work:
        await present_quote(work, PresentQuote(quote_id=first.id))
    assert await shop.told("quote_conflict") == ["quote_conflict.resolved", "quote_conflict.seen"]


@pytest.mark.parametrize(("resolution", "passes"), [(INFORMED, False), (APART, True)])
async def test_both_are_accepted_only_if_they_are_for_different_things(
    shop: House, resolution: ConflictResolution, passes: bool
) -> None:
    first, second = await side_by_side(shop, resolution)
    async with shop.work() as work:
        await accept_quote(work, AcceptQuote(quote_id=first.id))
    async with shop.work(shop.sales_two) as work:
        await present_quote(work, PresentQuote(quote_id=second.id))
    async with shop.work(shop.sales_two) as work:
        if passes:
            assert (await accept_quote(work, AcceptQuote(quote_id=second.id))).status == "ACCEPTED"
        else:
            with pytest.raises(errors.QuotesContradict) as refused:
                await accept_quote(work, AcceptQuote(quote_id=second.id))
            assert [(one.quote_id, one.status) for one in refused.value.quotes] == [(first.id, "ACCEPTED")]


async def test_the_policy_has_versions(shop: House) -> None:
    assert await policy(shop, ALLOW, expected=0) == 1
    assert await policy(shop, ALLOW) == 1
    assert await shop.told("quote_policy") == ["quote_policy.set"], "saying what holds already changes nothing"
    assert await policy(shop, BLOCK, expected=1) == 2
    with pytest.raises(Conflict) as refused:
        await policy(shop, ALLOW, expected=1)
    assert refused.value.facts["version"] == 2


async def test_a_policy_never_set_has_version_0(shop: House) -> None:
    with pytest.raises(Conflict) as refused:
        await policy(shop, ALLOW, expected=3)
    assert (refused.value.facts["version"], await shop.brand.count("quote_policies")) == (0, 0)


async def test_policies_set_at_once_are_one(shop: House) -> None:
    async def set_one(on_conflict: ConflictPolicy) -> int | str:
        try:
            return await policy(shop, on_conflict, expected=0)
        except DomainError:
            return "refused"

    answers = await asyncio.gather(*(set_one(one) for one in (ALLOW, BLOCK, ALLOW, BLOCK)))
    assert sorted(map(str, answers)) == ["1", "refused", "refused", "refused"]
    assert await shop.brand.count("quote_policies") == 1
