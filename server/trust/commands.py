"""The inputs of this room's acts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from server.commands import Command, LongText, ShortText
from server.trust.entry_terms import ReversalGround
from server.trust.policy import WHOLE_BP
from server.trust.reasons import TrustReason

Share = Annotated[int, Field(ge=0, le=WHOLE_BP)]
"""Basis points of the whole."""
Hundredths = Annotated[int, Field(ge=0, le=100_000_000)]
Days = Annotated[int, Field(ge=1, le=366)]


class AdjustTrust(Command):
    """Move an account by hand: exactly one of `deposit` and `withdrawal`, in points, with the reason in words.

    `severity_bp`: how deep the withdrawal creases; without it it does not.
    """

    customer_id: UUID
    deposit: int | None = Field(default=None, gt=0)
    withdrawal: int | None = Field(default=None, gt=0)
    severity_bp: Share | None = None
    reason: ShortText


class ReverseTrustEntry(Command):
    """Take back what was posted in error. `evidence`: what proves it."""

    entry_id: UUID
    ground: ReversalGround
    reason: ShortText
    evidence: LongText | None = None


class WorthGiven(Command):
    """What the brand says of one reason: whole points (negative for a withdrawal), and how deep it creases."""

    reason: TrustReason
    points: Annotated[int, Field(ge=-1_000, le=1_000)] | None = None
    severity_bp: Share | None = None


class SetTrustPolicy(Command):
    """What changes of the policy; what is left out stays. Points in hundredths."""

    opening_balance: Hundredths | None = None
    opening_ceiling: Hundredths | None = None
    minimum_ceiling: Hundredths | None = None
    crease_rate_bp: Share | None = None
    daily_deposit_cap: Hundredths | None = None
    interest_rate_bp: Share | None = None
    leaving_balance_below: Hundredths | None = None
    leaving_withdrawals: Annotated[int, Field(ge=1, le=100)] | None = None
    leaving_withdrawal_days: Days | None = None
    leaving_ceiling_below: Hundredths | None = None
    leaving_falling_days: Days | None = None
    worths: tuple[WorthGiven, ...] = ()
    expected_version: int | None = None
