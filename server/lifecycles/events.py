"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.lifecycles.change_terms import ModelChangeKind, ModelChangeStatus
from server.lifecycles.succession_terms import SuccessionRule
from server.tenants.business import OperatingModelKind


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
    matters_moved: int = fact("How much of what the person had still to do has passed to colleagues so far.")
    matters_left: int = fact("How much of it is left to whoever is in the role or group.")
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
    matters_moved: int = fact("How much of what the person had still to do passed to colleagues.")
    matters_left: int = fact("How much of it is left to whoever is in the role or group.")
    transfer_version: int = fact("The row's version after the change.")


@event(
    "model_change.started",
    subject="OperatingModelChange",
    subject_field="operating_model_change_id",
    description="Friendships begin to pass to the roles of the operating model in force.",
)
@dataclass(frozen=True, kw_only=True)
class ModelChangeStarted(Event):
    operating_model_change_id: UUID = points_to("OperatingModelChange", "The change.")
    kind: ModelChangeKind = fact("A change of the model, or a clean-up of roles under it.")
    to_kind: OperatingModelKind | None = fact("The model changed to; null for a clean-up.")
    from_model_id: UUID = points_to("OperatingModel", "The version before.")
    to_model_id: UUID = points_to("OperatingModel", "The version in force now; of a clean-up the same.")
    customers: int = fact("How many customers there are to go through.")


@event(
    "model_change.progressed",
    subject="OperatingModelChange",
    subject_field="operating_model_change_id",
    description="Some more customers were gone through.",
)
@dataclass(frozen=True, kw_only=True)
class ModelChangeProgressed(Event):
    operating_model_change_id: UUID = points_to("OperatingModelChange", "The change.")
    customers_done: int = fact("Customers gone through so far.")
    moved: int = fact("Friendships that have passed to a role so far.")
    released: int = fact("Friendships that were released from a role so far.")


@event(
    "model_change.ended",
    subject="OperatingModelChange",
    subject_field="operating_model_change_id",
    description="Every customer was gone through, and what was recorded before was counted again.",
)
@dataclass(frozen=True, kw_only=True)
class ModelChangeEnded(Event):
    operating_model_change_id: UUID = points_to("OperatingModelChange", "The change.")
    status: ModelChangeStatus = fact("COMPLETED where nothing was lost.")
