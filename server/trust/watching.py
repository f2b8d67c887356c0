"""Keeping up who is near leaving: judged with every entry, and again when only time has passed.

An ordinary posting costs nothing here: only withdrawals, and accounts whose ceiling is low already, are looked into.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from server.db.clocks import set_clock
from server.db.work import Work
from server.trust import accounts, queries, runs
from server.trust.accounts import Hand
from server.trust.events import TrustLeavingChanged
from server.trust.leaving import LeavingSign, Step, judge
from server.trust.policy import TrustPolicy
from server.trust.runs import RunKind
from server.trust.tables import TrustAccount, TrustRun

CLOCK = "trust.leaving"
"""The clock of an account whose judgement can change by the passing of time. Its subject is the account."""


async def watched(work: Work, account: TrustAccount, policy: TrustPolicy, *, withdrew: bool) -> dict[str, Any]:
    """What changes of the account by a judgement as it stands now; told in an event where that is something.

    The account is held, and its values are those after the posting. `withdrew`: whether the posting was, or undid, a
    withdrawal.
    """
    signs = {LeavingSign(sign) for sign in account.leaving_signs}
    withdrawals, steps = [], list[Step]()
    if withdrew or LeavingSign.WITHDRAWALS in signs:
        since = work.now - timedelta(days=policy.leaving_withdrawal_days)
        withdrawals = await queries.withdrawals_of(work, account.id, since, policy.leaving_withdrawals)
    if account.ceiling < policy.leaving_ceiling_below:
        since = work.now - timedelta(days=policy.leaving_falling_days)
        steps = await queries.steps_of(work, account.id, since)
    judged = judge(account.balance, account.ceiling, policy, work.now, withdrawals=withdrawals, steps=steps)
    if judged.look_again_at is not None:
        await set_clock(work, CLOCK, account.id, judged.look_again_at)
    if set(judged.signs) == signs:
        return {}
    since_when = (account.leaving_since or work.now) if judged.signs else None
    work.emit(
        TrustLeavingChanged(
            account_id=account.id,
            customer_id=account.customer_id,
            near_leaving=bool(judged.signs),
            leaving_since=since_when,
            low_balance=LeavingSign.LOW_BALANCE in judged.signs,
            withdrawals=LeavingSign.WITHDRAWALS in judged.signs,
            falling=LeavingSign.FALLING in judged.signs,
        )
    )
    return {
        "near_leaving": bool(judged.signs),
        "leaving_since": since_when,
        "leaving_signs": [sign.value for sign in judged.signs],
    }


async def look_again(work: Work, account_id: UUID) -> None:
    """The clock of an account has run out: judge it as it stands now."""
    hand = await accounts.in_hand_by_id(work, account_id)
    if hand is not None:
        await _judge(work, hand)


async def judge_everyone_anew(work: Work, policy: TrustPolicy) -> None:
    """Begin to go through all accounts: the marks have moved."""
    await runs.begin(work, RunKind.JUDGEMENT, str(policy.version))


async def judge_next(work: Work, run: TrustRun, at_once: int) -> tuple[UUID | None, int, int]:
    """One step of going through all accounts: to which customer it came, how many it looked at, how many changed."""
    held = await queries.held_after(work, run.done_to, at_once)
    changed = 0
    for one in held:
        changed += await _judge(work, accounts.hand(work, one))
    return (held[-1].account.customer_id if held else None), len(held), changed


def judges_differently(before: TrustPolicy, after: TrustPolicy) -> bool:
    """Whether the marks by which customers are near leaving have moved."""
    marks = (
        "leaving_balance_below",
        "leaving_withdrawals",
        "leaving_withdrawal_days",
        "leaving_ceiling_below",
        "leaving_falling_days",
    )
    return any(getattr(before, mark) != getattr(after, mark) for mark in marks)


async def _judge(work: Work, hand: Hand) -> bool:
    changes = await watched(work, hand.account, hand.policy, withdrew=True)
    if changes:
        await work.change(hand.account, **changes)
    return bool(changes)
