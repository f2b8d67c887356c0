"""The attention policies a tenant starts with."""

from __future__ import annotations

from datetime import time

import pytest

from server.operations.purposes import Purpose, PurposeClass
from server.tenants.business import BusinessType
from server.touchpoints.attention_policies import (
    ATTENTION_POLICIES,
    ATTENTION_PRESETS,
    COMMON_ATTENTION,
    AttentionPolicy,
    AttentionPreset,
    ClassBudget,
    PurposeBudget,
    QuietDay,
    QuietHours,
)
from server.touchpoints.outcomes import OUTCOME_EFFECTS, Outcome, StreakEffect

EVERY_POLICY = [*ATTENTION_POLICIES.values(), *ATTENTION_PRESETS.values()]


def test_every_business_type_has_a_policy() -> None:
    assert list(ATTENTION_POLICIES) == list(BusinessType)
    assert list(ATTENTION_PRESETS) == list(AttentionPreset)


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_every_class_but_the_legal_has_a_budget(policy: AttentionPolicy) -> None:
    assert set(policy.by_class) == set(PurposeClass) - {PurposeClass.LEGAL}


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_a_purpose_gets_no_more_than_its_class(policy: AttentionPolicy) -> None:
    for purpose, budget in policy.by_purpose.items():
        assert budget.max <= policy.by_class[purpose.purpose_class].max
        assert budget.gap_hours is None or budget.gap_hours >= policy.by_class[purpose.purpose_class].gap_hours


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_serving_does_not_spend_the_total(policy: AttentionPolicy) -> None:
    assert policy.outside_total == {PurposeClass.SERVICE, PurposeClass.TRANSACTION}


def test_totals_and_gaps() -> None:
    assert {kind.value: (p.window_days, p.total, p.min_gap_hours) for kind, p in ATTENTION_POLICIES.items()} == {
        "LOW_PRICE_B2C": (30, 6, 72),
        "HIGH_PRICE_B2C": (30, 8, 48),
        "B2B": (30, 8, 48),
    }


def test_companies_are_left_alone_at_the_weekend_and_counted_twice() -> None:
    policy = ATTENTION_POLICIES[BusinessType.B2B]
    assert policy.quiet_hours == QuietHours(time(18, 30), time(9), frozenset(QuietDay))
    assert policy.company_total == 20
    assert ATTENTION_POLICIES[BusinessType.LOW_PRICE_B2C].company_total is None


def test_low_frequency_is_stricter_and_otherwise_the_policy_it_is_based_on() -> None:
    low, base = (
        ATTENTION_PRESETS[AttentionPreset.LOW_FREQUENCY_ONE_TO_ONE],
        ATTENTION_POLICIES[BusinessType.LOW_PRICE_B2C],
    )
    assert (low.total, low.min_gap_hours) == (2, 336)
    assert low.by_purpose[Purpose.PROMOTION] == PurposeBudget(max=1, gap_hours=720)
    assert low.by_purpose[Purpose.CONTENT] == PurposeBudget(max=1, gap_hours=336)
    assert low.by_purpose[Purpose.REPURCHASE] == base.by_purpose[Purpose.REPURCHASE]
    assert (low.by_class, low.quiet_hours) == (base.by_class, base.quiet_hours)
    assert low.by_class[PurposeClass.MARKETING] == ClassBudget(max=4, gap_hours=120)


def test_interest_shown_ends_the_back_off() -> None:
    reset = {outcome for outcome, effect in OUTCOME_EFFECTS.items() if effect.streak is StreakEffect.RESET}
    assert COMMON_ATTENTION.back_off.reset_by == reset == {Outcome.OPENED, Outcome.CLICKED, Outcome.REPLIED}
    assert COMMON_ATTENTION.back_off.reset_by_inbound


def test_service_and_legal_notices_pass_the_quiet_hours() -> None:
    passing = set(PurposeClass) - COMMON_ATTENTION.quiet_hours_apply_to
    assert passing == {PurposeClass.SERVICE, PurposeClass.LEGAL}
