"""The closed lists of operations: purposes by class, and what every metric is made of."""

from __future__ import annotations

import pytest

from server.feedback.kinds import FeedbackKind
from server.operations.channel_kinds import ChannelKind
from server.operations.feedback_duties import ANSWERED_BY_OWNER_OF, duties_of
from server.operations.metrics import (
    COMMON_BRAND_METRICS,
    COMMON_GROUP_METRICS,
    METRICS,
    Metric,
    MetricFact,
    MetricKind,
)
from server.operations.purposes import Purpose, PurposeClass
from server.tenants.business import BusinessType


def of_class(wanted: PurposeClass) -> set[str]:
    return {purpose.value for purpose in Purpose if purpose.purpose_class is wanted}


def test_what_wants_something_from_the_customer() -> None:
    assert of_class(PurposeClass.MARKETING) == {"REPURCHASE", "PROMOTION", "CONTENT", "REFERRAL_INVITATION"}
    assert of_class(PurposeClass.LEGAL) == {"SAFETY_NOTICE"}
    assert of_class(PurposeClass.RELATION) == {"SATISFACTION_SURVEY", "COMMUNITY", "GREETING", "WOW"}
    assert of_class(PurposeClass.CARE) == {"PROFESSIONAL_AFTERCARE", "USAGE_GUIDANCE", "RECALL"}


def test_every_purpose_has_a_class() -> None:
    assert sum(len(of_class(wanted)) for wanted in PurposeClass) == len(Purpose) == 29


def test_shared_and_sensitive_purposes() -> None:
    assert {purpose for purpose in Purpose if purpose.shared} == {Purpose.WELCOME, Purpose.HANDOFF_INTRODUCTION}
    assert {purpose for purpose in Purpose if purpose.sensitive_possible} == {
        Purpose.PROFESSIONAL_ASSESSMENT,
        Purpose.PROFESSIONAL_AFTERCARE,
    }


@pytest.mark.parametrize("term", [*Purpose, *Metric, *ChannelKind])
def test_a_code_is_the_name_of_its_member(term: Purpose | Metric | ChannelKind) -> None:
    """The data files are read by code, which looks members up by name."""
    assert term.name == term.value


def test_duties_cover_every_kind_of_feedback() -> None:
    assert list(ANSWERED_BY_OWNER_OF) == [kind.value for kind in FeedbackKind]
    assert duties_of([Purpose.FEEDBACK_REPLY]) == ("PRODUCT_REQUEST", "SUGGESTION", "PRAISE")
    assert duties_of([Purpose.ENQUIRY]) == ()


def test_every_metric_is_defined() -> None:
    assert list(METRICS) == list(Metric)
    assert all(definition.numerator and definition.denominator for definition in METRICS.values())


@pytest.mark.parametrize("metric", Metric)
def test_a_stage_conversion_is_counted_from_stage_transitions(metric: Metric) -> None:
    definition = metric.definition
    assert metric.is_stage_conversion is (definition.facts == (MetricFact.STAGE_TRANSITIONS,))
    assert metric.is_stage_conversion is (definition.kind is MetricKind.STAGE_CONVERSION)


def test_smallest_samples() -> None:
    smallest = {metric.value: metric.definition.min_sample for metric in Metric}
    assert {name for name, sample in smallest.items() if sample == 5} == {
        "ADOPTION_RATE",
        "RENEWAL_RATE",
        "ON_TIME_RATE",
        "PROMISE_KEPT_RATE",
        "CLOSED_LOOP_RATE",
    }
    assert {name for name, sample in smallest.items() if sample == 50} == {"ENGAGEMENT_RATE"}
    assert set(smallest.values()) == {5, 10, 20, 50}


def test_only_the_first_response_has_a_target_in_minutes() -> None:
    assert {metric for metric in Metric if metric.definition.target_minutes} == {Metric.FIRST_RESPONSE_RATE}
    assert Metric.FIRST_RESPONSE_RATE.definition.target_minutes == {
        BusinessType.LOW_PRICE_B2C: 30,
        BusinessType.HIGH_PRICE_B2C: 10,
        BusinessType.B2B: 60,
    }


def test_metrics_everybody_shows_are_no_stage_conversions() -> None:
    """They hold in every industry, and a conversion needs the stages of one."""
    assert not [metric for metric in (*COMMON_GROUP_METRICS, *COMMON_BRAND_METRICS) if metric.is_stage_conversion]
