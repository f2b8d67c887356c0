"""Some of what was paid is given back: of an order or of one of its lines.

The order's row is held from before it is asked what is left until the act ends, so refunds of one order happen one after the
other and cannot overdraw it.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.customers import visibility
from server.customers.tables import FactWords
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.items.errors import NegativeAmount
from server.items.prices import Amount
from server.orders import errors, queries
from server.orders.commands import RefundOrder
from server.orders.events import OrderRefunded
from server.orders.tables import Order, OrderLine, OrderRefund
from server.orders.totals import refund_state, to_refund
from server.tenants import currencies, external_refs
from server.touchpoints.circumstances import time_of_fact


async def refund_order(work: Work, command: RefundOrder) -> OrderRefund:
    """Give back an amount, or all that is left. A refund known by an external id is not made again.

    Raises NotFound, RefundTooLarge, NothingToRefund, NegativeAmount, Invalid, SeveralCurrencies, RefundBeforeOrder,
    InTheFuture, OtherRefund.
    """
    await external_refs.hold(work, "OrderRefund", command.external_refs)
    return await _refund(work, command)


async def refund_orders(work: Work, commands: Sequence[RefundOrder]) -> list[OrderRefund | DomainError]:
    """Many refunds, each by itself: one answer per command, in order. Several of one order count one after the other."""
    await external_refs.hold(work, "OrderRefund", [ref for command in commands for ref in command.external_refs])
    await queries.hold_orders(work, {command.order_id for command in commands})
    return await work.one_by_one(commands, lambda command: _refund(work, command))


async def _refund(work: Work, command: RefundOrder) -> OrderRefund:
    order = await work.require(Order, command.order_id, "order_id", lock=True)
    await visibility.require_visible(work, order.customer_id, "order_id")
    line = await _line(work, command)
    asked = None if command.amount is None else _asked(command.amount, order.currency)
    known = await external_refs.known(work, "OrderRefund", command.external_refs)
    if known is not None:
        refund = await _made_before(work, command, await work.require(OrderRefund, known, "external_refs"), asked)
    else:
        refund = await _give_back(work, command, order, line, asked)
    await external_refs.attach(work, "OrderRefund", refund.id, command.external_refs, just_made=known is None)
    return refund


async def _line(work: Work, command: RefundOrder) -> OrderLine | None:
    if command.line_id is None:
        return None
    line = await work.require(OrderLine, command.line_id, "line_id")
    if line.order_id != command.order_id:
        raise NotFound("line_id")
    return line


async def _made_before(work: Work, command: RefundOrder, refund: OrderRefund, asked: int | None) -> OrderRefund:
    same = (refund.order_id, refund.order_line_id) == (command.order_id, command.line_id)
    if not same or asked not in (None, refund.amount_minor):
        raise errors.OtherRefund("external_refs", 0, "id")
    return refund


def _asked(given: Amount, currency: str) -> int:
    """In minor units of the order's currency; an amount that names none is in it."""
    if given.currency not in (None, currency):
        raise errors.SeveralCurrencies("amount", currencies=", ".join(sorted((currency, str(given.currency)))))
    if given.amount < 0:
        raise NegativeAmount("amount")
    if given.amount == 0:
        raise errors.NothingToRefund("amount")
    return currencies.minor_units(given.amount, currency, "amount", "amount")


async def _give_back(
    work: Work, command: RefundOrder, order: Order, line: OrderLine | None, asked: int | None
) -> OrderRefund:
    at = time_of_fact(work, command.occurred_at)
    if command.occurred_at is None:
        at = max(at, order.occurred_at)  # whoever recorded the order may have a clock that runs ahead of ours
    elif at < order.occurred_at:
        raise errors.RefundBeforeOrder("occurred_at")
    left_of_line = None if line is None else line.total_minor - line.refunded_minor
    amount = to_refund(asked, left_of_order=order.paid_minor - order.refunded_minor, left_of_line=left_of_line)
    refund = work.add(
        OrderRefund(
            order_id=order.id,
            order_line_id=None if line is None else line.id,
            customer_id=order.customer_id,
            staff_id=work.caller.staff_id,
            currency=order.currency,
            amount_minor=amount,
            occurred_at=at,
        )
    )
    if command.reason is not None:
        work.add(FactWords(customer_id=order.customer_id, fact_id=refund.id, words=command.reason))
    if line is not None:
        await work.change(line, refunded_minor=line.refunded_minor + amount)
    refunded = order.refunded_minor + amount
    state = refund_state(order.paid_minor, refunded)
    await work.change(order, refunded_minor=refunded, refund_state=state.value, updated_at=work.now)
    work.emit(
        OrderRefunded(
            order_id=order.id,
            customer_id=order.customer_id,
            order_version=order.version,
            order_refund_id=refund.id,
            order_line_id=refund.order_line_id,
            staff_id=refund.staff_id,
            amount_minor=amount,
            refunded_minor=refunded,
            occurred_at=at,
        )
    )
    return refund
