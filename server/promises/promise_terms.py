"""How a promise stands. Pure data."""

from __future__ import annotations

from server.terms import Term


class PromiseStatus(Term):
    """How a promise stands."""

    OPEN = "OPEN", "To be kept", "待兑现"
    KEPT = "KEPT", "Kept", "已兑现"
    BROKEN = "BROKEN", "Broken", "已失信"
    RELEASED = "RELEASED", "Released", "客户同意解除", "Whom it was made to let the brand off."
