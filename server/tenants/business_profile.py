"""What a tenant tells us about its business, and what we take for granted where it says nothing.

Pure: values in, values out. Only business type and industry are required. A signal left out is assumed from the
industry and listed as assumed; any other input left out is simply unknown, and an unknown amount proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from server.errors import Invalid, Refusals
from server.tenants.business import INDUSTRY_DEFAULTS, AddingPractice, BusinessType, Industry, Signals

DEFAULT_CURRENCY = "CNY"

_Value = TypeVar("_Value")


@dataclass(frozen=True, kw_only=True)
class BusinessProfile:
    """The facts an operating model is advised on. None means not given."""

    business_type: BusinessType
    industry: Industry
    currency: str = DEFAULT_CURRENCY
    """ISO 4217 code of the tenant, in which `average_order_value` is counted."""
    average_order_value: Decimal | None = None
    orders_per_year: Decimal | None = None
    """Orders of one customer in a year."""
    decision_days: int | None = None
    """Days from first contact to the decision."""
    served_in_person: bool | None = None
    """A named member of staff serves the customer face to face."""
    enquiry_needs_case_history: bool | None = None
    """Whoever answers an enquiry must know what happened before."""
    customer_facing_roles: int | None = None
    prices_negotiated: bool | None = None
    """Price or terms are negotiable."""
    professional_advice: bool | None = None
    """Licensed professional advice is part of the service."""
    store_count: int | None = None
    staff_who_meet_customers: int | None = None
    ops_team_size: int | None = None
    expected_customers: int | None = None
    current_practice: AddingPractice | None = None


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Where small ends and large begins; tenant data with these defaults.

    The two amounts are in `currency`. None means nobody has set them: then no order counts as small or large.
    """

    currency: str = DEFAULT_CURRENCY
    small_order: Decimal | None = Decimal("500.00")
    large_order: Decimal | None = Decimal("3000.00")
    frequent_orders_per_year: int = 6
    many_roles: int = 3
    friends_per_person: int = 5000


def default_thresholds(currency: str) -> Thresholds:
    """The defaults for a tenant of this currency. Only CNY amounts are known; the operator sets all others."""
    if currency == DEFAULT_CURRENCY:
        return Thresholds()
    return Thresholds(currency=currency, small_order=None, large_order=None)


SIGNAL_NAMES: tuple[str, ...] = tuple(signal.name for signal in fields(Signals))
"""The inputs an industry's default can stand in for."""

_OTHER_OPTIONAL_INPUTS = tuple(
    given.name
    for given in fields(BusinessProfile)
    if given.name not in {"business_type", "industry", "currency", *SIGNAL_NAMES}
)

LIMITS: Mapping[str, tuple[int, int | None]] = MappingProxyType(
    {
        "average_order_value": (0, None),
        "orders_per_year": (0, None),
        "decision_days": (0, 3650),
        "customer_facing_roles": (0, 50),
        "store_count": (0, None),
        "staff_who_meet_customers": (0, None),
        "ops_team_size": (0, None),
        "expected_customers": (0, None),
    }
)
"""Smallest and largest value of each number, both included."""


def check_profile(profile: BusinessProfile) -> None:
    """Raise Refusals naming every number that is out of its limits."""
    refusals = []
    for name, (low, high) in LIMITS.items():
        value: int | Decimal | None = getattr(profile, name)
        if value is None or _is_within(value, low, high):
            continue
        if high is None:
            refusals.append(Invalid(name, why=f"Must be at least {low}.", why_zh=f"不能小于 {low}。"))
        else:
            refusals.append(Invalid(name, why=f"Must be from {low} to {high}.", why_zh=f"须在 {low} 到 {high} 之间。"))
    if refusals:
        raise Refusals(refusals)


def _is_within(value: int | Decimal, low: int, high: int | None) -> bool:
    """False for a Decimal that is no number, which could not even be compared."""
    return Decimal(value).is_finite() and low <= value and (high is None or value <= high)


@dataclass(frozen=True)
class Facts:
    """A profile as the rules see it: signals settled, amounts only where they can be compared."""

    profile: BusinessProfile
    signals: Signals
    thresholds: Thresholds
    assumed: tuple[str, ...]
    """Signals taken from the industry's default."""
    missing: tuple[str, ...]
    """Inputs nobody gave and no default stands in for, and an average order the thresholds cannot be compared with."""

    @property
    def order_is_large(self) -> bool:
        value, large = self.profile.average_order_value, self.thresholds.large_order
        return value is not None and large is not None and value >= large

    @property
    def order_is_small(self) -> bool:
        value, small = self.profile.average_order_value, self.thresholds.small_order
        return value is not None and small is not None and value < small

    @property
    def orders_are_frequent(self) -> bool:
        orders = self.profile.orders_per_year
        return orders is not None and orders >= self.thresholds.frequent_orders_per_year

    @property
    def has_many_roles(self) -> bool:
        return self.signals.customer_facing_roles >= self.thresholds.many_roles

    @property
    def is_personal(self) -> bool:
        return self.signals.served_in_person or self.signals.enquiry_needs_case_history


def facts_of(profile: BusinessProfile, thresholds: Thresholds) -> Facts:
    """Settle what the rules may rely on. Thresholds in another currency than the profile's are as good as none."""
    if thresholds.currency != profile.currency:
        thresholds = replace(thresholds, currency=profile.currency, small_order=None, large_order=None)
    not_given = {name for name in (*SIGNAL_NAMES, *_OTHER_OPTIONAL_INPUTS) if getattr(profile, name) is None}
    if thresholds.small_order is None or thresholds.large_order is None:
        not_given.add("average_order_value")
    usual = INDUSTRY_DEFAULTS[profile.industry].signals
    return Facts(
        profile=profile,
        signals=Signals(
            served_in_person=_given(profile.served_in_person, usual.served_in_person),
            enquiry_needs_case_history=_given(profile.enquiry_needs_case_history, usual.enquiry_needs_case_history),
            customer_facing_roles=_given(profile.customer_facing_roles, usual.customer_facing_roles),
            prices_negotiated=_given(profile.prices_negotiated, usual.prices_negotiated),
            professional_advice=_given(profile.professional_advice, usual.professional_advice),
        ),
        thresholds=thresholds,
        assumed=tuple(name for name in SIGNAL_NAMES if name in not_given),
        missing=tuple(name for name in _OTHER_OPTIONAL_INPUTS if name in not_given),
    )


def _given(value: _Value | None, usual: _Value) -> _Value:
    return usual if value is None else value
