"""Who serves: ops groups and service roles behind one interface, their personas and their boundaries."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Boolean, case, func, literal_column, select, tuple_

from server.access.permissions import Permission
from server.customers.note_kinds import NoteKind
from server.db.statements import table_of
from server.feedback.kinds import FeedbackKind
from server.operations import tables
from server.operations.boundary_modes import BoundaryMode
from server.operations.metrics import Metric
from server.operations.purposes import Purpose, PurposeClass
from server.planner.call import Call
from server.planner.declarations import Declaration, column, computed, connection, declared, link, links
from server.planner.json_text import fixed
from server.planner.nodes import node
from server.schema.assignment import AssignmentRule
from server.schema.nodes import Connection, Node
from server.schema.scalars import locale_argument, localized
from server.schema.staff import PLACEMENT_FILTER, PLACEMENT_ORDERS, Placement
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.journeys import MetricTarget, Stage

_groups, _roles, _models = (
    table_of(tables.OpsGroup).c,
    table_of(tables.ServiceRole).c,
    table_of(tables.OperatingModel).c,
)
_rules = table_of(tables.AssignmentRule).c
_personas, _lines = table_of(tables.Persona).c, table_of(tables.RolePurpose).c
_stages, _targets = table_of(tables.Stage).c, table_of(tables.MetricTarget).c

_IN_FORCE = select(_models.tenant_id, _models.id).where(_models.in_force)


def _said(description: str, **more: Any) -> Any:
    """A field of an interface: the types that have it say where its value comes from."""
    return declared(Declaration(), description, **more)


def labelled(en: Any, zh: Any, description: str) -> Any:
    """A text in both languages, given in one."""
    return column(localized(en, zh), arguments=[locale_argument()], description=description)


def unit_link(columns: Any, description: str, *, prefix: str = "") -> Any:
    """A link to the group or role that a row names by two columns."""
    group_id, role_id = columns[f"{prefix}group_id"], columns[f"{prefix}role_id"]
    kind = case((group_id.isnot(None), fixed("OpsGroup")), else_=fixed("ServiceRole"))
    return link(func.coalesce(role_id, group_id), type_key=kind, description=description)


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
    stages: list[Annotated["Stage", strawberry.lazy("server.schema.journeys")]] = _said(
        "The stages it owns in the version in force, in order."
    )
    targets: list[Annotated["MetricTarget", strawberry.lazy("server.schema.journeys")]] = _said(
        "What it should reach now 目标."
    )
    placements: Connection[Placement] = _said("Who serves in it, and who did.")
    assignment_rule: AssignmentRule | None = _said("How its people take turns; null: fewest friends first.")
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
    label: str = labelled(_groups.label_en, _groups.label_zh, "What it is called inside the brand.")
    headline_metric: Metric = column(_groups.headline_metric, description="The headline figure it answers for 指标.")
    also: list[Metric] = column(_groups.also, description="Further figures shown with it.")
    duty: list[FeedbackKind] = column(_groups.duty, description="Feedback it must answer.")
    cleared_for: list[NoteKind] = column(
        _groups.cleared_for, description="Kinds of sensitive notes whose text it may read."
    )
    adds: bool = column(_groups.adds, description="Whether it adds customers as friends at one of its stages.")
    dormant: bool = column(
        literal_column("false", Boolean), description="Always false: a group that no longer serves is retired."
    )
    retired_at: datetime | None = column(_groups.retired_at, description="When it was retired; null while it serves.")
    personas: list["Persona"] = _persona_fields(_personas.group_id)
    boundary: list["BoundaryPurpose"] = _line_fields(_lines.group_id)
    stages: list[Annotated["Stage", strawberry.lazy("server.schema.journeys")]] = _stage_fields(_stages.owner_group_id)
    targets: list[Annotated["MetricTarget", strawberry.lazy("server.schema.journeys")]] = _target_fields(
        _targets.group_id
    )
    placements: Connection[Placement] = _placement_fields(tables.Placement.group_id)
    assignment_rule: AssignmentRule | None = link(
        by=_rules.group_id,
        description="How its people take turns 分配规则; null: fewest friends first, without limits.",
    )
    version: int = column(_groups.version, description="Rises with every change.")


@node(
    tables.ServiceRole,
    permission=Permission.TENANT_READ,
    description="A role that serves 服务角色: what the customer sees of it, its boundary, what it answers for.",
)
class ServiceRole(ServiceUnit):
    key: str = column(_roles.key, description="Its key, unique among groups and roles of the brand; never changes.")
    label: str = labelled(_roles.label_en, _roles.label_zh, "What it is called inside the brand.")
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
    stages: list[Annotated["Stage", strawberry.lazy("server.schema.journeys")]] = _stage_fields(_stages.owner_role_id)
    targets: list[Annotated["MetricTarget", strawberry.lazy("server.schema.journeys")]] = _target_fields(
        _targets.role_id
    )
    placements: Connection[Placement] = _placement_fields(tables.Placement.role_id)
    assignment_rule: AssignmentRule | None = link(
        by=_rules.role_id, description="How its people take turns 分配规则; null: fewest friends first, without limits."
    )
    version: int = column(_roles.version, description="Rises with every change.")


@node(
    tables.Persona,
    permission=Permission.TENANT_READ,
    description="What the customer sees of a group or role 服务形象.",
)
class Persona(Node):
    key: str = column(_personas.key, description="Its key, unique among the brand's personas; never changes.")
    unit: ServiceUnit | None = unit_link(_personas, "The group or role it is the face of.")
    name: str = labelled(
        _personas.name_en, _personas.name_zh, "The name the customer sees; `{staff}` stands for the person's own name."
    )
    position: str = labelled(
        _personas.position_en, _personas.position_zh, "The position the customer sees, at most 32 characters."
    )
    promise: str = labelled(_personas.promise_en, _personas.promise_zh, "What the customer may expect.")
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
    unit: ServiceUnit | None = unit_link(_lines, "The group or role.")
