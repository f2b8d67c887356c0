"""The inputs of this room's acts."""

from __future__ import annotations

from uuid import UUID

from server.commands import Command, LongText, Moment, ShortText
from server.items.prices import Amount


class ProposeReward(Command):
    """Without an amount it is what the policy says."""

    feedback_id: UUID
    amount: Amount | None = None


class ApproveReward(Command):
    reward_id: UUID
    amount: Amount | None = None
    """What it is to be instead of what was proposed."""
    expected_version: int | None = None


class PayReward(Command):
    reward_id: UUID
    evidence: ShortText | None = None
    occurred_at: Moment | None = None


class VoidReward(Command):
    reward_id: UUID
    reason: LongText
