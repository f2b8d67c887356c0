"""How claims move an account: between 0 and the ceiling, and explained by the sum of what was applied."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.trust.balance import FLOOR, Applied, Standing, apply

OPENED = Standing(100, 1000)
claims = st.integers(-500, 500)
standings = st.integers(0, 2000).flatmap(lambda ceiling: st.builds(Standing, st.integers(0, ceiling), st.just(ceiling)))


@pytest.mark.parametrize(
    ("balance", "claimed", "amount"),
    [
        (100, 30, 30),
        (100, -30, -30),
        (100, 0, 0),
        (100, -100, -100),
        (100, -101, -100),
        (0, -1, 0),
        (990, 10, 10),
        (990, 11, 10),
        (1000, 5, 0),
    ],
)
def test_what_is_applied_of_a_claim(balance: int, claimed: int, amount: int) -> None:
    assert apply(Standing(balance, 1000), claimed) == Applied(amount, Standing(balance + amount, 1000))


@pytest.mark.parametrize(("balance", "ceiling"), [(-1, 1000), (1001, 1000), (0, -1)])
def test_no_account_stands_outside_its_bounds(balance: int, ceiling: int) -> None:
    with pytest.raises(ValueError, match="is not between 0 and the ceiling"):
        Standing(balance, ceiling)


@given(standings, claims)
def test_no_claim_leads_out_of_bounds(standing: Standing, claimed: int) -> None:
    applied = apply(standing, claimed)
    assert FLOOR <= applied.after.balance <= applied.after.ceiling == standing.ceiling
    assert applied.after.balance == standing.balance + applied.amount


@given(standings, claims)
def test_no_more_is_applied_than_claimed_and_never_the_other_way(standing: Standing, claimed: int) -> None:
    amount = apply(standing, claimed).amount
    assert abs(amount) <= abs(claimed)
    assert amount * claimed >= 0


@given(standings, claims)
def test_less_is_applied_only_at_a_bound(standing: Standing, claimed: int) -> None:
    applied = apply(standing, claimed)
    if applied.amount != claimed:
        assert applied.after.balance == (FLOOR if claimed < 0 else standing.ceiling)


@given(st.lists(claims, max_size=40))
def test_the_balance_is_the_sum_of_the_amounts_from_the_opening_on(given_claims: list[int]) -> None:
    standings = list(accumulate(given_claims, lambda one, claimed: apply(one, claimed).after, initial=OPENED))
    amounts = [apply(one, claimed).amount for one, claimed in zip(standings, given_claims, strict=False)]
    assert standings[-1].balance == OPENED.balance + sum(amounts)
