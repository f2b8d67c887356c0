"""Rows of operations: versions of the operating model, who serves, the journey, metrics, stores, placements, channels.

"Model" is the operating model here. Groups, roles, personas, stages and stores have a stable id and a tenant-unique
key; they are retired, never deleted.
"""

from server.operations.tables.assignment import Absence, AssignmentRule, ChannelHours, Workload, WorkShift
from server.operations.tables.journey import MetricParameter, MetricTarget, Stage
from server.operations.tables.overrides import BoundaryOverride
from server.operations.tables.places import Channel, Placement, Store, StoreAncestor
from server.operations.tables.serving import OpsGroup, Persona, RolePurpose, ServiceRole
from server.operations.tables.versions import ModelStage, ModelUnit, OperatingModel

__all__ = [
    "Absence",
    "AssignmentRule",
    "BoundaryOverride",
    "Channel",
    "ChannelHours",
    "MetricParameter",
    "MetricTarget",
    "ModelStage",
    "ModelUnit",
    "OperatingModel",
    "OpsGroup",
    "Persona",
    "Placement",
    "RolePurpose",
    "ServiceRole",
    "Stage",
    "Store",
    "StoreAncestor",
    "WorkShift",
    "Workload",
]
