"""Taking back what was posted in error: once, with a ground, and never a breach that is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from server.errors import DomainError, Invalid
from server.ids import new_id
from server.trust.commands import ReverseTrustEntry
from server.trust.entries import Cause, enter, post
from server.trust.entry_terms import CauseType, ReversalGround
from server.trust.errors import BreachStands, NotReversible, ReversalStands, ReversedAlready
from server.trust.reasons import TrustReason
from server.trust.reversing import reverse_trust_entry
from server.trust.stories import differences_of
from server.trust.tables import TrustEntry
from tests.factories.brands import Brand
from tests.trust.people import by_hand, customer_of
from tests.trust.test_accounts import account_of, entries_of

MakeBrand = Callable[..., Awaitable[Brand]]


def wrong(
    entry_id: UUID, ground: ReversalGround = ReversalGround.DID_NOT_HAPPEN, evidence: str | None = "照片"
) -> ReverseTrustEntry:
    return ReverseTrustEntry(entry_id=entry_id, ground=ground, reason="登记错误", evidence=evidence)


async def posted(brand: Brand, customer: UUID, reason: TrustReason) -> TrustEntry:
    async with brand.work() as work:
        entry = await post(work, customer, reason, Cause(CauseType.PROMISE, new_id()))
    assert entry is not None
    return entry


async def test_a_withdrawal_taken_back_leaves_neither_points_nor_crease(brand: MakeBrand) -> None:
    """Raised to its ceiling first, so that the crease cuts: what was cut comes back too."""
    here = await brand()
    customer = await customer_of(here)
    async with here.work() as work:
        work_now = work.now
        for _ in range(30):
            await enter(work, customer, by_hand(30))
            work.now = work.now.replace(year=work.now.year + 1)
        work.now = work_now
    broken = await posted(here, customer, TrustReason.PROMISE_BROKEN)
    async with here.work() as work:
        account = await account_of(work, customer)
        assert (account.balance, account.ceiling, account.creases) == (940_00, 940_00, 1)
        back = await reverse_trust_entry(work, wrong(broken.id))
        assert (back.claimed, back.amount, back.reverses_entry_id) == (60_00, 60_00, broken.id)
    async with here.work() as work:
        account = await account_of(work, customer)
        assert (account.balance, account.ceiling, account.creases) == (1000_00, 1000_00, 0)
        assert await differences_of(work, [account.id]) == [[]]


async def test_the_other_creases_remain(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    first = await posted(here, customer, TrustReason.PROMISE_BROKEN)
    await posted(here, customer, TrustReason.QUOTE_CONFLICT_SEEN)
    async with here.work() as work:
        assert (await account_of(work, customer)).ceiling == 864_80
        await reverse_trust_entry(work, wrong(first.id))
        account = await account_of(work, customer)
    assert (account.balance, account.ceiling, account.creases) == (60_00, 920_00, 1)


async def test_a_deposit_taken_back_makes_room_on_its_day(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    async with here.work() as work:
        entries = [await enter(work, customer, by_hand(30)) for _ in range(3)]
        assert [entry.amount for entry in entries if entry is not None] == [30_00, 30_00, 0]
        assert entries[0] is not None
        await reverse_trust_entry(work, wrong(entries[0].id, ReversalGround.RECORDED_TWICE, None))
        again = await enter(work, customer, by_hand(20))
        account = await account_of(work, customer)
        assert again is not None
        assert (again.amount, account.balance, account.deposited) == (20_00, 150_00, 50_00)
        assert await differences_of(work, [account.id]) == [[]]


@pytest.mark.parametrize(
    ("reason", "ground", "evidence", "refusal"),
    [
        (TrustReason.QUOTE_CONFLICT_SEEN, ReversalGround.DID_NOT_HAPPEN, "照片", BreachStands),
        (TrustReason.FEEDBACK_LATE, ReversalGround.RECORDED_TWICE, "照片", BreachStands),
        (TrustReason.PROMISE_BROKEN, ReversalGround.DID_NOT_HAPPEN, None, Invalid),
        (None, ReversalGround.DID_NOT_HAPPEN, "照片", NotReversible),
    ],
)
async def test_what_is_not_taken_back(
    brand: MakeBrand,
    reason: TrustReason | None,
    ground: ReversalGround,
    evidence: str | None,
    refusal: type[DomainError],
) -> None:
    here = await brand()
    customer = await customer_of(here)
    entry = await posted(here, customer, reason or TrustReason.PROMISE_KEPT)
    async with here.work() as work:
        [opening, _] = await entries_of(work, customer)
    before = await here.events()
    with pytest.raises(refusal):
        async with here.work() as work:
            await reverse_trust_entry(work, wrong(opening.id if reason is None else entry.id, ground, evidence))
    assert (await here.events(), await here.count("trust_entries")) == (before, 2)


async def test_a_measured_breach_of_another_customer_is_taken_back(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    entry = await posted(here, customer, TrustReason.QUOTE_CONFLICT_SEEN)
    async with here.work() as work:
        await reverse_trust_entry(work, wrong(entry.id, ReversalGround.WRONG_CUSTOMER))
        account = await account_of(work, customer)
    assert (account.balance, account.ceiling, account.creases) == (100_00, 1000_00, 0)


async def test_of_two_reversals_at_once_one_holds_and_it_is_final(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    entry = await posted(here, customer, TrustReason.PROMISE_BROKEN)

    async def reverse() -> bool:
        try:
            async with here.work() as work:
                await reverse_trust_entry(work, wrong(entry.id))
        except ReversedAlready:
            return False
        return True

    assert sorted(await asyncio.gather(*(reverse() for _ in range(3)))) == [False, False, True]
    async with here.work() as work:
        account, entries = await account_of(work, customer), await entries_of(work, customer)
    assert (account.balance, account.last_seq) == (100_00, 3)
    with pytest.raises(ReversalStands):
        async with here.work() as work:
            await reverse_trust_entry(work, wrong(entries[-1].id))
