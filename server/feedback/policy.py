"""How a brand answers, thanks and takes matters up again: its policy, as it starts with the lists' numbers. Pure.

A policy is stored as one document and read for good: what a document does not say is as the lists say. It holds for clocks
that start from now on; a clock that runs keeps the time that was promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from server.feedback.kinds import (
    CONFIRM_DAYS,
    FEEDBACK_RULES,
    REOPEN_DAYS,
    REWARD_DEFAULTS,
    ClockCalendar,
    FeedbackKind,
    FeedbackRule,
)
from server.tenants.currencies import minor_units


@dataclass(frozen=True, slots=True)
class RewardRule:
    """What an incident of a kind is thanked with, in minor units of `currency`; 0: with nothing unless somebody says so."""

    amount_minor: int
    approval_above_minor: int
    monthly_budget_minor: int | None
    """None: no limit."""
    due_hours: int
    currency: str


REWARD_RULES: Mapping[FeedbackKind, RewardRule] = {
    kind: RewardRule(
        amount_minor=minor_units(listed.amount, listed.currency),
        approval_above_minor=minor_units(listed.approval_above, listed.currency),
        monthly_budget_minor=None
        if listed.monthly_budget is None
        else minor_units(listed.monthly_budget, listed.currency),
        due_hours=listed.due_hours,
        currency=listed.currency,
    )
    for kind, listed in REWARD_DEFAULTS.items()
}


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """The numbers in force. `version` is 0 while the brand never said anything."""

    version: int = 0
    reopen_days: int = REOPEN_DAYS
    confirm_days: int = CONFIRM_DAYS
    kinds: Mapping[FeedbackKind, FeedbackRule] = field(default_factory=lambda: dict(FEEDBACK_RULES))
    rewards: Mapping[FeedbackKind, RewardRule] = field(default_factory=lambda: dict(REWARD_RULES))

    def document(self) -> dict[str, Any]:
        """As it is stored: whole, so that a later change of the lists changes no brand's word."""
        return {
            "reopen_days": self.reopen_days,
            "confirm_days": self.confirm_days,
            "kinds": {
                kind.value: {
                    "clock_hours": rule.clock_hours,
                    "calendar": rule.calendar.value,
                    "ack_hours": rule.ack_hours,
                }
                for kind, rule in self.kinds.items()
            },
            "rewards": {kind.value: asdict(rule) for kind, rule in self.rewards.items()},
        }


DEFAULT_POLICY = AnswerPolicy()


def policy_of(document: Mapping[str, Any] | None, version: int) -> AnswerPolicy:
    """The policy that a stored document tells; the lists' where there is none."""
    if document is None:
        return DEFAULT_POLICY
    said = document.get("kinds", {})
    return AnswerPolicy(
        version=version,
        reopen_days=document.get("reopen_days", REOPEN_DAYS),
        confirm_days=document.get("confirm_days", CONFIRM_DAYS),
        kinds={kind: _rule(rule, said.get(kind.value, {})) for kind, rule in FEEDBACK_RULES.items()},
        rewards={
            kind: replace(rule, **document.get("rewards", {}).get(kind.value, {}))
            for kind, rule in REWARD_RULES.items()
        },
    )


def _rule(listed: FeedbackRule, said: Mapping[str, Any]) -> FeedbackRule:
    return replace(
        listed,
        clock_hours=said.get("clock_hours", listed.clock_hours),
        calendar=ClockCalendar(said.get("calendar", listed.calendar)),
        ack_hours=said.get("ack_hours", listed.ack_hours),
    )
