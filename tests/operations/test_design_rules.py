"""What a design must keep to, and what is told when it does not. No database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from server.errors import DomainError, Refusals
from server.operations import errors
from server.operations.boundaries import duty_after
from server.operations.design_rules import Design, DesignedStage, DesignedUnit, check_design, design_of
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.templates import template
from server.operations.units import Unit
from server.tenants.business import Industry, OperatingModelKind

CENTRAL, PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE


def unit(**given: Any) -> DesignedUnit:
    usual: dict[str, Any] = {
        "is_group": False,
        "metric": Metric.SATISFACTION,
        "also": frozenset(),
        "owns": frozenset(),
        "may": frozenset(),
    }
    return DesignedUnit(**{**usual, **given})


GOOD = Design(
    kind=PER_ROLE,
    units={
        "desk": unit(metric=Metric.VISIT_RATE, owns=frozenset({Purpose.ENQUIRY})),
        "doctor": unit(owns=frozenset({Purpose.RECALL}), may=frozenset({Purpose.ENQUIRY})),
    },
    stages=(
        DesignedStage("LEAD", "desk", Metric.VISIT_RATE, adds=True),
        DesignedStage("SEEN", "doctor", Metric.SATISFACTION, adds=True),
    ),
    conversions={Metric.VISIT_RATE: ("LEAD", "SEEN")},
    in_use=frozenset({Purpose.ENQUIRY, Purpose.RECALL}),
    not_used=frozenset(),
)


def faults(design: Design) -> list[tuple[type[DomainError], tuple[str, ...]]]:
    with pytest.raises(Refusals) as refused:
        check_design(design)
    return [(type(fault), fault.field) for fault in refused.value.refusals]


def with_unit(key: str, **changes: Any) -> Design:
    return replace(GOOD, units={**GOOD.units, key: replace(GOOD.units[key], **changes)})


def test_a_good_design_has_no_fault() -> None:
    check_design(GOOD)


@pytest.mark.parametrize("industry", Industry)
@pytest.mark.parametrize("kind", OperatingModelKind)
def test_every_template_is_a_good_design(industry: Industry, kind: OperatingModelKind) -> None:
    check_design(design_of(template(industry, kind)))


@pytest.mark.parametrize("count", [0, 31])
def test_a_journey_has_1_to_30_stages(count: int) -> None:
    stages = tuple(DesignedStage(f"S{n}", "desk", Metric.VISIT_RATE, adds=True) for n in range(count))
    assert (errors.StageCount, ("stages",)) in faults(replace(GOOD, stages=stages))


def test_30_stages_are_allowed() -> None:
    more = tuple(DesignedStage(f"S{n}", "doctor", Metric.SATISFACTION, adds=False) for n in range(28))
    check_design(replace(GOOD, stages=(*GOOD.stages, *more)))


def test_a_stage_stands_once() -> None:
    assert faults(replace(GOOD, stages=(*GOOD.stages, GOOD.stages[1]))) == [
        (errors.DuplicateStage, ("stages", "2", "key"))
    ]


def test_an_owner_must_serve() -> None:
    nobody = DesignedStage("PAID", "cashier", Metric.SATISFACTION, adds=False)
    assert faults(replace(GOOD, stages=(*GOOD.stages, nobody))) == [(errors.UnknownOwner, ("stages", "2", "owner_key"))]


def test_somebody_adds_the_customer() -> None:
    stages = tuple(replace(stage, adds=False) for stage in GOOD.stages)
    assert faults(replace(GOOD, stages=stages)) == [(errors.NobodyAdds, ("stages",))]


def test_under_the_central_model_only_groups_add() -> None:
    central = replace(GOOD, kind=CENTRAL, units={**GOOD.units, "desk": replace(GOOD.units["desk"], is_group=True)})
    assert faults(central) == [(errors.RoleAddsUnderCentral, ("stages", "1", "adds"))]
    check_design(replace(central, stages=(central.stages[0], replace(central.stages[1], adds=False))))


def test_a_purpose_in_use_keeps_an_owner() -> None:
    left = with_unit("doctor", owns=frozenset())
    assert faults(left) == [(errors.PurposeUnowned, ("boundaries",))]
    check_design(replace(left, in_use=frozenset({Purpose.ENQUIRY}), not_used=frozenset({Purpose.RECALL})))


def test_a_purpose_one_may_use_needs_an_owner() -> None:
    assert faults(with_unit("doctor", may=frozenset({Purpose.CONTENT}))) == [(errors.PurposeUnowned, ("boundaries",))]


def test_a_purpose_has_one_owner() -> None:
    twice = with_unit("doctor", owns=frozenset({Purpose.RECALL, Purpose.ENQUIRY}), may=frozenset())
    with pytest.raises(Refusals) as refused:
        check_design(twice)
    (fault,) = refused.value.refusals
    assert isinstance(fault, errors.PurposeOwnedTwice)
    assert fault.facts == {"purpose": "ENQUIRY", "owners": "desk, doctor"}


def test_what_is_owned_is_used() -> None:
    assert faults(replace(GOOD, not_used=frozenset({Purpose.RECALL}))) == [(errors.PurposeStillUsed, ("not_used",))]


def test_a_shared_purpose_is_in_no_boundary() -> None:
    assert faults(with_unit("desk", owns=frozenset({Purpose.ENQUIRY, Purpose.WELCOME}))) == [
        (errors.SharedPurpose, ("boundaries",))
    ]


def test_a_headline_is_moved_at_a_stage_of_its_own() -> None:
    moved_elsewhere = with_unit("doctor", metric=Metric.ON_TIME_RATE, also=frozenset({Metric.SATISFACTION}))
    assert faults(moved_elsewhere) == [(errors.HeadlineNotMoved, ("stages",))]
    idle = {**GOOD.units, "idle": unit(metric=Metric.ON_TIME_RATE)}
    check_design(replace(GOOD, units=idle))


def test_a_role_answers_for_the_metric_of_each_of_its_stages() -> None:
    third = DesignedStage("CARED", "doctor", Metric.ON_TIME_RATE, adds=False)
    design = replace(GOOD, stages=(*GOOD.stages, third))
    assert faults(design) == [(errors.MetricNotAnswered, ("stages", "2", "metric"))]
    check_design(
        replace(design, units={**design.units, "doctor": unit(**{**vars(design.units["doctor"]), "is_group": True})})
    )


def test_a_conversion_has_its_stages_in_order() -> None:
    assert faults(replace(GOOD, conversions={})) == [(errors.ConversionMissing, ("conversions",))]
    assert faults(replace(GOOD, conversions={Metric.VISIT_RATE: ("SEEN", "LEAD")})) == [
        (errors.ConversionOutOfOrder, ("conversions",))
    ]
    assert faults(replace(GOOD, conversions={Metric.VISIT_RATE: ("LEAD", "GONE")})) == [
        (errors.ConversionOutOfOrder, ("conversions",))
    ]
    ratio = {**GOOD.conversions, Metric.SATISFACTION: ("LEAD", "SEEN")}
    assert faults(replace(GOOD, conversions=ratio)) == [(errors.NotAConversion, ("conversions",))]


def test_duty_follows_the_purposes() -> None:
    """A kind the unit was freed of stays away; one whose purpose it takes over comes."""
    reply, complaint = Purpose.FEEDBACK_REPLY, Purpose.COMPLAINT
    assert duty_after(["SUGGESTION"], frozenset({reply}), frozenset({reply, complaint})) == ["SUGGESTION", "COMPLAINT"]
    assert duty_after(["SUGGESTION", "COMPLAINT"], frozenset({reply, complaint}), frozenset({complaint})) == [
        "COMPLAINT"
    ]
    assert duty_after([], frozenset(), frozenset({Purpose.ENQUIRY})) == []


def test_a_unit_is_a_group_or_a_role() -> None:
    id = UUID(int=1)
    assert (Unit(group_id=id).id, Unit(group_id=id).node_type) == (id, "OpsGroup")
    assert (Unit(role_id=id).id, Unit(role_id=id).node_type) == (id, "ServiceRole")
    for both in ({}, {"group_id": id, "role_id": id}):
        with pytest.raises(ValueError, match="an ops group or a service role"):
            Unit(**both)
