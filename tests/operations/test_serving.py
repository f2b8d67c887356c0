"""Defining groups, roles and personas: keys, boundaries, retirement, faces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.errors import Conflict, LimitReached, NotFound, Refusals
from server.operations import queries
from server.operations.channel_kinds import ChannelKind
from server.operations.channels import create_channel
from server.operations.commands import AssignServiceRole, CreateChannel, DefineJourney, DefinePersona, DefineUnit
from server.operations.errors import (
    KeyTaken,
    LastPersona,
    NeededForNew,
    OneUnit,
    OtherUnit,
    PurposeOwnedTwice,
    PurposeUnowned,
    UnitInUse,
    UnitRetired,
)
from server.operations.journeys import define_journey
from server.operations.placements import start_placement
from server.operations.serving import define_ops_group, define_persona, define_service_role
from server.operations.tables import ModelUnit, OpsGroup, ServiceRole
from server.tenants.commands import InviteStaff
from server.tenants.service.staff import invite_staff
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]
HOME = {"businessType": "HIGH_PRICE_B2C", "industry": "HOME_DECORATION"}


def unit(key: str, **given: Any) -> DefineUnit:
    return DefineUnit.model_validate({"key": key, **given})


async def test_a_new_role_is_listed_by_the_version_in_force(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        role = await define_service_role(
            work, unit("inspector", label_zh="验收员", headline_metric="ON_TIME_RATE", cleared_for=["MEASUREMENT"])
        )
        assert [type(event).type for event in work.events] == ["service_role.defined", "operating_model.edited"]
    async with tenant.work() as work:
        row = await work.require(ServiceRole, role.id)
        assert (row.label_en, row.label_zh, row.adds, row.dormant, row.duty) == ("验收员", "验收员", False, False, [])
        assert row.cleared_for == ["MEASUREMENT"]
        listed = sorted(await work.rows(ModelUnit), key=lambda one: one.position)
        assert (listed[-1].role_id, listed[-1].position, listed[-1].headline_metric) == (role.id, 6, "ON_TIME_RATE")


async def test_a_group_may_serve_beside_the_roles(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        group = await define_ops_group(work, unit("care", label_en="Care", headline_metric="SATISFACTION"))
        assert isinstance(await work.get(OpsGroup, group.id), OpsGroup)
        with pytest.raises(KeyTaken):
            await define_service_role(work, unit("care", label_en="Care", headline_metric="SATISFACTION"))
        with pytest.raises(KeyTaken):
            await define_ops_group(work, unit("butler"))


async def test_units_and_faces_are_bound(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        units = await queries.units_by_key(work)
        await work.raw.execute(
            "INSERT INTO ops_groups (tenant_id, id, key, label_en, label_zh, headline_metric, also, duty, cleared_for, "
            "adds, recorded_at, version) SELECT $1, gen_random_uuid(), 'g' || n, 'G', 'G', 'SATISFACTION', '{}', '{}', "
            "'{}', false, now(), 1 FROM generate_series(1, $2::int) n",
            tenant.tenant_id,
            199 - len(units),
        )
    async with tenant.work() as work:
        last = await define_ops_group(work, unit("last", label_en="Last", headline_metric="SATISFACTION"))
    for define in (define_ops_group, define_service_role):
        with pytest.raises(LimitReached, check=lambda refusal: refusal.field == ("key",)):
            async with tenant.work() as work:
                await define(work, unit("more", label_en="More", headline_metric="SATISFACTION"))
    async with tenant.work() as work:
        await define_ops_group(work, unit("last", label_en="Changed"))

    async def face(number: int) -> None:
        texts: dict[str, Any] = {"name_en": "N", "position_en": "P", "promise_en": "Q"}
        async with tenant.work() as work:
            await define_persona(work, DefinePersona(key=f"f{number}", group_id=last.id, **texts))

    async with tenant.work() as work:
        await work.raw.execute(
            "INSERT INTO personas (tenant_id, id, key, group_id, name_en, name_zh, position_en, position_zh, promise_en, "
            "promise_zh, recorded_at, version) SELECT $1, gen_random_uuid(), 'p' || n, $2, 'N', 'N', 'P', 'P', 'Q', 'Q', "
            "now(), 1 FROM generate_series(1, 48) n",
            tenant.tenant_id,
            last.id,
        )
    results = await asyncio.gather(*(face(number) for number in range(5)), return_exceptions=True)
    refusals = [result for result in results if result is not None]
    assert [(type(one), getattr(one, "field", None)) for one in refusals] == [(LimitReached, ("key",))] * 3


async def test_a_new_unit_needs_label_and_metric(brand: Make) -> None:
    tenant = await brand(**HOME)
    for given, field in (({"label_en": "Cook"}, "headline_metric"), ({"headline_metric": "SATISFACTION"}, "label_en")):
        async with tenant.work() as work:
            with pytest.raises(NeededForNew) as told:
                await define_service_role(work, unit("cook", **given))
            assert told.value.field == (field,)


async def test_what_is_left_out_stays(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        before = (await queries.units_by_key(work))["butler"]
        after = await define_service_role(work, unit("butler", label_en="Steward"))
        assert (after.id, after.label_en, after.label_zh) == (before.id, "Steward", before.label_zh)
        assert (after.headline_metric, after.also, after.duty) == (before.headline_metric, before.also, before.duty)
        assert after.version == 2
        with pytest.raises(Conflict) as told:
            await define_service_role(work, unit("butler", label_en="Other", expected_version=1))
        assert told.value.facts == {"version": 2}


async def test_one_owner_per_purpose(brand: Make) -> None:
    tenant = await brand(**HOME)
    for given, fault, facts in (
        ({"owns": ["SOLUTION"]}, PurposeUnowned, {"purpose": "PROFESSIONAL_ASSESSMENT"}),
        (
            {"owns": ["PROFESSIONAL_ASSESSMENT", "SOLUTION", "DELIVERY"]},
            PurposeOwnedTwice,
            {"purpose": "DELIVERY", "owners": "butler, designer"},
        ),
    ):
        async with tenant.work() as work:
            with pytest.raises(Refusals) as told:
                await define_service_role(work, unit("designer", **given))
            assert [(type(one), one.facts) for one in told.value.refusals] == [(fault, facts)]


async def test_a_headline_must_be_moved_by_a_stage(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        with pytest.raises(Refusals) as told:
            await define_service_role(work, unit("designer", headline_metric="SATISFACTION"))
        assert {type(one).__name__ for one in told.value.refusals} == {"HeadlineNotMoved", "MetricNotAnswered"}


async def test_a_unit_in_use_is_not_retired(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        role = await define_service_role(
            work, unit("greeter", label_en="Greeter", headline_metric="SATISFACTION", also=["VISIT_RATE"])
        )
        staff = await invite_staff(work, InviteStaff(name="Li Lei"))
        placement = await start_placement(work, AssignServiceRole(staff_id=staff.id, role_id=role.id))
    async with tenant.work() as work:
        with pytest.raises(UnitInUse) as told:
            await define_service_role(work, unit("greeter", retired=True))
        assert told.value.facts == {"key": "greeter", "what": "1 placements"}
        with pytest.raises(UnitInUse) as told:
            await define_service_role(work, unit("new_media", retired=True))
        assert told.value.facts == {"key": "new_media", "what": "stages FOLLOWED; channels 投放"}
        await work.change(placement, until_at=work.now)
        await define_service_role(work, unit("greeter", retired=True))
    async with tenant.work() as work:
        row = await work.require(ServiceRole, role.id)
        assert row.retired_at is not None
        assert role.id not in {one.role_id for one in await work.rows(ModelUnit)}
        with pytest.raises(UnitRetired):
            await define_service_role(work, unit("greeter", label_en="Greeter again"))
        back = await define_service_role(work, unit("greeter", retired=False))
        assert back.retired_at is None


async def test_retiring_gives_up_purposes_only_when_said(brand: Make) -> None:
    tenant = await brand(**HOME)
    journey = ["LEAD", "MEASURED", "DESIGNED", "QUOTED", "SIGNED", "IN_CONSTRUCTION", "WARRANTY"]
    before = await tenant.count("role_purposes")
    async with tenant.work() as work:
        for channel in await queries.open_channels_of(
            work, queries.as_unit((await queries.units_by_key(work))["new_media"])
        ):
            await work.change(channel, retired_at=work.now)
        await define_journey(work, DefineJourney.model_validate({"stages": [{"key": key} for key in journey]}))
        with pytest.raises(Refusals) as told:
            await define_service_role(work, unit("new_media", retired=True))
        assert [one.facts["purpose"] for one in told.value.refusals] == ["CONTENT", "COMMUNITY"]
        role = await define_service_role(work, unit("new_media", retired=True, not_used=["CONTENT", "COMMUNITY"]))
        assert (role.retired_at, role.duty) == (work.now, [])
    assert await tenant.count("role_purposes") == before - 3


async def test_a_channel_leads_to_a_unit_that_adds(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        role = (await queries.units_by_key(work))["designer"]
        channel = await create_channel(
            work, CreateChannel(name="Showroom", kind=ChannelKind.STORE_MATERIAL, role_id=role.id)
        )
        assert await queries.open_channels_of(work, queries.as_unit(role)) == [channel]


def face(key: str, **given: Any) -> DefinePersona:
    return DefinePersona.model_validate({"key": key, **given})


async def test_a_unit_has_one_or_more_faces(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        designer = (await queries.units_by_key(work))["designer"]
        unit_ = queries.as_unit(designer)
        made = await define_persona(
            work,
            face(
                "artist", role_id=designer.id, name_zh="{staff}大师", position_zh="首席设计师", promise_zh="陪您到入住"
            ),
        )
        assert (made.name_en, made.position_en, made.promise_en) == ("{staff}大师", "首席设计师", "陪您到入住")
        assert [persona.key for persona in await queries.personas_of(work, unit_)] == ["designer", "artist"]
        first = await queries.persona_of(work, unit_)
        assert first is not None
        assert first.key == "designer"
        await define_persona(work, face("designer", retired=True))
        assert [persona.key for persona in await queries.personas_of(work, unit_)] == ["artist"]
        with pytest.raises(LastPersona):
            await define_persona(work, face("artist", retired=True))
        changed = await define_persona(work, face("artist", promise_en="With you until you move in"))
        assert (changed.promise_en, changed.promise_zh, changed.version) == (
            "With you until you move in",
            "陪您到入住",
            2,
        )


async def test_a_persona_stays_with_its_unit(brand: Make) -> None:
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        units = await queries.units_by_key(work)
        with pytest.raises(OtherUnit):
            await define_persona(work, face("designer", role_id=units["sales"].id))
        with pytest.raises(OneUnit):
            await define_persona(work, face("nobody", name_en="N", position_en="P", promise_en="P"))
        with pytest.raises(NotFound):
            await define_persona(
                work, face("nobody", role_id=tenant.tenant_id, name_en="N", position_en="P", promise_en="P")
            )
        with pytest.raises(NeededForNew):
            await define_persona(work, face("half", role_id=units["sales"].id, name_en="N"))


def test_a_position_is_at_most_32_characters() -> None:
    face("fits", position_en="x" * 32)
    with pytest.raises(ValueError, match="at most 32"):
        face("long", position_en="x" * 33)


async def test_nobody_is_placed_in_a_role_while_it_is_retired(brand: Make) -> None:
    """Whichever comes first wins; the other is refused."""
    tenant = await brand(**HOME)
    async with tenant.work() as work:
        role = await define_service_role(work, unit("greeter", label_en="Greeter", headline_metric="SATISFACTION"))
        staff = await invite_staff(work, InviteStaff(name="Li Lei"))

    async def place() -> str:
        try:
            async with tenant.work() as work:
                await start_placement(work, AssignServiceRole(staff_id=staff.id, role_id=role.id))
                await asyncio.sleep(0.05)
        except UnitRetired:
            return "retired"
        return "placed"

    async def retire() -> str:
        try:
            async with tenant.work() as work:
                await asyncio.sleep(0.01)
                await define_service_role(work, unit("greeter", retired=True))
        except UnitInUse:
            return "in use"
        return "retired"

    first, second = await asyncio.gather(place(), retire())
    assert (first, second) == ("placed", "in use")
