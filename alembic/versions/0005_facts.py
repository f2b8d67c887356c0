"""Facts of a deal: orders with lines and refunds, appointments with their times, promises

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(cancelled_by IS NOT NULL) = (status = 'CANCELLED')", name=op.f("ck_appointments_cancelled")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (status IN ('BOOKED', 'RESCHEDULED'))", name=op.f("ck_appointments_settled")
        ),
        sa.CheckConstraint("cancelled_by IN ('CUSTOMER', 'BRAND')", name=op.f("ck_appointments_cancelled_by")),
        sa.CheckConstraint(
            "status IN ('BOOKED', 'ARRIVED', 'NO_SHOW', 'CANCELLED', 'RESCHEDULED')",
            name=op.f("ck_appointments_status"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointments_times")),
        sa.CheckConstraint("occurred_at <= starts_at OR times > 1", name=op.f("ck_appointments_booked")),
        sa.CheckConstraint("role_id IS NULL OR group_id IS NULL", name=op.f("ck_appointments_capacity")),
        sa.CheckConstraint("times > 0", name=op.f("ck_appointments_moved")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_appointments_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_appointments_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["ops_groups.tenant_id", "ops_groups.id"],
            name=op.f("fk_appointments_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"], ["items.tenant_id", "items.id"], name=op.f("fk_appointments_tenant_id_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["service_roles.tenant_id", "service_roles.id"],
            name=op.f("fk_appointments_tenant_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_appointments_tenant_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"],
            ["stores.tenant_id", "stores.id"],
            name=op.f("fk_appointments_tenant_id_store_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "subject_id"],
            ["subjects.tenant_id", "subjects.id"],
            name=op.f("fk_appointments_tenant_id_subject_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_appointments")),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": False},
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_case_id_starts_at_id"),
        "appointments",
        ["tenant_id", "case_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_customer_id_starts_at_id"),
        "appointments",
        ["tenant_id", "customer_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_customer_id_updated_at_id"),
        "appointments",
        ["tenant_id", "customer_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_group_id_starts_at_id"),
        "appointments",
        ["tenant_id", "group_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_item_id_starts_at_id"),
        "appointments",
        ["tenant_id", "item_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("item_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_role_id_starts_at_id"),
        "appointments",
        ["tenant_id", "role_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("role_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_staff_id_starts_at_id"),
        "appointments",
        ["tenant_id", "staff_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_staff_id_status_starts_at_id"),
        "appointments",
        ["tenant_id", "staff_id", "status", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_starts_at_id"), "appointments", ["tenant_id", "starts_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_status_starts_at_id"),
        "appointments",
        ["tenant_id", "status", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_store_id_starts_at_id"),
        "appointments",
        ["tenant_id", "store_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_store_id_status_starts_at_id"),
        "appointments",
        ["tenant_id", "store_id", "status", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_subject_id_starts_at_id"),
        "appointments",
        ["tenant_id", "subject_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_appointments_tenant_id_updated_at_id"), "appointments", ["tenant_id", "updated_at", "id"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_reason", sa.Text(), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_state", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(refund_state = 'NONE') = (refunded_minor = 0)", name=op.f("ck_orders_refunded")),
        sa.CheckConstraint(
            "(refund_state = 'WHOLLY') = (refunded_minor > 0 AND refunded_minor = paid_minor)",
            name=op.f("ck_orders_wholly"),
        ),
        sa.CheckConstraint("refund_state IN ('NONE', 'PARTLY', 'WHOLLY')", name=op.f("ck_orders_refund_state")),
        sa.CheckConstraint("delivered_at >= occurred_at", name=op.f("ck_orders_delivered")),
        sa.CheckConstraint(
            "discount_minor >= 0 AND 0 <= refunded_minor AND refunded_minor <= paid_minor",
            name=op.f("ck_orders_amounts"),
        ),
        sa.CheckConstraint("paid_minor <= total_minor", name=op.f("ck_orders_paid")),
        sa.CheckConstraint("role_id IS NULL OR group_id IS NULL", name=op.f("ck_orders_capacity")),
        sa.CheckConstraint("total_minor = lines_minor - discount_minor", name=op.f("ck_orders_total")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_orders_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channels.tenant_id", "channels.id"],
            name=op.f("fk_orders_tenant_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_orders_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["ops_groups.tenant_id", "ops_groups.id"],
            name=op.f("fk_orders_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["service_roles.tenant_id", "service_roles.id"],
            name=op.f("fk_orders_tenant_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_orders_tenant_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"], ["stores.tenant_id", "stores.id"], name=op.f("fk_orders_tenant_id_store_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_orders")),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": False},
    )
    op.create_index(
        op.f("ix_orders_tenant_id_case_id_occurred_at_id"),
        "orders",
        ["tenant_id", "case_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_orders_tenant_id_channel_id_occurred_at_id"),
        "orders",
        ["tenant_id", "channel_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("channel_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_orders_tenant_id_customer_id_occurred_at_id"),
        "orders",
        ["tenant_id", "customer_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_tenant_id_customer_id_updated_at_id"),
        "orders",
        ["tenant_id", "customer_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_tenant_id_group_id_occurred_at_id"),
        "orders",
        ["tenant_id", "group_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_orders_tenant_id_occurred_at_id"), "orders", ["tenant_id", "occurred_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_orders_tenant_id_refund_state_occurred_at_id"),
        "orders",
        ["tenant_id", "refund_state", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_tenant_id_role_id_occurred_at_id"),
        "orders",
        ["tenant_id", "role_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("role_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_orders_tenant_id_staff_id_occurred_at_id"),
        "orders",
        ["tenant_id", "staff_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_tenant_id_store_id_occurred_at_id"),
        "orders",
        ["tenant_id", "store_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_tenant_id_updated_at_id"), "orders", ["tenant_id", "updated_at", "id"], unique=False
    )
    op.create_table(
        "promises",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("within_hours", sa.BigInteger(), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("kept_in_time", sa.Boolean(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(settled_at IS NULL) = (status = 'OPEN')", name=op.f("ck_promises_settled")),
        sa.CheckConstraint(
            "kept_in_time IS NULL OR (status IN ('KEPT', 'BROKEN') AND due_at IS NOT NULL)",
            name=op.f("ck_promises_in_time"),
        ),
        sa.CheckConstraint("status IN ('OPEN', 'KEPT', 'BROKEN', 'RELEASED')", name=op.f("ck_promises_status")),
        sa.CheckConstraint("customer_id IS NOT NULL OR case_id IS NULL", name=op.f("ck_promises_everyone")),
        sa.CheckConstraint("due_at >= occurred_at", name=op.f("ck_promises_due")),
        sa.CheckConstraint("role_id IS NULL OR group_id IS NULL", name=op.f("ck_promises_capacity")),
        sa.CheckConstraint("within_hours > 0", name=op.f("ck_promises_within_hours")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_promises_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_promises_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["ops_groups.tenant_id", "ops_groups.id"],
            name=op.f("fk_promises_tenant_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["service_roles.tenant_id", "service_roles.id"],
            name=op.f("fk_promises_tenant_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "settled_by_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_promises_tenant_id_settled_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_promises_tenant_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"], ["stores.tenant_id", "stores.id"], name=op.f("fk_promises_tenant_id_store_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promises")),
        info={"tenant": True, "customer": "customer_id", "without_customer": "true", "append_only": False},
    )
    op.create_index(
        op.f("ix_promises_tenant_id_case_id_occurred_at_id"),
        "promises",
        ["tenant_id", "case_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_promises_tenant_id_customer_id_occurred_at_id"),
        "promises",
        ["tenant_id", "customer_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_customer_id_updated_at_id"),
        "promises",
        ["tenant_id", "customer_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_group_id_occurred_at_id"),
        "promises",
        ["tenant_id", "group_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_promises_tenant_id_kept_in_time_occurred_at_id"),
        "promises",
        ["tenant_id", "kept_in_time", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_occurred_at_id"), "promises", ["tenant_id", "occurred_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_promises_tenant_id_role_id_occurred_at_id"),
        "promises",
        ["tenant_id", "role_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("role_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_promises_tenant_id_staff_id_occurred_at_id"),
        "promises",
        ["tenant_id", "staff_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_staff_id_status_due_at_id"),
        "promises",
        ["tenant_id", "staff_id", "status", "due_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_status_due_at_id"),
        "promises",
        ["tenant_id", "status", "due_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_status_occurred_at_id"),
        "promises",
        ["tenant_id", "status", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_store_id_occurred_at_id"),
        "promises",
        ["tenant_id", "store_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promises_tenant_id_updated_at_id"), "promises", ["tenant_id", "updated_at", "id"], unique=False
    )
    op.create_table(
        "appointment_times",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointment_times_times")),
        sa.CheckConstraint("number > 0", name=op.f("ck_appointment_times_number")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "appointment_id"],
            ["appointments.tenant_id", "appointments.id"],
            name=op.f("fk_appointment_times_tenant_id_appointment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_appointment_times_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_appointment_times_tenant_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_appointment_times")),
        sa.UniqueConstraint(
            "tenant_id", "appointment_id", "number", name=op.f("uq_appointment_times_tenant_id_appointment_id_number")
        ),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": True},
    )
    op.create_table(
        "order_lines",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "discount_minor >= 0 AND 0 <= refunded_minor AND refunded_minor <= total_minor",
            name=op.f("ck_order_lines_amounts"),
        ),
        sa.CheckConstraint("item_id IS NOT NULL OR words IS NOT NULL", name=op.f("ck_order_lines_something")),
        sa.CheckConstraint("number > 0", name=op.f("ck_order_lines_number")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("total_minor = amount_minor - discount_minor", name=op.f("ck_order_lines_total")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_order_lines_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"], ["items.tenant_id", "items.id"], name=op.f("fk_order_lines_tenant_id_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"], ["orders.tenant_id", "orders.id"], name=op.f("fk_order_lines_tenant_id_order_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("tenant_id", "order_id", "number", name=op.f("uq_order_lines_tenant_id_order_id_number")),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": False},
    )
    op.create_index(
        op.f("ix_order_lines_tenant_id_item_id_order_id"),
        "order_lines",
        ["tenant_id", "item_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("item_id IS NOT NULL"),
    )
    op.create_table(
        "order_refunds",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_order_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customers.tenant_id", "customers.id"],
            name=op.f("fk_order_refunds_tenant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["orders.tenant_id", "orders.id"],
            name=op.f("fk_order_refunds_tenant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["order_lines.tenant_id", "order_lines.id"],
            name=op.f("fk_order_refunds_tenant_id_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "staff_id"],
            ["staff_members.tenant_id", "staff_members.id"],
            name=op.f("fk_order_refunds_tenant_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_refunds")),
        info={"tenant": True, "customer": "customer_id", "without_customer": "false", "append_only": True},
    )
    op.create_index(
        op.f("ix_order_refunds_tenant_id_order_id_occurred_at_id"),
        "order_refunds",
        ["tenant_id", "order_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_order_refunds_tenant_id_order_line_id"),
        "order_refunds",
        ["tenant_id", "order_line_id"],
        unique=False,
        postgresql_where=sa.text("order_line_id IS NOT NULL"),
    )
    op.execute("ALTER TABLE appointments ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE appointments FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON appointments TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON appointments AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = appointments.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = appointments.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON appointments TO shuke_app")
    op.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE orders FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON orders TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON orders AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = orders.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = orders.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO shuke_app")
    op.execute("ALTER TABLE promises ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE promises FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON promises TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON promises AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (promises.customer_id IS NULL AND (true)) OR (SELECT true FROM customer_access a WHERE a.tenant_id = promises.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = promises.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON promises TO shuke_app")
    op.execute("ALTER TABLE appointment_times ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE appointment_times FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON appointment_times TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON appointment_times AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = appointment_times.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = appointment_times.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT ON appointment_times TO shuke_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON appointment_times FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()"
    )
    op.execute("ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE order_lines FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON order_lines TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON order_lines AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = order_lines.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = order_lines.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON order_lines TO shuke_app")
    op.execute("ALTER TABLE order_refunds ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE order_refunds FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON order_refunds TO shuke_app USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid)) WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))"
    )
    op.execute(
        "CREATE POLICY scope ON order_refunds AS RESTRICTIVE FOR SELECT TO shuke_app USING ((SELECT current_setting('app.scope')) = 'ALL' OR (SELECT true FROM customer_access a WHERE a.tenant_id = order_refunds.tenant_id AND a.staff_id = (SELECT nullif(current_setting('app.staff_id'), '')::uuid) AND a.customer_id = order_refunds.customer_id LIMIT 1))"
    )
    op.execute("GRANT SELECT, INSERT ON order_refunds TO shuke_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON order_refunds FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()"
    )


def downgrade() -> None:
    for table in ("order_refunds", "order_lines", "appointment_times", "promises", "orders", "appointments"):
        op.execute(f"DROP TABLE {table}")
