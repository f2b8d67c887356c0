"""What can be asked of this room."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import model_validator

from server.commands import Command, LongText, Moment
from server.operations.purposes import Purpose


class RequestHandoff(Command):
    """To a person, to a role or group, or to a person in one. Without a store: where the customer is at home, if somebody
    serves in it there, else anywhere."""

    customer_id: UUID
    case_id: UUID | None = None
    purpose: Purpose | None = None
    to_staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    store_id: UUID | None = None
    message: LongText | None = None
    due_at: Moment | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if self.role_id is not None and self.group_id is not None:
            raise ValueError("give a role or a group, not both")
        return self


class AcceptHandoff(Command):
    """`staff_id`: who takes the customer, where that is not the caller."""

    handoff_id: UUID
    staff_id: UUID | None = None


class DeclineHandoff(Command):
    handoff_id: UUID
    reason: LongText


class CancelHandoff(Command):
    handoff_id: UUID
