"""Acts on who serves where. The placement itself is declared beside staff."""

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.lifecycles import placements as lifecycle
from server.operations.commands import AssignServiceRole
from server.planner.declarations import ref, value
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.staff import Placement


@strawberry.input(description="Who shall serve in which group or role, where.")
class AssignServiceRoleInput:
    staff_id: strawberry.ID = strawberry.field(description="The person.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="The service role.")
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The ops group; exactly one of role and group is given."
    )
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store; everywhere if left out.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="Where the person serves.")
class AssignServiceRolePayload(Payload):
    placement: Placement | None = value(
        description="The placement, which may have been there already; null when refused."
    )


@mutation(
    Permission.TENANT_MANAGE,
    description="Place a person in a service role or ops group 任职. Doing it again answers the placement that exists.",
)
async def assign_service_role(work: Work, input: AssignServiceRoleInput) -> AssignServiceRolePayload:
    command = AssignServiceRole(
        staff_id=await id_of(work, "StaffMember", input.staff_id, "staff_id"),
        role_id=await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        group_id=await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        store_id=await id_or_none(work, "Store", input.store_id, "store_id"),
    )
    placement = await lifecycle.assign_service_role(work, command)
    return AssignServiceRolePayload(placement=ref(placement.id))


@strawberry.input(description="A placement to end.")
class EndPlacementInput:
    placement_id: strawberry.ID = strawberry.field(description="The placement.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The placement after the act.")
class EndPlacementPayload(Payload):
    placement: Placement | None = value(description="The placement that ended; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="End a placement 结束任职. Friendships stay; the person no longer sees what only the placement opened.",
)
async def end_placement(work: Work, input: EndPlacementInput) -> EndPlacementPayload:
    placement_id = await id_of(work, "Placement", input.placement_id, "placement_id")
    placement = await lifecycle.end_placement(work, placement_id)
    return EndPlacementPayload(placement=ref(placement.id))
