"""Quotes, what they say, the conflicts somebody answered for, and the brand's policy about conflicts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from server.customers.case_terms import LossReason
from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, texts, whole
from server.quotes.quote_terms import ConflictPolicy, ConflictResolution, QuoteStatus
from server.touchpoints.media import Medium


class Quote(TenantRow, table=True):
    """A price with guarantee terms. `revises_id` is the quote in whose place it was made.

    `staff_id`, and the role or group in which that person acted, answer for it; `department_id` is where. What it says never
    changes (a trigger sees to it), and nothing at all of an accepted one. `answered_at` is of the customer's answer,
    `ended_at` of a revision, a withdrawal or the end of its validity.
    """

    __tablename__ = "quotes"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("staff_id", "staff_members"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("department_id", "stores"),
        references("revises_id", "quotes"),
        Index(None, "tenant_id", "drafted_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "drafted_at", "id"),
        Index(None, "tenant_id", "customer_id", "updated_at", "id"),
        Index(None, "tenant_id", "status", "drafted_at", "id"),
        Index(None, "tenant_id", "status", "updated_at", "id"),
        Index(None, "tenant_id", "status", "valid_until", "id"),
        Index(None, "tenant_id", "staff_id", "drafted_at", "id"),
        Index(None, "tenant_id", "department_id", "drafted_at", "id"),
        Index(None, "tenant_id", "issued_at", "id", postgresql_where=sql("issued_at IS NOT NULL")),
        *(
            Index(None, "tenant_id", narrowed, "drafted_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in ("case_id", "role_id", "group_id")
        ),
        Index(None, "tenant_id", "case_id", "updated_at", "id", postgresql_where=sql("case_id IS NOT NULL")),
        Index(None, "tenant_id", "revises_id", postgresql_where=sql("revises_id IS NOT NULL")),
        one_of("status", QuoteStatus),
        one_of("medium", Medium),
        one_of("declined_because", LossReason),
        check("total", "total_minor >= 0"),
        check("validity", "valid_from IS NULL OR valid_from < valid_until"),
        check("unit", "role_id IS NULL OR group_id IS NULL"),
        check("revises", "revises_id <> id"),
        customer="customer_id",
    )

    customer_id: UUID
    case_id: UUID | None = None
    staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    department_id: UUID | None = None
    revises_id: UUID | None = None
    status: str = text(default=QuoteStatus.DRAFTED.value)
    currency: str = text()
    total_minor: int = whole()
    valid_from: datetime | None = instant(nullable=True)
    valid_until: datetime = instant()
    drafted_at: datetime = instant()
    issued_at: datetime | None = instant(nullable=True)
    presented_at: datetime | None = instant(nullable=True)
    medium: str | None = text(default=None, nullable=True)
    answered_at: datetime | None = instant(nullable=True)
    declined_because: str | None = text(default=None, nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    words: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()


class QuoteLine(TenantRow, table=True):
    """One line of a quote. Written with the draft; afterwards its description may be emptied, nothing else (a trigger)."""

    __tablename__ = "quote_lines"
    __table_args__ = tenant_table(
        references("quote_id", "quotes"),
        references("customer_id", "customers"),
        references("item_id", "items"),
        UniqueConstraint("tenant_id", "quote_id", "position"),
        Index(
            None, "tenant_id", "quote_id", "item_id", unique=True, postgresql_where=sql("item_id IS NOT NULL")
        ),
        Index(None, "tenant_id", "item_id", "recorded_at", "id", postgresql_where=sql("item_id IS NOT NULL")),
        Index(None, "tenant_id", "item_id", "customer_id", "recorded_at", "id"),
        check("position", "position > 0"),
        check("quantity", "quantity_milli > 0"),
        check("amounts", "unit_minor >= 0 AND amount_minor >= 0"),
        customer="customer_id",
    )  # fmt: skip

    quote_id: UUID
    customer_id: UUID
    position: int = whole()
    item_id: UUID | None = None
    description: str | None = text(default=None, nullable=True)
    quantity_milli: int = whole()
    currency: str = text()
    unit_minor: int = whole()
    amount_minor: int = whole()
    recorded_at: datetime = instant()


class QuoteGuarantee(TenantRow, table=True):
    """One guarantee term, of a line or of the whole quote."""

    __tablename__ = "quote_guarantees"
    __table_args__ = tenant_table(
        references("quote_id", "quotes"),
        references("line_id", "quote_lines"),
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "quote_id", "position"),
        Index(None, "tenant_id", "line_id", "position", postgresql_where=sql("line_id IS NOT NULL")),
        check("position", "position > 0"),
        check("months", "months > 0"),
        customer="customer_id",
        append_only=True,
    )

    quote_id: UUID
    line_id: UUID | None = None
    customer_id: UUID
    position: int = whole()
    scope: str = text()
    months: int = whole()
    conditions: str | None = text(default=None, nullable=True)
    recorded_at: datetime = instant()


class QuoteConflict(TenantRow, table=True):
    """Two quotes that disagree, and how somebody answered for the second being issued beside the first.

    `quote_id` is the one that came to be issued, `other_quote_id` the live one. `seen_at` is when the customer had seen both.
    """

    __tablename__ = "quote_conflicts"
    __table_args__ = tenant_table(
        references("quote_id", "quotes"),
        references("other_quote_id", "quotes"),
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        UniqueConstraint("tenant_id", "quote_id", "other_quote_id"),
        Index(None, "tenant_id", "other_quote_id", "resolved_at", "id"),
        Index(None, "tenant_id", "resolved_at", "id"),
        Index(None, "tenant_id", "customer_id", "resolved_at", "id"),
        Index(None, "tenant_id", "quote_id", "resolved_at", "id"),
        Index(None, "tenant_id", "resolution", "resolved_at", "id"),
        one_of("resolution", ConflictResolution),
        check("two", "quote_id <> other_quote_id"),
        customer="customer_id",
    )

    quote_id: UUID
    other_quote_id: UUID
    customer_id: UUID
    kinds: list[str] = texts()
    resolution: str = text()
    reason: str | None = text(default=None, nullable=True)
    staff_id: UUID | None = None
    resolved_at: datetime = instant()
    seen_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()


class QuotePolicy(TenantRow, table=True):
    """What the brand does about a quote that contradicts a live one; without a row it is blocked."""

    __tablename__ = "quote_policies"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id"), one_of("on_conflict", ConflictPolicy))

    on_conflict: str = text()
    version: int = whole(default=1)
    recorded_at: datetime = instant()
