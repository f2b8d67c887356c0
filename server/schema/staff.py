"""The people who work for the brand, and where they are placed."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from pydantic import ValidationError

from server.access.permissions import DataScope, Permission
from server.appointments.tables import Appointment as AppointmentRow
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError, Invalid
from server.handoffs.tables import Handoff as HandoffRow
from server.lifecycles import staff as lifecycle
from server.operations import tables as operations
from server.operations.tables import Placement as PlacementRow
from server.orders.tables import Order as OrderRow
from server.planner.declarations import by_id, column, connection, link, links, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, TextFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.promises.tables import Promise as PromiseRow
from server.schema.appointments import APPOINTMENT_FILTER, APPOINTMENT_ORDERS, Appointment
from server.schema.assignment import ABSENCE_FILTER, ABSENCE_ORDERS, Absence, Workload, WorkShift
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.handoffs import HANDOFF_FILTER, HANDOFF_ORDERS, Handoff
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.orders import ORDER_FILTER, ORDER_ORDERS, Order
from server.schema.promises import PROMISE_FILTER, PROMISE_ORDERS, Promise
from server.schema.user_errors import UserError, user_errors
from server.tenants import commands, tables
from server.tenants.service import staff as service

if TYPE_CHECKING:
    from server.schema.operating_models import OpsGroup, ServiceRole
    from server.schema.stores import Store

MAX_BATCH = 100

_loads, _shifts = table_of(operations.Workload).c, table_of(operations.WorkShift).c
_absences = table_of(operations.Absence).c

PLACEMENT_ORDERS = orders("Placement", SINCE=PlacementRow.from_at)


@strawberry.input(description="Which placements.")
class PlacementFilter:
    store: IdFilter | None = matches(
        PlacementRow.store_id, id_of="Store", description="At which store; null is everywhere."
    )
    group: IdFilter | None = matches(PlacementRow.group_id, id_of="OpsGroup", description="In which ops group.")
    role: IdFilter | None = matches(PlacementRow.role_id, id_of="ServiceRole", description="In which service role.")
    until: DateTimeFilter | None = matches(PlacementRow.until_at, description="When it ended; null while it lasts.")


PLACEMENT_FILTER = filter_type(PlacementFilter)


@node(
    PlacementRow,
    permission=Permission.TENANT_READ,
    description="A person in a group or role, at a store or everywhere, from–to 任职.",
)
class Placement(Node):
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        PlacementRow.staff_id, description="The person."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        PlacementRow.group_id, description="The ops group; null for a placement in a role."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        PlacementRow.role_id, description="The service role; null for a placement in a group."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        PlacementRow.store_id, description="The store; null: everywhere."
    )
    since: datetime = column(PlacementRow.from_at, description="Since when.")
    until: datetime | None = column(PlacementRow.until_at, description="Until when; null while it lasts.")


STAFF_ORDERS = orders("StaffMember", JOINED_AT=tables.StaffMember.joined_at, NAME=tables.StaffMember.name)


@strawberry.input(description="Which staff.")
class StaffFilter:
    key: TextFilter | None = matches(tables.StaffMember.key, description="By the brand's own key.")
    email: TextFilter | None = matches(tables.StaffMember.email, description="By e-mail address, in lower case.")
    data_scope: ChoiceFilter[DataScope] | None = matches(
        tables.StaffMember.data_scope, description="Which customers they see."
    )
    joined_at: DateTimeFilter | None = matches(tables.StaffMember.joined_at, description="When they joined.")
    left_at: DateTimeFilter | None = matches(
        tables.StaffMember.left_at, description="When they left; `isNull: true` for those who work here now."
    )
    store: IdFilter | None = matches(
        PlacementRow.store_id,
        via={PlacementRow.staff_id: tables.StaffMember.id},
        where=PlacementRow.until_at.is_(None),  # type: ignore[union-attr]  # a column at run time
        id_of="Store",
        description="Placed at this store now.",
    )
    group: IdFilter | None = matches(
        PlacementRow.group_id,
        via={PlacementRow.staff_id: tables.StaffMember.id},
        where=PlacementRow.until_at.is_(None),  # type: ignore[union-attr]  # a column at run time
        id_of="OpsGroup",
        description="In this ops group now.",
    )
    role: IdFilter | None = matches(
        PlacementRow.role_id,
        via={PlacementRow.staff_id: tables.StaffMember.id},
        where=PlacementRow.until_at.is_(None),  # type: ignore[union-attr]  # a column at run time
        id_of="ServiceRole",
        description="In this service role now.",
    )


STAFF_FILTER = filter_type(StaffFilter)


@node(tables.StaffMember, permission=Permission.TENANT_READ, description="A person who works for the brand 员工.")
class StaffMember(Node):
    name: str = column(tables.StaffMember.name, description="Name, as customers see it in a persona.", personal=True)
    email: str | None = column(
        tables.StaffMember.email, description="E-mail address, in lower case; null where none was given.", personal=True
    )
    key: str | None = column(
        tables.StaffMember.key, description="The brand's own key for the person; null without one."
    )
    data_scope: DataScope = column(
        tables.StaffMember.data_scope, description="Which customers the person sees 数据范围."
    )
    joined_at: datetime = column(tables.StaffMember.joined_at, description="Since when the person works here.")
    left_at: datetime | None = column(
        tables.StaffMember.left_at, description="When the person left 离职; null for whoever works here."
    )
    placements: Connection[Placement] = connection(
        by=PlacementRow.staff_id,
        orders=PLACEMENT_ORDERS,
        filter=PLACEMENT_FILTER,
        description="In which groups and roles, at which stores, past ones too 任职.",
    )
    orders: Connection[Order] = connection(
        by=table_of(OrderRow).c.staff_id,
        orders=ORDER_ORDERS,
        filter=ORDER_FILTER,
        permission=Permission.ORDER_READ,
        description="Orders 订单 that came through this person, newest first.",
    )
    appointments: Connection[Appointment] = connection(
        by=table_of(AppointmentRow).c.staff_id,
        orders=APPOINTMENT_ORDERS,
        filter=APPOINTMENT_FILTER,
        permission=Permission.APPOINTMENT_READ,
        description="Whom this person was and is to receive 预约, the latest first.",
    )
    promises: Connection[Promise] = connection(
        by=table_of(PromiseRow).c.staff_id,
        orders=PROMISE_ORDERS,
        filter=PROMISE_FILTER,
        permission=Permission.PROMISE_READ,
        description="What this person promised 承诺, newest first.",
    )
    handoffs: Connection[Handoff] = connection(
        by=table_of(HandoffRow).c.to_staff_id,
        orders=HANDOFF_ORDERS,
        filter=HANDOFF_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="Customers this person was asked to take 交接, newest first; not what their role was asked.",
    )
    workload: Workload | None = link(
        by=_loads.staff_id,
        description="What the person takes, and has 承接量; null where nothing was said and nobody added yet.",
    )
    shifts: list[WorkShift] = links(
        by=_shifts.staff_id,
        order=[_shifts.weekday, _shifts.opens],
        description="When the person works 班次; none: always.",
    )
    absences: Connection[Absence] = connection(
        by=_absences.staff_id,
        orders=ABSENCE_ORDERS,
        filter=ABSENCE_FILTER,
        description="When the person is off, and was 休假, and who stands in, the latest first.",
    )
    external_refs: list[ExternalRef] = external_refs_field("StaffMember")
    version: int = column(tables.StaffMember.version, description="Rises with every change.")


@strawberry.type
class StaffQueries:
    staff: Connection[StaffMember] = connection(
        orders=STAFF_ORDERS,
        filter=STAFF_FILTER,
        permission=Permission.TENANT_READ,
        description="The people who work for the brand 员工, those who left too.",
    )
    staff_member: StaffMember | None = by_id(
        permission=Permission.TENANT_READ, description="One member of staff, or null."
    )


@strawberry.input(description="A person who joins the brand.")
class InviteStaffInput:
    name: str = strawberry.field(description="1 to 200 characters, as customers shall see it.")
    email: str | None = strawberry.field(default=None, description="E-mail address; one person at a time has it.")
    key: str | None = strawberry.field(
        default=None,
        description="The brand's own key: a letter, then letters, digits, underscores, at most 64; unique.",
    )
    data_scope: DataScope = strawberry.field(
        default=DataScope.OWN_CUSTOMERS, description="Which customers the person shall see; never more than the caller."
    )
    joined_at: datetime | None = strawberry.field(default=None, description="Since when; now if left out.")
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


def _invitation(input: Any) -> commands.InviteStaff:
    return commands.InviteStaff.model_validate(
        {
            "name": input.name,
            "email": input.email,
            "key": input.key,
            "data_scope": input.data_scope,
            "joined_at": input.joined_at,
            "external_refs": external_ref_commands(input.external_refs),
        }
    )


@strawberry.type(description="The person who joined.")
class InviteStaffPayload(Payload):
    staff_member: StaffMember | None = value(description="The person; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Bring a person into the brand 邀请员工. assignServiceRole places them, createApiKey lets them in.",
)
async def invite_staff(work: Work, input: InviteStaffInput) -> InviteStaffPayload:
    member = await service.invite_staff(work, _invitation(input))
    return InviteStaffPayload(staff_member=ref(member.id))


@strawberry.input(description="One person of a batch.")
class InviteStaffRow:
    name: str = strawberry.field(description="1 to 200 characters, as customers shall see it.")
    email: str | None = strawberry.field(default=None, description="E-mail address; one person at a time has it.")
    key: str | None = strawberry.field(
        default=None,
        description="The brand's own key: a letter, then letters, digits, underscores, at most 64; unique.",
    )
    data_scope: DataScope = strawberry.field(
        default=DataScope.OWN_CUSTOMERS, description="Which customers the person shall see; never more than the caller."
    )
    joined_at: datetime | None = strawberry.field(default=None, description="Since when; now if left out.")
    external_refs: list[ExternalRefInput] | None = external_refs_input()


@strawberry.input(description="Several people who join the brand.")
class InviteStaffBatchInput:
    staff: list[InviteStaffRow] = strawberry.field(description="1 to 100 people.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What came of one row of the batch.")
class InviteStaffResult:
    index: int = value(description="Which row, counted from 0.")
    staff_member: StaffMember | None = value(description="The person; null when the row was refused.")
    user_errors: list[UserError] = value(description="Why the row was refused; its fields are those of the row.")


@strawberry.type(description="One result per row, in the order of the rows.")
class InviteStaffBatchPayload(Payload):
    results: list[InviteStaffResult] = value(
        get=lambda payload, call: payload.results or [],
        description="What came of each row; empty when the batch was refused.",
    )


@mutation(
    Permission.TENANT_MANAGE,
    description="Bring up to 100 people into the brand 批量邀请员工. A refused row leaves the others alone.",
)
async def invite_staff_batch(work: Work, input: InviteStaffBatchInput, call: Any) -> InviteStaffBatchPayload:
    if not 1 <= len(input.staff) <= MAX_BATCH:
        raise Invalid("staff", why=f"Must be 1 to {MAX_BATCH} people.", why_zh=f"须为 1 至 {MAX_BATCH} 人。")
    results = []
    for index, row in enumerate(input.staff):
        try:
            async with work.savepoint():
                member = await service.invite_staff(work, _invitation(row))
            results.append(InviteStaffResult(index=index, staff_member=ref(member.id), user_errors=[]))
        except (DomainError, ValidationError) as refusal:
            results.append(InviteStaffResult(index=index, user_errors=user_errors(refusal, call.locale)))
    return InviteStaffBatchPayload(results=results)


@strawberry.input(description="What to change about a person. A field left out stays.")
class UpdateStaffInput:
    staff_id: strawberry.ID = strawberry.field(description="The person.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; the act is refused where the person's row has moved on."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters; not null.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="E-mail address; null takes it away.")
    key: str | None = strawberry.field(default=strawberry.UNSET, description="The brand's own key; null takes it away.")
    data_scope: DataScope | None = strawberry.field(
        default=strawberry.UNSET,
        description="Which customers the person sees 数据范围; not null, never more than the caller.",
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="The person after the change.")
class UpdateStaffPayload(Payload):
    staff_member: StaffMember | None = value(description="The person; null when refused.")


@mutation(
    Permission.TENANT_MANAGE,
    description="Change a person's name, address, key or data scope 修改员工. What the person sees follows at once.",
)
async def update_staff(work: Work, input: UpdateStaffInput) -> UpdateStaffPayload:
    given = {
        name: getattr(input, name)
        for name in ("name", "email", "key", "data_scope")
        if getattr(input, name) is not strawberry.UNSET
    }
    command = commands.UpdateStaff.model_validate(
        {
            "staff_id": await id_of(work, "StaffMember", input.staff_id, "staff_id"),
            "expected_version": input.expected_version,
            "external_refs": external_ref_commands(input.external_refs),
            **given,
        }
    )
    member = await lifecycle.update_staff(work, command)
    return UpdateStaffPayload(staff_member=ref(member.id))
