"""How claims move an account: between 0 and the ceiling, creased for good, explained by the sum of what was applied."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.trust.balance import (
    Applied,
    Standing,
    TrustLimit,
    accrue,
    creased,
    deposit,
    interest,
    take_back,
    withdraw,
)
from server.trust.policy import DEFAULT_TRUST_POLICY, FLOOR, TrustPolicy

POLICY, DAY = DEFAULT_TRUST_POLICY, date(2026, 5, 1)
standings = st.integers(0, 2_000_00).flatmap(
    lambda ceiling: st.builds(Standing, st.integers(0, ceiling), st.just(ceiling))
)
severities = st.none() | st.integers(0, 10_000)
policies = st.builds(
    TrustPolicy,
    crease_rate_bp=st.integers(0, 10_000),
    minimum_ceiling=st.integers(0, 500_00),
    daily_deposit_cap=st.integers(0, 100_00),
)


def applied(standing: Standing, amount: int, limit: TrustLimit | None, **after: object) -> Applied:
    changed = {"balance": standing.balance + amount, "ceiling": standing.ceiling, **after}
    return Applied(amount, Standing(**changed), limit)  # type: ignore[arg-type]  # the fields of a standing


@pytest.mark.parametrize(
    ("balance", "before", "claimed", "left", "amount", "limit"),
    [
        (100_00, 0, 10_00, None, 10_00, None),
        (100_00, 0, 0, None, 0, None),
        (990_00, 0, 10_00, None, 10_00, None),
        (990_00, 0, 10_01, None, 10_00, TrustLimit.CEILING),
        (100_00, 55_00, 10_00, None, 5_00, TrustLimit.DAILY_CAP),
        (100_00, 60_00, 10_00, None, 0, TrustLimit.DAILY_CAP),
        (100_00, 0, 15_00, 1, 15_00, None),
        (100_00, 0, 15_00, 0, 0, TrustLimit.CUSTOMER_CAP),
        (995_00, 50_00, 20_00, None, 5_00, TrustLimit.CEILING),
    ],
)
def test_what_is_applied_of_a_deposit(
    balance: int, before: int, claimed: int, left: int | None, amount: int, limit: TrustLimit | None
) -> None:
    standing = Standing(balance, 1000_00, day=DAY, deposited=before)
    outcome = deposit(standing, claimed, day=DAY, policy=POLICY, times_left=left)
    assert outcome == applied(standing, amount, limit, day=DAY, deposited=before + amount)


def test_another_day_has_room_of_its_own() -> None:
    standing = Standing(100_00, 1000_00, day=DAY, deposited=60_00)
    outcome = deposit(standing, 20_00, day=date(2026, 5, 2), policy=POLICY)
    assert (outcome.amount, outcome.limit, outcome.after.deposited) == (20_00, None, 20_00)


@pytest.mark.parametrize(
    ("balance", "ceiling", "claimed", "severity", "amount", "limit", "after", "cut"),
    [
        (126_25, 1000_00, -40_00, 8_000, -40_00, None, (86_25, 920_00), 0),
        (86_25, 920_00, -15_00, 3_000, -15_00, None, (71_25, 892_40), 0),
        (30_00, 1000_00, -50_00, None, -30_00, TrustLimit.FLOOR, (0, 1000_00), 0),
        (0, 1000_00, -30_00, 6_000, 0, TrustLimit.FLOOR, (0, 940_00), 0),
        (1000_00, 1000_00, -40_00, 8_000, -40_00, None, (920_00, 920_00), -40_00),
        (210_00, 210_00, -5_00, 10_000, -5_00, None, (200_00, 200_00), -5_00),
        (100_00, 150_00, -5_00, 10_000, -5_00, None, (95_00, 150_00), 0),
    ],
)
def test_what_is_applied_of_a_withdrawal(
    balance: int, ceiling: int, claimed: int, severity: int | None, amount: int, limit: TrustLimit | None,
    after: tuple[int, int], cut: int,
) -> None:  # fmt: skip
    outcome = withdraw(Standing(balance, ceiling), claimed, severity, POLICY)
    assert (outcome.amount, outcome.limit, outcome.cut) == (amount, limit, cut)
    assert (outcome.after.balance, outcome.after.ceiling, outcome.after.creases) == (*after, 1 if severity else 0)


@pytest.mark.parametrize(
    ("ceiling", "severity", "lowered"),
    [
        (1000_00, 1_000, 990_00),
        (333_35, 1_000, 330_02),
        (333_50, 1_000, 330_16),
        (300_50, 1_000, 297_50),
        (301_50, 1_000, 298_48),
    ],
)
def test_a_ceiling_is_rounded_half_even_to_the_hundredth(ceiling: int, severity: int, lowered: int) -> None:
    """333.50 x 0.99 = 330.165 becomes 330.16; 300.50 x 0.99 = 297.495 becomes 297.50; 301.50 x 0.99 = 298.485, 298.48."""
    assert creased(ceiling, severity, POLICY) == lowered


@pytest.mark.parametrize(("lowest", "earned"), [(125_00, 1_25), (126_25, 1_26), (99, 0), (100, 1), (0, 0)])
def test_interest_is_rounded_down(lowest: int, earned: int) -> None:
    assert interest(lowest, POLICY) == earned


def test_interest_stops_at_the_ceiling_and_no_cap_of_the_day_holds_it() -> None:
    standing = Standing(995_00, 1000_00, day=DAY, deposited=60_00)
    assert accrue(standing, 9_95) == applied(standing, 5_00, TrustLimit.CEILING, day=DAY, deposited=60_00)


@pytest.mark.parametrize(("balance", "ceiling"), [(-1, 1000), (1001, 1000), (0, -1)])
def test_no_account_stands_outside_its_bounds(balance: int, ceiling: int) -> None:
    with pytest.raises(ValueError, match="is not between 0 and the ceiling"):
        Standing(balance, ceiling)


def test_each_side_of_zero_has_its_own_act() -> None:
    with pytest.raises(ValueError, match="A deposit takes nothing"):
        deposit(Standing(0, 100), -1, day=DAY, policy=POLICY)
    with pytest.raises(ValueError, match="A withdrawal gives nothing"):
        withdraw(Standing(0, 100), 1, None, POLICY)


@given(standings, st.integers(-500_00, 500_00), severities, policies, st.none() | st.integers(-1, 3))
def test_no_claim_leads_out_of_bounds(
    standing: Standing, claimed: int, severity: int | None, policy: TrustPolicy, left: int | None
) -> None:
    outcome = (
        withdraw(standing, claimed, severity, policy)
        if claimed < 0
        else deposit(standing, claimed, day=DAY, policy=policy, times_left=left)
    )
    after = outcome.after
    assert FLOOR <= after.balance <= after.ceiling <= standing.ceiling
    assert after.balance == standing.balance + outcome.amount + outcome.cut
    assert abs(outcome.amount) <= abs(claimed)
    assert outcome.amount * claimed >= 0
    assert (outcome.limit is None) is (outcome.amount == claimed)
    assert outcome.cut <= 0


@given(standings, st.integers(-500_00, -1), severities, policies)
def test_what_is_taken_back_leaves_the_account_as_it_was(
    standing: Standing, claimed: int, severity: int | None, policy: TrustPolicy
) -> None:
    outcome = withdraw(standing, claimed, severity, policy)
    back = take_back(outcome.after, outcome.amount + outcome.cut, standing.ceiling, was_crease=bool(severity))
    assert back == Applied(-(outcome.amount + outcome.cut), standing)
