"""How far the prices quoted for one item lie apart, by item and department, over a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from server.access.permissions import DataScope
from server.errors import RequestError
from server.ids import global_id, new_id
from server.quotes.commands import DraftQuote, IssueQuote
from server.quotes.service.drafting import draft_quote
from server.quotes.service.issuing import issue_quote
from tests.quotes.people import DAY, House, Seller, new_customer, sees

SPREADS = """
query($period: PeriodInput!, $itemIds: [ID!], $first: Int) {
  quotePriceSpreads(period: $period, itemIds: $itemIds, first: $first) {
    item { key } count min { amount currency } median { amount } max { amount }
    departments { department { key } count min { amount } median { amount } max { amount } }
  }
}
"""
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
PERIOD = {"from": str(TODAY - timedelta(days=7)), "to": str(TODAY + timedelta(days=1))}


async def quoted(shop: House, seller: Seller, price: str, *, item: UUID | None = None, ago: timedelta = DAY) -> None:
    """To a customer of its own, so that nothing contradicts."""
    async with shop.brand.work() as work:
        customer = new_customer(work)
        sees(work, seller.staff, customer)
    async with shop.work(seller) as work:
        at = work.now - ago
        terms = shop.terms(at, price=price, item=item, occurred_at=at)
        draft = await draft_quote(work, DraftQuote(customer_id=customer, **terms))
        await issue_quote(work, IssueQuote(quote_id=draft.id, occurred_at=at))


async def spreads(shop: House, caller: Any = None, **given: Any) -> list[dict[str, Any]]:
    variables = {"period": PERIOD, "first": 20, **given}
    body = await shop.brand.world.ask(caller or shop.brand.owner, SPREADS, variables)
    assert "errors" not in body, body
    found: list[dict[str, Any]] = body["data"]["quotePriceSpreads"]
    return found


async def test_prices_of_an_item_by_department(shop: House) -> None:
    for seller, price in ((shop.sales, "100.00"), (shop.sales, "110.01"), (shop.sales_two, "130.00")):
        await quoted(shop, seller, price)
    await quoted(shop, shop.sales_two, "140.00")
    await quoted(shop, shop.sales, "7.00", item=shop.kitchen)
    await shop.draft(price="1.00")
    assert await spreads(shop) == [
        {
            "item": {"key": "wiring"},
            "count": 4,
            "min": {"amount": "100.00", "currency": "CNY"},
            "median": {"amount": "120.01"},  # 120.005, half a fen up
            "max": {"amount": "140.00"},
            "departments": [
                {
                    "department": {"key": "room_sales_two"},
                    "count": 2,
                    "min": {"amount": "130.00"},
                    "median": {"amount": "135.00"},
                    "max": {"amount": "140.00"},
                },
                {
                    "department": {"key": "room_sales"},
                    "count": 2,
                    "min": {"amount": "100.00"},
                    "median": {"amount": "105.01"},
                    "max": {"amount": "110.01"},
                },
            ],
        },
        {
            "item": {"key": "kitchen"},
            "count": 1,
            "min": {"amount": "7.00", "currency": "CNY"},
            "median": {"amount": "7.00"},
            "max": {"amount": "7.00"},
            "departments": [
                {
                    "department": {"key": "room_sales"},
                    "count": 1,
                    "min": {"amount": "7.00"},
                    "median": {"amount": "7.00"},
                    "max": {"amount": "7.00"},
                }
            ],
        },
    ]


async def test_only_items_asked_for_and_only_days_of_the_period(shop: House) -> None:
    await quoted(shop, shop.sales, "100.00")
    await quoted(shop, shop.sales, "50.00", ago=20 * DAY)
    await quoted(shop, shop.sales, "5.00", item=shop.kitchen)
    [wiring] = await spreads(shop, itemIds=[global_id("Item", shop.wiring), global_id("Store", shop.sales.store)])
    assert (wiring["item"]["key"], wiring["count"], wiring["min"]["amount"]) == ("wiring", 1, "100.00")
    assert await spreads(shop, itemIds=[]) == []
    assert [one["item"]["key"] for one in await spreads(shop, first=1)] == [
        min(("wiring", shop.wiring), ("kitchen", shop.kitchen), key=lambda one: one[1])[0]
    ], "both spread by nothing: the id decides"
    last_month = {"from": str(TODAY - timedelta(days=30)), "to": str(TODAY - timedelta(days=7))}
    assert [(one["count"], one["max"]["amount"]) for one in await spreads(shop, period=last_month)] == [(1, "50.00")]


async def test_days_begin_where_the_brand_is(shop: House) -> None:
    """In Shanghai the day begins at 16:00 UTC."""
    midnight = datetime.combine(TODAY, datetime.min.time(), ZoneInfo("Asia/Shanghai"))
    second = timedelta(seconds=1)
    now = datetime.now(UTC)
    await quoted(shop, shop.sales, "1.00", ago=now - (midnight - second))
    await quoted(shop, shop.sales, "2.00", ago=now - midnight - second)
    yesterday = {"from": str(TODAY - timedelta(days=1)), "to": str(TODAY)}
    assert [(one["count"], one["max"]["amount"]) for one in await spreads(shop, period=yesterday)] == [(1, "1.00")]


async def test_staff_see_the_spread_over_their_own_customers(shop: House) -> None:
    await quoted(shop, shop.sales, "100.00")
    await quoted(shop, shop.sales_two, "130.00")
    assert [one["max"]["amount"] for one in await spreads(shop, shop.sales.caller)] == ["100.00"]
    assert await spreads(shop, shop.brand.as_staff(new_id(), DataScope.OWN_CUSTOMERS)) == []


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"itemIds": ["x"] * 101}, "itemIds"),
        ({"period": {"from": "2026-03-01", "to": "2026-03-01"}}, "period"),
        ({"period": {"from": "2026-03-02", "to": "2026-03-01"}}, "period"),
        ({"period": {"from": "2025-03-01", "to": "2026-03-03"}}, "period"),
    ],
)
async def test_what_cannot_be_meant_is_refused(shop: House, given: dict[str, Any], argument: str) -> None:
    with pytest.raises(RequestError) as refused:
        await shop.brand.ask(SPREADS, {"period": PERIOD, "first": 20, **given})
    [error] = refused.value.errors
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
