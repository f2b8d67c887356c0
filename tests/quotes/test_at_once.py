"""Quotes of one customer changed by several people at the same moment, over HTTP. `make soak` does it a hundred times."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from server.access import keys
from server.access.permissions import PrincipalKind
from server.ids import global_id
from tests.factories.brands import World, onboard
from tests.factories.serving import Served
from tests.quotes.people import House, Seller, house
from tests.quotes.test_resolving import side_by_side

ACT = """
mutation($input: %sInput!) { %s(input: $input) {
  userErrors { __typename code ... on QuoteConflicts { conflicts { quoteId } } }
  quote { id status version answeredAt }
} }
"""
ISSUE, PRESENT, ACCEPT, REVISE = (
    ACT % (name[0].upper() + name[1:], name) for name in ("issueQuote", "presentQuote", "acceptQuote", "reviseQuote")
)


async def key_of(shop: House, seller: Seller) -> str:
    async with shop.brand.work() as work:
        _, secret = await keys.create_api_key(work, name="phone", kind=PrincipalKind.STAFF, staff_id=seller.staff)
    return secret


async def act(served: Served, key: str, query: str, input: dict[str, Any]) -> dict[str, Any]:
    """The payload of an act sent in a request of its own."""
    body = (await served.ask(key, query, {"input": input})).json()
    assert "errors" not in body, body
    (payload,) = body["data"].values()
    answer: dict[str, Any] = payload
    return answer


def outcome(payload: dict[str, Any]) -> str:
    """The status reached, or the kind of refusal."""
    refused = payload["userErrors"]
    return str(refused[0]["code"]) if refused else str(payload["quote"]["status"])


async def issue_at_once(shop: House, served: Served, phones: dict[Seller, str], many: int) -> None:
    """Two departments issue quotes that contradict one another, all at the same moment: one passes."""
    sellers = [shop.sales, shop.sales_two]
    drafts = [
        (sellers[number % 2], await shop.draft(sellers[number % 2], price=f"{100 + number}.00"))
        for number in range(many)
    ]
    payloads = await asyncio.gather(
        *(act(served, phones[seller], ISSUE, {"quoteId": global_id("Quote", draft.id)}) for seller, draft in drafts)
    )
    assert Counter(map(outcome, payloads)) == {"ISSUED": 1, "QUOTE_CONFLICT": many - 1}
    [winner] = [payload["quote"]["id"] for payload in payloads if payload["quote"]]
    for payload in payloads:
        if payload["userErrors"]:
            assert payload["userErrors"][0] == {
                "__typename": "QuoteConflicts",
                "code": "QUOTE_CONFLICT",
                "conflicts": [{"quoteId": winner}],
            }
    statuses = Counter([(await shop.quote(draft.id)).status for _, draft in drafts])
    assert statuses == {"ISSUED": 1, "DRAFTED": many - 1}


async def accept_at_once(shop: House, served: Served, phones: dict[Seller, str], many: int) -> None:
    """Everybody records the same acceptance: it happens once, and all are told of the accepted quote."""
    quote = await shop.presented(item=shop.kitchen)
    before = (await shop.told()).count("quote.accepted")
    ways = list(phones.values())
    payloads = await asyncio.gather(
        *(act(served, ways[n % 2], ACCEPT, {"quoteId": global_id("Quote", quote.id)}) for n in range(many))
    )
    assert [outcome(payload) for payload in payloads] == ["ACCEPTED"] * many
    assert {(one["quote"]["version"], one["quote"]["answeredAt"]) for one in payloads} == {
        (4, payloads[0]["quote"]["answeredAt"])
    }
    assert (await shop.told()).count("quote.accepted") == before + 1


@pytest.fixture
async def phones(shop: House, served: Served) -> dict[Seller, str]:
    return {seller: await key_of(shop, seller) for seller in (shop.sales, shop.sales_two)}


async def test_of_quotes_that_contradict_one_another_one_is_issued(
    shop: House, served: Served, phones: dict[Seller, str]
) -> None:
    await issue_at_once(shop, served, phones, 8)


async def test_acceptances_at_once_are_one(shop: House, served: Served, phones: dict[Seller, str]) -> None:
    await accept_at_once(shop, served, phones, 6)


async def test_acceptances_of_quotes_that_contradict_are_one(
    shop: House, served: Served, phones: dict[Seller, str]
) -> None:
    """Two quotes that were let through side by side: the customer says yes at both desks at once."""
    first, second = await side_by_side(shop)
    ids = [global_id("Quote", quote.id) for quote in (first, second)]
    await act(served, phones[shop.sales_two], PRESENT, {"quoteId": ids[1]})
    payloads = await asyncio.gather(
        *(act(served, phones[seller], ACCEPT, {"quoteId": id}) for seller, id in zip(phones, ids, strict=True))
    )
    assert sorted(map(outcome, payloads)) == ["ACCEPTED", "QUOTE_CONFLICT"]
    [winner] = [payload["quote"]["id"] for payload in payloads if payload["quote"]]
    [refusal] = [payload["userErrors"][0] for payload in payloads if payload["userErrors"]]
    assert refusal["conflicts"] == [{"quoteId": winner}]


async def test_revisions_issued_at_once_are_one(shop: House, served: Served, phones: dict[Seller, str]) -> None:
    first = await shop.issued()
    input = {
        "quoteId": global_id("Quote", first.id),
        "validUntil": first.valid_until.isoformat(),
        "lines": [{"itemId": global_id("Item", shop.wiring), "unitPrice": {"amount": "90.00"}}],
    }
    drafts = [await act(served, phones[shop.sales], REVISE, input) for _ in range(4)]
    payloads = await asyncio.gather(
        *(act(served, phones[shop.sales], ISSUE, {"quoteId": draft["quote"]["id"]}) for draft in drafts)
    )
    assert Counter(map(outcome, payloads)) == {"ISSUED": 1, "NOT_ALLOWED": 3}
    assert (await shop.quote(first.id)).status == "REVISED"


async def test_a_customer_answers_while_the_quote_is_taken_back(
    shop: House, served: Served, phones: dict[Seller, str]
) -> None:
    quote = await shop.presented()
    id = {"quoteId": global_id("Quote", quote.id)}
    accept, withdraw = ACCEPT, ACT % ("WithdrawQuote", "withdrawQuote")
    payloads = await asyncio.gather(*(act(served, phones[shop.sales], query, id) for query in (accept, withdraw)))
    assert sorted(map(outcome, payloads)) in (["ACCEPTED", "NOT_ALLOWED"], ["NOT_ALLOWED", "WITHDRAWN"])


@pytest.mark.soak
async def test_a_hundred_times_one_passes(served: Served, world: World) -> None:
    for _ in range(100):
        shop = await house(await onboard(world, industry="HOME_DECORATION"))
        phones = {seller: await key_of(shop, seller) for seller in (shop.sales, shop.sales_two)}
        await issue_at_once(shop, served, phones, 6)
        await accept_at_once(shop, served, phones, 4)
