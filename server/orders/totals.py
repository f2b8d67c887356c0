"""What an order comes to, and how much of it can be given back. Pure; every number is in minor units of one currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.errors import DomainError
from server.orders.errors import DiscountTooLarge, PaidMoreThanTotal, RefundedMore, RefundTooLarge
from server.orders.order_terms import RefundState


@dataclass(frozen=True, slots=True)
class LineSum:
    """A line as told: for all of its quantity, before its discount."""

    amount: int
    discount: int

    @property
    def total(self) -> int:
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class Totals:
    """`lines` is the sum of the lines less their own discounts; `discount` is on the whole."""

    lines: int
    discount: int
    total: int
    paid: int


def totals(lines: Sequence[LineSum], discount: int, paid: int | None) -> Totals:
    """What the order comes to; without `paid`, all of it was paid.

    Raises DiscountTooLarge for a discount beyond what it is on, PaidMoreThanTotal.
    """
    for number, line in enumerate(lines):
        if line.discount > line.amount:
            raise DiscountTooLarge("lines", number, "discount")
    sum_of_lines = sum(line.total for line in lines)
    if discount > sum_of_lines:
        raise DiscountTooLarge("discount")
    total = sum_of_lines - discount
    if paid is not None and paid > total:
        raise PaidMoreThanTotal("paid")
    return Totals(sum_of_lines, discount, total, total if paid is None else paid)


def require_refunds_covered(refunded: int, covered_by: int, *field: str | int) -> None:
    """What was given back stays within what there is, when an order or a line is told anew. Raises RefundedMore."""
    if refunded > covered_by:
        raise RefundedMore(*field)


class OrderAct(StrEnum):
    """An act on an order that may be refused for what the order is; the value is the mutation's name."""

    REFUND = "refundOrder"


def refusal(paid: int, refunded: int) -> DomainError | None:
    """Why nothing more can be given back of such an order; None where something can."""
    return RefundTooLarge("amount") if refunded >= paid else None


def to_refund(asked: int | None, *, left_of_order: int, left_of_line: int | None) -> int:
    """How much is given back: what is asked for, or all that is left. Raises RefundTooLarge where there is less, or nothing.

    `left_of_order` is what was paid and not yet given back, `left_of_line` what the line came to and was not.
    """
    left = left_of_order if left_of_line is None else min(left_of_order, left_of_line)
    amount = left if asked is None else asked
    if left <= 0 or amount > left:
        raise RefundTooLarge("amount")
    return amount


def refund_state(paid: int, refunded: int) -> RefundState:
    """How much of what was paid is given back."""
    if refunded == 0:
        return RefundState.NONE
    return RefundState.WHOLLY if refunded >= paid else RefundState.PARTLY
