"""The attention policy in force, and how one is kept: the defaults of the business type, or what the brand said last.

Pure: no database, no clock. Version 1 is the default, which no row holds; what the brand says is version 2 and up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import time
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from server.operations.purposes import Purpose, PurposeClass
from server.tenants.business import BusinessType
from server.touchpoints.attention_policies import (
    ATTENTION_POLICIES,
    ATTENTION_PRESETS,
    COMMON_ATTENTION,
    AttentionPolicy,
    AttentionPreset,
    BackOff,
    ClassBudget,
    CommonAttention,
    PurposeBudget,
    QuietDay,
    QuietHours,
)

DEFAULT_VERSION = 1
LONGEST_DAYS = 366
"""No window reaches further back than this."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The budget of one customer, and what holds beside it."""

    version: int
    preset: AttentionPreset | None
    """The preset it was taken from; None for the default of the business type."""
    budget: AttentionPolicy
    common: CommonAttention

    @property
    def memory_days(self) -> int:
        """How far back contacts still weigh: the longest window, and the longest gap there is."""
        budget = self.budget
        hours = [budget.min_gap_hours, *(one.gap_hours for one in budget.by_class.values())]
        hours += [one.gap_hours for one in budget.by_purpose.values() if one.gap_hours is not None]
        days = [budget.window_days, *(one.window_days or 0 for one in budget.by_purpose.values())]
        return min(LONGEST_DAYS, max(*days, -(-max(hours) * self.common.back_off.max_multiplier // 24)))


def default_policy(business_type: BusinessType) -> PolicyInForce:
    return PolicyInForce(DEFAULT_VERSION, None, ATTENTION_POLICIES[business_type], COMMON_ATTENTION)


def preset_policy(preset: AttentionPreset) -> PolicyInForce:
    return PolicyInForce(DEFAULT_VERSION, preset, ATTENTION_PRESETS[preset], COMMON_ATTENTION)


def document_of(policy: PolicyInForce) -> Document:
    """As it is kept."""
    budget, common, quiet = policy.budget, policy.common, policy.budget.quiet_hours
    return {
        "window_days": budget.window_days,
        "total": budget.total,
        "min_gap_hours": budget.min_gap_hours,
        "quiet_hours": None
        if quiet is None
        else {"from": _clock(quiet.start), "to": _clock(quiet.end), "also": _codes(quiet.also)},
        "by_class": {key.value: {"max": one.max, "gap_hours": one.gap_hours} for key, one in budget.by_class.items()},
        "by_purpose": {
            key.value: {"max": one.max, "gap_hours": one.gap_hours, "window_days": one.window_days}
            for key, one in budget.by_purpose.items()
        },
        "outside_total": _codes(budget.outside_total),
        "company_total": budget.company_total,
        "reply_window_hours": common.reply_window_hours,
        "appointment_exempt_hours": common.appointment_exempt_hours,
        "reservation_minutes": common.reservation_minutes,
        "ignored_after_hours": common.ignored_after_hours,
        "back_off": {
            "after_ignored": common.back_off.after_ignored,
            "gap_multiplier": common.back_off.gap_multiplier,
            "max_multiplier": common.back_off.max_multiplier,
        },
        "bait_unit_multiplier": common.bait_unit_multiplier,
    }


@lru_cache(maxsize=1_000)
def read_policy(business_type: str, version: int | None, preset: str | None, document: str | None) -> PolicyInForce:
    """What the newest row says, or the default where there is none. Remembered by its text: it is asked for every contact."""
    if version is None or document is None:
        return default_policy(BusinessType(business_type))
    kept: Document = orjson.loads(document)
    return PolicyInForce(
        version, None if preset is None else AttentionPreset(preset), _budget(kept), _common(kept, COMMON_ATTENTION)
    )


def _budget(kept: Document) -> AttentionPolicy:
    quiet = kept["quiet_hours"]
    return AttentionPolicy(
        window_days=kept["window_days"],
        total=kept["total"],
        min_gap_hours=kept["min_gap_hours"],
        quiet_hours=None
        if quiet is None
        else QuietHours(
            time.fromisoformat(quiet["from"]),
            time.fromisoformat(quiet["to"]),
            frozenset(QuietDay(day) for day in quiet["also"]),
        ),
        by_class=MappingProxyType({PurposeClass(key): ClassBudget(**one) for key, one in kept["by_class"].items()}),
        by_purpose=MappingProxyType({Purpose(key): PurposeBudget(**one) for key, one in kept["by_purpose"].items()}),
        outside_total=frozenset(PurposeClass(code) for code in kept["outside_total"]),
        company_total=kept["company_total"],
    )


def _common(kept: Document, defaults: CommonAttention) -> CommonAttention:
    """What no brand may change (whose contacts need consent, what quiet hours apply to) is taken from the defaults."""
    return replace(
        defaults,
        reply_window_hours=kept["reply_window_hours"],
        appointment_exempt_hours=kept["appointment_exempt_hours"],
        reservation_minutes=kept["reservation_minutes"],
        ignored_after_hours=kept["ignored_after_hours"],
        back_off=_back_off(kept["back_off"], defaults.back_off),
        bait_unit_multiplier=kept["bait_unit_multiplier"],
    )


def _back_off(kept: Document, defaults: BackOff) -> BackOff:
    return replace(defaults, **kept)


def _clock(of_day: time) -> str:
    return of_day.strftime("%H:%M")


def _codes(terms: Iterable[PurposeClass] | Iterable[QuietDay]) -> list[str]:
    return sorted(term.value for term in terms)
