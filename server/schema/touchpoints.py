"""Touchpoints: contacts with customers, and what came of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from pydantic import ValidationError

from server.access.permissions import Permission
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError
from server.operations.purposes import Purpose
from server.operations.tables import BoundaryOverride as BoundaryOverrideRow
from server.operations.tables import StoreAncestor
from server.planner.call import Call
from server.planner.declarations import by_id, column, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.boundaries import BoundaryOverride, boundary_override_reason
from server.schema.external_refs import (
    ExternalRef,
    ExternalRefInput,
    external_ref_commands,
    external_refs_field,
    external_refs_input,
)
from server.schema.items import Item
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import BoundaryFact, WorkSubject
from server.schema.user_errors import UserError, user_errors
from server.touchpoints import service, tables
from server.touchpoints.commands import RecordTouchpoint, RecordTouchpointOutcome
from server.touchpoints.errors import TooManyAtOnce
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome, TouchpointState

if TYPE_CHECKING:
    from server.schema.campaigns import Campaign
    from server.schema.cases import Case
    from server.schema.contents import Content
    from server.schema.customers import Customer
    from server.schema.group_chats import GroupChat, GroupPost
    from server.schema.operating_models import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

AT_ONCE = 100
"""How many contacts one mutation may record."""


@node(
    tables.TouchpointOutcome,
    permission=Permission.TOUCHPOINT_READ,
    description="One thing that came of a contact 触达结果. Appended when it becomes known, never changed.",
)
class TouchpointOutcome(Node):
    touchpoint: Annotated["Touchpoint", strawberry.lazy("server.schema.touchpoints")] | None = link(
        tables.TouchpointOutcome.touchpoint_id, description="The contact."
    )
    outcome: Outcome = column(tables.TouchpointOutcome.outcome, description="What came of it.")
    occurred_at: datetime = column(tables.TouchpointOutcome.occurred_at, description="When it came of it.")
    recorded_at: datetime = column(tables.TouchpointOutcome.recorded_at, description="When it was recorded here.")


TOUCHPOINT_OUTCOME_ORDERS = orders(
    "TouchpointOutcome", OCCURRED_AT=tables.TouchpointOutcome.occurred_at, newest_first=False
)


@node(
    tables.Touchpoint,
    permission=Permission.TOUCHPOINT_READ,
    description="One contact with a customer 触点. What we did (state) is kept apart from what came of it (outcome). "
    "Staff see contacts of the customers in their data scope.",
)
class Touchpoint(WorkSubject, BoundaryFact):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        tables.Touchpoint.customer_id, description="With whom."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        tables.Touchpoint.staff_id, description="Who of the brand; null where no person was involved."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.Touchpoint.role_id,
        description="The role the staff member acted in then: that of the friendship with this customer, or else of "
        "the placement. A later change of the operating model does not change it.",
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.operating_models")] | None = link(
        tables.Touchpoint.group_id, description="The ops group the staff member acted for then; see `role`."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        tables.Touchpoint.case_id, description="The case it belongs to, where it belongs to one."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        tables.Touchpoint.store_id, description="The store it happened in or for, where there was one."
    )
    item: Item | None = link(tables.Touchpoint.item_id, description="The good or service it was about.")
    content: Annotated["Content", strawberry.lazy("server.schema.contents")] | None = link(
        tables.Touchpoint.content_id, description="The content it showed."
    )
    campaign: Annotated["Campaign", strawberry.lazy("server.schema.campaigns")] | None = link(
        tables.Touchpoint.campaign_id, description="The campaign it belongs to."
    )
    group_chat: Annotated["GroupChat", strawberry.lazy("server.schema.group_chats")] | None = link(
        tables.Touchpoint.group_chat_id, description="The group chat it took place in."
    )
    group_post: Annotated["GroupPost", strawberry.lazy("server.schema.group_chats")] | None = link(
        tables.Touchpoint.group_post_id,
        description="What was posted to everybody in the group chat, where this is what one customer had of it.",
    )
    direction: Direction = column(tables.Touchpoint.direction, description="Who reached out.")
    medium: Medium = column(tables.Touchpoint.medium, description="Through what.")
    purpose: Purpose = column(tables.Touchpoint.purpose, description="What for.")
    state: TouchpointState = column(tables.Touchpoint.state, description="What we did.")
    outcome: Outcome = column(
        tables.Touchpoint.outcome, description="What came of it: of all its outcomes the one of highest rank."
    )
    outcomes: Connection[TouchpointOutcome] = connection(
        by=tables.TouchpointOutcome.touchpoint_id,
        orders=TOUCHPOINT_OUTCOME_ORDERS,
        description="Everything that came of it, in the order in which it happened.",
    )
    summary: str | None = column(
        tables.Touchpoint.summary, personal=True, description="What was said, in the words of whoever recorded it."
    )
    occurred_at: datetime = column(tables.Touchpoint.occurred_at, description="When it happened; may be in the past.")
    recorded_at: datetime = column(tables.Touchpoint.recorded_at, description="When it was recorded here.")
    boundary_override: BoundaryOverride | None = link(
        by=table_of(BoundaryOverrideRow).c.fact_id,
        permission=Permission.CUSTOMER_READ,
        description="Why it was made outside the boundary of the role, where it was.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Touchpoint")


TOUCHPOINT_ORDERS = orders(
    "Touchpoint", OCCURRED_AT=tables.Touchpoint.occurred_at, RECORDED_AT=tables.Touchpoint.recorded_at
)


@strawberry.input(description="Which touchpoints.")
class TouchpointFilter:
    customer: IdFilter | None = matches(tables.Touchpoint.customer_id, id_of="Customer", description="With whom.")
    staff: IdFilter | None = matches(
        tables.Touchpoint.staff_id, id_of="StaffMember", description="Whose; `isNull: true` for nobody's."
    )
    role: IdFilter | None = matches(tables.Touchpoint.role_id, id_of="ServiceRole", description="In which role.")
    group: IdFilter | None = matches(tables.Touchpoint.group_id, id_of="OpsGroup", description="For which ops group.")
    case: IdFilter | None = matches(tables.Touchpoint.case_id, id_of="Case", description="In which case.")
    store: IdFilter | None = matches(tables.Touchpoint.store_id, id_of="Store", description="At which store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: tables.Touchpoint.store_id},
        id_of="Store",
        description="At this store or at any store below it.",
    )
    item: IdFilter | None = matches(tables.Touchpoint.item_id, id_of="Item", description="About which item.")
    content: IdFilter | None = matches(
        tables.Touchpoint.content_id, id_of="Content", description="Showing which content."
    )
    campaign: IdFilter | None = matches(
        tables.Touchpoint.campaign_id, id_of="Campaign", description="In which campaign."
    )
    group_chat: IdFilter | None = matches(
        tables.Touchpoint.group_chat_id, id_of="GroupChat", description="In which group chat."
    )
    direction: ChoiceFilter[Direction] | None = matches(tables.Touchpoint.direction, description="Who reached out.")
    medium: ChoiceFilter[Medium] | None = matches(tables.Touchpoint.medium, description="Through what.")
    purpose: ChoiceFilter[Purpose] | None = matches(tables.Touchpoint.purpose, description="What for.")
    state: ChoiceFilter[TouchpointState] | None = matches(tables.Touchpoint.state, description="What we did.")
    outcome: ChoiceFilter[Outcome] | None = matches(
        tables.Touchpoint.outcome, description="The outcome shown: the one of highest rank."
    )
    occurred_at: DateTimeFilter | None = matches(tables.Touchpoint.occurred_at, description="When it happened.")
    recorded_at: DateTimeFilter | None = matches(tables.Touchpoint.recorded_at, description="When it was recorded.")


TOUCHPOINT_FILTER = filter_type(TouchpointFilter)


@strawberry.type
class TouchpointQueries:
    touchpoints: Connection[Touchpoint] = connection(
        orders=TOUCHPOINT_ORDERS,
        filter=TOUCHPOINT_FILTER,
        permission=Permission.TOUCHPOINT_READ,
        description="Contacts with customers 触点 in the caller's data scope, newest first.",
    )
    touchpoint: Touchpoint | None = by_id(permission=Permission.TOUCHPOINT_READ, description="One contact, or null.")


@strawberry.input(description="One contact that took place.")
class TouchpointInput:
    customer_id: strawberry.ID = strawberry.field(description="With whom.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who of the brand; the calling staff member if left out."
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="A case of this customer.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The store it happened in or for. Left out, of what a staff member did: the store of the role or "
        "placement they acted in, else the customer's home store.",
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item it was about.")
    content_id: strawberry.ID | None = strawberry.field(default=None, description="The content it showed.")
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign it belongs to.")
    group_chat_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The group chat it took place in. What goes to everybody there is `postToGroupChat`.",
    )
    direction: Direction = strawberry.field(description="Who reached out.")
    medium: Medium = strawberry.field(description="Through what.")
    purpose: Purpose = strawberry.field(description="What for.")
    outcome: Outcome | None = strawberry.field(
        default=None,
        description="What is known already of what came of it; PENDING if left out. Only what the medium can show, or "
        "what people say themselves (MISLED, COMPLAINED).",
    )
    summary: str | None = strawberry.field(default=None, description="What was said, 1 to 4,000 characters. Personal.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it happened: now if left out, at most 5 minutes ahead."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    boundary_override: str | None = boundary_override_reason()


@strawberry.input(description="One contact that took place.")
class RecordTouchpointInput(TouchpointInput):
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class RecordTouchpointPayload(Payload):
    touchpoint: Touchpoint | None = value(description="The contact as recorded.")


@strawberry.input(description="Many contacts that took place.")
class RecordTouchpointsInput:
    touchpoints: list[TouchpointInput] = strawberry.field(description="The contacts, at most 100.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of one row.")
class RecordTouchpointResult:
    touchpoint: Touchpoint | None = value(description="The contact as recorded; null where the row was refused.")
    user_errors: list[UserError] = value(
        description='Why this row was refused; empty when it was recorded. Paths start with ["touchpoints", "<row>"], '
        "the first row being 0."
    )


@strawberry.type(description="What became of the rows.")
class RecordTouchpointsPayload(Payload):
    results: list[RecordTouchpointResult] = value(
        description="One result per row, in order. A refused row leaves the others alone. Empty where all was refused "
        "at once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@strawberry.input(description="What came of a contact.")
class RecordTouchpointOutcomeInput:
    touchpoint_id: strawberry.ID = strawberry.field(description="The contact.")
    outcome: Outcome = strawberry.field(
        description="What came of it: only what the medium can show, or what people say themselves (MISLED, "
        "COMPLAINED)."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it came of it: now if left out, not before the contact."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class RecordTouchpointOutcomePayload(Payload):
    touchpoint: Touchpoint | None = value(description="The contact, showing its outcome of highest rank.")
    touchpoint_outcome: TouchpointOutcome | None = value(description="The entry in the list of outcomes.")


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Record a contact with a customer 触点 that took place, in either direction. What the brand does for a "
    "purpose outside the boundary of the role the staff member acts in is refused with OUT_OF_BOUNDARY.",
    at_once=True,
)
async def record_touchpoint(work: Work, input: RecordTouchpointInput) -> RecordTouchpointPayload:
    recorded = await service.record_touchpoint(work, await _command(work, input))
    return RecordTouchpointPayload(touchpoint=ref(recorded.id))


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Record up to 100 contacts 触点 in one act, each by itself: a refused row leaves the others alone.",
)
async def record_touchpoints(work: Work, input: RecordTouchpointsInput, call: Call) -> RecordTouchpointsPayload:
    if len(input.touchpoints) > AT_ONCE:
        raise TooManyAtOnce("touchpoints", limit=AT_ONCE)
    answers: dict[int, Any] = {}
    commands: dict[int, RecordTouchpoint] = {}
    for row, given in enumerate(input.touchpoints):
        try:
            commands[row] = await _command(work, given)
        except (DomainError, ValidationError) as refusal:
            answers[row] = refusal
    answers.update(zip(commands, await service.record_touchpoints(work, list(commands.values())), strict=True))
    return RecordTouchpointsPayload(results=[_result(row, answers[row], call) for row in sorted(answers)])


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Record what came of a contact 触达结果. The contact shows the outcome of highest rank; reporting "
    "the same outcome of the same time again changes nothing.",
)
async def record_touchpoint_outcome(work: Work, input: RecordTouchpointOutcomeInput) -> RecordTouchpointOutcomePayload:
    command = RecordTouchpointOutcome(
        touchpoint_id=await id_of(work, "Touchpoint", input.touchpoint_id, "touchpoint_id"),
        outcome=input.outcome,
        occurred_at=input.occurred_at,
    )
    entry = await service.record_touchpoint_outcome(work, command)
    return RecordTouchpointOutcomePayload(touchpoint=ref(entry.touchpoint_id), touchpoint_outcome=ref(entry.id))


async def _command(work: Work, given: TouchpointInput) -> RecordTouchpoint:
    fields: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", given.customer_id, "customer_id"),
        "staff_id": await id_or_none(work, "StaffMember", given.staff_id, "staff_id"),
        "case_id": await id_or_none(work, "Case", given.case_id, "case_id"),
        "store_id": await id_or_none(work, "Store", given.store_id, "store_id"),
        "item_id": await id_or_none(work, "Item", given.item_id, "item_id"),
        "content_id": await id_or_none(work, "Content", given.content_id, "content_id"),
        "campaign_id": await id_or_none(work, "Campaign", given.campaign_id, "campaign_id"),
        "group_chat_id": await id_or_none(work, "GroupChat", given.group_chat_id, "group_chat_id"),
        "direction": given.direction,
        "medium": given.medium,
        "purpose": given.purpose,
        "outcome": given.outcome or Outcome.PENDING,
        "summary": given.summary,
        "occurred_at": given.occurred_at,
        "external_refs": external_ref_commands(given.external_refs),
        "boundary_override": given.boundary_override,
    }
    return RecordTouchpoint(**fields)


def _result(row: int, answer: Any, call: Call) -> RecordTouchpointResult:
    if isinstance(answer, tables.Touchpoint):
        return RecordTouchpointResult(touchpoint=ref(answer.id), user_errors=[])
    errors = user_errors(answer, call.locale)
    for error in errors:
        error.field = ["touchpoints", str(row), *(error.field or [])]
    return RecordTouchpointResult(touchpoint=None, user_errors=errors)
