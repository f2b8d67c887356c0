"""Orders 订单: what customers bought, what it came to, and what was given back."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import select

from server.access.permissions import Permission
from server.customers.tables import FactWords
from server.db.reader import Reader
from server.db.statements import table_of
from server.operations.tables import StoreAncestor
from server.orders import tables
from server.orders.order_terms import RefundState
from server.orders.totals import OrderAct, refusal
from server.planner.declarations import by_id, column, computed, connection, link, links
from server.planner.filters import ChoiceFilter, DateTimeFilter, IdFilter, filter_type, matches, orders
from server.planner.nodes import node
from server.schema.available_actions import AvailableAction, available_actions
from server.schema.external_refs import ExternalRef, external_refs_field
from server.schema.items import Item
from server.schema.nodes import Connection, Node
from server.schema.roles_of_rows import RatedThing
from server.schema.scalars import Money, money

if TYPE_CHECKING:
    from server.schema.cases import Case
    from server.schema.channels import Channel
    from server.schema.customers import Customer
    from server.schema.service_units import OpsGroup, ServiceRole
    from server.schema.staff import StaffMember
    from server.schema.stores import Store

_rows, _lines = table_of(tables.Order).c, table_of(tables.OrderLine).c
_refunds, _words = table_of(tables.OrderRefund).c, table_of(FactWords).c

_reason = (
    select(_words.words)
    .where(_words.tenant_id == _refunds.tenant_id, _words.fact_id == _refunds.id)
    .correlate(table_of(tables.OrderRefund))
    .scalar_subquery()
)

ORDER_ORDERS = orders("Order", PLACED_AT=_rows.occurred_at, UPDATED_AT=_rows.updated_at)
REFUND_ORDERS = orders("OrderRefund", OCCURRED_AT=_refunds.occurred_at)


@strawberry.input(description="Which orders.")
class OrderFilter:
    customer: IdFilter | None = matches(_rows.customer_id, id_of="Customer", description="Whose.")
    case: IdFilter | None = matches(_rows.case_id, id_of="Case", description="In which case.")
    item: IdFilter | None = matches(
        _lines.item_id, via={_lines.order_id: _rows.id}, id_of="Item", description="With a line of this item."
    )
    staff: IdFilter | None = matches(_rows.staff_id, id_of="StaffMember", description="Through whom it came.")
    role: IdFilter | None = matches(_rows.role_id, id_of="ServiceRole", description="Through which role.")
    group: IdFilter | None = matches(_rows.group_id, id_of="OpsGroup", description="Through which ops group.")
    channel: IdFilter | None = matches(_rows.channel_id, id_of="Channel", description="Through which channel.")
    store: IdFilter | None = matches(_rows.store_id, id_of="Store", description="Through which store.")
    within_store: IdFilter | None = matches(
        StoreAncestor.ancestor_id,
        via={StoreAncestor.store_id: _rows.store_id},
        id_of="Store",
        description="Through this store or any store below it.",
    )
    refund_state: ChoiceFilter[RefundState] | None = matches(
        _rows.refund_state, description="How much of it was given back."
    )
    placed_at: DateTimeFilter | None = matches(_rows.occurred_at, description="When it was placed.")
    delivered_at: DateTimeFilter | None = matches(
        _rows.delivered_at, description="When it was delivered; `isNull: true` for what was not."
    )
    updated_at: DateTimeFilter | None = matches(_rows.updated_at, description="When it last changed.")


ORDER_FILTER = filter_type(OrderFilter)


async def _actions(reader: Reader, rows: Sequence[Any]) -> list[list[AvailableAction]]:
    judged = [[(OrderAct.REFUND, refusal(int(row.paid), int(row.refunded)))] for row in rows]
    return available_actions(reader.call, Permission.ORDER_WRITE, judged)


@node(
    tables.OrderLine,
    permission=Permission.ORDER_READ,
    description="One line of an order 订单明细: an item of the brand, or free words.",
)
class OrderLine(Node):
    order: Annotated["Order", strawberry.lazy("server.schema.orders")] | None = link(
        _lines.order_id, description="Its order."
    )
    number: int = column(_lines.number, description="Its place in the order, from 1.")
    item: Item | None = link(_lines.item_id, description="What was bought, where it is an item of the brand.")
    text: str | None = column(
        _lines.words, personal=True, description="What was bought, in free words. Empty after erasure."
    )
    quantity: int = column(_lines.quantity, description="How many.")
    amount: Money = money(
        _lines.amount_minor, _lines.currency, description="What they cost together, before the discount."
    )
    discount: Money = money(_lines.discount_minor, _lines.currency, description="The discount on this line.")
    total: Money = money(_lines.total_minor, _lines.currency, description="`amount` less `discount`, exactly.")
    refunded: Money = money(
        _lines.refunded_minor,
        _lines.currency,
        description="How much of this line was given back, by refunds that name it.",
    )
    recorded_at: datetime = column(_lines.recorded_at, description="When it was recorded.")


@node(
    tables.OrderRefund,
    permission=Permission.ORDER_READ,
    description="One time something was given back 退款. Never changed, never removed.",
)
class OrderRefund(Node):
    order: Annotated["Order", strawberry.lazy("server.schema.orders")] | None = link(
        _refunds.order_id, description="Of which order."
    )
    line: OrderLine | None = link(_refunds.order_line_id, description="Of which line; null: of the order.")
    amount: Money = money(_refunds.amount_minor, _refunds.currency, description="How much.")
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _refunds.staff_id, description="Who gave it back; null for programs and owners."
    )
    reason: str | None = column(_reason, personal=True, description="Why, where it was said. Empty after erasure.")
    external_refs: list[ExternalRef] = external_refs_field("OrderRefund")
    occurred_at: datetime = column(_refunds.occurred_at, description="When; may be past.")
    recorded_at: datetime = column(_refunds.recorded_at, description="When that was recorded.")


@node(
    tables.Order,
    permission=Permission.ORDER_READ,
    description="What a person or a company bought 订单, in one currency.",
)
class Order(RatedThing):
    customer: Annotated["Customer", strawberry.lazy("server.schema.customers")] | None = link(
        _rows.customer_id, description="Who bought: a person or a company."
    )
    case: Annotated["Case", strawberry.lazy("server.schema.cases")] | None = link(
        _rows.case_id, description="The case it belongs to."
    )
    staff: Annotated["StaffMember", strawberry.lazy("server.schema.staff")] | None = link(
        _rows.staff_id, description="The staff member it came through."
    )
    role: Annotated["ServiceRole", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.role_id, description="The role they were in then."
    )
    group: Annotated["OpsGroup", strawberry.lazy("server.schema.service_units")] | None = link(
        _rows.group_id, description="The ops group they were in then."
    )
    channel: Annotated["Channel", strawberry.lazy("server.schema.channels")] | None = link(
        _rows.channel_id, description="The channel it came through."
    )
    store: Annotated["Store", strawberry.lazy("server.schema.stores")] | None = link(
        _rows.store_id, description="The store it came through."
    )
    lines: list[OrderLine] = links(
        by=_lines.order_id, order=[_lines.number], description="What was bought, line by line."
    )
    lines_total: Money = money(
        _rows.lines_minor, _rows.currency, description="The sum of its lines less their own discounts, exactly."
    )
    discount: Money = money(
        _rows.discount_minor, _rows.currency, description="The discount on the whole 优惠, besides those of the lines."
    )
    discount_reason: str | None = column(
        _rows.discount_reason, personal=True, description="Why there was a discount. Empty after erasure."
    )
    total: Money = money(_rows.total_minor, _rows.currency, description="`linesTotal` less `discount`, exactly.")
    paid: Money = money(_rows.paid_minor, _rows.currency, description="How much of the total was paid.")
    refunded: Money = money(
        _rows.refunded_minor, _rows.currency, description="How much was given back in all; never more than was paid."
    )
    refund_state: RefundState = column(_rows.refund_state, description="How much of what was paid was given back.")
    refunds: Connection[OrderRefund] = connection(
        by=_refunds.order_id, orders=REFUND_ORDERS, description="Each time something was given back 退款, newest first."
    )
    available_actions: list[AvailableAction] = computed(
        _actions,
        needs={"paid": _rows.paid_minor, "refunded": _rows.refunded_minor},
        description="Every act on this order, whether it would be refused to you now, and why.",
    )
    external_refs: list[ExternalRef] = external_refs_field("Order")
    version: int = column(_rows.version, description="Rises with every change.")
    placed_at: datetime = column(_rows.occurred_at, description="When it was placed; may be past.")
    delivered_at: datetime | None = column(
        _rows.delivered_at, description="When it was delivered; null where it was not, or nobody said so."
    )
    recorded_at: datetime = column(_rows.recorded_at, description="When it was recorded.")
    updated_at: datetime = column(_rows.updated_at, description="When it last changed.")


@strawberry.type
class OrderQueries:
    orders: Connection[Order] = connection(
        orders=ORDER_ORDERS,
        filter=ORDER_FILTER,
        permission=Permission.ORDER_READ,
        description="Orders 订单 of the customers in the caller's data scope, newest first.",
    )
    order: Order | None = by_id(
        permission=Permission.ORDER_READ, description="One order; null where it is not there or not yours to see."
    )
