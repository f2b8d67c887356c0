"""Rewards 致谢金: what customers are thanked with, by when, and the acts on them."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.access.permissions import Permission
from server.db.statements import table_of
from server.db.work import Work
from server.feedback.kinds import ClockResult, FeedbackKind, RewardStatus
from server.items.prices import Amount
from server.planner.declarations import by_id, column, connection, link, ref, value
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.rewards import commands, service, tables
from server.schema.feedback import Feedback
from server.schema.mutations import Payload, id_of, idempotency_key, mutation
from server.schema.nodes import Connection
from server.schema.roles_of_rows import WorkSubject
from server.schema.scalars import Money, MoneyInput, money

if TYPE_CHECKING:
    from server.schema.customers import Customer
    from server.schema.staff import StaffMember

_rows = table_of(tables.Reward).c

REWARD_ORDERS = orders("Reward", PROPOSED_AT=_rows.proposed_at, UPDATED_AT=_rows.updated_at)


@strawberry.input(description="Which rewards.")
class RewardFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="Who is thanked.")
    feedback: IdFilter | None = matches(_rows.feedback_id, id_of="Feedback", description="The incident.")
    kind: ChoiceFilter[FeedbackKind] | None = matches(_rows.kind, description="What is thanked for.")
    status: ChoiceFilter[RewardStatus] | None = matches(_rows.status, description="How far it has come.")
    clock_result: ChoiceFilter[ClockResult] | None = matches(
        _rows.clock_result, description="Whether it was paid in time; LATE also while it is not and the time is over."
    )
    proposed_at: DateTimeFilter | None = matches(_rows.proposed_at, description="When it was proposed.")
    due_at: DateTimeFilter | None = matches(_rows.due_at, description="By when it must have been paid.")


REWARD_FILTER = filter_type(RewardFilter)


@node(
    tables.Reward,
    permission=Permission.FEEDBACK_READ,
    description="Thanks for one incident 致谢金, on its own clock, whatever becomes of the matter.",
)
class Reward(WorkSubject):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="Who is thanked."
    )
    feedback: Feedback | None = link(_rows.feedback_id, description="The incident.")
    kind: FeedbackKind = column(_rows.kind, description="What is thanked for.")
    status: RewardStatus = column(_rows.status, description="How far it has come.")
    amount: Money = money(_rows.amount_minor, _rows.currency, description="How much.")
    due_at: datetime = column(_rows.due_at, description="By when it must have been paid.")
    clock_result: ClockResult = column(
        _rows.clock_result, description="Whether that was in time; LATE also while it is not paid and the time is over."
    )
    proposed_at: datetime = column(_rows.proposed_at, description="When it was proposed.")
    approved_at: datetime | None = column(_rows.approved_at, description="When a manager validated the incident.")
    approved_by: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.approved_by_id, description="Who did; null for programs and owners."
    )
    budget_month: date | None = column(
        _rows.budget_month, description="First day of the month whose budget it spends, from its approval on."
    )
    paid_at: datetime | None = column(_rows.paid_at, description="When the customer had the money.")
    paid_by: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.paid_by_id, description="Who paid it; null for programs and owners."
    )
    evidence: str | None = column(_rows.evidence, description="What shows that it was paid.", personal=True)
    void_reason: str | None = column(_rows.void_reason, description="Why it is not paid.", personal=True)
    version: int = column(_rows.version, description="Give it as `expectedVersion` when approving it.")
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type
class RewardQueries:
    rewards: Connection[Reward] = connection(
        orders=REWARD_ORDERS,
        filter=REWARD_FILTER,
        permission=Permission.FEEDBACK_READ,
        description="Rewards 致谢金 of the customers in the caller's data scope, newest first.",
    )
    reward: Reward | None = by_id(permission=Permission.FEEDBACK_READ, description="One reward, or null.")


_REWARD_ID = "Global id of the reward."


@strawberry.input(description="Thank for an incident.")
class ProposeRewardInput:
    feedback_id: strawberry.ID = strawberry.field(description="The incident: a customer's complaint or suggestion.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="More than nothing; what the policy says where left out."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What proposing a reward answers.")
class ProposeRewardPayload(Payload):
    reward: Reward | None = value(description="The reward, waiting for approval.")


@mutation(
    Permission.FEEDBACK_WRITE,
    description="Thank for an incident 提议致谢金, once. A complaint of a customer is proposed by itself, as the policy says.",
)
async def propose_reward(work: Work, input: ProposeRewardInput) -> ProposeRewardPayload:
    feedback_id = await id_of(work, "Feedback", input.feedback_id, "feedback_id")
    command = commands.ProposeReward(feedback_id=feedback_id, amount=_amount(input.amount))
    return ProposeRewardPayload(reward=ref((await service.propose_reward(work, command)).id))


@strawberry.input(description="The incident is validated.")
class ApproveRewardInput:
    reward_id: strawberry.ID = strawberry.field(description=_REWARD_ID)
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much instead of what was proposed; more than nothing."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the reward is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What approving a reward answers.")
class ApproveRewardPayload(Payload):
    reward: Reward | None = value(description="The reward, to be paid.")


@mutation(
    Permission.FEEDBACK_MANAGE,
    description="Validate the incident and approve its reward 批准致谢金, within the month's budget. Above the policy's limit this "
    "needs REWARD_APPROVE as well.",
)
async def approve_reward(work: Work, input: ApproveRewardInput) -> ApproveRewardPayload:
    command = commands.ApproveReward(
        reward_id=await id_of(work, "Reward", input.reward_id, "reward_id"),
        amount=_amount(input.amount),
        expected_version=input.expected_version,
    )
    return ApproveRewardPayload(reward=ref((await service.approve_reward(work, command)).id))


@strawberry.input(description="The customer has the money.")
class PayRewardInput:
    reward_id: strawberry.ID = strawberry.field(description=_REWARD_ID)
    evidence: str | None = strawberry.field(
        default=None, description="What shows it, like a transfer's number; 1 to 500 characters. Personal."
    )
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When; now where left out. Not before it was approved."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What paying a reward answers.")
class PayRewardPayload(Payload):
    reward: Reward | None = value(description="The reward, paid in time or late.")


@mutation(
    Permission.FEEDBACK_MANAGE,
    description="Record that the customer has the money 发放致谢金. In time it earns trust, the same whatever the sum.",
)
async def pay_reward(work: Work, input: PayRewardInput) -> PayRewardPayload:
    command = commands.PayReward(
        reward_id=await id_of(work, "Reward", input.reward_id, "reward_id"),
        evidence=input.evidence,
        occurred_at=input.occurred_at,
    )
    return PayRewardPayload(reward=ref((await service.pay_reward(work, command)).id))


@strawberry.input(description="It is not paid.")
class VoidRewardInput:
    reward_id: strawberry.ID = strawberry.field(description=_REWARD_ID)
    reason: str = strawberry.field(
        description="Why: nothing happened there, it was paid otherwise; 1 to 4,000 characters."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What voiding a reward answers.")
class VoidRewardPayload(Payload):
    reward: Reward | None = value(description="The reward, void.")


@mutation(Permission.FEEDBACK_MANAGE, description="Say that a reward is not paid 作废. The month's budget has it back.")
async def void_reward(work: Work, input: VoidRewardInput) -> VoidRewardPayload:
    reward_id = await id_of(work, "Reward", input.reward_id, "reward_id")
    reward = await service.void_reward(work, commands.VoidReward(reward_id=reward_id, reason=input.reason))
    return VoidRewardPayload(reward=ref(reward.id))


def _amount(given: MoneyInput | None) -> Amount | None:
    values: dict[str, Any] = {} if given is None else vars(given)
    return Amount(**values) if values else None
