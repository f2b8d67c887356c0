"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.lifecycles.succession_terms import SuccessionRule


@event(
    "transfer.started",
    subject="Transfer",
    subject_field="transfer_id",
    description="One person's friendships begin to pass to others.",
)
@dataclass(frozen=True, kw_only=True)
class TransferStarted(Event):
    transfer_id: UUID = points_to("Transfer", "The transfer.")
    from_staff_id: UUID = points_to("StaffMember", "Whose friendships.")
    to_staff_id: UUID | None = points_to("StaffMember", "To whom, where one person is named.")
    rule: SuccessionRule = fact("By which rule.")
    leaver: bool = fact("Whether the person left.")
    total: int = fact("How many friendships there were.")


@event(
    "transfer.progressed",
    subject="Transfer",
    subject_field="transfer_id",
    description="A part of the friendships has passed to others.",
)
@dataclass(frozen=True, kw_only=True)
class TransferProgressed(Event):
    transfer_id: UUID = points_to("Transfer", "The transfer.")
    moved: int = fact("How many have passed so far.")
    waiting: int = fact("How many wait in the queue, because nobody had room.")
    transfer_version: int = fact("The row's version after the change.")


@event(
    "transfer.finished",
    subject="Transfer",
    subject_field="transfer_id",
    description="All friendships have passed to others, or wait in the queue until somebody has room.",
)
@dataclass(frozen=True, kw_only=True)
class TransferFinished(Event):
    transfer_id: UUID = points_to("Transfer", "The transfer.")
    moved: int = fact("How many passed.")
    waiting: int = fact("How many wait in the queue.")
    transfer_version: int = fact("The row's version after the change.")
