"""The rules of attention: from what is known of a customer to the verdict on one contact.

Pure: no database, no clock. Every rule that time lifts answers one question, from when on it no longer stands in the way;
it applies now if that lies ahead. The reasons come in the order of `AttentionReason`, all that apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from server.operations.purposes import Purpose, PurposeClass
from server.touchpoints.attention.facts import AttentionExemption, Contact, Facts, Finding, Spend, Verdict
from server.touchpoints.attention.quiet_hours import awake_from
from server.touchpoints.attention_policies import AttentionReason, QuietHours
from server.touchpoints.media import CapWindow
from server.touchpoints.outcomes import Outcome, StreakEffect

BY_CUSTOMER = frozenset({AttentionReason.OPTED_OUT, AttentionReason.NO_CONSENT, AttentionReason.ERASED_OR_BLOCKED})
"""Only the customer can lift these. Nobody's override does."""

VISIT_PURPOSES = frozenset({Purpose.APPOINTMENT, Purpose.RECEPTION, Purpose.DELIVERY})
"""What an appointment or delivery that is due lets its owner speak of."""

SHOWN_SPENDS = 20
"""Of what was spent, so much is told."""

_NEVER = datetime.max.replace(tzinfo=UTC)
_MOST_STEPS = 200

ClearFrom = Callable[[datetime], datetime]


class _Rule(NamedTuple):
    """A time-bound rule: from `t` on, when it no longer stands in the way; and what it says where it does."""

    finding: Finding
    clear_from: ClearFrom


def judge(facts: Facts, contact: Contact, now: datetime) -> Verdict:
    """The verdict on the contact if it were made now.

    `next_welcome_at` is the earliest moment at which no time-bound reason applies, if nobody contacts the customer until
    then. None where none applies now, where the customer would have to lift something, and where time never will.
    """
    legal = contact.purpose.purpose_class is PurposeClass.LEGAL
    exemption = exempt(facts, contact, now)
    counted = _counted(facts)
    mine = _of_person(facts, contact, counted)
    budgets = [] if legal else _budgets(facts, contact, counted, mine)
    remaining = min((max(0, budget.limit - budget.used(now)) for budget in budgets), default=None)
    findings: list[Finding] = [] if legal else _standing(facts, contact)
    clear = now
    if exemption is None:
        rules = _rules(facts, contact, budgets, counted, mine, now)
        told = [(rule.finding, rule.clear_from(now)) for rule in rules]
        against = [_said(finding, until) for finding, until in told if until > now]
        if against:
            findings += against
            clear = _all_clear(rules, now)
    findings = _in_order(findings)
    lifted_by_customer = any(finding.code in BY_CUSTOMER for finding in findings)
    return Verdict(
        welcome=not findings,
        units=0 if exemption is not None else contact.medium.traits.unit,
        exemption=exemption,
        remaining=remaining,
        next_welcome_at=None if lifted_by_customer or clear <= now or clear >= _NEVER else clear,
        findings=tuple(findings),
        spent=_spenders(budgets, now),
    )


def exempt(facts: Facts, contact: Contact, at: datetime) -> AttentionExemption | None:
    """Why the contact costs nothing, if it does not. A reply that carries a marketing purpose is no reply."""
    of_class, common = contact.purpose.purpose_class, facts.policy.common
    if of_class is PurposeClass.LEGAL:
        return AttentionExemption.LEGAL
    if contact.medium.traits.unit == 0:
        return AttentionExemption.UNCOUNTED_MEDIUM
    window = timedelta(hours=common.reply_window_hours)
    asked = facts.enquired_at
    if of_class is not PurposeClass.MARKETING and asked is not None and at - asked < window:
        return AttentionExemption.REPLY
    if facts.visit_due and contact.purpose in VISIT_PURPOSES:
        return AttentionExemption.VISIT_DUE
    return None


def ignored_run(facts: Facts, now: datetime) -> int:
    """How many of the newest counted contacts in a row the customer ignored.

    A delivered contact without a reaction counts only on a medium that can show an opening, when `ignored_after_hours` have
    passed since; elsewhere silence says nothing, and the contact is passed over. A contact by the customer ends the run.
    """
    common = facts.policy.common
    patience = timedelta(hours=common.ignored_after_hours)
    run = 0
    for spend in sorted(facts.spends, key=lambda one: one.at, reverse=True):
        if spend.reservation_id is not None:
            continue
        if common.back_off.reset_by_inbound and facts.heard_at is not None and spend.at <= facts.heard_at:
            break
        outcome = spend.outcome
        if (
            outcome is Outcome.DELIVERED
            and Outcome.OPENED in spend.medium.traits.observes
            and now - spend.at >= patience
        ):
            outcome = Outcome.IGNORED
        effect = outcome.effect.streak
        if effect is StreakEffect.RESET:
            break
        if effect is StreakEffect.PLUS_ONE:
            run += 1
    return run


def slowed(facts: Facts, run: int) -> int:
    """By how much a run of ignored contacts multiplies the gaps; 1 where it does not."""
    back_off = facts.policy.common.back_off
    if run < back_off.after_ignored:
        return 1
    return int(min(back_off.max_multiplier, back_off.gap_multiplier ** (run - back_off.after_ignored + 1)))


class _Budget:
    """So many units over so many days, and what has been spent of them."""

    __slots__ = ("days", "ending", "limit", "reason")

    def __init__(self, reason: AttentionReason, limit: int, days: int, spends: Sequence[Spend]) -> None:
        window = timedelta(days=days)
        self.reason, self.limit, self.days = reason, limit, days
        self.ending = [
            (one.at + window if one.until is None else min(one.at + window, one.until), one) for one in spends
        ]
        """Each with when it falls out of the window, or ends by itself."""

    def used(self, at: datetime) -> int:
        return sum(one.units for ends, one in self.ending if ends > at)

    def clear_from(self, need: int, at: datetime) -> datetime:
        """When `need` units are free, if nothing is spent until then."""
        if need > self.limit:
            return _NEVER
        free = self.limit - self.used(at)
        if free >= need:
            return at
        for ends, units in sorted((ends, one.units) for ends, one in self.ending if ends > at):
            free += units
            if free >= need:
                return ends
        raise AssertionError("With everything given back, what fits the limit fits.")


def _counted(facts: Facts) -> list[Spend]:
    """What counts: not what did not arrive; bait counts more."""
    multiplier = facts.policy.common.bait_unit_multiplier
    return [
        replace(one, units=one.units * multiplier) if one.outcome is Outcome.MISLED else one
        for one in facts.spends
        if not one.outcome.effect.refunds_unit
    ]


class _Sorted(NamedTuple):
    """What was spent, by what it bears on."""

    of_purpose: list[Spend]
    of_class: list[Spend]
    inside: list[Spend]
    """Of the classes that spend the total."""


_NOTHING = _Sorted([], [], [])


def _sorted(facts: Facts, contact: Contact, spends: list[Spend]) -> _Sorted:
    if not spends:
        return _NOTHING
    purpose, of_class, outside = contact.purpose, contact.purpose.purpose_class, facts.policy.budget.outside_total
    found = _Sorted([], [], [])
    for one in spends:
        if one.purpose is purpose:
            found.of_purpose.append(one)
        its_class = one.purpose.purpose_class
        if its_class is of_class:
            found.of_class.append(one)
        if its_class not in outside:
            found.inside.append(one)
    return found


def _of_person(facts: Facts, contact: Contact, counted: list[Spend]) -> _Sorted:
    """Of a company's contacts, those with the same person: where the policy knows a total of its own for companies."""
    if facts.is_company and facts.policy.budget.company_total is not None:
        counted = [one for one in counted if one.person_id == contact.person_id]
    return _sorted(facts, contact, counted)


def _budgets(facts: Facts, contact: Contact, counted: list[Spend], mine: _Sorted) -> list[_Budget]:
    policy, of_class = facts.policy.budget, contact.purpose.purpose_class
    days = policy.window_days
    budgets = []
    own = policy.by_purpose.get(contact.purpose)
    if own is not None:
        budgets.append(_Budget(AttentionReason.PURPOSE_BUDGET, own.max, own.window_days or days, mine.of_purpose))
    budgets.append(_Budget(AttentionReason.PURPOSE_BUDGET, policy.by_class[of_class].max, days, mine.of_class))
    if of_class not in policy.outside_total:
        budgets.append(_Budget(AttentionReason.TOTAL_BUDGET, policy.total, days, mine.inside))
        if facts.is_company and policy.company_total is not None:
            everybody = _sorted(facts, contact, counted).inside
            budgets.append(_Budget(AttentionReason.TOTAL_BUDGET, policy.company_total, days, everybody))
    return budgets


def _standing(facts: Facts, contact: Contact) -> list[Finding]:
    """The reasons that time does not lift."""
    of_class, common = contact.purpose.purpose_class, facts.policy.common
    named = contact.names_something or contact.is_planned
    pushed = contact.medium.traits.unit > 0  # a parcel's insert or a talk in the store needs no consent to be sent
    told = (
        (AttentionReason.OPTED_OUT, facts.opted_out),
        (AttentionReason.NO_CONSENT, pushed and of_class in common.consent_required and not facts.has_consent),
        (AttentionReason.ERASED_OR_BLOCKED, facts.erased_or_blocked),
        (AttentionReason.OUT_OF_BOUNDARY, facts.out_of_boundary),
        (
            AttentionReason.NOT_RELEVANT,
            pushed and of_class in common.relevance_required and not (named and facts.is_relevant),
        ),
    )
    return [Finding(code) for code, applies in told if applies]


def _rules(
    facts: Facts, contact: Contact, budgets: list[_Budget], counted: list[Spend], mine: _Sorted, now: datetime
) -> list[_Rule]:
    """Everything that time lifts."""
    policy, common, need = facts.policy.budget, facts.policy.common, contact.medium.traits.unit
    rules = []
    quiet = policy.quiet_hours
    if quiet is not None and contact.purpose.purpose_class in common.quiet_hours_apply_to:
        rules.append(_Rule(Finding(AttentionReason.QUIET_HOURS), partial(_awake, facts.zone, facts.closed, quiet)))
    if contact.medium.traits.platform_cap is not None:
        rules.append(_platform_cap(facts, contact, counted, now))
    rules += [
        _Rule(
            Finding(budget.reason, limit=budget.limit, used=budget.used(now), days=budget.days),
            partial(budget.clear_from, need),
        )
        for budget in budgets
    ]
    if not counted:
        return rules
    times = slowed(facts, run := ignored_run(facts, now))
    for hours, spends in _gaps(facts, contact, mine):
        rules.append(_Rule(Finding(AttentionReason.GAP, hours=hours), partial(_gap_over, spends, hours)))
        if times > 1:
            finding = Finding(AttentionReason.BACK_OFF, hours=hours * times, used=run)
            rules.append(_Rule(finding, partial(_gap_over, spends, hours * times)))
    return rules


@lru_cache(maxsize=1_000)
def _awake(zone: ZoneInfo, closed: frozenset[date], quiet: QuietHours, at: datetime) -> datetime:
    """Remembered: a page of customers asks it for one moment, most of them in one time zone."""
    return awake_from(quiet, at, zone, closed)


def _gaps(facts: Facts, contact: Contact, mine: _Sorted) -> list[tuple[int, list[Spend]]]:
    """How many hours must lie behind which contacts."""
    policy, of_class = facts.policy.budget, contact.purpose.purpose_class
    gaps = [(policy.by_class[of_class].gap_hours, mine.of_class)]
    own = policy.by_purpose.get(contact.purpose)
    if own is not None and own.gap_hours is not None:
        gaps.append((own.gap_hours, mine.of_purpose))
    if of_class not in policy.outside_total:
        gaps.append((policy.min_gap_hours, mine.inside))
    return [gap for gap in gaps if gap[1]]


def _gap_over(spends: Sequence[Spend], hours: int, at: datetime) -> datetime:
    gap = timedelta(hours=hours)
    ends = (one.at + gap if one.until is None else min(one.at + gap, one.until) for one in spends)
    return max(ends, default=at)


def _platform_cap(facts: Facts, contact: Contact, counted: list[Spend], now: datetime) -> _Rule:
    """As many a calendar month as the month has days, in the customer's time zone."""
    cap = contact.medium.traits.platform_cap
    assert cap is not None, "Asked of a medium with a cap."
    assert cap.window is CapWindow.CALENDAR_MONTH, "The one window there is."
    sent = [one for one in counted if one.medium is contact.medium]

    def clear_from(at: datetime) -> datetime:
        local = at.astimezone(facts.zone)
        start = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        end = (start + timedelta(days=32)).replace(day=1)
        days = (end.date() - start.date()).days
        used = sum(1 for one in sent if start <= one.at < end and (one.until is None or one.until > at))
        return at if used < days else end.astimezone(UTC)

    month = now.astimezone(facts.zone)
    days = ((month.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return _Rule(Finding(AttentionReason.PLATFORM_CAP, limit=days), clear_from)


def _said(finding: Finding, until: datetime) -> Finding:
    return Finding(
        finding.code, None if until >= _NEVER else until, finding.limit, finding.used, finding.days, finding.hours
    )


def _all_clear(rules: list[_Rule], now: datetime) -> datetime:
    """The earliest moment at which no rule stands in the way: what one rule allows another may not."""
    at = now
    for _ in range(_MOST_STEPS):
        later = max((rule.clear_from(at) for rule in rules), default=at)
        if later <= at or later >= _NEVER:
            return max(at, later)
        at = later
    return _NEVER


def _in_order(findings: list[Finding]) -> list[Finding]:
    """One finding of a reason, the one that lasts longest, in the order of the reasons."""
    if not findings:
        return findings
    longest: dict[AttentionReason, Finding] = {}
    for finding in findings:
        said = longest.get(finding.code)
        if said is None or (said.until is not None and (finding.until is None or finding.until > said.until)):
            longest[finding.code] = finding
    return [longest[code] for code in AttentionReason if code in longest]


def _spenders(budgets: list[_Budget], now: datetime) -> tuple[Spend, ...]:
    spent = {id(one): one for budget in budgets for ends, one in budget.ending if ends > now}
    if not spent:
        return ()
    newest = sorted(
        spent.values(), key=lambda one: (one.at, str(one.touchpoint_id or one.reservation_id)), reverse=True
    )
    return tuple(newest[:SHOWN_SPENDS])
