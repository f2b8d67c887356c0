"""Checks what a tenant says about its business before anything relies on it. No rows."""

from __future__ import annotations

from decimal import Decimal

from server.errors import DomainError, Invalid, Refusals
from server.tenants.business_profile import BusinessProfile, Thresholds, check_profile
from server.tenants.currencies import minor_units


def check_business_profile(profile: BusinessProfile, *field: str) -> None:
    """Raises Refusals naming, below `field`, every number that is out of its limits."""
    refusals: list[DomainError] = []
    try:
        check_profile(profile)
    except Refusals as found:
        refusals.extend(refusal.under(*field) for refusal in found.refusals)
    if not refusals and profile.average_order_value is not None:
        minor_units(profile.average_order_value, profile.currency, *field, "average_order_value")
    if refusals:
        raise Refusals(refusals)


def check_thresholds(thresholds: Thresholds, *field: str) -> None:
    """Raises Refusals naming, below `field`, every threshold that cannot be meant."""
    refusals: list[DomainError] = []
    amounts = {"small_order": thresholds.small_order, "large_order": thresholds.large_order}
    for name, amount in amounts.items():
        if amount is not None:
            refusals.extend(_amount_refusals(amount, thresholds.currency, (*field, name)))
    refusals.extend(
        Invalid(*field, name, why="Must be at least 1.", why_zh="不能小于 1。")
        for name in ("frequent_orders_per_year", "many_roles", "friends_per_person")
        if getattr(thresholds, name) < 1
    )
    small, large = thresholds.small_order, thresholds.large_order
    if not refusals and small is not None and large is not None and small > large:
        refusals.append(
            Invalid(*field, "small_order", why="Must not be above the large order.", why_zh="不能高于大额订单的金额。")
        )
    if refusals:
        raise Refusals(refusals)


def _amount_refusals(amount: Decimal, currency: str, field: tuple[str, ...]) -> list[DomainError]:
    try:
        if minor_units(amount, currency, *field) < 0:
            return [Invalid(*field, why="Must be at least 0.", why_zh="不能小于 0。")]
    except Invalid as refusal:
        return [refusal]
    return []
