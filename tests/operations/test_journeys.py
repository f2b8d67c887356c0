"""Drawing the journey of the version in force: stages, owners, boundaries that pass from one role to another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict, Refusals
from server.operations import queries
from server.operations.boundaries import boundaries_of
from server.operations.commands import DefineJourney
from server.operations.errors import NeededForNew, PurposeOwnedTwice, PurposeUnowned, UnknownOwner
from server.operations.journeys import define_journey
from server.operations.purposes import Purpose
from server.operations.tables import MetricParameter, ModelStage, OperatingModel, ServiceRole, Stage
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]
HOME = {"businessType": "HIGH_PRICE_B2C", "industry": "HOME_DECORATION"}
JOURNEY = ["FOLLOWED", "LEAD", "MEASURED", "DESIGNED", "QUOTED", "SIGNED", "IN_CONSTRUCTION", "WARRANTY"]


def drawn(keys: Sequence[str | dict[str, Any]], **more: Any) -> DefineJourney:
    stages = [{"key": key} if isinstance(key, str) else key for key in keys]
    return DefineJourney.model_validate({"stages": stages, **more})


async def state(work: Work) -> list[tuple[str, int, str]]:
    keys = {queries.as_unit(row).id: key for key, row in (await queries.units_by_key(work)).items()}
    return [(stage.key, stage.position, keys[queries.owner_of(stage).id]) for stage in await queries.journey(work)]


async def test_naming_the_stages_as_they_are_changes_nothing(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        before = await state(work)
        await define_journey(work, drawn(JOURNEY))
        assert [type(event).type for event in work.events] == ["operating_model.edited"]
        assert await state(work) == before
        windows = await work.rows(MetricParameter)
        assert len(windows) == 4


async def test_stages_are_added_relabelled_reordered_and_retired(brand: Make) -> None:
    tenant = await brand(**HOME)
    paid = {
        "key": "PAID",
        "label_zh": "付定金",
        "owner_key": "sales",
        "metric": "CONVERSION_RATE",
        "due_days": 5,
    }
    wanted: list[str | dict[str, Any]] = [
        "LEAD",
        "FOLLOWED",
        "MEASURED",
        "DESIGNED",
        {"key": "QUOTED", "label_zh": "出报价"},
        paid,
        "SIGNED",
    ]
    conversions = [{"metric": "LEAD_RATE", "from_stage": "FOLLOWED", "to_stage": "MEASURED", "days": 20}]
    async with tenant.work() as work:
        ids = {stage.key: stage.id for stage in await queries.journey(work)}
        # SATISFACTION belongs to the retired stage, and the butler's headline is still moved at SIGNED.
        answered = await define_journey(work, drawn(wanted, conversions=conversions))
        assert [stage.key for stage in answered] == [
            "LEAD", "FOLLOWED", "MEASURED", "DESIGNED", "QUOTED", "PAID", "SIGNED"
        ]  # fmt: skip
    async with tenant.work() as work:
        stages = {stage.key: stage for stage in await work.rows(Stage)}
        assert {key: stages[key].id for key in ids} == ids
        new = stages["PAID"]
        assert (new.label_en, new.label_zh, new.position, new.adds, new.due_days) == ("付定金", "付定金", 6, False, 5)
        assert (stages["QUOTED"].label_en, stages["QUOTED"].label_zh) == ("Quoted", "出报价")
        gone = {key for key, stage in stages.items() if stage.retired_at is not None}
        assert gone == {"IN_CONSTRUCTION", "WARRANTY"}
        # Untouched stages keep their version; the others rose by one.
        assert {key: stage.version for key, stage in stages.items()} == {
            "LEAD": 2, "FOLLOWED": 2, "MEASURED": 1, "DESIGNED": 1, "QUOTED": 2, "PAID": 1, "SIGNED": 2,
            "IN_CONSTRUCTION": 2, "WARRANTY": 2,
        }  # fmt: skip
        model = await queries.require_in_force(work)
        assert model.version == 2
        columns = table_of(ModelStage).c
        listed = await work.rows(ModelStage, columns.operating_model_id == model.id, order_by=[columns.position])
        assert [row.stage_id for row in listed] == [stages[key].id for key in (
            "LEAD", "FOLLOWED", "MEASURED", "DESIGNED", "QUOTED", "PAID", "SIGNED"
        )]  # fmt: skip
        windows = {row.metric: row for row in await work.rows(MetricParameter)}
        assert set(windows) == {"LEAD_RATE", "VISIT_RATE", "PLAN_ACCEPTANCE_RATE", "CONVERSION_RATE"}
        lead = windows["LEAD_RATE"]
        assert (lead.from_stage_id, lead.to_stage_id, lead.days) == (ids["FOLLOWED"], ids["MEASURED"], 20)


async def test_a_retired_stage_can_come_back(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        before = {stage.key: stage.id for stage in await queries.journey(work)}
        await define_journey(work, drawn(JOURNEY[:-1]))
    async with tenant.work() as work:
        await define_journey(work, drawn(JOURNEY))
        assert {stage.key: stage.id for stage in await queries.journey(work)} == before


async def test_a_purpose_passes_to_another_role_in_one_act(brand: Make) -> None:
    tenant = await brand(**HOME)
    sales = ["RECEPTION", "NEEDS_DISCOVERY", "CONTRACT", "PROMOTION", "REPURCHASE", "REFERRAL_INVITATION"]
    boundaries = [
        {"key": "sales", "owns": sales, "may": ["APPOINTMENT"]},
        {"key": "designer", "owns": ["PROFESSIONAL_ASSESSMENT", "SOLUTION", "QUOTATION"], "may": ["ENQUIRY"]},
    ]
    async with tenant.work() as work:
        await define_journey(work, drawn(JOURNEY, boundaries=boundaries))
        told = [type(event).type for event in work.events]
        assert told == [
            "purpose.withdrawn", "purpose.assigned", "purpose.assigned", "operating_model.edited"
        ]  # fmt: skip
    async with tenant.work() as work:
        units = {key: queries.as_unit(row) for key, row in (await queries.units_by_key(work)).items()}
        assert (await queries.holders_of(work, Purpose.QUOTATION)).owner == units["designer"]
        assert (await queries.holders_of(work, Purpose.ENQUIRY)).may == {units["new_media"], units["designer"]}


async def test_duty_goes_with_the_purpose(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        butler = (await queries.units_by_key(work))["butler"]
        assert sorted(butler.duty) == ["COMPLAINT", "PRODUCT_REQUEST", "RATING", "SUGGESTION"]
        model = await queries.require_in_force(work)
        owns = (await boundaries_of(work, model.id))[queries.as_unit(butler)].owns
        boundaries = [
            {"key": "butler", "owns": sorted(owns - {Purpose.COMPLAINT})},
            {"key": "designer", "owns": ["PROFESSIONAL_ASSESSMENT", "SOLUTION", "COMPLAINT"]},
        ]
        await define_journey(work, drawn(JOURNEY, boundaries=boundaries))
    async with tenant.work() as work:
        units = await queries.units_by_key(work)
        assert sorted(units["butler"].duty) == ["PRODUCT_REQUEST", "RATING", "SUGGESTION"]
        assert units["designer"].duty == ["COMPLAINT"]


async def refused(tenant: Brand, command: DefineJourney) -> list[tuple[str, dict[str, object]]]:
    """The faults told; and nothing has changed."""
    before = (await tenant.events(), await tenant.count("stages"), await tenant.count("role_purposes"))
    with pytest.raises(Refusals) as told:
        async with tenant.work() as work:
            await define_journey(work, command)
    assert (await tenant.events(), await tenant.count("stages"), await tenant.count("role_purposes")) == before
    return [(type(fault).__name__, fault.facts) for fault in told.value.refusals]


async def test_faults_are_told_by_name(brand: Make) -> None:
    tenant = await brand(**HOME)
    dropped = drawn(JOURNEY, boundaries=[{"key": "designer", "owns": ["SOLUTION"]}])
    assert await refused(tenant, dropped) == [(PurposeUnowned.__name__, {"purpose": "PROFESSIONAL_ASSESSMENT"})]
    twice = drawn(JOURNEY, boundaries=[{"key": "designer", "owns": ["PROFESSIONAL_ASSESSMENT", "SOLUTION", "WOW"]}])
    assert await refused(tenant, twice) == [
        (PurposeOwnedTwice.__name__, {"purpose": "WOW", "owners": "butler, designer"})
    ]
    unknown = drawn([*JOURNEY, {"key": "MORE", "label_en": "More", "owner_key": "cook", "metric": "SATISFACTION"}])
    assert await refused(tenant, unknown) == [(UnknownOwner.__name__, {"key": "cook"})]
    assert [name for name, _ in await refused(tenant, drawn([]))] == ["StageCount"]
    assert [name for name, _ in await refused(tenant, drawn([*JOURNEY, "LEAD"]))] == ["DuplicateStage"]
    # Without SIGNED, its conversion has nowhere to lead to, though sales still answers for it.
    without = [key for key in JOURNEY if key != "SIGNED"]
    assert await refused(tenant, drawn(without)) == [("ConversionMissing", {"metric": "CONVERSION_RATE"})]


async def test_a_new_stage_says_who_owns_it(brand: Make) -> None:
    tenant = await brand(**HOME)
    for stage, field in (
        ({"key": "NEW", "label_en": "New", "metric": "SATISFACTION"}, "owner_key"),
        ({"key": "NEW", "label_en": "New", "owner_key": "sales"}, "metric"),
        ({"key": "NEW", "metric": "CONVERSION_RATE", "owner_key": "sales"}, "label_en"),
    ):
        async with tenant.work() as work:
            with pytest.raises(NeededForNew) as told:
                await define_journey(work, drawn([*JOURNEY, stage]))
            assert told.value.field == ("stages", "8", field)


async def test_a_boundary_of_nobody_is_refused(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        with pytest.raises(UnknownOwner) as told:
            await define_journey(work, drawn(JOURNEY, boundaries=[{"key": "cook", "owns": []}]))
        assert told.value.field == ("boundaries", "0", "key")


async def test_a_purpose_can_be_given_up(brand: Make) -> None:
    tenant = await brand(**HOME)
    boundaries = [{"key": "new_media", "owns": ["CONTENT"], "may": ["ENQUIRY"]}]
    async with tenant.work() as work:
        await define_journey(work, drawn(JOURNEY, boundaries=boundaries, not_used=["COMMUNITY"]))
    async with tenant.work() as work:
        assert (await queries.holders_of(work, Purpose.COMMUNITY)).owner is None
        # From now on it is simply not used; drawing again does not ask for it.
        await define_journey(work, drawn(JOURNEY))


async def test_a_sleeping_role_wakes_with_its_stage(brand: Make) -> None:
    tenant = await brand(
        businessType="HIGH_PRICE_B2C",
        industry="PET_HOSPITAL",
        operatingModel={"kind": "CENTRAL_OPS_GROUP", "reason": "One adviser."},
    )
    async with tenant.work() as work:
        units = await queries.units_by_key(work)
        asleep = sorted(key for key, row in units.items() if isinstance(row, ServiceRole) and row.dormant)
        journey = await queries.journey(work)
        key, role = asleep[0], units[asleep[0]]
        extra = {"key": "AWAKE", "label_en": "Awake", "owner_key": key, "metric": "SATISFACTION"}
        if role.headline_metric != "SATISFACTION":
            await work.change(role, headline_metric="SATISFACTION")
        await define_journey(work, drawn([*(stage.key for stage in journey), extra]))
    async with tenant.work() as work:
        after = await queries.units_by_key(work)
        dormant = sorted(key for key, row in after.items() if isinstance(row, ServiceRole) and row.dormant)
        assert dormant == asleep[1:]


async def test_two_who_draw_at_once_do_not_lose_each_others_work(brand: Make) -> None:
    tenant = await brand(**HOME)

    async def draw(label: str) -> str:
        try:
            async with tenant.work() as work:
                await define_journey(
                    work, drawn([{"key": "FOLLOWED", "label_en": label}, *JOURNEY[1:]], expected_revision=1)
                )
        except Conflict as conflict:
            return str(conflict.facts["version"])
        return "done"

    assert sorted(await asyncio.gather(draw("One"), draw("Two"))) == ["2", "done"]
    async with tenant.work() as work:
        assert (await work.rows(OperatingModel))[0].version == 2
