"""The inputs of this room's acts."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from server.commands import Command, LongText, Moment, Name, ShortText
from server.feedback.kinds import FeedbackKind
from server.tenants.external_refs import ExternalRefCommand
from server.touchpoints.media import Medium


class Said(Command):
    """What every way of speaking up has in common. Without `customer_id` it is the voice of somebody unknown."""

    customer_id: UUID | None = None
    case_id: UUID | None = None
    item_id: UUID | None = None
    store_id: UUID | None = None
    staff_id: UUID | None = None
    """Who heard it; the calling staff member where left out."""
    medium: Medium | None = None
    occurred_at: Moment | None = None
    external_refs: tuple[ExternalRefCommand, ...] = Field(default=(), max_length=20)


class RaiseFeedback(Said):
    """What somebody said. `name` and `contact` are for voices without a customer."""

    kind: FeedbackKind
    text: LongText
    name: Name | None = None
    contact: Name | None = None

    @field_validator("kind")
    @classmethod
    def _ratings_have_scores(cls, kind: FeedbackKind) -> FeedbackKind:
        if kind is FeedbackKind.RATING:
            raise ValueError("a rating has a score; record it with rateService")
        return kind

    @model_validator(mode="after")
    def _known_or_named(self) -> Self:
        if self.customer_id is not None and (self.name is not None or self.contact is not None):
            raise ValueError("name and contact are for somebody who is no customer yet")
        return self


class RateService(Said):
    """A score of 1 to 5, and perhaps a word why."""

    score: int = Field(ge=1, le=5)
    text: LongText | None = None


class AcknowledgeFeedback(Command):
    feedback_id: UUID


class AnswerFeedback(Command):
    """The customer was told: with which touchpoint, in which words, and when, where that is not now."""

    feedback_id: UUID
    touchpoint_id: UUID | None = None
    text: LongText | None = None
    occurred_at: Moment | None = None
    boundary_override: ShortText | None = None


class ResolveFeedback(Command):
    feedback_id: UUID


class DeclineFeedback(Command):
    feedback_id: UUID
    reason: LongText
    boundary_override: ShortText | None = None


class ReopenFeedback(Command):
    feedback_id: UUID
