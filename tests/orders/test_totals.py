"""What an order comes to and how much can be given back: exact, in whole minor units, whatever the numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import DomainError
from server.orders.errors import DiscountTooLarge, PaidMoreThanTotal, RefundedMore, RefundTooLarge
from server.orders.order_terms import RefundState
from server.orders.totals import LineSum, refund_state, require_refunds_covered, to_refund, totals

amounts = st.integers(min_value=0, max_value=10**15)
line_sums = st.builds(lambda amount, share: LineSum(amount, amount * share // 100), amounts, st.integers(0, 100))


@given(st.lists(line_sums, min_size=1, max_size=200), st.integers(0, 100), st.integers(0, 100))
def test_a_total_is_the_sum_of_its_lines_less_its_discounts(lines: list[LineSum], off: int, paid: int) -> None:
    sum_of_lines = sum(line.amount for line in lines) - sum(line.discount for line in lines)
    discount = sum_of_lines * off // 100
    found = totals(lines, discount, (sum_of_lines - discount) * paid // 100)
    assert found.lines == sum_of_lines
    assert found.total == sum_of_lines - discount
    assert 0 <= found.paid <= found.total < 2**63
    assert totals(lines, discount, None).paid == found.total


@given(amounts, st.lists(st.tuples(st.integers(0, 2), st.one_of(st.none(), amounts)), max_size=30), st.data())
def test_no_sequence_of_refunds_gives_back_more_than_was_paid(
    scale: int, asked: list[tuple[int, int | None]], data: st.DataObject
) -> None:
    """Of two lines and of the order as a whole (2), in any order and of any size."""
    lines = [scale, scale // 3]
    paid = data.draw(st.integers(0, sum(lines)))
    of_line, refunded = [0, 0], 0
    for place, amount in asked:
        left_of_line = None if place == 2 else lines[place] - of_line[place]
        try:
            given_back = to_refund(amount or None, left_of_order=paid - refunded, left_of_line=left_of_line)
        except RefundTooLarge:
            left = paid - refunded if left_of_line is None else min(paid - refunded, left_of_line)
            assert left == 0 or (amount or 0) > left
            continue
        assert given_back > 0
        refunded += given_back
        if place != 2:
            of_line[place] += given_back
        assert refunded <= paid
        assert all(back <= line for back, line in zip(of_line, lines, strict=True))
        state = refund_state(paid, refunded)
        assert state is (RefundState.WHOLLY if refunded == paid else RefundState.PARTLY)
    assert (refund_state(paid, refunded) is RefundState.NONE) == (refunded == 0)


@pytest.mark.parametrize(
    ("lines", "discount", "paid", "refusal", "field"),
    [
        ([LineSum(100, 0), LineSum(100, 101)], 0, None, DiscountTooLarge, ("lines", "1", "discount")),
        ([LineSum(100, 50)], 51, None, DiscountTooLarge, ("discount",)),
        ([LineSum(100, 50)], 10, 41, PaidMoreThanTotal, ("paid",)),
    ],
)
def test_what_cannot_be(
    lines: list[LineSum], discount: int, paid: int | None, refusal: type[DomainError], field: tuple[str, ...]
) -> None:
    with pytest.raises(refusal) as refused:
        totals(lines, discount, paid)
    assert refused.value.field == field


def test_nothing_is_given_back_of_nothing() -> None:
    with pytest.raises(RefundTooLarge):
        to_refund(None, left_of_order=0, left_of_line=None)
    with pytest.raises(RefundTooLarge):
        to_refund(None, left_of_order=5, left_of_line=0)
    assert to_refund(None, left_of_order=5, left_of_line=7) == 5
    assert to_refund(5, left_of_order=5, left_of_line=None) == 5


def test_what_was_given_back_stays_covered() -> None:
    require_refunds_covered(5, 5, "paid")
    with pytest.raises(RefundedMore) as refused:
        require_refunds_covered(5, 4, "paid")
    assert refused.value.field == ("paid",)
