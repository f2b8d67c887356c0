"""System 2, McDonald's 麦当劳: store material leads to one persona, 麦麦种草官; content for all, figures per store.

Every restaurant has a code of its own on table tents and window stickers. All lead to the same ops group, but each remembers
where the guest scanned it: so the dashboard can count friends, content and complaints per store, in one request.

    python examples/s02_mcdonalds.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ANSWER_FEEDBACK,
    CREATE_CHANNEL,
    CREATE_GROUP_CHAT,
    DEFINE_ITEM,
    DEFINE_PERSONA,
    DEFINE_SEGMENT,
    END_CAMPAIGN,
    POST_TO_GROUP_CHAT,
    PUBLISH_CONTENT,
    RAISE_FEEDBACK,
    RECORD_GROUP_MEMBERSHIPS,
    RECORD_ORDERS,
    RECORD_TOUCHPOINT_OUTCOME,
    START_CAMPAIGN,
    UPSERT_CUSTOMERS,
)
from examples.brand import Brand, Person, Story, main, phone

NAME = "s02_mcdonalds"
TITLE = "2 麦当劳 McDonald's: store codes, per-store figures"

# Restaurant, its name, and how many guests scanned the code at its tables the day before yesterday.
RESTAURANTS = [
    ("people_square", "人民广场餐厅", 8),
    ("xujiahui", "徐家汇餐厅", 6),
    ("lujiazui", "陆家嘴餐厅", 5),
    ("hongqiao", "虹桥枢纽餐厅", 3),
]
GUESTS = ["陈晨", "刘洋", "黄蕾", "周杰", "徐丽", "马超", "朱琳", "胡军", "郭靖", "林峰", "何洁"]
GUESTS += ["高远", "罗兰", "梁冰", "宋佳", "谢安", "唐宁", "于洋", "董洁", "萧潇", "程程", "曹颖"]

# One restaurant of the dashboard: friends, what the article came to, and what guests complained of.
STORE_FIGURES = """
query StoreFigures($store: ID!) {
  store(id: $store) { name parent { name } }
  friends: customers(filter: { homeStore: { eq: $store } }) { totalCount }
  sent: touchpoints(filter: { store: { eq: $store }, purpose: { eq: CONTENT } }) { totalCount }
  clicked: touchpoints(filter: { store: { eq: $store }, purpose: { eq: CONTENT }, outcome: { eq: CLICKED } }) { totalCount }
  complaints: feedback(filter: { store: { eq: $store }, kind: { eq: COMPLAINT } }, first: 5) {
    totalCount
    edges { node { text status clockResult role { key } } }
  }
}
"""

_CHANNELS = "{ channels(first: 20) { nodes { id name } } }"

# What the campaign came to: in all, per restaurant, per colleague, per segment. Every figure is counted from the facts.
CAMPAIGN = """
query Campaign($campaign: ID!) {
  campaign(id: $campaign) {
    key state stores { key } channels { name } contents { title figures { sent clicked } } segments { key count }
    figures { ...Figures }
    figuresByStore { store { key } figures { ...Figures } }
    figuresByStaff { staff { name } figures { ...Figures } }
    figuresBySegment { segment { key } figures { ...Figures } }
  }
  groupChats(first: 10, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name store { key } memberCount posts { totalCount } } }
}
fragment Figures on CampaignFigures { sent delivered clicked adds orders turnover { amount } }
"""


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "mcdonalds",
        owner="韩立",
        name="麦当劳",
        businessType="LOW_PRICE_B2C",
        industry="CATERING",
        profile={"averageOrderValue": {"amount": "32.00"}, "ordersPerYear": "24", "storeCount": 4, "opsTeamSize": 3},
        stores=[
            {"key": "shanghai", "name": "上海区域", "kind": "REGION"},
            *({"key": key, "name": name, "parentKey": "shanghai"} for key, name, _ in RESTAURANTS),
        ],
    )
    brand.hire(
        Person("gu_wei", "顾薇", "ops_group", scope="OWN_GROUP"),
        Person("xia_tian", "夏天", "ops_group", scope="OWN_GROUP"),
        Person("bai_lu", "白露", "ops_group", scope="OWN_GROUP"),
        *(Person(f"crew_{key}", f"{name}值班经理", "store_team", key, "OWN_STORE") for key, name, _ in RESTAURANTS),
    )
    brand.owner.act(
        DEFINE_PERSONA,
        once="persona",
        key="ops_group",
        nameZh="麦麦种草官",
        nameEn="Maimai Food Scout",
        promiseZh="新品和优惠先告诉您",
        promiseEn="First to tell you of new things",
    )
    guests = _scan(brand)
    campaign = _campaign(brand)
    _chats(brand, guests, campaign)
    _lunch(brand, guests)
    brand.owner.act(END_CAMPAIGN, once="ended", campaignId=campaign, occurredAt=story.yesterday("22:00"))
    complaint = _cold_fries(brand, guests["xujiahui"][0])
    figures = {key: brand.owner.ask(STORE_FIGURES, store=brand.stores[key]) for key, _, _ in RESTAURANTS}
    for figure in figures.values():
        brand.say(
            f"{figure['store']['name']}: {figure['friends']['totalCount']} friends, "
            f"{figure['clicked']['totalCount']}/{figure['sent']['totalCount']} clicked, "
            f"{figure['complaints']['totalCount']} complaints"
        )
    crew = brand.as_staff("crew_xujiahui")
    return {
        "brand": brand,
        "figures": figures,
        "campaign": brand.owner.ask(CAMPAIGN, campaign=campaign),
        "complaint": complaint,
        "crew_sees": crew.ask("{ customers { totalCount } }")["customers"]["totalCount"],
    }


def _scan(brand: Brand) -> dict[str, list[str]]:
    """A code per restaurant; the guests of each come in one bulk act, as the mini-program delivers them."""
    number, guests = 0, {}
    for key, name, count in RESTAURANTS:
        channel = brand.owner.act(
            CREATE_CHANNEL,
            once=f"code-{key}",
            name=f"{name}桌贴",
            kind="STORE_MATERIAL",
            storeId=brand.stores[key],
            groupId=brand.units["ops_group"],
            campaign="麦麦夏日",
            autoTags=["桌贴"],
        )["channel"]
        rows = []
        for guest in GUESTS[number : number + count]:
            number += 1
            rows.append(
                {
                    "name": guest,
                    "channelCode": channel["code"],
                    "identities": phone(2_0000_000 + number),
                    "occurredAt": brand.story.day(-2, "12:30"),
                }
            )
        results = brand.owner.act(UPSERT_CUSTOMERS, once=f"scans-{key}", rows=rows)["results"]
        guests[key] = [result["customer"]["id"] for result in results]
    return guests


def _campaign(brand: Brand) -> str:
    """小龙虾季: for whoever scanned a table tent, at four restaurants, through their codes, with one article."""
    channels = {one["name"]: one["id"] for one in brand.owner.ask(_CHANNELS)["channels"]["nodes"]}
    segments = [
        brand.owner.act(DEFINE_SEGMENT, once=f"segment-{key}", key=key, name=name, filter=who)["segment"]["id"]
        for key, name, who in (
            ("table_tent", "桌贴来的", {"tag": {"eq": "桌贴"}}),
            ("people_square", "人民广场的", {"homeStore": {"eq": brand.stores["people_square"]}}),
        )
    ]
    started = brand.owner.act(
        START_CAMPAIGN,
        once="campaign",
        key="crayfish",
        name="小龙虾季",
        startsAt=brand.story.day(-2, "10:00"),
        segmentIds=segments,
        storeIds=[brand.stores[key] for key, _, _ in RESTAURANTS],
        channelIds=[channels[f"{name}桌贴"] for _, name, _ in RESTAURANTS],
    )
    return str(started["campaign"]["id"])


def _chats(brand: Brand, guests: dict[str, list[str]], campaign: str) -> None:
    """A group chat per restaurant, and one article to each of them; at every restaurant one in two reads it."""
    story, owner = brand.story, brand.owner
    article = owner.act(
        PUBLISH_CONTENT,
        once="article",
        kind="ARTICLE",
        title="夏日限定小龙虾汉堡，这三家先开卖",
        medium="WECOM_GROUP_CHAT",
        itemIds=[_burger(brand)],
        campaignId=campaign,
        occurredAt=story.yesterday("10:30"),
    )["content"]["id"]
    for key, name, _ in RESTAURANTS:
        chat = owner.act(
            CREATE_GROUP_CHAT,
            once=f"chat-{key}",
            name=f"{name}福利群",
            storeId=brand.stores[key],
            groupId=brand.units["ops_group"],
            ownerId=brand.staff["gu_wei"],
            occurredAt=story.day(-2, "09:00"),
        )["groupChat"]["id"]
        joined = [
            {"groupChatId": chat, "customerId": guest, "source": "WELCOME_LINK", "occurredAt": story.day(-2, "12:40")}
            for guest in guests[key]
        ]
        owner.act(RECORD_GROUP_MEMBERSHIPS, once=f"joined-{key}", memberships=joined)
        post = owner.act(
            POST_TO_GROUP_CHAT,
            once=f"article-{key}",
            groupChatId=chat,
            staffId=brand.staff["gu_wei"],
            purpose="CONTENT",
            itemId=_burger(brand),
            contentId=article,
            campaignId=campaign,
            summary="夏日限定小龙虾汉堡，这三家先开卖",
            occurredAt=story.yesterday("11:00"),
        )["groupPost"]
        contacts = {one["customer"]["id"]: one["id"] for one in post["touchpoints"]["nodes"]}
        for place, guest in enumerate(guests[key]):
            owner.act(
                RECORD_TOUCHPOINT_OUTCOME,
                once=f"read-{guest}",
                touchpointId=contacts[guest],
                outcome="CLICKED" if place % 2 == 0 else "DELIVERED",
                occurredAt=story.yesterday("11:20"),
            )


def _burger(brand: Brand) -> str:
    """Defined as it is, it is as it was."""
    item = {"key": "lobster_burger", "name": "小龙虾汉堡", "kind": "GOODS", "listPrice": {"amount": "29.50"}}
    return str(brand.owner.act(DEFINE_ITEM, once="burger", **item)["item"]["id"])


def _lunch(brand: Brand, guests: dict[str, list[str]]) -> None:
    """At noon the first two guests of every restaurant buy a burger there, at a price of the campaign."""
    bought = [
        {
            "customerId": guest,
            "storeId": brand.stores[key],
            "staffId": brand.staff[f"crew_{key}"],
            "lines": [{"itemId": _burger(brand), "quantity": 1, "amount": {"amount": "29.50"}}],
            "discount": {"amount": "4.50"},
            "discountReason": "小龙虾季尝鲜",
            "occurredAt": brand.story.yesterday("12:10"),
            "externalRefs": [{"system": "pos", "id": f"{key}-{place}"}],
        }
        for key, _, _ in RESTAURANTS
        for place, guest in enumerate(guests[key][:2])
    ]
    brand.owner.act(RECORD_ORDERS, once="lunch", orders=bought)


def _cold_fries(brand: Brand, guest: str) -> dict[str, Any]:
    """A complaint belongs to the restaurant's team, not to the persona: it owns the purpose. It answers in time."""
    crew = brand.as_staff("crew_xujiahui")
    raised = crew.act(
        RAISE_FEEDBACK,
        once="cold-fries",
        kind="COMPLAINT",
        customerId=guest,
        storeId=brand.stores["xujiahui"],
        text="薯条是凉的，等了二十分钟",
        medium="IN_PERSON",
        occurredAt=brand.story.yesterday("12:40"),
    )["feedback"]
    answered = crew.act(
        ANSWER_FEEDBACK,
        once="cold-fries-answered",
        feedbackId=raised["id"],
        text="马上给您重新炸一份，今天这单免单，很抱歉让您久等。",
        occurredAt=brand.story.yesterday("12:48"),
    )["feedback"]
    return {"raised": raised, "answered": answered}


if __name__ == "__main__":
    main(play)
