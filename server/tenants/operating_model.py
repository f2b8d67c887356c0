"""Advises who should add the customer: one central ops group, or the role that serves at each key node.

Pure: no database, no clock. The rules stand in ``advice_rules``; this is their reading. Facts beat the label of the
business type: a pet hospital that calls itself a low-price consumer business is still served by people who know the
animal. What speaks for the other model is told too, and so is everything that was assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from server.tenants.advice_rules import LONG_DECISION_DAYS, REASONS, RULES, WARNINGS, Rule, Situation
from server.tenants.advice_terms import ReasonKey, RuleKey, Severity, WarningKey
from server.tenants.business import AdviceStrength, OperatingModelKind
from server.tenants.business_profile import BusinessProfile, Facts, Thresholds, facts_of


@dataclass(frozen=True)
class Figure:
    """A number behind a reason or warning. `currency` only for amounts of money."""

    name: str
    value: Decimal
    currency: str | None = None


@dataclass(frozen=True)
class Reason:
    """A fact that speaks for one of the models, which is not always the advised one."""

    key: ReasonKey
    supports: OperatingModelKind
    input: str
    """The input of the profile that caused it."""
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class AdviceWarning:
    """What can go wrong under the model at hand, or with the advice itself."""

    key: WarningKey
    severity: Severity
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Advice:
    """The model for a profile, and why."""

    model: OperatingModelKind
    strength: AdviceStrength
    decided_by: RuleKey
    reasons: tuple[Reason, ...]
    warnings: tuple[AdviceWarning, ...]
    assumed: tuple[str, ...]
    """Signals not given and taken from the industry's default."""
    missing: tuple[str, ...]
    """Optional inputs not given that nothing stands in for. An average order value that no threshold of its currency
    can be compared with counts as missing too: no rule has used it."""


def advise(profile: BusinessProfile, thresholds: Thresholds) -> Advice:
    """The model for this profile and why. Facts that contradict the label are returned as warnings."""
    facts = facts_of(profile, thresholds)
    rule = _deciding_rule(facts)
    situation = Situation(facts, rule, rule.model)
    return Advice(
        model=rule.model,
        strength=rule.strength_for(facts),
        decided_by=rule.key,
        reasons=_reasons(facts),
        warnings=_warnings(situation),
        assumed=facts.assumed,
        missing=facts.missing,
    )


def warnings_of_choice(
    profile: BusinessProfile, advice: Advice, *, chosen: OperatingModelKind, thresholds: Thresholds
) -> tuple[AdviceWarning, ...]:
    """All warnings for a tenant that runs, or is about to run, `chosen` after this advice.

    They replace the warnings of the advice: those are about the advised model, these about the chosen one.
    """
    return _warnings(Situation(facts_of(profile, thresholds), RULES[advice.decided_by], chosen))


def _deciding_rule(facts: Facts) -> Rule:
    return next(rule for rule in RULES.values() if rule.holds(facts))


def _reasons(facts: Facts) -> tuple[Reason, ...]:
    return tuple(
        Reason(key, rule.supports, rule.input, _figures(facts, rule.figures))
        for key, rule in REASONS.items()
        if all(condition.holds(facts) for condition in rule.when)
    )


def _warnings(situation: Situation) -> tuple[AdviceWarning, ...]:
    return tuple(
        AdviceWarning(key, rule.severity, _figures(situation.facts, rule.figures))
        for key, rule in WARNINGS.items()
        if rule.when(situation)
    )


def _figures(facts: Facts, names: tuple[str, ...]) -> tuple[Figure, ...]:
    return tuple(_figure(facts, name) for name in names)


def _figure(facts: Facts, name: str) -> Figure:
    """The number of this name: a constant of the rules, a threshold, a settled signal or an input."""
    if name == "long_decision_days":
        return Figure(name, Decimal(LONG_DECISION_DAYS))
    source = next(part for part in (facts.thresholds, facts.signals, facts.profile) if hasattr(part, name))
    is_amount = name in {"average_order_value", "small_order", "large_order"}
    return Figure(name, Decimal(getattr(source, name)), facts.profile.currency if is_amount else None)
