"""Posting to a group chat: one act, a contact with everybody who is in it then; within the boundary of who posts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.ids import global_id
from tests.factories.deals import Deal
from tests.touchpoints import people

CHAT = "groupChat { id name memberCount createdAt version store { id } group { key } owner { id } }"
READ = """
query($chat: ID!, $customer: ID!) {
  groupChat(id: $chat) {
    memberCount members { totalCount } posts { nodes { summary purpose receivers content { title } } }
  }
  groupPosts { nodes { receivers touchpoints { totalCount nodes { customer { id } store { id } } } } }
  customer(id: $customer) {
    groupChats { nodes { joinedAt leftAt joinSource groupChat { name } } }
    touchpoints { nodes { medium direction outcome groupChat { name } groupPost { id } content { title } campaign { key } } }
  }
  here: groupChats(filter: { customer: { eq: $customer } }) { totalCount }
  none: groupChats(filter: { dissolvedAt: { isNull: false } }) { totalCount }
}
"""


async def test_a_post_reaches_who_is_in_the_chat_then_and_spends_nobodys_units(shop: Deal) -> None:
    async with shop.work() as work:
        late = people.customer(work, home_store_id=shop.store)
        group = await people.group(work, "ops_group")
        member = people.colleague(work)
        people.placed_in_group(work, member, group, datetime(2026, 2, 1, tzinfo=UTC))
    served: dict[str, Any] = {"groupId": global_id("OpsGroup", group), "ownerId": global_id("StaffMember", member)}
    chat = (await shop.done("createGroupChat", CHAT, name="熟客群", occurredAt="2026-03-01T00:00:00Z", **served))[
        "groupChat"
    ]
    assert chat == {
        "id": chat["id"], "name": "熟客群", "memberCount": 0, "createdAt": "2026-03-01T00:00:00.000000Z", "version": 1,
        "store": None, "group": {"key": "ops_group"}, "owner": {"id": global_id("StaffMember", member)},
    }  # fmt: skip
    rows = [
        {"groupChatId": chat["id"], "customerId": global_id("Customer", id), "occurredAt": at, "source": "GROUP_CODE"}
        for id, at in ((shop.customer, "2026-03-02T00:00:00Z"), (shop.stranger, "2026-03-02T00:00:00Z"),
                       (late, "2026-03-09T00:00:00Z"))
    ]  # fmt: skip
    rows.append({**rows[0], "customerId": "Q3VzdG9tZXI6eA=="})
    told = await shop.done(
        "recordGroupMemberships", "results { groupMembership { id } userErrors { code field } }", memberships=rows
    )
    assert [one["userErrors"] for one in told["results"]] == [
        [], [], [], [{"code": "NOT_FOUND", "field": ["memberships", "3", "customerId"]}],
    ]  # fmt: skip
    content = (await shop.done("publishContent", "content { id }", kind="ARTICLE", title="换季护理"))["content"]["id"]
    campaign = (await shop.done("startCampaign", "campaign { id }", key="spring", name="春"))["campaign"]["id"]
    said = {"groupChatId": chat["id"], "staffId": global_id("StaffMember", member), "purpose": "CONTENT"}
    posted = await shop.done(
        "postToGroupChat",
        "groupPost { id receivers group { key } occurredAt }",
        **said,
        contentId=content,
        campaignId=campaign,
        summary="换季怎么办",
        occurredAt="2026-03-05T00:00:00Z",
    )
    assert posted["groupPost"]["receivers"] == 2
    assert posted["groupPost"]["group"] == {"key": "ops_group"}
    seen = (await shop.brand.ask(READ, {"chat": chat["id"], "customer": global_id("Customer", shop.customer)}))["data"]
    assert seen["groupChat"] == {
        "memberCount": 3,
        "members": {"totalCount": 3},
        "posts": {
            "nodes": [{"summary": "换季怎么办", "purpose": "CONTENT", "receivers": 2, "content": {"title": "换季护理"}}]
        },
    }
    [post] = seen["groupPosts"]["nodes"]
    assert post["touchpoints"]["totalCount"] == 2
    assert seen["customer"] == {
        "groupChats": {
            "nodes": [
                {
                    "joinedAt": "2026-03-02T00:00:00.000000Z",
                    "leftAt": None,
                    "joinSource": "GROUP_CODE",
                    "groupChat": {"name": "熟客群"},
                }
            ]
        },
        "touchpoints": {
            "nodes": [
                {
                    "medium": "WECOM_GROUP_CHAT",
                    "direction": "OUTBOUND",
                    "outcome": "PENDING",
                    "groupChat": {"name": "熟客群"},
                    "groupPost": {"id": posted["groupPost"]["id"]},
                    "content": {"title": "换季护理"},
                    "campaign": {"key": "spring"},
                }
            ]
        },
    }
    assert (seen["here"]["totalCount"], seen["none"]["totalCount"]) == (1, 0)
    # Who sees one of the members sees that stay and that contact, and how many the post reached.
    clerk = (await shop.brand.world.ask(shop.clerk, READ, {"chat": chat["id"], "customer": shop.about["customerId"]}))[
        "data"
    ]
    assert (clerk["groupChat"]["memberCount"], clerk["groupChat"]["members"]["totalCount"]) == (1, 1)
    assert [one["touchpoints"]["totalCount"] for one in clerk["groupPosts"]["nodes"]] == [1]
    assert await shop.told("group_post") == ["group_post.recorded"]
    assert len(await shop.told("touchpoint.")) == 2


async def test_a_post_outside_the_boundary_or_to_a_chat_that_is_gone_is_refused(shop: Deal) -> None:
    chat = (await shop.done("createGroupChat", "groupChat { id }", name="群"))["groupChat"]["id"]
    input = {"groupChatId": chat, "purpose": "CONTENT"}
    outside = await shop.act(
        "postToGroupChat", "groupPost { id }", by=shop.clerk, **input
    )  # the clerk is the buyer, who owns the answers to feedback
    assert outside["userErrors"][0]["code"] == "OUT_OF_BOUNDARY"
    assert outside["userErrors"][0]["field"] == ["purpose"]
    await shop.done(
        "postToGroupChat", "groupPost { role { key } }", by=shop.clerk, **{**input, "purpose": "FEEDBACK_REPLY"}
    )
    for name, wrong in {
        "groupChatId": global_id("GroupChat", shop.store), "contentId": global_id("Content", shop.store),
        "campaignId": global_id("Campaign", shop.store), "itemId": global_id("Item", shop.store),
        "staffId": global_id("StaffMember", shop.store),
    }.items():  # fmt: skip
        answer = await shop.act("postToGroupChat", "groupPost { id }", **{**input, name: wrong})
        assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("NOT_FOUND", [name])]
    await shop.done("dissolveGroupChat", "groupChat { dissolvedAt }", groupChatId=chat)
    answer = await shop.act("postToGroupChat", "groupPost { id }", **input)
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("NOT_ALLOWED", ["groupChatId"])]
    assert await shop.brand.count("group_posts") == 1
    assert await shop.brand.count("touchpoints") == 0


async def test_contacts_name_content_campaign_and_chat_and_are_found_by_them(shop: Deal) -> None:
    content = (await shop.done("publishContent", "content { id }", kind="TIP", title="小贴士"))["content"]["id"]
    chat = (await shop.done("createGroupChat", "groupChat { id }", name="群"))["groupChat"]["id"]
    campaign = (await shop.done("startCampaign", "campaign { id }", key="c", name="活动"))["campaign"]["id"]
    told: dict[str, Any] = {**shop.about, "direction": "INBOUND", "medium": "WECOM_GROUP_CHAT", "purpose": "COMMUNITY"}
    named = {"contentId": content, "campaignId": campaign, "groupChatId": chat}
    made = await shop.done(
        "recordTouchpoint",
        "touchpoint { content { id } campaign { id } groupChat { id } groupPost { id } }",
        **told,
        **named,
    )
    assert made["touchpoint"] == {
        "content": {"id": content}, "campaign": {"id": campaign}, "groupChat": {"id": chat}, "groupPost": None,
    }  # fmt: skip
    for name in named:
        answer = await shop.act(
            "recordTouchpoint", "cursor", **told, **_one(name, global_id(name[:-2].title(), shop.case))
        )
        assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("NOT_FOUND", [name])]
    find = "query($id: ID!) { touchpoints(filter: { %s: { eq: $id } }) { totalCount } }"
    for name, id in named.items():
        found = await shop.brand.ask(find % name[:-2], {"id": id})
        assert found["data"]["touchpoints"]["totalCount"] == 1
    assert await shop.brand.count("touchpoints") == 1


def _one(name: str, value: Any) -> dict[str, Any]:
    return {name: value}
