"""What this room emits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.events.catalogue import Event, event, fact, points_to


@dataclass(frozen=True, kw_only=True)
class _OfOrder(Event):
    """What every event about a whole order carries. Amounts are in minor units of the order's currency."""

    order_id: UUID = points_to("Order", "The order.")
    customer_id: UUID = points_to("Customer", "Who bought.")
    order_version: int = fact("The order's version from now on.")


@dataclass(frozen=True, kw_only=True)
class _Told(_OfOrder):
    case_id: UUID | None = points_to("Case", "The case it belongs to.")
    store_id: UUID | None = points_to("Store", "The store it came through.")
    staff_id: UUID | None = points_to("StaffMember", "The staff member it came through.")
    role_id: UUID | None = points_to("ServiceRole", "The role they were in.")
    group_id: UUID | None = points_to("OpsGroup", "The ops group they were in.")
    channel_id: UUID | None = points_to("Channel", "The channel it came through.")
    lines_minor: int = fact("What the lines come to less their own discounts.")
    discount_minor: int = fact("The discount on the whole.")
    total_minor: int = fact("What the order comes to.")
    paid_minor: int = fact("What of that was paid.")
    delivered_at: datetime | None = fact("When it was delivered, where it was.")


@event("order.recorded", subject="Order", subject_field="order_id", description="A customer bought something.")
@dataclass(frozen=True, kw_only=True)
class OrderRecorded(_Told):
    pass


@event(
    "order.changed",
    subject="Order",
    subject_field="order_id",
    description="An order was brought up to date: its amounts, its lines, what was paid, or that it was delivered.",
)
@dataclass(frozen=True, kw_only=True)
class OrderChanged(_Told):
    pass


@dataclass(frozen=True, kw_only=True)
class _OfLine(Event):
    order_line_id: UUID = points_to("OrderLine", "The line.")
    order_id: UUID = points_to("Order", "Its order.")
    customer_id: UUID = points_to("Customer", "Who bought.")
    number: int = fact("Its place in the order, from 1.")


@event(
    "order_line.recorded",
    subject="OrderLine",
    subject_field="order_line_id",
    description="A line of an order, new or changed.",
)
@dataclass(frozen=True, kw_only=True)
class OrderLineRecorded(_OfLine):
    item_id: UUID | None = points_to("Item", "What was bought, where it is an item of ours.")
    quantity: int = fact("How many.")
    amount_minor: int = fact("What they cost together, in minor units of the order's currency.")
    discount_minor: int = fact("The discount on the line.")


@event(
    "order_line.removed",
    subject="OrderLine",
    subject_field="order_line_id",
    description="An order was told anew without this line.",
)
@dataclass(frozen=True, kw_only=True)
class OrderLineRemoved(_OfLine):
    pass


@event("order.refunded", subject="Order", subject_field="order_id", description="Something was given back.")
@dataclass(frozen=True, kw_only=True)
class OrderRefunded(_OfOrder):
    order_refund_id: UUID = points_to("OrderRefund", "The refund.")
    order_line_id: UUID | None = points_to("OrderLine", "The line it is for; null: the order.")
    staff_id: UUID | None = points_to("StaffMember", "Who gave it back.")
    amount_minor: int = fact("How much, in minor units of the order's currency.")
    refunded_minor: int = fact("How much of the order has been given back in all.")
