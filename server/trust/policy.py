"""The numbers a brand's trust accounts are kept by, and what each reason is worth under them. Pure data.

All points are in hundredths (`points`), rates and severities in basis points. A brand may change them; every change is a
version of its own, and each entry names the version it was posted under. What no brand can change: the floor, that
discounts and money deposit nothing, and on which side of zero a reason stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from server.trust.reasons import TrustReason

HUNDREDTHS = 100
"""Hundredths in a point: the unit in which accounts are kept."""
WHOLE_BP = 10_000
"""Basis points in the whole."""
FLOOR = 0
"""No withdrawal takes a balance lower: trust can be used up, it cannot be owed."""


def in_points(hundredths: int) -> float:
    """Points as a number with at most two decimals: a whole one where it is."""
    whole, rest = divmod(hundredths, HUNDREDTHS)
    return hundredths / HUNDREDTHS if rest else whole


@dataclass(frozen=True, slots=True)
class Worth:
    """What one posting of a reason claims, and how deep it creases."""

    claimed: int
    severity_bp: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicy:
    """How accounts open, what moves them, and what a breach leaves behind. Version 0 is what a brand starts with."""

    version: int = 0
    opening_balance: int = 100 * HUNDREDTHS
    opening_ceiling: int = 1000 * HUNDREDTHS
    minimum_ceiling: int = 200 * HUNDREDTHS
    """No crease takes the ceiling lower."""
    crease_rate_bp: int = 1_000
    """Every withdrawal: ceiling := ceiling x (1 - crease rate x severity), for good, rounded half-even to a hundredth."""
    daily_deposit_cap: int = 60 * HUNDREDTHS
    """What all deposits of one day of the brand's can add to one account; interest and reversals apart."""
    interest_rate_bp: int = 100
    """Of the lowest balance of a calendar month without a withdrawal, rounded down; never above the ceiling."""
    leaving_balance_below: int = 50 * HUNDREDTHS
    leaving_withdrawals: int = 2
    """At least so many withdrawals in `leaving_withdrawal_days`."""
    leaving_withdrawal_days: int = 30
    leaving_ceiling_below: int = 600 * HUNDREDTHS
    """The ceiling is below this and the balance lower than `leaving_falling_days` ago."""
    leaving_falling_days: int = 90
    own_worths: Mapping[TrustReason, Worth] = field(default_factory=lambda: MappingProxyType({}))
    """What the brand says instead of the list, reason by reason."""

    def worth(self, reason: TrustReason) -> Worth:
        """What one posting claims. Only of reasons whose points the rule says."""
        own = self.own_worths.get(reason)
        return standard_worth(reason) if own is None else own


def standard_worth(reason: TrustReason) -> Worth:
    """What the list says."""
    rule = reason.rule
    if rule.amount is None:
        raise ValueError(f"The points of {reason.value} are not the rule's to say.")
    severity = None if rule.severity is None else int(rule.severity * WHOLE_BP)
    return Worth(rule.amount * HUNDREDTHS, severity)


DEFAULT_TRUST_POLICY = TrustPolicy()
