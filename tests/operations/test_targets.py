"""Targets: who answers for a metric may have one, per store or everywhere; the newest holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.operations import queries
from server.operations.commands import DefineStore, SetTarget
from server.operations.errors import MetricNotAnswered, OneUnit, StoreIsClosed
from server.operations.metrics import Metric
from server.operations.stores import close_store, define_store
from server.operations.tables import MetricTarget
from server.operations.targets import set_target
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]


async def test_a_newer_target_ends_the_older(brand: Make) -> None:
    tenant = await brand(businessType="HIGH_PRICE_B2C", industry="HOME_DECORATION")
    async with tenant.work() as work:
        sales = (await queries.units_by_key(work))["sales"].id
        store = (await define_store(work, DefineStore(key="jingan", name="静安店"))).store
        first = await set_target(work, SetTarget(metric=Metric.CONVERSION_RATE, role_id=sales, basis_points=2500))
        there = await set_target(
            work, SetTarget(metric=Metric.CONVERSION_RATE, role_id=sales, store_id=store.id, basis_points=3000)
        )
    async with tenant.work() as work:
        same = await set_target(work, SetTarget(metric=Metric.CONVERSION_RATE, role_id=sales, basis_points=2500))
        assert same.id == first.id
        assert work.events == []
        second = await set_target(work, SetTarget(metric=Metric.CONVERSION_RATE, role_id=sales, basis_points=2600))
        assert (await work.require(MetricTarget, first.id)).until == second.since == work.now
        assert (await work.require(MetricTarget, there.id)).until is None


async def test_only_who_answers_has_a_target(brand: Make) -> None:
    tenant = await brand(businessType="HIGH_PRICE_B2C", industry="HOME_DECORATION")
    async with tenant.work() as work:
        units = await queries.units_by_key(work)
        designer = units["designer"].id
        with pytest.raises(MetricNotAnswered) as told:
            await set_target(work, SetTarget(metric=Metric.VISIT_RATE, role_id=designer, basis_points=1))
        assert told.value.facts == {"owner": "designer", "metric": "VISIT_RATE"}
        with pytest.raises(MetricNotAnswered):
            await set_target(work, SetTarget(metric=Metric.RETENTION_RATE, role_id=designer, basis_points=1))
        with pytest.raises(MetricNotAnswered):
            await set_target(work, SetTarget(metric=Metric.VISIT_RATE, basis_points=1))
        brands = await set_target(work, SetTarget(metric=Metric.REFERRAL_RATE, basis_points=800))
        assert (brands.group_id, brands.role_id, brands.basis_points) == (None, None, 800)
        # One of its further metrics is enough.
        await set_target(work, SetTarget(metric=Metric.SATISFACTION, role_id=units["butler"].id, basis_points=9500))
        with pytest.raises(OneUnit):
            await set_target(
                work, SetTarget(metric=Metric.SATISFACTION, role_id=designer, group_id=designer, basis_points=1)
            )
        store = (await define_store(work, DefineStore(key="old", name="Old"))).store
        await close_store(work, store.id)
        with pytest.raises(StoreIsClosed):
            await set_target(
                work,
                SetTarget(metric=Metric.SATISFACTION, role_id=units["butler"].id, store_id=store.id, basis_points=9500),
            )
    assert await tenant.count("metric_targets") == 2


async def test_a_group_answers_for_what_every_group_shows(brand: Make) -> None:
    tenant = await brand(businessType="LOW_PRICE_B2C", industry="RETAIL")
    async with tenant.work() as work:
        group = (await queries.units_by_key(work))["ops_group"].id
        target = await set_target(work, SetTarget(metric=Metric.RETENTION_RATE, group_id=group, basis_points=9000))
        assert target.group_id == group


@pytest.mark.parametrize("basis_points", [-1, 10_001])
def test_a_target_is_a_share(basis_points: int) -> None:
    with pytest.raises(ValueError, match="basis_points"):
        SetTarget(metric=Metric.SATISFACTION, basis_points=basis_points)


async def test_two_targets_at_once_leave_one_in_force(brand: Make) -> None:
    tenant = await brand()

    async def aim(basis_points: int) -> None:
        async with tenant.work() as work:
            await set_target(work, SetTarget(metric=Metric.REFERRAL_RATE, basis_points=basis_points))

    await asyncio.gather(*(aim(100 * n) for n in range(1, 6)))
    async with tenant.work() as work:
        targets = await work.rows(MetricTarget)
    assert len(targets) == 5
    assert [target.until for target in targets].count(None) == 1
