"""When each rule, reason and warning of the operating-model advice applies.

Pure. These three tables are the policy, in the order in which they are read: the first rule that holds decides; every
reason and every warning that holds is told. Changing a table is a product decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.tenants.advice_terms import ReasonKey, RuleKey, Severity, WarningKey
from server.tenants.business import AddingPractice, AdviceStrength, BusinessType, OperatingModelKind
from server.tenants.business_profile import Facts

LONG_DECISION_DAYS = 14


@dataclass(frozen=True)
class Condition:
    """Something the rules ask of the facts, and the inputs it reads (besides the business type)."""

    holds: Callable[[Facts], bool]
    inputs: tuple[str, ...] = ()


LOW_PRICE = Condition(lambda facts: facts.profile.business_type is BusinessType.LOW_PRICE_B2C)
HIGH_PRICE = Condition(lambda facts: facts.profile.business_type is BusinessType.HIGH_PRICE_B2C)
BUSINESS_CUSTOMERS = Condition(lambda facts: facts.profile.business_type is BusinessType.B2B)
SERVED_IN_PERSON = Condition(lambda facts: facts.signals.served_in_person, ("served_in_person",))
NEEDS_CASE_HISTORY = Condition(lambda facts: facts.signals.enquiry_needs_case_history, ("enquiry_needs_case_history",))
NOTHING_PERSONAL = Condition(lambda facts: not facts.is_personal, ("served_in_person", "enquiry_needs_case_history"))
PROFESSIONAL_ADVICE = Condition(lambda facts: facts.signals.professional_advice, ("professional_advice",))
MANY_ROLES = Condition(lambda facts: facts.has_many_roles, ("customer_facing_roles",))
LARGE_ORDER = Condition(lambda facts: facts.order_is_large, ("average_order_value",))
SMALL_ORDER = Condition(lambda facts: facts.order_is_small, ("average_order_value",))
FREQUENT_ORDERS = Condition(lambda facts: facts.orders_are_frequent, ("orders_per_year",))
LONG_DECISION = Condition(
    lambda facts: facts.profile.decision_days is not None and facts.profile.decision_days >= LONG_DECISION_DAYS,
    ("decision_days",),
)


@dataclass(frozen=True)
class Rule:
    """Decides when all its conditions hold and no earlier rule did."""

    key: RuleKey
    when: tuple[Condition, ...]
    model: OperatingModelKind
    strength: AdviceStrength
    signals_beat_label: bool = False
    """The way customers are served contradicts the label of the business type, and wins."""
    strength_if_personal: AdviceStrength | None = None
    """Where set, the strength when customers are served in person or enquiries need the case history."""

    def holds(self, facts: Facts) -> bool:
        return all(condition.holds(facts) for condition in self.when)

    def strength_for(self, facts: Facts) -> AdviceStrength:
        return self.strength_if_personal if self.strength_if_personal and facts.is_personal else self.strength

    @property
    def inputs(self) -> frozenset[str]:
        return frozenset(name for condition in self.when for name in condition.inputs)


_CENTRAL, _PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE
_STRONG, _MODERATE, _WEAK = AdviceStrength.STRONG, AdviceStrength.MODERATE, AdviceStrength.WEAK

# In order: the first that holds decides. The last of each business type holds whatever the facts, so one always does.
RULES: Mapping[RuleKey, Rule] = MappingProxyType(
    {
        rule.key: rule
        for rule in (
            Rule(RuleKey.B2B_BY_ROLE, (BUSINESS_CUSTOMERS,), _PER_ROLE, _STRONG),
            Rule(
                RuleKey.CASE_HISTORY_BY_ROLE,
                (LOW_PRICE, SERVED_IN_PERSON, NEEDS_CASE_HISTORY),
                _PER_ROLE,
                _STRONG,
                signals_beat_label=True,
            ),
            Rule(
                RuleKey.PROFESSIONAL_BY_ROLE,
                (LOW_PRICE, PROFESSIONAL_ADVICE, NEEDS_CASE_HISTORY),
                _PER_ROLE,
                _MODERATE,
                signals_beat_label=True,
            ),
            Rule(
                RuleKey.MANY_ROLES_LARGE_ORDER,
                (LOW_PRICE, LARGE_ORDER, MANY_ROLES),
                _PER_ROLE,
                _MODERATE,
                signals_beat_label=True,
            ),
            Rule(RuleKey.LOW_PRICE_CENTRAL, (LOW_PRICE,), _CENTRAL, _STRONG, strength_if_personal=_MODERATE),
            Rule(
                RuleKey.SMALL_FREQUENT_CENTRAL,
                (HIGH_PRICE, SMALL_ORDER, FREQUENT_ORDERS, NOTHING_PERSONAL),
                _CENTRAL,
                _WEAK,
                signals_beat_label=True,
            ),
            Rule(RuleKey.HIGH_PRICE_BY_ROLE, (HIGH_PRICE,), _PER_ROLE, _STRONG),
        )
    }
)


@dataclass(frozen=True)
class ReasonRule:
    """When a reason is told, which model it speaks for, and the numbers it shows."""

    supports: OperatingModelKind
    when: tuple[Condition, ...]
    input: str
    figures: tuple[str, ...] = ()


REASONS: Mapping[ReasonKey, ReasonRule] = MappingProxyType(
    {
        ReasonKey.B2B_JOURNEY: ReasonRule(_PER_ROLE, (BUSINESS_CUSTOMERS,), "business_type"),
        ReasonKey.HIGH_PRICE_JOURNEY: ReasonRule(_PER_ROLE, (HIGH_PRICE,), "business_type"),
        ReasonKey.LOW_PRICE_VOLUME: ReasonRule(_CENTRAL, (LOW_PRICE,), "business_type"),
        ReasonKey.IN_PERSON_TRUST: ReasonRule(_PER_ROLE, (SERVED_IN_PERSON,), "served_in_person"),
        ReasonKey.CASE_HISTORY_NEEDED: ReasonRule(_PER_ROLE, (NEEDS_CASE_HISTORY,), "enquiry_needs_case_history"),
        ReasonKey.PROFESSIONAL_NEEDED: ReasonRule(_PER_ROLE, (PROFESSIONAL_ADVICE,), "professional_advice"),
        ReasonKey.MANY_ROLES: ReasonRule(
            _PER_ROLE, (MANY_ROLES,), "customer_facing_roles", ("customer_facing_roles", "many_roles")
        ),
        ReasonKey.LONG_DECISION: ReasonRule(
            _PER_ROLE, (LONG_DECISION,), "decision_days", ("decision_days", "long_decision_days")
        ),
        ReasonKey.LARGE_ORDER: ReasonRule(
            _PER_ROLE, (LARGE_ORDER,), "average_order_value", ("average_order_value", "large_order")
        ),
        ReasonKey.SMALL_FREQUENT_ORDERS: ReasonRule(
            _CENTRAL,
            (SMALL_ORDER, FREQUENT_ORDERS),
            "average_order_value",
            ("average_order_value", "small_order", "orders_per_year", "frequent_orders_per_year"),
        ),
        ReasonKey.NO_PERSONAL_SERVICE: ReasonRule(_CENTRAL, (NOTHING_PERSONAL,), "served_in_person"),
        ReasonKey.DIRECT_FEEDBACK: ReasonRule(_CENTRAL, (LOW_PRICE,), "business_type"),
    }
)


@dataclass(frozen=True)
class Situation:
    """The facts, the rule that decided the advice, and the model at hand: advised, chosen or in force."""

    facts: Facts
    rule: Rule
    model: OperatingModelKind

    @property
    def central(self) -> bool:
        return self.model is _CENTRAL

    @property
    def per_role(self) -> bool:
        return self.model is _PER_ROLE

    def exceeds(self, name: str, limit: int | None) -> bool:
        """The number of the profile is known and above a known limit."""
        value = getattr(self.facts.profile, name)
        return value is not None and limit is not None and value > limit

    @property
    def group_capacity(self) -> int | None:
        size = self.facts.profile.ops_team_size
        return None if size is None else size * self.facts.thresholds.friends_per_person

    @property
    def frontline_is_short(self) -> bool:
        staff = self.facts.profile.staff_who_meet_customers
        return staff is not None and staff < self.facts.signals.customer_facing_roles


@dataclass(frozen=True)
class WarningRule:
    """When a warning is given, how grave it is, and the numbers it shows."""

    severity: Severity
    when: Callable[[Situation], bool]
    figures: tuple[str, ...] = ()


WARNINGS: Mapping[WarningKey, WarningRule] = MappingProxyType(
    {
        WarningKey.SIGNALS_CONTRADICT_LABEL: WarningRule(Severity.HIGH, lambda at: at.rule.signals_beat_label),
        WarningKey.IN_PERSON_UNDER_CENTRAL: WarningRule(Severity.HIGH, lambda at: at.central and at.facts.is_personal),
        WarningKey.EVERYONE_ADDS_TODAY: WarningRule(
            Severity.HIGH, lambda at: at.facts.profile.current_practice is AddingPractice.EVERYONE_ADDS
        ),
        WarningKey.CONFLICTING_QUOTES: WarningRule(
            Severity.HIGH,
            lambda at: (
                at.per_role and at.facts.signals.prices_negotiated and at.facts.signals.customer_facing_roles >= 2
            ),
            ("customer_facing_roles",),
        ),
        WarningKey.DUPLICATE_FRIENDS: WarningRule(
            Severity.MEDIUM, lambda at: at.per_role and at.facts.has_many_roles, ("customer_facing_roles", "many_roles")
        ),
        WarningKey.GROUP_TOO_SMALL: WarningRule(
            Severity.HIGH,
            lambda at: at.central and at.exceeds("expected_customers", at.group_capacity),
            ("expected_customers", "ops_team_size", "friends_per_person"),
        ),
        WarningKey.NO_GROUP_YET: WarningRule(
            Severity.MEDIUM, lambda at: at.central and at.facts.profile.ops_team_size == 0
        ),
        WarningKey.TOO_FEW_FRONTLINE: WarningRule(
            Severity.MEDIUM,
            lambda at: at.per_role and at.frontline_is_short,
            ("staff_who_meet_customers", "customer_facing_roles"),
        ),
        WarningKey.STORES_WITHOUT_STAFF: WarningRule(
            Severity.MEDIUM,
            lambda at: at.per_role and at.exceeds("store_count", at.facts.profile.staff_who_meet_customers),
            ("store_count", "staff_who_meet_customers"),
        ),
        WarningKey.OVERRIDE_AGAINST_ADVICE: WarningRule(Severity.HIGH, lambda at: at.model is not at.rule.model),
        WarningKey.ASSUMED_SIGNALS: WarningRule(
            Severity.LOW, lambda at: not at.rule.inputs.isdisjoint(at.facts.assumed)
        ),
        WarningKey.SENSITIVE_DATA: WarningRule(Severity.MEDIUM, lambda at: at.facts.signals.professional_advice),
    }
)
