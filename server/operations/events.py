"""What this room emits.

A `.defined` event states everything about its subject that is not text, whether it was made or changed, so replaying it
needs no earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to
from server.operations.assignment_terms import AssignmentMethod
from server.operations.boundary_modes import BoundaryMode
from server.operations.channel_kinds import ChannelKind
from server.operations.metrics import Metric
from server.operations.purposes import Purpose
from server.operations.store_kinds import StoreKind
from server.tenants.advice_terms import RuleKey
from server.tenants.business import AdviceStrength, Industry, OperatingModelKind


@event(
    "operating_model.installed",
    subject="OperatingModel",
    subject_field="operating_model_id",
    description="A version of the operating model came into force and ended the one before it. The events that follow "
    "state its groups, roles, boundaries, stages and conversions.",
)
@dataclass(frozen=True, kw_only=True)
class OperatingModelInstalled(Event):
    operating_model_id: UUID = points_to("OperatingModel", "The version.")
    replaced_id: UUID | None = points_to("OperatingModel", "The version that ended.")
    number: int = fact("Number of the version, from 1.")
    kind: OperatingModelKind = fact("Who adds the customer.")
    industry: Industry = fact("The trade whose template it began with.")
    reviewed: bool = fact("Whether the template is reviewed for this trade and kind.")
    advised_kind: OperatingModelKind = fact("What the advice said.")
    decided_by: RuleKey = fact("The rule that decided the advice.")
    strength: AdviceStrength = fact("How sure the advice was.")
    since: datetime = fact("Since when it is in force; until when the one before it was.")


@event(
    "operating_model.edited",
    subject="OperatingModel",
    subject_field="operating_model_id",
    description="The design of the version in force changed; the events around it say how.",
)
@dataclass(frozen=True, kw_only=True)
class OperatingModelEdited(Event):
    operating_model_id: UUID = points_to("OperatingModel", "The version.")
    revision: int = fact("How often the version was edited, from 1.")


@event(
    "ops_group.defined", subject="OpsGroup", subject_field="group_id", description="An ops group was made or changed."
)
@dataclass(frozen=True, kw_only=True)
class OpsGroupDefined(Event):
    group_id: UUID = points_to("OpsGroup", "The group.")
    headline_metric: Metric = fact("The headline figure it answers for.")
    adds: bool = fact("Whether it adds customers at one of its stages.")
    retired_at: datetime | None = fact("When it was retired.")
    group_version: int = fact("The row's version after the change.")


@event(
    "service_role.defined",
    subject="ServiceRole",
    subject_field="role_id",
    description="A service role was made or changed.",
)
@dataclass(frozen=True, kw_only=True)
class ServiceRoleDefined(Event):
    role_id: UUID = points_to("ServiceRole", "The role.")
    headline_metric: Metric = fact("The headline figure it answers for.")
    adds: bool = fact("Whether it adds customers at one of its stages.")
    dormant: bool = fact("Whether it sleeps in the version in force.")
    retired_at: datetime | None = fact("When it was retired.")
    role_version: int = fact("The row's version after the change.")


@event("persona.defined", subject="Persona", subject_field="persona_id", description="A persona was made or changed.")
@dataclass(frozen=True, kw_only=True)
class PersonaDefined(Event):
    persona_id: UUID = points_to("Persona", "The persona.")
    group_id: UUID | None = points_to("OpsGroup", "The group it is the face of.")
    role_id: UUID | None = points_to("ServiceRole", "The role it is the face of.")
    retired_at: datetime | None = fact("When it was retired.")
    persona_version: int = fact("The row's version after the change.")


@event(
    "purpose.assigned",
    subject="BoundaryPurpose",
    subject_field="boundary_purpose_id",
    description="A group or role got a purpose into its boundary.",
)
@dataclass(frozen=True, kw_only=True)
class PurposeAssigned(Event):
    boundary_purpose_id: UUID = points_to("BoundaryPurpose", "The line of the boundary.")
    operating_model_id: UUID = points_to("OperatingModel", "The version it belongs to.")
    purpose: Purpose = fact("The purpose.")
    mode: BoundaryMode = fact("Whether it owns the purpose or may use it.")
    group_id: UUID | None = points_to("OpsGroup", "The group.")
    role_id: UUID | None = points_to("ServiceRole", "The role.")


@event(
    "purpose.withdrawn",
    subject="BoundaryPurpose",
    subject_field="boundary_purpose_id",
    description="A purpose left the boundary of a group or role.",
)
@dataclass(frozen=True, kw_only=True)
class PurposeWithdrawn(Event):
    boundary_purpose_id: UUID = points_to("BoundaryPurpose", "The line of the boundary.")
    operating_model_id: UUID = points_to("OperatingModel", "The version it belonged to.")
    purpose: Purpose = fact("The purpose.")


@event("stage.defined", subject="Stage", subject_field="stage_id", description="A stage was made, changed or retired.")
@dataclass(frozen=True, kw_only=True)
class StageDefined(Event):
    stage_id: UUID = points_to("Stage", "The stage.")
    position: int = fact("Its place in the journey, from 1.")
    owner_group_id: UUID | None = points_to("OpsGroup", "The group that owns it.")
    owner_role_id: UUID | None = points_to("ServiceRole", "The role that owns it.")
    metric: Metric = fact("What the owner answers for while a case is here.")
    adds: bool = fact("Whether the owner adds the customer here.")
    due_days: int | None = fact("Days a case should stay at most.")
    retired_at: datetime | None = fact("When it was retired.")
    stage_version: int = fact("The row's version after the change.")


@event(
    "conversion.defined",
    subject="MetricParameter",
    subject_field="metric_parameter_id",
    description="The window of a stage conversion was set.",
)
@dataclass(frozen=True, kw_only=True)
class ConversionDefined(Event):
    metric_parameter_id: UUID = points_to("MetricParameter", "The window.")
    operating_model_id: UUID = points_to("OperatingModel", "The version it belongs to.")
    metric: Metric = fact("The conversion.")
    from_stage_id: UUID = points_to("Stage", "Cases that entered this stage are counted.")
    to_stage_id: UUID = points_to("Stage", "Those that entered this one or a later one converted.")
    days: int = fact("Within so many days.")


@event(
    "conversion.removed",
    subject="MetricParameter",
    subject_field="metric_parameter_id",
    description="A stage conversion is no longer measured.",
)
@dataclass(frozen=True, kw_only=True)
class ConversionRemoved(Event):
    metric_parameter_id: UUID = points_to("MetricParameter", "The window.")
    operating_model_id: UUID = points_to("OperatingModel", "The version it belonged to.")
    metric: Metric = fact("The conversion.")


@event("metric_target.set", subject="MetricTarget", subject_field="metric_target_id", description="A target was set.")
@dataclass(frozen=True, kw_only=True)
class MetricTargetSet(Event):
    metric_target_id: UUID = points_to("MetricTarget", "The target.")
    replaced_id: UUID | None = points_to("MetricTarget", "The target it ended.")
    metric: Metric = fact("The metric.")
    group_id: UUID | None = points_to("OpsGroup", "The group that answers for it.")
    role_id: UUID | None = points_to("ServiceRole", "The role that answers for it.")
    store_id: UUID | None = points_to("Store", "The store it holds at; everywhere where there is none.")
    basis_points: int = fact("Hundredths of a percent, 0 to 10,000.")
    since: datetime = fact("Since when; until when the replaced one held.")


@event("store.defined", subject="Store", subject_field="store_id", description="A store was made, changed or moved.")
@dataclass(frozen=True, kw_only=True)
class StoreDefined(Event):
    store_id: UUID = points_to("Store", "The store.")
    kind: StoreKind = fact("What kind of place it is.")
    parent_id: UUID | None = points_to("Store", "What it lies below.")
    store_version: int = fact("The row's version after the change.")


@event("store.closed", subject="Store", subject_field="store_id", description="A store closed.")
@dataclass(frozen=True, kw_only=True)
class StoreClosed(Event):
    store_id: UUID = points_to("Store", "The store.")
    closed_at: datetime = fact("Since when.")
    store_version: int = fact("The row's version after the change.")


@event(
    "placement.started",
    subject="Placement",
    subject_field="placement_id",
    description="A person began to serve in a group or role.",
)
@dataclass(frozen=True, kw_only=True)
class PlacementStarted(Event):
    placement_id: UUID = points_to("Placement", "The placement.")
    staff_id: UUID = points_to("StaffMember", "The person.")
    group_id: UUID | None = points_to("OpsGroup", "The group.")
    role_id: UUID | None = points_to("ServiceRole", "The role.")
    store_id: UUID | None = points_to("Store", "The store; everywhere where there is none.")
    from_at: datetime = fact("Since when.")


@event(
    "placement.ended",
    subject="Placement",
    subject_field="placement_id",
    description="A person no longer serves in a group or role.",
)
@dataclass(frozen=True, kw_only=True)
class PlacementEnded(Event):
    placement_id: UUID = points_to("Placement", "The placement.")
    staff_id: UUID = points_to("StaffMember", "The person.")
    until_at: datetime = fact("Until when.")


@event("channel.created", subject="Channel", subject_field="channel_id", description="An acquisition code was made.")
@dataclass(frozen=True, kw_only=True)
class ChannelCreated(Event):
    channel_id: UUID = points_to("Channel", "The channel.")
    kind: ChannelKind = fact("Where the code is shown.")
    store_id: UUID | None = points_to("Store", "The store it is placed at.")
    group_id: UUID | None = points_to("OpsGroup", "The group it leads to.")
    role_id: UUID | None = points_to("ServiceRole", "The role it leads to.")


@event("channel.retired", subject="Channel", subject_field="channel_id", description="An acquisition code was retired.")
@dataclass(frozen=True, kw_only=True)
class ChannelRetired(Event):
    channel_id: UUID = points_to("Channel", "The channel.")
    retired_at: datetime = fact("Since when.")
    channel_version: int = fact("The row's version after the change.")


@event(
    "boundary.overridden",
    subject="BoundaryOverride",
    subject_field="boundary_override_id",
    description="Somebody acted outside the boundary of their role or group, with leave and for a reason 越界操作.",
)
@dataclass(frozen=True, kw_only=True)
class BoundaryOverridden(Event):
    boundary_override_id: UUID = points_to("BoundaryOverride", "The override.")
    customer_id: UUID | None = points_to("Customer", "With which customer; null for somebody unknown.")
    staff_id: UUID = points_to("StaffMember", "Who acted.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group they acted for.")
    role_id: UUID | None = points_to("ServiceRole", "The role they acted in.")
    purpose: Purpose = fact("For what purpose.")
    touchpoint_id: UUID | None = points_to("Touchpoint", "What they did, where that is a contact.")
    feedback_id: UUID | None = points_to("Feedback", "The feedback they answered, where that is what they did.")
    note_id: UUID | None = points_to("ServiceNote", "The note they wrote, where that is what they did.")
    wow_moment_id: UUID | None = points_to("WowMoment", "The surprise they made, where that is what they did.")
    quote_id: UUID | None = points_to("Quote", "The quote they issued, where that is what they did.")


@event(
    "channel.hours_set",
    subject="Channel",
    subject_field="channel_id",
    description="When a channel is served was said anew; its hours follow, one event each.",
)
@dataclass(frozen=True, kw_only=True)
class ChannelHoursSet(Event):
    channel_id: UUID = points_to("Channel", "The channel.")
    channel_version: int = fact("The row's version after the change.")


@event(
    "channel.hours_stated",
    subject="ChannelHours",
    subject_field="channel_hours_id",
    description="A channel is served in this interval.",
)
@dataclass(frozen=True, kw_only=True)
class ChannelHoursStated(Event):
    channel_hours_id: UUID = points_to("ChannelHours", "The interval.")
    channel_id: UUID = points_to("Channel", "The channel.")
    weekday: int = fact("Monday is 1, Sunday 7.")
    opens: int = fact("Minutes after midnight.")
    closes: int = fact("Minutes after midnight, at most 1,440.")


@event(
    "assignment_rule.set",
    subject="AssignmentRule",
    subject_field="assignment_rule_id",
    description="How the people of a group or role take turns was said.",
)
@dataclass(frozen=True, kw_only=True)
class AssignmentRuleSet(Event):
    assignment_rule_id: UUID = points_to("AssignmentRule", "The rule.")
    group_id: UUID | None = points_to("OpsGroup", "The group it is of.")
    role_id: UUID | None = points_to("ServiceRole", "The role it is of.")
    method: AssignmentMethod = fact("By which rule.")
    capacity: int | None = fact("Friends of whoever has no capacity of their own.")
    daily_limit: int | None = fact("Adds a day of whoever has no limit of their own.")
    backup_group_id: UUID | None = points_to("OpsGroup", "Who helps out.")
    rule_version: int = fact("The row's version after the change.")


@event(
    "workload.set",
    subject="Workload",
    subject_field="workload_id",
    description="What a person takes, and when they work, was said; their shifts follow, one event each.",
)
@dataclass(frozen=True, kw_only=True)
class WorkloadSet(Event):
    workload_id: UUID = points_to("Workload", "The workload.")
    staff_id: UUID = points_to("StaffMember", "Whose.")
    capacity: int | None = fact("Friends at most.")
    daily_limit: int | None = fact("Adds a day at most.")
    weight: int = fact("The share of customers, beside others.")
    shifts_replaced: bool = fact("Whether earlier shifts no longer hold.")
    workload_version: int = fact("The row's version after the change.")


@event(
    "work_shift.stated",
    subject="WorkShift",
    subject_field="work_shift_id",
    description="A person works in this interval.",
)
@dataclass(frozen=True, kw_only=True)
class WorkShiftStated(Event):
    work_shift_id: UUID = points_to("WorkShift", "The interval.")
    staff_id: UUID = points_to("StaffMember", "Whose.")
    weekday: int = fact("Monday is 1, Sunday 7.")
    opens: int = fact("Minutes after midnight.")
    closes: int = fact("Minutes after midnight, at most 1,440.")


@event(
    "absence.planned",
    subject="Absence",
    subject_field="absence_id",
    description="A person is off from–to, and somebody may stand in.",
)
@dataclass(frozen=True, kw_only=True)
class AbsencePlanned(Event):
    absence_id: UUID = points_to("Absence", "The absence.")
    staff_id: UUID = points_to("StaffMember", "Who is off.")
    cover_id: UUID | None = points_to("StaffMember", "Who stands in.")
    from_at: datetime = fact("From when.")
    until_at: datetime | None = fact("Until when; until further notice where there is no end.")


@event(
    "absence.ended",
    subject="Absence",
    subject_field="absence_id",
    description="An absence ended earlier than planned, or will not be.",
)
@dataclass(frozen=True, kw_only=True)
class AbsenceEnded(Event):
    absence_id: UUID = points_to("Absence", "The absence.")
    staff_id: UUID = points_to("StaffMember", "Whose.")
    until_at: datetime | None = fact("When; null where it never began.")
