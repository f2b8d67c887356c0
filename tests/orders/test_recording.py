"""Orders are recorded exactly, once, by whom and for whom they may be; and brought up to date."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from server.customers.tables import Customer
from server.errors import DomainError, Invalid, NotFound
from server.ids import global_id, new_id
from server.items.errors import NegativeAmount
from server.orders import errors, events
from server.orders.commands import RecordOrder, RefundOrder
from server.orders.queries import lines_of
from server.orders.service.recording import record_order, record_orders
from server.orders.service.refunding import refund_order
from server.orders.tables import Order
from server.touchpoints.errors import InTheFuture
from tests.factories.deals import Deal, told


def yuan(amount: str, currency: str | None = None) -> dict[str, Any]:
    return {"amount": Decimal(amount), "currency": currency}


def command(shop: Deal, **more: Any) -> RecordOrder:
    given = {"customer_id": shop.customer, "lines": [{"text": "蛋糕", "amount": yuan("100")}], **more}
    return RecordOrder.model_validate(given)


def erp(id: str) -> list[dict[str, str]]:
    return [{"system": "erp", "id": id}]


async def refused(act: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value


async def test_an_order_is_kept_to_the_fen_and_told(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        at = work.now - timedelta(days=1)
        order = await record_order(
            work,
            command(
                shop,
                lines=[
                    {"item_id": shop.item, "quantity": 3, "amount": yuan("299.97"), "discount": yuan("0.01")},
                    {"text": "插牌", "amount": yuan("0.02")},
                ],
                discount=yuan("99.99"),
                discount_reason="会员日",
                paid=yuan("100"),
                case_id=shop.case,
                occurred_at=at,
                delivered_at=work.now,
                external_refs=erp("o1"),
            ),
        )
        first, second = await lines_of(work, order.id)
        assert told(work) == [
            events.OrderRecorded(
                order_id=order.id,
                customer_id=shop.customer,
                order_version=1,
                case_id=shop.case,
                store_id=None,
                staff_id=shop.staff,
                role_id=None,
                group_id=None,
                channel_id=None,
                lines_minor=29998,
                discount_minor=9999,
                total_minor=19999,
                paid_minor=10000,
                delivered_at=work.now,
                occurred_at=at,
            ),
            events.OrderLineRecorded(
                order_line_id=first.id,
                order_id=order.id,
                customer_id=shop.customer,
                number=1,
                item_id=shop.item,
                quantity=3,
                amount_minor=29997,
                discount_minor=1,
            ),
            events.OrderLineRecorded(
                order_line_id=second.id,
                order_id=order.id,
                customer_id=shop.customer,
                number=2,
                item_id=None,
                quantity=1,
                amount_minor=2,
                discount_minor=0,
            ),
        ]
        [kept] = await work.rows(Order)
        assert (kept.currency, kept.refund_state, kept.refunded_minor, kept.discount_reason) == (
            "CNY",
            "NONE",
            0,
            "会员日",
        )
        assert (first.total_minor, second.total_minor, second.words) == (29996, 2, "插牌")


async def test_it_came_through_whoever_is_placed_where(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        order = await record_order(work, command(shop))
        assert (order.staff_id, order.store_id, order.role_id) == (shop.staff, shop.store, shop.role)
    async with shop.work() as work:
        order = await record_order(work, command(shop))
        assert (order.staff_id, order.store_id, order.role_id) == (None, None, None)


async def test_a_company_buys_too_and_in_its_own_currency(shop: Deal) -> None:
    async with shop.work() as work:
        company = work.add(Customer(kind="COMPANY", name="厂", first_added_at=work.now, updated_at=work.now)).id
        line = {"text": "机床", "amount": yuan("1234", "JPY")}
        order = await record_order(work, command(shop, customer_id=company, lines=[line]))
        assert (order.customer_id, order.currency, order.total_minor) == (company, "JPY", 1234)


@pytest.mark.parametrize("field", ["customer_id", "case_id", "store_id", "staff_id", "channel_id"])
async def test_what_is_not_there_is_named_by_its_field(shop: Deal, field: str) -> None:
    async with shop.work() as work:
        refusal = await refused(record_order(work, command(shop, **{field: new_id()})))
        assert (type(refusal), refusal.field, work.events) == (NotFound, (field,), [])
    assert (await shop.brand.count("orders"), await shop.brand.count("order_lines")) == (0, 0)


async def test_every_amount_and_time_is_judged(shop: Deal) -> None:
    async with shop.work() as work:
        item = {"item_id": new_id(), "amount": yuan("1")}
        cases: list[tuple[dict[str, Any], type[DomainError], tuple[str, ...]]] = [
            ({"lines": [{"text": "a", "amount": yuan("1")}, item]}, NotFound, ("lines", "1", "item_id")),
            ({"lines": [{"text": "a", "amount": yuan("-1")}]}, NegativeAmount, ("lines", "0", "amount", "amount")),
            ({"lines": [{"text": "a", "amount": yuan("0.001")}]}, Invalid, ("lines", "0", "amount", "amount")),
            ({"discount": yuan("100.01")}, errors.DiscountTooLarge, ("discount",)),
            ({"paid": yuan("100.01")}, errors.PaidMoreThanTotal, ("paid",)),
            ({"paid": yuan("1", "USD")}, errors.SeveralCurrencies, ("lines",)),
            ({"occurred_at": work.now + timedelta(minutes=6)}, InTheFuture, ("occurred_at",)),
            ({"delivered_at": work.now + timedelta(minutes=6)}, InTheFuture, ("delivered_at",)),
            ({"delivered_at": work.now - timedelta(days=1)}, errors.DeliveredBeforeOrder, ("delivered_at",)),
        ]
        for given, refusal, field in cases:
            found = await refused(record_order(work, command(shop, **given)))
            assert (type(found), found.field) == (refusal, field)
        assert work.events == []
    assert await shop.brand.count("orders") == 0


async def test_the_same_again_is_the_same_answer_without_event(shop: Deal) -> None:
    async with shop.work() as work:
        order = await record_order(work, command(shop, external_refs=erp("o1")))
    async with shop.work() as work:
        again = await record_order(work, command(shop, external_refs=erp("o1")))
        assert (again.id, again.version, work.events) == (order.id, 1, [])
    assert (await shop.brand.count("orders"), await shop.brand.count("order_lines")) == (1, 1)


async def test_told_anew_it_is_brought_up_to_date_line_by_line(shop: Deal) -> None:
    three = [{"text": word, "amount": yuan("10")} for word in "abc"]
    async with shop.work() as work:
        order = await record_order(work, command(shop, lines=three, case_id=shop.case, external_refs=erp("o1")))
        before = await lines_of(work, order.id)
    async with shop.work() as work:
        lines = [three[0], {"item_id": shop.item, "quantity": 2, "amount": yuan("15")}]
        delivered = order.occurred_at
        await record_order(work, command(shop, lines=lines, delivered_at=delivered, external_refs=erp("o1")))
        kept = await lines_of(work, order.id)
        assert [line.id for line in kept] == [line.id for line in before[:2]]
        assert [(line.words, line.item_id, line.total_minor) for line in kept] == [
            ("a", None, 1000),
            (None, shop.item, 1500),
        ]
        [now] = await work.rows(Order)
        assert (now.total_minor, now.paid_minor, now.case_id, now.version) == (2500, 2500, shop.case, 2)
        assert [type(event) for event in work.events] == [
            events.OrderChanged,
            events.OrderLineRecorded,
            events.OrderLineRemoved,
        ]
    async with shop.work() as work:
        await record_order(work, command(shop, lines=[*lines, three[2]], external_refs=erp("o1")))
        [now] = await work.rows(Order)
        assert (now.delivered_at, now.total_minor, len(await lines_of(work, order.id))) == (delivered, 3500, 3)


async def test_what_was_given_back_limits_what_can_be_told_anew(shop: Deal) -> None:
    two = [{"text": word, "amount": yuan("10")} for word in "ab"]
    async with shop.work() as work:
        order = await record_order(work, command(shop, lines=two, external_refs=erp("o1")))
        second = (await lines_of(work, order.id))[1]
        await refund_order(work, RefundOrder(order_id=order.id, line_id=second.id, amount=yuan("6")))  # type: ignore[arg-type]  # pydantic makes the amount
    async with shop.work() as work:
        dear = {"text": "a", "amount": yuan("100")}
        cases: list[tuple[dict[str, Any], type[DomainError], tuple[str, ...]]] = [
            ({"lines": two, "paid": yuan("5.99")}, errors.RefundedMore, ("paid",)),
            ({"lines": [dear]}, errors.RefundedMore, ("lines",)),
            ({"lines": [dear, {"text": "b", "amount": yuan("5.99")}]}, errors.RefundedMore, ("lines", "1", "amount")),
            (
                {"lines": [{"text": word, "amount": yuan("10", "USD")} for word in "ab"]},
                errors.OtherCurrencyThanRefunded,
                ("lines",),
            ),
        ]
        for given, refusal, field in cases:
            async with work.savepoint():
                found = await refused(record_order(work, command(shop, external_refs=erp("o1"), **given)))
            assert (type(found), found.field) == (refusal, field)
    async with shop.work() as work:
        now = await record_order(work, command(shop, lines=two, paid=yuan("6"), external_refs=erp("o1")))
        assert (now.refund_state, now.paid_minor, now.refunded_minor) == ("WHOLLY", 600, 600)


async def test_an_order_stays_its_customers(shop: Deal) -> None:
    async with shop.work() as work:
        await record_order(work, command(shop, external_refs=erp("o1")))
    async with shop.work() as work:
        found = await refused(record_order(work, command(shop, customer_id=shop.stranger, external_refs=erp("o1"))))
        assert (type(found), found.field) == (errors.OrderOfSomebodyElse, ("external_refs", "0", "id"))


async def test_who_does_not_see_the_customer_records_nothing(shop: Deal) -> None:
    async with shop.work(clerk=True) as work:
        found = await refused(record_order(work, command(shop, customer_id=shop.stranger)))
        assert (type(found), found.field) == (NotFound, ("customer_id",))
    assert await shop.brand.count("orders") == 0


async def test_of_many_a_refused_one_leaves_the_others_alone(shop: Deal) -> None:
    async with shop.work() as work:
        answers = await record_orders(
            work,
            [
                command(shop, external_refs=erp("o1")),
                command(shop, external_refs=erp("o2"), paid=yuan("101")),
                command(shop, customer_id=new_id()),
                command(shop, external_refs=erp("o1")),
            ],
        )
        assert [type(answer) for answer in answers] == [Order, errors.PaidMoreThanTotal, NotFound, Order]
        assert answers[0].id == answers[3].id  # type: ignore[union-attr]  # both are orders
        assert [event.type for event in work.events] == ["order.recorded", "order_line.recorded"]
    assert (await shop.brand.count("orders"), await shop.brand.count("external_refs")) == (1, 1)


async def test_the_same_order_from_twenty_at_once_is_one(shop: Deal) -> None:
    input = {
        **shop.about,
        "lines": [{"itemId": global_id("Item", shop.item), "amount": {"amount": "9.90"}}],
        "externalRefs": [{"system": "erp", "id": "o1"}],
    }
    told = await asyncio.gather(*(shop.done("recordOrder", "order { id }", **input) for _ in range(20)))
    assert len({one["order"]["id"] for one in told}) == 1
    assert await shop.brand.count("orders") == 1
    assert await shop.told("order") == ["order.recorded", "order_line.recorded"]


async def test_bulks_of_the_same_orders_in_turned_order_do_not_lock_up(shop: Deal) -> None:
    rows = [
        {
            **shop.about,
            "lines": [{"text": "a", "amount": {"amount": "1"}}],
            "externalRefs": [{"system": "erp", "id": id}],
        }
        for id in ("x", "y", "z")
    ]
    select = "results { order { id } userErrors { code } }"
    told = await asyncio.gather(
        *(shop.done("recordOrders", select, orders=rows if turn % 2 else rows[::-1]) for turn in range(8))
    )
    assert {result["order"]["id"] for one in told for result in one["results"]} == {
        global_id("Order", row) for row in await _ids(shop)
    }
    assert await shop.brand.count("orders") == 3


async def _ids(shop: Deal) -> list[Any]:
    async with shop.work() as work:
        return [order.id for order in await work.rows(Order)]


async def test_lines_are_what_the_database_says_too(shop: Deal) -> None:
    """The sum is checked against the rows as they lie there, not against what the act believes."""
    async with shop.work() as work:
        lines = [
            {"text": str(n), "amount": yuan(f"{n}.0{n % 10}"), "discount": yuan(f"0.0{n % 7}")} for n in range(1, 60)
        ]
        order = await record_order(work, command(shop, lines=lines, discount=yuan("12.34")))
        await work.flush()
        row = await work.raw.fetchrow(
            "SELECT sum(amount_minor - discount_minor)::bigint AS lines, sum(total_minor)::bigint AS total"
            " FROM order_lines WHERE order_id = $1",
            order.id,
        )
        assert row["lines"] == row["total"] == order.lines_minor
        assert order.total_minor == order.lines_minor - 1234


async def test_a_clerk_cannot_take_over_an_order_out_of_sight(shop: Deal) -> None:
    async with shop.work() as work:
        await record_order(work, command(shop, customer_id=shop.stranger, external_refs=erp("o1")))
    async with shop.work(clerk=True) as work:
        found = await refused(record_order(work, command(shop, external_refs=erp("o1"))))
        assert type(found) is errors.OrderOfSomebodyElse
        assert work.events == []
