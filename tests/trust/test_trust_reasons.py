"""The reasons of the trust account and its default policy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.trust.policy import DEFAULT_TRUST_POLICY, FLOOR, Worth, standard_worth
from server.trust.reasons import MEASURED, TRUST_RULES, AmountSource, Cap, TrustReason

BY_HAND = {TrustReason.MANUAL_DEPOSIT, TrustReason.MANUAL_WITHDRAWAL}
COMPUTED = {TrustReason.INTEREST, TrustReason.REVERSAL}


def test_every_reason_has_its_rule() -> None:
    assert list(TRUST_RULES) == list(TrustReason)


@pytest.mark.parametrize("reason", TrustReason)
def test_exactly_the_withdrawals_crease(reason: TrustReason) -> None:
    rule = reason.rule
    assert (rule.severity is not None) is (rule.amount is not None and rule.amount < 0)
    assert rule.severity is None or Decimal(0) < rule.severity <= Decimal(1)
    assert rule.severity_given is (reason is TrustReason.MANUAL_WITHDRAWAL)


def test_where_points_are_not_fixed() -> None:
    assert {reason for reason in TrustReason if reason.rule.source is AmountSource.GIVEN} == BY_HAND
    assert {reason for reason in TrustReason if reason.rule.source is AmountSource.COMPUTED} == COMPUTED
    assert {reason for reason in TrustReason if reason.rule.amount is None} == BY_HAND | COMPUTED
    assert {reason for reason in TrustReason if reason.rule.max_abs is not None} == BY_HAND


def test_discounts_and_asked_for_shares_are_shown_and_deposit_nothing() -> None:
    zero = {reason for reason in TrustReason if reason.rule.amount == 0}
    assert zero == {TrustReason.DISCOUNT_GIVEN, TrustReason.PROMPTED_SHARE, TrustReason.REWARDED_SHARE}
    assert {reason for reason in TrustReason if reason.rule.shown} == zero


def test_what_can_be_repeated_at_will_is_capped() -> None:
    assert {reason: reason.rule.cap for reason in TrustReason if reason.rule.cap} == {
        TrustReason.GOOD_RATING: Cap(max=2, days=90),
        TrustReason.WOW_MOMENT: Cap(max=2, days=90),
        TrustReason.SPONTANEOUS_SHARE: Cap(max=3, days=90),
    }


def test_an_early_promise_is_posted_instead_of_a_kept_one() -> None:
    assert {reason: reason.rule.replaces for reason in TrustReason if reason.rule.replaces} == {
        TrustReason.PROMISE_KEPT_EARLY: TrustReason.PROMISE_KEPT
    }
    assert TrustReason.PROMISE_KEPT_EARLY.rule.once_per is TrustReason.PROMISE_KEPT.rule.once_per


def test_the_gravest_breaches() -> None:
    gravest = {reason for reason in TrustReason if reason.rule.severity == Decimal("1.0")}
    assert gravest == {TrustReason.GUARANTEE_REFUSED, TrustReason.PRIVACY_BREACH}
    assert TrustReason.PRIVACY_BREACH.rule.amount == -80


def test_the_default_policy() -> None:
    policy = DEFAULT_TRUST_POLICY
    assert (policy.opening_balance, policy.opening_ceiling) == (100_00, 1000_00)
    assert (FLOOR, policy.minimum_ceiling, policy.daily_deposit_cap) == (0, 200_00, 60_00)
    assert (policy.crease_rate_bp, policy.interest_rate_bp) == (1_000, 100)


def test_what_reasons_are_worth() -> None:
    worths = {reason: standard_worth(reason) for reason in TrustReason if reason.rule.amount is not None}
    assert worths[TrustReason.PROMISE_KEPT_EARLY] == Worth(12_00, None)
    assert worths[TrustReason.DISCOUNT_GIVEN] == Worth(0, None)
    assert worths[TrustReason.QUOTE_CONFLICT_SEEN] == Worth(-40_00, 8_000)
    with pytest.raises(ValueError, match="The points of INTEREST are not the rule's to say"):
        standard_worth(TrustReason.INTEREST)


def test_what_is_measured_is_a_withdrawal() -> None:
    assert all(reason.is_withdrawal for reason in MEASURED)
    assert not TrustReason.PROMISE_BROKEN.is_measured
