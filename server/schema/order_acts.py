"""The acts on orders 订单: record one or many, give back what was paid."""

from datetime import datetime
from typing import Any

import strawberry

from server.access.permissions import Permission
from server.db.work import Work
from server.lifecycles import surprises
from server.orders import commands
from server.orders.service import recording, refunding
from server.orders.tables import OrderRefund as OrderRefundRow
from server.planner.call import Call
from server.planner.declarations import ref, value
from server.schema.bulk import row_by_row
from server.schema.external_refs import ExternalRefInput, external_ref_commands, external_refs_input
from server.schema.items import amount_given
from server.schema.mutations import Payload, id_of, id_or_none, idempotency_key, mutation
from server.schema.orders import Order, OrderRefund
from server.schema.scalars import MoneyInput
from server.schema.user_errors import UserError


@strawberry.input(description="One line: an item, free words, or both.")
class OrderLineInput:
    item_id: strawberry.ID | None = strawberry.field(default=None, description="What was bought, if it is an item.")
    text: str | None = strawberry.field(
        default=None, description="What was bought in free words, 1 to 500 characters; needed without an item."
    )
    quantity: int = strawberry.field(default=1, description="How many, at least 1.")
    amount: MoneyInput = strawberry.field(
        description="What they cost together, before the discount; not negative. All amounts of an order are in one currency."
    )
    discount: MoneyInput | None = strawberry.field(
        default=None, description="The discount on this line; not more than `amount`."
    )


@strawberry.input(description="What a customer bought.")
class OrderInput:
    customer_id: strawberry.ID = strawberry.field(description="Who bought: a person or a company.")
    lines: list[OrderLineInput] = strawberry.field(description="What was bought: 1 to 200 lines.")
    discount: MoneyInput | None = strawberry.field(
        default=None, description="A discount on the whole, besides those of the lines; not more than they come to."
    )
    discount_reason: str | None = strawberry.field(
        default=None, description="Why there is a discount, 1 to 500 characters."
    )
    paid: MoneyInput | None = strawberry.field(
        default=None, description="How much of the total was paid; all of it if left out."
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The customer's case it belongs to.")
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store it came through; where the staff member serves if left out."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Through whom it came; the calling staff member if left out."
    )
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="The channel it came through.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it was placed; now if left out. Not in the future."
    )
    delivered_at: datetime | None = strawberry.field(
        default=None, description="When it was delivered; neither before it was placed nor in the future."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()


@strawberry.input(description="What a customer bought.")
class RecordOrderInput(OrderInput):
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Orders of another system.")
class RecordOrdersInput:
    orders: list[OrderInput] = strawberry.field(description="1 to 100 orders.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="What is given back.")
class OrderRefundInput:
    order_id: strawberry.ID = strawberry.field(description="Global id of the order, or `ref:<system>:<id>`.")
    line_id: strawberry.ID | None = strawberry.field(
        default=None, description="A line of the order; left out, it is given back of the order as a whole."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much, in the order's currency; all that is left if left out."
    )
    reason: str | None = strawberry.field(default=None, description="Why, 1 to 500 characters.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When; now if left out. Neither before the order nor in the future."
    )
    external_refs: list[ExternalRefInput] | None = external_refs_input()


@strawberry.input(description="What is given back.")
class RefundOrderInput(OrderRefundInput):
    client_mutation_id: str | None = idempotency_key()


@strawberry.input(description="Refunds of another system.")
class RefundOrdersInput:
    refunds: list[OrderRefundInput] = strawberry.field(description="1 to 100 refunds.")
    client_mutation_id: str | None = idempotency_key()


@strawberry.type(description="What recording an order answers.")
class RecordOrderPayload(Payload):
    order: Order | None = value(description="The order: new, or the one these external ids belong to.")


@strawberry.type(description="What became of one row.")
class RecordOrderResult:
    order: Order | None = value(description="The order; null where the row was refused.")
    user_errors: list[UserError] = value(
        description='Why this row was refused; empty when it was recorded. Paths start with ["orders", "<row>"], the '
        "first row being 0."
    )


@strawberry.type(description="What became of the rows.")
class RecordOrdersPayload(Payload):
    results: list[RecordOrderResult] = value(
        description="One result per row, in order. A refused row leaves the others alone. Empty where all was refused "
        "at once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@strawberry.type(description="What a refund answers.")
class RefundOrderPayload(Payload):
    order: Order | None = value(description="The order as it is now.")
    order_refund: OrderRefund | None = value(description="The refund: new, or the one these external ids belong to.")


@strawberry.type(description="What became of one row.")
class RefundOrderResult:
    order_refund: OrderRefund | None = value(description="The refund; null where the row was refused.")
    user_errors: list[UserError] = value(
        description='Why this row was refused; empty when it was recorded. Paths start with ["refunds", "<row>"], the '
        "first row being 0."
    )


@strawberry.type(description="What became of the rows.")
class RefundOrdersPayload(Payload):
    results: list[RefundOrderResult] = value(
        description="One result per row, in order. A refused row leaves the others alone. Empty where all was refused "
        "at once."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.results = self.results or []


@mutation(
    Permission.ORDER_WRITE,
    description="Record what a customer bought 订单. One known by an external id is never doubled: it is brought up to date. "
    "Lines, discount and paid are replaced, of the rest what is left out stays; the same again changes nothing.",
)
async def record_order(work: Work, input: RecordOrderInput) -> RecordOrderPayload:
    order = await recording.record_order(work, commands.RecordOrder(**await _ordered(work, input)))
    await surprises.ordered(work, [order])
    return RecordOrderPayload(order=ref(order.id))


@mutation(
    Permission.ORDER_WRITE,
    description="Record up to 100 orders 订单 of another system, each by itself: a refused one leaves the others alone. "
    "Known by external ids they are brought up to date, never doubled.",
)
async def record_orders(work: Work, input: RecordOrdersInput, call: Call) -> RecordOrdersPayload:
    async def command(row: OrderInput) -> commands.RecordOrder:
        return commands.RecordOrder(**await _ordered(work, row))

    async def record(rows: Any) -> Any:
        recorded = await recording.record_orders(work, rows)
        await surprises.ordered(work, recorded)
        return recorded

    told = await row_by_row("orders", input.orders, command, record, call)
    return RecordOrdersPayload(results=[RecordOrderResult(order=one, user_errors=errors) for one, errors in told])


@mutation(
    Permission.ORDER_WRITE,
    description="Give back some of what was paid 退款, of one line or of the order; never more than was paid and is left, "
    "however many refund at once. A refund known by an external id is not made again.",
)
async def refund_order(work: Work, input: RefundOrderInput) -> RefundOrderPayload:
    refund = await refunding.refund_order(work, await _refunded(work, input))
    return RefundOrderPayload(order=ref(refund.order_id), order_refund=ref(refund.id))


@mutation(
    Permission.ORDER_WRITE,
    description="Record up to 100 refunds 退款 of another system, each by itself, in order: a refused one leaves the others "
    "alone.",
)
async def refund_orders(work: Work, input: RefundOrdersInput, call: Call) -> RefundOrdersPayload:
    async def command(row: OrderRefundInput) -> commands.RefundOrder:
        return await _refunded(work, row)

    async def record(rows: Any) -> list[OrderRefundRow | Exception]:
        return list(await refunding.refund_orders(work, rows))

    told = await row_by_row("refunds", input.refunds, command, record, call)
    return RefundOrdersPayload(
        results=[RefundOrderResult(order_refund=one, user_errors=errors) for one, errors in told]
    )


async def _ordered(work: Work, input: OrderInput) -> dict[str, Any]:
    return {
        "customer_id": await id_of(work, "Customer", input.customer_id, "customer_id"),
        "lines": [await _line(work, line, number) for number, line in enumerate(input.lines)],
        "discount": amount_given(input.discount),
        "discount_reason": input.discount_reason,
        "paid": amount_given(input.paid),
        "case_id": await id_or_none(work, "Case", input.case_id, "case_id"),
        "store_id": await id_or_none(work, "Store", input.store_id, "store_id"),
        "staff_id": await id_or_none(work, "StaffMember", input.staff_id, "staff_id"),
        "channel_id": await id_or_none(work, "Channel", input.channel_id, "channel_id"),
        "occurred_at": input.occurred_at,
        "delivered_at": input.delivered_at,
        "external_refs": external_ref_commands(input.external_refs),
    }


async def _line(work: Work, line: OrderLineInput, number: int) -> dict[str, Any]:
    return {
        "item_id": await id_or_none(work, "Item", line.item_id, "lines", number, "item_id"),
        "text": line.text,
        "quantity": line.quantity,
        "amount": amount_given(line.amount),
        "discount": amount_given(line.discount),
    }


async def _refunded(work: Work, input: OrderRefundInput) -> commands.RefundOrder:
    given: dict[str, Any] = {
        "order_id": await id_of(work, "Order", input.order_id, "order_id"),
        "line_id": await id_or_none(work, "OrderLine", input.line_id, "line_id"),
        "amount": amount_given(input.amount),
        "reason": input.reason,
        "occurred_at": input.occurred_at,
        "external_refs": external_ref_commands(input.external_refs),
    }
    return commands.RefundOrder(**given)
