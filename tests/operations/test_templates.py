"""Duty, authority and benefit in every template: all industries, under both models, reviewed and derived."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from server.customers.note_kinds import NoteKind
from server.customers.subject_kinds import SubjectKind
from server.feedback.kinds import FeedbackKind
from server.operations.channel_kinds import ChannelKind
from server.operations.feedback_duties import duties_of
from server.operations.metrics import Metric
from server.operations.projection import LAST_STAGE_OF_SALES
from server.operations.purposes import Purpose
from server.operations.template_parts import (
    OPS_GROUP,
    ConversionWindow,
    RoleTemplate,
    StageTemplate,
    Template,
    TemplateWarning,
    Wording,
)
from server.operations.templates import parsed, reviewed_template, template
from server.tenants.business import INDUSTRY_DEFAULTS, Industry, OperatingModelKind
from server.terms import Locale

CENTRAL, PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE

ALL = [template(industry, kind) for industry in Industry for kind in OperatingModelKind]
every_template = pytest.mark.parametrize("model", ALL, ids=lambda model: f"{model.industry}-{model.kind}")
derived = [model for model in ALL if not model.reviewed]


def stages_of(model: Template, role: RoleTemplate) -> list[StageTemplate]:
    return [stage for stage in model.stages if stage.owner == role.key]


# ------------------------------------------------------------------------------------------------------ every template


@every_template
def test_every_purpose_in_use_has_exactly_one_owner(model: Template) -> None:
    owned = Counter(purpose for role in model.roles for purpose in role.owns)
    expected = {purpose for purpose in Purpose if not purpose.shared} - set(model.not_used)
    assert owned == Counter(expected)


@every_template
def test_every_stage_has_an_owner_who_is_awake(model: Template) -> None:
    assert 4 <= len(model.stages) <= 8
    assert len({stage.key for stage in model.stages}) == len(model.stages)
    assert {stage.owner for stage in model.stages} <= {role.key for role in model.active_roles}


@every_template
def test_the_first_stage_adds_the_customer(model: Template) -> None:
    assert model.stages[0].adds
    if model.kind is CENTRAL:
        assert [stage.adds for stage in model.stages[1:]] == [False] * (len(model.stages) - 1)


@every_template
def test_a_role_adds_where_one_of_its_stages_says_so(model: Template) -> None:
    assert all(role.adds == any(stage.adds for stage in stages_of(model, role)) for role in model.roles)


@every_template
def test_a_role_owns_a_stage_or_has_a_duty(model: Template) -> None:
    idle = [role.key for role in model.active_roles if not stages_of(model, role) and not role.duty]
    assert idle == []


@every_template
def test_the_headline_metric_is_moved_on_a_stage_of_the_role(model: Template) -> None:
    for role in model.active_roles:
        measured = {stage.metric for stage in stages_of(model, role)}
        assert not measured or role.metric in measured
        assert set(role.also) <= measured


@every_template
def test_a_role_of_its_own_answers_for_every_metric_of_its_stages(model: Template) -> None:
    """The central group is measured at each stage by the stage's own metric, and has one headline only."""
    for role in model.active_roles:
        if role.key != OPS_GROUP:
            assert {stage.metric for stage in stages_of(model, role)} <= {role.metric, *role.also}


@every_template
def test_every_conversion_has_its_stages_in_order(model: Template) -> None:
    order = [stage.key for stage in model.stages]
    in_use = {stage.metric for stage in model.stages}
    conversions = {metric for metric in in_use if metric.is_stage_conversion}
    headlines = {role.metric for role in model.active_roles if role.metric.is_stage_conversion}
    assert set(model.conversions) == conversions
    assert headlines <= conversions
    for window in model.conversions.values():
        assert order.index(window.from_stage) < order.index(window.to_stage)
        assert window.days > 0


@every_template
def test_duty_follows_from_owning_the_purpose(model: Template) -> None:
    for role in model.roles:
        assert set(role.duty) <= set(duties_of(role.owns))
        assert len(set(role.duty)) == len(role.duty)


@every_template
def test_every_kind_of_feedback_is_answered_by_somebody(model: Template) -> None:
    assert [kind for kind in FeedbackKind if model.owner_of(kind.answered_by_owner_of) is None] == []


@every_template
def test_what_a_role_may_use_is_owned_by_another(model: Template) -> None:
    for role in model.roles:
        assert len(set(role.may)) == len(role.may)
        for purpose in role.may:
            owner = model.owner_of(purpose)
            assert owner is not None
            assert owner.key != role.key


@every_template
def test_clearance_is_for_sensitive_notes_only(model: Template) -> None:
    assert all(NoteKind[kind].sensitive for role in model.roles for kind in role.cleared_for)


@every_template
def test_customers_see_a_persona_in_both_languages(model: Template) -> None:
    for role in model.roles:
        for wording in (role.persona, role.position, role.promise):
            assert all(wording.label(locale).strip() for locale in Locale)
        assert all(0 < len(role.position.label(locale)) <= 32 for locale in Locale)
        for locale in Locale:
            role.persona.label(locale).format(staff="", brand="")
        assert ("{staff}" in role.persona.en) == ("{staff}" in role.persona.zh)
        assert ("{brand}" in role.persona.en) == ("{brand}" in role.persona.zh)


@every_template
def test_personas_of_one_model_do_not_share_a_face(model: Template) -> None:
    """A customer with several of the brand's people as friends must see who is who."""
    faces = Counter((role.persona.zh, role.position.zh) for role in model.active_roles)
    assert set(faces.values()) == {1}


@every_template
def test_defaults_are_words_of_their_lists(model: Template) -> None:
    usual = INDUSTRY_DEFAULTS[model.industry]
    assert model.default_channel is ChannelKind[usual.channel]
    assert SubjectKind[model.default_subject].value == usual.subject
    assert model.reviewed is (model.kind is usual.model)


def test_all_fourteen_industries_have_both_models() -> None:
    assert len(ALL) == 28
    assert {(model.industry, model.kind) for model in ALL} == {(i, k) for i in Industry for k in OperatingModelKind}
    assert [reviewed_template(industry) for industry in Industry] == [model for model in ALL if model.reviewed]


# ------------------------------------------------------------------------------------------------ the reviewed content


def test_medical_aesthetics_as_reviewed() -> None:
    model = reviewed_template(Industry.MEDICAL_AESTHETICS)
    assert [(role.key, role.zh, role.metric, role.adds) for role in model.roles] == [
        ("customer_service", "客服", Metric.VISIT_RATE, True),
        ("consultant", "咨询师", Metric.CONVERSION_RATE, True),
        ("doctor", "医生", Metric.SATISFACTION, True),
        ("store_manager", "店长", Metric.CLOSED_LOOP_RATE, False),
    ]
    assert model.role("doctor") == RoleTemplate(
        key="doctor",
        en="Doctor",
        zh="医生",
        persona=Wording("Dr. {staff}", "{staff}医生"),
        position=Wording("Attending doctor", "主诊医生"),
        promise=Wording("A question after treatment? Ask me directly", "术后有问题直接问我"),
        metric=Metric.SATISFACTION,
        owns=(
            Purpose.PROFESSIONAL_ASSESSMENT,
            Purpose.SERVICE_PROGRESS,
            Purpose.PROFESSIONAL_AFTERCARE,
            Purpose.USAGE_GUIDANCE,
            Purpose.RECALL,
        ),
        may=(Purpose.SOLUTION,),
        cleared_for=("DIAGNOSIS", "TREATMENT", "ALLERGY"),
        adds=True,
    )
    assert model.stages[0] == StageTemplate("LEAD", "Lead", "留资", "customer_service", Metric.VISIT_RATE, True, 3)
    assert model.stages[-1].due_days is None
    assert dict(model.conversions) == {
        Metric.VISIT_RATE: ConversionWindow("LEAD", "ARRIVED", 30),
        Metric.CONVERSION_RATE: ConversionWindow("ARRIVED", "PAID", 30),
        Metric.REPURCHASE_RATE: ConversionWindow("AFTERCARE", "REPEAT", 180),
    }
    assert model.not_used == (Purpose.PAPERWORK, Purpose.DELIVERY, Purpose.COMMUNITY)


def test_the_car_dealer_has_roles_that_serve_and_never_add() -> None:
    model = reviewed_template(Industry.LUXURY_CARS)
    serving = [role.key for role in model.roles if stages_of(model, role) and not role.adds]
    assert serving == ["paperwork_agent", "delivery_host"]


def test_an_unknown_role_is_an_error() -> None:
    with pytest.raises(KeyError):
        reviewed_template(Industry.FMCG).role("doctor")


def test_nobody_owns_what_everybody_may_use() -> None:
    assert reviewed_template(Industry.DENTAL).owner_of(Purpose.WELCOME) is None


# ------------------------------------------------------------------------------------------ from per role to a central


@pytest.mark.parametrize("industry", [model.industry for model in derived if model.kind is CENTRAL])
def test_roles_that_added_sleep_and_the_group_takes_their_work(industry: Industry) -> None:
    before, after = template(industry, PER_ROLE), template(industry, CENTRAL)
    group = after.role(OPS_GROUP)
    adding = [role for role in before.roles if role.adds]
    assert [role.key for role in after.roles if role.dormant] == [role.key for role in adding]
    for role in after.roles:
        if role.dormant:
            assert (role.owns, role.may, role.duty, role.adds) == ((), (), (), False)
    assert set(group.owns) == {purpose for role in adding for purpose in role.owns}
    assert set(group.duty) == {kind for role in adding for kind in role.duty}
    assert group.metric is after.stages[0].metric
    assert group.cleared_for == ()
    assert after.warnings == ()


@pytest.mark.parametrize("industry", [model.industry for model in derived if model.kind is CENTRAL])
def test_what_is_measured_stays_and_roles_that_never_add_keep_theirs(industry: Industry) -> None:
    before, after = template(industry, PER_ROLE), template(industry, CENTRAL)
    assert [(s.key, s.metric, s.due_days) for s in after.stages] == [
        (s.key, s.metric, s.due_days) for s in before.stages
    ]
    for role in before.roles:
        if not role.adds:
            assert after.role(role.key) == role
            assert [s.key for s in stages_of(after, role)] == [s.key for s in stages_of(before, role)]
    assert after.conversions == before.conversions
    assert after.not_used == before.not_used


def test_the_persona_of_a_derived_group() -> None:
    group = template(Industry.PET_HOSPITAL, CENTRAL).role(OPS_GROUP)
    assert (group.persona.zh, group.position.zh, group.promise.zh) == ("小{brand}", "客户顾问", "有问必答")
    assert group.persona.en.format(brand="Doudou") == "Little Doudou"


# -------------------------------------------------------------------------------------------- from central to per role


@pytest.mark.parametrize("industry", [model.industry for model in derived if model.kind is PER_ROLE])
def test_the_group_is_divided_into_sales_and_service(industry: Industry) -> None:
    before, after = template(industry, CENTRAL), template(industry, PER_ROLE)
    other = reviewed_template(Industry.OTHER)
    group, sales, service = before.role(OPS_GROUP), after.role("sales"), after.role("service")
    assert [role.key for role in after.roles] == [
        "sales",
        "service",
        *(role.key for role in before.roles if role.key != OPS_GROUP),
    ]
    assert sorted(sales.owns + service.owns) == sorted(group.owns)
    assert set(sales.owns) <= set(other.role("sales").owns)
    assert set(service.owns) <= set(other.role("service").owns)
    for role in (sales, service):
        stages = stages_of(after, role)
        assert [stage.adds for stage in stages] == [True] + [False] * (len(stages) - 1)
        assert role.metric is stages[0].metric
        assert [role.metric, *role.also] == list(dict.fromkeys(stage.metric for stage in stages))
        assert role.duty == duties_of(role.owns)


@pytest.mark.parametrize("industry", [model.industry for model in derived if model.kind is PER_ROLE])
def test_the_journey_is_split_after_the_last_stage_of_sales(industry: Industry) -> None:
    before, after = template(industry, CENTRAL), template(industry, PER_ROLE)
    keys = [stage.key for stage in before.stages]
    cut = keys.index(LAST_STAGE_OF_SALES[industry])
    expected = [
        stage.owner if stage.owner != OPS_GROUP else "sales" if at <= cut else "service"
        for at, stage in enumerate(before.stages)
    ]
    assert [stage.owner for stage in after.stages] == expected
    assert after.warnings == (TemplateWarning.NO_REVIEWED_ROLES,)


def test_the_bakery_per_role() -> None:
    model = template(Industry.BAKERY, PER_ROLE)
    assert [(stage.key, stage.owner, stage.adds) for stage in model.stages] == [
        ("ADDED", "sales", True),
        ("OCCASION_KNOWN", "sales", False),
        ("ORDERED", "delivery_rider", False),
        ("DELIVERED", "delivery_rider", False),
        ("SHARED", "service", True),
        ("REORDERED", "service", False),
    ]
    assert (model.role("sales").metric, model.role("sales").also) == (Metric.OCCASION_RATE, (Metric.FIRST_ORDER_RATE,))
    assert model.role("delivery_rider") == template(Industry.BAKERY, CENTRAL).role("delivery_rider")


# --------------------------------------------------------------------------------------------------- reading the files

WRITTEN = """
stages = [
    { key = "LEAD", en = "Lead", zh = "线索", owner = "sales", metric = "SATISFACTION", adds = true },
]
not_used = []
[conversions]
[roles.sales]
name = { en = "Sales", zh = "销售" }
persona = { en = "{staff}", zh = "{staff}" }
position = { en = "Adviser", zh = "顾问" }
promise = { en = "Clear words", zh = "讲清楚" }
metric = "SATISFACTION"
owns = ["ENQUIRY"]
"""


def test_a_file_is_read_as_written() -> None:
    model = parsed(Industry.OTHER, WRITTEN)
    assert model.roles == (
        RoleTemplate(
            key="sales",
            en="Sales",
            zh="销售",
            persona=Wording("{staff}", "{staff}"),
            position=Wording("Adviser", "顾问"),
            promise=Wording("Clear words", "讲清楚"),
            metric=Metric.SATISFACTION,
            owns=(Purpose.ENQUIRY,),
            adds=True,
        ),
    )
    assert model.stages == (StageTemplate("LEAD", "Lead", "线索", "sales", Metric.SATISFACTION, True),)


@pytest.mark.parametrize(
    ("written", "misspelt", "complaint"),
    [
        ("owns = ", "own = ", "sales: unknown ['own']"),
        ("not_used", "unused", "OTHER: unknown ['unused']"),
        ("adds = true", "add = true", "stages: unknown ['add']"),
    ],
)
def test_a_misspelt_key_does_not_load(written: str, misspelt: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parsed(Industry.OTHER, WRITTEN.replace(written, misspelt))


def test_an_unknown_purpose_does_not_load() -> None:
    with pytest.raises(KeyError, match="ENQUIRIES"):
        parsed(Industry.OTHER, WRITTEN.replace("ENQUIRY", "ENQUIRIES"))
