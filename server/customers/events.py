"""What this room emits. Names, numbers, tags and words stay in their rows: the log must survive erasure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.customers.case_terms import CaseStatus, LossReason
from server.customers.consent_scopes import ConsentScope
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import FactSource, RoleReason
from server.customers.identity_kinds import IdentityKind
from server.customers.note_kinds import NoteKind
from server.customers.relationship_terms import RelationshipState
from server.customers.subject_kinds import SubjectKind
from server.events.catalogue import Event, event, fact, points_to
from server.operations.assignment_terms import QueueReason
from server.operations.purposes import Purpose
from server.terms import Locale


@event("customer.added", subject="Customer", subject_field="customer_id", description="A customer became known.")
@dataclass(frozen=True, kw_only=True)
class CustomerAdded(Event):
    customer_id: UUID = points_to("Customer", "The customer.")
    kind: CustomerKind = fact("Person or company.")
    home_store_id: UUID | None = points_to("Store", "The store the customer belongs to, if any.")
    locale: Locale | None = fact("The customer's language, where it differs from the brand's.")


@event(
    "customer.updated",
    subject="Customer",
    subject_field="customer_id",
    description="What is known of a customer was changed: name, store, birthday, language, time zone, tags.",
)
@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Event):
    customer_id: UUID = points_to("Customer", "The customer.")
    home_store_id: UUID | None = points_to("Store", "The store the customer belongs to now, if any.")
    locale: Locale | None = fact("The customer's language, where it differs from the brand's.")
    customer_version: int = fact("The row's version after the change.")


@event(
    "customer.merged",
    subject="Customer",
    subject_field="customer_id",
    description="A customer turned out to be the same as another, who stays. Their identities belong to the one who stays from "
    "now on; everything else keeps the id it has and is read as one.",
)
@dataclass(frozen=True, kw_only=True)
class CustomerMerged(Event):
    customer_id: UUID = points_to("Customer", "Who was merged: no customer of their own any more.")
    into_customer_id: UUID = points_to("Customer", "Who stays.")
    identities: int = fact("How many identities passed to who stays.")
    customer_version: int = fact("The version of the merged customer's row after it.")


@event(
    "customer.unmerged",
    subject="Customer",
    subject_field="customer_id",
    description="A merge was undone: the two are two customers again, and the identities are where they were.",
)
@dataclass(frozen=True, kw_only=True)
class CustomerUnmerged(Event):
    customer_id: UUID = points_to("Customer", "Who is a customer of their own again.")
    from_customer_id: UUID = points_to("Customer", "With whom they had been one.")
    identities: int = fact("How many identities came back.")
    customer_version: int = fact("The version of the customer's row after it.")


@event(
    "customer.stage_changed",
    subject="Customer",
    subject_field="customer_id",
    description="The customer stands at another stage: that of the most recently moved open case.",
)
@dataclass(frozen=True, kw_only=True)
class CustomerStageChanged(Event):
    customer_id: UUID = points_to("Customer", "The customer.")
    stage_id: UUID | None = points_to("Stage", "The stage; null where no case is open.")
    customer_version: int = fact("The row's version after the change.")


@event(
    "identity.recorded",
    subject="Identity",
    subject_field="identity_id",
    description="A customer is recognised by more.",
)
@dataclass(frozen=True, kw_only=True)
class IdentityRecorded(Event):
    identity_id: UUID = points_to("Identity", "The identity.")
    customer_id: UUID = points_to("Customer", "Whose it is.")
    contact_id: UUID | None = points_to("Contact", "Of a company: whose it is.")
    kind: IdentityKind = fact("What kind of number or id.")


@event("contact.added", subject="Contact", subject_field="contact_id", description="A person speaks for a company.")
@dataclass(frozen=True, kw_only=True)
class ContactAdded(Event):
    contact_id: UUID = points_to("Contact", "The person.")
    customer_id: UUID = points_to("Customer", "The company.")


@event(
    "relationship.started",
    subject="Relationship",
    subject_field="relationship_id",
    description="A staff member and a customer became friends.",
)
@dataclass(frozen=True, kw_only=True)
class RelationshipStarted(Event):
    relationship_id: UUID = points_to("Relationship", "The friendship.")
    customer_id: UUID = points_to("Customer", "The customer.")
    staff_id: UUID = points_to("StaffMember", "The staff member.")
    channel_id: UUID | None = points_to("Channel", "The channel the customer came through, if known.")
    state: RelationshipState = fact("Where it stands.")


@event(
    "relationship.role_given",
    subject="RelationshipRole",
    subject_field="relationship_role_id",
    description="A friendship is held in a role or group from now on.",
)
@dataclass(frozen=True, kw_only=True)
class RelationshipRoleGiven(Event):
    relationship_role_id: UUID = points_to("RelationshipRole", "The dated role.")
    relationship_id: UUID = points_to("Relationship", "The friendship.")
    customer_id: UUID = points_to("Customer", "The customer.")
    role_id: UUID | None = points_to("ServiceRole", "The role; null where it is a group.")
    group_id: UUID | None = points_to("OpsGroup", "The group; null where it is a role.")
    store_id: UUID | None = points_to("Store", "At which store, if at one.")
    reason: RoleReason = fact("Why.")


@event(
    "relationship.role_ended",
    subject="RelationshipRole",
    subject_field="relationship_role_id",
    description="A friendship is no longer held in a role or group.",
)
@dataclass(frozen=True, kw_only=True)
class RelationshipRoleEnded(Event):
    relationship_role_id: UUID = points_to("RelationshipRole", "The dated role.")
    customer_id: UUID = points_to("Customer", "The customer.")


@event(
    "relationship.ended",
    subject="Relationship",
    subject_field="relationship_id",
    description="A staff member and a customer are no longer friends.",
)
@dataclass(frozen=True, kw_only=True)
class RelationshipEnded(Event):
    relationship_id: UUID = points_to("Relationship", "The friendship.")
    customer_id: UUID = points_to("Customer", "The customer.")
    staff_id: UUID = points_to("StaffMember", "The staff member.")
    state: RelationshipState = fact("How it ended.")
    relationship_version: int = fact("The row's version after the change.")


@event("need.recorded", subject="CustomerNeed", subject_field="need_id", description="A customer wants something.")
@dataclass(frozen=True, kw_only=True)
class NeedRecorded(Event):
    need_id: UUID = points_to("CustomerNeed", "The need.")
    customer_id: UUID = points_to("Customer", "Whose need.")
    item_id: UUID | None = points_to("Item", "The item wanted, where it is one of ours.")
    source: FactSource = fact("How it became known.")
    stated: bool = fact("True where the customer said it, false where staff concluded it.")


@event(
    "subject.recorded",
    subject="Subject",
    subject_field="served_subject_id",
    description="Whom or what is served became known.",
)
@dataclass(frozen=True, kw_only=True)
class SubjectRecorded(Event):
    served_subject_id: UUID = points_to("Subject", "The pet, child, home, car, site or contract.")
    customer_id: UUID = points_to("Customer", "Whose it is.")
    kind: SubjectKind = fact("What it is.")


@event("case.opened", subject="Case", subject_field="case_id", description="A pass through the journey began.")
@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    case_id: UUID = points_to("Case", "The case.")
    customer_id: UUID = points_to("Customer", "Whose case.")
    served_subject_id: UUID | None = points_to("Subject", "For whom or what, if for one in particular.")


@event(
    "case.stage_changed",
    subject="CaseStageChange",
    subject_field="stage_change_id",
    description="A case reached another stage. The first one follows its opening.",
)
@dataclass(frozen=True, kw_only=True)
class CaseStageChanged(Event):
    stage_change_id: UUID = points_to("CaseStageChange", "The move.")
    case_id: UUID = points_to("Case", "The case.")
    customer_id: UUID = points_to("Customer", "Whose case.")
    from_stage_id: UUID | None = points_to("Stage", "Where it stood; null where it was just opened.")
    to_stage_id: UUID = points_to("Stage", "Where it stands.")
    staff_id: UUID | None = points_to("StaffMember", "Who moved it, where a staff member did.")
    case_version: int = fact("The case's version after the move.")


@event("case.closed", subject="Case", subject_field="case_id", description="A pass through the journey ended.")
@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    case_id: UUID = points_to("Case", "The case.")
    customer_id: UUID = points_to("Customer", "Whose case.")
    status: CaseStatus = fact("How it ended.")
    loss_reason: LossReason | None = fact("Why it was lost, where it was.")
    case_version: int = fact("The case's version after the change.")


@event(
    "note.written", subject="ServiceNote", subject_field="note_id", description="Something about a customer was noted."
)
@dataclass(frozen=True, kw_only=True)
class NoteWritten(Event):
    note_id: UUID = points_to("ServiceNote", "The note.")
    customer_id: UUID = points_to("Customer", "The customer.")
    case_id: UUID | None = points_to("Case", "The case it belongs to, if any.")
    served_subject_id: UUID | None = points_to("Subject", "The subject it is about, if any.")
    staff_id: UUID | None = points_to("StaffMember", "Who wrote it, where a staff member did.")
    kind: NoteKind = fact("What it records.")
    purpose: Purpose | None = fact("The purpose it was written for, where its author said.")
    sensitive: bool = fact("Whether only cleared staff may read it.")


@event("consent.recorded", subject="Consent", subject_field="consent_id", description="A customer allowed something.")
@dataclass(frozen=True, kw_only=True)
class ConsentRecorded(Event):
    consent_id: UUID = points_to("Consent", "The consent.")
    customer_id: UUID = points_to("Customer", "Whose consent.")
    scope: ConsentScope = fact("What was allowed.")
    source: FactSource = fact("How it was given.")
    staff_id: UUID | None = points_to("StaffMember", "Who took it down, where a staff member did.")


@event(
    "consent.withdrawn", subject="Consent", subject_field="consent_id", description="A customer withdrew or refused."
)
@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Event):
    consent_id: UUID = points_to("Consent", "The withdrawal.")
    customer_id: UUID = points_to("Customer", "Whose it is.")
    scope: ConsentScope = fact("What is no longer allowed.")
    source: FactSource = fact("How it was withdrawn.")
    staff_id: UUID | None = points_to("StaffMember", "Who took it down, where a staff member did.")


@event(
    "preference.refused",
    subject="ContactPreference",
    subject_field="preference_id",
    description="A customer does not want a purpose, a medium, or the one on the other. Media are read from the row.",
)
@dataclass(frozen=True, kw_only=True)
class ContactRefused(Event):
    preference_id: UUID = points_to("ContactPreference", "The refusal.")
    customer_id: UUID = points_to("Customer", "Who refuses.")
    purpose: Purpose | None = fact("The purpose refused; null: every purpose on this medium.")


@event(
    "preference.lifted",
    subject="ContactPreference",
    subject_field="preference_id",
    description="A customer no longer refuses something.",
)
@dataclass(frozen=True, kw_only=True)
class RefusalLifted(Event):
    preference_id: UUID = points_to("ContactPreference", "The refusal that is gone.")
    customer_id: UUID = points_to("Customer", "Who refused.")


@event(
    "assignment.queued",
    subject="AssignmentQueueEntry",
    subject_field="queue_entry_id",
    description="Nobody had room: a customer waits for somebody of a group or role.",
)
@dataclass(frozen=True, kw_only=True)
class AssignmentQueued(Event):
    queue_entry_id: UUID = points_to("AssignmentQueueEntry", "The place in the queue.")
    customer_id: UUID = points_to("Customer", "Who waits.")
    group_id: UUID | None = points_to("OpsGroup", "The group; null where it is a role.")
    role_id: UUID | None = points_to("ServiceRole", "The role; null where it is a group.")
    store_id: UUID | None = points_to("Store", "At which store, if at one.")
    channel_id: UUID | None = points_to("Channel", "The channel the customer came through, if any.")
    relationship_id: UUID | None = points_to("Relationship", "The friendship to be taken over, if any.")
    reason: QueueReason = fact("Why nobody takes them yet.")


@event(
    "assignment.delayed",
    subject="AssignmentQueueEntry",
    subject_field="queue_entry_id",
    description="A customer still waits, for another reason.",
)
@dataclass(frozen=True, kw_only=True)
class AssignmentDelayed(Event):
    queue_entry_id: UUID = points_to("AssignmentQueueEntry", "The place in the queue.")
    customer_id: UUID = points_to("Customer", "Who waits.")
    reason: QueueReason = fact("Why nobody takes them yet.")


@event(
    "assignment.made",
    subject="AssignmentQueueEntry",
    subject_field="queue_entry_id",
    description="Somebody took a customer who waited.",
)
@dataclass(frozen=True, kw_only=True)
class AssignmentMade(Event):
    queue_entry_id: UUID = points_to("AssignmentQueueEntry", "The place in the queue.")
    customer_id: UUID = points_to("Customer", "Who waited.")
    staff_id: UUID = points_to("StaffMember", "Who took them.")


@event(
    "assignment.withdrawn",
    subject="AssignmentQueueEntry",
    subject_field="queue_entry_id",
    description="A customer need not wait any more: somebody became their friend in another way, or nothing is left to take.",
)
@dataclass(frozen=True, kw_only=True)
class AssignmentWithdrawn(Event):
    queue_entry_id: UUID = points_to("AssignmentQueueEntry", "The place in the queue.")
    customer_id: UUID = points_to("Customer", "Who waited.")
