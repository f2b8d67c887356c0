"""Changes that answer feedback, and which feedback each answers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, whole
from server.db.tables import text as words
from server.feedback.kinds import ImprovementStatus
from server.touchpoints.media import Medium

_WITH_ITS_FEEDBACK = (
    "EXISTS (SELECT 1 FROM feedback f "
    "WHERE f.tenant_id = improvement_links.tenant_id AND f.id = improvement_links.feedback_id)"
)
"""What a voice asked for is for whoever may see the voice: its own policy holds inside."""


class Improvement(TenantRow, table=True):
    """One change. `answer` is what askers are told, through `medium`, once it is shipped.

    `voices` counts its links, `told` those whose asker was told. `change_seconds` is how long the first asker had waited when it
    was shipped.
    """

    __tablename__ = "improvements"
    __table_args__ = tenant_table(
        references("item_id", "items"),
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "recorded_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "status", "recorded_at", "id"),
        Index(None, "tenant_id", "item_id", "recorded_at", "id", postgresql_where=sql("item_id IS NOT NULL")),
        one_of("status", ImprovementStatus),
        one_of("medium", Medium),
        check("shipped", "(status = 'SHIPPED') = (shipped_at IS NOT NULL)"),
        check("told_how", "(shipped_at IS NULL) = (medium IS NULL) AND (shipped_at IS NULL) = (answer IS NULL)"),
        check("dropped", "(status = 'DROPPED') = (drop_reason IS NOT NULL)"),
        check("counts", "0 <= told AND told <= voices"),
    )

    title: str = words()
    description: str | None = words(default=None, nullable=True)
    item_id: UUID | None = None
    staff_id: UUID | None = None
    status: str = words(default=ImprovementStatus.OPEN.value)
    planned_for: date | None = Field(default=None, sa_type=Date, nullable=True)
    answer: str | None = words(default=None, nullable=True)
    medium: str | None = words(default=None, nullable=True)
    shipped_at: datetime | None = instant(nullable=True)
    drop_reason: str | None = words(default=None, nullable=True)
    voices: int = whole(default=0)
    told: int = whole(default=0)
    change_seconds: int | None = whole(default=None, nullable=True)
    version: int = whole(default=1)
    recorded_at: datetime = instant()
    updated_at: datetime = instant()


class ImprovementLink(TenantRow, table=True):
    """One feedback that asked for it; `told_at` and the contact are of its asker having been told that it is shipped."""

    __tablename__ = "improvement_links"
    __table_args__ = tenant_table(
        references("improvement_id", "improvements"),
        references("feedback_id", "feedback"),
        references("customer_id", "customers"),
        references("touchpoint_id", "touchpoints"),
        UniqueConstraint("tenant_id", "feedback_id"),
        Index(None, "tenant_id", "improvement_id", "recorded_at", "id"),
        Index(None, "tenant_id", "improvement_id", "id", postgresql_where=sql("told_at IS NULL AND NOT by_hand")),
        customer="customer_id",
        without_customer=_WITH_ITS_FEEDBACK,
    )

    improvement_id: UUID
    feedback_id: UUID
    customer_id: UUID | None = None
    touchpoint_id: UUID | None = None
    told_at: datetime | None = instant(nullable=True)
    by_hand: bool = Field(default=False, sa_type=Boolean)
    recorded_at: datetime = instant()
