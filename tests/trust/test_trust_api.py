"""Trust accounts through GraphQL: read with their explanation, adjusted by hand by those who may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.access.permissions import DEFAULTS, DataScope, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id
from server.terms import Locale
from server.trust.accounts import open_account
from server.trust.entries import Cause, Posting, enter
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from tests.factories.brands import Brand
from tests.trust.people import by_hand, customer_of, new_customer

MakeBrand = Callable[..., Awaitable[Brand]]

ACCOUNT = """
query($id: ID!) { node(id: $id) { ... on TrustAccount {
  balance ceiling creases customer { id }
  entries(first: 10) { totalCount nodes {
    seq reason label claimed amount balanceAfter ceilingAfter severityBp note
    account { id } cause { __typename id } reverses { id }
  } }
} } }
"""
ADJUST = """
mutation($input: AdjustTrustInput!) { adjustTrust(input: $input) {
  userErrors { code field message }
  trustAccount { balance ceiling entries { nodes { seq note } } }
  trustEntry { seq reason claimed amount balanceAfter note }
} }
"""


async def adjusted(here: Brand, customer: UUID, **given: Any) -> dict[str, Any]:
    body = await here.ask(
        ADJUST, {"input": {"customerId": global_id("Customer", customer), "reason": "门店致歉", **given}}
    )
    assert "errors" not in body
    payload: dict[str, Any] = body["data"]["adjustTrust"]
    return payload


async def test_an_account_is_explained_entry_by_entry(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        account = await open_account(work, customer)
        await enter(work, customer, Posting(reason=TrustReason.DISCOUNT_GIVEN))
    await adjusted(here, customer, withdrawal=20)
    account_id = global_id("TrustAccount", account.id)
    body = await here.ask(ACCOUNT, {"id": account_id})
    expected = {
        "ceilingAfter": 1000,
        "severityBp": None,
        "account": {"id": account_id},
        "cause": None,
        "reverses": None,
    }
    assert body == {
        "data": {
            "node": {
                "balance": 80,
                "ceiling": 1000,
                "creases": 0,
                "customer": {"id": global_id("Customer", customer)},
                "entries": {
                    "totalCount": 3,
                    "nodes": [
                        {
                            "seq": 3,
                            "reason": "MANUAL_WITHDRAWAL",
                            "label": "Withdrawal by hand",
                            "claimed": -20,
                            "amount": -20,
                            "balanceAfter": 80,
                            "note": "门店致歉",
                            **expected,
                        },
                        {
                            "seq": 2,
                            "reason": "DISCOUNT_GIVEN",
                            "label": "Discount given",
                            "claimed": 0,
                            "amount": 0,
                            "balanceAfter": 100,
                            "note": None,
                            **expected,
                        },
                        {
                            "seq": 1,
                            "reason": "OPENED",
                            "label": "Account opened",
                            "claimed": 100,
                            "amount": 100,
                            "balanceAfter": 100,
                            "note": None,
                            **expected,
                        },
                    ],
                },
            }
        }
    }


async def test_labels_follow_the_argument_and_else_the_caller(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        account = await open_account(work, new_customer(work))
    query = "query($id: ID!) { node(id: $id) { ... on TrustAccount { entries { nodes { label en: label(locale: EN) } } } } }"
    body = await here.ask(query, {"id": global_id("TrustAccount", account.id)}, locale=Locale.ZH)
    assert body["data"]["node"]["entries"]["nodes"] == [{"label": "开户", "en": "Account opened"}]


async def test_a_cause_is_a_node_of_its_own_type(brand: MakeBrand) -> None:
    """The opening has no cause; a cause that is not there reads as absent."""
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        raised = await work.raw.fetchval(
            """INSERT INTO feedback (tenant_id, id, customer_id, kind, status, reopen_count, version, occurred_at,
                                     recorded_at, updated_at)
               SELECT tenant_id, gen_random_uuid(), id, 'PRAISE', 'RESOLVED', 0, 1, now(), now(), now()
               FROM customers WHERE id = $1 RETURNING id""",
            await flushed(work, customer),
        )
        for type, id in ((CauseType.FEEDBACK, raised), (CauseType.RELATIONSHIP, raised)):
            await enter(work, customer, Posting(reason=TrustReason.PROMISE_KEPT, cause=Cause(type, id, key=type)))
        account = await open_account(work, customer)
    body = await here.ask(ACCOUNT, {"id": global_id("TrustAccount", account.id)})
    causes = [entry["cause"] for entry in body["data"]["node"]["entries"]["nodes"]]
    assert causes == [None, {"__typename": "Feedback", "id": global_id("Feedback", raised)}, None]


async def test_the_balance_at_a_time_is_what_was_recorded_by_then(brand: MakeBrand) -> None:
    here = await brand()
    times = []
    async with here.work() as work:
        customer = new_customer(work)
        account = await open_account(work, customer)
        times.append(work.now)
    for points in (10, 20):
        async with here.work() as work:
            await enter(work, customer, by_hand(points))
            times.append(work.now)
    asked = [
        times[0] - timedelta(microseconds=1),
        *times,
        times[1] - timedelta(microseconds=1),
        times[2] + timedelta(days=1),
    ]
    fields = " ".join(f'a{index}: balanceAt(time: "{time.isoformat()}")' for index, time in enumerate(asked))
    body = await here.ask(
        f"query($id: ID!) {{ node(id: $id) {{ ... on TrustAccount {{ {fields} }} }} }}",
        {"id": global_id("TrustAccount", account.id)},
    )
    assert list(body["data"]["node"].values()) == [None, 100, 110, 130, 100, 130]


async def test_balances_at_a_time_of_many_accounts(brand: MakeBrand) -> None:
    here = await brand()
    ids = []
    async with here.work() as work:
        for points in (5, 6, 7):
            customer = new_customer(work)
            ids.append(global_id("TrustAccount", (await open_account(work, customer)).id))
            await enter(work, customer, by_hand(points))
    far = datetime(2199, 1, 1, tzinfo=UTC).isoformat()
    query = f'query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on TrustAccount {{ balanceAt(time: "{far}") }} }} }}'
    body = await here.ask(query, {"ids": ids})
    assert body == {"data": {"nodes": [{"balanceAt": 105}, {"balanceAt": 106}, {"balanceAt": 107}]}}


async def test_entries_are_filtered_and_ordered(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        account = await open_account(work, customer)
        for points in (1, -2, 3):
            await enter(work, customer, by_hand(points))
    query = """query($id: ID!) { node(id: $id) { ... on TrustAccount {
      entries(filter: {reason: {eq: MANUAL_DEPOSIT}}, orderBy: {field: SEQ, direction: ASC}) { nodes { seq amount } }
    } } }"""
    body = await here.ask(query, {"id": global_id("TrustAccount", account.id)})
    assert body["data"]["node"]["entries"]["nodes"] == [{"seq": 2, "amount": 1}, {"seq": 4, "amount": 3}]


async def test_an_adjustment_answers_with_the_account_after_it(brand: MakeBrand) -> None:
    here = await brand()
    payload = await adjusted(here, await customer_of(here), deposit=30)
    assert payload == {
        "userErrors": [],
        "trustAccount": {
            "balance": 130,
            "ceiling": 1000,
            "entries": {"nodes": [{"seq": 2, "note": "门店致歉"}, {"seq": 1, "note": None}]},
        },
        "trustEntry": {
            "seq": 2,
            "reason": "MANUAL_DEPOSIT",
            "claimed": 30,
            "amount": 30,
            "balanceAfter": 130,
            "note": "门店致歉",
        },
    }


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"deposit": 31}, "LIMIT_REACHED", ["deposit"]),
        ({"withdrawal": 51}, "LIMIT_REACHED", ["withdrawal"]),
        ({"deposit": 0}, "INVALID", ["deposit"]),
        ({"deposit": 1, "withdrawal": 1}, "INVALID", ["withdrawal"]),
        ({}, "INVALID", ["deposit"]),
        ({"deposit": 1, "reason": ""}, "INVALID", ["reason"]),
        ({"deposit": 1, "customerId": "nonsense"}, "NOT_FOUND", ["customerId"]),
        ({"deposit": 1, "customerId": global_id("Customer", UUID(int=1))}, "NOT_FOUND", ["customerId"]),
    ],
)
async def test_a_refused_adjustment_changes_nothing(
    brand: MakeBrand, given: dict[str, Any], code: str, field: list[str]
) -> None:
    here = await brand()
    customer = await customer_of(here)
    events = await here.events()
    payload = await adjusted(here, customer, **given)
    [error] = payload["userErrors"]
    assert (error["code"], error["field"], payload["trustAccount"]) == (code, field, None)
    assert await here.count("trust_entries") == 0
    assert await here.events() == events


async def test_adjusting_wants_its_own_permission(brand: MakeBrand) -> None:
    here = await brand()
    customer = await customer_of(here)
    staff = here.as_staff(UUID(int=9), DataScope.ALL)
    variables = {"input": {"customerId": global_id("Customer", customer), "deposit": 1, "reason": "r"}}
    with pytest.raises(RequestError) as refused:
        await here.world.ask(staff, ADJUST, variables)
    assert [error["extensions"]["code"] for error in refused.value.errors] == ["FORBIDDEN"]  # type: ignore[index]  # extensions is a dict
    assert await here.count("trust_entries") == 0


async def test_nobody_adjusts_or_reads_the_account_of_a_customer_out_of_sight(brand: MakeBrand) -> None:
    here = await brand()
    async with here.work() as work:
        customer = new_customer(work)
        account = await open_account(work, customer)
    may_adjust = DEFAULTS[PrincipalKind.STAFF] | {Permission.TRUST_ADJUST}
    staff = here.as_staff(UUID(int=9), DataScope.OWN_CUSTOMERS, may_adjust)
    variables = {"input": {"customerId": global_id("Customer", customer), "deposit": 1, "reason": "r"}}
    body = await here.world.ask(staff, ADJUST, variables)
    [error] = body["data"]["adjustTrust"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["customerId"])
    assert await here.world.ask(staff, ACCOUNT, {"id": global_id("TrustAccount", account.id)}) == {
        "data": {"node": None}
    }
    assert await here.count("trust_entries") == 1


async def flushed(work: Any, id: UUID) -> UUID:
    await work.flush()
    return id
