"""Trust accounts and what moved them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.trust.entry_terms import CauseType, TrustEntryReason


class TrustAccount(TenantRow, table=True):
    """What a customer's trust stands at: the running total of the entries, kept for reading and as their lock."""

    __tablename__ = "trust_accounts"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "customer_id"),
        Index(None, "tenant_id", "balance", "customer_id"),
        check("balance", "balance BETWEEN 0 AND ceiling"),
        check("last_seq", "last_seq > 0"),
        check("creases", "creases >= 0"),
        customer="customer_id",
    )

    customer_id: UUID
    balance: int = whole()
    ceiling: int = whole()
    creases: int = whole(default=0)
    last_seq: int = whole()
    opened_at: datetime = instant()
    recorded_at: datetime = instant()


class TrustEntry(TenantRow, table=True):
    """One movement. `seq` counts from 1 in each account, without gaps, and is the order of its entries.

    `claimed` is what the rule said, `amount` what was applied. `cause_key` makes a cause post once: it names the cause
    within the reason. Texts are kept apart (`TrustNote`), because this row can never be emptied.
    """

    __tablename__ = "trust_entries"
    __table_args__ = tenant_table(
        references("account_id", "trust_accounts"),
        references("customer_id", "customers"),
        references("reverses_entry_id", "trust_entries"),
        UniqueConstraint("tenant_id", "account_id", "seq"),
        Index(
            None,
            "tenant_id",
            "account_id",
            "reason",
            "cause_key",
            unique=True,
            postgresql_where=sql("cause_key IS NOT NULL"),
        ),
        Index(
            None,
            "tenant_id",
            "reverses_entry_id",
            unique=True,
            postgresql_where=sql("reverses_entry_id IS NOT NULL"),
        ),
        one_of("reason", TrustEntryReason),
        one_of("cause_type", CauseType),
        check("seq", "seq > 0"),
        check("balance_after", "balance_after >= 0 AND ceiling_after >= 0"),
        check("amount", "abs(amount) <= abs(claimed) AND amount * claimed >= 0"),
        check("severity_bp", "severity_bp BETWEEN 0 AND 10000"),
        check("cause", "(cause_type IS NULL) = (cause_id IS NULL)"),
        customer="customer_id",
        append_only=True,
    )

    account_id: UUID
    customer_id: UUID
    seq: int = whole()
    reason: str = text()
    claimed: int = whole()
    amount: int = whole()
    balance_after: int = whole()
    ceiling_after: int = whole()
    severity_bp: int | None = whole(default=None, nullable=True)
    cause_type: str | None = text(default=None, nullable=True)
    cause_id: UUID | None = Field(default=None)
    cause_key: str | None = text(default=None, nullable=True)
    reverses_entry_id: UUID | None = Field(default=None)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class TrustNote(TenantRow, table=True):
    """Why somebody moved an account by hand, in their own words. May be emptied; the entry stays."""

    __tablename__ = "trust_notes"
    __table_args__ = tenant_table(
        references("entry_id", "trust_entries"),
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "entry_id"),
        customer="customer_id",
    )

    entry_id: UUID
    customer_id: UUID
    text: str = text()
    recorded_at: datetime = instant()
