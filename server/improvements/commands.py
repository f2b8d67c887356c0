"""The inputs of this room's acts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from server.commands import Command, LongText, ShortText
from server.touchpoints.media import Medium

AT_ONCE = 100


class OpenImprovement(Command):
    title: ShortText
    description: LongText | None = None
    item_id: UUID | None = None
    feedback_ids: tuple[UUID, ...] = Field(default=(), max_length=AT_ONCE)


class LinkFeedback(Command):
    improvement_id: UUID
    feedback_ids: tuple[UUID, ...] = Field(min_length=1, max_length=AT_ONCE)


class PlanImprovement(Command):
    improvement_id: UUID
    planned_for: date | None = None
    expected_version: int | None = None


class ShipImprovement(Command):
    """What everyone who asked is told, and through what."""

    improvement_id: UUID
    answer: LongText
    medium: Medium
    expected_version: int | None = None


class DropImprovement(Command):
    improvement_id: UUID
    reason: LongText
    expected_version: int | None = None
