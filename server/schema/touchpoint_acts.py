"""The acts on touchpoints 触点: contacts are recorded, one or a hundred at once, and what came of them."""

from datetime import datetime
from typing import Any

import strawberry
from pydantic import ValidationError

from server.access.permissions import Permission
from server.db.work import Work
from server.errors import DomainError, Refusals
from server.operations.purposes import Purpose
from server.planner.call import Call
from server.planner.declarations import ref, value
from server.schema.boundaries import boundary_override_reason
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.reservations import attention_override_reason
from server.schema.touchpoints import Touchpoint, TouchpointOutcome
from server.schema.user_errors import UserError, user_errors
from server.touchpoints import reservations, service, tables
from server.touchpoints.attention.errors import NotTheirs
from server.touchpoints.commands import CommitContact, RecordTouchpoint, RecordTouchpointOutcome
from server.touchpoints.errors import Needed, TooManyAtOnce
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import Direction, Outcome

AT_ONCE = 100
"""How many contacts one mutation may record."""


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
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a company's people, with whom; null for the company itself."
    )
    tag: str | None = strawberry.field(
        default=None,
        description="The tag of the customer that a marketing contact matches, where it is not the item that matches a need.",
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    boundary_override: str | None = boundary_override_reason()


@strawberry.input(
    description="One contact that took place, or takes place now. A contact of the brand that takes place now (no "
    "`occurredAt`, or at most 5 minutes past) needs the customer's attention and may be refused with AttentionRefused; one "
    "told of later has happened: it is recorded and counted, and never refused for attention."
)
class RecordTouchpointInput:
    reservation_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Commit this reservation: customer, staff member, case, item, medium and purpose are those reserved, "
        "and need not be given; what differs is refused.",
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="With whom. Needed without a reservation."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who of the brand; whoever reserved it, or the calling staff member, if left out."
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
    direction: Direction | None = strawberry.field(
        default=None, description="Who reached out. Needed without a reservation; a reserved contact is OUTBOUND."
    )
    medium: Medium | None = strawberry.field(default=None, description="Through what. Needed without a reservation.")
    purpose: Purpose | None = strawberry.field(default=None, description="What for. Needed without a reservation.")
    outcome: Outcome | None = strawberry.field(
        default=None,
        description="What is known already of what came of it; PENDING if left out. Only what the medium can show, or "
        "what people say themselves (MISLED, COMPLAINED).",
    )
    summary: str | None = strawberry.field(default=None, description="What was said, 1 to 4,000 characters. Personal.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it happened: now if left out, at most 5 minutes ahead."
    )
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of a company's people, with whom; null for the company itself."
    )
    tag: str | None = strawberry.field(
        default=None,
        description="The tag of the customer that a marketing contact matches, where it is not the item that matches a need.",
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    boundary_override: str | None = boundary_override_reason()
    attention_override: str | None = attention_override_reason()
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
    "purpose outside the boundary of the role the staff member acts in is refused with OUT_OF_BOUNDARY. A contact of the "
    "brand that is made now reserves and commits in one act: what the customer does not welcome is refused with "
    "AttentionRefused.",
    at_once=True,
)
async def record_touchpoint(work: Work, input: RecordTouchpointInput) -> RecordTouchpointPayload:
    if input.reservation_id is not None:
        recorded = await reservations.commit_contact(work, await _commit(work, input))
    else:
        recorded = await service.record_touchpoint(work, await _command(work, input))
    return RecordTouchpointPayload(touchpoint=ref(recorded.id))


@mutation(
    Permission.TOUCHPOINT_WRITE,
    description="Record up to 100 contacts 触点 in one act, each by itself: a refused row leaves the others alone. They have "
    "happened, so they spend the customers' attention and are not refused for it.",
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


async def _commit(work: Work, input: RecordTouchpointInput) -> CommitContact:
    if input.direction not in (None, Direction.OUTBOUND):
        raise NotTheirs("direction")
    refs: Any = external_ref_commands(input.external_refs)
    return CommitContact(
        reservation_id=await id_of(work, "ContactReservation", input.reservation_id or "", "reservation_id"),
        customer_id=await id_or_none(work, "Customer", input.customer_id, "customer_id"),
        case_id=await id_or_none(work, "Case", input.case_id, "case_id"),
        item_id=await id_or_none(work, "Item", input.item_id, "item_id"),
        contact_id=await id_or_none(work, "Contact", input.contact_id, "contact_id"),
        tag=input.tag,
        content_id=await id_or_none(work, "Content", input.content_id, "content_id"),
        medium=input.medium,
        purpose=input.purpose,
        staff_id=await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        store_id=await id_or_none(work, "Store", input.store_id, "store_id"),
        outcome=input.outcome or Outcome.PENDING,
        summary=input.summary,
        occurred_at=input.occurred_at,
        external_refs=refs,
        boundary_override=input.boundary_override,
    )


async def _command(work: Work, given: TouchpointInput | RecordTouchpointInput) -> RecordTouchpoint:
    missing = [name for name in ("customer_id", "direction", "medium", "purpose") if getattr(given, name) is None]
    if missing:
        raise Refusals([Needed(name) for name in missing])
    fields: dict[str, Any] = {
        "customer_id": await id_of(work, "Customer", given.customer_id or "", "customer_id"),
        "staff_id": await id_or_none(work, "StaffMember", given.staff_id, "staff_id"),
        "case_id": await id_or_none(work, "Case", given.case_id, "case_id"),
        "store_id": await id_or_none(work, "Store", given.store_id, "store_id"),
        "item_id": await id_or_none(work, "Item", given.item_id, "item_id"),
        "direction": given.direction,
        "medium": given.medium,
        "purpose": given.purpose,
        "outcome": given.outcome or Outcome.PENDING,
        "summary": given.summary,
        "occurred_at": given.occurred_at,
        "external_refs": external_ref_commands(given.external_refs),
        "boundary_override": given.boundary_override,
        "attention_override": getattr(given, "attention_override", None),
        "contact_id": await id_or_none(work, "Contact", given.contact_id, "contact_id"),
        "tag": given.tag,
        "content_id": await id_or_none(work, "Content", given.content_id, "content_id"),
        "campaign_id": await id_or_none(work, "Campaign", given.campaign_id, "campaign_id"),
        "group_chat_id": await id_or_none(work, "GroupChat", given.group_chat_id, "group_chat_id"),
    }
    return RecordTouchpoint(**fields)


def _result(row: int, answer: Any, call: Call) -> RecordTouchpointResult:
    if isinstance(answer, tables.Touchpoint):
        return RecordTouchpointResult(touchpoint=ref(answer.id), user_errors=[])
    errors = user_errors(answer, call.locale)
    for error in errors:
        error.field = ["touchpoints", str(row), *(error.field or [])]
    return RecordTouchpointResult(touchpoint=None, user_errors=errors)
