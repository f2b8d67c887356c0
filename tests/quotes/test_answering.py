"""The customer sees a quote and answers; acceptance freezes it; what is left unanswered runs out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from server.customers.case_terms import LossReason
from server.db.work import Work
from server.quotes import errors
from server.quotes.commands import (
    AcceptQuote,
    DeclineQuote,
    DraftQuote,
    IssueQuote,
    PresentQuote,
    ReviseQuote,
    WithdrawQuote,
)
from server.quotes.proceeding import EXPIRY
from server.quotes.service.answering import accept_quote, decline_quote, expire_quote, present_quote, withdraw_quote
from server.quotes.service.drafting import draft_quote, revise_quote
from server.quotes.service.issuing import issue_quote
from server.quotes.tables import Quote
from server.touchpoints.media import Medium
from tests.quotes.people import DAY, House


async def clocks(shop: House, dsn: str) -> list[Any]:
    """What the platform will look at again: (quote, when)."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT subject_id, due_at FROM platform.clocks WHERE tenant_id = $1 AND kind = $2 ORDER BY due_at",
            shop.brand.tenant_id,
            EXPIRY,
        )
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def past(work: Work, shop: House, *, valid_days: int = 30) -> Quote:
    """Written and issued forty days ago, valid for so many days from then."""
    at = work.now - 40 * DAY
    terms = shop.terms(at, days=valid_days, occurred_at=at)
    quote = await draft_quote(work, DraftQuote(customer_id=shop.customer, **terms))
    return await issue_quote(work, IssueQuote(quote_id=quote.id, occurred_at=at + DAY))


async def test_the_moment_the_customer_sees_it_is_kept(shop: House) -> None:
    async with shop.work() as work:
        quote = await past(work, shop, valid_days=100)
        seen = work.now - DAY
        quote = await present_quote(work, PresentQuote(quote_id=quote.id, medium=Medium.IN_PERSON, occurred_at=seen))
    assert (quote.status, quote.presented_at, quote.medium) == ("PRESENTED", seen, "IN_PERSON")


async def test_only_what_was_presented_is_answered(shop: House) -> None:
    quote = await shop.issued()
    async with shop.work() as work:
        with pytest.raises(errors.QuoteMoveNotAllowed):
            await accept_quote(work, AcceptQuote(quote_id=quote.id))
        with pytest.raises(errors.QuoteMoveNotAllowed):
            await decline_quote(work, DeclineQuote(quote_id=quote.id))


async def test_a_declined_quote_says_why_and_can_be_revised(shop: House) -> None:
    quote = await shop.presented()
    async with shop.work() as work:
        declined = await decline_quote(
            work, DeclineQuote(quote_id=quote.id, reason=LossReason.PRICE, words="隔壁便宜两千")
        )
        revision = await revise_quote(work, ReviseQuote(quote_id=quote.id, **shop.terms(work.now, price="90.00")))
    assert (declined.status, declined.declined_because, declined.words) == ("DECLINED", "PRICE", "隔壁便宜两千")
    await shop.issue(revision)
    assert (await shop.quote(quote.id)).status == "DECLINED", "what the customer answered stays"


async def test_acceptance_freezes_the_quote(shop: House) -> None:
    quote = await shop.accepted()
    assert (quote.status, quote.version) == ("ACCEPTED", 4)
    commands: list[Any] = [
        (present_quote, PresentQuote(quote_id=quote.id)),
        (decline_quote, DeclineQuote(quote_id=quote.id)),
        (withdraw_quote, WithdrawQuote(quote_id=quote.id)),
        (issue_quote, IssueQuote(quote_id=quote.id)),
    ]
    for act, command in commands:
        async with shop.work() as work:
            with pytest.raises(errors.QuoteMoveNotAllowed):
                await act(work, command)
    async with shop.work() as work:
        with pytest.raises(errors.QuoteMoveNotAllowed):
            await revise_quote(work, ReviseQuote(quote_id=quote.id, **shop.terms(work.now)))
    for statement in ("UPDATE quotes SET status = 'EXPIRED'", "UPDATE quotes SET words = 'x'", "DELETE FROM quotes"):
        async with shop.brand.work() as work:
            with pytest.raises(asyncpg.RestrictViolationError):
                async with work.savepoint():
                    await work.raw.execute(statement)
    assert await shop.quote(quote.id) == quote


async def test_a_revision_of_what_was_accepted_meanwhile_is_not_issued(shop: House) -> None:
    quote = await shop.presented()
    async with shop.work() as work:
        revision = await revise_quote(work, ReviseQuote(quote_id=quote.id, **shop.terms(work.now, price="90.00")))
        await accept_quote(work, AcceptQuote(quote_id=quote.id))
    with pytest.raises(errors.RevisesAccepted):
        await shop.issue(revision)


async def test_accepting_again_answers_the_accepted_quote(shop: House) -> None:
    quote = await shop.accepted()
    before = await shop.brand.events()
    async with shop.work() as work:
        again = await accept_quote(work, AcceptQuote(quote_id=quote.id))
    assert again == quote
    assert await shop.brand.events() == before


async def test_an_answer_comes_while_the_quote_is_valid(shop: House) -> None:
    async with shop.work() as work:
        quote = await past(work, shop)
        await present_quote(work, PresentQuote(quote_id=quote.id, occurred_at=work.now - 30 * DAY))
        with pytest.raises(errors.QuoteOutOfDate):
            await accept_quote(work, AcceptQuote(quote_id=quote.id))
        at = quote.valid_until - timedelta(seconds=1)
        accepted = await accept_quote(work, AcceptQuote(quote_id=quote.id, occurred_at=at))
    assert (accepted.status, accepted.answered_at) == ("ACCEPTED", at), "told late, but answered in time"


async def test_taking_back_is_for_whoever_made_it(shop: House) -> None:
    quote = await shop.presented()
    with pytest.raises(errors.NotYourQuote):
        async with shop.work(shop.sales_two) as work:
            await withdraw_quote(work, WithdrawQuote(quote_id=quote.id))
    async with shop.brand.work() as work:
        withdrawn = await withdraw_quote(work, WithdrawQuote(quote_id=quote.id, words="重量后面积有误"))
    assert (withdrawn.status, withdrawn.words, withdrawn.ended_at is None) == ("WITHDRAWN", "重量后面积有误", False)


async def test_a_clock_runs_while_an_answer_is_awaited(shop: House, superuser: str) -> None:
    quote = await shop.issued()
    assert await clocks(shop, superuser) == [(quote.id, quote.valid_until)]
    async with shop.work() as work:
        await present_quote(work, PresentQuote(quote_id=quote.id))
    assert await clocks(shop, superuser) == [(quote.id, quote.valid_until)]
    async with shop.work() as work:
        await accept_quote(work, AcceptQuote(quote_id=quote.id))
    assert await clocks(shop, superuser) == []


async def test_a_revision_has_the_clock_of_its_own(shop: House, superuser: str) -> None:
    quote = await shop.issued()
    async with shop.work() as work:
        revision = await revise_quote(work, ReviseQuote(quote_id=quote.id, **shop.terms(work.now, days=9)))
    await shop.issue(revision)
    assert await clocks(shop, superuser) == [(revision.id, revision.valid_until)]


async def test_what_nobody_answered_runs_out(shop: House) -> None:
    async with shop.work() as work:
        quote = await past(work, shop)
    valid = await shop.issued(shop.sales_two, item=shop.kitchen)
    async with shop.brand.work() as work:
        for id in (quote.id, valid.id, quote.id):
            await expire_quote(work, id)
    expired = await shop.quote(quote.id)
    assert (expired.status, expired.ended_at) == ("EXPIRED", expired.valid_until)
    assert (await shop.quote(valid.id)).status == "ISSUED"
    assert (await shop.told()).count("quote.expired") == 1


async def test_an_answered_quote_does_not_run_out(shop: House) -> None:
    async with shop.work() as work:
        quote = await past(work, shop)
        at = work.now - 35 * DAY
        await present_quote(work, PresentQuote(quote_id=quote.id, occurred_at=at))
        await accept_quote(work, AcceptQuote(quote_id=quote.id, occurred_at=at))
        await expire_quote(work, quote.id)
    assert (await shop.quote(quote.id)).status == "ACCEPTED"
