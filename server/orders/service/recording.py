"""Orders are recorded: one by one or in bulk, new or brought up to date.

Whoever names an order by an external id holds that id until the act ends, and the order's row, so the same order told twice
at once is one order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.customers import family, visibility
from server.db.work import Work
from server.errors import DomainError, NotFound
from server.items.errors import NegativeAmount
from server.items.prices import Amount
from server.operations.tables import Channel
from server.orders import errors, events, queries
from server.orders.commands import OrderLineGiven, RecordOrder
from server.orders.tables import Order, OrderLine
from server.orders.totals import LineSum, Totals, refund_state, require_refunds_covered, totals
from server.tenants import currencies, external_refs
from server.tenants import queries as tenants
from server.touchpoints.circumstances import capacity, time_of_fact
from server.touchpoints.queries import Named
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason

_THROUGH = ("case_id", "store_id", "staff_id", "channel_id")
"""Where an order came through; told anew it replaces, left out it stays."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """The amounts of a command in minor units of its one currency."""

    currency: str
    lines: tuple[LineSum, ...]
    totals: Totals

    def columns(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "lines_minor": self.totals.lines,
            "discount_minor": self.totals.discount,
            "total_minor": self.totals.total,
            "paid_minor": self.totals.paid,
        }


async def record_order(work: Work, command: RecordOrder) -> Order:
    """What a customer bought. Known by an external id, the order is brought up to date; the same again is nothing.

    Raises NotFound for what is named and is not there, InTheFuture, NegativeAmount, Invalid, SeveralCurrencies,
    DiscountTooLarge, PaidMoreThanTotal, DeliveredBeforeOrder, and of a known one OrderOfSomebodyElse, RefundedMore,
    OtherCurrencyThanRefunded.
    """
    await external_refs.hold(work, "Order", command.external_refs)
    return await _record(work, command)


async def record_orders(work: Work, commands: Sequence[RecordOrder]) -> list[Order | DomainError]:
    """Orders as another system has them. One answer per command, in order; a refused one leaves the others alone."""
    await external_refs.hold(work, "Order", [ref for command in commands for ref in command.external_refs])
    return await work.one_by_one(commands, lambda command: _record(work, command))


async def _record(work: Work, command: RecordOrder) -> Order:
    await visibility.require_visible(work, command.customer_id, "customer_id")
    sums = await _sums(work, command)
    await _require_items(work, command)
    known = await external_refs.known(work, "Order", command.external_refs)
    if known is None:
        order = await _place(work, command, sums)
    else:
        order = await work.require(Order, known, "external_refs", lock=True)
        if not await family.are_one(work, order.customer_id, command.customer_id):
            raise errors.OrderOfSomebodyElse("external_refs", 0, "id")
        await _bring_up_to_date(work, order, command, sums)
    await external_refs.attach(work, "Order", order.id, command.external_refs, just_made=known is None)
    if sums.totals.discount or any(line.discount for line in sums.lines):
        cause = Cause(CauseType.ORDER, order.id, occurred_at=order.occurred_at)
        await post(work, order.customer_id, TrustReason.DISCOUNT_GIVEN, cause)
    return order


async def _place(work: Work, command: RecordOrder, sums: _Sums) -> Order:
    at = time_of_fact(work, command.occurred_at)
    through = {name: getattr(command, name) for name in _THROUGH}
    through["staff_id"] = command.staff_id or work.caller.staff_id
    order = work.add(
        Order(
            customer_id=command.customer_id,
            **await _came_through(work, command, through, at),
            **sums.columns(),
            discount_reason=command.discount_reason,
            delivered_at=_delivered(work, command.delivered_at, at),
            occurred_at=at,
            updated_at=work.now,
        )
    )
    work.emit(events.OrderRecorded(**_told(order), occurred_at=at))
    for place, wanted in enumerate(_lines(command, sums), start=1):
        line = work.add(OrderLine(order_id=order.id, customer_id=order.customer_id, number=place, **wanted))
        work.emit(_line_recorded(line))
    return order


async def _bring_up_to_date(work: Work, order: Order, command: RecordOrder, sums: _Sums) -> None:
    wanted = await _wanted(work, order, command, sums)
    changed = {name: value for name, value in wanted.items() if getattr(order, name) != value}
    told = await _rewrite_lines(work, order, list(_lines(command, sums)))
    if changed or told:
        await work.change(order, **changed, updated_at=work.now)
        work.emit(events.OrderChanged(**_told(order)))
        for event in told:
            work.emit(event)


async def _wanted(work: Work, order: Order, command: RecordOrder, sums: _Sums) -> dict[str, Any]:
    """The order's columns as told anew. Raises where what was given back would not be covered any more."""
    require_refunds_covered(order.refunded_minor, sums.totals.paid, "paid")
    if order.refunded_minor and order.currency != sums.currency:
        raise errors.OtherCurrencyThanRefunded("lines")
    at = order.occurred_at if command.occurred_at is None else time_of_fact(work, command.occurred_at)
    wanted: dict[str, Any] = {
        **sums.columns(),
        "refund_state": refund_state(sums.totals.paid, order.refunded_minor).value,
        "occurred_at": at,
        "delivered_at": _delivered(work, command.delivered_at or order.delivered_at, at),
    }
    if command.discount is None or command.discount_reason is not None:
        wanted["discount_reason"] = command.discount_reason
    kept = {name: getattr(order, name) for name in _THROUGH}
    through = {name: getattr(command, name) or value for name, value in kept.items()}
    if through != kept:
        wanted |= await _came_through(work, command, through, at)
    return wanted


async def _rewrite_lines(work: Work, order: Order, wanted: Sequence[dict[str, Any]]) -> list[Any]:
    """Line by line by their places: changed, added, removed; answers what is to be told of that."""
    told: list[Any] = []
    there = await queries.lines_of(work, order.id)
    for place, (line, columns) in enumerate(zip(there, wanted, strict=False)):
        changed = {name: value for name, value in columns.items() if getattr(line, name) != value}
        if changed:
            require_refunds_covered(line.refunded_minor, columns["total_minor"], "lines", place, "amount")
            await work.change(line, **changed)
            told.append(_line_recorded(line))
    for line in there[len(wanted) :]:
        require_refunds_covered(line.refunded_minor, 0, "lines")
        await work.remove(line)
        told.append(events.OrderLineRemoved(**_of_line(line)))
    for place, columns in enumerate(wanted[len(there) :], start=len(there) + 1):
        line = work.add(OrderLine(order_id=order.id, customer_id=order.customer_id, number=place, **columns))
        told.append(_line_recorded(line))
    return told


async def _sums(work: Work, command: RecordOrder) -> _Sums:
    currency = await _currency(work, _amounts(command))
    lines = tuple(
        LineSum(
            _minor(line.amount, currency, "lines", number, "amount"),
            _minor(line.discount, currency, "lines", number, "discount"),
        )
        for number, line in enumerate(command.lines)
    )
    paid = None if command.paid is None else _minor(command.paid, currency, "paid")
    return _Sums(currency, lines, totals(lines, _minor(command.discount, currency, "discount"), paid))


def _amounts(command: RecordOrder) -> Iterator[Amount]:
    """Every amount of money in the command."""
    for line in command.lines:
        yield line.amount
        if line.discount is not None:
            yield line.discount
    yield from (amount for amount in (command.discount, command.paid) if amount is not None)


async def _currency(work: Work, amounts: Iterator[Amount]) -> str:
    """The one currency of all of them; those that name none are in the tenant's own. Raises SeveralCurrencies."""
    named = {amount.currency for amount in amounts}
    found = {currency or str(await tenants.currency(work)) for currency in named}
    if len(found) > 1:
        raise errors.SeveralCurrencies("lines", currencies=", ".join(sorted(found)))
    return found.pop()


def _minor(given: Amount | None, currency: str, *field: str | int) -> int:
    if given is None:
        return 0
    if given.amount < 0:
        raise NegativeAmount(*field, "amount")
    return currencies.minor_units(given.amount, currency, *field, "amount")


def _lines(command: RecordOrder, sums: _Sums) -> Iterator[dict[str, Any]]:
    """The columns of each line, in order."""
    for given, line in zip(command.lines, sums.lines, strict=True):
        yield _columns(given, line, sums.currency)


def _columns(given: OrderLineGiven, line: LineSum, currency: str) -> dict[str, Any]:
    return {
        "item_id": given.item_id,
        "words": given.text,
        "quantity": given.quantity,
        "currency": currency,
        "amount_minor": line.amount,
        "discount_minor": line.discount,
        "total_minor": line.total,
    }


async def _require_items(work: Work, command: RecordOrder) -> None:
    named = {number: line.item_id for number, line in enumerate(command.lines) if line.item_id is not None}
    if not named:
        return
    known = await queries.known_items(work, named.values())
    for number, item_id in named.items():
        if item_id not in known:
            raise NotFound("lines", number, "item_id")


async def _came_through(work: Work, command: RecordOrder, through: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The columns that say where it came through. Raises NotFound for what is named and is not there."""
    named = Named(command.customer_id, through["staff_id"], through["case_id"], through["store_id"], None, at)
    acted = await capacity(work, named)
    if through["channel_id"] is not None:
        await work.require(Channel, through["channel_id"], "channel_id")
    return {**through, "store_id": acted.store_id, "role_id": acted.role_id, "group_id": acted.group_id}


def _delivered(work: Work, given: datetime | None, ordered_at: datetime) -> datetime | None:
    if given is None:
        return None
    try:
        time_of_fact(work, given)
    except DomainError as refused:
        refused.field = ("delivered_at",)
        raise
    if given < ordered_at:
        raise errors.DeliveredBeforeOrder("delivered_at")
    return given


def _told(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "customer_id": order.customer_id,
        "order_version": order.version,
        **{name: getattr(order, name) for name in (*_THROUGH, "role_id", "group_id", "delivered_at")},
        **{name: getattr(order, name) for name in ("lines_minor", "discount_minor", "total_minor", "paid_minor")},
    }


def _of_line(line: OrderLine) -> dict[str, Any]:
    return {
        "order_line_id": line.id,
        "order_id": line.order_id,
        "customer_id": line.customer_id,
        "number": line.number,
    }


def _line_recorded(line: OrderLine) -> events.OrderLineRecorded:
    return events.OrderLineRecorded(
        **_of_line(line),
        item_id=line.item_id,
        quantity=line.quantity,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
    )
