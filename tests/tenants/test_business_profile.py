"""The limits of what a tenant may tell about its business, and what is usual in an industry."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.errors import Refusals
from server.tenants.business import INDUSTRY_DEFAULTS, BusinessType, Industry, OperatingModelKind, Signals
from server.tenants.business_profile import BusinessProfile, Thresholds, check_profile, default_thresholds


def test_numbers_at_their_limits_are_accepted() -> None:
    for days, roles in ((0, 0), (3650, 50)):
        check_profile(
            BusinessProfile(
                business_type=BusinessType.B2B,
                industry=Industry.OTHER,
                average_order_value=Decimal(0),
                decision_days=days,
                customer_facing_roles=roles,
                store_count=0,
            )
        )


def test_every_number_out_of_its_limits_is_named() -> None:
    wrong = BusinessProfile(
        business_type=BusinessType.B2B,
        industry=Industry.OTHER,
        average_order_value=Decimal("NaN"),
        orders_per_year=Decimal("-0.1"),
        decision_days=3651,
        customer_facing_roles=51,
        store_count=-1,
        staff_who_meet_customers=-1,
        ops_team_size=-1,
        expected_customers=-1,
    )
    with pytest.raises(Refusals) as refused:
        check_profile(wrong)
    assert [(refusal.field, str(refusal)) for refusal in refused.value.refusals] == [
        (("average_order_value",), "Must be at least 0."),
        (("orders_per_year",), "Must be at least 0."),
        (("decision_days",), "Must be from 0 to 3650."),
        (("customer_facing_roles",), "Must be from 0 to 50."),
        (("store_count",), "Must be at least 0."),
        (("staff_who_meet_customers",), "Must be at least 0."),
        (("ops_team_size",), "Must be at least 0."),
        (("expected_customers",), "Must be at least 0."),
    ]


def test_amounts_are_known_for_one_currency_only() -> None:
    assert default_thresholds("CNY") == Thresholds(small_order=Decimal("500.00"), large_order=Decimal("3000.00"))
    assert default_thresholds("USD") == Thresholds(currency="USD", small_order=None, large_order=None)


def test_every_industry_has_its_defaults() -> None:
    assert list(INDUSTRY_DEFAULTS) == list(Industry)
    assert all(
        (usual.model is OperatingModelKind.CENTRAL_OPS_GROUP) is (usual.business_type is BusinessType.LOW_PRICE_B2C)
        for usual in INDUSTRY_DEFAULTS.values()
    )


def test_the_signals_of_a_pet_hospital() -> None:
    assert INDUSTRY_DEFAULTS[Industry.PET_HOSPITAL].signals == Signals(
        served_in_person=True,
        enquiry_needs_case_history=True,
        customer_facing_roles=4,
        prices_negotiated=False,
        professional_advice=True,
    )
