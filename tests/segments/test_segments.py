"""Segments: filters that are kept, read in words, and asked anew under the caller's scope."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from server.access.permissions import Permission
from server.customers.tables import Customer, CustomerTag
from server.errors import RequestError
from server.ids import global_id
from server.planner import kept_filters
from server.schema.customers import CUSTOMER_FILTER
from server.schema.segments import NAMED
from tests.factories.deals import Deal
from tests.touchpoints import people

SHOWN = (
    "segment { id key name version count conditions { field operator values } customers(first: 2) { nodes { name } } }"
)
PAGE = """
query($id: ID!, $after: String) {
  segment(id: $id) {
    customers(first: 2, after: $after) {
      edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


async def regulars(shop: Deal, count: int = 5) -> None:
    """Customers 0, 1, 2…, added one day after the other, of whom the clerk sees the even ones."""
    async with shop.work() as work:
        for number in range(count):
            at = datetime(2026, 3, 1 + number, tzinfo=UTC)
            row = Customer(kind="PERSON", name=str(number), home_store_id=shop.store, first_added_at=at, updated_at=at)
            work.add(row)
            work.add(CustomerTag(customer_id=row.id, tag="熟客"))
            if number % 2 == 0:
                people.may_see(work, shop.staff, row.id)


async def test_a_segment_is_asked_anew_and_shows_what_the_caller_may_see(shop: Deal) -> None:
    await regulars(shop)
    store = global_id("Store", shop.store)
    who = {
        "homeStore": {"in": [store.rstrip("=")]},
        "tag": {"eq": "熟客"},
        "addedAt": {"from": "2026-03-02T08:00:00+08:00"},
    }
    made = (await shop.done("defineSegment", SHOWN, key="regulars", name="熟客", filter=who))["segment"]
    assert made.pop("id")
    assert made == {
        "key": "regulars",
        "name": "熟客",
        "version": 1,
        "count": 4,
        "conditions": [
            {"field": "addedAt", "operator": "from", "values": ["2026-03-02T00:00:00.000000Z"]},
            {"field": "homeStore", "operator": "in", "values": [store]},
            {"field": "tag", "operator": "eq", "values": ["熟客"]},
        ],
        "customers": {"nodes": [{"name": "4"}, {"name": "3"}]},
    }
    same = await shop.done("defineSegment", "segment { version }", key="regulars", name="熟客", filter=who)
    assert (same["segment"]["version"], same["cursor"]) == (1, None)
    body = await shop.brand.world.ask(shop.clerk, "{ segments { nodes { key count customers { nodes { name } } } } }")
    assert body["data"]["segments"]["nodes"] == [
        {"key": "regulars", "count": 2, "customers": {"nodes": [{"name": "4"}, {"name": "2"}]}}
    ]
    await regulars(shop, 2)  # of whom one was added in time
    body = await shop.brand.ask('{ segments(filter: { key: { eq: "regulars" } }) { nodes { count } } }')
    assert body["data"]["segments"]["nodes"] == [{"count": 5}]


async def test_its_customers_come_page_by_page(shop: Deal) -> None:
    await regulars(shop)
    made = await shop.done("defineSegment", "segment { id }", key="all", name="全部", filter={"tag": {"eq": "熟客"}})
    found: list[str] = []
    after, more = None, True
    while more:
        body = await shop.brand.ask(PAGE, {"id": made["segment"]["id"], "after": after})
        page = body["data"]["segment"]["customers"]
        found += [edge["node"]["name"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == ["4", "3", "2", "1", "0"]
    for wrong in ("x", "eA", "MjAyNnw="):
        with pytest.raises(RequestError, match="this is not a cursor of this list"):
            await shop.brand.ask(PAGE, {"id": made["segment"]["id"], "after": wrong})


async def test_what_is_asked_must_be_there_and_granted(shop: Deal) -> None:
    give: dict[str, Any] = {"key": "s", "name": "n"}
    blind = shop.brand.as_staff(
        shop.staff, shop.clerk.data_scope, {Permission.CAMPAIGN_MANAGE, Permission.CUSTOMER_READ}
    )
    for filter, code, field, by in (
        ({}, "REQUIRED", ["filter"], None),
        ({"homeStore": {"eq": global_id("Store", uuid4())}}, "NOT_FOUND", ["filter", "homeStore"], None),
        ({"homeStore": {"eq": global_id("Item", shop.item)}}, "NOT_FOUND", ["filter", "homeStore"], None),
        ({"tag": {"eq": None}}, "INVALID", ["filter"], None),
        ({"trustBalance": {"from": 1}}, "NOT_ALLOWED", ["filter"], blind),
    ):
        answer = await shop.act("defineSegment", "segment { id }", by=by, filter=filter, **give)
        assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [(code, field)]
    assert await shop.brand.count("segments") == 0
    await shop.done("defineSegment", "segment { id }", filter={"trustBalance": {"from": 1}}, **give)
    body = await shop.brand.world.ask(blind, "{ segments { nodes { key count customers { nodes { id } } } } }")
    assert body["data"]["segments"]["nodes"] == [{"key": "s", "count": None, "customers": None}]


async def test_a_retired_segment_is_read_and_brought_back(shop: Deal) -> None:
    input: dict[str, Any] = {"key": "s", "name": "n", "filter": {"kind": {"in": ["PERSON", "COMPANY"]}}}
    made = (await shop.done("defineSegment", "segment { id }", **input))["segment"]["id"]
    retired = await shop.done("retireSegment", "segment { retiredAt version }", segmentId=made)
    assert retired["segment"]["version"] == 2
    twice = await shop.act("retireSegment", "cursor", segmentId=made)
    assert [one["code"] for one in twice["userErrors"]] == ["NOT_ALLOWED"]
    refused = await shop.act("startCampaign", "cursor", key="c", name="n", segmentIds=[made])
    assert [(one["code"], one["field"]) for one in refused["userErrors"]] == [("NOT_FOUND", ["segmentIds", "0"])]
    stale = await shop.act("defineSegment", "cursor", **input, expectedVersion=1)
    assert [one["code"] for one in stale["userErrors"]] == ["CONFLICT"]
    back = await shop.done("defineSegment", "segment { id retiredAt version count }", **input)
    assert back["segment"] == {"id": made, "retiredAt": None, "version": 3, "count": 2}
    assert await shop.told("segment.") == ["segment.defined", "segment.retired", "segment.defined"]


async def test_of_one_key_at_once_there_is_one_segment(shop: Deal) -> None:
    define = [
        shop.done("defineSegment", "segment { id }", key="k", name="n", filter={"tag": {"eq": "x"}}) for _ in range(4)
    ]
    assert len({one["segment"]["id"] for one in await asyncio.gather(*define)}) == 1
    assert await shop.told("segment.") == ["segment.defined"]


def test_everything_a_condition_can_name_is_known() -> None:
    assert {one.id_of for one in CUSTOMER_FILTER.predicates.values()} - {None} == set(NAMED)


def test_a_kept_filter_reads_in_words() -> None:
    document: dict[str, dict[str, Any]] = {
        "birthday": {"isNull": True},
        "trustBalance": {"from": 1, "to": 9},
        "tag": {"in": ["a", "b"]},
    }
    assert kept_filters.in_words(document) == [
        ("birthday", "isNull", ["true"]),
        ("tag", "in", ["a", "b"]),
        ("trustBalance", "from", ["1"]),
        ("trustBalance", "to", ["9"]),
    ]
