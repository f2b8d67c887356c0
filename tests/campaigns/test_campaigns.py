"""Contents are published and withdrawn, campaigns started, added to and ended: what they name, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from server.access.permissions import DEFAULTS, Permission, PrincipalKind
from server.errors import RequestError
from server.ids import global_id
from tests.factories.deals import Deal

READ = """
query($item: ID!, $campaign: ID!, $channel: ID!) {
  contents(filter: { item: { eq: $item }, tag: { eq: "春" } }) {
    nodes { kind title medium url tags items { key } staff { id } publishedAt withdrawnAt version }
  }
  ofIt: contents(filter: { campaign: { eq: $campaign } }) { nodes { title } }
  campaign(id: $campaign) {
    key name state startsAt endsAt version
    segments { key } stores { key } channels { name } contents { title }
  }
  channel(id: $channel) { campaign campaigns { key } }
  withIt: campaigns(filter: { channel: { eq: $channel } }) { nodes { key } }
}
"""


async def test_a_campaign_names_whom_it_is_for_and_with_what(shop: Deal) -> None:
    item, store = global_id("Item", shop.item), global_id("Store", shop.store)
    segment = (
        await shop.done(
            "defineSegment", "segment { id }", key="locals", name="本店", filter={"homeStore": {"eq": store}}
        )
    )["segment"]["id"]
    started = await shop.done(
        "startCampaign",
        "campaign { id version state }",
        key="spring",
        name="春日尝鲜",
        startsAt="2026-03-01T00:00:00Z",
        segmentIds=[segment, segment],
        storeIds=[store],
        externalRefs=[{"system": "cms", "id": "9"}],
    )
    assert started["campaign"]["state"] == "RUNNING"
    campaign = started["campaign"]["id"]
    await shop.done(
        "publishContent",
        "content { id }",
        by=shop.brand.as_staff(
            shop.staff, shop.clerk.data_scope, {*shop.clerk.permissions, Permission.CAMPAIGN_MANAGE}
        ),
        kind="RECIPE",
        title="荠菜春卷",
        medium="WECOM_GROUP_CHAT",
        url="https://cms.example/9",
        itemIds=[item, item],
        tags=["春", "面点", "春"],
        campaignId="ref:cms:9",
        occurredAt="2026-03-02T00:00:00Z",
    )
    made = await shop.done(
        "createChannel", "channel { id }", name="桌贴", kind="STORE_MATERIAL", campaign="spring", campaignId=campaign
    )
    channel = made["channel"]["id"]
    again = await shop.done(
        "addToCampaign", "campaign { version }", campaignId=campaign, channelIds=[channel], storeIds=[store]
    )
    assert again["cursor"] is None  # it names them already: nothing happened
    asked = {"item": item, "campaign": campaign, "channel": channel}
    assert (await shop.brand.ask(READ, asked))["data"] == {
        "contents": {
            "nodes": [
                {
                    "kind": "RECIPE",
                    "title": "荠菜春卷",
                    "medium": "WECOM_GROUP_CHAT",
                    "url": "https://cms.example/9",
                    "tags": ["春", "面点"],
                    "items": [{"key": "cake"}],
                    "staff": {"id": global_id("StaffMember", shop.staff)},
                    "publishedAt": "2026-03-02T00:00:00.000000Z",
                    "withdrawnAt": None,
                    "version": 1,
                }
            ]
        },
        "ofIt": {"nodes": [{"title": "荠菜春卷"}]},
        "campaign": {
            "key": "spring",
            "name": "春日尝鲜",
            "state": "RUNNING",
            "startsAt": "2026-03-01T00:00:00.000000Z",
            "endsAt": None,
            "version": 1,
            "segments": [{"key": "locals"}],
            "stores": [{"key": "S1"}],
            "channels": [{"name": "桌贴"}],
            "contents": [{"title": "荠菜春卷"}],
        },
        "channel": {"campaign": "spring", "campaigns": [{"key": "spring"}]},
        "withIt": {"nodes": [{"key": "spring"}]},
    }
    assert await shop.told("campaign.") == ["campaign.started", *["campaign.part_named"] * 4]
    assert await shop.told("content.") == ["content.published", "content.item_named"]


async def test_what_is_over_is_over(shop: Deal) -> None:
    content = (await shop.done("publishContent", "content { id }", kind="OFFER", title="买一送一"))["content"]["id"]
    campaign = (await shop.done("startCampaign", "campaign { id }", key="one", name="一"))["campaign"]["id"]
    ended = await shop.done("endCampaign", "campaign { state version endsAt }", campaignId=campaign, expectedVersion=1)
    assert (ended["campaign"]["state"], ended["campaign"]["version"]) == ("ENDED", 2)
    withdrawn = await shop.done("withdrawContent", "content { withdrawnAt version }", contentId=content)
    assert withdrawn["content"]["withdrawnAt"] is not None
    before = await shop.brand.events()
    for name, input, code, field in (
        ("endCampaign", {"campaignId": campaign}, "NOT_ALLOWED", ["campaignId"]),
        ("addToCampaign", {"campaignId": campaign, "storeIds": []}, "NOT_ALLOWED", ["campaignId"]),
        ("publishContent", {"kind": "TIP", "title": "x", "campaignId": campaign}, "NOT_ALLOWED", ["campaignId"]),
        ("withdrawContent", {"contentId": content}, "NOT_ALLOWED", ["contentId"]),
        ("startCampaign", {"key": "one", "name": "又一"}, "ALREADY_EXISTS", ["key"]),
        ("startCampaign", {"key": "two", "name": "二", "contentIds": [content]}, "NOT_FOUND", ["contentIds", "0"]),
        ("startCampaign", {"key": "two", "name": "二", "endsAt": "2026-01-01T00:00:00Z"}, "INVALID", ["endsAt"]),
        ("publishContent", {"kind": "TIP", "title": "x", "occurredAt": "2100-01-01T00:00:00Z"}, "INVALID", ["occurredAt"]),
        ("publishContent", {"kind": "TIP", "title": "x", "url": "javascript:x"}, "INVALID", ["url"]),
    ):  # fmt: skip
        answer = await shop.act(name, "cursor", **input)
        assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [(code, field)], name
    assert await shop.brand.events() == before
    assert [await shop.brand.count(table) for table in ("contents", "campaigns", "campaign_parts")] == [1, 1, 0]


async def test_what_is_not_there_is_not_found_in_any_of_its_lists(shop: Deal) -> None:
    for field, type_ in (
        ("segmentIds", "Segment"),
        ("storeIds", "Store"),
        ("channelIds", "Channel"),
        ("contentIds", "Content"),
    ):
        named: dict[str, Any] = {field: [global_id(type_, uuid4())]}
        answer = await shop.act("startCampaign", "cursor", key="k", name="n", **named)
        assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("NOT_FOUND", [field, "0"])]
    item = global_id("Item", uuid4())
    answer = await shop.act("publishContent", "cursor", kind="TIP", title="x", itemIds=[item])
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("NOT_FOUND", ["itemIds", "0"])]
    assert await shop.brand.count("campaigns") == 0


async def test_only_who_manages_campaigns_does(shop: Deal) -> None:
    assert Permission.CAMPAIGN_MANAGE not in DEFAULTS[PrincipalKind.STAFF] | DEFAULTS[PrincipalKind.INTEGRATOR]
    inputs: dict[str, dict[str, Any]] = {
        "publishContent": {"kind": "TIP", "title": "x"},
        "startCampaign": {"key": "k", "name": "n"},
        "defineSegment": {"key": "k", "name": "n", "filter": {"tag": {"eq": "x"}}},
    }
    for name, input in inputs.items():
        with pytest.raises(RequestError, match="CAMPAIGN_MANAGE needed"):
            await shop.act(name, "cursor", by=shop.clerk, **input)
    assert [await shop.brand.count(table) for table in ("contents", "campaigns", "segments")] == [0, 0, 0]


async def test_of_two_campaigns_of_one_key_at_once_there_is_one(shop: Deal) -> None:
    acts = [shop.act("startCampaign", "campaign { id }", key="k", name=str(n)) for n in range(4)]
    codes = sorted(one["code"] for answer in await asyncio.gather(*acts) for one in answer["userErrors"])
    assert codes == ["ALREADY_EXISTS"] * 3
    assert await shop.brand.count("campaigns") == 1
