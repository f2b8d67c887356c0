"""What every act calls that earns or costs trust: a reason and its cause, by the rules, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from server.ids import new_id
from server.trust.entries import Cause, post, post_all
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from tests.factories.brands import Brand
from tests.trust.people import customer_of, new_customer
from tests.trust.test_accounts import entries_of, trust_events

MakeBrand = Callable[..., Awaitable[Brand]]


async def test_the_points_are_the_rules(brand: MakeBrand) -> None:
    here = await brand()
    promise, long_ago = new_id(), datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    async with here.work() as work:
        customer = new_customer(work)
        cause = Cause(CauseType.PROMISE, promise, occurred_at=long_ago)
        entry = await post(work, customer, TrustReason.PROMISE_BROKEN, cause)
    assert entry is not None
    assert (entry.reason, entry.claimed, entry.amount) == ("PROMISE_BROKEN", -30_00, -30_00)
    assert (entry.cause_type, entry.cause_id, entry.cause_key) == ("Promise", promise, str(promise))
    assert entry.occurred_at == long_ago
    told = (await trust_events(here))[-1]
    assert (told["reason"], told["promise_id"], told["handoff_id"]) == ("PROMISE_BROKEN", str(promise), None)


async def test_a_cause_posts_once_by_its_row_or_its_key(brand: MakeBrand) -> None:
    here = await brand()
    feedback = new_id()
    first, again = (Cause(CauseType.FEEDBACK, feedback, key=str(new_id())) for _ in range(2))
    row = Cause(CauseType.FEEDBACK, feedback)
    async with here.work() as work:
        customer = new_customer(work)
        answered = [
            await post(work, customer, TrustReason.FEEDBACK_ANSWERED_IN_TIME, cause)
            for cause in (first, first, again, row, row)
        ]
    assert [entry is not None for entry in answered] == [True, False, True, True, False]


async def test_what_the_rule_does_not_price_is_not_posted(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    for reason in (TrustReason.MANUAL_DEPOSIT, TrustReason.INTEREST, TrustReason.REVERSAL):
        with pytest.raises(ValueError, match=f"The points of {reason.value} are not the rule's to say"):
            async with here.work() as work:
                await post(work, customer, reason, Cause(CauseType.PROMISE, new_id()))
    assert await here.count("trust_accounts") == 0


async def test_two_acts_that_post_to_the_same_customers_do_not_stand_in_each_others_way(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customers = [new_customer(work) for _ in range(4)]
    improvements = [new_id() for _ in range(3)]

    async def ship(number: int) -> int:
        causes = [Cause(CauseType.IMPROVEMENT, improvements[number % 3])] * 4
        asked = customers if number % 2 else list(reversed(customers))
        async with here.work() as work:
            postings = [(one, TrustReason.IMPROVEMENT_SHIPPED, cause) for one, cause in zip(asked, causes, strict=True)]
            return len(await post_all(work, postings))

    assert sorted(await asyncio.gather(*(ship(number) for number in range(6)))) == [0, 0, 0, 4, 4, 4]
    async with here.work() as work:
        for customer in customers:
            assert [entry.seq for entry in await entries_of(work, customer)] == [1, 2, 3, 4]
