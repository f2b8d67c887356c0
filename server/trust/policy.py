"""The numbers a trust account is kept by, as a tenant starts with them.

Data only, in points; how they are stored and applied is decided elsewhere. All are tenant-adjustable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class InterestPolicy:
    """What an unbroken month earns.

    The base is the lowest balance of the calendar month in the tenant's time zone. Interest is posted only if the month
    saw no withdrawal and the base is above zero, and never lifts the balance over the ceiling.
    """

    rate_per_month: Decimal = Decimal("0.010")
    first_full_month_only: bool = True
    """An account opened in the course of a month earns from the next month on."""


@dataclass(frozen=True, kw_only=True)
class NearLeavingPolicy:
    """A customer is near leaving when any one of three things holds."""

    balance_below: int = 50
    withdrawals: int = 2
    """At least so many withdrawals in `withdrawal_days`."""
    withdrawal_days: int = 30
    ceiling_below: int = 600
    """The ceiling is below this and the balance has been falling over `falling_days`."""
    falling_days: int = 90


@dataclass(frozen=True, kw_only=True)
class TrustPolicy:
    """How accounts open, how deep they may fall, and what a breach leaves behind."""

    opening_balance: int = 100
    opening_ceiling: int = 1000
    floor: int = -200
    """A withdrawal never takes the balance lower; the entry keeps nominal and posted amounts."""
    crease_rate: Decimal = Decimal("0.10")
    """Every withdrawal: ceiling := ceiling x (1 - crease_rate x severity), for good, rounded half-even to 2 places."""
    minimum_ceiling: int = 200
    """No crease takes the ceiling lower."""
    daily_deposit_cap: int = 60
    """Deposits only; the entry keeps nominal and posted amounts."""
    interest: InterestPolicy = field(default_factory=InterestPolicy)
    near_leaving: NearLeavingPolicy = field(default_factory=NearLeavingPolicy)


DEFAULT_TRUST_POLICY = TrustPolicy()
