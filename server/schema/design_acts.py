"""Acts on the design of the version in force: groups, roles, personas, the journey, targets."""

from typing import Any

import strawberry

from server.access.permissions import Permission
from server.customers.note_kinds import NoteKind
from server.db.work import Work
from server.operations import journeys, serving, targets
from server.operations.commands import DefineJourney, DefinePersona, DefineUnit, SetTarget
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.planner.declarations import ref, value
from server.schema.journeys import MetricTarget, Stage
from server.schema.mutations import Payload, id_or_none, idempotency_key, mutation
from server.schema.service_units import OpsGroup, Persona, ServiceRole

_KEY = "a letter, then letters, digits, underscores, at most 64"
_LABELS = "1 to 200 characters; a new one given in one language only is called the same in both."


@strawberry.input(description="A group or role to make, or what to change about the one of this key.")
class DefineOpsGroupInput:
    key: str = strawberry.field(description=f"Its key: {_KEY}; unique among groups and roles.")
    label_en: str | None = strawberry.field(default=None, description=f"English label. {_LABELS}")
    label_zh: str | None = strawberry.field(default=None, description=f"Chinese label. {_LABELS}")
    headline_metric: Metric | None = strawberry.field(
        default=None, description="The headline figure it answers for. Needed for a new one."
    )
    also: list[Metric] | None = strawberry.field(default=None, description="Further figures shown with it.")
    owns: list[Purpose] | None = strawberry.field(
        default=None,
        description="All purposes it owns. Taking one over from another group or role needs defineJourney.",
    )
    may: list[Purpose] | None = strawberry.field(
        default=None, description="All purposes of other owners it may use too."
    )
    not_used: list[Purpose] = strawberry.field(
        default_factory=list, description="Purposes that shall have no owner any more: nobody is contacted for them."
    )
    cleared_for: list[NoteKind] | None = strawberry.field(
        default=None, description="All kinds of sensitive notes whose text it may read."
    )
    retired: bool | None = strawberry.field(
        default=None, description="True retires it, false brings it back. Refused while stages or people hang on it."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where it has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="A service role to make, or what to change about the one of this key.")
class DefineServiceRoleInput(DefineOpsGroupInput):
    pass


def _unit(input: DefineOpsGroupInput) -> DefineUnit:
    names = (
        "key", "label_en", "label_zh", "headline_metric", "also", "owns", "may", "not_used", "cleared_for", "retired",
        "expected_version",
    )  # fmt: skip
    return DefineUnit.model_validate({name: getattr(input, name) for name in names})


@strawberry.type(description="The ops group after the act.")
class DefineOpsGroupPayload(Payload):
    ops_group: OpsGroup | None = value(description="The group; null when refused.")


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Make, change or retire an ops group 定义运营小组. Refused where a purpose would be left without owner "
    "or get two.",
)
async def define_ops_group(work: Work, input: DefineOpsGroupInput) -> DefineOpsGroupPayload:
    group = await serving.define_ops_group(work, _unit(input))
    return DefineOpsGroupPayload(ops_group=ref(group.id))


@strawberry.type(description="The service role after the act.")
class DefineServiceRolePayload(Payload):
    service_role: ServiceRole | None = value(description="The role; null when refused.")


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Make, change or retire a service role 定义服务角色. Refused where a purpose would be left without owner "
    "or get two.",
)
async def define_service_role(work: Work, input: DefineServiceRoleInput) -> DefineServiceRolePayload:
    role = await serving.define_service_role(work, _unit(input))
    return DefineServiceRolePayload(service_role=ref(role.id))


@strawberry.input(description="A persona to make, or what to change about the one of this key.")
class DefinePersonaInput:
    key: str = strawberry.field(description=f"Its key: {_KEY}; unique among personas.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group it is the face of.")
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="The role it is the face of. A new one needs exactly one of the two; it stays there."
    )
    name_en: str | None = strawberry.field(
        default=None, description="English name; `{staff}` stands for the person's own name. Either language is enough."
    )
    name_zh: str | None = strawberry.field(default=None, description="Chinese name; `{staff}` as above.")
    position_en: str | None = strawberry.field(default=None, description="English position, at most 32 characters.")
    position_zh: str | None = strawberry.field(default=None, description="Chinese position, at most 32 characters.")
    promise_en: str | None = strawberry.field(default=None, description="English promise, at most 500 characters.")
    promise_zh: str | None = strawberry.field(default=None, description="Chinese promise, at most 500 characters.")
    retired: bool | None = strawberry.field(
        default=None, description="True retires it, false brings it back. A unit that serves keeps at least one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where it has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The persona after the act.")
class DefinePersonaPayload(Payload):
    persona: Persona | None = value(description="The persona; null when refused.")


@mutation(Permission.OPERATING_MODEL_MANAGE, description="Make, change or retire a persona 定义服务形象.")
async def define_persona(work: Work, input: DefinePersonaInput) -> DefinePersonaPayload:
    names = (
        "key", "name_en", "name_zh", "position_en", "position_zh", "promise_en", "promise_zh", "retired",
        "expected_version",
    )  # fmt: skip
    command = DefinePersona.model_validate(
        {
            **{name: getattr(input, name) for name in names},
            "group_id": await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
            "role_id": await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        }
    )
    persona = await serving.define_persona(work, command)
    return DefinePersonaPayload(persona=ref(persona.id))


@strawberry.input(description="One stage. A new one needs label, owner and metric; what is left out of another stays.")
class JourneyStageInput:
    key: str = strawberry.field(description=f"Its key: {_KEY}; unique among stages.")
    label_en: str | None = strawberry.field(default=None, description=f"English label. {_LABELS}")
    label_zh: str | None = strawberry.field(default=None, description=f"Chinese label. {_LABELS}")
    owner_key: str | None = strawberry.field(default=None, description="Key of the group or role that serves here.")
    metric: Metric | None = strawberry.field(default=None, description="What the owner answers for here.")
    adds: bool | None = strawberry.field(
        default=None, description="Whether the owner adds the customer here; false for a new stage."
    )
    due_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="Days within which a case should move on, 1 to 3650; null: no limit."
    )


@strawberry.input(description="The whole boundary of one group or role.")
class UnitBoundaryInput:
    key: str = strawberry.field(description="Key of the group or role.")
    owns: list[Purpose] = strawberry.field(default_factory=list, description="All purposes it owns.")
    may: list[Purpose] = strawberry.field(
        default_factory=list, description="All purposes of other owners it may use too."
    )


@strawberry.input(description="The window a conversion is measured in.")
class ConversionInput:
    metric: Metric = strawberry.field(description="The conversion.")
    from_stage: str = strawberry.field(description="Key of the stage it counts from.")
    to_stage: str = strawberry.field(description="Key of a later stage, which is to be reached.")
    days: int = strawberry.field(description="Within so many days, 1 to 3650.")


@strawberry.input(description="The whole journey of the version in force, in order.")
class DefineJourneyInput:
    stages: list[JourneyStageInput] = strawberry.field(
        description="1 to 30 stages in order. Those left out are retired; cases on them stay until moved."
    )
    boundaries: list[UnitBoundaryInput] = strawberry.field(
        default_factory=list,
        description="Boundaries to replace in the same act, so that a purpose passes from one owner to another.",
    )
    not_used: list[Purpose] = strawberry.field(
        default_factory=list, description="Purposes that shall have no owner any more: nobody is contacted for them."
    )
    conversions: list[ConversionInput] = strawberry.field(
        default_factory=list, description="Windows to set; others stay while both their stages do."
    )
    expected_revision: int | None = strawberry.field(
        default=None, description="`OperatingModel.revision` that was read; refused where the design has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


def _stage(stage: JourneyStageInput) -> dict[str, Any]:
    names = ["key", "label_en", "label_zh", "owner_key", "metric", "adds"]
    if stage.due_days is not strawberry.UNSET:
        names.append("due_days")
    return {name: getattr(stage, name) for name in names}


@strawberry.type(description="The journey after the act.")
class DefineJourneyPayload(Payload):
    journey: list[Stage] = value(
        get=lambda payload, call: payload.journey or [], description="The stages in order; empty when refused."
    )


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Draw the journey of the version in force 定义业务旅程: add, relabel, reorder and retire stages, and say "
    "who owns what. Refused, naming every fault, unless each stage and each purpose in use has exactly one owner.",
)
async def define_journey(work: Work, input: DefineJourneyInput) -> DefineJourneyPayload:
    command = DefineJourney.model_validate(
        {
            "stages": [_stage(stage) for stage in input.stages],
            "boundaries": [{"key": one.key, "owns": one.owns, "may": one.may} for one in input.boundaries],
            "not_used": input.not_used,
            "conversions": [
                {"metric": one.metric, "from_stage": one.from_stage, "to_stage": one.to_stage, "days": one.days}
                for one in input.conversions
            ],
            "expected_revision": input.expected_revision,
        }
    )
    stages = await journeys.define_journey(work, command)
    return DefineJourneyPayload(journey=[ref(stage.id) for stage in stages])


@strawberry.input(description="A target for a group or role, or with neither for the brand.")
class SetTargetInput:
    metric: Metric = strawberry.field(description="The metric. The group or role must answer for it.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="The service role.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store it holds at; everywhere if left out."
    )
    basis_points: int = strawberry.field(
        description="The share to reach, in hundredths of a percent, 0 to 10,000: 9500 is 95 %."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The target in force.")
class SetTargetPayload(Payload):
    metric_target: MetricTarget | None = value(description="The target; null when refused.")


@mutation(
    Permission.OPERATING_MODEL_MANAGE,
    description="Set what a group, a role or the brand should reach on a metric 设定目标. It ends the target before it.",
)
async def set_target(work: Work, input: SetTargetInput) -> SetTargetPayload:
    command = SetTarget(
        metric=input.metric,
        group_id=await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        role_id=await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        store_id=await id_or_none(work, "Store", input.store_id, "store_id"),
        basis_points=input.basis_points,
    )
    target = await targets.set_target(work, command)
    return SetTargetPayload(metric_target=ref(target.id))
