"""Putting operating models in force: every industry's template under both kinds, and one version after another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from server.db.statements import table_of
from server.db.work import Work
from server.operations import designs, queries
from server.operations.advice_record import reasons_of, warnings_of
from server.operations.boundary_modes import BoundaryMode
from server.operations.errors import OverrideNeedsReason
from server.operations.events import OperatingModelInstalled, StageDefined
from server.operations.purposes import Purpose
from server.operations.tables import (
    MetricParameter,
    ModelStage,
    ModelUnit,
    OperatingModel,
    OpsGroup,
    Persona,
    RolePurpose,
    ServiceRole,
    Stage,
)
from server.operations.template_parts import OPS_GROUP, Template
from server.operations.templates import template
from server.tenants.business import INDUSTRY_DEFAULTS, Industry, OperatingModelKind
from server.tenants.business_profile import BusinessProfile, default_thresholds
from server.tenants.operating_model import Advice, advise, warnings_of_choice
from tests.factories.brands import Brand

CENTRAL, PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE
Make = Callable[..., Awaitable[Brand]]


def advice_for(industry: Industry) -> Advice:
    usual = INDUSTRY_DEFAULTS[industry]
    profile = BusinessProfile(business_type=usual.business_type, industry=industry)
    return advise(profile, default_thresholds("CNY"))


async def put_in_force(work: Work, model: Template, *, brand_name: str = "熊猫") -> OperatingModel:
    advice = advice_for(model.industry)
    return await designs.install(
        work,
        model,
        kind=model.kind,
        advice=advice,
        override_reason="We know better." if advice.model is not model.kind else None,
        brand_name=brand_name,
    )


async def lines(work: Work, model_id: UUID) -> set[tuple[str, str, str]]:
    keys = {queries.as_unit(row).id: key for key, row in (await queries.units_by_key(work)).items()}
    rows = await work.rows(RolePurpose, table_of(RolePurpose).c.operating_model_id == model_id)
    return {(keys[row.group_id or row.role_id], row.mode, row.purpose) for row in rows}  # type: ignore[index]  # one is set


@pytest.mark.parametrize("industry", Industry)
async def test_every_template_is_put_in_force_whole(brand: Make, industry: Industry) -> None:
    """Both kinds follow each other in one tenant; each time the tables say what the template says."""
    tenant = await brand()
    for kind in (PER_ROLE, CENTRAL):
        drawn = template(industry, kind)
        async with tenant.work() as work:
            model = await put_in_force(work, drawn)
        async with tenant.work() as work:
            journey = await queries.journey(work)
            keys = {queries.as_unit(row).id: key for key, row in (await queries.units_by_key(work)).items()}
            assert [
                (stage.key, keys[queries.owner_of(stage).id], stage.metric, stage.adds, stage.due_days)
                for stage in journey
            ] == [(stage.key, stage.owner, stage.metric, stage.adds, stage.due_days) for stage in drawn.stages]
            assert await lines(work, model.id) == {
                (role.key, mode.value, purpose.value)
                for role in drawn.roles
                for mode, purposes in ((BoundaryMode.OWNS, role.owns), (BoundaryMode.MAY, role.may))
                for purpose in purposes
            }
            units = {key: row for key, row in (await queries.units_by_key(work)).items() if row.retired_at is None}
            assert {
                key: (isinstance(row, OpsGroup), row.headline_metric, tuple(row.also), tuple(row.duty), row.adds)
                for key, row in units.items()
            } == {
                role.key: (role.key == OPS_GROUP, role.metric, role.also, role.duty, role.adds) for role in drawn.roles
            }
            listed = await work.rows(ModelUnit, table_of(ModelUnit).c.operating_model_id == model.id)
            assert [
                (keys[row.group_id or row.role_id], row.dormant)  # type: ignore[index]  # one is set
                for row in sorted(listed, key=lambda row: row.position)
            ] == [(role.key, role.dormant) for role in drawn.roles]
            windows = await work.rows(MetricParameter, table_of(MetricParameter).c.operating_model_id == model.id)
            stages = {stage.id: stage.key for stage in journey}
            assert {row.metric: (stages[row.from_stage_id], stages[row.to_stage_id], row.days) for row in windows} == {
                metric: (window.from_stage, window.to_stage, window.days)
                for metric, window in drawn.conversions.items()
            }


async def test_a_version_keeps_why_it_was_chosen(brand: Make) -> None:
    tenant = await brand()
    usual = INDUSTRY_DEFAULTS[Industry.PET_HOSPITAL]
    profile = BusinessProfile(business_type=usual.business_type, industry=Industry.PET_HOSPITAL)
    advice = advise(profile, default_thresholds("CNY"))
    warnings = warnings_of_choice(profile, advice, chosen=CENTRAL, thresholds=default_thresholds("CNY"))
    async with tenant.work() as work:
        made = await designs.install(
            work,
            template(Industry.PET_HOSPITAL, CENTRAL),
            kind=CENTRAL,
            advice=advice,
            override_reason="One adviser for all pets.",
            brand_name="Paws",
            warnings=warnings,
        )
    async with tenant.work() as work:
        model = await work.require(OperatingModel, made.id)
        assert (model.kind, model.advised_kind, model.reviewed) == (CENTRAL, PER_ROLE, False)
        assert (model.decided_by, model.strength) == (advice.decided_by, advice.strength)
        assert reasons_of(model.reasons) == advice.reasons
        assert warnings_of(model.warnings) == warnings
        assert (tuple(model.assumed), tuple(model.missing)) == (advice.assumed, advice.missing)
        assert model.override_reason == "One adviser for all pets."


async def test_a_model_against_the_advice_needs_a_reason(brand: Make) -> None:
    tenant = await brand()
    before = await tenant.count("operating_models")
    drawn = template(Industry.PET_HOSPITAL, CENTRAL)
    with pytest.raises(OverrideNeedsReason):
        async with tenant.work() as work:
            await designs.install(
                work,
                drawn,
                kind=CENTRAL,
                advice=advice_for(Industry.PET_HOSPITAL),
                override_reason=None,
                brand_name="Paws",
            )
    assert await tenant.count("operating_models") == before


async def test_personas_speak_of_the_brand(brand: Make) -> None:
    tenant = await brand(businessType="LOW_PRICE_B2C", industry="BAKERY", name="熊猫不走")
    async with tenant.work() as work:
        group = (await queries.units_by_key(work))[OPS_GROUP]
        persona = await queries.persona_of(work, queries.as_unit(group))
        assert persona is not None
        assert (persona.key, persona.name_en, persona.name_zh) == (OPS_GROUP, "熊猫不走 Helper", "熊猫不走小助手")
    other = await brand(businessType="HIGH_PRICE_B2C", industry="HOME_DECORATION", name="Homely")
    async with other.work() as work:
        role = (await queries.units_by_key(work))["designer"]
        persona = await queries.persona_of(work, queries.as_unit(role))
        assert persona is not None
        assert persona.name_zh == "{staff}·设计师"


async def test_ids_and_the_tenants_own_words_outlive_a_change_of_model(brand: Make) -> None:
    tenant = await brand(businessType="HIGH_PRICE_B2C", industry="PET_HOSPITAL")
    async with tenant.work() as work:
        first = await queries.require_in_force(work)
        stages = {stage.key: stage for stage in await queries.journey(work)}
        units = await queries.units_by_key(work)
        relabelled = next(iter(stages.values()))
        await work.change(relabelled, label_zh="初次见面")
        adding = {key for key, row in units.items() if row.adds}
    async with tenant.work() as work:
        await put_in_force(work, template(Industry.PET_HOSPITAL, CENTRAL))
    async with tenant.work() as work:
        central = await queries.units_by_key(work)
        assert isinstance(central[OPS_GROUP], OpsGroup)
        asleep = {key for key, row in central.items() if isinstance(row, ServiceRole) and row.dormant}
        assert asleep == adding
        assert await queries.stages_of(work, queries.as_unit(central[OPS_GROUP])) != []
    async with tenant.work() as work:
        third = await put_in_force(work, template(Industry.PET_HOSPITAL, PER_ROLE))
    async with tenant.work() as work:
        again = {stage.key: stage for stage in await queries.journey(work)}
        assert {key: stage.id for key, stage in again.items()} == {key: stage.id for key, stage in stages.items()}
        assert again[relabelled.key].label_zh == "初次见面"
        after = await queries.units_by_key(work)
        assert {key: after[key].id for key in units} == {key: row.id for key, row in units.items()}
        assert after[OPS_GROUP].retired_at == third.since
        assert not any(row.dormant for row in after.values() if isinstance(row, ServiceRole))
        models = await work.rows(OperatingModel, order_by=[table_of(OperatingModel).c.number])
        assert [(row.number, row.in_force, row.until) for row in models] == [
            (1, False, models[1].since),
            (2, False, models[2].since),
            (3, True, None),
        ]
        assert models[0].id == first.id
        # What the first version listed is as it was: history does not follow the present.
        owners = await work.fetch(
            select(table_of(Stage).c.key, table_of(ServiceRole).c.key)
            .join(table_of(ModelStage), table_of(ModelStage).c.stage_id == table_of(Stage).c.id)
            .join(table_of(ServiceRole), table_of(ServiceRole).c.id == table_of(ModelStage).c.role_id)
            .where(table_of(ModelStage).c.operating_model_id == first.id)
        )
        drawn = template(Industry.PET_HOSPITAL, PER_ROLE)
        assert {tuple(row) for row in owners} == {(stage.key, stage.owner) for stage in drawn.stages}
        personas = await work.scalar(select(func.count()).select_from(table_of(Persona)))
        assert personas == len(after)


async def test_what_is_emitted_rebuilds_the_design(brand: Make) -> None:
    tenant = await brand(businessType="LOW_PRICE_B2C", industry="RETAIL")
    drawn = template(Industry.RETAIL, CENTRAL)
    emitted: list[Any]
    async with tenant.work() as work:
        model = await put_in_force(work, template(Industry.RETAIL, PER_ROLE))
        emitted = list(work.events)
    assert isinstance(emitted[0], OperatingModelInstalled)
    assert (emitted[0].operating_model_id, emitted[0].number, emitted[0].kind) == (model.id, 2, PER_ROLE)
    per_role = template(Industry.RETAIL, PER_ROLE)
    counted = Counter(type(event).type for event in emitted)
    new_roles = {role.key for role in per_role.roles} - {role.key for role in drawn.roles}
    assert counted["persona.defined"] == len(new_roles)
    assert counted["ops_group.defined"] == 1
    assert counted["purpose.assigned"] == sum(len(role.owns) + len(role.may) for role in per_role.roles)
    assert counted["conversion.defined"] == len(per_role.conversions)
    async with tenant.work() as work:
        stages = {stage.id: stage for stage in await work.rows(Stage)}
    for event in emitted:
        if isinstance(event, StageDefined):
            stage = stages[event.stage_id]
            assert (event.position, event.owner_role_id, event.adds, event.stage_version) == (
                stage.position,
                stage.owner_role_id,
                stage.adds,
                stage.version,
            )


async def test_who_may_use_a_purpose(brand: Make) -> None:
    tenant = await brand(businessType="HIGH_PRICE_B2C", industry="HOME_DECORATION")
    async with tenant.work() as work:
        units = {key: queries.as_unit(row) for key, row in (await queries.units_by_key(work)).items()}
        enquiry = await queries.holders_of(work, Purpose.ENQUIRY)
        assert (enquiry.owner, enquiry.may) == (units["ad_service"], frozenset({units["new_media"]}))
        assert enquiry.allows(units["new_media"])
        assert not enquiry.allows(units["designer"])
        welcome = await queries.holders_of(work, Purpose.WELCOME)
        assert (welcome.owner, welcome.may) == (None, frozenset())


async def test_tenants_have_designs_of_their_own(brand: Make) -> None:
    one, other = await brand(), await brand()
    async with one.work() as work:
        stages = {stage.id for stage in await work.rows(Stage)}
    async with other.work() as work:
        assert stages.isdisjoint({stage.id for stage in await work.rows(Stage)})
        assert await work.get(Stage, next(iter(stages))) is None


async def test_two_changes_of_model_at_once_follow_each_other(brand: Make) -> None:
    tenant = await brand(businessType="HIGH_PRICE_B2C", industry="PET_HOSPITAL")

    async def change(kind: OperatingModelKind) -> int:
        async with tenant.work() as work:
            number = (await put_in_force(work, template(Industry.PET_HOSPITAL, kind))).number
            await asyncio.sleep(0.02)
            return number

    assert sorted(await asyncio.gather(change(CENTRAL), change(PER_ROLE), change(CENTRAL))) == [2, 3, 4]
    async with tenant.work() as work:
        assert (await queries.require_in_force(work)).number == 4
