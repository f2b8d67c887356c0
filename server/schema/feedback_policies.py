"""By when a brand answers 反馈规则: as it is in force, and said anew."""

from collections.abc import Sequence
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.reader import Reader
from server.db.work import Work
from server.feedback import commands, policies
from server.feedback.kinds import ClockCalendar, FeedbackKind
from server.feedback.policy import AnswerPolicy
from server.planner.declarations import computed, value
from server.schema.mutations import Payload, idempotency_key, mutation
from server.schema.scalars import CurrencyCode, Money, MoneyInput
from server.tenants.currencies import main_units


@strawberry.type(description="By when a kind of feedback is answered and taken on.")
class FeedbackKindPolicy:
    kind: FeedbackKind = value(description="The kind.")
    clock_hours: int = value(description="By when the customer must have been told, in hours from when they spoke.")
    calendar: ClockCalendar = value(description="Which hours count, for both times.")
    ack_hours: int = value(description="By when somebody must have taken the matter on, in hours from when they spoke.")


@strawberry.type(description="What an incident of a kind is thanked with 致谢金, per customer and incident.")
class RewardPolicy:
    kind: FeedbackKind = value(description="The kind.")
    amount: Money = value(description="How much; nothing means: only where somebody proposes it.")
    approval_above: Money = value(description="More than this needs somebody with the permission REWARD_APPROVE.")
    monthly_budget: Money | None = value(
        description="What may be approved in a month of the brand's time zone; null: no limit."
    )
    due_hours: int = value(
        description="By when it must have been paid, in hours: of a complaint from when the customer complained, of a suggestion "
        "from when it was proposed."
    )


@strawberry.type(description="By when the brand answers, and how long matters may be taken up again 反馈规则.")
class FeedbackPolicy:
    reopen_days: int = value(description="A resolved matter may be taken up again within so many days; 0: never.")
    confirm_days: int = value(description="An answer the customer says no more about is resolved after so many days.")
    kinds: list[FeedbackKindPolicy] = value(description="By kind, all of them.")
    rewards: list[RewardPolicy] = value(description="What complaints and suggestions are thanked with.")
    version: int = value(description="Give it as `expectedVersion` when changing it; 0 while nothing was ever said.")


def shown(policy: AnswerPolicy) -> FeedbackPolicy:
    return FeedbackPolicy(
        reopen_days=policy.reopen_days,
        confirm_days=policy.confirm_days,
        kinds=[
            FeedbackKindPolicy(
                kind=kind, clock_hours=rule.clock_hours, calendar=rule.calendar, ack_hours=rule.ack_hours
            )
            for kind, rule in policy.kinds.items()
        ],
        rewards=[
            RewardPolicy(
                kind=kind,
                amount=_amount(rule.amount_minor, rule.currency),
                approval_above=_amount(rule.approval_above_minor, rule.currency),
                monthly_budget=None
                if rule.monthly_budget_minor is None
                else _amount(rule.monthly_budget_minor, rule.currency),
                due_hours=rule.due_hours,
            )
            for kind, rule in policy.rewards.items()
        ],
        version=policy.version,
    )


def _amount(minor: int, currency: str) -> Money:
    return Money(amount=main_units(minor, currency), currency=CurrencyCode(currency))


async def _policy(reader: Reader, rows: Sequence[Any]) -> list[FeedbackPolicy]:
    return [shown(await policies.policy(reader))]


@strawberry.type
class FeedbackPolicyQueries:
    feedback_policy: FeedbackPolicy = computed(
        _policy,
        permission=Permission.FEEDBACK_READ,
        description="By when the brand answers 反馈规则; the lists' numbers unless it said otherwise.",
    )


@strawberry.input(description="By when one kind is answered and taken on. What is left out stays.")
class FeedbackKindPolicyInput:
    kind: FeedbackKind = strawberry.field(description="The kind.")
    clock_hours: int | None = strawberry.field(
        default=None, description="By when the customer must have been told: 1 to 8,760 hours."
    )
    calendar: ClockCalendar | None = strawberry.field(default=None, description="Which hours count.")
    ack_hours: int | None = strawberry.field(
        default=None, description="By when somebody takes it on: 1 hour to `clockHours`."
    )


@strawberry.input(description="What incidents of one kind are thanked with. What is left out stays.")
class RewardPolicyInput:
    kind: FeedbackKind = strawberry.field(description="COMPLAINT or SUGGESTION.")
    amount: MoneyInput | None = strawberry.field(default=strawberry.UNSET, description="How much, 0 or more.")
    approval_above: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="More than this needs the permission REWARD_APPROVE; 0 or more."
    )
    monthly_budget: MoneyInput | None = strawberry.field(
        default=strawberry.UNSET, description="What may be approved in a month, 0 or more; null: no limit."
    )
    due_hours: int | None = strawberry.field(default=None, description="By when it is paid: 1 to 8,760 hours.")


@strawberry.input(description="What changes of the policy. What is left out stays.")
class SetFeedbackPolicyInput:
    reopen_days: int | None = strawberry.field(default=None, description="0 to 1,095.")
    confirm_days: int | None = strawberry.field(default=None, description="1 to 1,095.")
    kinds: list[FeedbackKindPolicyInput] | None = strawberry.field(
        default=None, description="The kinds that change, each once."
    )
    rewards: list[RewardPolicyInput] | None = strawberry.field(
        default=None, description="What kinds are thanked with, each kind once."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Only if the policy is at this version; otherwise CONFLICT."
    )
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What became of it.")
class SetFeedbackPolicyPayload(Payload):
    feedback_policy: FeedbackPolicy | None = value(description="The policy as it is now.")


@mutation(
    Permission.FEEDBACK_MANAGE,
    description="Say by when feedback is answered 设置反馈规则. It holds for clocks that start from now on; one that runs keeps the "
    "time that was promised.",
)
async def set_feedback_policy(work: Work, input: SetFeedbackPolicyInput) -> SetFeedbackPolicyPayload:
    command = commands.SetFeedbackPolicy.model_validate(
        {
            "reopen_days": input.reopen_days,
            "confirm_days": input.confirm_days,
            "kinds": [vars(one) for one in input.kinds or ()],
            "rewards": [_said(one) for one in input.rewards or ()],
            "expected_version": input.expected_version,
        }
    )
    return SetFeedbackPolicyPayload(feedback_policy=shown(await policies.set_feedback_policy(work, command)))


def _said(rewards: RewardPolicyInput) -> dict[str, Any]:
    """What is left out is not said at all; null is said."""
    return {
        name: vars(one) if isinstance(one, MoneyInput) else one
        for name, one in vars(rewards).items()
        if one is not strawberry.UNSET
    }
