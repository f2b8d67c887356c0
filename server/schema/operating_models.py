"""How the brand serves: versions of the operating model, groups and roles, personas, boundaries, the journey, metrics."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import case, func, select, tuple_

from server.access.permissions import Permission
from server.customers.note_kinds import NoteKind
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.feedback.kinds import FeedbackKind
from server.operations import advice_record, tables
from server.operations.boundary_modes import BoundaryMode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose, PurposeClass
from server.planner.call import Call
from server.planner.declarations import (
    Declaration,
    all_rows,
    column,
    computed,
    connection,
    declared,
    link,
    links,
    ref,
    single,
    value,
)
from server.planner.filters import ChoiceFilter, DateTimeFilter, filter_type, matches, orders
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.advice import AdviceReason, AdviceWarning
from server.schema.nodes import Connection, Node
from server.schema.scalars import locale_argument, localized
from server.schema.staff import PLACEMENT_FILTER, PLACEMENT_ORDERS, Placement
from server.tenants.advice_terms import RuleKey
from server.tenants.business import AdviceStrength, Industry, OperatingModelKind
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.stores import Store

_models, _groups, _roles = (
    table_of(tables.OperatingModel).c,
    table_of(tables.OpsGroup).c,
    table_of(tables.ServiceRole).c,
)
_personas, _lines, _stages = table_of(tables.Persona).c, table_of(tables.RolePurpose).c, table_of(tables.Stage).c
_windows, _targets = table_of(tables.MetricParameter).c, table_of(tables.MetricTarget).c
_listed_units, _listed_stages = table_of(tables.ModelUnit).c, table_of(tables.ModelStage).c

_IN_FORCE = select(_models.tenant_id, _models.id).where(_models.in_force)


def _said(description: str, **more: Any) -> Any:
    """A field of an interface: the types that have it say where its value comes from."""
    return declared(Declaration(), description, **more)


def _label(en: Any, zh: Any, description: str) -> Any:
    return column(localized(en, zh), arguments=[locale_argument()], description=description)


def _unit_type(group_id: Any) -> Any:
    return case((group_id.isnot(None), fixed("OpsGroup")), else_=fixed("ServiceRole"))


def _unit(columns: Any, description: str, *, prefix: str = "") -> Any:
    """A link to the group or role a row names by two columns."""
    group_id, role_id = columns[f"{prefix}group_id"], columns[f"{prefix}role_id"]
    return link(func.coalesce(role_id, group_id), type_key=_unit_type(group_id), description=description)


# ---------------------------------------------------------------------------------------------------------- who serves


@strawberry.interface(description="Who serves 服务主体: an ops group or a service role.")
class ServiceUnit(Node):
    key: str = _said("Its key, unique among groups and roles of the brand; never changes.")
    label: str = _said("What it is called inside the brand.", arguments=[locale_argument()])
    headline_metric: Metric = _said("The headline figure it answers for 指标.")
    also: list[Metric] = _said("Further figures shown with it.")
    duty: list[FeedbackKind] = _said("Feedback it must answer.")
    cleared_for: list[NoteKind] = _said("Kinds of sensitive notes whose text it may read.")
    adds: bool = _said("Whether it adds customers as friends at one of its stages.")
    dormant: bool = _said("Whether the version in force only names it: no stages, no boundary, no friends.")
    retired_at: datetime | None = _said("When it was retired; null while it serves.")
    personas: list["Persona"] = _said("What the customer sees of it 服务形象, the oldest first.")
    boundary: list["BoundaryPurpose"] = _said("The purposes it owns or may use in the version in force 服务边界.")
    stages: list["Stage"] = _said("The stages it owns in the version in force, in order.")
    targets: list["MetricTarget"] = _said("What it should reach now 目标.")
    placements: Connection[Placement] = _said("Who serves in it, and who did.")
    version: int = _said("Rises with every change.")


def _line_fields(by: Any) -> Any:
    return links(
        by=by,
        where=tuple_(_lines.tenant_id, _lines.operating_model_id).in_(_IN_FORCE),
        order=[_lines.mode.desc(), _lines.purpose],
        description="The purposes it owns or may use in the version in force 服务边界, its own first.",
    )


def _stage_fields(by: Any) -> Any:
    return links(
        by=by,
        where=_stages.retired_at.is_(None),
        order=[_stages.position],
        description="The stages it owns in the version in force, in order.",
    )


def _target_fields(by: Any) -> Any:
    return links(
        by=by,
        where=_targets.until.is_(None),
        order=[_targets.metric, _targets.since],
        description="What it should reach now 目标.",
    )


def _persona_fields(by: Any) -> Any:
    return links(
        by=by,
        where=_personas.retired_at.is_(None),
        order=[_personas.recorded_at],
        description="What the customer sees of it 服务形象, the oldest first; a new friend sees the first.",
    )


def _placement_fields(by: Any) -> Any:
    return connection(
        by=by,
        orders=PLACEMENT_ORDERS,
        filter=PLACEMENT_FILTER,
        description="Who serves in it, and who did 任职; `until: {isNull: true}` for now.",
    )


@node(
    tables.OpsGroup,
    permission=Permission.TENANT_READ,
    description="The central team that takes every customer, behind one or a few personas 运营小组.",
)
class OpsGroup(ServiceUnit):
    key: str = column(_groups.key, description="Its key, unique among groups and roles of the brand; never changes.")
    label: str = _label(_groups.label_en, _groups.label_zh, "What it is called inside the brand.")
    headline_metric: Metric = column(_groups.headline_metric, description="The headline figure it answers for 指标.")
    also: list[Metric] = column(_groups.also, description="Further figures shown with it.")
    duty: list[FeedbackKind] = column(_groups.duty, description="Feedback it must answer.")
    cleared_for: list[NoteKind] = column(
        _groups.cleared_for, description="Kinds of sensitive notes whose text it may read."
    )
    adds: bool = column(_groups.adds, description="Whether it adds customers as friends at one of its stages.")
    dormant: bool = column(fixed("false"), description="Always false: a group that no longer serves is retired.")
    retired_at: datetime | None = column(_groups.retired_at, description="When it was retired; null while it serves.")
    personas: list["Persona"] = _persona_fields(_personas.group_id)
    boundary: list["BoundaryPurpose"] = _line_fields(_lines.group_id)
    stages: list["Stage"] = _stage_fields(_stages.owner_group_id)
    targets: list["MetricTarget"] = _target_fields(_targets.group_id)
    placements: Connection[Placement] = _placement_fields(tables.Placement.group_id)
    version: int = column(_groups.version, description="Rises with every change.")


@node(
    tables.ServiceRole,
    permission=Permission.TENANT_READ,
    description="A role that serves 服务角色: what the customer sees of it, its boundary, what it answers for.",
)
class ServiceRole(ServiceUnit):
    key: str = column(_roles.key, description="Its key, unique among groups and roles of the brand; never changes.")
    label: str = _label(_roles.label_en, _roles.label_zh, "What it is called inside the brand.")
    headline_metric: Metric = column(_roles.headline_metric, description="The headline figure it answers for 指标.")
    also: list[Metric] = column(_roles.also, description="Further figures shown with it.")
    duty: list[FeedbackKind] = column(_roles.duty, description="Feedback it must answer.")
    cleared_for: list[NoteKind] = column(
        _roles.cleared_for, description="Kinds of sensitive notes whose text it may read."
    )
    adds: bool = column(_roles.adds, description="Whether it adds customers as friends at one of its stages.")
    dormant: bool = column(
        _roles.dormant, description="Whether the version in force only names it: no stages, no boundary, no friends."
    )
    retired_at: datetime | None = column(_roles.retired_at, description="When it was retired; null while it serves.")
    personas: list["Persona"] = _persona_fields(_personas.role_id)
    boundary: list["BoundaryPurpose"] = _line_fields(_lines.role_id)
    stages: list["Stage"] = _stage_fields(_stages.owner_role_id)
    targets: list["MetricTarget"] = _target_fields(_targets.role_id)
    placements: Connection[Placement] = _placement_fields(tables.Placement.role_id)
    version: int = column(_roles.version, description="Rises with every change.")


@node(
    tables.Persona,
    permission=Permission.TENANT_READ,
    description="What the customer sees of a group or role 服务形象.",
)
class Persona(Node):
    key: str = column(_personas.key, description="Its key, unique among the brand's personas; never changes.")
    unit: ServiceUnit | None = _unit(_personas, "The group or role it is the face of.")
    name: str = _label(
        _personas.name_en, _personas.name_zh, "The name the customer sees; `{staff}` stands for the person's own name."
    )
    position: str = _label(
        _personas.position_en, _personas.position_zh, "The position the customer sees, at most 32 characters."
    )
    promise: str = _label(_personas.promise_en, _personas.promise_zh, "What the customer may expect.")
    retired_at: datetime | None = column(_personas.retired_at, description="When it was retired.")
    version: int = column(_personas.version, description="Rises with every change.")


def _purpose_labels(call: Call, rows: Sequence[Any], locale: Locale | None = None) -> list[str]:
    return [Purpose(row.purpose).label(locale or call.locale) for row in rows]


def _purpose_classes(call: Call, rows: Sequence[Any]) -> list[PurposeClass]:
    return [Purpose(row.purpose).purpose_class for row in rows]


@node(
    tables.RolePurpose,
    name="BoundaryPurpose",
    permission=Permission.TENANT_READ,
    description="One line of a boundary: a group or role owns a purpose, or may use it 服务边界.",
)
class BoundaryPurpose(Node):
    purpose: Purpose = column(_lines.purpose, description="The purpose of contact.")
    label: str = computed(
        _purpose_labels,
        needs={"purpose": _lines.purpose},
        pure=True,
        arguments=[locale_argument()],
        description="The purpose in words.",
    )
    purpose_class: PurposeClass = computed(
        _purpose_classes,
        needs={"purpose": _lines.purpose},
        pure=True,
        description="Whose wish the contact serves; decides attention and consent.",
    )
    mode: BoundaryMode = column(_lines.mode, description="Whether it owns the purpose or may use it.")
    unit: ServiceUnit | None = _unit(_lines, "The group or role.")


# ------------------------------------------------------------------------------------------------- journey and metrics


@node(tables.Stage, permission=Permission.TENANT_READ, description="One stage of the journey 环节.")
class Stage(Node):
    key: str = column(_stages.key, description="Its key, unique among the brand's stages; never changes.")
    label: str = _label(_stages.label_en, _stages.label_zh, "What it is called.")
    position: int = column(_stages.position, description="Its place in the journey, from 1.")
    owner: ServiceUnit | None = _unit(_stages, "The group or role that serves here.", prefix="owner_")
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


def _has_unit(columns: Any) -> Any:
    return func.coalesce(columns.role_id, columns.group_id)


@node(
    tables.MetricTarget,
    permission=Permission.TENANT_READ,
    description="What a group or role, or the brand, should reach on a metric 目标.",
)
class MetricTarget(Node):
    metric: Metric = column(_targets.metric, description="The metric.")
    unit: ServiceUnit | None = _unit(_targets, "The group or role that answers for it; null: the brand.")
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _targets.store_id, description="The store it holds at; null: everywhere."
    )
    basis_points: int = column(
        _targets.basis_points, description="The share to reach, in hundredths of a percent: 9500 is 95 %."
    )
    since: datetime = column(_targets.since, description="Since when it holds.")
    until: datetime | None = column(_targets.until, description="Until when it held; null while it does.")


# ------------------------------------------------------------------------------------------------------------- versions


@node(
    tables.ModelStage,
    name="ListedStage",
    permission=Permission.TENANT_READ,
    description="A stage as a version of the operating model lists it; left alone for good when the version ends.",
)
class ListedStage(Node):
    stage: Stage | None = link(_listed_stages.stage_id, description="The stage itself, as it is now.")
    position: int = column(_listed_stages.position, description="Its place in the version's journey, from 1.")
    owner: ServiceUnit | None = _unit(_listed_stages, "The group or role that owned it in the version.")
    metric: Metric = column(_listed_stages.metric, description="What the owner answered for.")
    adds: bool = column(_listed_stages.adds, description="Whether the owner added the customer here.")
    due_days: int | None = column(_listed_stages.due_days, description="Days within which a case should move on.")


async def _listed(reader: Reader, rows: Sequence[Any], column: Any, *, where: Any = None) -> list[list[Any]]:
    """Refs to what each version lists in `column`, in the version's order."""
    listed = column.table.c
    statement = (
        select(listed.operating_model_id, column)
        .where(
            listed.tenant_id == reader.tenant_id,
            among(listed.operating_model_id, [UUID(row.id) for row in rows]),
            column.isnot(None),
        )
        .order_by(listed.position)
    )
    by_model: dict[str, list[Any]] = {row.id: [] for row in rows}
    for model_id, id in await reader.fetch(statement):
        by_model[str(model_id)].append(ref(id))
    return [by_model[row.id] for row in rows]


async def _groups_of(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    return await _listed(reader, rows, _listed_units.group_id)


async def _roles_of(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    return await _listed(reader, rows, _listed_units.role_id)


async def _journey_of(reader: Reader, rows: Sequence[Any]) -> list[list[Any]]:
    return await _listed(reader, rows, _listed_stages.stage_id)


async def _not_used(reader: Reader, rows: Sequence[Any]) -> list[list[Purpose]]:
    """The purposes without an owner in each version, shared ones aside."""
    statement = select(_lines.operating_model_id, _lines.purpose).where(
        _lines.tenant_id == reader.tenant_id,
        among(_lines.operating_model_id, [UUID(row.id) for row in rows]),
        _lines.mode == BoundaryMode.OWNS.value,
    )
    owned: dict[str, set[str]] = {row.id: set() for row in rows}
    for model_id, purpose in await reader.fetch(statement):
        owned[str(model_id)].add(purpose)
    return [[purpose for purpose in Purpose if not purpose.shared and purpose not in owned[row.id]] for row in rows]


def _reasons(call: Call, rows: Sequence[Any]) -> list[Any]:
    return [advice_record.reasons_of(row.reasons) for row in rows]


def _warnings(call: Call, rows: Sequence[Any]) -> list[Any]:
    return [advice_record.warnings_of(row.warnings) for row in rows]


_ID = {"id": _models.id}


@node(
    tables.OperatingModel,
    permission=Permission.TENANT_READ,
    description="One version of who adds and serves the customer 运营模式, with the reasons for it.",
)
class OperatingModel(Node):
    version: int = column(_models.number, description="Number of the version, from 1.")
    kind: OperatingModelKind = column(_models.kind, description="Who adds the customer.")
    in_force: bool = column(_models.in_force, description="Whether it is the one in force.")
    since: datetime = column(_models.since, description="Since when it is, or was, in force.")
    until: datetime | None = column(_models.until, description="Until when it was in force; null while it is.")
    industry: Industry = column(_models.industry, description="The trade whose template it began with.")
    reviewed: bool = column(
        _models.reviewed,
        description="Whether that template was reviewed for this trade and kind; otherwise it is derived.",
    )
    advised_kind: OperatingModelKind = column(_models.advised_kind, description="What was advised.")
    strength: AdviceStrength = column(_models.strength, description="How sure the advice was.")
    decided_by: RuleKey = column(_models.decided_by, description="The rule that decided the advice.")
    reasons: list[AdviceReason] = computed(
        _reasons,
        needs={"reasons": _models.reasons},
        pure=True,
        description="Why it was chosen: every reason that held, for the advised model or against it.",
    )
    warnings: list[AdviceWarning] = computed(
        _warnings,
        needs={"warnings": _models.warnings},
        pure=True,
        description="What could go wrong under it, as known when it was chosen.",
    )
    assumed: list[str] = column(
        _models.assumed, description="Inputs of the advice taken from what is usual in the trade, in snake case."
    )
    missing: list[str] = column(
        _models.missing, description="Inputs of the advice nothing stood in for, in snake case."
    )
    override_reason: str | None = column(
        _models.override_reason,
        description="The brand's own reason, where it chose against the advice; null otherwise.",
    )
    groups: list[OpsGroup] = computed(_groups_of, needs=_ID, description="The ops groups it lists 运营小组.")
    roles: list[ServiceRole] = computed(
        _roles_of, needs=_ID, description="The service roles it lists 服务角色, sleeping ones too."
    )
    journey: list[Stage] = computed(
        _journey_of,
        needs=_ID,
        description="Its stages in its order 业务旅程, as they are now; `listedStages` has them as they were then.",
    )
    listed_stages: list[ListedStage] = links(
        by=_listed_stages.operating_model_id,
        order=[_listed_stages.position],
        description="Its stages in order, with the owner and metric each had in this version.",
    )
    boundary: list[BoundaryPurpose] = links(
        by=_lines.operating_model_id,
        order=[_lines.purpose, _lines.mode.desc()],
        description="All boundaries of the version: who owns each purpose, and who may use it 服务边界.",
    )
    not_used: list[Purpose] = computed(
        _not_used, needs=_ID, description="Purposes without an owner: nobody may be contacted for them."
    )
    conversions: list[MetricParameter] = links(
        by=_windows.operating_model_id,
        order=[_windows.metric],
        description="How its conversions between stages are measured 转化口径.",
    )
    revision: int = column(
        _models.version, description="Rises with every edit of the version's design; `expectedRevision` compares it."
    )


MODEL_ORDERS = orders("OperatingModel", VERSION=tables.OperatingModel.number)


@strawberry.type
class OperatingModelQueries:
    operating_model: OperatingModel = single(
        lambda tenant: _models.in_force,
        permission=Permission.TENANT_READ,
        description="The operating model in force 运营模式: kind, reasons, groups, roles, journey.",
    )
    operating_models: Connection[OperatingModel] = connection(
        orders=MODEL_ORDERS,
        permission=Permission.TENANT_READ,
        description="Every version of the operating model, the newest first 运营模式历史.",
    )
    ops_groups: list[OpsGroup] = all_rows(
        where=_groups.retired_at.is_(None),
        order=[_groups.recorded_at],
        permission=Permission.TENANT_READ,
        description="The ops groups that serve 运营小组.",
    )
    service_roles: list[ServiceRole] = all_rows(
        where=_roles.retired_at.is_(None),
        order=[_roles.recorded_at],
        permission=Permission.TENANT_READ,
        description="The service roles 服务角色, sleeping ones too.",
    )
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
