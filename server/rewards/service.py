"""The acts on rewards: proposed with the incident, approved within the budget, paid in time or late, void.

Locked are the policy first (by who approves), then the reward; never the feedback, whose moves change nothing here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from server.access.permissions import Permission
from server.customers import visibility
from server.customers.queries import timezone
from server.db import clocks
from server.db.work import Work
from server.errors import Conflict
from server.feedback import policies
from server.feedback.kinds import ClockResult, FeedbackKind, FeedbackStatus, RewardStatus
from server.feedback.policy import RewardRule
from server.feedback.proceeding import require_visible
from server.feedback.tables import Feedback
from server.items.prices import Amount, priced
from server.operations.units import unit_of
from server.rewards import errors, events, queries
from server.rewards.commands import ApproveReward, PayReward, ProposeReward, VoidReward
from server.rewards.tables import Reward
from server.tenants.currencies import main_units
from server.touchpoints.circumstances import time_of_fact
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

DUE = "reward.due"
"""The clock of a reward that is not paid yet."""

_LEADS_TO = {
    RewardStatus.PROPOSED: {RewardStatus.APPROVED, RewardStatus.VOID},
    RewardStatus.APPROVED: {RewardStatus.PAID, RewardStatus.VOID},
    RewardStatus.PAID: set[RewardStatus](),
    RewardStatus.VOID: set[RewardStatus](),
}


async def propose_reward(work: Work, command: ProposeReward) -> Reward:
    """Thank for an incident that has no reward yet. Its clock counts from when the customer complained; of a suggestion from
    now.

    Raises NotFound, NoIncident, NobodyToThank, NotPositive, OtherCurrency, ThankedAlready.
    """
    feedback = await work.require(Feedback, command.feedback_id, "feedback_id")
    await require_visible(work, feedback)
    if feedback.customer_id is None:
        raise errors.NobodyToThank("feedback_id")
    rule = (await policies.policy(work)).rewards.get(FeedbackKind(feedback.kind))
    if rule is None or FeedbackStatus(feedback.status) in (FeedbackStatus.DUPLICATE, FeedbackStatus.WITHDRAWN):
        raise errors.NoIncident("feedback_id")
    amount = await _amount(work, command.amount, rule) if command.amount is not None else rule.amount_minor
    if amount <= 0:
        raise errors.NotPositive("amount")
    reward = await _propose(work, feedback, rule, amount)
    if reward is None:
        raise errors.ThankedAlready("feedback_id")
    return reward


async def propose_by_policy(work: Work, feedback: Feedback) -> Reward | None:
    """What the policy thanks such an incident with; None where it thanks with nothing, nobody is known, or it has been done."""
    rule = (await policies.policy(work)).rewards.get(FeedbackKind(feedback.kind))
    if rule is None or rule.amount_minor == 0 or feedback.customer_id is None:
        return None
    return await _propose(work, feedback, rule, rule.amount_minor)


async def approve_reward(work: Work, command: ApproveReward) -> Reward:
    """The incident is validated: the reward spends the budget of this month.

    Holds the policy, so that of many who approve at once none exceeds the budget. Raises NotFound, RewardMoveNotAllowed,
    NotPositive, OtherCurrency, ApprovalNeeded, OverBudget, Conflict.
    """
    policy = await policies.held(work)
    reward = await _in_hand(work, command.reward_id, RewardStatus.APPROVED)
    if command.expected_version not in (None, reward.version):
        raise Conflict("expected_version", version=reward.version)
    kind = FeedbackKind(reward.kind)
    rule = policy.rewards[kind]
    amount = reward.amount_minor if command.amount is None else await _amount(work, command.amount, rule)
    if amount > rule.approval_above_minor and Permission.REWARD_APPROVE not in work.caller.permissions:
        limit = main_units(rule.approval_above_minor, rule.currency)
        raise errors.ApprovalNeeded("amount", limit=limit, currency=rule.currency)
    month = work.now.astimezone(ZoneInfo(await timezone(work))).date().replace(day=1)
    if rule.monthly_budget_minor is not None:
        left = rule.monthly_budget_minor - await queries.spent(work, kind, month)
        if amount > left:
            raise errors.OverBudget(
                "amount",
                left=main_units(max(left, 0), rule.currency),
                amount=main_units(amount, rule.currency),
                currency=rule.currency,
            )
    await work.change(
        reward,
        status=RewardStatus.APPROVED.value,
        amount_minor=amount,
        approved_at=work.now,
        approved_by_id=work.caller.staff_id,
        budget_month=month,
        updated_at=work.now,
    )
    work.emit(events.RewardApproved(**_told(reward), staff_id=work.caller.staff_id))
    if reward.clock_result == ClockResult.LATE:
        await _post_late(work, reward)
    return reward


async def pay_reward(work: Work, command: PayReward) -> Reward:
    """The customer has the money: in time, which earns trust whatever the sum, or late.

    Raises NotFound, RewardMoveNotAllowed, PaidBeforeApproved, InTheFuture.
    """
    reward = await _in_hand(work, command.reward_id, RewardStatus.PAID)
    assert reward.approved_at is not None
    at = time_of_fact(work, command.occurred_at)
    if at < reward.approved_at:
        raise errors.PaidBeforeApproved("occurred_at")
    in_time = at <= reward.due_at
    await work.change(
        reward,
        status=RewardStatus.PAID.value,
        paid_at=at,
        paid_by_id=work.caller.staff_id,
        evidence=command.evidence,
        clock_result=(ClockResult.ON_TIME if in_time else ClockResult.LATE).value,
        updated_at=work.now,
    )
    await _at_rest(work, reward, at)
    result = ClockResult(reward.clock_result)
    work.emit(events.RewardPaid(**_told(reward), staff_id=work.caller.staff_id, clock_result=result, occurred_at=at))
    if not in_time:
        await _post_late(work, reward)
    elif reward.kind == FeedbackKind.COMPLAINT:
        cause = Cause(CauseType.REWARD, reward.id, occurred_at=at)
        await post(work, reward.customer_id, TrustReason.COMPLAINT_THANKED, cause)
    return reward


async def void_reward(work: Work, command: VoidReward) -> Reward:
    """It is not paid. What its budget had reserved is free again. Raises NotFound, RewardMoveNotAllowed."""
    reward = await _in_hand(work, command.reward_id, RewardStatus.VOID)
    await work.change(reward, status=RewardStatus.VOID.value, void_reason=command.reason, updated_at=work.now)
    await _at_rest(work, reward, work.now)
    work.emit(events.RewardVoided(**_told(reward), staff_id=work.caller.staff_id))
    return reward


async def note_overdue(work: Work, reward_id: UUID) -> None:
    """Its clock has run out: say so once, unless it was paid or voided meanwhile. It costs trust once it was promised, which
    is when somebody had approved it."""
    reward = await work.get(Reward, reward_id, lock=True)
    if reward is None or reward.clock_result != ClockResult.RUNNING or reward.due_at > work.now:
        return
    if reward.status not in (RewardStatus.PROPOSED, RewardStatus.APPROVED):
        return
    await work.change(reward, clock_result=ClockResult.LATE.value, updated_at=work.now)
    work.emit(events.RewardOverdue(**_told(reward), occurred_at=reward.due_at))
    if reward.status == RewardStatus.APPROVED:
        await _post_late(work, reward)


async def _propose(work: Work, feedback: Feedback, rule: RewardRule, amount: int) -> Reward | None:
    assert feedback.customer_id is not None
    counts_from = feedback.occurred_at if feedback.kind == FeedbackKind.COMPLAINT else work.now
    reward = Reward(
        customer_id=feedback.customer_id,
        feedback_id=feedback.id,
        kind=feedback.kind,
        amount_minor=amount,
        currency=rule.currency,
        due_at=counts_from + timedelta(hours=rule.due_hours),
        proposed_at=work.now,
        updated_at=work.now,
    )
    await work.flush()
    if not await queries.inserted(work, reward):
        return None
    work.emit(events.RewardProposed(**_told(reward), kind=FeedbackKind(reward.kind)))
    await clocks.set_clock(work, DUE, reward.id, reward.due_at)
    whose = Whose(None, unit_of(feedback), feedback.store_id)
    await inbox.open_item(
        work, WorkItemKind.REWARD, reward.id, whose, due_at=reward.due_at, customer_id=reward.customer_id
    )
    return reward


async def _amount(work: Work, given: Amount, rule: RewardRule) -> int:
    if given.amount <= 0:
        raise errors.NotPositive("amount", "amount")
    minor, currency = await priced(
        work, Amount(amount=given.amount, currency=given.currency or rule.currency), "amount"
    )
    if currency != rule.currency:
        raise errors.OtherCurrency("amount", "currency", currency=rule.currency)
    assert minor is not None
    return minor


async def _in_hand(work: Work, reward_id: UUID, wanted: RewardStatus) -> Reward:
    reward = await work.require(Reward, reward_id, "reward_id", lock=True)
    await visibility.require_visible(work, reward.customer_id, "reward_id")
    status = RewardStatus(reward.status)
    if wanted not in _LEADS_TO[status]:
        raise errors.RewardMoveNotAllowed(
            "reward_id", status=status.value, wanted=wanted.value, status_zh=status.zh, wanted_zh=wanted.zh
        )
    return reward


async def _at_rest(work: Work, reward: Reward, at: datetime) -> None:
    await clocks.stop_clock(work, DUE, reward.id)
    await inbox.close_item(work, WorkItemKind.REWARD, reward.id, at=at)


async def _post_late(work: Work, reward: Reward) -> None:
    cause = Cause(CauseType.REWARD, reward.id, occurred_at=reward.due_at)
    await post(work, reward.customer_id, TrustReason.REWARD_LATE, cause)


def _told(reward: Reward) -> dict[str, Any]:
    return {
        "reward_id": reward.id,
        "customer_id": reward.customer_id,
        "feedback_id": reward.feedback_id,
        "amount_minor": reward.amount_minor,
        "due_at": reward.due_at,
    }
