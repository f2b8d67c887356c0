"""The worked example of the trade's lists, figure by figure; and histories at random, which always add up."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from server.db.work import Work
from server.ids import new_id
from server.trust import runs, stepping
from server.trust.accounts import open_account
from server.trust.adjusting import adjust_trust
from server.trust.commands import AdjustTrust, ReverseTrustEntry, SetTrustPolicy
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType, ReversalGround
from server.trust.errors import BreachStands, NotReversible, ReversalStands, ReversedAlready
from server.trust.reasons import TrustReason
from server.trust.reversing import reverse_trust_entry
from server.trust.runs import RunKind
from server.trust.setting import set_trust_policy
from server.trust.stories import differences_of
from tests.factories.brands import Brand
from tests.trust.people import new_customer
from tests.trust.test_accounts import account_of, entries_of

MakeBrand = Callable[..., Awaitable[Brand]]
FIRST = datetime(2026, 1, 15, 4, tzinfo=UTC)


async def interest_of(brand: Brand, month: str, at: datetime) -> int:
    """Post the month's interest as the worker does; how many accounts it was posted to."""
    async with brand.work() as work:
        work.now = at
        run = await runs.begin(work, RunKind.INTEREST, month)
        if run is None:
            return 0
    while True:
        async with brand.work() as work:
            work.now = at
            if await stepping.take_step(work, run.id) is None:
                break
    async with brand.work() as work:
        return (await work.require(type(run), run.id)).posted


async def test_the_worked_example(brand: MakeBrand) -> None:
    here = await brand()
    reached: list[tuple[int, int]] = []

    async def then(at: datetime, reason: TrustReason) -> None:
        async with here.work() as work:
            work.now = at
            await post(work, customer, reason, Cause(CauseType.PROMISE, new_id()))

    async def note() -> None:
        async with here.work() as work:
            account = await account_of(work, customer)
        reached.append((account.balance, account.ceiling))

    async with here.work() as work:
        work.now = FIRST
        customer = new_customer(work)
        await open_account(work, customer)
    await note()
    for day, reason in ((1, TrustReason.PROMISE_KEPT), (2, TrustReason.WOW_MOMENT)):
        await then(FIRST + timedelta(days=day), reason)
        await note()
    early = datetime(2026, 2, 1, 1, tzinfo=UTC)
    assert await interest_of(here, "2026-01", early) == 0  # the first month was none in full
    assert await interest_of(here, "2026-02", datetime(2026, 3, 1, 1, tzinfo=UTC)) == 1
    await note()
    march = datetime(2026, 3, 10, tzinfo=UTC)
    for hour, reason in enumerate(
        (
            TrustReason.QUOTE_CONFLICT_SEEN,
            TrustReason.DISCOUNT_GIVEN,
            TrustReason.FEEDBACK_LATE,
            TrustReason.FEEDBACK_ANSWERED_IN_TIME,
        )
    ):
        await then(march + timedelta(hours=hour), reason)
        await note()
    assert reached == [
        (100_00, 1000_00),
        (110_00, 1000_00),
        (125_00, 1000_00),
        (126_25, 1000_00),
        (86_25, 920_00),
        (86_25, 920_00),
        (71_25, 892_40),
        (79_25, 892_40),
    ]
    assert await interest_of(here, "2026-03", datetime(2026, 4, 1, 1, tzinfo=UTC)) == 0  # it saw withdrawals
    assert await interest_of(here, "2026-02", datetime(2026, 4, 1, 1, tzinfo=UTC)) == 0  # a month is posted once
    async with here.work() as work:
        account, entries = await account_of(work, customer), await entries_of(work, customer)
        assert await differences_of(work, [account.id]) == [[]]
    assert [(entry.reason, entry.cause_key) for entry in entries if entry.reason == "INTEREST"] == [
        ("INTEREST", "2026-02")
    ]
    assert (account.creases, sum(entry.amount for entry in entries)) == (2, account.balance)


async def one_act(work: Work, customer: UUID, dice: random.Random) -> None:
    """Anything that may move an account."""
    match dice.randrange(6):
        case 0:
            points = dice.randint(1, 30)
            await adjust_trust(work, AdjustTrust(customer_id=customer, deposit=points, reason="r"))
        case 1:
            severity = dice.choice((None, 0, 2_500, 10_000))
            points = dice.randint(1, 50)
            command = AdjustTrust(customer_id=customer, withdrawal=points, severity_bp=severity, reason="r")
            await adjust_trust(work, command)
        case 2:
            entries = await entries_of(work, customer)
            wrong = dice.choice(entries)
            ground = dice.choice(list(ReversalGround))
            back = ReverseTrustEntry(entry_id=wrong.id, ground=ground, reason="r", evidence="e")
            try:
                await reverse_trust_entry(work, back)
            except (BreachStands, NotReversible, ReversalStands, ReversedAlready):
                return
        case _:
            fixed = [reason for reason in TrustReason if reason.rule.amount is not None]
            await post(work, customer, dice.choice(fixed), Cause(CauseType.PROMISE, new_id()))


async def test_any_history_adds_up_and_is_replayed_as_it_was(brand: MakeBrand) -> None:
    """Six accounts, two hundred acts over a year, under policies that change meanwhile, with interest every month."""
    here, dice = await brand(), random.Random(12)
    async with here.work() as work:
        work.now = FIRST
        customers = [new_customer(work) for _ in range(6)]
        for customer in customers:
            await open_account(work, customer)
    for month in range(1, 12):
        async with here.work() as work:
            for act in range(18):
                work.now = FIRST + timedelta(days=30 * month + act)
                await one_act(work, dice.choice(customers), dice)
            if month in (3, 7):
                ceiling = dice.choice((150_00, 400_00))
                command = SetTrustPolicy(
                    crease_rate_bp=dice.randint(500, 5_000), minimum_ceiling=ceiling, daily_deposit_cap=45_00
                )
                await set_trust_policy(work, command)
        now = FIRST + timedelta(days=30 * month + 20)
        await interest_of(here, f"{now - timedelta(days=now.day):%Y-%m}", now)
    async with here.work() as work:
        accounts = [await account_of(work, customer) for customer in customers]
        for account in accounts:
            entries = await entries_of(work, account.customer_id)
            assert account.balance == sum(entry.amount for entry in entries)
            assert 0 <= account.balance <= account.ceiling
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            for before, entry in pairwise(entries):
                assert entry.balance_after == before.balance_after + entry.amount >= 0
        reasons = {entry.reason for account in accounts for entry in await entries_of(work, account.customer_id)}
        assert {"INTEREST", "REVERSAL", "OPENED", "MANUAL_DEPOSIT", "MANUAL_WITHDRAWAL"} <= reasons
        assert await differences_of(work, [account.id for account in accounts]) == [[]] * 6
