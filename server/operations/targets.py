"""Targets 目标: what a group or role, or the brand, should reach on a metric, everywhere or at one store."""

from __future__ import annotations

from server.db.statements import table_of
from server.db.work import Work
from server.operations import queries
from server.operations.commands import SetTarget
from server.operations.errors import MetricNotAnswered, OneUnit, StoreIsClosed, UnitRetired
from server.operations.events import MetricTargetSet
from server.operations.metrics import COMMON_BRAND_METRICS, COMMON_GROUP_METRICS, Metric
from server.operations.tables import MetricTarget, Store
from server.operations.units import Unit, unit_of


async def set_target(work: Work, command: SetTarget) -> MetricTarget:
    """The new target; it ends the one before it for the same metric, unit and store. The same value changes nothing.

    Without a unit it is the brand's, which answers for the metrics credited to nobody else. Raises MetricNotAnswered
    where the unit is not measured by the metric.
    """
    await queries.require_in_force(work, lock=True)
    if command.group_id is not None and command.role_id is not None:
        raise OneUnit("role_id")
    unit = unit_of(command)
    await _check_answered(work, command.metric, unit)
    if command.store_id is not None:
        store = await work.require(Store, command.store_id, "store_id")
        if store.closed_at is not None:
            raise StoreIsClosed("store_id", key=store.key)
    current = await _current(work, command)
    if current is not None and current.basis_points == command.basis_points:
        return current
    if current is not None:
        await work.change(current, until=work.now)
    target = work.add(
        MetricTarget(
            metric=command.metric,
            group_id=command.group_id,
            role_id=command.role_id,
            store_id=command.store_id,
            basis_points=command.basis_points,
            since=work.now,
        )
    )
    work.emit(
        MetricTargetSet(
            metric_target_id=target.id,
            replaced_id=None if current is None else current.id,
            metric=command.metric,
            group_id=target.group_id,
            role_id=target.role_id,
            store_id=target.store_id,
            basis_points=target.basis_points,
            since=target.since,
        )
    )
    return target


async def _check_answered(work: Work, metric: Metric, unit: Unit | None) -> None:
    if unit is None:
        if metric not in COMMON_BRAND_METRICS:
            raise MetricNotAnswered("metric", owner="the brand", metric=metric.value)
        return
    row = await queries.unit_row(work, unit)
    if row.retired_at is not None:
        raise UnitRetired(unit.field, key=row.key)
    answered = {row.headline_metric, *row.also, *(stage.metric for stage in await queries.stages_of(work, unit))}
    if unit.is_group:
        answered |= set(COMMON_GROUP_METRICS)
    if metric not in answered:
        raise MetricNotAnswered("metric", owner=row.key, metric=metric.value)


async def _current(work: Work, command: SetTarget) -> MetricTarget | None:
    columns = table_of(MetricTarget).c
    found = await work.rows(
        MetricTarget,
        columns.metric == command.metric.value,
        columns.until.is_(None),
        columns.group_id.is_not_distinct_from(command.group_id),
        columns.role_id.is_not_distinct_from(command.role_id),
        columns.store_id.is_not_distinct_from(command.store_id),
        lock=True,
    )
    return found[0] if found else None
