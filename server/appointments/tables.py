"""When customers are expected, whether they came, and every time that was ever agreed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from server.appointments.appointment_terms import AppointmentStatus, CancelledBy
from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole

SELDOM = ("case_id", "subject_id", "item_id", "role_id", "group_id")


class Appointment(TenantRow, table=True):
    """One visit. `starts_at` and `ends_at` are of the last time agreed; `settled_at` is when it came to its status.

    `role_id` or `group_id` is who receives: the role named, or the capacity `staff_id` had when it was booked.
    """

    __tablename__ = "appointments"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("subject_id", "subjects"),
        references("item_id", "items"),
        references("store_id", "stores"),
        references("staff_id", "staff_members"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        Index(None, "tenant_id", "starts_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "starts_at", "id"),
        Index(None, "tenant_id", "customer_id", "updated_at", "id"),
        *(Index(None, "tenant_id", narrowed, "starts_at", "id") for narrowed in ("status", "staff_id", "store_id")),
        *(
            Index(None, "tenant_id", narrowed, "starts_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in SELDOM
        ),
        Index(None, "tenant_id", "store_id", "status", "starts_at", "id"),
        Index(None, "tenant_id", "staff_id", "status", "starts_at", "id"),
        one_of("status", AppointmentStatus),
        one_of("cancelled_by", CancelledBy),
        check("settled", "(settled_at IS NULL) = (status IN ('BOOKED', 'RESCHEDULED'))"),
        check("cancelled", "(cancelled_by IS NOT NULL) = (status = 'CANCELLED')"),
        check("times", "ends_at > starts_at"),
        check("booked", "occurred_at <= starts_at OR times > 1"),
        check("moved", "times > 0"),
        check("capacity", "role_id IS NULL OR group_id IS NULL"),
        customer="customer_id",
    )

    customer_id: UUID
    case_id: UUID | None = None
    subject_id: UUID | None = None
    item_id: UUID | None = None
    store_id: UUID | None = None
    staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    status: str = text(default=AppointmentStatus.BOOKED.value)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    times: int = whole(default=1)
    settled_at: datetime | None = instant(nullable=True)
    cancelled_by: str | None = text(default=None, nullable=True)
    reason: str | None = text(default=None, nullable=True)
    version: int = whole(default=1)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
    updated_at: datetime = instant()


class AppointmentTime(TenantRow, table=True):
    """One time that was agreed: number 1 when it was booked, the next with every move. `staff_id` agreed it."""

    __tablename__ = "appointment_times"
    __table_args__ = tenant_table(
        references("appointment_id", "appointments"),
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        UniqueConstraint("tenant_id", "appointment_id", "number"),
        check("number", "number > 0"),
        check("times", "ends_at > starts_at"),
        customer="customer_id",
        append_only=True,
    )

    appointment_id: UUID
    customer_id: UUID
    number: int = whole()
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    staff_id: UUID | None = None
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
