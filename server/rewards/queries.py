"""Every SELECT this room needs."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from server.db.statements import among, table_of
from server.db.work import Work
from server.feedback.kinds import FeedbackKind, RewardStatus
from server.rewards.tables import Reward

_rewards = table_of(Reward)
SPENDING = (RewardStatus.APPROVED.value, RewardStatus.PAID.value)


async def of_incident(work: Work, feedback_id: UUID) -> Reward | None:
    found = await work.rows(Reward, _rewards.c.feedback_id == feedback_id)
    return found[0] if found else None


async def inserted(work: Work, reward: Reward) -> bool:
    """Insert the incident's one reward unless there is one; waits for whoever is inserting it just now."""
    reward.tenant_id, reward.recorded_at = work.tenant_id, work.now
    values = {name: getattr(reward, name) for name in Reward.model_fields}
    statement = insert(_rewards).values(values).on_conflict_do_nothing(index_elements=["tenant_id", "feedback_id"])
    return await work.execute(statement) == 1


async def spent(work: Work, kind: FeedbackKind, month: date) -> int:
    """What the rewards of the kind that were approved in the month come to, in minor units."""
    total = await work.scalar(
        select(func.coalesce(func.sum(_rewards.c.amount_minor), 0)).where(
            _rewards.c.tenant_id == work.tenant_id,
            _rewards.c.kind == bindparam("kind"),
            _rewards.c.budget_month == bindparam("month"),
            among(_rewards.c.status, SPENDING),
        ),
        kind=kind.value,
        month=month,
    )
    return int(total)
