"""Handing customers over 转接: to one person by hand, all of a person's by a plan, and when somebody leaves."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.customers.commands import AssignCustomer
from server.customers.errors import AssigneeFull
from server.customers.service import assigning
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError
from server.lifecycles import leavers, succession, tables, transfers
from server.lifecycles.errors import PlanIsStale
from server.lifecycles.succession_terms import SuccessionRule, TransferState
from server.operations.assignment_terms import QueueReason
from server.planner.declarations import by_id, column, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.customers import Customer
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.relationships import Relationship
from server.schema.staff import StaffMember
from server.schema.user_errors import UserError, common, user_error_for
from server.terms import Locale

if TYPE_CHECKING:
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.stores import Store

_rows = table_of(tables.Transfer).c


@strawberry.type(description="Nobody named has room for another customer.")
class AssigneeIsFull(UserError):
    friends: int | None = value(
        description="How many friends the person has; null where nobody in particular was named."
    )
    capacity: int | None = value(description="How many they may have; null: any number.")
    added_today: int | None = value(description="How many were added today.")
    daily_limit: int | None = value(description="How many may be; null: any number.")


@user_error_for(AssigneeFull)
def _assignee_full(refusal: DomainError, locale: Locale) -> UserError:
    facts: Any = refusal.facts
    return AssigneeIsFull(
        friends=facts["friends"],
        capacity=facts["capacity"],
        added_today=facts["added_today"],
        daily_limit=facts["daily_limit"],
        **common(refusal, locale),
    )


@strawberry.type(description="Things have changed since the plan was made.")
class TransferPlanIsStale(UserError):
    current_plan_id: str = value(description="The plan as things are now: look at it, and decide again.")


@user_error_for(PlanIsStale)
def _plan_is_stale(refusal: DomainError, locale: Locale) -> UserError:
    return TransferPlanIsStale(current_plan_id=str(refusal.facts["plan_id"]), **common(refusal, locale))


TRANSFER_ORDERS = orders("Transfer", STARTED_AT=_rows.started_at)


@strawberry.input(description="Which transfers.")
class TransferFilter:
    state: ChoiceFilter[TransferState] | None = matches(_rows.state, description="Where they stand.")
    from_staff: IdFilter | None = matches(_rows.from_staff_id, id_of="StaffMember", description="Whose customers.")
    started_at: DateTimeFilter | None = matches(_rows.started_at, description="When they were started.")


TRANSFER_FILTER = filter_type(TransferFilter)


@node(
    tables.Transfer,
    permission=Permission.TENANT_READ,
    description="One person's customers pass to others 客户转接, in the background, and then what the person had still to do. "
    "Whoever finds nobody with room waits in `assignmentQueue`, and keeps the friend, or whoever stands in, meanwhile.",
)
class Transfer(Node):
    from_staff: StaffMember | None = link(_rows.from_staff_id, description="Whose customers.")
    to_staff: StaffMember | None = link(_rows.to_staff_id, description="To whom, where one person was named.")
    rule: SuccessionRule = column(_rows.rule, description="By which rule.")
    leaver: bool = column(_rows.leaver, description="Whether it is because the person left.")
    state: TransferState = column(_rows.state, description="Where it stands.")
    total: int = column(_rows.total, description="How many friendships there were.")
    moved: int = column(_rows.moved, description="How many have passed to others so far.")
    waiting: int = column(
        _rows.waiting, description="For how many nobody had room when their turn came: they wait in the queue."
    )
    matters_moved: int = column(
        _rows.matters_moved,
        description="How much of what the person had still to do passed to colleagues 未了事项: handoffs, feedback, enquiries, "
        "promises and appointments.",
    )
    matters_left: int = column(
        _rows.matters_left,
        description="How much of it is for whoever is in the role or group now, because no colleague who sees the customer "
        "had room. It is in the inbox of the role or group.",
    )
    started_at: datetime = column(_rows.started_at, description="When it was started.")
    finished_at: datetime | None = column(_rows.finished_at, description="When it was done; null while it runs.")
    version: int = column(_rows.version, description="Rises with its progress.")


@strawberry.type(description="So many customers would pass to one person.")
class PlannedMove:
    staff: StaffMember | None = value(description="To whom.")
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = value(
        description="In which role; null where it is a group."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = value(
        description="In which ops group; null where it is a role."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        description="At which store; null: at none in particular."
    )
    customers: int = value(description="How many.")


@strawberry.type(description="So many customers would wait, because nobody has room.")
class PlannedWait:
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = value(
        description="For which role; null where it is a group."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = value(
        description="For which ops group; null where it is a role."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = value(
        description="At which store; null: at none in particular."
    )
    reason: QueueReason = value(description="Why.")
    customers: int = value(description="How many.")


@strawberry.type(
    description="What a transfer would come to as things are now 转接计划. Nothing is changed by looking at it."
)
class TransferPlan:
    plan_id: str = value(description="A digest of the plan: given to the act, it is refused where things have changed.")
    total: int = value(description="How many friendships there are to hand over.")
    moves: list[PlannedMove] = value(description="Who would take how many; one held in two roles counts in both.")
    waiting: list[PlannedWait] = value(description="For how many nobody has room: they would wait in the queue.")
    unplaced: int = value(description="How many are held in no role while no stage adds customers: they would stay.")


def _shown(plan: succession.Plan) -> TransferPlan:
    return TransferPlan(
        plan_id=plan.id,
        total=plan.total,
        moves=[
            PlannedMove(
                staff=ref(one.staff_id),
                role=ref(one.unit.role_id),
                group=ref(one.unit.group_id),
                store=ref(one.store_id),
                customers=one.customers,
            )
            for one in plan.moves
        ],
        waiting=[
            PlannedWait(
                role=ref(one.unit.role_id),
                group=ref(one.unit.group_id),
                store=ref(one.store_id),
                reason=one.reason,
                customers=one.customers,
            )
            for one in plan.waiting
        ],
        unplaced=plan.nowhere,
    )


@strawberry.type
class TransferQueries:
    transfers: Connection[Transfer] = connection(
        orders=TRANSFER_ORDERS,
        filter=TRANSFER_FILTER,
        permission=Permission.TENANT_READ,
        description="Transfers of customers 客户转接 and how far they are, the latest first.",
    )
    transfer: Transfer | None = by_id(permission=Permission.TENANT_READ, description="One transfer, or null.")


@strawberry.input(description="A customer, and who shall serve them.")
class AssignCustomerInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who: placed in the role or group, and with room. Whoever's turn it is, if left out."
    )
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="In which role; the only one the person is placed in, if left out."
    )
    group_id: strawberry.ID | None = strawberry.field(default=None, description="In which ops group, likewise.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="At which store.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What assigning a customer answers.")
class AssignCustomerPayload(Payload):
    customer: Customer | None = value(description="The customer; null where refused.")
    relationship: Relationship | None = value(description="The friendship in which they are served now.")


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Give a customer to somebody 分配客户: this person serves them in the role or group from now on, instead of whoever "
    "did. A friendship held in nothing else ends as TRANSFERRED; its history stays.",
)
async def assign_customer(work: Work, input: AssignCustomerInput) -> AssignCustomerPayload:
    command = AssignCustomer(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        staff_id=await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        role_id=await id_or_none(work, "ServiceRole", input.role_id, "role_id"),
        group_id=await id_or_none(work, "OpsGroup", input.group_id, "group_id"),
        store_id=await id_or_none(work, "Store", input.store_id, "store_id"),
    )
    relationship = await assigning.assign_customer(work, command)
    return AssignCustomerPayload(customer=ref(relationship.customer_id), relationship=ref(relationship.id))


@strawberry.input(description="Whose customers shall pass to whom.")
class TransferRelationshipsInput:
    from_staff_id: strawberry.ID = strawberry.field(description="Whose customers, all of them.")
    rule: SuccessionRule = strawberry.field(default=SuccessionRule.SAME_ROLE_AND_STORE, description="Who takes over.")
    to_staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="The person, for ONE_PERSON; left out otherwise."
    )
    plan_id: str | None = strawberry.field(
        default=None, description="The plan that was looked at: refused where it would be another by now."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Only answer the plan: nothing is changed, and no transfer is started."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The transfer, which goes on in the background, and what it comes to.")
class TransferRelationshipsPayload(Payload):
    transfer: Transfer | None = value(description="The transfer and its progress; null when refused, or for a dry run.")
    plan: TransferPlan | None = value(description="What it comes to as things are now; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Hand over all customers of a person 批量转接客户, within capacity, in the background; nobody is lost on the way.",
)
async def transfer_relationships(work: Work, input: TransferRelationshipsInput) -> TransferRelationshipsPayload:
    command = transfers.TransferRelationships(
        from_staff_id=await id_of(work, "StaffMember", input.from_staff_id, "from_staff_id"),
        rule=input.rule,
        to_staff_id=await id_or_none(work, "StaffMember", input.to_staff_id, "to_staff_id"),
        plan_id=input.plan_id,
    )
    if input.dry_run:
        return TransferRelationshipsPayload(plan=_shown(await transfers.plan_transfer(work, command)))
    plan, transfer = await transfers.transfer_relationships(work, command)
    return TransferRelationshipsPayload(transfer=ref(transfer.id), plan=_shown(plan))


@strawberry.input(description="Who takes over from a leaver.")
class SuccessionInput:
    rule: SuccessionRule = strawberry.field(default=SuccessionRule.SAME_ROLE_AND_STORE, description="Who takes over.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="The person, for ONE_PERSON; left out otherwise."
    )


@strawberry.input(description="Who leaves, and who takes over.")
class DeactivateStaffInput:
    staff_id: strawberry.ID = strawberry.field(description="The person.")
    succession: SuccessionInput | None = strawberry.field(
        default=None, description="Who takes over the customers; colleagues of the same role and store, if left out."
    )
    cover_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Who stands in until the last customer has passed on; the successor, or a colleague of the same role "
        "and store, if left out.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; refused where the person's row has moved on."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The person who left, and the handing over of what was theirs.")
class DeactivateStaffPayload(Payload):
    staff_member: StaffMember | None = value(description="The person; null when refused.")
    transfer: Transfer | None = value(
        description="The transfer of their customers and its progress; null when refused."
    )


@mutation(
    Permission.TENANT_MANAGE,
    description="A person leaves 员工离职. Their keys open nothing from now on, their placements end, somebody stands in, and their "
    "customers pass to colleagues in the background: nothing is orphaned silently.",
)
async def deactivate_staff(work: Work, input: DeactivateStaffInput) -> DeactivateStaffPayload:
    succession_ = input.succession or SuccessionInput()
    command = leavers.DeactivateStaff(
        staff_id=await id_of(work, "StaffMember", input.staff_id, "staff_id"),
        rule=succession_.rule,
        to_staff_id=await id_or_none(work, "StaffMember", succession_.staff_id, "succession", "staff_id"),
        cover_id=await id_or_none(work, "StaffMember", input.cover_id, "cover_id"),
        expected_version=input.expected_version,
    )
    member, transfer = await leavers.deactivate_staff(work, command)
    return DeactivateStaffPayload(staff_member=ref(member.id), transfer=ref(transfer.id))
