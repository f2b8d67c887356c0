"""States, outcomes and media of a contact."""

from __future__ import annotations

import pytest

from server.customers.relationship_terms import RelationshipState
from server.touchpoints.media import MEDIA, CapHolder, CapSize, CapWindow, Medium, PlatformCap, SharedBudget
from server.touchpoints.outcomes import OUTCOME_EFFECTS, STATE_MOVES, Outcome, StreakEffect, TouchpointState
from server.trust.reasons import TrustReason


def test_every_state_says_where_it_can_go() -> None:
    assert list(STATE_MOVES) == list(TouchpointState)
    finals = {state for state in TouchpointState if not STATE_MOVES[state]}
    assert finals == {TouchpointState.SENT, TouchpointState.RELEASED, TouchpointState.EXPIRED}


def test_what_was_sent_stays_sent() -> None:
    assert TouchpointState.RESERVED.may_become(TouchpointState.SENT)
    assert TouchpointState.SCHEDULED.may_become(TouchpointState.RELEASED)
    assert not TouchpointState.SCHEDULED.may_become(TouchpointState.RESERVED)
    assert not TouchpointState.SENT.may_become(TouchpointState.RELEASED)


def test_outcomes_are_ranked_in_the_order_of_their_list() -> None:
    assert list(OUTCOME_EFFECTS) == list(Outcome)
    assert [outcome.rank for outcome in Outcome] == list(range(11))


def test_what_an_outcome_does_to_the_run_of_ignored_contacts() -> None:
    by_streak = {
        effect: {outcome.value for outcome in Outcome if outcome.effect.streak is effect} for effect in StreakEffect
    }
    assert by_streak == {
        StreakEffect.PLUS_ONE: {"IGNORED", "MISLED", "COMPLAINED"},
        StreakEffect.RESET: {"OPENED", "CLICKED", "REPLIED"},
        StreakEffect.NONE: {"PENDING", "FAILED", "DELIVERED", "OPTED_OUT", "BLOCKED"},
    }


def test_which_outcomes_cost_trust() -> None:
    assert {outcome: outcome.effect.trust for outcome in Outcome if outcome.effect.trust} == {
        Outcome.MISLED: TrustReason.BAIT,
        Outcome.COMPLAINED: TrustReason.ATTENTION_COMPLAINT,
        Outcome.BLOCKED: TrustReason.BLOCKED_BY_CUSTOMER,
    }


def test_what_else_an_outcome_changes() -> None:
    assert {outcome for outcome in Outcome if outcome.effect.refunds_unit} == {Outcome.FAILED}
    assert {outcome for outcome in Outcome if outcome.effect.refuses_purpose_and_medium} == {Outcome.OPTED_OUT}
    assert {outcome: outcome.effect.relationship for outcome in Outcome if outcome.effect.relationship} == {
        Outcome.BLOCKED: RelationshipState.REMOVED_BY_CUSTOMER
    }


def test_every_medium_is_described() -> None:
    assert list(MEDIA) == list(Medium)


@pytest.mark.parametrize("medium", Medium)
def test_a_medium_shows_some_outcome_and_none_it_cannot_know(medium: Medium) -> None:
    never_observed = {Outcome.PENDING, Outcome.MISLED, Outcome.COMPLAINED}
    assert medium.traits.observes
    assert medium.traits.observes.isdisjoint(never_observed)


def test_what_a_contact_costs() -> None:
    by_unit = {unit: {medium.value for medium in Medium if medium.traits.unit == unit} for unit in (0, 2)}
    assert by_unit == {
        0: {"WECOM_GROUP_CHAT", "WECOM_MOMENTS", "IN_PERSON", "PARCEL", "LIVE_STREAM"},
        2: {"PHONE", "VIDEO_CALL"},
    }
    assert {medium.traits.unit for medium in Medium} == {0, 1, 2}


def test_a_shared_budget_is_only_for_what_costs_the_customer_nothing() -> None:
    shared = {medium: medium.traits.budget_of for medium in Medium if medium.traits.budget_of}
    assert shared == {Medium.WECOM_GROUP_CHAT: SharedBudget.GROUP, Medium.WECOM_MOMENTS: SharedBudget.MOMENTS}
    assert {medium.traits.unit for medium in shared} == {0}


def test_the_platform_caps_mass_sends_and_asks_staff() -> None:
    capped = {medium: medium.traits.platform_cap for medium in Medium if medium.traits.platform_cap}
    assert capped == {
        Medium.WECOM_MASS_SEND: PlatformCap(CapHolder.CUSTOMER, CapSize.DAYS_OF_MONTH, CapWindow.CALENDAR_MONTH)
    }
    assert {medium for medium in Medium if medium.traits.needs_staff_confirmation} == {Medium.WECOM_MASS_SEND}
