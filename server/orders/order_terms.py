"""How much of an order was given back. Pure data."""

from __future__ import annotations

from server.terms import Term


class RefundState(Term):
    """How much of what was paid was given back."""

    NONE = "NONE", "Nothing", "未退款"
    PARTLY = "PARTLY", "A part", "部分退款"
    WHOLLY = "WHOLLY", "All that was paid", "全额退款"
