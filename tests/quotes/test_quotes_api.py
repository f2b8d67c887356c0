"""Quotes through GraphQL: what they read like, where they are listed, what a refusal shows, what may be done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from server.access.caller import Caller
from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id, new_id
from server.operations.tables import Store
from server.quotes.commands import DeclineQuote, PresentQuote
from server.quotes.service.answering import decline_quote, present_quote
from server.quotes.tables import Quote
from server.terms import Locale
from tests.feedback.people import new_case
from tests.quotes.people import DAY, House, Seller
from tests.quotes.test_resolving import side_by_side

DRAFT = """
mutation($input: DraftQuoteInput!) { draftQuote(input: $input) {
  userErrors { __typename code field message } cursor
  quote {
    id status version total { amount currency } customer { id } case { id } staff { id } role { key } group { key }
    department { id } revises { id } validFrom draftedAt issuedAt presentedAt answeredAt endedAt medium declinedBecause
    externalRefs { system id }
    lines { position item { id } description quantity unitPrice { amount currency } amount { amount } guarantees { scope } }
    guarantees { position scope months conditions line { position } }
    availableActions { action allowed }
  }
} }
"""
ISSUE = """
mutation($input: IssueQuoteInput!) { issueQuote(input: $input) {
  userErrors {
    __typename code field message
    ... on QuoteConflicts { conflicts {
      quoteId status own staffId staffName departmentId departmentName validFrom validUntil presentedAt
      items { itemId kinds unitPrice { amount currency } otherUnitPrice { amount } narrowerScopes otherNarrowerScopes }
    } }
  }
  cursor quote { id status }
} }
"""
LIST = (
    "query($filter: QuoteFilter, $orderBy: QuoteOrder) { quotes(filter: $filter, orderBy: $orderBy) { nodes { id } } }"
)


def lines(shop: House, price: str = "100.00", **more: Any) -> list[dict[str, Any]]:
    return [{"itemId": global_id("Item", shop.wiring), "unitPrice": {"amount": price}, **more}]


async def draft(shop: House, seller: Seller | None = None, **given: Any) -> dict[str, Any]:
    """The payload of a draft; without anything given, of one line."""
    input = {
        "customerId": global_id("Customer", shop.customer),
        "validUntil": (datetime.now(UTC) + 30 * DAY).isoformat(),
        "lines": lines(shop),
        **given,
    }
    body = await shop.brand.world.ask((seller or shop.sales).caller, DRAFT, {"input": input})
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"]["draftQuote"]
    return payload


async def test_what_a_draft_reads_like(shop: House) -> None:
    async with shop.brand.work() as work:
        case = new_case(work, shop.customer)
    payload = await draft(
        shop,
        caseId=global_id("Case", case),
        lines=[*lines(shop, "1180.00", quantity="128.50"), {"description": "拆旧", "unitPrice": {"amount": "600"}}],
        guarantees=[{"scope": "水电", "months": 120, "conditions": "年检", "line": 1}, {"scope": "整体", "months": 24}],
        externalRefs=[{"system": "erp", "id": "Q-7"}],
    )
    quote = payload["quote"]
    assert (payload["userErrors"], payload["cursor"] is None, quote["draftedAt"] is None) == ([], False, False)
    del quote["draftedAt"]
    assert quote == {
        "id": quote["id"],
        "status": "DRAFTED",
        "version": 1,
        "total": {"amount": "152230.00", "currency": "CNY"},
        "customer": {"id": global_id("Customer", shop.customer)},
        "case": {"id": global_id("Case", case)},
        "staff": {"id": global_id("StaffMember", shop.sales.staff)},
        "role": {"key": "sales"},
        "group": None,
        "department": None,
        "revises": None,
        "validFrom": None,
        "issuedAt": None,
        "presentedAt": None,
        "answeredAt": None,
        "endedAt": None,
        "medium": None,
        "declinedBecause": None,
        "externalRefs": [{"system": "erp", "id": "Q-7"}],
        "lines": [
            {
                "position": 1,
                "item": {"id": global_id("Item", shop.wiring)},
                "description": None,
                "quantity": "128.5",
                "unitPrice": {"amount": "1180.00", "currency": "CNY"},
                "amount": {"amount": "151630.00"},
                "guarantees": [{"scope": "水电"}],
            },
            {
                "position": 2,
                "item": None,
                "description": "拆旧",
                "quantity": "1",
                "unitPrice": {"amount": "600.00", "currency": "CNY"},
                "amount": {"amount": "600.00"},
                "guarantees": [],
            },
        ],
        "guarantees": [
            {"position": 1, "scope": "水电", "months": 120, "conditions": "年检", "line": {"position": 1}},
            {"position": 2, "scope": "整体", "months": 24, "conditions": None, "line": None},
        ],
        "availableActions": [
            {"action": "issueQuote", "allowed": True},
            {"action": "presentQuote", "allowed": False},
            {"action": "reviseQuote", "allowed": True},
            {"action": "acceptQuote", "allowed": False},
            {"action": "declineQuote", "allowed": False},
            {"action": "withdrawQuote", "allowed": True},
        ],
    }


async def test_another_currency_is_refused_by_its_field(shop: House) -> None:
    payload = await draft(shop, lines=[{"description": "x", "unitPrice": {"amount": "1", "currency": "USD"}}])
    assert (payload["quote"], payload["cursor"]) == (None, None)
    assert payload["userErrors"] == [
        {
            "__typename": "Refusal",
            "code": "INVALID",
            "field": ["lines", "0", "unitPrice", "currency"],
            "message": "Quotes are made in CNY, the brand's own currency.",
        }
    ]


@pytest.mark.parametrize("many", [0, 51])
async def test_a_quote_has_1_to_50_lines(shop: House, many: int) -> None:
    payload = await draft(shop, lines=[{"description": "x", "unitPrice": {"amount": "1"}}] * many)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID", ["lines"])]


async def test_a_refusal_shows_values_of_the_quote_in_the_way(shop: House) -> None:
    first = await shop.presented()
    second = await shop.draft(shop.sales_two, price="90.00", guarantees=())
    input = {"quoteId": global_id("Quote", second.id), "clientMutationId": "issue"}
    body = await shop.brand.world.ask(shop.sales_two.caller, ISSUE, {"input": input})
    payload = body["data"]["issueQuote"]
    [refusal] = payload["userErrors"]
    assert (payload["quote"], payload["cursor"]) == (None, None)
    assert (refusal["__typename"], refusal["code"], refusal["field"]) == (
        "QuoteConflicts",
        "QUOTE_CONFLICT",
        ["quoteId"],
    )
    [shown] = refusal["conflicts"]
    assert first.valid_from is not None
    assert first.presented_at is not None
    assert shown == {
        "quoteId": global_id("Quote", first.id),
        "status": "PRESENTED",
        "own": False,
        "staffId": global_id("StaffMember", shop.sales.staff),
        "staffName": "员工 sales",
        "departmentId": global_id("Store", shop.sales.store),
        "departmentName": "展厅 sales",
        "validFrom": _text(first.valid_from),
        "validUntil": _text(first.valid_until),
        "presentedAt": _text(first.presented_at),
        "items": [
            {
                "itemId": global_id("Item", shop.wiring),
                "kinds": ["PRICE", "GUARANTEE"],
                "unitPrice": {"amount": "90.00", "currency": "CNY"},
                "otherUnitPrice": {"amount": "100.00"},
                "narrowerScopes": ["水电"],
                "otherNarrowerScopes": [],
            }
        ],
    }
    again = await shop.brand.world.ask(shop.sales_two.caller, ISSUE, {"input": input})
    assert again == body, "a refusal is an answer, and a retry gets it again"


async def test_a_retried_act_is_done_once(shop: House) -> None:
    until = (datetime.now(UTC) + 30 * DAY).isoformat()
    payload, again = [await draft(shop, clientMutationId="once", validUntil=until) for _ in range(2)]
    assert payload == again
    input = {"quoteId": payload["quote"]["id"], "clientMutationId": "issue"}
    bodies = [await shop.brand.world.ask(shop.sales.caller, ISSUE, {"input": input}) for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert bodies[0]["data"]["issueQuote"]["quote"] == {"id": payload["quote"]["id"], "status": "ISSUED"}
    assert await shop.told() == ["quote.drafted", "quote.issued"]


async def test_a_quote_is_named_by_another_systems_id(shop: House) -> None:
    payload = await draft(shop, externalRefs=[{"system": "erp", "id": "Q-8"}])
    body = await shop.brand.world.ask(shop.sales.caller, ISSUE, {"input": {"quoteId": "ref:erp:Q-8"}})
    assert body["data"]["issueQuote"]["quote"]["id"] == payload["quote"]["id"]


async def test_a_whole_way_by_mutations(shop: House) -> None:
    """Draft, issue, present, revise, issue, present, accept: the customer's screen shows what came of it."""
    id = (await draft(shop))["quote"]["id"]

    async def step(name: str, **input: Any) -> dict[str, Any]:
        type = name[0].upper() + name[1:]
        query = f"""mutation($input: {type}Input!) {{ {name}(input: $input) {{
          userErrors {{ code field }} quote {{ id status revises {{ id status }} }} }} }}"""
        body = await shop.brand.world.ask(shop.sales.caller, query, {"input": input})
        payload: dict[str, Any] = body["data"][name]
        assert payload["userErrors"] == []
        quote: dict[str, Any] = payload["quote"]
        return quote

    await step("issueQuote", quoteId=id)
    assert (await step("presentQuote", quoteId=id, medium="IN_PERSON"))["status"] == "PRESENTED"
    until = (datetime.now(UTC) + 30 * DAY).isoformat()
    revision = await step("reviseQuote", quoteId=id, lines=lines(shop, "95.00"), validUntil=until)
    assert revision["revises"] == {"id": id, "status": "PRESENTED"}
    assert (await step("issueQuote", quoteId=revision["id"]))["revises"] == {"id": id, "status": "REVISED"}
    await step("presentQuote", quoteId=revision["id"])
    assert (await step("acceptQuote", quoteId=revision["id"]))["status"] == "ACCEPTED"
    body = await shop.brand.world.ask(
        shop.sales.caller,
        """query($id: ID!, $item: ID!) {
          customer(id: $id) { quotes { totalCount nodes { status revisions { status } total { amount } } } }
          item(id: $item) { quoteLines { nodes { unitPrice { amount } quote { status } customer { id } } } }
        }""",
        {"id": global_id("Customer", shop.customer), "item": global_id("Item", shop.wiring)},
    )
    assert body["data"]["customer"]["quotes"] == {
        "totalCount": 2,
        "nodes": [
            {"status": "ACCEPTED", "revisions": [], "total": {"amount": "95.00"}},
            {"status": "REVISED", "revisions": [{"status": "ACCEPTED"}], "total": {"amount": "100.00"}},
        ],
    }
    assert [one["unitPrice"]["amount"] for one in body["data"]["item"]["quoteLines"]["nodes"]] == ["95.00", "100.00"]


async def test_lists_by_every_filter(shop: House) -> None:
    async with shop.brand.work() as work:
        case = new_case(work, shop.customer)
        region = work.add(Store(key="east", name="华东", kind="REGION")).id
    first = await shop.presented(case_id=case)
    second = await shop.issued(shop.sales_two, item=shop.kitchen, price="5.00", days=60)
    third = await shop.draft(shop.designer, item=shop.kitchen)
    async with shop.work() as work:
        await decline_quote(work, DeclineQuote(quote_id=first.id))
    assert first.role_id is not None
    wanted: list[tuple[dict[str, Any], list[Quote]]] = [
        ({}, [third, second, first]),
        ({"customer": {"eq": global_id("Customer", shop.customer)}}, [third, second, first]),
        ({"customer": {"eq": global_id("Customer", new_id())}}, []),
        ({"case": {"eq": global_id("Case", case)}}, [first]),
        ({"item": {"eq": global_id("Item", shop.kitchen)}}, [third, second]),
        ({"status": {"in": ["DECLINED", "ISSUED"]}}, [second, first]),
        ({"staff": {"eq": global_id("StaffMember", shop.designer.staff)}}, [third]),
        ({"role": {"eq": global_id("ServiceRole", first.role_id)}}, [second, first]),
        ({"group": {"isNull": False}}, []),
        ({"department": {"eq": global_id("Store", shop.sales.store)}}, [first]),
        ({"withinStore": {"eq": global_id("Store", region)}}, []),
        ({"issuedAt": {"isNull": True}}, [third]),
        ({"draftedAt": {"from": _text(second.drafted_at)}}, [third, second]),
        ({"validUntil": {"from": _text(second.valid_until)}}, [second]),
        ({"updatedAt": {"to": _text(first.drafted_at)}}, []),
    ]
    for filter, expected in wanted:
        body = await shop.brand.ask(LIST, {"filter": filter})
        assert [node["id"] for node in body["data"]["quotes"]["nodes"]] == [
            global_id("Quote", quote.id) for quote in expected
        ], filter
    body = await shop.brand.ask(LIST, {"orderBy": {"field": "UPDATED_AT", "direction": "DESC"}})
    assert [node["id"] for node in body["data"]["quotes"]["nodes"]] == [
        global_id("Quote", quote.id) for quote in (first, third, second)
    ]


async def test_staff_see_the_quotes_of_their_customers_whoever_made_them(shop: House) -> None:
    quote = await shop.issued()
    stranger = shop.brand.as_staff(new_id(), DataScope.OWN_CUSTOMERS)
    query = "query($id: ID!) { quote(id: $id) { id } quotes { nodes { id } } }"
    id = global_id("Quote", quote.id)
    for caller, seen in ((shop.designer.caller, True), (stranger, False)):
        body = await shop.brand.world.ask(caller, query, {"id": id})
        assert body["data"] == {
            "quote": {"id": id} if seen else None,
            "quotes": {"nodes": [{"id": id}] if seen else []},
        }


async def test_conflicts_are_listed(shop: House) -> None:
    first, second = await side_by_side(shop)
    async with shop.work(shop.sales_two) as work:
        await present_quote(work, PresentQuote(quote_id=second.id))
    body = await shop.brand.ask(
        """query($seen: QuoteConflictFilter) {
          quotePolicy { onConflict version }
          quoteConflicts(filter: $seen) {
            nodes { kinds resolution reason seenAt quote { id conflicts { nodes { kinds } } } otherQuote { id } customer { id } }
          }
          none: quoteConflicts(filter: {seenAt: {isNull: true}}) { nodes { id } }
        }""",
        {"seen": {"seenAt": {"isNull": False}, "otherQuote": {"eq": global_id("Quote", first.id)}}},
    )
    [conflict] = body["data"]["quoteConflicts"]["nodes"]
    assert conflict.pop("seenAt") is not None
    assert conflict == {
        "kinds": ["PRICE", "GUARANTEE"],
        "resolution": "CUSTOMER_INFORMED",
        "reason": "两套方案，客户已知",
        "quote": {
            "id": global_id("Quote", second.id),
            "conflicts": {"nodes": [{"kinds": ["PRICE", "GUARANTEE"]}]},
        },
        "otherQuote": {"id": global_id("Quote", first.id)},
        "customer": {"id": global_id("Customer", shop.customer)},
    }
    assert body["data"]["none"]["nodes"] == []
    assert body["data"]["quotePolicy"] == {"onConflict": "ALLOW_WITH_RESOLUTION", "version": 1}


async def test_policy_and_resolution_by_mutation(shop: House) -> None:
    unsaid = await shop.brand.ask("{ quotePolicy { onConflict version } }")
    assert unsaid["data"]["quotePolicy"] == {"onConflict": "BLOCK", "version": 0}
    body = await shop.brand.ask(
        """mutation { setQuotePolicy(input: {onConflict: ALLOW_WITH_RESOLUTION, expectedVersion: 0}) {
          userErrors { code } quotePolicy { onConflict version } } }"""
    )
    assert body["data"]["setQuotePolicy"] == {
        "userErrors": [],
        "quotePolicy": {"onConflict": "ALLOW_WITH_RESOLUTION", "version": 1},
    }
    first, second = await shop.issued(), await shop.draft(shop.sales_two, price="90.00")
    resolve = """mutation($input: ResolveQuoteConflictInput!) { resolveQuoteConflict(input: $input) {
      userErrors { code field } quoteConflict { kinds resolution quote { id } otherQuote { id } } } }"""
    input = {
        "quoteId": global_id("Quote", second.id),
        "otherQuoteId": global_id("Quote", first.id),
        "resolution": "DIFFERENT_SCOPE",
        "reason": "主卧与客厅",
    }
    with pytest.raises(RequestError) as refused:
        await shop.brand.world.ask(shop.sales.caller, resolve, {"input": input})
    assert refused.value.errors[0]["extensions"]["permissions"] == ["QUOTE_MANAGE"]  # type: ignore[index]  # as GraphQL has it
    body = await shop.brand.ask(resolve, {"input": input})
    assert body["data"]["resolveQuoteConflict"] == {
        "userErrors": [],
        "quoteConflict": {
            "kinds": ["PRICE"],
            "resolution": "DIFFERENT_SCOPE",
            "quote": {"id": global_id("Quote", second.id)},
            "otherQuote": {"id": global_id("Quote", first.id)},
        },
    }
    again = await shop.brand.ask(resolve, {"input": input})
    assert [error["code"] for error in again["data"]["resolveQuoteConflict"]["userErrors"]] == ["ALREADY_EXISTS"]


@pytest.mark.parametrize(
    ("permissions", "reason"),
    [
        (None, "该报价当前状态为草拟（DRAFTED），不能变为已接受。"),
        ({Permission.QUOTE_READ}, "需要权限：报价（QUOTE_WRITE）。"),
    ],
)
async def test_a_front_end_is_told_why_not(shop: House, permissions: set[Permission] | None, reason: str) -> None:
    quote = await shop.draft()
    caller: Caller = shop.brand.as_staff(shop.sales.staff, DataScope.OWN_CUSTOMERS, permissions)
    body = await shop.brand.world.ask(
        caller,
        "query($id: ID!) { quote(id: $id) { availableActions { action allowed reason } } }",
        {"id": global_id("Quote", quote.id)},
        locale=Locale.ZH,
    )
    actions = {one["action"]: one for one in body["data"]["quote"]["availableActions"]}
    assert actions["acceptQuote"] == {"action": "acceptQuote", "allowed": False, "reason": reason}
    assert actions["issueQuote"]["allowed"] is (permissions is None)


async def test_who_may_what() -> None:
    held = {kind: sorted(p.value for p in granted if "QUOTE" in p) for kind, granted in DEFAULTS.items()}
    assert held == {
        PrincipalKind.OWNER: ["QUOTE_MANAGE", "QUOTE_READ", "QUOTE_WRITE"],
        PrincipalKind.STAFF: ["QUOTE_READ", "QUOTE_WRITE"],
        PrincipalKind.INTEGRATOR: ["QUOTE_READ", "QUOTE_WRITE"],
        PrincipalKind.PUBLIC: [],
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
