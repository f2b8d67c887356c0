"""System 1, Dr.Yu 玉泽: one online ops group takes every friend, behind one persona, 小泽.

The card in the parcel carries a code. Whoever scans it becomes a friend of one of four colleagues, who are all 小泽 to the
customer; the group shares the work evenly. A day follows: welcome, group chat, content, a question, orders, a request for
a travel size that is answered the same day.

    python examples/s01_dr_yu.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ACKNOWLEDGE_FEEDBACK,
    ADD_CUSTOMER,
    ANSWER_FEEDBACK,
    CREATE_CHANNEL,
    CREATE_GROUP_CHAT,
    DEFINE_ITEM,
    DEFINE_PERSONA,
    POST_TO_GROUP_CHAT,
    PUBLISH_CONTENT,
    RAISE_FEEDBACK,
    RATE_SERVICE,
    RECORD_GROUP_MEMBERSHIPS,
    RECORD_ORDERS,
    RECORD_TOUCHPOINT,
    RECORD_TOUCHPOINT_OUTCOME,
    RECORD_TOUCHPOINTS,
    RESOLVE_FEEDBACK,
    START_CAMPAIGN,
)
from examples.brand import Brand, Person, Story, main

NAME = "s01_dr_yu"
TITLE = "1 玉泽 Dr.Yu: parcel card to 小泽"

SCREEN = """
query CustomerScreen($id: ID!) {
  customer(id: $id) {
    name
    tags
    stage { key label }
    relationships(first: 10) { edges { node { personaName staff { name } channel { name kind } standing } } }
    cases(first: 5) { edges { node { status stageHistory(first: 10) { edges { node { toStage { key } occurredAt } } } } } }
    touchpoints(first: 10) {
      totalCount
      edges { node { occurredAt direction medium purpose outcome summary staff { name } group { label } item { name } } }
    }
    feedback(first: 5) { edges { node { kind status text answerText clockResult role { key } answerTouchpoint { id } } } }
    trust { balance ceiling }
  }
}
"""

OVERVIEW = """
query Overview($inGroup: ID!) {
  operatingModel {
    kind decidedBy strength reasons { code message } warnings { code }
    groups { key label personas { name position promise } boundary { purpose mode } }
    roles { key duty adds }
    journey { key adds owner { key } metric }
  }
  customers(first: 50) { totalCount edges { node { name stage { key } } } }
  inGroup: customers(filter: { stage: { eq: $inGroup } }) { totalCount }
  feedback(first: 10) { totalCount edges { node { kind status score clockResult } } }
}
"""

# Who scanned the card yesterday, when, and the last digits of the phone number on the parcel.
SCANS = [
    ("林晓", "08:52", "0101"),
    ("许静", "08:58", "0102"),
    ("张雨桐", "09:03", "0103"),
    ("何佳怡", "09:11", "0104"),
    ("赵敏", "09:20", "0105"),
    ("孙艺", "09:26", "0106"),
    ("吴思涵", "09:31", "0107"),
    ("郑可", "09:40", "0108"),
    ("冯媛", "09:44", "0109"),
    ("蒋欣", "09:52", "0110"),
    ("韩梅", "09:58", "0111"),
    ("沈月", "10:05", "0112"),
]
ORDERS = """
query Orders {
  orders(first: 10, orderBy: { field: PLACED_AT, direction: ASC }) {
    totalCount
    edges {
      node {
        customer { name } staff { name } group { key } linesTotal { amount } discount { amount } total { amount currency }
        lines { item { key } text quantity total { amount } } externalRefs { system id }
      }
    }
  }
}
"""

GROUP_CHAT = """
query GroupChat($campaign: ID!) {
  groupChats(first: 5) {
    nodes {
      name memberCount group { key } owner { name }
      members(first: 20) { nodes { customer { name } joinSource leftAt } }
      posts(first: 5) { nodes { receivers purpose content { title items { key } figures { sent delivered opened clicked replied } } } }
    }
  }
  asked: touchpoints(filter: { direction: { eq: INBOUND }, medium: { eq: WECOM_GROUP_CHAT } }) {
    nodes { customer { name } groupChat { name } }
  }
  waited: workItems(first: 5, filter: { kinds: { eq: UNANSWERED_ENQUIRY }, state: { eq: CLOSED } }) {
    nodes { assignee { name } openedAt closedAt }
  }
  campaign(id: $campaign) {
    key state channels { name } contents { title }
    figures { sent delivered opened clicked replied adds orders turnover { amount currency } }
    figuresByStaff { staff { name } figures { sent clicked adds orders } }
  }
}
"""

JOINED_THE_GROUP = ["林晓", "许静", "张雨桐", "何佳怡", "赵敏", "孙艺", "吴思涵", "郑可", "冯媛"]
BOUGHT = ["林晓", "张雨桐", "赵敏", "冯媛"]


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "dr-yu",
        owner="顾玉华",
        name="玉泽 Dr.Yu",
        businessType="LOW_PRICE_B2C",
        industry="FMCG",
        profile={"averageOrderValue": {"amount": "168.00"}, "ordersPerYear": "5", "opsTeamSize": 4},
    )
    brand.hire(
        Person("su_min", "苏敏", "ops_group", scope="OWN_GROUP"),
        Person("li_qian", "李倩", "ops_group", scope="OWN_GROUP"),
        Person("zhou_ting", "周婷", "ops_group", scope="OWN_GROUP"),
        Person("wang_kexin", "王可欣", "ops_group", scope="OWN_GROUP"),
        Person("chen_bo", "陈博", "product_manager", scope="ALL"),
    )
    # Four people, one face: the persona's name has no {staff} in it.
    brand.owner.act(
        DEFINE_PERSONA,
        once="persona",
        key="ops_group",
        nameZh="小泽",
        nameEn="Xiao Ze",
        positionZh="皮肤屏障顾问",
        positionEn="Skin barrier adviser",
        promiseZh="敏感肌的问题随时问，不打扰",
        promiseEn="Ask anything about sensitive skin; we do not disturb",
    )
    card = _parcel_card(brand)
    cream = brand.owner.act(
        DEFINE_ITEM,
        once="cream",
        key="barrier_cream",
        name="皮肤屏障修护保湿霜 50g",
        kind="GOODS",
        listPrice={"amount": "228.00"},
    )["item"]["id"]

    campaign = _campaign(brand, card["id"])
    added = _scan(brand, card["code"])
    friends = Counter(one["relationship"]["staff"]["name"] for one in added.values())
    brand.say(f"{len(added)} scanned the parcel card: " + ", ".join(f"{who} {n}" for who, n in sorted(friends.items())))
    again = _scan_again(brand, card["code"])
    _a_day(brand, added, cream, campaign)
    request = _travel_size(brand, added["许静"])
    return {
        "brand": brand,
        "friends": dict(friends),
        "again": again,
        "request": request,
        "orders": brand.owner.ask(ORDERS),
        "group_chat": brand.owner.ask(GROUP_CHAT, campaign=campaign),
        "screen": brand.owner.ask(SCREEN, id=added["林晓"]["customer"]["id"])["customer"],
        "asker": brand.owner.ask(SCREEN, id=added["许静"]["customer"]["id"])["customer"],
        "overview": brand.owner.ask(OVERVIEW, inGroup=brand.stages["IN_GROUP"]),
        "events": Counter(event["type"] for event in brand.events()),
    }


def _parcel_card(brand: Brand) -> dict[str, Any]:
    """The code printed on the card. `qrSvg` of the channel is the picture for the printer."""
    channel = brand.owner.act(
        CREATE_CHANNEL,
        once="parcel-card",
        name="保湿霜包裹卡",
        kind="PARCEL_CARD",
        groupId=brand.units["ops_group"],
        campaign="双十一包裹",
        welcome="您好，我是小泽，干敏肌的问题都可以问我～",
        autoTags=["包裹卡", "干敏肌"],
    )["channel"]
    return dict(channel)


def _campaign(brand: Brand, channel: str) -> str:
    """The two days of the festival: whoever comes through the parcel card meanwhile came by it."""
    started = brand.owner.act(
        START_CAMPAIGN,
        once="campaign",
        key="double_eleven",
        name="双十一屏障修护",
        startsAt=brand.story.yesterday("08:00"),
        endsAt=brand.story.day(1, "23:59"),
        channelIds=[channel],
    )
    return str(started["campaign"]["id"])


def _scan(brand: Brand, code: str) -> dict[str, dict[str, Any]]:
    """Whoever scans becomes a friend of the colleague with the fewest friends; nobody names a staff member here."""
    added = {}
    for name, clock, tail in SCANS:
        added[name] = brand.owner.act(
            ADD_CUSTOMER,
            once=f"scan-{tail}",
            channelCode=code,
            name=name,
            identities=[
                {"kind": "WECOM_EXTERNAL_USERID", "namespace": "ww-dr-yu", "value": f"wm-dryu-{tail}"},
                {"kind": "PHONE", "value": f"1391200{tail}"},
            ],
            occurredAt=brand.story.yesterday(clock),
        )
    welcome = [
        {
            "customerId": added[name]["customer"]["id"],
            "staffId": added[name]["relationship"]["staff"]["id"],
            "direction": "OUTBOUND",
            "medium": "WECOM_CHAT",
            "purpose": "WELCOME",
            "outcome": "DELIVERED",
            "summary": "您好，我是小泽，干敏肌的问题都可以问我～",
            "occurredAt": brand.story.yesterday(clock),
        }
        for name, clock, _ in SCANS
    ]
    brand.owner.act(RECORD_TOUCHPOINTS, once="welcome", touchpoints=welcome)
    return added


def _scan_again(brand: Brand, code: str) -> dict[str, Any]:
    """林晓 finds a second card in the next parcel. She is known by her phone: the same customer, the same friend."""
    again = brand.owner.act(
        ADD_CUSTOMER,
        once="scan-again",
        channelCode=code,
        name="林小晓",
        identities=[{"kind": "PHONE", "value": "+86 139 1200 0101"}],
    )
    brand.say(
        f"林晓 scans a second card: created {again['created']}, still {again['relationship']['staff']['name']}'s friend"
    )
    return again


def _a_day(brand: Brand, added: dict[str, dict[str, Any]], cream: str, campaign: str) -> None:
    """What the rest of the day brings, by the clock."""
    _asked_in_the_chat(brand, added["何佳怡"], _group_chat(brand, added, cream, campaign))
    _a_question(brand, added["林晓"], cream)
    _orders(brand, added, cream)
    brand.owner.act(
        RATE_SERVICE,
        once="rating",
        customerId=added["赵敏"]["customer"]["id"],
        score=5,
        text="回复很快，也不推销",
        medium="WECOM_CHAT",
        occurredAt=brand.story.yesterday("20:05"),
    )
    brand.say(f"{len(JOINED_THE_GROUP)} joined the group chat, {len(BOUGHT)} bought, 1 rated 5")


def _group_chat(brand: Brand, added: dict[str, dict[str, Any]], cream: str, campaign: str) -> str:
    """10:20 nine friends join the chat 小泽 keeps, 12:00 an article goes there: one post, a contact with each who is in it."""
    story, owner = brand.story, brand.owner
    chat = owner.act(
        CREATE_GROUP_CHAT,
        once="group-chat",
        name="小泽敏感肌互助群",
        groupId=brand.units["ops_group"],
        ownerId=brand.staff["su_min"],
        occurredAt=story.day(-2, "09:00"),
        externalRefs=[{"system": "wecom", "id": "wr-dryu-1"}],
    )["groupChat"]["id"]
    joined = [
        {"groupChatId": chat, "customerId": added[name]["customer"]["id"], "source": "WELCOME_LINK",
         "occurredAt": story.yesterday("10:20")}
        for name in JOINED_THE_GROUP
    ]  # fmt: skip
    owner.act(RECORD_GROUP_MEMBERSHIPS, once="joined", memberships=joined)
    for name in JOINED_THE_GROUP:
        brand.move(owner, added[name]["customer"]["id"], "IN_GROUP", story.yesterday("10:20"))
    article = owner.act(
        PUBLISH_CONTENT,
        once="article",
        kind="ARTICLE",
        title="换季泛红怎么办：先修护屏障，再谈功效",
        medium="WECOM_GROUP_CHAT",
        itemIds=[cream],
        tags=["干敏肌", "换季"],
        campaignId=campaign,
        occurredAt=story.yesterday("11:30"),
    )["content"]["id"]
    post = owner.act(
        POST_TO_GROUP_CHAT,
        once="article-posted",
        groupChatId=chat,
        staffId=brand.staff["su_min"],
        purpose="CONTENT",
        itemId=cream,
        contentId=article,
        campaignId=campaign,
        summary="换季泛红怎么办：先修护屏障，再谈功效",
        occurredAt=story.yesterday("12:00"),
    )["groupPost"]
    buyers = {added[name]["customer"]["id"] for name in BOUGHT}
    for contact in post["touchpoints"]["nodes"]:
        owner.act(
            RECORD_TOUCHPOINT_OUTCOME,
            once=f"article-{contact['id']}",
            touchpointId=contact["id"],
            outcome="CLICKED" if contact["customer"]["id"] in buyers else "DELIVERED",
            occurredAt=story.yesterday("12:10"),
        )
    return str(chat)


def _asked_in_the_chat(brand: Brand, asker: dict[str, Any], chat: str) -> None:
    """12:30 somebody asks in the chat, 12:36 小泽 answers there: who asks waits until somebody does."""
    talk = {
        "customerId": asker["customer"]["id"],
        "medium": "WECOM_GROUP_CHAT",
        "purpose": "ENQUIRY",
        "groupChatId": chat,
    }
    for once, direction, words, clock in (
        ("asked-in-chat", "INBOUND", "孕期可以用吗？", "12:30"),
        ("answered-in-chat", "OUTBOUND", "可以的，成分里没有视黄醇和水杨酸，先在耳后试一天。", "12:36"),
    ):
        brand.owner.act(
            RECORD_TOUCHPOINT,
            once=once,
            **talk,
            staffId=brand.staff["su_min"],
            direction=direction,
            summary=words,
            occurredAt=brand.story.yesterday(clock),
        )


def _a_question(brand: Brand, lin: dict[str, Any], cream: str) -> None:
    """14:02 she asks, 14:09 her friend answers: both directions are touchpoints."""
    story, owner = brand.story, brand.owner
    talk = {"customerId": lin["customer"]["id"], "staffId": lin["relationship"]["staff"]["id"], "medium": "WECOM_CHAT"}
    owner.act(
        RECORD_TOUCHPOINT,
        once="question",
        **talk,
        direction="INBOUND",
        purpose="ENQUIRY",
        summary="刚做完光子，今晚可以用这个霜吗？",
        occurredAt=story.yesterday("14:02"),
    )
    owner.act(
        RECORD_TOUCHPOINT,
        once="guidance",
        **talk,
        direction="OUTBOUND",
        purpose="USAGE_GUIDANCE",
        outcome="REPLIED",
        itemId=cream,
        summary="光子后第二天起，洁面后薄涂，一天两次，一周内不用酸类。",
        occurredAt=story.yesterday("14:09"),
    )


def _orders(brand: Brand, added: dict[str, dict[str, Any]], cream: str) -> None:
    """15:10 the shop reports four first orders: the case moves on, and the buyer is told."""
    story, owner = brand.story, brand.owner
    for name in BOUGHT:
        brand.move(owner, added[name]["customer"]["id"], "FIRST_ORDER", story.yesterday("15:10"))
    orders = [
        {
            "customerId": added[name]["customer"]["id"],
            "staffId": added[name]["relationship"]["staff"]["id"],
            "direction": "OUTBOUND",
            "medium": "MINI_PROGRAM",
            "purpose": "ORDER_STATUS",
            "outcome": "OPENED",
            "itemId": cream,
            "summary": "订单已支付，今晚发出",
            "occurredAt": story.yesterday("15:12"),
        }
        for name in BOUGHT
    ]
    owner.act(RECORD_TOUCHPOINTS, once="orders", touchpoints=orders)
    bought = [
        {
            "customerId": added[name]["customer"]["id"],
            "staffId": added[name]["relationship"]["staff"]["id"],
            "lines": [
                {"itemId": cream, "quantity": 1, "amount": {"amount": "228.00"}},
                {"text": "旅行装 5g 赠品", "amount": {"amount": "0.00"}},
            ],
            "discount": {"amount": "30.00"},
            "discountReason": "首单立减",
            "occurredAt": story.yesterday("15:05"),
            "externalRefs": [{"system": "mall", "id": f"M-{number:04}"}],
        }
        for number, name in enumerate(BOUGHT)
    ]
    owner.act(RECORD_ORDERS, once="bought", orders=bought)
    # The shop's nightly run hands the same orders over again: nothing is doubled.
    owner.act(RECORD_ORDERS, once="bought-nightly", orders=bought)


def _travel_size(brand: Brand, asker: dict[str, Any]) -> dict[str, Any]:
    """A customer asks for what is not on sale. The clock of 72 hours starts; the product manager answers the same day.

    `raiseFeedback` is sent by the colleague who heard it, the rest by the product manager, each with their own key.
    """
    story = brand.story
    heard_by = brand.as_staff(asker["relationship"]["staff"]["key"])
    manager = brand.as_staff("chen_bo")
    raised = heard_by.act(
        RAISE_FEEDBACK,
        once="travel-size",
        kind="PRODUCT_REQUEST",
        customerId=asker["customer"]["id"],
        text="出差想要 15g 旅行装，现在只有 50g",
        medium="WECOM_CHAT",
        occurredAt=story.yesterday("16:00"),
    )["feedback"]
    manager.act(ACKNOWLEDGE_FEEDBACK, once="travel-size-taken-on", feedbackId=raised["id"])
    told = manager.act(
        RECORD_TOUCHPOINT,
        once="travel-size-told",
        customerId=asker["customer"]["id"],
        direction="OUTBOUND",
        medium="WECOM_CHAT",
        purpose="FEEDBACK_REPLY",
        outcome="REPLIED",
        summary="15g 旅行装下周一上架，已为您留了两支",
        occurredAt=story.yesterday("18:30"),
    )["touchpoint"]
    answered = manager.act(
        ANSWER_FEEDBACK,
        once="travel-size-answered",
        feedbackId=raised["id"],
        touchpointId=told["id"],
        text="15g 旅行装下周一上架，已为您留了两支",
        occurredAt=story.yesterday("18:30"),
    )["feedback"]
    heard_by.act(RESOLVE_FEEDBACK, once="travel-size-resolved", feedbackId=raised["id"])
    brand.say(f"许静 asked for a travel size; answered {answered['clockResult']}")
    return {"raised": raised, "answered": answered}


if __name__ == "__main__":
    main(play)
