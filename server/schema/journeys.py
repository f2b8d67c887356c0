"""The journey and what is answered for along it: stages, conversions, targets."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.access.permissions import Permission
from server.db.statements import table_of
from server.operations import tables
from server.operations.metrics import Metric
from server.planner.declarations import all_rows, column, connection, link
from server.planner.filters import ChoiceFilter, DateTimeFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.nodes import Connection, Node
from server.schema.service_units import ServiceUnit, labelled, unit_link

if TYPE_CHECKING:
    from server.schema.stores import Store

_stages = table_of(tables.Stage).c
_windows, _targets = table_of(tables.MetricParameter).c, table_of(tables.MetricTarget).c


@node(tables.Stage, permission=Permission.TENANT_READ, description="One stage of the journey 环节.")
class Stage(Node):
    key: str = column(_stages.key, description="Its key, unique among the brand's stages; never changes.")
    label: str = labelled(_stages.label_en, _stages.label_zh, "What it is called.")
    position: int = column(_stages.position, description="Its place in the journey, from 1.")
    owner: ServiceUnit | None = unit_link(_stages, "The group or role that serves here.", prefix="owner_")
    metric: Metric = column(_stages.metric, description="What the owner answers for while a case stands here 指标.")
    adds: bool = column(
        _stages.adds, description="Whether this is a key node 关键节点, where the owner adds the customer as a friend."
    )
    due_days: int | None = column(
        _stages.due_days, description="Days within which a case should move on; null where there is no such limit."
    )
    retired_at: datetime | None = column(
        _stages.retired_at, description="When it was retired; cases on it stay until moved. Null while it is in use."
    )
    version: int = column(_stages.version, description="Rises with every change.")


@node(
    tables.MetricParameter,
    permission=Permission.TENANT_READ,
    description="The window a stage conversion is measured in 转化口径.",
)
class MetricParameter(Node):
    metric: Metric = column(_windows.metric, description="The conversion.")
    from_stage: Stage | None = link(_windows.from_stage_id, description="Cases that entered this stage are counted.")
    to_stage: Stage | None = link(
        _windows.to_stage_id, description="Those that entered this stage, or a later one, converted."
    )
    days: int = column(_windows.days, description="Within so many days.")


TARGET_ORDERS = orders("MetricTarget", SINCE=tables.MetricTarget.since)


@strawberry.input(description="Which targets.")
class MetricTargetFilter:
    metric: ChoiceFilter[Metric] | None = matches(_targets.metric, description="For which metric.")
    until: DateTimeFilter | None = matches(
        _targets.until, description="When it ended; `isNull: true` for those that hold now."
    )


TARGET_FILTER = filter_type(MetricTargetFilter)


@node(
    tables.MetricTarget,
    permission=Permission.TENANT_READ,
    description="What a group or role, or the brand, should reach on a metric 目标.",
)
class MetricTarget(Node):
    metric: Metric = column(_targets.metric, description="The metric.")
    unit: ServiceUnit | None = unit_link(_targets, "The group or role that answers for it; null: the brand.")
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _targets.store_id, description="The store it holds at; null: everywhere."
    )
    basis_points: int = column(
        _targets.basis_points, description="The share to reach, in hundredths of a percent: 9500 is 95 %."
    )
    since: datetime = column(_targets.since, description="Since when it holds.")
    until: datetime | None = column(_targets.until, description="Until when it held; null while it does.")


@strawberry.type
class JourneyQueries:
    journey: list[Stage] = all_rows(
        where=_stages.retired_at.is_(None),
        order=[_stages.position],
        permission=Permission.TENANT_READ,
        description="The stages of the version in force, in order 业务旅程.",
    )
    metric_targets: Connection[MetricTarget] = connection(
        orders=TARGET_ORDERS,
        filter=TARGET_FILTER,
        permission=Permission.TENANT_READ,
        description="Targets, those that ended too, the newest first 目标.",
    )
