"""How a claim moves an account. Pure: no database, no clock.

Everything is in whole hundredths of a point. The balance stands between 0 and the account's ceiling, always: what a rule
claims beyond a limit is not applied, and the entry keeps both figures and the limit. The opening balance is itself an
entry, so a balance is the sum of its entries' amounts and nothing else.

A withdrawal applies its amount first; then its crease multiplies the ceiling for good. Where that leaves the ceiling below
the balance, a cut follows in the same act.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from server.terms import Term
from server.trust.policy import FLOOR, WHOLE_BP, TrustPolicy


class TrustLimit(Term):
    """What kept a posting from being applied in full."""

    FLOOR = "FLOOR", "The balance cannot fall below 0", "余额已到底"
    CEILING = "CEILING", "The account is at its ceiling", "已达上限"
    DAILY_CAP = "DAILY_CAP", "The day's deposits are used up", "当日存入已满"
    CUSTOMER_CAP = "CUSTOMER_CAP", "This reason counts only so often per customer", "同类存入次数已满"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account stands at. `deposited` is what deposits have added on `day`, the brand's."""

    balance: int
    ceiling: int
    creases: int = 0
    day: date | None = None
    deposited: int = 0

    def __post_init__(self) -> None:
        if not FLOOR <= self.balance <= self.ceiling:
            raise ValueError(f"A balance of {self.balance} is not between {FLOOR} and the ceiling {self.ceiling}.")

    def deposited_on(self, day: date) -> int:
        return self.deposited if self.day == day else 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a claim: the amount that was applied and what limited it, and how the account stands after it.

    `cut` is what the lowered ceiling took besides, as a negative number; `after` is what remains after that.
    """

    amount: int
    after: Standing
    limit: TrustLimit | None = None
    cut: int = 0

    @property
    def balance_before_cut(self) -> int:
        return self.after.balance - self.cut


def deposit(
    standing: Standing, claimed: int, *, day: date, policy: TrustPolicy, times_left: int | None = None
) -> Applied:
    """Apply a deposit or a visible zero: within what the day, the ceiling and the reason's own cap leave.

    `times_left`: how often the reason may still count for this customer; None where it has no such cap.
    """
    if claimed < 0:
        raise ValueError("A deposit takes nothing.")
    so_far = standing.deposited_on(day)
    rooms = {
        TrustLimit.CUSTOMER_CAP: 0 if times_left is not None and times_left <= 0 else claimed,
        TrustLimit.DAILY_CAP: max(policy.daily_deposit_cap - so_far, 0),
        TrustLimit.CEILING: standing.ceiling - standing.balance,
    }
    amount = min(claimed, *rooms.values())
    limit = next((limit for limit, room in rooms.items() if room == amount < claimed), None)
    after = replace(standing, balance=standing.balance + amount, day=day, deposited=so_far + amount)
    return Applied(amount, after, limit)


def accrue(standing: Standing, claimed: int) -> Applied:
    """Apply interest: up to the ceiling, whatever else the day brought."""
    amount = min(claimed, standing.ceiling - standing.balance)
    limit = TrustLimit.CEILING if amount < claimed else None
    return Applied(amount, replace(standing, balance=standing.balance + amount), limit)


def withdraw(standing: Standing, claimed: int, severity_bp: int | None, policy: TrustPolicy) -> Applied:
    """Apply a withdrawal, then its crease, then the cut where the ceiling came to lie below the balance."""
    if claimed > 0:
        raise ValueError("A withdrawal gives nothing.")
    amount = max(claimed, FLOOR - standing.balance)
    limit = TrustLimit.FLOOR if amount > claimed else None
    balance, ceiling = standing.balance + amount, creased(standing.ceiling, severity_bp, policy)
    cut = min(ceiling - balance, 0)
    creases = standing.creases + (1 if severity_bp else 0)
    return Applied(amount, replace(standing, balance=balance + cut, ceiling=ceiling, creases=creases), limit, cut)


def creased(ceiling: int, severity_bp: int | None, policy: TrustPolicy) -> int:
    """The ceiling after a breach of this severity: half-even to the hundredth, never below the policy's minimum, never
    higher than it was."""
    if not severity_bp:
        return ceiling
    whole = WHOLE_BP * WHOLE_BP
    lowered = _half_even(ceiling * (whole - policy.crease_rate_bp * severity_bp), whole)
    return min(ceiling, max(lowered, policy.minimum_ceiling))


def interest(lowest: int, policy: TrustPolicy) -> int:
    """What a month earns whose lowest balance was this: rounded down."""
    return max(lowest, 0) * policy.interest_rate_bp // WHOLE_BP


def take_back(standing: Standing, taken: int, ceiling: int, *, was_crease: bool, deposited_today: int = 0) -> Applied:
    """Undo an entry that moved the balance by `taken` (its cut included), under the ceiling as it is without the entry.

    What cannot be taken or given back within floor and ceiling is not. `deposited_today`: what the entry had used up of
    today's deposits.
    """
    claimed = -taken
    balance = min(max(standing.balance + claimed, FLOOR), ceiling)
    amount = balance - standing.balance
    limit = None if amount == claimed else (TrustLimit.CEILING if claimed > 0 else TrustLimit.FLOOR)
    after = replace(
        standing,
        balance=balance,
        ceiling=ceiling,
        creases=standing.creases - (1 if was_crease else 0),
        deposited=standing.deposited - deposited_today,
    )
    return Applied(amount, after, limit)


def _half_even(dividend: int, divisor: int) -> int:
    quotient, rest = divmod(dividend, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1):
        quotient += 1
    return quotient
