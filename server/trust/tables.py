"""Trust accounts and what moved them. All points are in hundredths."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import (
    TenantRow,
    check,
    document,
    instant,
    one_of,
    references,
    tenant_table,
    text,
    texts,
    whole,
)
from server.trust.balance import TrustLimit
from server.trust.entry_terms import CauseType, ReversalGround, TrustEntryReason

_LEAVING = sql("near_leaving")


class TrustAccount(TenantRow, table=True):
    """What a customer's trust stands at: the running total of the entries, kept for reading and as their lock.

    `deposited` is what deposits added on `deposit_day`, the brand's. `near_leaving`, its signs and since when follow from
    the entries, the policy and the time. `kept_since`: every act after it has posted what it had to.
    """

    __tablename__ = "trust_accounts"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "customer_id"),
        Index(None, "tenant_id", "balance", "customer_id"),
        Index("ix_trust_accounts_by_balance", "tenant_id", "balance", "id"),
        Index("ix_trust_accounts_by_ceiling", "tenant_id", "ceiling", "id"),
        *(
            Index(f"ix_trust_accounts_leaving_{by}", "tenant_id", "near_leaving", by, "id", postgresql_where=_LEAVING)
            for by in ("balance", "ceiling")
        ),
        check("balance", "balance BETWEEN 0 AND ceiling"),
        check("last_seq", "last_seq > 0"),
        check("creases", "creases >= 0"),
        check("deposited", "deposited >= 0"),
        check("leaving", "near_leaving = (leaving_since IS NOT NULL)"),
        customer="customer_id",
    )

    customer_id: UUID
    balance: int = whole()
    ceiling: int = whole()
    creases: int = whole(default=0)
    last_seq: int = whole()
    deposit_day: date | None = Field(default=None, sa_type=Date, nullable=True)
    deposited: int = whole(default=0)
    near_leaving: bool = Field(default=False, sa_type=Boolean, nullable=False)
    leaving_since: datetime | None = instant(nullable=True)
    leaving_signs: list[str] = texts()
    kept_since: datetime = instant()
    opened_at: datetime = instant()
    recorded_at: datetime = instant()


class TrustEntry(TenantRow, table=True):
    """One movement. `seq` counts from 1 in each account, without gaps, and is the order of its entries.

    `claimed` is what the rule said, `amount` what was applied, `limited_by` why that was less. `day` is the brand's day on
    which it was recorded, `policy_version` the policy it was posted under. `cause_key` makes a cause post once: it names
    the cause within the reason. Texts are kept apart (`TrustNote`), because this row can never be emptied.
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
        Index(None, "tenant_id", "day"),
        one_of("reason", TrustEntryReason),
        one_of("cause_type", CauseType),
        one_of("limited_by", TrustLimit),
        one_of("ground", ReversalGround),
        check("seq", "seq > 0"),
        check("balance_after", "balance_after >= 0 AND ceiling_after >= 0"),
        check("amount", "abs(amount) <= abs(claimed) AND amount * claimed >= 0"),
        check("limited", "(limited_by IS NULL) = (amount = claimed)"),
        check("severity_bp", "severity_bp BETWEEN 0 AND 10000"),
        check("cause", "(cause_type IS NULL) = (cause_id IS NULL)"),
        check("reversal", "(reason = 'REVERSAL') = (reverses_entry_id IS NOT NULL)"),
        check("grounded", "(ground IS NULL) = (reverses_entry_id IS NULL)"),
        customer="customer_id",
        append_only=True,
    )

    account_id: UUID
    customer_id: UUID
    seq: int = whole()
    reason: str = text()
    claimed: int = whole()
    amount: int = whole()
    limited_by: str | None = text(default=None, nullable=True)
    balance_after: int = whole()
    ceiling_after: int = whole()
    severity_bp: int | None = whole(default=None, nullable=True)
    policy_version: int = whole(default=0)
    cause_type: str | None = text(default=None, nullable=True)
    cause_id: UUID | None = Field(default=None)
    cause_key: str | None = text(default=None, nullable=True)
    reverses_entry_id: UUID | None = Field(default=None)
    ground: str | None = text(default=None, nullable=True)
    day: date = Field(sa_type=Date, nullable=False)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class TrustNote(TenantRow, table=True):
    """Why somebody moved an account by hand or took an entry back, in their own words, and what proves it.

    May be emptied; the entry stays.
    """

    __tablename__ = "trust_notes"
    __table_args__ = tenant_table(
        references("entry_id", "trust_entries"),
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "entry_id"),
        customer="customer_id",
    )

    entry_id: UUID
    customer_id: UUID
    evidence: str | None = text(default=None, nullable=True)
    text: str = text()
    recorded_at: datetime = instant()


class TrustPolicyVersion(TenantRow, table=True):
    """One version of the brand's policy; the newest is in force, without one the list's own (version 0).

    `worths` holds what the brand says instead of the list, by reason: {"amount": hundredths, "severity_bp": …}.
    """

    __tablename__ = "trust_policies"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "version"),
        references("staff_id", "staff_members"),
        check("version", "version > 0"),
        check("opening", "0 <= opening_balance AND opening_balance <= opening_ceiling"),
        check("minimum", "0 <= minimum_ceiling AND minimum_ceiling <= opening_ceiling"),
        check("rates", "crease_rate_bp BETWEEN 0 AND 10000 AND interest_rate_bp BETWEEN 0 AND 10000"),
        check("caps", "daily_deposit_cap >= 0"),
        check("leaving", "leaving_withdrawals > 0 AND leaving_withdrawal_days > 0 AND leaving_falling_days > 0"),
        append_only=True,
    )

    version: int = whole()
    opening_balance: int = whole()
    opening_ceiling: int = whole()
    minimum_ceiling: int = whole()
    crease_rate_bp: int = whole()
    daily_deposit_cap: int = whole()
    interest_rate_bp: int = whole()
    leaving_balance_below: int = whole()
    leaving_withdrawals: int = whole()
    leaving_withdrawal_days: int = whole()
    leaving_ceiling_below: int = whole()
    leaving_falling_days: int = whole()
    worths: dict[str, Any] = document()
    staff_id: UUID | None = None
    recorded_at: datetime = instant()


class TrustRun(TenantRow, table=True):
    """One pass through all accounts in the background: the interest of a month, or judging anew who is near leaving.

    `key` says which pass it is, once per brand. `done_to` is the customer whose account came last.
    """

    __tablename__ = "trust_runs"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "kind", "key"),
        check("kind", "kind IN ('INTEREST', 'JUDGEMENT')"),
        check("counts", "accounts >= 0 AND posted >= 0"),
    )

    kind: str = text()
    key: str = text()
    done_to: UUID | None = None
    accounts: int = whole(default=0)
    posted: int = whole(default=0)
    finished_at: datetime | None = instant(nullable=True)
    recorded_at: datetime = instant()
