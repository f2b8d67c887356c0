"""Who asks and what the asking is about: the context every reference resolver gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from tests.differential.data import Eyes, Row, Rows
from tests.differential.reference.permissions import OF_TYPE

TABLES = {
    "Absence": "absences",
    "ApiKey": "api_keys",
    "Appointment": "appointments",
    "AppointmentTime": "appointment_times",
    "AttentionOverride": "attention_overrides",
    "BoundaryOverride": "boundary_overrides",
    "AssignmentQueueEntry": "assignment_queue",
    "AssignmentRule": "assignment_rules",
    "BoundaryPurpose": "role_purposes",
    "BusinessHours": "business_hours",
    "Campaign": "campaigns",
    "Case": "cases",
    "CaseStageChange": "case_stage_changes",
    "Channel": "channels",
    "ChannelHours": "channel_hours",
    "ClosedDay": "closed_days",
    "Consent": "consents",
    "Contact": "contacts",
    "ContactPreference": "contact_preferences",
    "Content": "contents",
    "ContactReservation": "contact_reservations",
    "Customer": "customers",
    "CustomerNeed": "customer_needs",
    "ExternalRef": "external_refs",
    "DueWowMoment": "due_wow_moments",
    "Feedback": "feedback",
    "FeedbackClock": "feedback_clocks",
    "FeedbackMove": "feedback_moves",
    "GroupChat": "group_chats",
    "GroupMembership": "group_memberships",
    "GroupPost": "group_posts",
    "Handoff": "handoffs",
    "Identity": "identities",
    "Improvement": "improvements",
    "ImprovementLink": "improvement_links",
    "Item": "items",
    "ListedStage": "model_stages",
    "MetricParameter": "metric_parameters",
    "MetricTarget": "metric_targets",
    "OperatingModel": "operating_models",
    "OperatingModelChange": "model_changes",
    "OpsGroup": "ops_groups",
    "Order": "orders",
    "OrderLine": "order_lines",
    "OrderRefund": "order_refunds",
    "Persona": "personas",
    "Placement": "placements",
    "Quote": "quotes",
    "QuoteConflict": "quote_conflicts",
    "QuoteGuarantee": "quote_guarantees",
    "QuoteLine": "quote_lines",
    "Promise": "promises",
    "Referral": "referrals",
    "ReferralCode": "referral_codes",
    "Relationship": "relationships",
    "RelationshipRole": "relationship_roles",
    "Reward": "rewards",
    "Segment": "segments",
    "ServiceNote": "service_notes",
    "ServiceRole": "service_roles",
    "Share": "shares",
    "StaffMember": "staff_members",
    "Stage": "stages",
    "Store": "stores",
    "Subject": "subjects",
    "Tenant": "tenants",
    "Touchpoint": "touchpoints",
    "TouchpointOutcome": "touchpoint_outcomes",
    "Transfer": "transfers",
    "TrustAccount": "trust_accounts",
    "TrustEntry": "trust_entries",
    "WorkItem": "work_items",
    "WorkShift": "work_shifts",
    "Workload": "workloads",
    "WowMoment": "wow_moments",
    "WowPlay": "wow_plays",
}
"""The table behind each node type; events, whose types share one, are told apart by their `type`."""

NODES_WITHOUT_ID = frozenset({"ExternalRef"})
"""Types with a table that are no Node: nobody can ask for one by id."""


class Thing(NamedTuple):
    """A row as a value of a type."""

    type_name: str
    row: Row


class Told(dict[str, Any]):
    """A value of a type that is one of several, like a user error."""

    def __init__(self, type_name: str, **fields: Any) -> None:
        super().__init__(fields)
        self.type_name = type_name


@dataclass(frozen=True)
class Asker:
    """A caller as the reference knows one. `staff_id` None: an owner or a program."""

    tenant_id: UUID
    kind: str
    staff_id: UUID | None
    data_scope: str
    permissions: frozenset[str]
    locale: str = "EN"
    expires_at: datetime | None = None

    def speaking(self, locale: str) -> Asker:
        return replace(self, locale=locale)


class Reading:
    """One operation being answered over some rows."""

    def __init__(self, rows: Rows, asker: Asker, *, epoch: int, event_types: Mapping[str, str]) -> None:
        self.asker = asker
        self.epoch = epoch
        self.event_types = event_types
        self.produced: Mapping[str, Any] = {}
        """What the root fields of a mutation or subscription come to."""
        self._events = frozenset(event_types.values())
        self.eyes = Eyes(rows, asker.tenant_id, asker.staff_id, asker.data_scope == "ALL")

    def thing(self, type_name: str, id: UUID | None) -> Thing | None:
        """What is seen of this type with this id."""
        table = self.table_of(type_name)
        row = None if table is None else self.eyes.find(table, id)
        if row is None or (table == "events" and self.event_types[row["type"]] != type_name):
            return None
        return Thing(type_name, row)

    def named(self, type_name: str, id: UUID | None) -> Thing | None:
        """A row that is referred to by its type and id: absent where the type is not for the asker to read."""
        thing = self.thing(type_name, id)
        permission = None if thing is None else self.permission_of(type_name)
        return thing if permission is None or permission in self.asker.permissions else None

    def permission_of(self, type_name: str) -> str | None:
        return "EVENT_READ" if self.is_event(type_name) else OF_TYPE.get(type_name)

    def table_of(self, type_name: str) -> str | None:
        return "events" if self.is_event(type_name) else TABLES.get(type_name)

    def is_event(self, type_name: str) -> bool:
        return type_name in self._events

    def event(self, row: Row) -> Thing:
        return Thing(self.event_types[row["type"]], row)

    def things(self, type_name: str, rows: list[Row], *order: str) -> list[Thing]:
        """The rows as values, in the order of some columns (a minus turns one round), ids breaking ties."""
        ordered = sorted(rows, key=lambda row: row["id"])
        for column in reversed(order):
            name = column.removeprefix("-")
            ordered = sorted(ordered, key=lambda row: row[name], reverse=column != name)
        return [Thing(type_name, row) for row in ordered]
