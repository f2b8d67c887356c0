"""The inputs of this room's acts."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from server.commands import Command, ShortText


class AdjustTrust(Command):
    """Move an account by hand: exactly one of `deposit` and `withdrawal`, in points, with the reason in words."""

    customer_id: UUID
    deposit: int | None = Field(default=None, gt=0)
    withdrawal: int | None = Field(default=None, gt=0)
    reason: ShortText
