"""What this room emits: how long work goes on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.lifecycles.change_terms import ModelChangeKind, ModelChangeStatus
from server.tenants.business import OperatingModelKind


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
