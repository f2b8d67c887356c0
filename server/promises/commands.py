"""The inputs of this room's acts."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from server.commands import Command, Moment, ShortText
from server.promises.promise_terms import PromiseStatus
from server.tenants.commands import ExternalRefs

HOURS_AT_MOST = 87_600
"""Ten years."""


class MakePromise(Command):
    """A promise as made: to the customer named, or to everyone. Without `due_at` and `within_hours` it has no time."""

    customer_id: UUID | None = None
    to_everyone: bool = False
    text: ShortText
    due_at: Moment | None = None
    within_hours: int | None = Field(default=None, ge=1, le=HOURS_AT_MOST)
    """To a customer it is due so long after it was made; to everyone the hours are the promise."""
    case_id: UUID | None = None
    store_id: UUID | None = None
    staff_id: UUID | None = None
    """Who made it; the calling staff member where left out."""
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()

    @model_validator(mode="after")
    def _to_somebody(self) -> Self:
        if (self.customer_id is None) != self.to_everyone:
            raise ValueError("name the customer it was made to, or say that it was made to everyone")
        if self.to_everyone and self.case_id is not None:
            raise ValueError("what was promised to everyone belongs to no case")
        if self.due_at is not None and self.within_hours is not None:
            raise ValueError("say when it is due, or within how many hours, not both")
        return self


class RecordPromise(MakePromise):
    """A promise as another system has it, with what became of it. Known by its external ids, it is brought up to date."""

    status: PromiseStatus = PromiseStatus.OPEN
    settled_at: Moment | None = None
    reason: ShortText | None = None

    @model_validator(mode="after")
    def _settled_or_not(self) -> Self:
        if self.status is PromiseStatus.OPEN and (self.settled_at is not None or self.reason is not None):
            raise ValueError("settledAt and reason are for what was kept, broken or released")
        if self.status is PromiseStatus.RELEASED and self.reason is None:
            raise ValueError("a released promise says why")
        return self


class KeepPromise(Command):
    promise_id: UUID
    occurred_at: Moment | None = None


class BreakPromise(Command):
    promise_id: UUID
    reason: ShortText | None = None
    occurred_at: Moment | None = None


class ReleasePromise(Command):
    """Whom it was made to let the brand off: why is told."""

    promise_id: UUID
    reason: ShortText
    occurred_at: Moment | None = None
