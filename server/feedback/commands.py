"""The inputs of this room's acts."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from server.commands import Command, LongText, Moment, Name, ShortText
from server.feedback.kinds import REWARD_DEFAULTS, ClockCalendar, FeedbackKind
from server.items.prices import Amount
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
    """A score of 1 to 5 of something that was served, and perhaps a word why.

    What is rated is the order, the visit or the answered feedback named, else the case; else what was served last.
    """

    score: int = Field(ge=1, le=5)
    text: LongText | None = None
    order_id: UUID | None = None
    appointment_id: UUID | None = None
    feedback_id: UUID | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(one is not None for one in (self.order_id, self.appointment_id, self.feedback_id)) > 1:
            raise ValueError("name one thing that is rated: an order, an appointment or a feedback")
        return self


class AcknowledgeFeedback(Command):
    feedback_id: UUID


class StartFeedback(Command):
    feedback_id: UUID


class AnswerFeedback(Command):
    """The customer was told: with which touchpoint, in which words, and when, where that is not now.

    Where the contact was not recorded before it is recorded with the answer, as one by `medium`.
    """

    feedback_id: UUID
    touchpoint_id: UUID | None = None
    medium: Medium | None = None
    on_shelf: bool = False
    """The product that was asked for is there."""
    text: LongText | None = None
    occurred_at: Moment | None = None
    boundary_override: ShortText | None = None


class ResolveFeedback(Command):
    feedback_id: UUID


class DeclineFeedback(Command):
    feedback_id: UUID
    reason: LongText
    boundary_override: ShortText | None = None


class MarkFeedbackDuplicate(Command):
    """The same customer said the same already: that one is kept."""

    feedback_id: UUID
    duplicate_of_id: UUID


class WithdrawFeedback(Command):
    """The customer took it back."""

    feedback_id: UUID
    occurred_at: Moment | None = None


class ReopenFeedback(Command):
    feedback_id: UUID


class AttachFeedback(Command):
    """The voice of somebody unknown is this customer's."""

    feedback_id: UUID
    customer_id: UUID


LONGEST_CLOCK_HOURS = 24 * 365
LONGEST_DAYS = 365 * 3


class KindPolicy(Command):
    """What changes for one kind; None leaves it as it is."""

    kind: FeedbackKind
    clock_hours: int | None = Field(default=None, ge=1, le=LONGEST_CLOCK_HOURS)
    calendar: ClockCalendar | None = None
    ack_hours: int | None = Field(default=None, ge=1, le=LONGEST_CLOCK_HOURS)


class RewardPolicy(Command):
    """What changes of the thanks for one kind; what is not given stays, a budget of None is no limit."""

    kind: FeedbackKind
    amount: Amount | None = None
    approval_above: Amount | None = None
    monthly_budget: Amount | None = None
    due_hours: int | None = Field(default=None, ge=1, le=LONGEST_CLOCK_HOURS)

    @field_validator("kind")
    @classmethod
    def _thanked(cls, kind: FeedbackKind) -> FeedbackKind:
        if kind not in REWARD_DEFAULTS:
            raise ValueError("only complaints and suggestions are thanked with rewards")
        return kind


class SetFeedbackPolicy(Command):
    """What changes of the policy; None leaves it as it is."""

    reopen_days: int | None = Field(default=None, ge=0, le=LONGEST_DAYS)
    confirm_days: int | None = Field(default=None, ge=1, le=LONGEST_DAYS)
    kinds: tuple[KindPolicy, ...] = ()
    rewards: tuple[RewardPolicy, ...] = ()
    expected_version: int | None = None

    @field_validator("kinds", "rewards")
    @classmethod
    def _each_once(cls, kinds: tuple[KindPolicy | RewardPolicy, ...]) -> tuple[KindPolicy | RewardPolicy, ...]:
        if len({one.kind for one in kinds}) < len(kinds):
            raise ValueError("say every kind once")
        return kinds
