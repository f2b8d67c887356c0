"""The acts on improvements 改进: propose, link, plan, ship, drop."""

from datetime import date
from uuid import UUID

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.improvements import commands, service, shipping
from server.planner.declarations import ref, value
from server.schema.improvements import Improvement
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.touchpoints.media import Medium

_VERSION = "Only if the improvement is at this version; otherwise CONFLICT."
_ID = "Global id of the improvement."


@strawberry.input(description="A change that would answer feedback.")
class OpenImprovementInput:
    title: str = strawberry.field(description="What changes, 1 to 500 characters.")
    description: str | None = strawberry.field(default=None, description="The same at length, 1 to 4,000 characters.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="The item it changes.")
    feedback_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="What asks for it, at most 100; more with linkFeedback."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What proposing an improvement answers.")
class OpenImprovementPayload(Payload):
    improvement: Improvement | None = value(description="The new improvement.")


@mutation(Permission.FEEDBACK_WRITE, description="Propose a change that would answer feedback 提出改进.")
async def open_improvement(work: Work, input: OpenImprovementInput) -> OpenImprovementPayload:
    command = commands.OpenImprovement(
        title=input.title,
        description=input.description,
        item_id=await id_or_none(work, "Item", input.item_id, "item_id"),
        feedback_ids=await _feedback(work, input.feedback_ids or []),
    )
    return OpenImprovementPayload(improvement=ref((await service.open_improvement(work, command)).id))


@strawberry.input(description="Feedback that asks for an improvement.")
class LinkFeedbackInput:
    improvement_id: strawberry.ID = strawberry.field(description=_ID)
    feedback_ids: list[strawberry.ID] = strawberry.field(description="What asks for it too, 1 to 100.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What linking feedback answers.")
class LinkFeedbackPayload(Payload):
    improvement: Improvement | None = value(description="The improvement.")


@mutation(
    Permission.FEEDBACK_WRITE,
    description="Say that feedback asks for an improvement 关联反馈, until it is shipped. A feedback asks for one at most.",
)
async def link_feedback(work: Work, input: LinkFeedbackInput) -> LinkFeedbackPayload:
    command = commands.LinkFeedback(
        improvement_id=await id_of(work, "Improvement", input.improvement_id, "improvement_id"),
        feedback_ids=await _feedback(work, input.feedback_ids),
    )
    return LinkFeedbackPayload(improvement=ref((await service.link_feedback(work, command)).id))


@strawberry.input(description="It will be made.")
class PlanImprovementInput:
    improvement_id: strawberry.ID = strawberry.field(description=_ID)
    planned_for: date | None = strawberry.field(default=None, description="By when, where that is known.")
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What planning an improvement answers.")
class PlanImprovementPayload(Payload):
    improvement: Improvement | None = value(description="The improvement.")


@mutation(Permission.FEEDBACK_MANAGE, description="Say that it will be made 排期; again, to move the day.")
async def plan_improvement(work: Work, input: PlanImprovementInput) -> PlanImprovementPayload:
    command = commands.PlanImprovement(
        improvement_id=await id_of(work, "Improvement", input.improvement_id, "improvement_id"),
        planned_for=input.planned_for,
        expected_version=input.expected_version,
    )
    return PlanImprovementPayload(improvement=ref((await service.plan_improvement(work, command)).id))


@strawberry.input(description="It is there.")
class ShipImprovementInput:
    improvement_id: strawberry.ID = strawberry.field(description=_ID)
    answer: str = strawberry.field(description="What everyone who asked is told, 1 to 4,000 characters.")
    medium: Medium = strawberry.field(description="Through what they are told.")
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What shipping an improvement answers.")
class ShipImprovementPayload(Payload):
    improvement: Improvement | None = value(description="The improvement; `toldCount` rises in the background.")


@mutation(
    Permission.FEEDBACK_MANAGE,
    description="Ship an improvement 落地: everyone who asked is told in the background, each customer once, and the clocks of what "
    "they asked stop. The feedback of people unknown stays in the inbox, to be answered by hand.",
)
async def ship_improvement(work: Work, input: ShipImprovementInput) -> ShipImprovementPayload:
    command = commands.ShipImprovement(
        improvement_id=await id_of(work, "Improvement", input.improvement_id, "improvement_id"),
        answer=input.answer,
        medium=input.medium,
        expected_version=input.expected_version,
    )
    return ShipImprovementPayload(improvement=ref((await shipping.ship_improvement(work, command)).id))


@strawberry.input(description="It will not be made.")
class DropImprovementInput:
    improvement_id: strawberry.ID = strawberry.field(description=_ID)
    reason: str = strawberry.field(description="Why, 1 to 4,000 characters.")
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What dropping an improvement answers.")
class DropImprovementPayload(Payload):
    improvement: Improvement | None = value(description="The improvement.")


@mutation(
    Permission.FEEDBACK_MANAGE,
    description="Say that it will not be made 不做. What asked for it goes on, to be declined or answered one by one.",
)
async def drop_improvement(work: Work, input: DropImprovementInput) -> DropImprovementPayload:
    command = commands.DropImprovement(
        improvement_id=await id_of(work, "Improvement", input.improvement_id, "improvement_id"),
        reason=input.reason,
        expected_version=input.expected_version,
    )
    return DropImprovementPayload(improvement=ref((await service.drop_improvement(work, command)).id))


async def _feedback(work: Work, texts: list[strawberry.ID]) -> tuple[UUID, ...]:
    return tuple([await id_of(work, "Feedback", text, "feedback_ids", index) for index, text in enumerate(texts)])
