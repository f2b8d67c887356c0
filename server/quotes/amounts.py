"""How the amounts of a quote come about. Pure: whole minor units and thousandths of a quantity, never a float."""

from __future__ import annotations

from decimal import Decimal

from server.errors import Invalid

LARGEST_QUANTITY = 1_000_000
_THOUSAND = 1_000


def thousandths(quantity: Decimal, *field: str | int) -> int:
    """The quantity in thousandths. Raises Invalid on `field` for none, for too many, and for more than 3 decimals."""
    scaled = quantity.scaleb(3) if quantity.is_finite() else quantity
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise Invalid(*field, why="A quantity has at most 3 decimals.", why_zh="数量最多3位小数。")
    if not 0 < scaled <= LARGEST_QUANTITY * _THOUSAND:
        raise Invalid(
            *field,
            why=f"A quantity is more than 0 and at most {LARGEST_QUANTITY}.",
            why_zh=f"数量须大于0且不超过{LARGEST_QUANTITY}。",
        )
    return int(scaled)


def line_amount(unit_minor: int, quantity_milli: int) -> int:
    """What a line comes to, in minor units; half a unit is rounded up."""
    return (unit_minor * quantity_milli * 2 + _THOUSAND) // (2 * _THOUSAND)
