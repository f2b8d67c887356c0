"""The rules of the advice told a second time as plain conditions, and compared over all kinds of profiles."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from server.tenants.advice_rules import REASONS, RULES, WARNINGS
from server.tenants.advice_terms import ReasonKey, RuleKey, WarningKey
from server.tenants.business import (
    INDUSTRY_DEFAULTS,
    AddingPractice,
    AdviceStrength,
    BusinessType,
    Industry,
    OperatingModelKind,
)
from server.tenants.business_profile import SIGNAL_NAMES, BusinessProfile, Thresholds
from server.tenants.operating_model import Advice, AdviceWarning, advise, warnings_of_choice

CENTRAL, PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE
LOW, HIGH, B2B = BusinessType.LOW_PRICE_B2C, BusinessType.HIGH_PRICE_B2C, BusinessType.B2B
STRONG, MODERATE, WEAK = AdviceStrength.STRONG, AdviceStrength.MODERATE, AdviceStrength.WEAK


class Decision(NamedTuple):
    model: OperatingModelKind
    decided_by: RuleKey
    strength: AdviceStrength


def decision(advice: Advice) -> Decision:
    return Decision(advice.model, advice.decided_by, advice.strength)


def keys(warnings: tuple[AdviceWarning, ...]) -> set[WarningKey]:
    return {warning.key for warning in warnings}


counts = st.none() | st.integers(0, 60)
profiles = st.builds(
    BusinessProfile,
    business_type=st.sampled_from(BusinessType),
    industry=st.sampled_from(Industry),
    currency=st.sampled_from(["CNY", "CNY", "USD"]),
    average_order_value=st.none() | st.sampled_from([Decimal(text) for text in ("0", "499.99", "500", "3000", "4800")]),
    orders_per_year=st.none() | st.sampled_from([Decimal("0.5"), Decimal("5.99"), Decimal(6), Decimal(52)]),
    decision_days=st.none() | st.sampled_from([0, 13, 14, 3650]),
    served_in_person=st.none() | st.booleans(),
    enquiry_needs_case_history=st.none() | st.booleans(),
    customer_facing_roles=st.none() | st.integers(0, 5),
    prices_negotiated=st.none() | st.booleans(),
    professional_advice=st.none() | st.booleans(),
    store_count=counts,
    staff_who_meet_customers=counts,
    ops_team_size=st.none() | st.integers(0, 3),
    expected_customers=st.none() | st.sampled_from([0, 1, 5000, 5001, 15001]),
    current_practice=st.none() | st.sampled_from(AddingPractice),
)


class Told(NamedTuple):
    """What the rules look at, with the industry's default where a signal was left out."""

    served: bool
    history: bool
    roles: int
    negotiated: bool
    professional: bool
    large: bool
    small: bool
    frequent: bool


def told(asked: BusinessProfile) -> Told:
    usual = INDUSTRY_DEFAULTS[asked.industry].signals

    def settled(name: str) -> Any:
        return getattr(usual, name) if getattr(asked, name) is None else getattr(asked, name)

    amount = asked.average_order_value if asked.currency == "CNY" else None
    return Told(
        served=settled("served_in_person"),
        history=settled("enquiry_needs_case_history"),
        roles=settled("customer_facing_roles"),
        negotiated=settled("prices_negotiated"),
        professional=settled("professional_advice"),
        large=amount is not None and amount >= 3000,
        small=amount is not None and amount < 500,
        frequent=asked.orders_per_year is not None and asked.orders_per_year >= 6,
    )


def decided(asked: BusinessProfile) -> Decision:
    fact = told(asked)
    if asked.business_type is B2B:
        return Decision(PER_ROLE, RuleKey.B2B_BY_ROLE, STRONG)
    if asked.business_type is LOW:
        if fact.served and fact.history:
            return Decision(PER_ROLE, RuleKey.CASE_HISTORY_BY_ROLE, STRONG)
        if fact.professional and fact.history:
            return Decision(PER_ROLE, RuleKey.PROFESSIONAL_BY_ROLE, MODERATE)
        if fact.large and fact.roles >= 3:
            return Decision(PER_ROLE, RuleKey.MANY_ROLES_LARGE_ORDER, MODERATE)
        return Decision(CENTRAL, RuleKey.LOW_PRICE_CENTRAL, MODERATE if fact.served or fact.history else STRONG)
    if fact.small and fact.frequent and not fact.served and not fact.history:
        return Decision(CENTRAL, RuleKey.SMALL_FREQUENT_CENTRAL, WEAK)
    return Decision(PER_ROLE, RuleKey.HIGH_PRICE_BY_ROLE, STRONG)


READ_BY_RULE = {
    RuleKey.CASE_HISTORY_BY_ROLE: {"served_in_person", "enquiry_needs_case_history"},
    RuleKey.PROFESSIONAL_BY_ROLE: {"professional_advice", "enquiry_needs_case_history"},
    RuleKey.MANY_ROLES_LARGE_ORDER: {"customer_facing_roles"},
    RuleKey.SMALL_FREQUENT_CENTRAL: {"served_in_person", "enquiry_needs_case_history"},
}
"""The signals each rule stands on. These four also contradict the label of the business type."""


def warned(asked: BusinessProfile, model: OperatingModelKind) -> set[WarningKey]:
    fact, rule = told(asked), decided(asked).decided_by
    central, staff = model is CENTRAL, asked.staff_who_meet_customers
    capacity = None if asked.ops_team_size is None else asked.ops_team_size * 5000
    applies = {
        WarningKey.SIGNALS_CONTRADICT_LABEL: rule in READ_BY_RULE,
        WarningKey.IN_PERSON_UNDER_CENTRAL: central and (fact.served or fact.history),
        WarningKey.EVERYONE_ADDS_TODAY: asked.current_practice is AddingPractice.EVERYONE_ADDS,
        WarningKey.CONFLICTING_QUOTES: not central and fact.negotiated and fact.roles >= 2,
        WarningKey.DUPLICATE_FRIENDS: not central and fact.roles >= 3,
        WarningKey.GROUP_TOO_SMALL: central
        and asked.expected_customers is not None
        and capacity is not None
        and asked.expected_customers > capacity,
        WarningKey.NO_GROUP_YET: central and asked.ops_team_size == 0,
        WarningKey.TOO_FEW_FRONTLINE: not central and staff is not None and staff < fact.roles,
        WarningKey.STORES_WITHOUT_STAFF: not central
        and staff is not None
        and asked.store_count is not None
        and asked.store_count > staff,
        WarningKey.OVERRIDE_AGAINST_ADVICE: model is not decided(asked).model,
        WarningKey.ASSUMED_SIGNALS: any(getattr(asked, name) is None for name in READ_BY_RULE.get(rule, ())),
        WarningKey.SENSITIVE_DATA: fact.professional,
    }
    assert set(applies) == set(WarningKey)
    return {key for key, holds in applies.items() if holds}


@given(profiles)
def test_the_advice_is_what_the_rules_say(asked: BusinessProfile) -> None:
    advice = advise(asked, Thresholds())
    assert decision(advice) == decided(asked)
    assert keys(advice.warnings) == warned(asked, advice.model)
    assert list(advice.assumed) == [name for name in SIGNAL_NAMES if getattr(asked, name) is None]


@given(profiles)
def test_the_reasons_are_what_the_facts_say(asked: BusinessProfile) -> None:
    fact = told(asked)
    applies = {
        ReasonKey.B2B_JOURNEY: asked.business_type is B2B,
        ReasonKey.HIGH_PRICE_JOURNEY: asked.business_type is HIGH,
        ReasonKey.LOW_PRICE_VOLUME: asked.business_type is LOW,
        ReasonKey.IN_PERSON_TRUST: fact.served,
        ReasonKey.CASE_HISTORY_NEEDED: fact.history,
        ReasonKey.PROFESSIONAL_NEEDED: fact.professional,
        ReasonKey.MANY_ROLES: fact.roles >= 3,
        ReasonKey.LONG_DECISION: asked.decision_days is not None and asked.decision_days >= 14,
        ReasonKey.LARGE_ORDER: fact.large,
        ReasonKey.SMALL_FREQUENT_ORDERS: fact.small and fact.frequent,
        ReasonKey.NO_PERSONAL_SERVICE: not fact.served and not fact.history,
        ReasonKey.DIRECT_FEEDBACK: asked.business_type is LOW,
    }
    reasons = advise(asked, Thresholds()).reasons
    assert [reason.key for reason in reasons] == [key for key, holds in applies.items() if holds]


@given(profiles, st.sampled_from(OperatingModelKind))
def test_a_choice_is_warned_of_for_the_model_chosen(asked: BusinessProfile, chosen: OperatingModelKind) -> None:
    advice = advise(asked, Thresholds())
    warnings = warnings_of_choice(asked, advice, chosen=chosen, thresholds=Thresholds())
    assert keys(warnings) == warned(asked, chosen)
    assert (warnings == advice.warnings) is (chosen is advice.model)


def test_every_combination_of_type_industry_and_signals_is_advised() -> None:
    answers = (None, False, True)
    for business_type, industry in itertools.product(BusinessType, Industry):
        for served, history, professional, roles in itertools.product(answers, answers, answers, (None, 0, 3)):
            asked = BusinessProfile(
                business_type=business_type,
                industry=industry,
                served_in_person=served,
                enquiry_needs_case_history=history,
                professional_advice=professional,
                customer_facing_roles=roles,
            )
            assert decision(advise(asked, Thresholds())) == decided(asked)


def test_the_tables_are_total_and_in_the_order_of_their_words() -> None:
    assert list(RULES) == list(RuleKey)
    assert list(REASONS) == list(ReasonKey)
    assert list(WARNINGS) == list(WarningKey)


def test_only_facts_that_beat_the_label_contradict_it() -> None:
    assert {key for key, rule in RULES.items() if rule.signals_beat_label} == set(READ_BY_RULE)
