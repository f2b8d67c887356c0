"""What customers told the brand, by when an answer is due, and how each matter proceeded."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field

from server.db.tables import TenantRow, check, document, instant, one_of, references, tenant_table, whole
from server.db.tables import text as words
from server.feedback.kinds import ClockResult, FeedbackKind, FeedbackStatus, RatedKind
from server.touchpoints.media import Medium

VOICE_IS_FOR = """
feedback.staff_id = {staff}
OR EXISTS (
  SELECT 1 FROM placements p
  JOIN store_ancestors sa ON sa.tenant_id = p.tenant_id AND sa.ancestor_id = p.store_id
  WHERE p.tenant_id = feedback.tenant_id AND p.staff_id = {staff} AND p.until_at IS NULL
    AND sa.store_id = feedback.store_id
)
OR EXISTS (
  SELECT 1 FROM placements p
  WHERE p.tenant_id = feedback.tenant_id AND p.staff_id = {staff} AND p.until_at IS NULL AND p.store_id IS NULL
    AND (p.role_id = feedback.role_id OR p.group_id = feedback.group_id)
)
"""
"""Whether the voice of somebody who is no customer is for this staff member, who does not see everything: who heard it,
who is placed now at its store or above it, and who is placed everywhere in the role or group that answers it.
Reads are guarded by it in the database; acts ask the same in `queries.is_for`."""


class Feedback(TenantRow, table=True):
    """One thing a customer said, or somebody who was no customer yet (`voice_name`, `voice_contact`), which stays as they
    said it when they have become one.

    `role_id` or `group_id` answers: whoever owned the kind's purpose when it was raised. `staff_id` heard it.
    `due_at` and `clock_result` repeat the newest clock, for lists. `acknowledged_at`, `answered_at`, `resolved_at` and
    `declined_reason` are of the last time that happened; reopening keeps them. `confirmed` says whether the customer said
    that it is settled; `rated_id` is what a rating is of, and is rated once.
    """

    __tablename__ = "feedback"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("item_id", "items"),
        references("case_id", "cases"),
        references("staff_id", "staff_members"),
        references("store_id", "stores"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("duplicate_of", "feedback"),
        references("answer_touchpoint_id", "touchpoints"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "customer_id", "updated_at", "id"),
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id")
            for narrowed in ("status", "kind", "clock_result", "staff_id", "store_id")
        ),
        Index(None, "tenant_id", "status", "updated_at", "id"),
        Index(None, "tenant_id", "status", "due_at", "id"),
        Index(None, "tenant_id", "store_id", "status", "occurred_at", "id"),
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in ("role_id", "group_id", "item_id", "case_id")
        ),
        Index(None, "tenant_id", "rated_id", unique=True, postgresql_where=sql("rated_id IS NOT NULL")),
        one_of("kind", FeedbackKind),
        one_of("status", FeedbackStatus),
        one_of("rated_type", RatedKind),
        one_of("medium", Medium),
        one_of("clock_result", ClockResult),
        check("score", "(kind = 'RATING') = (score IS NOT NULL) AND (score IS NULL OR score BETWEEN 1 AND 5)"),
        check("clock", "(due_at IS NULL) = (clock_result IS NULL)"),
        check("rated", "(rated_type IS NULL) = (rated_id IS NULL) AND (rated_id IS NULL OR kind = 'RATING')"),
        check("assigned", "role_id IS NULL OR group_id IS NULL"),
        check("duplicate_of", "duplicate_of <> id"),
        check("reopen_count", "reopen_count >= 0"),
        customer="customer_id",
        without_customer=VOICE_IS_FOR,
    )

    customer_id: UUID | None = None
    kind: str = words()
    status: str = words()
    text: str | None = words(default=None, nullable=True)
    score: int | None = whole(default=None, nullable=True)
    voice_name: str | None = words(default=None, nullable=True)
    voice_contact: str | None = words(default=None, nullable=True)
    item_id: UUID | None = None
    case_id: UUID | None = None
    staff_id: UUID | None = None
    store_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    medium: str | None = words(default=None, nullable=True)
    due_at: datetime | None = instant(nullable=True)
    clock_result: str | None = words(default=None, nullable=True)
    acknowledged_at: datetime | None = instant(nullable=True)
    answered_at: datetime | None = instant(nullable=True)
    answer_text: str | None = words(default=None, nullable=True)
    answer_touchpoint_id: UUID | None = None
    resolved_at: datetime | None = instant(nullable=True)
    declined_reason: str | None = words(default=None, nullable=True)
    reopen_count: int = whole(default=0)
    duplicate_of: UUID | None = None
    rated_type: str | None = words(default=None, nullable=True)
    rated_id: UUID | None = None
    confirmed: bool | None = Field(default=None, sa_type=Boolean, nullable=True)
    version: int = whole(default=1)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
    updated_at: datetime = instant()


def _seen_with_its_feedback(table: str) -> str:
    """What is told of a voice is for whoever may see the voice: its own policy holds inside."""
    return f"EXISTS (SELECT 1 FROM feedback f WHERE f.tenant_id = {table}.tenant_id AND f.id = {table}.feedback_id)"  # noqa: S608  # the names of two tables of this file


class FeedbackClock(TenantRow, table=True):
    """One period in which an answer was awaited. Its result, once there, stays; reopening starts the next one.

    The first one also says by when somebody had to take the matter on (`ack_due_at`), when that was, and whether in time;
    LATE without `acknowledged_at` is nobody yet.
    """

    __tablename__ = "feedback_clocks"
    __table_args__ = tenant_table(
        references("feedback_id", "feedback"),
        references("customer_id", "customers"),
        UniqueConstraint("tenant_id", "feedback_id", "number"),
        Index(None, "tenant_id", "due_at", "id"),
        Index(None, "tenant_id", "stopped_at", "id", postgresql_where=sql("stopped_at IS NOT NULL")),
        one_of("result", ClockResult),
        one_of("ack_result", ClockResult),
        check("number", "number > 0"),
        check("stopped", "(stopped_at IS NULL) = (result = 'RUNNING')"),
        check("ack", "(ack_due_at IS NULL) = (ack_result IS NULL)"),
        customer="customer_id",
        without_customer=_seen_with_its_feedback("feedback_clocks"),
    )

    feedback_id: UUID
    customer_id: UUID | None = None
    number: int = whole()
    started_at: datetime = instant()
    due_at: datetime = instant()
    stopped_at: datetime | None = instant(nullable=True)
    result: str = words(default=ClockResult.RUNNING.value)
    ack_due_at: datetime | None = instant(nullable=True)
    acknowledged_at: datetime | None = instant(nullable=True)
    ack_result: str | None = words(default=None, nullable=True)
    recorded_at: datetime = instant()


class FeedbackMove(TenantRow, table=True):
    """One change of status. The first one has no `from_status`."""

    __tablename__ = "feedback_moves"
    __table_args__ = tenant_table(
        references("feedback_id", "feedback"),
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "feedback_id", "recorded_at", "id"),
        one_of("from_status", FeedbackStatus),
        one_of("to_status", FeedbackStatus),
        customer="customer_id",
        without_customer=_seen_with_its_feedback("feedback_moves"),
        append_only=True,
    )

    feedback_id: UUID
    customer_id: UUID | None = None
    from_status: str | None = words(default=None, nullable=True)
    to_status: str = words()
    staff_id: UUID | None = None
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()


class FeedbackPolicy(TenantRow, table=True):
    """What the brand said about answering, as a document (see `policy`); without a row the lists hold."""

    __tablename__ = "feedback_policies"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id"))

    said: dict[str, Any] = document()
    version: int = whole(default=1)
    recorded_at: datetime = instant()
