"""More acts on feedback 反馈: work on it, mark a duplicate, take it back, say whose voice it was."""

from datetime import datetime

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.feedback import commands, ending, service
from server.lifecycles import hearing
from server.planner.declarations import ref, value
from server.schema.feedback import Feedback
from server.schema.mutations import Payload, id_of, idempotency_key, mutation

_FEEDBACK_ID = "Global id of the feedback, or `ref:<system>:<id>`."


@strawberry.input(description="Work on a feedback.")
class StartFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What working on a feedback answers.")
class StartFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback, in progress.")


@mutation(Permission.FEEDBACK_WRITE, description="Work on a feedback 处理中. Its clock runs on.")
async def start_feedback(work: Work, input: StartFeedbackInput) -> StartFeedbackPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    feedback = await service.start_feedback(work, commands.StartFeedback(feedback_id=feedback_id))
    return StartFeedbackPayload(feedback=ref(feedback.id))


@strawberry.input(description="The same customer said the same already.")
class MarkFeedbackDuplicateInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    duplicate_of_id: strawberry.ID = strawberry.field(description="The feedback of the same customer that is kept.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What marking a duplicate answers.")
class MarkFeedbackDuplicatePayload(Payload):
    feedback: Feedback | None = value(description="The duplicate, its clock stopped.")


@mutation(
    Permission.FEEDBACK_WRITE,
    description="The same customer said the same already 重复: that one is kept, this one's clock stops. Another customer asking "
    "the same is never a duplicate.",
)
async def mark_feedback_duplicate(work: Work, input: MarkFeedbackDuplicateInput) -> MarkFeedbackDuplicatePayload:
    command = commands.MarkFeedbackDuplicate(
        feedback_id=await id_of(work, "Feedback", input.feedback_id, "feedback_id"),
        duplicate_of_id=await id_of(work, "Feedback", input.duplicate_of_id, "duplicate_of_id"),
    )
    feedback = await ending.mark_feedback_duplicate(work, command)
    return MarkFeedbackDuplicatePayload(feedback=ref(feedback.id))


@strawberry.input(description="The customer took it back.")
class WithdrawFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When the customer said so; now where left out."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What withdrawing a feedback answers.")
class WithdrawFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback, its clock stopped.")


@mutation(Permission.FEEDBACK_WRITE, description="The customer took it back 客户撤回. The clock stops.")
async def withdraw_feedback(work: Work, input: WithdrawFeedbackInput) -> WithdrawFeedbackPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    command = commands.WithdrawFeedback(feedback_id=feedback_id, occurred_at=input.occurred_at)
    feedback = await ending.withdraw_feedback(work, command)
    return WithdrawFeedbackPayload(feedback=ref(feedback.id))


@strawberry.input(description="Whose voice it was.")
class AttachFeedbackInput:
    feedback_id: strawberry.ID = strawberry.field(description=_FEEDBACK_ID)
    customer_id: strawberry.ID = strawberry.field(description="The customer who said it.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What giving a voice to a customer answers.")
class AttachFeedbackPayload(Payload):
    feedback: Feedback | None = value(description="The feedback, the customer's now.")


@mutation(
    Permission.FEEDBACK_WRITE,
    description="Say whose voice it was 认领: the feedback of somebody unknown becomes a customer's, with its history and its "
    "running clock. From then on it is seen with that customer.",
)
async def attach_feedback(work: Work, input: AttachFeedbackInput) -> AttachFeedbackPayload:
    command = commands.AttachFeedback(
        feedback_id=await id_of(work, "Feedback", input.feedback_id, "feedback_id"),
        customer_id=await id_of(work, "Customer", input.customer_id, "customer_id"),
    )
    feedback = await hearing.attach_feedback(work, command)
    return AttachFeedbackPayload(feedback=ref(feedback.id))
