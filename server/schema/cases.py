"""Cases, the subjects they are for, and their moves along the journey."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import and_, select

from server.access.permissions import Permission
from server.appointments.tables import Appointment as AppointmentRow
from server.customers import commands, tables
from server.customers.case_terms import CaseStatus, LossReason
from server.customers.service import cases as service
from server.customers.service import profiles
from server.customers.subject_kinds import SubjectKind
from server.db.statements import table_of
from server.db.work import Work
from server.handoffs.tables import Handoff as HandoffRow
from server.lifecycles import surprises
from server.operations.tables import StoreAncestor
from server.orders.tables import Order as OrderRow
from server.planner.declarations import by_id, column, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.promises.tables import Promise as PromiseRow
from server.quotes.tables import Quote as QuoteRow
from server.schema.appointments import APPOINTMENT_FILTER, APPOINTMENT_ORDERS, Appointment
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.handoffs import HANDOFF_FILTER, HANDOFF_ORDERS, Handoff
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.orders import ORDER_FILTER, ORDER_ORDERS, Order
from server.schema.promises import PROMISE_FILTER, PROMISE_ORDERS, Promise
from server.schema.quotes import QUOTE_FILTER, QUOTE_ORDERS, Quote
from server.schema.roles_of_rows import RatedThing

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.journeys import Stage
    from server.schema.staff import StaffMember

_cases, _changes = table_of(tables.Case).c, table_of(tables.CaseStageChange).c
_subjects, _words = table_of(tables.Subject).c, table_of(tables.FactWords).c

_customers, _friends, _below = table_of(tables.Customer), table_of(tables.Relationship).c, table_of(StoreAncestor)

_homes = (
    select(_customers.c.tenant_id, _customers.c.id.label("customer_id"), _below.c.ancestor_id)
    .join(
        _below,
        and_(_below.c.tenant_id == _customers.c.tenant_id, _below.c.store_id == _customers.c.home_store_id),
    )
    .subquery("homes")
)
"""Every customer with the home store and each store above it."""

_reason = (
    select(_words.words)
    .where(_words.tenant_id == _changes.tenant_id, _words.fact_id == _changes.id)
    .correlate(table_of(tables.CaseStageChange))
    .scalar_subquery()
)


@node(
    tables.Subject,
    permission=Permission.CUSTOMER_READ,
    description="Whom or what is served for the customer 服务对象: a pet, a child, a home, a car, a site, a contract.",
)
class Subject(Node):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _subjects.customer_id, description="Whose it is."
    )
    kind: SubjectKind = column(_subjects.kind, description="What it is.")
    name: str = column(_subjects.name, personal=True, description="What it is called; customers are found by it too.")
    details: str | None = column(
        _subjects.details, personal=True, description="What whoever serves should know: breed, address, model."
    )
    birthday: date | None = column(
        _subjects.birthday, personal=True, description="Day of birth of a person or a pet; null where it is not known."
    )
    recorded_at: datetime = column(_subjects.recorded_at, description="Since when it is known.")


@node(
    tables.CaseStageChange,
    permission=Permission.CUSTOMER_READ,
    description="One move of a case along the journey 环节变更. Never changed.",
)
class CaseStageChange(Node):
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _changes.case_id, description="The case."
    )
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _changes.customer_id, description="Whose case."
    )
    from_stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = link(
        _changes.from_stage_id, description="Where it stood; null where it was just opened."
    )
    to_stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = link(
        _changes.to_stage_id, description="Where it went."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _changes.staff_id, description="Who moved it; null where no staff member did."
    )
    reason: str | None = column(
        _reason, personal=True, description="Why, where it was said; a step back always says why. Empty after erasure."
    )
    occurred_at: datetime = column(_changes.occurred_at, description="When it moved; may be past.")
    recorded_at: datetime = column(_changes.recorded_at, description="When that was recorded.")


STAGE_CHANGE_ORDERS = orders("CaseStageChange", OCCURRED_AT=_changes.occurred_at)


@strawberry.input(description="Which moves.")
class CaseStageChangeFilter:
    case: IdFilter | None = matches(_changes.case_id, id_of="Case", description="Of which case.")
    to_stage: IdFilter | None = matches(_changes.to_stage_id, id_of="Stage", description="To which stage.")
    occurred_at: DateTimeFilter | None = matches(_changes.occurred_at, description="When.")


STAGE_CHANGE_FILTER = filter_type(CaseStageChangeFilter)


@node(
    tables.Case,
    permission=Permission.CUSTOMER_READ,
    description="One pass of a customer through the journey 服务单, for one subject or for the customer.",
)
class Case(RatedThing):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _cases.customer_id, description="Whose case."
    )
    subject: Subject | None = link(_cases.subject_id, description="For whom or what; null: for the customer.")
    status: CaseStatus = column(_cases.status, description="How it stands.")
    stage: Annotated["Stage", strawberry.lazy("server.schema.journeys")] | None = link(
        _cases.stage_id, description="The stage it stands at 环节; a closed case keeps its last one."
    )
    loss_reason: LossReason | None = column(_cases.loss_reason, description="Why it was lost, where it was.")
    opened_at: datetime = column(_cases.opened_at, description="When it began.")
    handoffs: Connection[Handoff] = connection(
        by=table_of(HandoffRow).c.case_id,
        orders=HANDOFF_ORDERS,
        filter=HANDOFF_FILTER,
        description="How the customer was passed on in it 交接, newest first.",
    )
    moved_at: datetime = column(_cases.moved_at, description="When it last reached a stage.")
    closed_at: datetime | None = column(_cases.closed_at, description="When it ended; null while it is open.")
    stage_history: Connection[CaseStageChange] = connection(
        by=_changes.case_id,
        orders=STAGE_CHANGE_ORDERS,
        filter=STAGE_CHANGE_FILTER,
        description="Its moves along the journey, newest first.",
    )
    quotes: Connection[Quote] = connection(
        by=table_of(QuoteRow).c.case_id,
        orders=QUOTE_ORDERS,
        filter=QUOTE_FILTER,
        permission=Permission.QUOTE_READ,
        description="What was quoted in it 报价, newest first.",
    )
    orders: Connection[Order] = connection(
        by=table_of(OrderRow).c.case_id,
        orders=ORDER_ORDERS,
        filter=ORDER_FILTER,
        permission=Permission.ORDER_READ,
        description="What was bought in it 订单, newest first.",
    )
    appointments: Connection[Appointment] = connection(
        by=table_of(AppointmentRow).c.case_id,
        orders=APPOINTMENT_ORDERS,
        filter=APPOINTMENT_FILTER,
        permission=Permission.APPOINTMENT_READ,
        description="The visits agreed in it 预约, the latest first.",
    )
    promises: Connection[Promise] = connection(
        by=table_of(PromiseRow).c.case_id,
        orders=PROMISE_ORDERS,
        filter=PROMISE_FILTER,
        permission=Permission.PROMISE_READ,
        description="What was promised in it 承诺, newest first.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Case")
    recorded_at: datetime = column(_cases.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_cases.updated_at, description="When it was last changed.")
    version: int = column(_cases.version, description="Rises with every change.")


CASE_ORDERS = orders("Case", OPENED_AT=_cases.opened_at, MOVED_AT=_cases.moved_at)


@strawberry.input(description="Which cases.")
class CaseFilter:
    customer: IdFilter | None = matches(_cases.customer_id, id_of="Customer", description="Whose.")
    subject: IdFilter | None = matches(_cases.subject_id, id_of="Subject", description="For which subject.")
    status: ChoiceFilter[CaseStatus] | None = matches(_cases.status, description="How they stand.")
    stage: IdFilter | None = matches(_cases.stage_id, id_of="Stage", description="At which stage.")
    staff: IdFilter | None = matches(
        _friends.staff_id,
        via={_friends.customer_id: _cases.customer_id},
        where=_friends.ended_at.is_(None),
        id_of="StaffMember",
        description="Of the customers this staff member is a friend of now.",
    )
    channel: IdFilter | None = matches(
        _friends.channel_id,
        via={_friends.customer_id: _cases.customer_id},
        id_of="Channel",
        description="Of the customers who came through this channel.",
    )
    store: IdFilter | None = matches(
        _customers.c.home_store_id,
        via={_customers.c.id: _cases.customer_id},
        id_of="Store",
        description="Of the customers who belong to this store.",
    )
    within_store: IdFilter | None = matches(
        _homes.c.ancestor_id,
        via={_homes.c.customer_id: _cases.customer_id},
        id_of="Store",
        description="Of the customers who belong to this store or to any store below it.",
    )
    opened_at: DateTimeFilter | None = matches(_cases.opened_at, description="When they began.")
    moved_at: DateTimeFilter | None = matches(_cases.moved_at, description="When they last reached a stage.")
    closed_at: DateTimeFilter | None = matches(_cases.closed_at, description="When they ended.")


CASE_FILTER = filter_type(CaseFilter)


@strawberry.type
class CaseQueries:
    cases: Connection[Case] = connection(
        orders=CASE_ORDERS,
        filter=CASE_FILTER,
        permission=Permission.CUSTOMER_READ,
        description="Cases 服务单 of the customers in the caller's data scope, newest first.",
    )
    case: Case | None = by_id(permission=Permission.CUSTOMER_READ, description="One case, or null.")


@strawberry.input(description="Whom or what is served.")
class RecordSubjectInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose it is.")
    kind: SubjectKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="What it is called, 1 to 200 characters.")
    details: str | None = strawberry.field(default=None, description="What should be known, 1 to 4,000 characters.")
    birthday: date | None = strawberry.field(default=None, description="Day of birth of a person or a pet.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What recording a subject answers.")
class RecordSubjectPayload(Payload):
    subject: Subject | None = value(
        description="The subject; the one that was there, where kind and name are the same."
    )


@mutation(
    Permission.CUSTOMER_WRITE, description="Record a pet, child, home, car, site or contract of a customer 服务对象."
)
async def record_subject(work: Work, input: RecordSubjectInput) -> RecordSubjectPayload:
    command = commands.RecordSubject(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        kind=input.kind,
        name=input.name,
        details=input.details,
        birthday=input.birthday,
    )
    subject = await profiles.record_subject(work, command)
    return RecordSubjectPayload(subject=ref(subject.id))


@strawberry.input(description="Begin a pass through the journey.")
class OpenCaseInput:
    customer_id: strawberry.ID = strawberry.field(description="Whose case.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="For whom or what; the customer if left out."
    )
    stage_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it begins; the first stage of the journey if left out."
    )
    occurred_at: datetime | None = strawberry.field(default=None, description="When it began; now if left out.")
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What opening a case answers.")
class OpenCasePayload(Payload):
    case: Case | None = value(description="The new case.")


@mutation(Permission.CUSTOMER_WRITE, description="Begin a pass of a customer through the journey 开服务单.")
async def open_case(work: Work, input: OpenCaseInput) -> OpenCasePayload:
    command = commands.OpenCase(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        subject_id=await id_or_none(work, "Subject", input.subject_id, "subject_id"),
        stage_id=await id_or_none(work, "Stage", input.stage_id, "stage_id"),
        occurred_at=input.occurred_at,
        external_refs=external_ref_commands(input.external_refs),  # type: ignore[arg-type]  # pydantic makes the commands
    )
    case = await service.open_case(work, command)
    await surprises.stage_entered(work, case)
    return OpenCasePayload(case=ref(case.id))


@strawberry.input(description="Move a customer's case to a stage.")
class AdvanceCustomerInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    case_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Which case. Left out: the only open one, or a new one where none is open; where several are, the "
        "act is refused with AMBIGUOUS and names them.",
    )
    stage_id: strawberry.ID = strawberry.field(description="Where to; a stage of the journey in force.")
    reason: str | None = strawberry.field(
        default=None, description="Why, 1 to 500 characters. Needed for a step back to an earlier stage."
    )
    occurred_at: datetime | None = strawberry.field(default=None, description="When it moved; now if left out.")
    expected_version: int | None = strawberry.field(
        default=None, description="Version of the case; another one is refused with CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What moving a case answers.")
class AdvanceCustomerPayload(Payload):
    case: Case | None = value(description="The case that moved.")
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = value(
        description="The customer, at the stage of the most recently moved open case."
    )


@mutation(
    Permission.CUSTOMER_WRITE,
    description="Move a customer along the journey 推进环节. To the stage the case stands at, nothing happens.",
)
async def advance_customer(work: Work, input: AdvanceCustomerInput) -> AdvanceCustomerPayload:
    command = commands.AdvanceCustomer(
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
        case_id=await id_or_none(work, "Case", input.case_id, "case_id"),
        stage_id=await id_of(work, "Stage", input.stage_id, "stage_id"),
        reason=input.reason,
        occurred_at=input.occurred_at,
        expected_version=input.expected_version,
    )
    case = await service.advance_customer(work, command)
    await surprises.stage_entered(work, case)
    return AdvanceCustomerPayload(case=ref(case.id), customer=ref(case.customer_id))


@strawberry.input(description="End a pass through the journey.")
class CloseCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    status: CaseStatus = strawberry.field(description="How it ended: WON, COMPLETED, LOST or DORMANT.")
    loss_reason: LossReason | None = strawberry.field(
        default=None, description="Why it was lost; needed with LOST, and only there."
    )
    occurred_at: datetime | None = strawberry.field(default=None, description="When it ended; now if left out.")
    expected_version: int | None = strawberry.field(
        default=None, description="Version of the case; another one is refused with CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What closing a case answers.")
class CloseCasePayload(Payload):
    case: Case | None = value(description="The case.")


@mutation(Permission.CUSTOMER_WRITE, description="End a case 结束服务单: won, completed, lost or dormant.")
async def close_case(work: Work, input: CloseCaseInput) -> CloseCasePayload:
    command = commands.CloseCase(
        case_id=await id_of(work, "Case", input.case_id, "case_id"),
        status=input.status,
        loss_reason=input.loss_reason,
        occurred_at=input.occurred_at,
        expected_version=input.expected_version,
    )
    case = await service.close_case(work, command)
    return CloseCasePayload(case=ref(case.id))
