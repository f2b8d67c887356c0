"""Orders through GraphQL: recorded in bulk by the brand's own ids, read where a front end looks."""

from __future__ import annotations

from typing import Any

import pytest

from server.access.permissions import DEFAULTS, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id
from server.terms import Locale
from tests.factories.deals import Deal

FIELDS = """
  id currency: total { currency } linesTotal { amount } discount { amount } total { amount } paid { amount }
  refunded { amount } refundState version deliveredAt externalRefs { system id }
  customer { id } case { id } staff { id } store { id } channel { id }
  lines { number item { key } text quantity amount { amount } discount { amount } total { amount } refunded { amount } }
  refunds { totalCount nodes { amount { amount } reason line { number } } }
"""


def order_input(shop: Deal, **more: Any) -> dict[str, Any]:
    return {**shop.about, "lines": [{"text": "a", "amount": {"amount": "12.5"}}], **more}


async def test_what_an_order_reads_like_after_a_refund(shop: Deal) -> None:
    input = order_input(
        shop,
        lines=[
            {
                "itemId": global_id("Item", shop.item),
                "quantity": 2,
                "amount": {"amount": "20"},
                "discount": {"amount": "2"},
            },
            {"text": "蜡烛", "amount": {"amount": "1.5"}},
        ],
        discount={"amount": "0.5"},
        externalRefs=[{"system": "erp", "id": "o1"}],
    )
    made = await shop.done("recordOrder", f"order {{ {FIELDS} }}", by=shop.clerk, **input)
    line = (await shop.brand.ask("{ orders { nodes { lines { id number } } } }"))["data"]["orders"]["nodes"][0][
        "lines"
    ][1]
    refunded = await shop.done(
        "refundOrder", f"order {{ {FIELDS} }}", orderId="ref:erp:o1", lineId=line["id"], reason="没收到"
    )
    assert made["order"]["refundState"] == "NONE"
    assert refunded["order"] == {
        **made["order"],
        "refunded": {"amount": "1.50"},
        "refundState": "PARTLY",
        "version": 2,
        "lines": [made["order"]["lines"][0], {**made["order"]["lines"][1], "refunded": {"amount": "1.50"}}],
        "refunds": {
            "totalCount": 1,
            "nodes": [{"amount": {"amount": "1.50"}, "reason": "没收到", "line": {"number": 2}}],
        },
    }
    assert made["order"]["lines"] == [
        {
            "number": 1,
            "item": {"key": "cake"},
            "text": None,
            "quantity": 2,
            "amount": {"amount": "20.00"},
            "discount": {"amount": "2.00"},
            "total": {"amount": "18.00"},
            "refunded": {"amount": "0.00"},
        },
        {
            "number": 2,
            "item": None,
            "text": "蜡烛",
            "quantity": 1,
            "amount": {"amount": "1.50"},
            "discount": {"amount": "0.00"},
            "total": {"amount": "1.50"},
            "refunded": {"amount": "0.00"},
        },
    ]
    del made["order"]["lines"], made["order"]["id"]
    assert made["order"] == {
        "currency": {"currency": "CNY"},
        "linesTotal": {"amount": "19.50"},
        "discount": {"amount": "0.50"},
        "total": {"amount": "19.00"},
        "paid": {"amount": "19.00"},
        "refunded": {"amount": "0.00"},
        "refundState": "NONE",
        "version": 1,
        "deliveredAt": None,
        "externalRefs": [{"system": "erp", "id": "o1"}],
        "customer": {"id": global_id("Customer", shop.customer)},
        "case": None,
        "staff": {"id": global_id("StaffMember", shop.staff)},
        "store": {"id": global_id("Store", shop.store)},
        "channel": None,
        "refunds": {"totalCount": 0, "nodes": []},
    }


async def test_it_is_found_from_customer_case_store_and_staff(shop: Deal) -> None:
    await shop.done(
        "recordOrder", "order { id }", by=shop.clerk, **order_input(shop, caseId=global_id("Case", shop.case))
    )
    await shop.done("recordOrder", "order { id }", **order_input(shop, customerId=global_id("Customer", shop.stranger)))
    for type_name, id in (
        ("Customer", shop.customer),
        ("Case", shop.case),
        ("Store", shop.store),
        ("StaffMember", shop.staff),
    ):
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ orders {{ totalCount }} }} }} }}"
        body = await shop.brand.ask(query, {"id": global_id(type_name, id)})
        assert body["data"]["node"]["orders"]["totalCount"] == 1, type_name


async def test_filters(shop: Deal) -> None:
    item = {"itemId": global_id("Item", shop.item), "amount": {"amount": "1"}}
    first = (await shop.done("recordOrder", "order { id }", by=shop.clerk, **order_input(shop, lines=[item])))["order"][
        "id"
    ]
    second = (await shop.done("recordOrder", "order { id }", **order_input(shop)))["order"]["id"]
    await shop.done("refundOrder", "cursor", orderId=second)
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({"item": {"eq": global_id("Item", shop.item)}}, [first]),
        ({"withinStore": {"eq": global_id("Store", shop.store)}}, [first]),
        ({"staff": {"eq": global_id("StaffMember", shop.staff)}}, [first]),
        ({"role": {"eq": global_id("ServiceRole", shop.role)}}, [first]),
        ({"staff": {"isNull": True}}, [second]),
        ({"refundState": {"eq": "WHOLLY"}}, [second]),
        ({"refundState": {"in": ["NONE", "PARTLY"]}}, [first]),
        ({"deliveredAt": {"isNull": True}}, [second, first]),
    ]
    for filter, found in asked:
        body = await shop.brand.ask("query($f: OrderFilter) { orders(filter: $f) { nodes { id } } }", {"f": filter})
        assert [node["id"] for node in body["data"]["orders"]["nodes"]] == found, filter


async def test_what_may_be_done_is_what_would_be_done(shop: Deal) -> None:
    select = "order { id availableActions { action allowed reason } }"
    made = (await shop.done("recordOrder", select, **order_input(shop)))["order"]
    assert made["availableActions"] == [{"action": "refundOrder", "allowed": True, "reason": None}]
    after = (await shop.done("refundOrder", select, orderId=made["id"]))["order"]
    refused = await shop.act("refundOrder", "cursor", orderId=made["id"])
    assert after["availableActions"] == [
        {"action": "refundOrder", "allowed": False, "reason": refused["userErrors"][0]["message"]}
    ]


async def test_in_bulk_each_row_is_answered_by_itself(shop: Deal) -> None:
    rows = [
        order_input(shop, externalRefs=[{"system": "erp", "id": "o1"}]),
        order_input(shop, lines=[{"amount": {"amount": "1"}}]),
        order_input(shop, customerId="ref:crm:nobody"),
        order_input(shop, paid={"amount": "99"}),
        order_input(shop, lines=[]),
    ]
    select = "results { order { total { amount } } userErrors { code field message } }"
    results = (await shop.done("recordOrders", select, orders=rows))["results"]
    assert [None if one["order"] is None else one["order"]["total"]["amount"] for one in results] == [
        "12.50",
        None,
        None,
        None,
        None,
    ]
    assert [[error["code"] for error in one["userErrors"]] for one in results] == [
        [],
        ["INVALID"],
        ["NOT_FOUND"],
        ["INVALID"],
        ["INVALID"],
    ]
    assert [one["userErrors"][0]["field"] for one in results[1:]] == [
        ["orders", "1", "lines", "0"],
        ["orders", "2", "customerId"],
        ["orders", "3", "paid"],
        ["orders", "4", "lines"],
    ]
    assert await shop.brand.count("orders") == 1
    refunds = [
        {"orderId": "ref:erp:o1", "amount": {"amount": "10"}},
        {"orderId": "ref:erp:o1", "amount": {"amount": "10"}},
    ]
    select = "results { orderRefund { amount { amount } } userErrors { code field } }"
    results = (await shop.done("refundOrders", select, refunds=refunds))["results"]
    assert results == [
        {"orderRefund": {"amount": {"amount": "10.00"}}, "userErrors": []},
        {"orderRefund": None, "userErrors": [{"code": "NOT_ALLOWED", "field": ["refunds", "1", "amount"]}]},
    ]


@pytest.mark.parametrize(("name", "field"), [("recordOrders", "orders"), ("refundOrders", "refunds")])
async def test_no_row_and_too_many_are_refused_at_once(shop: Deal, name: str, field: str) -> None:
    row = order_input(shop) if field == "orders" else {"orderId": "ref:erp:o1"}
    for rows in ([], [row] * 101):
        given: dict[str, Any] = {field: rows}
        payload = await shop.act(name, "results { userErrors { code } }", **given)
        assert (payload["results"], payload["userErrors"][0]["field"]) == ([], [field])
    assert await shop.brand.count("orders") == 0


async def test_who_may_and_in_which_language(shop: Deal) -> None:
    order = (await shop.done("recordOrder", "order { id }", **order_input(shop)))["order"]["id"]
    few = DEFAULTS[PrincipalKind.STAFF] - {Permission.ORDER_WRITE}
    reader = shop.brand.as_staff(shop.staff, shop.clerk.data_scope, few)
    with pytest.raises(RequestError):
        await shop.act("recordOrder", "cursor", by=reader, **order_input(shop))
    blind = shop.brand.as_staff(shop.staff, shop.clerk.data_scope, few - {Permission.ORDER_READ})
    with pytest.raises(RequestError):
        await shop.brand.world.ask(blind, "{ orders { totalCount } }")
    query = (
        'mutation($id: ID!) { refundOrder(input: {orderId: $id, amount: {amount: "99"}}) { userErrors { message } } }'
    )
    body = await shop.brand.ask(query, {"id": order}, locale=Locale.ZH)
    assert body["data"]["refundOrder"]["userErrors"] == [{"message": "退款不能超过已付且尚未退还的金额。"}]
    assert await shop.brand.count("order_refunds") == 0
