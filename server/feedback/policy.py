"""How a brand answers, thanks and takes matters up again: its policy, as it starts with the lists' numbers. Pure.

A policy is stored as one document and read for good: what a document does not say is as the lists say. It holds for clocks
that start from now on; a clock that runs keeps the time that was promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server.feedback.kinds import (
    CONFIRM_DAYS,
    FEEDBACK_RULES,
    REOPEN_DAYS,
    ClockCalendar,
    FeedbackKind,
    FeedbackRule,
)


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """The numbers in force. `version` is 0 while the brand never said anything."""

    version: int = 0
    reopen_days: int = REOPEN_DAYS
    confirm_days: int = CONFIRM_DAYS
    kinds: Mapping[FeedbackKind, FeedbackRule] = field(default_factory=lambda: dict(FEEDBACK_RULES))

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
    )


def _rule(listed: FeedbackRule, said: Mapping[str, Any]) -> FeedbackRule:
    return replace(
        listed,
        clock_hours=said.get("clock_hours", listed.clock_hours),
        calendar=ClockCalendar(said.get("calendar", listed.calendar)),
        ack_hours=said.get("ack_hours", listed.ack_hours),
    )
