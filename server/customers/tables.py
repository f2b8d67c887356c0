"""The customer and everything that is known about one. Every row is about exactly one customer and seen with it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

import server.customers.duplicate_tables  # so are the hints at duplicates
import server.customers.queue_tables  # noqa: F401  # the queue is a table of this room too
from server.customers.access_reasons import AccessReason
from server.customers.case_terms import CaseStatus, LossReason
from server.customers.consent_scopes import ConsentScope
from server.customers.customer_kinds import CustomerKind
from server.customers.fact_sources import FactSource, RoleReason
from server.customers.identity_kinds import IdentityKind
from server.customers.note_kinds import NoteKind
from server.customers.relationship_terms import RelationshipState
from server.customers.search_kinds import SearchKind
from server.customers.subject_kinds import SubjectKind
from server.db.tables import TenantRow, check, instant, one_of, references, repeats, tenant_table, text, whole
from server.operations.purposes import Purpose
from server.terms import Locale


class Customer(TenantRow, table=True):
    """One person or company. `stage_id` repeats the stage of the most recently moved open case, for lists.

    Who turned out to be the same as another is merged into them and keeps the row, the id and the history. Those who are
    one share `family_id`, the id of who stays; it is null for who was never merged, which is nearly everybody.
    """

    __tablename__ = "customers"
    __table_args__ = tenant_table(
        references("home_store_id", "stores"),
        references("stage_id", "stages"),
        references("merged_into", "customers"),
        references("family_id", "customers"),
        Index(None, "tenant_id", "family_id", "id", postgresql_where=sql("family_id IS NOT NULL")),
        Index(None, "tenant_id", "first_added_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "name", "id"),
        Index(None, "tenant_id", "birthday", "id"),
        *(
            Index(None, "tenant_id", narrowed, ordered, "id")
            for narrowed in ("stage_id", "home_store_id", "kind")
            for ordered in ("first_added_at", "updated_at", "name")
        ),
        Index(None, "tenant_id", "home_store_id", "stage_id", "first_added_at", "id"),
        one_of("kind", CustomerKind),
        one_of("locale", Locale),
        check("merged_into", "merged_into <> id"),
        check("merged", "merged_into IS NULL OR (merged_at IS NOT NULL AND family_id IS NOT NULL)"),
        customer="id",
    )

    kind: str = text()
    name: str = text()
    home_store_id: UUID | None = None
    stage_id: UUID | None = None
    birthday: date | None = None
    locale: str | None = text(default=None, nullable=True)
    timezone: str | None = text(default=None, nullable=True)
    merged_into: UUID | None = None
    merged_at: datetime | None = instant(nullable=True)
    family_id: UUID | None = None
    erased_at: datetime | None = instant(nullable=True)
    first_added_at: datetime = instant()
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
    version: int = whole(default=1)


class Contact(TenantRow, table=True):
    """A person who speaks for a company."""

    __tablename__ = "contacts"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        Index(None, "tenant_id", "customer_id", "recorded_at", "id"),
        customer="customer_id",
    )

    customer_id: UUID
    name: str = text()
    position: str | None = text(default=None, nullable=True)
    recorded_at: datetime = instant()


class Identity(TenantRow, table=True):
    """A number or id the customer is recognised by: its fingerprint is compared, its value sealed, its tail searched.

    Of a company's identities, `contact_id` says whose it is. `merged_from` says whose it was before a merge moved it.
    """

    __tablename__ = "identities"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("contact_id", "contacts"),
        references("merged_from", "customers"),
        UniqueConstraint("tenant_id", "kind", "namespace", "fingerprint"),
        Index(None, "tenant_id", "customer_id", "recorded_at", "id"),
        one_of("kind", IdentityKind),
        customer="customer_id",
    )

    customer_id: UUID
    contact_id: UUID | None = None
    kind: str = text()
    namespace: str = text(default="")
    fingerprint: str = text()
    sealed: str = text()
    tail: str = text()
    merged_from: UUID | None = None
    recorded_at: datetime = instant()


class Relationship(TenantRow, table=True):
    """The friendship between one staff member and one customer. One live one at a time; ended ones stay as history."""

    __tablename__ = "relationships"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        references("channel_id", "channels"),
        Index(
            None,
            "tenant_id",
            "customer_id",
            "staff_id",
            unique=True,
            postgresql_where=sql("state IN ('PENDING', 'ACTIVE')"),
        ),
        Index(None, "tenant_id", "customer_id", "since", "id"),
        Index(None, "tenant_id", "staff_id", "since", "id"),
        Index(None, "tenant_id", "since", "id"),
        Index(
            "ix_relationships_live_by_staff",
            "tenant_id",
            "staff_id",
            "customer_added_at",
            "customer_id",
            postgresql_where=sql("ended_at IS NULL"),
        ),
        Index("ix_relationships_by_channel", "tenant_id", "channel_id", "customer_added_at", "customer_id"),
        one_of("state", RelationshipState),
        check("ended", "(ended_at IS NULL) = (state IN ('PENDING', 'ACTIVE'))"),
        customer="customer_id",
    )

    customer_id: UUID
    staff_id: UUID
    state: str = text(default=RelationshipState.ACTIVE.value)
    channel_id: UUID | None = None
    since: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
    customer_added_at: datetime = repeats("customers.first_added_at")
    recorded_at: datetime = instant()
    version: int = whole(default=1)


class RelationshipRole(TenantRow, table=True):
    """In which role or group the friendship is held, at which store, from and until when, and why."""

    __tablename__ = "relationship_roles"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("relationship_id", "relationships"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("store_id", "stores"),
        Index(None, "tenant_id", "relationship_id", "from_at", "id"),
        Index(None, "tenant_id", "customer_id", "from_at", "id"),
        Index(  # whole, so that what all friendships are held in can be counted from it alone
            "ix_relationship_roles_lasting",
            "tenant_id",
            "customer_id",
            "from_at",
            "relationship_id",
            "role_id",
            "group_id",
            postgresql_where=sql("until_at IS NULL"),
        ),
        one_of("reason", RoleReason),
        check("capacity", "(role_id IS NULL) <> (group_id IS NULL)"),
        check("dates", "until_at >= from_at"),
        customer="customer_id",
    )

    customer_id: UUID
    relationship_id: UUID
    role_id: UUID | None = None
    group_id: UUID | None = None
    store_id: UUID | None = None
    from_at: datetime = instant()
    until_at: datetime | None = instant(nullable=True)
    reason: str = text()
    recorded_at: datetime = instant()


class CustomerTag(TenantRow, table=True):
    """A word the brand sorts its customers by."""

    __tablename__ = "customer_tags"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "customer_id", "tag"),
        Index(None, "tenant_id", "tag", "customer_added_at", "customer_id"),
        customer="customer_id",
    )

    customer_id: UUID
    tag: str = text()
    customer_added_at: datetime = repeats("customers.first_added_at")
    recorded_at: datetime = instant()


class CustomerNeed(TenantRow, table=True):
    """Something the customer wants. `stated` tells what they said from what we concluded; items stand higher up."""

    __tablename__ = "customer_needs"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index("ix_customer_needs_by_item", "tenant_id", "item_id", "customer_added_at", "customer_id"),
        one_of("source", FactSource),
        customer="customer_id",
    )

    customer_id: UUID
    customer_added_at: datetime = repeats("customers.first_added_at")
    words: str = text()
    item_id: UUID | None = None
    source: str = text()
    stated: bool = Field(sa_type=Boolean)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class Subject(TenantRow, table=True):
    """Whom or what is served for the customer: a pet, a child, a home, a car, a contract."""

    __tablename__ = "subjects"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        Index(None, "tenant_id", "customer_id", "recorded_at", "id"),
        Index(None, "tenant_id", "birthday", "id", postgresql_where=sql("birthday IS NOT NULL")),
        one_of("kind", SubjectKind),
        customer="customer_id",
    )

    customer_id: UUID
    kind: str = text()
    name: str = text()
    details: str | None = text(default=None, nullable=True)
    birthday: date | None = None
    recorded_at: datetime = instant()


class Case(TenantRow, table=True):
    """One pass through the journey, for one subject. It keeps a retired stage until it is moved."""

    __tablename__ = "cases"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("subject_id", "subjects"),
        references("stage_id", "stages"),
        Index(None, "tenant_id", "customer_id", "opened_at", "id"),
        Index(None, "tenant_id", "opened_at", "id"),
        Index(None, "tenant_id", "moved_at", "id"),
        *(
            Index(None, "tenant_id", narrowed, ordered, "id")
            for narrowed in ("stage_id", "status")
            for ordered in ("opened_at", "moved_at")
        ),
        Index(None, "tenant_id", "subject_id", "opened_at", "id", postgresql_where=sql("subject_id IS NOT NULL")),
        Index(None, "tenant_id", "closed_at", "id", postgresql_where=sql("closed_at IS NOT NULL")),
        one_of("status", CaseStatus),
        one_of("loss_reason", LossReason),
        check("lost_with_reason", "(loss_reason IS NOT NULL) = (status = 'LOST')"),
        check("closed", "(closed_at IS NULL) = (status = 'OPEN')"),
        customer="customer_id",
    )

    customer_id: UUID
    subject_id: UUID | None = None
    status: str = text(default=CaseStatus.OPEN.value)
    stage_id: UUID
    loss_reason: str | None = text(default=None, nullable=True)
    opened_at: datetime = instant()
    moved_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
    version: int = whole(default=1)


class CaseStageChange(TenantRow, table=True):
    """One move of a case. The first one has no `from_stage_id`."""

    __tablename__ = "case_stage_changes"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("from_stage_id", "stages"),
        references("to_stage_id", "stages"),
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "case_id", "occurred_at", "id"),
        Index(None, "tenant_id", "to_stage_id", "occurred_at", "id"),
        customer="customer_id",
        append_only=True,
    )

    customer_id: UUID
    case_id: UUID
    from_stage_id: UUID | None = None
    to_stage_id: UUID
    staff_id: UUID | None = None
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class ServiceNote(TenantRow, table=True):
    """What happened: the context whoever serves next must have. `sensitive` follows from the kind."""

    __tablename__ = "service_notes"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("subject_id", "subjects"),
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "case_id", "occurred_at", "id"),
        one_of("kind", NoteKind),
        one_of("purpose", Purpose),
        customer="customer_id",
    )

    customer_id: UUID
    case_id: UUID | None = None
    subject_id: UUID | None = None
    staff_id: UUID | None = None
    kind: str = text()
    purpose: str | None = text(default=None, nullable=True)
    words: str = text()
    sensitive: bool = Field(sa_type=Boolean)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class Consent(TenantRow, table=True):
    """What the customer allowed or withdrew. The newest one of a scope holds."""

    __tablename__ = "consents"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "customer_id", "scope", "occurred_at", "id"),
        one_of("scope", ConsentScope),
        one_of("source", FactSource),
        customer="customer_id",
        append_only=True,
    )

    customer_id: UUID
    scope: str = text()
    granted: bool = Field(sa_type=Boolean)
    source: str = text()
    staff_id: UUID | None = None
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class FactWords(TenantRow, table=True):
    """Free words beside an append-only fact (why a case went back, the evidence of a consent): erasing empties them alone."""

    __tablename__ = "fact_words"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "fact_id"),
        Index(None, "tenant_id", "customer_id"),
        customer="customer_id",
    )

    customer_id: UUID
    fact_id: UUID
    words: str = text()


class ContactPreference(TenantRow, table=True):
    """What the customer does not want: a purpose on any medium, a medium for any purpose, or a purpose on one medium.

    The codes of media belong to a floor above, so no check repeats them here.
    """

    __tablename__ = "contact_preferences"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "customer_id", "purpose", "medium", postgresql_nulls_not_distinct=True),
        one_of("purpose", Purpose),
        check("something", "purpose IS NOT NULL OR medium IS NOT NULL"),
        customer="customer_id",
    )

    customer_id: UUID
    purpose: str | None = text(default=None, nullable=True)
    medium: str | None = text(default=None, nullable=True)
    recorded_at: datetime = instant()


class CustomerAccess(TenantRow, table=True):
    """Which staff member sees which customer, and why. The policies of every table about customers read it."""

    __tablename__ = "customer_access"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "staff_id", "customer_id", "via"),
        Index(None, "tenant_id", "customer_id"),
        Index("ix_customer_access_by_staff", "tenant_id", "staff_id", "customer_added_at", "customer_id"),
        one_of("via", AccessReason),
    )

    staff_id: UUID
    customer_id: UUID
    customer_added_at: datetime = repeats("customers.first_added_at")
    via: str = text()


class SearchTerm(TenantRow, table=True):
    """A piece of a name or number a customer is found by, by equality: no other index works under isolation."""

    __tablename__ = "search_terms"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "customer_id", "term", "kind"),
        Index(None, "tenant_id", "term", "customer_added_at", "customer_id"),
        one_of("kind", SearchKind),
        customer="customer_id",
    )

    customer_id: UUID
    customer_added_at: datetime = repeats("customers.first_added_at")
    kind: str = text()
    term: str = text()
