"""What customers are thanked with, and by when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.feedback.kinds import ClockResult, FeedbackKind, RewardStatus


class Reward(TenantRow, table=True):
    """One reward. `clock_result` says whether it was paid by `due_at`; LATE without `paid_at` is not yet.

    `budget_month` is the first day of the month whose budget it spends, from its approval on; a VOID one spends none.
    """

    __tablename__ = "rewards"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("feedback_id", "feedback"),
        references("approved_by_id", "staff_members"),
        references("paid_by_id", "staff_members"),
        UniqueConstraint("tenant_id", "feedback_id"),
        Index(None, "tenant_id", "proposed_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "proposed_at", "id"),
        Index(None, "tenant_id", "status", "proposed_at", "id"),
        Index(None, "tenant_id", "kind", "budget_month", postgresql_where=sql("budget_month IS NOT NULL")),
        one_of("kind", FeedbackKind),
        one_of("status", RewardStatus),
        one_of("clock_result", ClockResult),
        check("amount", "amount_minor > 0"),
        check("approved", "(approved_at IS NULL) = (budget_month IS NULL)"),
        check("proposed", "status <> 'PROPOSED' OR approved_at IS NULL"),
        check("in_force", "status NOT IN ('APPROVED', 'PAID') OR approved_at IS NOT NULL"),
        check("paid", "(status = 'PAID') = (paid_at IS NOT NULL)"),
        check("void", "(status = 'VOID') = (void_reason IS NOT NULL)"),
        customer="customer_id",
    )

    customer_id: UUID
    feedback_id: UUID
    kind: str = text()
    status: str = text(default=RewardStatus.PROPOSED.value)
    amount_minor: int = whole()
    currency: str = text()
    due_at: datetime = instant()
    clock_result: str = text(default=ClockResult.RUNNING.value)
    proposed_at: datetime = instant()
    approved_at: datetime | None = instant(nullable=True)
    approved_by_id: UUID | None = None
    budget_month: date | None = Field(default=None, sa_type=Date, nullable=True)
    paid_at: datetime | None = instant(nullable=True)
    paid_by_id: UUID | None = None
    evidence: str | None = text(default=None, nullable=True)
    void_reason: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()
