"""The inputs of this room's acts."""

from __future__ import annotations

import zoneinfo
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from server.commands import Command, ExternalText, LongText, Moment, Name, ShortText
from server.customers.case_terms import CaseStatus, LossReason
from server.customers.consent_scopes import ConsentScope
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import FactSource
from server.customers.identity_kinds import IdentityKind
from server.customers.note_kinds import NoteKind
from server.customers.relationship_terms import RelationshipState
from server.customers.subject_kinds import SubjectKind
from server.operations.purposes import Purpose
from server.tenants.commands import ExternalRefs
from server.terms import Locale

ROWS_AT_MOST = 100

NEEDS_AT_MOST = 200
SUBJECTS_AT_MOST = 200
CONTACTS_AT_MOST = 200
IDENTITIES_AT_MOST = 50
TAGS_AT_MOST = 100
MERGED_AT_ONCE = 20
"""What one customer may have: lists that are always read whole are bound where they are written."""


def _zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        raise ValueError("must be an IANA time zone like Asia/Shanghai")
    return name


def _folded_tag(tag: str) -> str:
    if len(tag) > 100:
        raise ValueError("must have at most 100 characters")
    return tag


TimeZone = Annotated[str, AfterValidator(_zone)]
Tag = Annotated[Name, AfterValidator(_folded_tag)]
Namespace = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
MediumCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{0,63}$")]


class IdentityGiven(Command):
    kind: IdentityKind
    namespace: Namespace = ""
    value: ExternalText


class NeedGiven(Command):
    text: ShortText
    item_id: UUID | None = None
    source: FactSource = FactSource.IN_PERSON
    stated: bool = True


class SubjectGiven(Command):
    kind: SubjectKind
    name: Name
    details: LongText | None = None
    birthday: date | None = None


class AddCustomer(Command):
    """Exactly one of `channel_code` and `staff_id`; a staff member who gives neither adds the customer in person."""

    channel_code: str | None = None
    staff_id: UUID | None = None
    kind: CustomerKind = CustomerKind.PERSON
    name: Name
    identities: tuple[IdentityGiven, ...] = Field(default=(), max_length=10)
    home_store_id: UUID | None = None
    birthday: date | None = None
    locale: Locale | None = None
    timezone: TimeZone | None = None
    tags: tuple[Tag, ...] = Field(default=(), max_length=50)
    needs: tuple[NeedGiven, ...] = Field(default=(), max_length=20)
    role_id: UUID | None = None
    group_id: UUID | None = None
    subject: SubjectGiven | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class UpsertCustomer(AddCustomer):
    """Like AddCustomer, but nobody has to add the customer, and what is given replaces what was known."""


class UpsertCustomers(Command):
    rows: tuple[UpsertCustomer, ...] = Field(min_length=1, max_length=ROWS_AT_MOST)


class UpdateCustomer(Command):
    """Only the fields that are set are written (`model_fields_set`); null empties the ones that may be empty."""

    customer_id: UUID
    expected_version: int | None = None
    name: Name | None = None
    home_store_id: UUID | None = None
    birthday: date | None = None
    locale: Locale | None = None
    timezone: TimeZone | None = None


class TagCustomers(Command):
    customer_ids: tuple[UUID, ...] = Field(min_length=1, max_length=ROWS_AT_MOST)
    add: tuple[Tag, ...] = Field(default=(), max_length=50)
    remove: tuple[Tag, ...] = Field(default=(), max_length=50)


class RecordIdentity(Command):
    customer_id: UUID
    kind: IdentityKind
    namespace: Namespace = ""
    value: ExternalText
    contact_id: UUID | None = None


class AddContact(Command):
    customer_id: UUID
    name: Name
    position: Name | None = None
    identities: tuple[IdentityGiven, ...] = Field(default=(), max_length=10)


class RecordNeed(NeedGiven):
    customer_id: UUID
    occurred_at: Moment | None = None


class RecordSubject(SubjectGiven):
    customer_id: UUID


class OpenCase(Command):
    customer_id: UUID
    subject_id: UUID | None = None
    stage_id: UUID | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class AdvanceCustomer(Command):
    customer_id: UUID
    case_id: UUID | None = None
    stage_id: UUID
    reason: ShortText | None = None
    occurred_at: Moment | None = None
    expected_version: int | None = None


class CloseCase(Command):
    case_id: UUID
    status: CaseStatus
    loss_reason: LossReason | None = None
    occurred_at: Moment | None = None
    expected_version: int | None = None


class WriteServiceNote(Command):
    customer_id: UUID
    kind: NoteKind
    text: LongText
    purpose: Purpose | None = None
    boundary_override: ShortText | None = None
    case_id: UUID | None = None
    subject_id: UUID | None = None
    occurred_at: Moment | None = None
    external_refs: ExternalRefs = ()


class ChangeConsent(Command):
    customer_id: UUID
    scope: ConsentScope
    source: FactSource
    evidence: ShortText | None = None
    occurred_at: Moment | None = None


class Refusal(Command):
    """A purpose on any medium, a medium for any purpose, or one on the other."""

    purpose: Purpose | None = None
    medium: MediumCode | None = None


class SetContactPreferences(Command):
    customer_id: UUID
    refused: tuple[Refusal, ...] = Field(default=(), max_length=100)


class AssignCustomer(Command):
    """Without a person, whoever's turn it is; without a role or group, the only one the person is placed in."""

    customer_id: UUID
    staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    store_id: UUID | None = None


class EndRelationship(Command):
    relationship_id: UUID
    state: Literal[RelationshipState.REMOVED_BY_CUSTOMER, RelationshipState.REMOVED_BY_STAFF, RelationshipState.ENDED]
    occurred_at: Moment | None = None


class MergeCustomers(Command):
    """`duplicate_ids` turned out to be the same person or company as `customer_id`, who stays."""

    customer_id: UUID
    duplicate_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MERGED_AT_ONCE)
    expected_version: int | None = None


class UnmergeCustomers(Command):
    """These were merged and are by themselves again."""

    customer_ids: tuple[UUID, ...] = Field(min_length=1, max_length=MERGED_AT_ONCE)
