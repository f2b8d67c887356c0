"""The brand's policy of answering: read, and said anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from server.db.reader import Reader
from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict
from server.feedback.commands import SetFeedbackPolicy
from server.feedback.errors import CurrencyOfReward, TakenOnAfterAnswered
from server.feedback.events import FeedbackPolicySet
from server.feedback.kinds import FeedbackKind
from server.feedback.policy import AnswerPolicy, RewardRule, policy_of
from server.feedback.tables import FeedbackPolicy
from server.items.prices import Amount, priced

_policies = table_of(FeedbackPolicy)


async def policy(work: Work | Reader) -> AnswerPolicy:
    """The policy in force."""
    said = await work.fetch_one(
        select(_policies.c.said, _policies.c.version).where(_policies.c.tenant_id == work.tenant_id)
    )
    return policy_of(None, 0) if said is None else policy_of(said["said"], said["version"])


async def held(work: Work) -> AnswerPolicy:
    """The policy in force, which nobody changes until this act ends: others who hold it wait. A brand that never said
    anything has no budget to guard."""
    row = await _held(work)
    return policy_of(None, 0) if row is None else policy_of(row.said, row.version)


async def set_feedback_policy(work: Work, command: SetFeedbackPolicy) -> AnswerPolicy:
    """Say by when kinds are to be answered and taken on, and how long matters may be taken up again.

    What is left out stays; saying what holds already changes nothing. Locks the brand's one row.
    Raises Conflict on `expected_version` (0 before it was ever said), TakenOnAfterAnswered.
    """
    row = await _held(work)
    before = policy_of(None, 0) if row is None else policy_of(row.said, row.version)
    if command.expected_version not in (None, before.version):
        raise Conflict("expected_version", version=before.version)
    after = await _changed(work, before, command)
    if after == before:
        return before
    if row is None:
        row = FeedbackPolicy(said=after.document())
        if not await _inserted(work, row):
            return await set_feedback_policy(work, command)  # somebody said it first: on top of theirs
    else:
        await work.change(row, said=after.document())
    work.emit(FeedbackPolicySet(tenant_id=work.tenant_id, policy_version=row.version))
    return replace(after, version=row.version)


async def _held(work: Work) -> FeedbackPolicy | None:
    found = await work.rows(FeedbackPolicy, lock=True)
    return found[0] if found else None


async def _inserted(work: Work, said: FeedbackPolicy) -> bool:
    """Insert the brand's one row unless there is one; waits for whoever is inserting it just now."""
    said.tenant_id, said.recorded_at = work.tenant_id, work.now
    values = {name: getattr(said, name) for name in FeedbackPolicy.model_fields}
    statement = insert(_policies).values(values).on_conflict_do_nothing(index_elements=["tenant_id"])
    return await work.execute(statement) == 1


async def _changed(work: Work, before: AnswerPolicy, command: SetFeedbackPolicy) -> AnswerPolicy:
    kinds = dict(before.kinds)
    for index, said in enumerate(command.kinds):
        told = {
            name: value
            for name in ("clock_hours", "calendar", "ack_hours")
            if (value := getattr(said, name)) is not None
        }
        kinds[said.kind] = replace(kinds[said.kind], **told)
        if kinds[said.kind].ack_hours > kinds[said.kind].clock_hours:
            raise TakenOnAfterAnswered("kinds", index, "ack_hours")
    return replace(
        before,
        reopen_days=before.reopen_days if command.reopen_days is None else command.reopen_days,
        confirm_days=before.confirm_days if command.confirm_days is None else command.confirm_days,
        kinds=kinds,
        rewards={kind: await _thanks(work, kind, rule, command) for kind, rule in before.rewards.items()},
    )


async def _thanks(work: Work, kind: FeedbackKind, rule: RewardRule, command: SetFeedbackPolicy) -> RewardRule:
    """The rule of one kind as the command says it. Raises NegativeAmount, Invalid, CurrencyOfReward."""
    for index, said in enumerate(command.rewards):
        if said.kind is not kind:
            continue
        values: dict[str, Any] = {} if said.due_hours is None else {"due_hours": said.due_hours}
        for name in ("amount", "approval_above", "monthly_budget"):
            if name not in said.model_fields_set:
                continue
            given: Amount | None = getattr(said, name)
            if given is not None:
                in_currency = Amount(amount=given.amount, currency=given.currency or rule.currency)
                minor, currency = await priced(work, in_currency, "rewards", index, name)
                values[f"{name}_minor"] = minor
                values.setdefault("currency", currency)
                if currency != values["currency"]:
                    raise CurrencyOfReward("rewards", index, name)
            elif name == "monthly_budget":
                values["monthly_budget_minor"] = None
        if values.get("currency", rule.currency) != rule.currency and not {
            "amount_minor",
            "approval_above_minor",
        } <= set(values):
            raise CurrencyOfReward("rewards", index)
        return replace(rule, **values)
    return rule
