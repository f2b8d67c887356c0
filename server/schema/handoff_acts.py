"""What can be done about handoffs 交接."""

from datetime import datetime

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.handoffs import commands, service
from server.operations.purposes import Purpose
from server.planner.declarations import ref, value
from server.schema.handoffs import Handoff
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation

_HANDOFF_ID = "The handoff."


@strawberry.input(description="Whom to ask to take which customer. Name a person, a role or group, or a person in one.")
class RequestHandoffInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's case it is about.")
    purpose: Purpose | None = strawberry.field(default=None, description="For what; everything if left out.")
    to_staff_id: strawberry.ID | None = strawberry.field(default=None, description="The person.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="The service role.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The ops group; not beside a role.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="At which store. Left out: where the customer is at home, if somebody serves in it there, else "
        "anywhere.",
    )
    message: str | None = strawberry.field(
        default=None, description="What the other must know, 1 to 4,000 characters. Personal."
    )
    due_at: datetime | None = strawberry.field(
        default=None,
        description="By when it must be answered, at most 30 days ahead. Left out: 2 hours for a service purpose, 4 for "
        "transaction and care, 24 for all others and for none.",
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Take the customer.")
class AcceptHandoffInput:
    handoff_id: strawberry.ID = strawberry.field(description=_HANDOFF_ID)
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who takes the customer; the calling staff member if left out."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Not take the customer.")
class DeclineHandoffInput:
    handoff_id: strawberry.ID = strawberry.field(description=_HANDOFF_ID)
    reason: str = strawberry.field(description="Why, 1 to 4,000 characters.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Take the question back.")
class CancelHandoffInput:
    handoff_id: strawberry.ID = strawberry.field(description=_HANDOFF_ID)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What asking answers.")
class RequestHandoffPayload(Payload):
    handoff: Handoff | None = value(description="The handoff; the one there is, where just this is asked already.")


@strawberry.type(description="What accepting answers.")
class AcceptHandoffPayload(Payload):
    handoff: Handoff | None = value(description="The handoff.")


@strawberry.type(description="What declining answers.")
class DeclineHandoffPayload(Payload):
    handoff: Handoff | None = value(description="The handoff; null for who does not see the customer any more.")


@strawberry.type(description="What cancelling answers.")
class CancelHandoffPayload(Payload):
    handoff: Handoff | None = value(description="The handoff.")


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Ask somebody to take a customer 交接. Who is asked sees the customer and has it in the inbox; the clock "
    "runs. What is asked of the same for the same already is answered as it is.",
)
async def request_handoff(work: Work, input: RequestHandoffInput) -> RequestHandoffPayload:
    command = commands.RequestHandoff(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        case_id=await id_or_none(work, "Case", input.case_id, "case_id"),
        purpose=input.purpose,
        to_staff_id=await id_or_none(work, "StaffMember", input.to_staff_id, "to_staff_id"),
        role_id=await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        group_id=await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        store_id=await id_or_none(work, "Store", input.store_id, "store_id"),
        message=input.message,
        due_at=input.due_at,
    )
    return RequestHandoffPayload(handoff=ref((await service.request_handoff(work, command)).id))


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Take the customer 接手. Where the role or group adds customers, the two are friends in it from now on. Of "
    "two who accept at once one does.",
)
async def accept_handoff(work: Work, input: AcceptHandoffInput) -> AcceptHandoffPayload:
    command = commands.AcceptHandoff(
        handoff_id=await id_of(work, "Handoff", input.handoff_id, "handoff_id"),
        staff_id=await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
    )
    return AcceptHandoffPayload(handoff=ref((await service.accept_handoff(work, command)).id))


@mutation(Permission.CUSTOMER_WRITE, description="Not take the customer, and say why 拒绝交接.")
async def decline_handoff(work: Work, input: DeclineHandoffInput) -> DeclineHandoffPayload:
    handoff_id = await id_of(work, "Handoff", input.handoff_id, "handoff_id")
    command = commands.DeclineHandoff(handoff_id=handoff_id, reason=input.reason)
    return DeclineHandoffPayload(handoff=ref((await service.decline_handoff(work, command)).id))


@mutation(Permission.CUSTOMER_WRITE, description="Take a handoff back that nobody has answered 撤回交接.")
async def cancel_handoff(work: Work, input: CancelHandoffInput) -> CancelHandoffPayload:
    handoff_id = await id_of(work, "Handoff", input.handoff_id, "handoff_id")
    done = await service.cancel_handoff(work, commands.CancelHandoff(handoff_id=handoff_id))
    return CancelHandoffPayload(handoff=ref(done.id))
