"""The advice who adds the customer: worked examples, and the rules told a second time in plain conditions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import pytest

from server.tenants.advice_terms import ReasonKey, RuleKey, WarningKey
from server.tenants.business import (
    INDUSTRY_DEFAULTS,
    AddingPractice,
    AdviceStrength,
    BusinessType,
    Industry,
    OperatingModelKind,
)
from server.tenants.business_profile import BusinessProfile, Thresholds, default_thresholds
from server.tenants.operating_model import (
    Advice,
    AdviceWarning,
    Figure,
    advise,
    warnings_of_choice,
)

CENTRAL, PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE
LOW, HIGH, B2B = BusinessType.LOW_PRICE_B2C, BusinessType.HIGH_PRICE_B2C, BusinessType.B2B
STRONG, MODERATE, WEAK = AdviceStrength.STRONG, AdviceStrength.MODERATE, AdviceStrength.WEAK


def profile(business_type: BusinessType, industry: Industry, **given_inputs: object) -> BusinessProfile:
    return replace(BusinessProfile(business_type=business_type, industry=industry), **given_inputs)  # type: ignore[arg-type]  # names and types are the caller's own


def keys(warnings: tuple[AdviceWarning, ...]) -> set[WarningKey]:
    return {warning.key for warning in warnings}


class Decision(NamedTuple):
    model: OperatingModelKind
    decided_by: RuleKey
    strength: AdviceStrength


def decision(advice: Advice) -> Decision:
    return Decision(advice.model, advice.decided_by, advice.strength)


# ------------------------------------------------------------------------------------------------- the worked examples


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (profile(LOW, Industry.FMCG), Decision(CENTRAL, RuleKey.LOW_PRICE_CENTRAL, STRONG)),
        (profile(HIGH, Industry.MEDICAL_AESTHETICS), Decision(PER_ROLE, RuleKey.HIGH_PRICE_BY_ROLE, STRONG)),
        (profile(B2B, Industry.MANUFACTURING), Decision(PER_ROLE, RuleKey.B2B_BY_ROLE, STRONG)),
        (profile(LOW, Industry.PET_HOSPITAL), Decision(PER_ROLE, RuleKey.CASE_HISTORY_BY_ROLE, STRONG)),
        (
            profile(LOW, Industry.BAKERY, served_in_person=True),
            Decision(CENTRAL, RuleKey.LOW_PRICE_CENTRAL, MODERATE),
        ),
        (
            profile(LOW, Industry.DENTAL, served_in_person=False),
            Decision(PER_ROLE, RuleKey.PROFESSIONAL_BY_ROLE, MODERATE),
        ),
        (
            profile(LOW, Industry.RETAIL, customer_facing_roles=3, average_order_value=Decimal("3000.00")),
            Decision(PER_ROLE, RuleKey.MANY_ROLES_LARGE_ORDER, MODERATE),
        ),
        (
            profile(LOW, Industry.RETAIL, customer_facing_roles=3, average_order_value=Decimal("2999.99")),
            Decision(CENTRAL, RuleKey.LOW_PRICE_CENTRAL, STRONG),
        ),
        (
            profile(HIGH, Industry.OTHER, average_order_value=Decimal("499.99"), orders_per_year=Decimal(6)),
            Decision(CENTRAL, RuleKey.SMALL_FREQUENT_CENTRAL, WEAK),
        ),
        (
            profile(HIGH, Industry.OTHER, average_order_value=Decimal("500.00"), orders_per_year=Decimal(6)),
            Decision(PER_ROLE, RuleKey.HIGH_PRICE_BY_ROLE, STRONG),
        ),
        (
            profile(HIGH, Industry.OTHER, average_order_value=Decimal("499.99"), orders_per_year=Decimal("5.9")),
            Decision(PER_ROLE, RuleKey.HIGH_PRICE_BY_ROLE, STRONG),
        ),
    ],
)
def test_decision(asked: BusinessProfile, expected: Decision) -> None:
    assert decision(advise(asked, Thresholds())) == expected


def test_the_pet_hospital_that_calls_itself_low_price() -> None:
    assert keys(advise(profile(LOW, Industry.PET_HOSPITAL), Thresholds()).warnings) == {
        WarningKey.SIGNALS_CONTRADICT_LABEL,
        WarningKey.DUPLICATE_FRIENDS,
        WarningKey.ASSUMED_SIGNALS,
        WarningKey.SENSITIVE_DATA,
    }


def test_the_bakery_that_serves_in_person() -> None:
    advice = advise(profile(LOW, Industry.BAKERY, served_in_person=True), Thresholds())
    assert keys(advice.warnings) == {WarningKey.IN_PERSON_UNDER_CENTRAL}


@pytest.mark.parametrize("industry", Industry)
def test_the_usual_business_of_an_industry_is_advised_its_usual_model(industry: Industry) -> None:
    usual = INDUSTRY_DEFAULTS[industry]
    assert advise(profile(usual.business_type, industry), Thresholds()).model is usual.model


def test_reasons_speak_for_either_model() -> None:
    advice = advise(profile(LOW, Industry.BAKERY, served_in_person=True), Thresholds())
    assert [(reason.key, reason.supports, reason.input) for reason in advice.reasons] == [
        (ReasonKey.LOW_PRICE_VOLUME, CENTRAL, "business_type"),
        (ReasonKey.IN_PERSON_TRUST, PER_ROLE, "served_in_person"),
        (ReasonKey.DIRECT_FEEDBACK, CENTRAL, "business_type"),
    ]


def test_figures_are_the_numbers_that_were_compared() -> None:
    asked = profile(
        LOW, Industry.RETAIL, customer_facing_roles=4, average_order_value=Decimal("4800.00"), decision_days=14
    )
    figures = {reason.key: reason.figures for reason in advise(asked, Thresholds()).reasons if reason.figures}
    assert figures == {
        ReasonKey.MANY_ROLES: (Figure("customer_facing_roles", Decimal(4)), Figure("many_roles", Decimal(3))),
        ReasonKey.LONG_DECISION: (Figure("decision_days", Decimal(14)), Figure("long_decision_days", Decimal(14))),
        ReasonKey.LARGE_ORDER: (
            Figure("average_order_value", Decimal("4800.00"), "CNY"),
            Figure("large_order", Decimal("3000.00"), "CNY"),
        ),
    }


def test_thresholds_are_the_tenants_own() -> None:
    asked = profile(LOW, Industry.RETAIL, customer_facing_roles=2, average_order_value=Decimal(900))
    strict = Thresholds(large_order=Decimal(900), many_roles=2)
    assert advise(asked, Thresholds()).decided_by is RuleKey.LOW_PRICE_CENTRAL
    assert advise(asked, strict).decided_by is RuleKey.MANY_ROLES_LARGE_ORDER


def test_a_signal_left_out_is_assumed_and_anything_else_is_missing() -> None:
    advice = advise(profile(LOW, Industry.FMCG, prices_negotiated=True, store_count=0), Thresholds())
    assert advice.assumed == (
        "served_in_person",
        "enquiry_needs_case_history",
        "customer_facing_roles",
        "professional_advice",
    )
    assert advice.missing == (
        "average_order_value",
        "orders_per_year",
        "decision_days",
        "staff_who_meet_customers",
        "ops_team_size",
        "expected_customers",
        "current_practice",
    )


# ---------------------------------------------------------------------------------------------------- other currencies


def test_an_amount_proves_nothing_in_a_currency_without_thresholds() -> None:
    asked = profile(
        LOW, Industry.RETAIL, currency="USD", customer_facing_roles=5, average_order_value=Decimal("4800.00")
    )
    for thresholds in (default_thresholds("USD"), Thresholds()):
        advice = advise(asked, thresholds)
        assert advice.decided_by is RuleKey.LOW_PRICE_CENTRAL
        assert ReasonKey.LARGE_ORDER not in {reason.key for reason in advice.reasons}
        assert "average_order_value" in advice.missing


def test_an_amount_counts_where_the_operator_set_thresholds() -> None:
    asked = profile(
        LOW, Industry.RETAIL, currency="USD", customer_facing_roles=5, average_order_value=Decimal("400.00")
    )
    dollars = Thresholds(currency="USD", small_order=Decimal("70.00"), large_order=Decimal("400.00"))
    advice = advise(asked, dollars)
    assert advice.decided_by is RuleKey.MANY_ROLES_LARGE_ORDER
    assert "average_order_value" not in advice.missing
    large = next(reason for reason in advice.reasons if reason.key is ReasonKey.LARGE_ORDER)
    assert [figure.currency for figure in large.figures] == ["USD", "USD"]


# ------------------------------------------------------------------------------------------------------------ warnings


def chosen_warnings(asked: BusinessProfile, chosen: OperatingModelKind) -> set[WarningKey]:
    advice = advise(asked, Thresholds())
    return keys(warnings_of_choice(asked, advice, chosen=chosen, thresholds=Thresholds()))


def test_the_pet_hospital_that_starts_centrally_all_the_same() -> None:
    assert chosen_warnings(profile(LOW, Industry.PET_HOSPITAL), CENTRAL) == {
        WarningKey.SIGNALS_CONTRADICT_LABEL,
        WarningKey.IN_PERSON_UNDER_CENTRAL,
        WarningKey.OVERRIDE_AGAINST_ADVICE,
        WarningKey.ASSUMED_SIGNALS,
        WarningKey.SENSITIVE_DATA,
    }


def test_the_clinic_that_overrides_its_advice() -> None:
    assert chosen_warnings(profile(HIGH, Industry.MEDICAL_AESTHETICS), CENTRAL) == {
        WarningKey.IN_PERSON_UNDER_CENTRAL,
        WarningKey.OVERRIDE_AGAINST_ADVICE,
        WarningKey.SENSITIVE_DATA,
    }


@pytest.mark.parametrize(
    ("warning", "asked", "harmless"),
    [
        (
            WarningKey.EVERYONE_ADDS_TODAY,
            {"current_practice": AddingPractice.EVERYONE_ADDS},
            {"current_practice": AddingPractice.BY_ROLE},
        ),
        (
            WarningKey.GROUP_TOO_SMALL,
            {"expected_customers": 10001, "ops_team_size": 2},
            {"expected_customers": 10000, "ops_team_size": 2},
        ),
        (WarningKey.NO_GROUP_YET, {"ops_team_size": 0}, {"ops_team_size": 1}),
    ],
)
def test_warning_of_a_central_model(warning: WarningKey, asked: dict[str, object], harmless: dict[str, object]) -> None:
    assert keys(advise(profile(LOW, Industry.FMCG, **asked), Thresholds()).warnings) == {warning}
    assert keys(advise(profile(LOW, Industry.FMCG, **harmless), Thresholds()).warnings) == set()


@pytest.mark.parametrize(
    ("warning", "asked", "harmless"),
    [
        (
            WarningKey.CONFLICTING_QUOTES,
            {"prices_negotiated": True, "customer_facing_roles": 2},
            {"prices_negotiated": True, "customer_facing_roles": 1},
        ),
        (WarningKey.DUPLICATE_FRIENDS, {"customer_facing_roles": 3}, {"customer_facing_roles": 2}),
        (
            WarningKey.TOO_FEW_FRONTLINE,
            {"customer_facing_roles": 2, "staff_who_meet_customers": 1},
            {"customer_facing_roles": 2, "staff_who_meet_customers": 2},
        ),
        (
            WarningKey.STORES_WITHOUT_STAFF,
            {"store_count": 3, "staff_who_meet_customers": 2},
            {"store_count": 2, "staff_who_meet_customers": 2},
        ),
        (WarningKey.SENSITIVE_DATA, {"professional_advice": True}, {"professional_advice": False}),
    ],
)
def test_warning_of_a_per_role_model(
    warning: WarningKey, asked: dict[str, object], harmless: dict[str, object]
) -> None:
    assert keys(advise(profile(HIGH, Industry.OTHER, **asked), Thresholds()).warnings) == {warning}
    assert keys(advise(profile(HIGH, Industry.OTHER, **harmless), Thresholds()).warnings) == set()
