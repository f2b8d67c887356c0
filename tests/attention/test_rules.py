"""The verdict from facts: every reason, their order, the moment at which they end, and what costs nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from server.operations.purposes import Purpose, PurposeClass
from server.tenants.business import BusinessType
from server.terms import Locale
from server.touchpoints.attention import texts
from server.touchpoints.attention.facts import AttentionExemption, Contact, Facts, Spend
from server.touchpoints.attention.policies import PolicyInForce, default_policy, document_of, preset_policy, read_policy
from server.touchpoints.attention.rules import ignored_run, judge, slowed
from server.touchpoints.attention_policies import AttentionPreset, AttentionReason, ClassBudget, PurposeBudget
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Outcome

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
"""A Tuesday, 12:00 in Shanghai."""

LOW = default_policy(BusinessType.LOW_PRICE_B2C)
HIGH = default_policy(BusinessType.HIGH_PRICE_B2C)
B2B = default_policy(BusinessType.B2B)
OATLY = preset_policy(AttentionPreset.LOW_FREQUENCY_ONE_TO_ONE)

CONTENT = Contact(Purpose.CONTENT, Medium.WECOM_CHAT, names_something=True)


def known(policy: PolicyInForce = LOW, *spends: Spend, **more: Any) -> Facts:
    return Facts(policy=policy, zone=SHANGHAI, spends=spends, **more)


def spent(hours: float, purpose: Purpose = Purpose.CONTENT, units: int = 1, **more: Any) -> Spend:
    """A contact so many hours ago."""
    return Spend(NOON - timedelta(hours=hours), purpose, more.pop("medium", Medium.WECOM_CHAT), units, **more)


def told(facts: Facts, contact: Contact = CONTENT, at: datetime = NOON) -> list[str]:
    return [reason.value for reason in judge(facts, contact, at).reasons]


def test_a_customer_nobody_contacted_welcomes_it() -> None:
    verdict = judge(known(), CONTENT, NOON)
    assert (verdict.welcome, verdict.remaining, verdict.units, verdict.next_welcome_at) == (True, 3, 1, None)
    assert (verdict.findings, verdict.spent, verdict.exemption) == ((), (), None)


def test_the_low_frequency_preset_welcomes_again_after_two_weeks() -> None:
    """System 3: one article ten days ago; the next one is welcome 336 hours after it, which falls on noon."""
    verdict = judge(known(OATLY, spent(240)), CONTENT, NOON)
    assert [finding.code for finding in verdict.findings] == [AttentionReason.PURPOSE_BUDGET, AttentionReason.GAP]
    # 336 hours after it the gap is over; but only one article fits into 30 days, so it is 720 hours after it.
    assert verdict.next_welcome_at == NOON - timedelta(hours=240) + timedelta(days=30)
    assert verdict.remaining == 0
    gap = verdict.findings[1]
    assert (gap.hours, gap.until) == (336, NOON + timedelta(hours=96))


def test_all_reasons_come_in_their_order() -> None:
    seen = tuple(
        spent(hours, purpose, outcome=Outcome.IGNORED)
        for hours, purpose in [
            (1, Purpose.CONTENT), (2, Purpose.CONTENT), (3, Purpose.CONTENT),
            (4, Purpose.GREETING), (5, Purpose.GREETING), (6, Purpose.GREETING),
        ]
    )  # fmt: skip
    facts = known(
        LOW, *seen, opted_out=True, has_consent=False, erased_or_blocked=True, out_of_boundary=True, is_relevant=False
    )
    night = NOON + timedelta(hours=11)  # 23:00 in Shanghai
    assert told(facts, at=night) == [
        "OPTED_OUT", "NO_CONSENT", "ERASED_OR_BLOCKED", "OUT_OF_BOUNDARY", "QUIET_HOURS", "PURPOSE_BUDGET",
        "TOTAL_BUDGET", "GAP", "BACK_OFF", "NOT_RELEVANT",
    ]  # fmt: skip
    assert judge(facts, CONTENT, night).next_welcome_at is None
    order = list(AttentionReason)
    assert sorted(judge(facts, CONTENT, night).reasons, key=order.index) == list(judge(facts, CONTENT, night).reasons)


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"opted_out": True}, "OPTED_OUT"),
        ({"has_consent": False}, "NO_CONSENT"),
        ({"erased_or_blocked": True}, "ERASED_OR_BLOCKED"),
        ({"out_of_boundary": True}, "OUT_OF_BOUNDARY"),
        ({"is_relevant": False}, "NOT_RELEVANT"),
    ],
)
def test_what_time_does_not_lift(fact: dict[str, Any], reason: str) -> None:
    verdict = judge(known(**fact), CONTENT, NOON)
    assert ([one.value for one in verdict.reasons], verdict.welcome) == ([reason], False)
    assert verdict.next_welcome_at is None
    later = judge(known(LOW, spent(1), **fact), CONTENT, NOON)
    lifted_by_customer = reason in ("OPTED_OUT", "NO_CONSENT", "ERASED_OR_BLOCKED")
    # 120 hours after the last one it is 11:00 in Shanghai.
    assert later.next_welcome_at == (None if lifted_by_customer else NOON + timedelta(hours=119))


def test_consent_and_relevance_are_asked_of_what_is_pushed_for_marketing() -> None:
    nothing = known(has_consent=False, is_relevant=False)
    assert told(nothing, Contact(Purpose.RECALL, Medium.WECOM_CHAT)) == []
    assert told(nothing, Contact(Purpose.CONTENT, Medium.PARCEL)) == []
    assert told(known(), Contact(Purpose.CONTENT, Medium.WECOM_CHAT)) == ["NOT_RELEVANT"]
    assert told(known(), Contact(Purpose.CONTENT, Medium.WECOM_CHAT, is_planned=True)) == []


def test_a_safety_notice_passes_always() -> None:
    facts = known(
        LOW,
        *(spent(0.1) for _ in range(20)),
        opted_out=True,
        has_consent=False,
        erased_or_blocked=True,
        is_relevant=False,
    )
    verdict = judge(facts, Contact(Purpose.SAFETY_NOTICE, Medium.SMS), NOON + timedelta(hours=12))
    assert (verdict.welcome, verdict.units, verdict.exemption) == (True, 0, AttentionExemption.LEGAL)
    assert verdict.remaining is None


def test_units_of_all_staff_and_media_add_up_and_are_free_again_when_the_window_has_passed() -> None:
    one, two = uuid4(), uuid4()
    facts = known(
        LOW,
        spent(29 * 24, Purpose.GREETING, staff_id=one),
        spent(20 * 24, Purpose.RECALL, 2, medium=Medium.PHONE, staff_id=two),
        spent(15 * 24, Purpose.CONTENT, staff_id=one),
        spent(10 * 24, Purpose.COMMUNITY, staff_id=two),
        spent(31 * 24, Purpose.CONTENT, staff_id=one),
    )
    verdict = judge(facts, Contact(Purpose.GREETING, Medium.WECOM_CHAT), NOON)
    assert (verdict.welcome, verdict.remaining) == (True, 1)
    assert [(one.staff_id, one.units) for one in verdict.spent] == [(two, 1), (one, 1), (two, 2), (one, 1)]
    call = judge(facts, Contact(Purpose.GREETING, Medium.PHONE), NOON)
    assert call.reasons == (AttentionReason.PURPOSE_BUDGET, AttentionReason.TOTAL_BUDGET)
    # A call costs two: the greeting of 29 days ago has to fall out of the window.
    assert call.next_welcome_at == NOON + timedelta(days=1)


def test_service_and_transactions_have_budgets_of_their_own() -> None:
    full = [
        spent(hours * 24 + 200, purpose) for hours, purpose in enumerate([Purpose.RECALL] * 3 + [Purpose.GREETING] * 3)
    ]
    facts = known(LOW, *full)
    assert told(facts, Contact(Purpose.RECALL, Medium.WECOM_CHAT)) == ["PURPOSE_BUDGET", "TOTAL_BUDGET"]
    assert told(facts, Contact(Purpose.ENQUIRY, Medium.WECOM_CHAT)) == []
    busy = known(LOW, *(spent(5 + hours, Purpose.ORDER_STATUS) for hours in range(6)))
    assert told(busy, Contact(Purpose.DELIVERY, Medium.WECOM_CHAT)) == ["PURPOSE_BUDGET"]
    assert told(busy, Contact(Purpose.GREETING, Medium.WECOM_CHAT)) == []


def test_a_purpose_has_its_own_window() -> None:
    survey = Contact(Purpose.SATISFACTION_SURVEY, Medium.WECOM_CHAT)
    assert told(known(LOW, spent(89 * 24, Purpose.SATISFACTION_SURVEY)), survey) == ["PURPOSE_BUDGET"]
    assert told(known(LOW, spent(90 * 24, Purpose.SATISFACTION_SURVEY)), survey) == []


def test_what_did_not_arrive_costs_nothing_and_bait_costs_twice() -> None:
    failed = known(LOW, *(spent(1, outcome=Outcome.FAILED) for _ in range(9)))
    assert judge(failed, CONTENT, NOON).remaining == 3
    assert told(failed) == []
    bait = known(LOW, spent(300, outcome=Outcome.MISLED))
    assert judge(bait, CONTENT, NOON).remaining == 1
    assert judge(bait, CONTENT, NOON).spent[0].units == 2


def test_a_budget_of_nothing_is_never_welcome() -> None:
    never = replace(LOW, budget=replace(LOW.budget, by_purpose=MappingProxyType({Purpose.CONTENT: PurposeBudget(0)})))
    verdict = judge(known(never), CONTENT, NOON)
    assert (verdict.reasons, verdict.next_welcome_at) == ((AttentionReason.PURPOSE_BUDGET,), None)
    assert verdict.findings[0].until is None


@pytest.mark.parametrize(
    ("contact", "enquired", "exemption"),
    [
        (Contact(Purpose.ENQUIRY, Medium.WECOM_CHAT), 47, AttentionExemption.REPLY),
        (Contact(Purpose.ENQUIRY, Medium.WECOM_CHAT), 48, None),
        (Contact(Purpose.CONTENT, Medium.WECOM_CHAT, names_something=True), 1, None),
        (Contact(Purpose.ENQUIRY, Medium.IN_PERSON), None, AttentionExemption.UNCOUNTED_MEDIUM),
    ],
)
def test_what_costs_nothing(contact: Contact, enquired: float | None, exemption: AttentionExemption | None) -> None:
    at = None if enquired is None else NOON - timedelta(hours=enquired)
    facts = known(
        LOW, *(spent(0.1, Purpose.ENQUIRY) for _ in range(6)), *(spent(0.1) for _ in range(6)), enquired_at=at
    )
    verdict = judge(facts, contact, NOON)
    assert (verdict.exemption, verdict.units) == (exemption, 0 if exemption else 1)
    assert verdict.welcome is (exemption is not None)


def test_the_owner_may_speak_of_a_visit_that_is_due() -> None:
    night = NOON + timedelta(hours=11)
    for purpose, free in [(Purpose.APPOINTMENT, True), (Purpose.DELIVERY, True), (Purpose.QUOTATION, False)]:
        verdict = judge(known(HIGH, visit_due=True), Contact(purpose, Medium.WECOM_CHAT), night)
        assert verdict.exemption is (AttentionExemption.VISIT_DUE if free else None)
        assert verdict.welcome is free


def test_an_exempt_reply_is_still_refused_by_the_customer() -> None:
    facts = known(enquired_at=NOON - timedelta(hours=1), opted_out=True)
    assert told(facts, Contact(Purpose.ENQUIRY, Medium.SMS)) == ["OPTED_OUT"]


# ------------------------------------------------------------------------------------------------------------ backing off


def ignored(*outcomes: Outcome, medium: Medium = Medium.EMAIL, heard: float | None = None) -> Facts:
    """Contacts 20 days apart from the newest, ten days ago, back."""
    seen = [spent(24 * (10 + 20 * place), outcome=one, medium=medium) for place, one in enumerate(outcomes)]
    return known(LOW, *seen, heard_at=None if heard is None else NOON - timedelta(hours=heard))


@pytest.mark.parametrize(
    ("facts", "run", "times"),
    [
        (ignored(), 0, 1),
        (ignored(Outcome.IGNORED), 1, 1),
        (ignored(Outcome.IGNORED, Outcome.IGNORED), 2, 2),
        (ignored(*[Outcome.IGNORED] * 3), 3, 4),
        (ignored(*[Outcome.IGNORED] * 4), 4, 8),
        (ignored(*[Outcome.IGNORED] * 5), 5, 8),
        (ignored(Outcome.DELIVERED, Outcome.DELIVERED), 2, 2),
        (ignored(Outcome.DELIVERED, Outcome.DELIVERED, medium=Medium.WECOM_CHAT), 0, 1),
        (ignored(Outcome.DELIVERED, Outcome.DELIVERED, medium=Medium.SMS), 0, 1),
        (ignored(Outcome.PENDING, Outcome.IGNORED, Outcome.IGNORED), 2, 2),
        (ignored(Outcome.OPENED, Outcome.IGNORED, Outcome.IGNORED), 0, 1),
        (ignored(Outcome.IGNORED, Outcome.CLICKED, Outcome.IGNORED), 1, 1),
        (ignored(Outcome.MISLED, Outcome.COMPLAINED), 2, 2),
        (ignored(Outcome.IGNORED, Outcome.IGNORED, heard=1), 0, 1),
        (ignored(Outcome.IGNORED, Outcome.IGNORED, heard=24 * 20), 1, 1),
    ],
)
def test_the_run_of_ignored_contacts(facts: Facts, run: int, times: int) -> None:
    assert (ignored_run(facts, NOON), slowed(facts, run)) == (run, times)


def test_silence_counts_after_72_hours_and_no_earlier() -> None:
    for hours, run in [(71, 0), (72, 1)]:
        facts = known(LOW, spent(hours, outcome=Outcome.DELIVERED, medium=Medium.APP_PUSH))
        assert ignored_run(facts, NOON) == run


def test_ignored_contacts_slow_the_next_one_down() -> None:
    facts = known(LOW, *(spent(24 * days, outcome=Outcome.IGNORED, medium=Medium.EMAIL) for days in (8, 20)))
    verdict = judge(facts, CONTENT, NOON)
    assert verdict.reasons == (AttentionReason.BACK_OFF,)
    [finding] = verdict.findings
    # Two were ignored: 120 hours become 240, which is two days from now.
    assert (finding.hours, finding.used, finding.until) == (240, 2, NOON + timedelta(hours=48))
    assert verdict.next_welcome_at == NOON + timedelta(hours=48)


# ----------------------------------------------------------------------------------------------- reservations, platform, B2B


def test_a_reservation_holds_until_it_ends() -> None:
    held = spent(0.1, until=NOON + timedelta(minutes=9), reservation_id=uuid4())
    verdict = judge(known(OATLY, held), CONTENT, NOON)
    assert verdict.reasons == (AttentionReason.PURPOSE_BUDGET, AttentionReason.GAP)
    assert verdict.next_welcome_at == NOON + timedelta(minutes=9)
    assert told(known(OATLY, held), at=NOON + timedelta(minutes=9)) == []


def test_the_platform_allows_one_mass_message_for_each_day_of_the_month() -> None:
    mass = Contact(Purpose.ENQUIRY, Medium.WECOM_MASS_SEND)
    often = {PurposeClass.SERVICE: ClassBudget(100, 0)}
    free = replace(HIGH, budget=replace(HIGH.budget, by_class=often))
    start = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)  # 1 March, 00:00 in Shanghai
    march = [Spend(start + timedelta(hours=number), Purpose.ENQUIRY, Medium.WECOM_MASS_SEND, 1) for number in range(31)]
    assert told(known(free, *march[:30]), mass) == []
    verdict = judge(known(free, *march), mass, NOON)
    assert verdict.reasons == (AttentionReason.PLATFORM_CAP,)
    assert verdict.next_welcome_at == datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
    earlier = Spend(start - timedelta(seconds=1), Purpose.ENQUIRY, Medium.WECOM_MASS_SEND, 1)
    assert told(known(free, earlier, *march[:30]), mass) == []


def test_a_companys_people_are_counted_one_by_one_and_together() -> None:
    wang, li = uuid4(), uuid4()
    to_wang = [spent(24 * days, Purpose.RECALL, person_id=wang) for days in range(3, 9)]
    facts = known(B2B, *to_wang, is_company=True)
    assert told(facts, Contact(Purpose.RECALL, Medium.WECOM_CHAT, person_id=wang)) == ["PURPOSE_BUDGET"]
    assert judge(facts, Contact(Purpose.RECALL, Medium.WECOM_CHAT, person_id=li), NOON).remaining == 6
    everybody = [spent(24 * (3 + number % 25), Purpose.RECALL, person_id=uuid4()) for number in range(20)]
    verdict = judge(known(B2B, *everybody, is_company=True), Contact(Purpose.RECALL, Medium.PHONE, person_id=li), NOON)
    assert verdict.reasons == (AttentionReason.TOTAL_BUDGET,)
    assert (verdict.findings[0].limit, verdict.findings[0].used) == (20, 20)
    person = judge(known(B2B, *everybody), Contact(Purpose.RECALL, Medium.WECOM_CHAT), NOON)
    assert AttentionReason.TOTAL_BUDGET in person.reasons


def test_the_earliest_moment_satisfies_every_rule_at_once() -> None:
    """The gap ends at 23:00, in quiet hours: welcome again at 9:00 the morning after."""
    last = spent(24 * 5 - 11)
    verdict = judge(known(LOW, last), CONTENT, NOON)
    assert verdict.reasons == (AttentionReason.GAP,)
    assert verdict.findings[0].until == NOON + timedelta(hours=11)
    assert verdict.next_welcome_at == datetime(2026, 3, 11, 1, 0, tzinfo=UTC)


def test_a_refusal_says_everything_in_both_languages() -> None:
    verdict = judge(known(OATLY, spent(240)), CONTENT, NOON)
    assert texts.refusal(verdict, Locale.EN) == (
        "1 of 1 units for this purpose are spent in 30 days. 336 hours must lie between contacts. "
        "Welcome again at 2026-03-30T04:00:00Z."
    )
    assert texts.refusal(verdict, Locale.ZH) == (
        "该目的30天内的1个额度已用1个。两次联系须间隔336小时。最早可联系时间：2026-03-30T04:00:00Z。"
    )


@pytest.mark.parametrize("policy", [LOW, HIGH, B2B, OATLY])
def test_a_policy_is_read_as_it_was_kept(policy: PolicyInForce) -> None:
    import orjson

    kept = orjson.dumps(document_of(policy)).decode()
    preset = None if policy.preset is None else policy.preset.value
    assert read_policy("B2B", 7, preset, kept) == replace(policy, version=7)
    assert read_policy("LOW_PRICE_B2C", None, None, None) == LOW


@pytest.mark.parametrize(("policy", "days"), [(LOW, 90), (HIGH, 112), (B2B, 180), (OATLY, 240)])
def test_how_far_back_contacts_weigh(policy: PolicyInForce, days: int) -> None:
    assert policy.memory_days == days
