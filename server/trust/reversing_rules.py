"""What an account is without one of its entries. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from server.trust.balance import creased
from server.trust.entry_terms import TrustEntryReason
from server.trust.policy import TrustPolicy
from server.trust.reasons import TrustReason

_NOT_COUNTED = frozenset({TrustReason.INTEREST.value, TrustReason.REVERSAL.value, TrustEntryReason.OPENED.value})
"""What raises a balance without being a deposit of the day."""


def ceiling_of(
    past: Iterable[Mapping[str, Any]], policies: Mapping[int, TrustPolicy], *, without: UUID | None = None
) -> int:
    """The opening ceiling under every crease that was not voided, in order, except that of `without`."""
    entries = list(past)
    voided = {entry["reverses_entry_id"] for entry in entries} | {without}
    ceiling: int = entries[0]["ceiling_after"]
    for entry in entries[1:]:
        if entry["severity_bp"] and entry["id"] not in voided:
            ceiling = creased(ceiling, entry["severity_bp"], policies[entry["policy_version"]])
    return ceiling


def cut_of(seq: int, past: Iterable[Mapping[str, Any]]) -> int:
    """What the crease of the entry cut from the balance, as a negative number: the cut follows it at once."""
    return next(
        (
            entry["amount"]
            for entry in past
            if entry["seq"] == seq + 1 and entry["reason"] == TrustEntryReason.CEILING_CUT.value
        ),
        0,
    )


def deposited_today(reason: str, amount: int, *, is_today: bool) -> int:
    """How much of the day's deposits the entry had used up."""
    if not is_today or amount <= 0 or reason in _NOT_COUNTED:
        return 0
    return amount
