"""The acts on feedback 反馈: raise, take on, answer, settle, decline, take up again, rate."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.feedback import commands, service
from server.feedback.kinds import FeedbackKind
from server.lifecycles import hearing
from server.planner.declarations import ref, value
from server.schema.boundaries import boundary_override_reason
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.feedback import Feedback
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.touchpoints.media import Medium

_FEEDBACK_ID = "Global id of the feedback, or `ref:<system>:<id>`."


@strawberry.input(description="What somebody said.")
class RaiseFeedbackInput:
    kind: FeedbackKind = strawberry.field(description="What was brought. Ratings are recorded with rateService.")
    text: str = strawberry.field(description="What was said, 1 to 4,000 characters.")
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who said it; left out for somebody who is no customer yet."
    )
    name: str | None = strawberry.field(
        default=None, description="What somebody who is no customer is called, 1 to 200 characters."
    )
    contact: str | None = strawberry.field(
        default=None, description="How somebody who is no customer can be reached, 1 to 200 characters."
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's case it belongs to.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item it is about.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store it is about.")
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who heard it; the calling staff member where left out."
    )
    medium: Medium | None = strawberry.field(default=None, description="Through what it came.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was said; now where left out. The clock counts from here."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="A score, and perhaps a word why.")
class RateServiceInput:
    score: int = strawberry.field(description="1 to 5. Up to 3 starts a clock; 4 and 5 are resolved at once.")
    text: str | None = strawberry.field(default=None, description="What was said with it, 1 to 4,000 characters.")
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who rates. Needed: only who was served can rate."
    )
    case_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer's case it belongs to, and which is rated where nothing else is named."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item it is about.")
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store it is about.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's order that is rated.")
    appointment_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer's visit that is rated; it took place."
    )
    feedback_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer's feedback whose answer is rated."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who heard it; the calling staff member where left out."
    )
    medium: Medium | None = strawberry.field(default=None, description="Through what it came.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was given; now where left out. The clock counts from here."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Take a feedback on.")
class AcknowledgeFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The customer was told.")
class AnswerFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    touchpoint_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The contact by which the same customer was told. Left out, the contact is recorded with the answer.",
    )
    medium: Medium | None = strawberry.field(
        default=None,
        description="Through what the customer was told, where no contact is named; as the feedback came where left out.",
    )
    text: str | None = strawberry.field(default=None, description="What the customer was told, 1 to 4,000 characters.")
    on_shelf: bool = strawberry.field(
        default=False, description="Of a product request: the product is there now. In time, that earns trust."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None,
        description="When the customer was told; the contact's time, or now, where left out. It decides whether the answer "
        "came in time, and cannot lie before the clock started or in the future.",
    )
    boundary_override: str | None = boundary_override_reason()
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The customer confirmed.")
class ResolveFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="The brand will not do it.")
class DeclineFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    reason: str = strawberry.field(description="Why, as the customer was told; 1 to 4,000 characters.")
    boundary_override: str | None = boundary_override_reason()
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Take a matter up again.")
class ReopenFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What raising a feedback answers.")
class RaiseFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The new feedback.")


@strawberry.type(description="What rating answers.")
class RateServicePayload(Payload):
    feedback: Feedback | None = value(description="The rating.")


@strawberry.type(description="What taking a feedback on answers.")
class AcknowledgeFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback.")


@strawberry.type(description="What answering a feedback answers.")
class AnswerFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback, its clock stopped.")


@strawberry.type(description="What resolving a feedback answers.")
class ResolveFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback.")


@strawberry.type(description="What declining a feedback answers.")
class DeclineFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback, its clock stopped.")


@strawberry.type(description="What reopening a feedback answers.")
class ReopenFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback, with a new clock.")


@mutation(
    Permission.FEEDBACK_WRITE,
    description="Record what a customer said 反馈. Whoever owns the kind's purpose answers; its clock starts.",
)
async def raise_feedback(work: Work, input: RaiseFeedbackInput) -> RaiseFeedbackPayload:
    command = commands.RaiseFeedback(
        **await _circumstances(work, input), kind=input.kind, text=input.text, name=input.name, contact=input.contact
    )
    raised = await hearing.raise_feedback(work, command)
    return RaiseFeedbackPayload(feedback=ref(raised.id))


@mutation(
    Permission.FEEDBACK_WRITE,
    description="Record a score of 1 to 5 评价, of something that was served and once: an order, a visit, a case, an answered "
    "feedback; where nothing is named, what was served last. A score up to 3 starts a clock; 4 and 5 are resolved at once.",
)
async def rate_service(work: Work, input: RateServiceInput) -> RateServicePayload:
    command = commands.RateService(
        **await _circumstances(work, input),
        score=input.score,
        text=input.text,
        order_id=await id_or_none(work, "Order", input.order_id, "order_id"),
        appointment_id=await id_or_none(work, "Appointment", input.appointment_id, "appointment_id"),
        feedback_id=await id_or_none(work, "Feedback", input.feedback_id, "feedback_id"),
    )
    rated = await service.rate_service(work, command)
    return RateServicePayload(feedback=ref(rated.id))


@mutation(Permission.FEEDBACK_WRITE, description="Take a feedback on 受理. Its clock runs on.")
async def acknowledge_feedback(work: Work, input: AcknowledgeFeedbackInput) -> AcknowledgeFeedbackPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    feedback = await service.acknowledge_feedback(work, commands.AcknowledgeFeedback(feedback_id=feedback_id))
    return AcknowledgeFeedbackPayload(feedback=ref(feedback.id))


@mutation(
    Permission.FEEDBACK_WRITE,
    description="The customer was told 答复. The clock stops, in time or late, for good. The answer to a customer always has its "
    "contact: the one named, else one that is recorded now.",
)
async def answer_feedback(work: Work, input: AnswerFeedbackInput) -> AnswerFeedbackPayload:
    command = commands.AnswerFeedback(
        feedback_id=await id_of(work, "Feedback", input.feedback_id, "feedback_id"),
        touchpoint_id=await id_or_none(work, "Touchpoint", input.touchpoint_id, "touchpoint_id"),
        medium=input.medium,
        text=input.text,
        on_shelf=input.on_shelf,
        occurred_at=input.occurred_at,
        boundary_override=input.boundary_override,
    )
    feedback = await hearing.answer_feedback(work, command)
    return AnswerFeedbackPayload(feedback=ref(feedback.id))


@mutation(Permission.FEEDBACK_WRITE, description="The customer confirmed that an answered matter is settled 解决.")
async def resolve_feedback(work: Work, input: ResolveFeedbackInput) -> ResolveFeedbackPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    feedback = await service.resolve_feedback(work, commands.ResolveFeedback(feedback_id=feedback_id))
    return ResolveFeedbackPayload(feedback=ref(feedback.id))


@mutation(
    Permission.FEEDBACK_WRITE,
    description="The brand will not do it, and the customer was told why 未采纳. The clock stops.",
)
async def decline_feedback(work: Work, input: DeclineFeedbackInput) -> DeclineFeedbackPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    command = commands.DeclineFeedback(
        feedback_id=feedback_id, reason=input.reason, boundary_override=input.boundary_override
    )
    feedback = await service.decline_feedback(work, command)
    return DeclineFeedbackPayload(feedback=ref(feedback.id))


@mutation(
    Permission.FEEDBACK_WRITE,
    description="Take an answered, declined or lately resolved matter up again 重新处理: a new clock starts, the "
    "results of earlier ones stay. A resolved one rests after the days of the policy (30).",
)
async def reopen_feedback(work: Work, input: ReopenFeedbackInput) -> ReopenFeedbackPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    feedback = await service.reopen_feedback(work, commands.ReopenFeedback(feedback_id=feedback_id))
    return ReopenFeedbackPayload(feedback=ref(feedback.id))


async def _circumstances(work: Work, input: RaiseFeedbackInput | RateServiceInput) -> dict[str, Any]:
    """Who, where, when, about what: what the commands of both ways of speaking up have in common."""
    return {
        "customer_id": await id_or_none(work, "Customer", input.customer_id, "customer_id"),
        "case_id": await id_or_none(work, "Case", input.case_id, "case_id"),
        "item_id": await id_or_none(work, "Item", input.item_id, "item_id"),
        "store_id": await id_or_none(work, "Store", input.store_id, "store_id"),
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "medium": input.medium,
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }
