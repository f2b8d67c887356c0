"""Thanks for an incident: once, validated, within the budget, on a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.errors import Conflict, NotFound
from server.feedback import ending, policies
from server.feedback.commands import (
    AnswerFeedback,
    AttachFeedback,
    DeclineFeedback,
    MarkFeedbackDuplicate,
    RaiseFeedback,
    RateService,
    RewardPolicy,
    SetFeedbackPolicy,
)
from server.feedback.errors import CurrencyOfReward
from server.feedback.kinds import FeedbackKind
from server.feedback.service import decline_feedback, rate_service
from server.feedback.tables import Feedback
from server.items.errors import NegativeAmount
from server.items.prices import Amount
from server.lifecycles import hearing
from server.rewards import errors, service
from server.rewards.commands import ApproveReward, PayReward, ProposeReward, VoidReward
from server.rewards.tables import Reward
from server.trust.tables import TrustEntry
from server.work_items.kinds import WorkItemKind
from server.work_items.tables import WorkItem
from tests.factories.brands import Brand
from tests.feedback.people import Desk, desk, new_customer

MakeBrand = Callable[..., Awaitable[Brand]]
HOUR = timedelta(hours=1)
COMPLAINT, SUGGESTION = FeedbackKind.COMPLAINT, FeedbackKind.SUGGESTION


def yuan(amount: str) -> Amount:
    return Amount(amount=Decimal(amount))


async def heard(
    here: Desk, *, kind: FeedbackKind = COMPLAINT, age: timedelta = timedelta(0), customer: UUID | None = None
) -> Feedback:
    async with here.brand.work() as work:
        customer_id = customer or here.customer
        command = RaiseFeedback(customer_id=customer_id, kind=kind, text="太慢", occurred_at=work.now - age)
        return await hearing.raise_feedback(work, command)


async def rewards(here: Desk) -> list[Reward]:
    async with here.brand.work() as work:
        return await work.rows(Reward)


async def act(
    here: Desk, function: Callable[..., Awaitable[Any]], command: Any, *, by: timedelta = timedelta(0)
) -> Any:
    """As the owner, so much later."""
    async with here.brand.work() as work:
        work.now += by
        return await function(work, command)


async def posted(here: Desk, customer: UUID | None = None) -> list[tuple[str, int]]:
    """What was posted for rewards and recovery, in order."""
    ours = {"COMPLAINT_THANKED", "REWARD_LATE", "SERVICE_RECOVERED"}
    async with here.brand.work() as work:
        entries = await work.rows(TrustEntry)
    mine = [one for one in entries if one.customer_id == (customer or here.customer) and one.reason in ours]
    return [(one.reason, one.claimed // 100) for one in sorted(mine, key=lambda one: one.seq)]


async def budget(here: Desk, limit: str | None, **more: Any) -> None:
    said = RewardPolicy(kind=COMPLAINT, monthly_budget=None if limit is None else yuan(limit), **more)
    await act(here, policies.set_feedback_policy, SetFeedbackPolicy(rewards=(said,)))


async def test_a_complaint_is_thanked_with_500_yuan_whatever_becomes_of_it(brand: MakeBrand) -> None:
    here = await desk(await brand())
    complaint = await heard(here, age=HOUR)
    await heard(here, kind=SUGGESTION)
    [reward] = await rewards(here)
    assert (reward.feedback_id, reward.customer_id, reward.status) == (complaint.id, here.customer, "PROPOSED")
    assert (reward.amount_minor, reward.currency, reward.kind) == (50_000, "CNY", "COMPLAINT")
    assert reward.due_at == complaint.occurred_at + 72 * HOUR
    async with here.brand.work() as work:
        items = [one for one in await work.rows(WorkItem) if one.kind == WorkItemKind.REWARD]
        assert [(one.subject_id, one.state, one.due_at) for one in items] == [(reward.id, "OPEN", reward.due_at)]
        assert (items[0].role_id, items[0].group_id) == (complaint.role_id, complaint.group_id)
    await act(here, decline_feedback, DeclineFeedback(feedback_id=complaint.id, reason="没有这回事"))
    approved = await act(here, service.approve_reward, ApproveReward(reward_id=reward.id))
    assert (approved.status, approved.approved_at is not None) == ("APPROVED", True)
    paid = await act(here, service.pay_reward, PayReward(reward_id=reward.id, evidence="转账 001"))
    assert (paid.status, paid.clock_result, paid.evidence) == ("PAID", "ON_TIME", "转账 001")
    assert await posted(here) == [("COMPLAINT_THANKED", 10)]
    async with here.brand.work() as work:
        assert [one.state for one in await work.rows(WorkItem) if one.kind == WorkItemKind.REWARD] == ["CLOSED"]
        types = [
            row["type"]
            for row in await work.raw.fetch("SELECT type FROM events WHERE type LIKE 'reward.%' ORDER BY seq")
        ]
    assert types == ["reward.proposed", "reward.approved", "reward.paid"]
    for function, command in (
        (service.approve_reward, ApproveReward(reward_id=reward.id)),
        (service.pay_reward, PayReward(reward_id=reward.id)),
        (service.void_reward, VoidReward(reward_id=reward.id, reason="r")),
    ):
        with pytest.raises(errors.RewardMoveNotAllowed):
            await act(here, function, command)


async def test_trust_grows_the_same_whatever_the_sum(brand: MakeBrand) -> None:
    here = await desk(await brand())
    for amount in ("1.00", "9000.00"):
        await heard(here)
        reward = next(one for one in await rewards(here) if one.status == "PROPOSED")
        await act(here, service.approve_reward, ApproveReward(reward_id=reward.id, amount=yuan(amount)))
        await act(here, service.pay_reward, PayReward(reward_id=reward.id))
    assert await posted(here) == [("COMPLAINT_THANKED", 10)] * 2
    assert sorted(one.amount_minor for one in await rewards(here)) == [100, 900_000]


async def test_thanks_that_come_late_cost_trust_once_they_were_approved(brand: MakeBrand) -> None:
    here = await desk(await brand())
    for _ in range(4):
        await heard(here)
    slow, unapproved, never, void = [one.id for one in await rewards(here)]
    await act(here, service.approve_reward, ApproveReward(reward_id=slow))
    await act(here, service.note_overdue, slow, by=71 * HOUR)  # the clock was early
    await act(here, service.void_reward, VoidReward(reward_id=void, reason="不是我们的店"))
    for id in (slow, unapproved, never, void):
        for _ in range(2):
            await act(here, service.note_overdue, id, by=73 * HOUR)
    assert await posted(here) == [("REWARD_LATE", -15)], "what nobody has approved was not promised"
    await act(here, service.approve_reward, ApproveReward(reward_id=unapproved))
    assert await posted(here) == [("REWARD_LATE", -15)] * 2
    for id in (slow, unapproved):
        paid = await act(here, service.pay_reward, PayReward(reward_id=id), by=74 * HOUR)
        assert paid.clock_result == "LATE"
    await act(here, service.void_reward, VoidReward(reward_id=never, reason="重复"))
    assert await posted(here) == [("REWARD_LATE", -15)] * 2, "late once, and no thanks for it"


async def test_one_incident_is_thanked_once(brand: MakeBrand) -> None:
    here = await desk(await brand())
    complaint, again = await heard(here), await heard(here)
    praise = await heard(here, kind=FeedbackKind.PRAISE)
    async with here.brand.work() as work:
        voice = await hearing.raise_feedback(work, RaiseFeedback(kind=COMPLAINT, text="t"))
    for feedback_id, refusal in (
        (complaint.id, errors.ThankedAlready),
        (praise.id, errors.NoIncident),
        (voice.id, errors.NobodyToThank),
    ):
        with pytest.raises(refusal) as no:
            await act(here, service.propose_reward, ProposeReward(feedback_id=feedback_id))
        assert no.value.field == ("feedback_id",)
    await act(here, hearing.attach_feedback, AttachFeedback(feedback_id=voice.id, customer_id=here.customer))
    assert len(await rewards(here)) == 3, "known at last, the voice is thanked too"
    suggestion = await heard(here, kind=SUGGESTION)
    duplicate = await heard(here, kind=SUGGESTION)
    mark = MarkFeedbackDuplicate(feedback_id=duplicate.id, duplicate_of_id=suggestion.id)
    await act(here, ending.mark_feedback_duplicate, mark)
    with pytest.raises(errors.NoIncident):
        await act(here, service.propose_reward, ProposeReward(feedback_id=duplicate.id, amount=yuan("5")))
    for amount in ("0", "-1"):
        with pytest.raises(errors.NotPositive) as no:
            await act(here, service.propose_reward, ProposeReward(feedback_id=suggestion.id, amount=yuan(amount)))
        assert no.value.field == ("amount", "amount")
    with pytest.raises(errors.NotPositive):  # the policy thanks suggestions with nothing
        await act(here, service.propose_reward, ProposeReward(feedback_id=suggestion.id))
    dollars = Amount(amount=Decimal(5), currency="USD")
    with pytest.raises(errors.OtherCurrency):
        await act(here, service.propose_reward, ProposeReward(feedback_id=suggestion.id, amount=dollars))

    async def propose() -> str:
        try:
            command = ProposeReward(feedback_id=suggestion.id, amount=yuan("5"))
            return str((await act(here, service.propose_reward, command)).status)
        except errors.ThankedAlready:
            return "refused"

    assert sorted(await asyncio.gather(*(propose() for _ in range(4)))) == ["PROPOSED"] + ["refused"] * 3
    assert again.id in {one.feedback_id for one in await rewards(here)}


async def test_many_who_approve_at_once_stay_within_the_budget(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await budget(here, "1300.00")
    for _ in range(5):
        await heard(here)
    ids = [one.id for one in await rewards(here)]

    async def approve(id: UUID) -> str:
        try:
            return str((await act(here, service.approve_reward, ApproveReward(reward_id=id))).status)
        except errors.OverBudget as no:
            return f"{no.facts['left']} left"

    assert sorted(await asyncio.gather(*(approve(id) for id in ids))) == ["300.00 left"] * 3 + ["APPROVED"] * 2
    spent = [one for one in await rewards(here) if one.status == "APPROVED"]
    async with here.brand.work() as work:
        assert {one.budget_month for one in spent} == {date(work.now.year, work.now.month, 1)}
    waiting = next(one.id for one in await rewards(here) if one.status == "PROPOSED")
    small = ApproveReward(reward_id=waiting, amount=yuan("300.00"))
    assert (await act(here, service.approve_reward, small)).amount_minor == 30_000
    await act(here, service.void_reward, VoidReward(reward_id=spent[0].id, reason="r"))
    more = next(one.id for one in await rewards(here) if one.status == "PROPOSED")
    assert (await act(here, service.approve_reward, ApproveReward(reward_id=more))).status == "APPROVED"
    last = next(one.id for one in await rewards(here) if one.status == "PROPOSED")
    with pytest.raises(errors.OverBudget) as no:
        await act(here, service.approve_reward, ApproveReward(reward_id=last))
    assert no.value.facts["left"] == Decimal("0.00")
    next_month = timedelta(days=32)
    approved = await act(here, service.approve_reward, ApproveReward(reward_id=last), by=next_month)
    assert approved.status == "APPROVED", "a month has a budget of its own"


async def test_who_may_approve_how_much(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await heard(here)
    [reward] = await rewards(here)
    manages = DEFAULTS[PrincipalKind.STAFF] | {Permission.FEEDBACK_MANAGE}
    manager = here.brand.as_staff(here.staff, DataScope.OWN_CUSTOMERS, manages)
    async with here.brand.world.work(manager) as work:
        too_much = ApproveReward(reward_id=reward.id, amount=yuan("500.01"))
        with pytest.raises(errors.ApprovalNeeded) as no:
            await service.approve_reward(work, too_much)
        assert (no.value.field, no.value.facts["limit"]) == (("amount",), Decimal("500.00"))
        with pytest.raises(Conflict):
            await service.approve_reward(work, ApproveReward(reward_id=reward.id, expected_version=7))
        approved = await service.approve_reward(work, ApproveReward(reward_id=reward.id, expected_version=1))
        assert (approved.approved_by_id, approved.amount_minor) == (here.staff, 50_000)
        with pytest.raises(errors.PaidBeforeApproved):
            await service.pay_reward(work, PayReward(reward_id=reward.id, occurred_at=work.now - HOUR))
    async with here.brand.work() as work:
        stranger = new_customer(work)
    await heard(here, customer=stranger)
    hidden = next(one for one in await rewards(here) if one.customer_id == stranger)
    async with here.brand.world.work(manager) as work:
        for attempt in (
            service.approve_reward(work, ApproveReward(reward_id=hidden.id)),
            service.propose_reward(work, ProposeReward(feedback_id=hidden.feedback_id)),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert work.events == []


async def test_a_policy_of_thanks(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await budget(here, "0.00", amount=yuan("80"), approval_above=yuan("50"), due_hours=24)
    complaint = await heard(here)
    [reward] = await rewards(here)
    assert (reward.amount_minor, reward.due_at) == (8_000, complaint.occurred_at + 24 * HOUR)
    with pytest.raises(errors.OverBudget):
        await act(here, service.approve_reward, ApproveReward(reward_id=reward.id))
    await budget(here, None)
    assert (await act(here, service.approve_reward, ApproveReward(reward_id=reward.id))).status == "APPROVED"
    with pytest.raises(NegativeAmount) as no:
        await budget(here, "-1")
    assert no.value.field == ("rewards", "0", "monthly_budget", "amount")
    dollar = Amount(amount=Decimal(1), currency="USD")
    for said in (RewardPolicy(kind=COMPLAINT, amount=dollar), RewardPolicy(kind=COMPLAINT, monthly_budget=dollar)):
        with pytest.raises(CurrencyOfReward):
            await act(here, policies.set_feedback_policy, SetFeedbackPolicy(rewards=(said,)))
    with pytest.raises(ValidationError):
        RewardPolicy(kind=FeedbackKind.PRAISE)
    await act(
        here, policies.set_feedback_policy, SetFeedbackPolicy(rewards=(RewardPolicy(kind=COMPLAINT, amount=yuan("0")),))
    )
    await heard(here)
    assert len(await rewards(here)) == 1, "thanked with nothing, nothing is proposed"


async def test_a_complainer_who_finds_the_answer_good_has_been_won_back(brand: MakeBrand) -> None:
    here = await desk(await brand())
    answered = []
    for kind in (COMPLAINT, COMPLAINT, SUGGESTION):
        feedback = await heard(here, kind=kind)
        await act(here, hearing.answer_feedback, AnswerFeedback(feedback_id=feedback.id, text="t"))
        answered.append(feedback.id)
    for feedback_id, score in zip(answered, (4, 3, 5), strict=True):
        await act(here, rate_service, RateService(customer_id=here.customer, score=score, feedback_id=feedback_id))
    assert await posted(here) == [("SERVICE_RECOVERED", 10)]


async def test_rewards_over_the_api(brand: MakeBrand) -> None:
    here = await desk(await brand())
    await heard(here)
    listed = await here.brand.ask(
        """{ rewards { nodes { id status amount { amount currency } feedback { kind } } }
          feedbackPolicy { rewards { kind amount { amount } approvalAbove { amount } monthlyBudget { amount } dueHours } } }"""
    )
    [reward] = listed["data"]["rewards"]["nodes"]
    assert {name: reward[name] for name in ("status", "amount", "feedback")} == {
        "status": "PROPOSED",
        "amount": {"amount": "500.00", "currency": "CNY"},
        "feedback": {"kind": "COMPLAINT"},
    }
    assert listed["data"]["feedbackPolicy"]["rewards"] == [
        {
            "kind": "COMPLAINT",
            "amount": {"amount": "500.00"},
            "approvalAbove": {"amount": "500.00"},
            "monthlyBudget": None,
            "dueHours": 72,
        },
        {
            "kind": "SUGGESTION",
            "amount": {"amount": "0.00"},
            "approvalAbove": {"amount": "0.00"},
            "monthlyBudget": None,
            "dueHours": 168,
        },
    ]
    said = await here.brand.ask(
        """mutation { setFeedbackPolicy(input: {rewards: [{kind: COMPLAINT, monthlyBudget: {amount: "400"}}]}) {
          userErrors { code } feedbackPolicy { version rewards { monthlyBudget { amount } } } } }"""
    )
    assert said["data"]["setFeedbackPolicy"]["feedbackPolicy"] == {
        "version": 1,
        "rewards": [{"monthlyBudget": {"amount": "400.00"}}, {"monthlyBudget": None}],
    }
    approve = """mutation($input: ApproveRewardInput!) { approveReward(input: $input) {
      userErrors { code field message } reward { status } } }"""
    refused = await here.brand.ask(approve, {"input": {"rewardId": reward["id"]}})
    assert refused["data"]["approveReward"]["userErrors"] == [
        {
            "code": "LIMIT_REACHED",
            "field": ["amount"],
            "message": "Of this month's budget 400.00 CNY are left; a reward of 500.00 CNY exceeds it.",
        }
    ]
    less = await here.brand.ask(approve, {"input": {"rewardId": reward["id"], "amount": {"amount": "400"}}})
    assert less["data"]["approveReward"] == {"userErrors": [], "reward": {"status": "APPROVED"}}
    pay = "mutation($input: PayRewardInput!) { payReward(input: $input) { userErrors { code } reward { status clockResult } } }"
    paid = await here.brand.ask(pay, {"input": {"rewardId": reward["id"]}})
    assert paid["data"]["payReward"] == {"userErrors": [], "reward": {"status": "PAID", "clockResult": "ON_TIME"}}
