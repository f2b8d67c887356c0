"""Placing people: once per place, never with what is gone, and what changes for the customers they see."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.errors import NotFound
from server.ids import new_id
from server.lifecycles import placements as lifecycle
from server.lifecycles.errors import RoleOwnsNothing
from server.operations import queries
from server.operations.commands import AssignServiceRole, DefineStore, DefineUnit
from server.operations.errors import OneUnit, PlacementHasEnded, StaffHasLeft, UnitRetired
from server.operations.metrics import Metric
from server.operations.placements import end_placement, end_placements_of, start_placement
from server.operations.serving import define_service_role
from server.operations.stores import define_store
from server.operations.tables import Placement
from server.operations.units import Unit
from server.tenants.commands import InviteStaff
from server.tenants.service.staff import invite_staff
from server.tenants.tables import StaffMember
from server.wow_moments.tables import WowPlay
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]


async def people(tenant: Brand, *names: str, scope: DataScope = DataScope.OWN_CUSTOMERS) -> list[UUID]:
    async with tenant.work() as work:
        return [(await invite_staff(work, InviteStaff(name=name, data_scope=scope))).id for name in names]


async def roles(tenant: Brand) -> dict[str, UUID]:
    async with tenant.work() as work:
        return {key: row.id for key, row in (await queries.units_by_key(work)).items()}


async def test_a_person_may_serve_in_several_places(brand: Make) -> None:
    tenant = await brand()
    (doctor, _), units = await people(tenant, "Dr Wang", "Dr Li"), await roles(tenant)
    first, second = sorted(units.values())[:2]
    async with tenant.work() as work:
        store = (await define_store(work, DefineStore(key="jingan", name="静安店"))).store
        everywhere = await start_placement(work, AssignServiceRole(staff_id=doctor, role_id=first))
        there = await start_placement(work, AssignServiceRole(staff_id=doctor, role_id=first, store_id=store.id))
        other = await start_placement(work, AssignServiceRole(staff_id=doctor, role_id=second))
    async with tenant.work() as work:
        found = await queries.active_placements(work, doctor)
        assert [row.id for row in found] == sorted([everywhere.id, there.id, other.id])
        assert await queries.staff_in_role(work, first) == [doctor]
        assert await queries.staff_at(work, [store.id]) == [doctor]
        assert [row.id for row in await queries.placements_of(work, Unit(role_id=second))] == [other.id]
        assert await queries.names_of_staff(work, [doctor, doctor]) == ["Dr Wang"]


async def test_placing_again_answers_what_exists(brand: Make) -> None:
    tenant = await brand()
    (doctor,), units = await people(tenant, "Dr Wang"), await roles(tenant)
    command = AssignServiceRole(staff_id=doctor, role_id=min(units.values()))

    async def place() -> UUID:
        async with tenant.work() as work:
            return (await start_placement(work, command)).id

    assert len(set(await asyncio.gather(place(), place(), place()))) == 1
    assert [type for _, type in await tenant.events()].count("placement.started") == 1


async def test_a_placement_ends_once(brand: Make) -> None:
    tenant = await brand()
    (doctor,), units = await people(tenant, "Dr Wang"), await roles(tenant)
    command = AssignServiceRole(staff_id=doctor, role_id=min(units.values()))
    async with tenant.work() as work:
        first = await start_placement(work, command)
    async with tenant.work() as work:
        ended = await end_placement(work, first.id)
        assert ended.until_at == work.now
        with pytest.raises(PlacementHasEnded):
            await end_placement(work, first.id)
        again = await start_placement(work, command)
        assert again.id != first.id
        assert [row.id for row in await queries.active_placements(work, doctor)] == [again.id]


async def test_whoever_leaves_serves_nowhere(brand: Make) -> None:
    tenant = await brand()
    (doctor, other), units = await people(tenant, "Dr Wang", "Dr Li"), await roles(tenant)
    async with tenant.work() as work:
        for role_id in sorted(units.values())[:2]:
            await start_placement(work, AssignServiceRole(staff_id=doctor, role_id=role_id))
        kept = await start_placement(work, AssignServiceRole(staff_id=other, role_id=min(units.values())))
    async with tenant.work() as work:
        assert len(await end_placements_of(work, doctor)) == 2
        assert await end_placements_of(work, doctor) == []
        assert await queries.active_placements(work, doctor) == []
        assert [row.id for row in await queries.active_placements(work, other)] == [kept.id]


async def test_refusals(brand: Make) -> None:
    tenant, stranger = await brand(), await brand()
    (doctor,), units = await people(tenant, "Dr Wang"), await roles(tenant)
    (foreign,) = await people(stranger, "Somebody")
    role_id = min(units.values())
    async with tenant.work() as work:
        for command, field in (
            (AssignServiceRole(staff_id=foreign, role_id=role_id), "staff_id"),
            (AssignServiceRole(staff_id=doctor, role_id=new_id()), "role_id"),
            (AssignServiceRole(staff_id=doctor, group_id=role_id), "group_id"),
            (AssignServiceRole(staff_id=doctor, role_id=role_id, store_id=new_id()), "store_id"),
        ):
            with pytest.raises(NotFound) as told:
                await start_placement(work, command)
            assert told.value.field == (field,)
        for command in (
            AssignServiceRole(staff_id=doctor),
            AssignServiceRole(staff_id=doctor, role_id=role_id, group_id=role_id),
        ):
            with pytest.raises(OneUnit):
                await start_placement(work, command)
        row = await queries.unit_row(work, Unit(role_id=role_id))
        await work.change(row, retired_at=work.now)
        with pytest.raises(UnitRetired):
            await start_placement(work, AssignServiceRole(staff_id=doctor, role_id=role_id))
        with pytest.raises(NotFound):
            await end_placement(work, new_id())
    assert await tenant.count("placements") == 0


async def test_nobody_who_left_is_placed(brand: Make) -> None:
    tenant = await brand()
    (doctor,), units = await people(tenant, "Dr Wang"), await roles(tenant)
    async with tenant.work() as work:
        await work.change(await work.require(StaffMember, doctor), left_at=work.now)
        with pytest.raises(StaffHasLeft):
            await start_placement(work, AssignServiceRole(staff_id=doctor, role_id=min(units.values())))


async def test_a_move_of_a_store_reaches_those_above_it(brand: Make) -> None:
    """The act works whole: placements, tree and what its people see are brought in line together."""
    tenant = await brand()
    (regional,), units = await people(tenant, "Regional", scope=DataScope.OWN_STORE), await roles(tenant)
    async with tenant.work() as work:
        region = await lifecycle.define_store(work, DefineStore(key="east", name="East"))
        clinic = await lifecycle.define_store(work, DefineStore(key="jingan", name="Jing'an", parent_id=region.id))
        placement = await lifecycle.assign_service_role(
            work, AssignServiceRole(staff_id=regional, role_id=min(units.values()), store_id=region.id)
        )
    async with tenant.work() as work:
        await lifecycle.define_store(work, DefineStore(key="jingan", parent_id=None))
        assert await queries.stores_below(work, region.id) == [region.id]
        assert await queries.stores_below(work, clinic.id) == [clinic.id]
    async with tenant.work() as work:
        ended = await lifecycle.end_placement(work, placement.id)
        assert (await work.require(Placement, ended.id)).until_at == work.now


async def test_nobody_is_placed_in_a_role_that_is_there_for_nothing(brand: Make) -> None:
    tenant = await brand()
    [staff] = await people(tenant, "Wang")
    async with tenant.work() as work:
        role = await define_service_role(
            work, DefineUnit(key="idle", label_en="Idle", label_zh="闲", headline_metric=Metric.SATISFACTION)
        )
        before = list(work.events)
        with pytest.raises(RoleOwnsNothing) as refused:
            await lifecycle.assign_service_role(work, AssignServiceRole(staff_id=staff, role_id=role.id))
        assert (refused.value.field, work.events) == (("role_id",), before)
        work.add(WowPlay(key="cake", name="蛋糕", script="唱歌", trigger="DELIVERY", role_id=role.id))
        placed = await lifecycle.assign_service_role(work, AssignServiceRole(staff_id=staff, role_id=role.id))
    assert placed.role_id == role.id
