"""What was bought, what it came to, and what was given back: whole minor units, one currency per order."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from server.db.tables import TenantRow, check, instant, one_of, references, tenant_table, text, whole
from server.orders.order_terms import RefundState

SELDOM = ("case_id", "channel_id", "role_id", "group_id")


class Order(TenantRow, table=True):
    """One order. `lines_minor` repeats the sum of its lines less their discounts; `discount_minor` is on the whole."""

    __tablename__ = "orders"
    __table_args__ = tenant_table(
        references("customer_id", "customers"),
        references("case_id", "cases"),
        references("store_id", "stores"),
        references("staff_id", "staff_members"),
        references("role_id", "service_roles"),
        references("group_id", "ops_groups"),
        references("channel_id", "channels"),
        Index(None, "tenant_id", "occurred_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "customer_id", "occurred_at", "id"),
        Index(None, "tenant_id", "customer_id", "updated_at", "id"),
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id")
            for narrowed in ("store_id", "staff_id", "refund_state")
        ),
        *(
            Index(None, "tenant_id", narrowed, "occurred_at", "id", postgresql_where=sql(f"{narrowed} IS NOT NULL"))
            for narrowed in SELDOM
        ),
        one_of("refund_state", RefundState),
        check("total", "total_minor = lines_minor - discount_minor"),
        check("amounts", "discount_minor >= 0 AND 0 <= refunded_minor AND refunded_minor <= paid_minor"),
        check("paid", "paid_minor <= total_minor"),
        check("refunded", "(refund_state = 'NONE') = (refunded_minor = 0)"),
        check("wholly", "(refund_state = 'WHOLLY') = (refunded_minor > 0 AND refunded_minor = paid_minor)"),
        check("delivered", "delivered_at >= occurred_at"),
        check("capacity", "role_id IS NULL OR group_id IS NULL"),
        customer="customer_id",
    )

    customer_id: UUID
    case_id: UUID | None = None
    store_id: UUID | None = None
    staff_id: UUID | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    channel_id: UUID | None = None
    currency: str = text()
    lines_minor: int = whole()
    discount_minor: int = whole(default=0)
    discount_reason: str | None = text(default=None, nullable=True)
    total_minor: int = whole()
    paid_minor: int = whole()
    refunded_minor: int = whole(default=0)
    refund_state: str = text(default=RefundState.NONE.value)
    delivered_at: datetime | None = instant(nullable=True)
    version: int = whole(default=1)
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
    updated_at: datetime = instant()


class OrderLine(TenantRow, table=True):
    """One line; `number` is its place, from 1. `amount_minor` is for all of the quantity, before the discount."""

    __tablename__ = "order_lines"
    __table_args__ = tenant_table(
        references("order_id", "orders"),
        references("customer_id", "customers"),
        references("item_id", "items"),
        UniqueConstraint("tenant_id", "order_id", "number"),
        Index(None, "tenant_id", "item_id", "order_id", postgresql_where=sql("item_id IS NOT NULL")),
        check("number", "number > 0"),
        check("something", "item_id IS NOT NULL OR words IS NOT NULL"),
        check("quantity", "quantity > 0"),
        check("total", "total_minor = amount_minor - discount_minor"),
        check("amounts", "discount_minor >= 0 AND 0 <= refunded_minor AND refunded_minor <= total_minor"),
        customer="customer_id",
    )

    order_id: UUID
    customer_id: UUID
    number: int = whole()
    item_id: UUID | None = None
    words: str | None = text(default=None, nullable=True)
    quantity: int = whole()
    currency: str = text()
    amount_minor: int = whole()
    discount_minor: int = whole(default=0)
    total_minor: int = whole()
    refunded_minor: int = whole(default=0)
    recorded_at: datetime = instant()


class OrderRefund(TenantRow, table=True):
    """One time something was given back, of one line or of the order. Why lies beside it, in `fact_words`."""

    __tablename__ = "order_refunds"
    __table_args__ = tenant_table(
        references("order_id", "orders"),
        references("order_line_id", "order_lines"),
        references("customer_id", "customers"),
        references("staff_id", "staff_members"),
        Index(None, "tenant_id", "order_id", "occurred_at", "id"),
        Index(None, "tenant_id", "order_line_id", postgresql_where=sql("order_line_id IS NOT NULL")),
        check("amount", "amount_minor > 0"),
        customer="customer_id",
        append_only=True,
    )

    order_id: UUID
    order_line_id: UUID | None = None
    customer_id: UUID
    staff_id: UUID | None = None
    currency: str = text()
    amount_minor: int = whole()
    occurred_at: datetime = instant()
    recorded_at: datetime = instant()
