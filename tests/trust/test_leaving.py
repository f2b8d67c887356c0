"""Who is near leaving: by the rule, kept up with every posting, and again when only time has passed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from server.ids import new_id
from server.trust import stepping, watching
from server.trust.accounts import open_account
from server.trust.commands import SetTrustPolicy
from server.trust.entries import Cause, enter, post
from server.trust.entry_terms import CauseType
from server.trust.leaving import LeavingSign, Step, judge
from server.trust.policy import DEFAULT_TRUST_POLICY
from server.trust.reasons import TrustReason
from server.trust.setting import set_trust_policy
from server.trust.tables import TrustRun
from tests.factories.brands import Brand
from tests.trust.people import by_hand, new_customer
from tests.trust.test_accounts import account_of, trust_events

MakeBrand = Callable[..., Awaitable[Brand]]
NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_low_balance() -> None:
    assert judge(49_99, 1000_00, DEFAULT_TRUST_POLICY, NOW).signs == (LeavingSign.LOW_BALANCE,)
    assert judge(50_00, 1000_00, DEFAULT_TRUST_POLICY, NOW).signs == ()


def test_two_withdrawals_in_thirty_days_and_no_longer() -> None:
    times = [NOW - 3 * DAY, NOW - 29 * DAY, NOW - 31 * DAY]
    judged = judge(80_00, 900_00, DEFAULT_TRUST_POLICY, NOW, withdrawals=times)
    assert (judged.signs, judged.look_again_at) == ((LeavingSign.WITHDRAWALS,), NOW + DAY)
    assert judge(80_00, 900_00, DEFAULT_TRUST_POLICY, NOW + DAY, withdrawals=times).signs == ()


def test_a_low_ceiling_and_a_balance_lower_than_ninety_days_ago() -> None:
    steps = [Step(NOW - 100 * DAY, 80_00), Step(NOW - 40 * DAY, 200_00), Step(NOW - 10 * DAY, 90_00)]
    judged = judge(90_00, 599_99, DEFAULT_TRUST_POLICY, NOW, steps=steps)
    assert (judged.signs, judged.look_again_at) == ((), NOW + 50 * DAY)  # then the 200 are what it is compared with
    judged = judge(90_00, 599_99, DEFAULT_TRUST_POLICY, NOW + 50 * DAY, steps=steps)
    assert (judged.signs, judged.look_again_at) == ((LeavingSign.FALLING,), NOW + 80 * DAY)
    assert judge(90_00, 600_00, DEFAULT_TRUST_POLICY, NOW + 50 * DAY, steps=steps).signs == ()


async def test_it_is_kept_up_with_every_posting_and_by_the_clock(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        await open_account(work, customer)
        began = work.now
        await post(work, customer, TrustReason.PROMISE_LATE, Cause(CauseType.PROMISE, new_id()))
        assert not (await account_of(work, customer)).near_leaving
        work.now = began + DAY
        await post(work, customer, TrustReason.BAD_RATING, Cause(CauseType.FEEDBACK, new_id()))
        account = await account_of(work, customer)
    assert (account.near_leaving, account.leaving_since, account.leaving_signs) == (True, began + DAY, ["WITHDRAWALS"])
    async with here.work() as work:
        work.now = began + 30 * DAY
        await watching.look_again(work, account.id)
        account = await account_of(work, customer)
    assert (account.near_leaving, account.leaving_since, account.leaving_signs) == (False, None, [])
    told = [body for body in await trust_events(here) if body["type"] == "trust.leaving_changed"]
    assert [(body["near_leaving"], body["withdrawals"]) for body in told] == [(True, True), (False, False)]


async def test_other_marks_judge_everybody_anew(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        rich, poor = new_customer(work), new_customer(work)
        await enter(work, rich, by_hand(30))
        await open_account(work, poor)
        await set_trust_policy(work, SetTrustPolicy(leaving_balance_below=120_00))
    async with here.work() as work:
        [run] = await work.rows(TrustRun)
        assert (run.kind, run.key) == ("JUDGEMENT", "1")
        while await stepping.take_step(work, run.id) is not None:
            pass
        assert [(await account_of(work, one)).near_leaving for one in (rich, poor)] == [False, True]
        [run] = await work.rows(TrustRun)
        assert (run.accounts, run.posted) == (2, 1)
