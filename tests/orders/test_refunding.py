"""What was paid is given back once and never more, however many refund at once."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from server.customers.tables import FactWords
from server.errors import DomainError, NotFound
from server.ids import global_id, new_id
from server.items.errors import NegativeAmount
from server.orders import errors, events
from server.orders.commands import RecordOrder, RefundOrder
from server.orders.queries import lines_of
from server.orders.service.recording import record_order
from server.orders.service.refunding import refund_order, refund_orders
from server.orders.tables import Order, OrderLine, OrderRefund
from server.touchpoints.errors import InTheFuture
from tests.factories.deals import Deal


async def ordered(shop: Deal, *amounts: str, **more: Any) -> Order:
    lines = [{"text": "x", "amount": {"amount": Decimal(amount)}} for amount in amounts]
    async with shop.work() as work:
        given = {"customer_id": shop.customer, "lines": lines, **more}
        return await record_order(work, RecordOrder.model_validate(given))


def back(order: Order, amount: str | None = None, **more: Any) -> RefundOrder:
    given = None if amount is None else {"amount": Decimal(amount)}
    return RefundOrder.model_validate({"order_id": order.id, "amount": given, **more})


async def line_of(shop: Deal, order: Order, place: int) -> OrderLine:
    async with shop.work() as work:
        return (await lines_of(work, order.id))[place]


async def refused(act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value


async def test_a_part_of_a_line_is_given_back_and_told(shop: Deal) -> None:
    order = await ordered(shop, "10", "20")
    line = await line_of(shop, order, 1)
    async with shop.work(clerk=True) as work:
        refund = await refund_order(work, back(order, "5.50", line_id=line.id, reason="压坏了"))
        [now] = await work.rows(Order)
        assert work.events == [
            events.OrderRefunded(
                order_id=order.id,
                customer_id=shop.customer,
                order_version=2,
                order_refund_id=refund.id,
                order_line_id=line.id,
                staff_id=shop.staff,
                amount_minor=550,
                refunded_minor=550,
                occurred_at=work.now,
            )
        ]
        assert (now.refunded_minor, now.refund_state) == (550, "PARTLY")
        [words] = await work.rows(FactWords)
        assert (words.fact_id, words.words) == (refund.id, "压坏了")
    assert (await line_of(shop, order, 1)).refunded_minor == 550


async def test_without_an_amount_it_is_all_that_is_left(shop: Deal) -> None:
    order = await ordered(shop, "10", "20", paid={"amount": Decimal(25)})
    line = await line_of(shop, order, 1)
    async with shop.work() as work:
        assert (await refund_order(work, back(order, line_id=line.id))).amount_minor == 2000
        assert (await refund_order(work, back(order))).amount_minor == 500
        [now] = await work.rows(Order)
        assert (now.refunded_minor, now.refund_state) == (2500, "WHOLLY")
        found = await refused(refund_order(work, back(order)))
        assert (type(found), found.field) == (errors.RefundTooLarge, ("amount",))


async def test_what_is_refused_changes_nothing(shop: Deal) -> None:
    order, other = await ordered(shop, "10", "20"), await ordered(shop, "5")
    line, foreign = await line_of(shop, order, 0), await line_of(shop, other, 0)
    async with shop.work() as work:
        cases: list[tuple[RefundOrder, type[DomainError], tuple[str, ...]]] = [
            (back(order, "30.01"), errors.RefundTooLarge, ("amount",)),
            (back(order, "10.01", line_id=line.id), errors.RefundTooLarge, ("amount",)),
            (back(order, "0"), errors.NothingToRefund, ("amount",)),
            (back(order, "-1"), NegativeAmount, ("amount",)),
            (back(order, line_id=foreign.id), NotFound, ("line_id",)),
            (back(order, line_id=new_id()), NotFound, ("line_id",)),
            (RefundOrder(order_id=new_id()), NotFound, ("order_id",)),
            (
                back(order, occurred_at=order.occurred_at - timedelta(days=1)),
                errors.RefundBeforeOrder,
                ("occurred_at",),
            ),
            (back(order, occurred_at=work.now + timedelta(minutes=6)), InTheFuture, ("occurred_at",)),
            (
                RefundOrder.model_validate({"order_id": order.id, "amount": {"amount": 1, "currency": "USD"}}),
                errors.SeveralCurrencies,
                ("amount",),
            ),
        ]
        for command, refusal, field in cases:
            found = await refused(refund_order(work, command))
            assert (type(found), found.field) == (refusal, field)
        assert work.events == []
        assert [row.refunded_minor for row in await work.rows(Order)] == [0, 0]
    assert await shop.brand.count("order_refunds") == 0


async def test_an_order_out_of_sight_is_not_there(shop: Deal) -> None:
    order = await ordered(shop, "10", customer_id=shop.stranger)
    async with shop.work(clerk=True) as work:
        found = await refused(refund_order(work, back(order)))
        assert (type(found), found.field) == (NotFound, ("order_id",))


async def test_a_refund_known_by_an_external_id_is_not_made_again(shop: Deal) -> None:
    order = await ordered(shop, "10")
    ref = [{"system": "erp", "id": "r1"}]
    async with shop.work() as work:
        first = await refund_order(work, back(order, "3", external_refs=ref))
    async with shop.work() as work:
        for amount in ("3", None):
            assert (await refund_order(work, back(order, amount, external_refs=ref))).id == first.id
        found = await refused(refund_order(work, back(order, "4", external_refs=ref)))
        assert (type(found), work.events) == (errors.OtherRefund, [])
    assert await shop.brand.count("order_refunds") == 1


async def test_several_of_one_order_count_one_after_the_other(shop: Deal) -> None:
    order = await ordered(shop, "10")
    async with shop.work() as work:
        answers = await refund_orders(work, [back(order, "6"), back(order, "6"), back(order, "4"), back(order)])
        assert [type(answer) for answer in answers] == [
            OrderRefund,
            errors.RefundTooLarge,
            OrderRefund,
            errors.RefundTooLarge,
        ]
        assert [event.refunded_minor for event in work.events] == [600, 1000]


async def test_fifty_at_once_give_back_exactly_what_was_paid(shop: Deal) -> None:
    """Each asks for 3 of 100: 33 are given, the rest refused; nothing is lost between."""
    order = await ordered(shop, "60", "40")
    input: dict[str, Any] = {"orderId": global_id("Order", order.id), "amount": {"amount": "3"}}
    told = await asyncio.gather(*(shop.act("refundOrder", "orderRefund { id }", **input) for _ in range(50)))
    given = [one for one in told if not one["userErrors"]]
    assert len(given) == 33
    assert {one["userErrors"][0]["code"] for one in told if one["userErrors"]} == {"NOT_ALLOWED"}
    async with shop.work() as work:
        [now] = await work.rows(Order)
        assert (now.refunded_minor, now.refund_state, now.version) == (9900, "PARTLY", 34)
        assert sum(refund.amount_minor for refund in await work.rows(OrderRefund)) == 9900
    assert await shop.told("order.refunded") == ["order.refunded"] * 33


async def test_lines_and_the_whole_refunded_at_once_do_not_overdraw(shop: Deal) -> None:
    order = await ordered(shop, "30", "70", paid={"amount": Decimal(80)})
    lines = [global_id("OrderLine", (await line_of(shop, order, place)).id) for place in (0, 1)]
    dice = random.Random(7)
    asked: list[dict[str, Any]] = [
        {
            "orderId": global_id("Order", order.id),
            "lineId": dice.choice([None, *lines]),
            "amount": {"amount": str(dice.randrange(1, 20))},
        }
        for _ in range(40)
    ]
    told = await asyncio.gather(*(shop.act("refundOrder", "orderRefund { amount { amount } }", **one) for one in asked))
    given = sum(Decimal(one["orderRefund"]["amount"]["amount"]) for one in told if not one["userErrors"])
    async with shop.work() as work:
        [now] = await work.rows(Order)
        rows = await work.rows(OrderRefund)
        assert now.refunded_minor == sum(row.amount_minor for row in rows) == given * 100 <= 8000
        for line in await lines_of(work, order.id):
            assert line.refunded_minor == sum(row.amount_minor for row in rows if row.order_line_id == line.id)
            assert line.refunded_minor <= line.total_minor
