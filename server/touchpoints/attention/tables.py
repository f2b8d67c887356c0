"""What the brand says about attention, whose turn it is to contact a customer, and contacts that are held for somebody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from server.db.tables import TenantRow, check, document, instant, one_of, references, tenant_table, text, texts, whole
from server.operations.purposes import Purpose
from server.touchpoints.attention_policies import AttentionPreset
from server.touchpoints.media import Medium
from server.touchpoints.outcomes import TouchpointState

RESERVATION_STATES = (
    TouchpointState.RESERVED,
    TouchpointState.SENT,
    TouchpointState.RELEASED,
    TouchpointState.EXPIRED,
)


class AttentionPolicyRow(TenantRow, table=True):
    """The attention policy from one moment on. The newest holds; version 1, the default of the business type, has no row."""

    __tablename__ = "attention_policies"
    __table_args__ = tenant_table(
        references("staff_id", "staff_members"),
        UniqueConstraint("tenant_id", "version"),
        one_of("preset", AttentionPreset),
        check("version", "version > 1"),
        check("memory_days", "memory_days BETWEEN 1 AND 366"),
        append_only=True,
    )

    version: int = whole()
    preset: str | None = text(default=None, nullable=True)
    document: dict[str, Any] = document()
    memory_days: int = whole()
    staff_id: UUID | None = None
    recorded_at: datetime = instant()


class AttentionTurn(TenantRow, table=True):
    """How many contacts have asked for a customer's attention; its id is the customer's.

    Adding the row takes turn number `turn`. Two contacts that saw the same turn both want the next one: the second fails
    (NULL in `turn`) and looks again. That makes one act of seeing what is left and spending it.
    """

    __tablename__ = "attention_turns"
    __table_args__ = tenant_table(references("id", "customers"), check("turn", "turn > 0"), customer="id")
    __takes_turns__ = "turn"

    turn: int = whole()


class ContactReservation(TenantRow, table=True):
    """A contact somebody is about to make. `ended_at` is when it was sent, given back or late."""

    __tablename__ = "contact_reservations"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        references("case_id", "cases"),
        references("item_id", "items"),
        references("contact_id", "contacts"),
        references("content_id", "contents"),
        references("touchpoint_id", "touchpoints"),
        Index(None, "tenant_id", "reserved_at", "id"),
        Index(None, "tenant_id", "customer_id", "reserved_at", "id"),
        Index(None, "tenant_id", "state", "reserved_at", "id"),
        Index(None, "tenant_id", "staff_id", "reserved_at", "id"),
        # Asked by whoever weighs a contact: what is held for the customer already?
        Index("ix_contact_reservations_open", "tenant_id", "customer_id", postgresql_where=sql("state = 'RESERVED'")),
        one_of("medium", Medium),
        one_of("purpose", Purpose),
        check("state", f"state IN ({', '.join(repr(state.value) for state in RESERVATION_STATES)})"),
        check("units", "units >= 0"),
        check("ended", "(ended_at IS NULL) = (state = 'RESERVED')"),
        check("touchpoint", "(touchpoint_id IS NOT NULL) = (state = 'SENT')"),
        customer="customer_id",
    )

    customer_id: UUID
    staff_id: UUID | None = None
    case_id: UUID | None = None
    item_id: UUID | None = None
    contact_id: UUID | None = None
    tag: str | None = text(default=None, nullable=True)
    medium: str = text()
    purpose: str = text()
    units: int = whole()
    content_id: UUID | None = None
    state: str = text(default=TouchpointState.RESERVED.value)
    reserved_at: datetime = instant()
    expires_at: datetime = instant()
    ended_at: datetime | None = instant(nullable=True)
    touchpoint_id: UUID | None = None
    recorded_at: datetime = instant()


class AttentionOverride(TenantRow, table=True):
    """Somebody answered for a contact the customer did not welcome: what stood against it, and why it was made."""

    __tablename__ = "attention_overrides"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        references("touchpoint_id", "touchpoints"),
        references("reservation_id", "contact_reservations"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        *(
            Index(None, "tenant_id", fact, postgresql_where=sql(f"{fact} IS NOT NULL"))
            for fact in ("touchpoint_id", "reservation_id")
        ),
        one_of("purpose", Purpose),
        one_of("medium", Medium),
        customer="customer_id",
    )

    customer_id: UUID
    staff_id: UUID | None = None
    touchpoint_id: UUID | None = None
    reservation_id: UUID | None = None
    purpose: str = text()
    medium: str = text()
    reasons: list[str] = texts()
    reason: str = text()
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
