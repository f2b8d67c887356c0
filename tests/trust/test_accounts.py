"""Accounts and their entries in the database: numbered, explained, appended to and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.statements import table_of
from server.db.work import Work
from server.ids import new_id
from server.trust.accounts import open_account
from server.trust.entries import Cause, Posting, enter
from server.trust.entry_terms import CauseType, TrustEntryReason
from server.trust.reasons import TrustReason
from server.trust.tables import TrustAccount, TrustEntry
from tests.factories.brands import Brand
from tests.trust.people import by_hand, customer_of, new_customer

MakeBrand = Callable[..., Awaitable[Brand]]
SHANGHAI = ZoneInfo("Asia/Shanghai")
_accounts, _entries = table_of(TrustAccount).c, table_of(TrustEntry).c


async def account_of(work: Work, customer_id: UUID) -> TrustAccount:
    [account] = await work.rows(TrustAccount, _accounts.customer_id == customer_id)
    return account


async def entries_of(work: Work, customer_id: UUID) -> list[TrustEntry]:
    return await work.rows(TrustEntry, _entries.customer_id == customer_id, order_by=[_entries.seq])


async def trust_events(brand: Brand) -> list[dict[str, Any]]:
    async with brand.work() as work:
        rows = await work.raw.fetch("SELECT type, body FROM events WHERE type LIKE 'trust.%' ORDER BY seq")
    return [{"type": row["type"], **row["body"]} for row in rows]


async def test_an_account_opens_with_its_first_entry(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        opened = await open_account(work, customer)
        now = work.now
    async with here.work() as work:
        account, [entry] = await account_of(work, customer), await entries_of(work, customer)
    assert account == opened
    assert (account.balance, account.ceiling, account.creases, account.last_seq) == (100_00, 1000_00, 0, 1)
    assert (account.opened_at, account.recorded_at) == (now, now)
    assert (entry.account_id, entry.seq, entry.reason) == (account.id, 1, "OPENED")
    assert (entry.claimed, entry.amount, entry.balance_after, entry.ceiling_after) == (100_00, 100_00, 100_00, 1000_00)
    assert (entry.policy_version, entry.limited_by, entry.day) == (0, None, now.astimezone(SHANGHAI).date())
    assert (entry.cause_type, entry.cause_id, entry.cause_key, entry.severity_bp) == (None, None, None, None)
    assert (entry.occurred_at, entry.recorded_at) == (now, now)


async def test_opening_tells_of_the_account_and_then_of_its_first_entry(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        account = await open_account(work, new_customer(work))
        [entry] = await entries_of(work, account.customer_id)
    assert await trust_events(here) == [
        {
            "type": "trust.account_opened",
            "account_id": str(account.id),
            "customer_id": str(account.customer_id),
            "ceiling": 1000_00,
        },
        {
            "type": "trust.entry_posted",
            "entry_id": str(entry.id),
            "account_id": str(account.id),
            "customer_id": str(account.customer_id),
            "seq": 1,
            "reason": "OPENED",
            "claimed": 100_00,
            "amount": 100_00,
            "limited_by": None,
            "balance_after": 100_00,
            "ceiling_after": 1000_00,
            "severity_bp": None,
            "policy_version": 0,
            "day": str(entry.day),
            "ground": None,
            "reverses_entry_id": None,
            "relationship_id": None,
            "touchpoint_id": None,
            "feedback_id": None,
            "wow_moment_id": None,
            "share_id": None,
            "promise_id": None,
            "handoff_id": None,
            "quote_conflict_id": None,
            "order_id": None,
            "reward_id": None,
            "improvement_id": None,
        },
    ]


async def test_opening_again_changes_nothing(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    async with here.work() as work:
        first = await open_account(work, customer)
    events = await here.events()
    async with here.work() as work:
        assert await open_account(work, customer) == first
    assert await here.events() == events
    assert await here.count("trust_entries") == 1


async def test_a_posting_keeps_its_cause(brand: MakeBrand) -> None:
    here = await brand()
    feedback, long_ago = new_id(), datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    async with here.work() as work:
        customer = new_customer(work)
        entry = await enter(
            work,
            customer,
            Posting(
                reason=TrustReason.FEEDBACK_ANSWERED_IN_TIME,
                cause=Cause(CauseType.FEEDBACK, feedback, key=f"{feedback}:1", occurred_at=long_ago),
            ),
        )
    assert entry is not None
    async with here.work() as work:
        account, [_, stored] = await account_of(work, customer), await entries_of(work, customer)
    assert stored == entry
    assert (stored.seq, stored.reason, stored.claimed, stored.amount) == (2, "FEEDBACK_ANSWERED_IN_TIME", 8_00, 8_00)
    assert (stored.cause_type, stored.cause_id, stored.cause_key) == ("Feedback", feedback, f"{feedback}:1")
    assert (stored.occurred_at, account.balance, account.last_seq) == (long_ago, 108_00, 2)
    told = (await trust_events(here))[-1]
    assert (told["entry_id"], told["feedback_id"], told["share_id"]) == (str(entry.id), str(feedback), None)


async def test_a_cause_posts_a_reason_once(brand: MakeBrand) -> None:
    here = await brand()
    late = Posting(reason=TrustReason.FEEDBACK_LATE, key="feedback:1")
    async with here.work() as work:
        one, other = new_customer(work), new_customer(work)
        assert await enter(work, one, late) is not None
        assert await enter(work, one, late) is None
        unanswered = Posting(reason=TrustReason.FEEDBACK_UNANSWERED, key="feedback:1")
        assert await enter(work, one, unanswered) is not None
        assert await enter(work, other, late) is not None
    async with here.work() as work:
        assert [entry.seq for entry in await entries_of(work, one)] == [1, 2, 3]
        assert (await account_of(work, one)).balance == 70_00
        assert (await account_of(work, other)).balance == 85_00
    assert [type for _, type in await here.events() if type == "trust.entry_posted"] == ["trust.entry_posted"] * 5


async def test_without_a_key_a_posting_is_not_recognised_again(brand: MakeBrand) -> None:
    here = await brand()
    five = by_hand(5)
    async with here.work() as work:
        customer = new_customer(work)
        assert await enter(work, customer, five) is not None
        assert await enter(work, customer, five) is not None
        assert (await account_of(work, customer)).balance == 110_00


async def test_a_visible_zero_stands_in_the_account(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        entry = await enter(work, customer, Posting(reason=TrustReason.DISCOUNT_GIVEN))
        assert entry is not None
    assert (entry.seq, entry.claimed, entry.amount, entry.balance_after) == (2, 0, 0, 100_00)


async def test_ten_postings_at_once_are_numbered_without_gap(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)

    async def deposit(points: int) -> None:
        async with here.work() as work:
            await enter(work, customer, by_hand(points))

    await asyncio.gather(*(deposit(points) for points in range(1, 11)))
    assert await here.count("trust_accounts") == 1
    async with here.work() as work:
        account, entries = await account_of(work, customer), await entries_of(work, customer)
    assert [entry.seq for entry in entries] == list(range(1, 12))
    assert sorted(entry.claimed for entry in entries[1:]) == [100 * points for points in range(1, 11)]
    assert (account.balance, account.last_seq) == (155_00, 11)
    balance = 0
    for entry in entries:
        balance += entry.amount
        assert entry.balance_after == balance


async def test_the_same_cause_reported_ten_times_at_once_posts_once(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    posting = Posting(reason=TrustReason.PROMISE_KEPT, key="promise")

    async def report() -> bool:
        async with here.work() as work:
            return await enter(work, customer, posting) is not None

    assert sorted(await asyncio.gather(*(report() for _ in range(10)))) == [False] * 9 + [True]
    async with here.work() as work:
        assert [entry.reason for entry in await entries_of(work, customer)] == ["OPENED", "PROMISE_KEPT"]


async def test_an_act_that_fails_leaves_no_entry(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    async with here.work() as work:
        await open_account(work, customer)
    events = await here.events()

    async def fail() -> None:
        async with here.work() as work:
            await enter(work, customer, Posting(reason=TrustReason.PROMISE_KEPT))
            raise RuntimeError("the act failed")

    with pytest.raises(RuntimeError, match="the act failed"):
        await fail()
    async with here.work() as work:
        assert (await account_of(work, customer)).balance == 100_00
        assert len(await entries_of(work, customer)) == 1
    assert await here.events() == events


@pytest.mark.parametrize("statement", ["UPDATE trust_entries SET amount = 0", "DELETE FROM trust_entries"])
async def test_nobody_edits_the_past(brand: MakeBrand, postgres: EmbeddedPostgres, statement: str) -> None:
    """The application has no right to; and where somebody has every right, a trigger refuses."""
    here = await brand()
    async with here.work() as work:
        account = await open_account(work, new_customer(work))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with here.work() as work:
            await work.raw.execute(statement)
    superuser = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="trust_entries is append-only"):
            await superuser.execute(f"{statement} WHERE tenant_id = $1", here.tenant_id)
    finally:
        await superuser.close()
    async with here.work() as work:
        [entry] = await entries_of(work, account.customer_id)
    assert (entry.reason, entry.amount) == (TrustEntryReason.OPENED.value, 100_00)
