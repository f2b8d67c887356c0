"""Who is near leaving. Pure: no database, no clock.

| by           | when                                                                        |
|--------------|-----------------------------------------------------------------------------|
| LOW_BALANCE  | the balance is below the policy's mark                                      |
| WITHDRAWALS  | so many withdrawals within so many days, reversed ones apart                |
| FALLING      | the ceiling is below the policy's mark, and the balance lower than so many days ago |

The last two can change while nothing is posted, only because time passes: a judgement says when to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.terms import Term
from server.trust.policy import TrustPolicy


class LeavingSign(Term):
    """What speaks for a customer being near leaving."""

    LOW_BALANCE = "LOW_BALANCE", "The balance is low", "余额偏低"
    WITHDRAWALS = "WITHDRAWALS", "Several withdrawals in a short time", "短期内多次支取"
    FALLING = "FALLING", "A creased account that keeps falling", "折痕累累且余额下降"


@dataclass(frozen=True, slots=True)
class Step:
    """What the balance was from a time on."""

    at: datetime
    balance: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """The signs there are now, and when they can next change by the passing of time alone; None for never."""

    signs: tuple[LeavingSign, ...]
    look_again_at: datetime | None


def judge(
    balance: int,
    ceiling: int,
    policy: TrustPolicy,
    now: datetime,
    *,
    withdrawals: Sequence[datetime] = (),
    steps: Sequence[Step] = (),
) -> Judgement:
    """`withdrawals`: when they were recorded, the newest first. `steps`: the balance over the time looked back on, oldest
    first, beginning with the step that held at its start (or with the account's first); needed only where the ceiling is
    below the policy's mark."""
    signs, again = [], []
    if balance < policy.leaving_balance_below:
        signs.append(LeavingSign.LOW_BALANCE)
    within = timedelta(days=policy.leaving_withdrawal_days)
    recent = [at for at in withdrawals if at + within > now]
    if len(recent) >= policy.leaving_withdrawals:
        signs.append(LeavingSign.WITHDRAWALS)
        again.append(recent[policy.leaving_withdrawals - 1] + within)
    if ceiling < policy.leaving_ceiling_below and steps:
        over = timedelta(days=policy.leaving_falling_days)
        before, *later = _from(steps, now - over)
        falling = before.balance > balance
        if falling:
            signs.append(LeavingSign.FALLING)
        turn = next((step.at + over for step in later if (step.balance > balance) is not falling), None)
        if turn is not None:
            again.append(turn)
    return Judgement(tuple(signs), min(again, default=None))


def _from(steps: Sequence[Step], start: datetime) -> list[Step]:
    """The step that held at `start`, else the first one, and what came after. Of several at one time the last counts."""
    by_time = list({step.at: step for step in steps}.values())
    begun = max((place for place, step in enumerate(by_time) if step.at <= start), default=0)
    return by_time[begun:]
