"""How a claim moves an account. Pure: no database, no clock.

Points are whole numbers; where a rule yields a fraction it is rounded down before it becomes a claim. The balance
stands between 0 and the account's ceiling, always: what a rule claims beyond either is not applied, and the entry keeps
both figures. The opening balance is itself an entry, so a balance is the sum of its entries' amounts and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

FLOOR = 0
"""No withdrawal takes a balance lower: trust can be used up, it cannot be owed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account stands at."""

    balance: int
    ceiling: int

    def __post_init__(self) -> None:
        if not FLOOR <= self.balance <= self.ceiling:
            raise ValueError(f"A balance of {self.balance} is not between {FLOOR} and the ceiling {self.ceiling}.")


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a claim: the amount that was applied, and what the account stands at after it."""

    amount: int
    after: Standing


def apply(standing: Standing, claimed: int) -> Applied:
    """Apply a deposit (above zero), a withdrawal (below zero) or a visible zero."""
    balance = min(max(standing.balance + claimed, FLOOR), standing.ceiling)
    return Applied(balance - standing.balance, Standing(balance, standing.ceiling))
