"""System 10, Xiongmao Buzou 熊猫不走: a panda brings the cake, dances for two minutes, and people cannot help telling.

The ops group keeps the friends and knows every birthday; the riders deliver and perform. Twenty shows, each a wow moment.
The figure that decides is the share of moments told spontaneously 忍不住: a share that somebody asked for, or paid for, does
not count. Friends of those who told come with the code of who told them, and are traced to the share, the show and the play.

    python examples/s10_xiongmao_buzou.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    CREATE_CHANNEL,
    CREATE_REFERRAL_CODE,
    DEFINE_ITEM,
    DEFINE_WOW_PLAY,
    RECORD_ORDER,
    RECORD_SHARE,
    RECORD_TOUCHPOINTS,
    RECORD_WOW_MOMENT,
    REFUND_ORDER,
    UPSERT_CUSTOMERS,
)
from examples.brand import Brand, Person, Story, main, phone

NAME = "s10_xiongmao_buzou"
TITLE = "10 熊猫不走: the show at every delivery"

FIGURES = """
query WowFigures($play: ID!, $channel: ID!, $cake: ID!, $period: PeriodInput!) {
  wowPlay(id: $play) {
    name trigger cost { amount }
    all: moments { totalCount }
    couldNotHelp: moments(filter: { hasSpontaneousShare: { eq: true } }) { totalCount }
    moments(first: 20, orderBy: { field: OCCURRED_AT, direction: ASC }) {
      edges { node { staff { name } role { key } customer { name }
        shares(first: 5) { edges { node { medium prompted rewarded spontaneous } } } } }
    }
  }
  orders { totalCount }
  delivered: orders(filter: { deliveredAt: { isNull: false } }) { totalCount }
  ofTheCake: orders(first: 20, filter: { item: { eq: $cake } }) { edges { node { total { amount } } } }
  givenBack: orders(first: 5, filter: { refundState: { eq: PARTLY } }) {
    edges { node { customer { name } total { amount } refunded { amount } refunds(first: 5) { edges { node { reason staff { name } } } } } }
  }
  shares { totalCount }
  prompted: shares(filter: { prompted: { eq: true } }) { totalCount }
  rewarded: shares(filter: { rewarded: { eq: true } }) { totalCount }
  brought: customers(filter: { channel: { eq: $channel } }, first: 10) {
    totalCount edges { node { name tags broughtBy { referrer { name trust { balance } } } } }
  }
  referrals(first: 10, orderBy: { field: OCCURRED_AT, direction: ASC }) {
    edges { node { customer { name } referrer { name } share { medium spontaneous } wowMoment { staff { name } } play { key } } }
  }
  byPlay: wowFigures(period: $period, by: PLAY) { total { ...figure } groups { play { key } ...figure } }
  byRole: wowFigures(period: $period, by: ROLE) { groups { role { key } ...figure } }
  byStore: wowFigures(period: $period, by: STORE) { groups { store { key } ...figure } }
}
fragment figure on WowFigure {
  moments newCustomers newCustomersPerMoment notCosted cost { amount } costPerNewCustomer { amount }
  spontaneousShareRate { numerator denominator value }
}
"""

FAMILIES = ["丁家", "余家", "叶家", "田家", "任家", "姜家", "范家", "方家", "石家", "姚家", "谭家", "廖家"]

EARLIER = 8
"""So many families had the show once before, and two of them told of it by themselves."""
TOLD_EARLIER = (2, 5)

_FIRST_DAY = -32
"""Of the deliveries, one a day: all of them are older than the 14 days a family has to tell."""

SQUASHED = 4
"""Whose cake suffered on the way."""

# What each family did after the show: where they told of it, whether somebody had asked, whether something was given.
TOLD: dict[int, list[tuple[str, bool, bool]]] = {
    0: [("MOMENTS", False, False)],
    1: [("MOMENTS", False, False), ("DOUYIN", False, False)],
    2: [("MOMENTS", True, False)],
    3: [("XIAOHONGSHU", False, False)],
    5: [("MOMENTS", False, False)],
    6: [("MOMENTS", True, True), ("WORD_OF_MOUTH", False, False)],
    8: [("GROUP_CHAT", False, True)],
    9: [("MOMENTS", False, False)],
    11: [("DOUYIN", False, False)],
}


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "xiongmao-buzou",
        owner="杨振华",
        name="熊猫不走",
        businessType="LOW_PRICE_B2C",
        industry="BAKERY",
        profile={"averageOrderValue": {"amount": "239.00"}, "ordersPerYear": "2", "servedInPerson": False},
        stores=[{"key": "huizhou", "name": "惠州中央工厂", "kind": "WAREHOUSE"}],
    )
    brand.hire(
        Person("keeper_one", "生日管家小圆", "ops_group", scope="OWN_GROUP"),
        Person("keeper_two", "生日管家小满", "ops_group", scope="OWN_GROUP"),
        *(
            Person(f"panda_{n}", name, "delivery_rider", "huizhou", "ALL")
            for n, name in enumerate(["胖达", "滚滚", "圆仔"])
        ),
    )
    families = _birthdays(brand)
    cake, show, shares = _deliveries(brand, families)
    referral = _friends_of_friends(brand, families, shares)
    period = {"from": brand.story.day(-90, "12:00")[:10], "to": brand.story.day(1, "12:00")[:10]}
    figures = brand.owner.ask(FIGURES, play=show, channel=referral, cake=cake, period=period)
    wow = figures["wowPlay"]
    brand.say(
        f"{wow['all']['totalCount']} shows, {wow['couldNotHelp']['totalCount']} told spontaneously "
        f"({figures['byPlay']['total']['spontaneousShareRate']['value']}), "
        f"{figures['brought']['totalCount']} new customers through them"
    )
    return {"brand": brand, "figures": figures}


def _birthdays(brand: Brand) -> list[str]:
    """Known by the birthday of the child; a bulk act, as the mini-program hands them over."""
    rows = [
        {
            "name": name,
            "channelCode": brand.channel,
            "identities": phone(10_000_000 + number),
            "subject": {
                "kind": "FAMILY_MEMBER",
                "name": f"{name[0]}小宝",
                "birthday": f"2019-{number % 12 + 1:02}-{number + 3:02}",
            },
            "needs": [{"text": "六寸，少糖", "source": "FORM"}],
            "occurredAt": brand.story.day(-60, "12:00"),
        }
        for number, name in enumerate(FAMILIES)
    ]
    results = brand.owner.act(UPSERT_CUSTOMERS, once="families", rows=rows)["results"]
    return [str(result["customer"]["id"]) for result in results]


def _deliveries(brand: Brand, families: list[str]) -> tuple[str, str, dict[int, str]]:
    """The cake, the play, and by family what they told first."""
    cake = brand.owner.act(
        DEFINE_ITEM,
        once="cake",
        key="panda_cake",
        name="熊猫水果蛋糕 6寸",
        kind="GOODS",
        listPrice={"amount": "239.00"},
    )["item"]["id"]
    show = brand.owner.act(
        DEFINE_WOW_PLAY,
        once="play",
        key="panda_show",
        name="熊猫人两分钟",
        script="穿熊猫服，唱生日歌，跳一支舞，陪孩子拍照。不提任何要求。",
        trigger="DELIVERY",
        cost={"amount": "18.00"},
        roleId=brand.units["delivery_rider"],
    )["wowPlay"]["id"]
    for number, family in enumerate(families[:EARLIER]):
        _an_earlier_show(brand, family, number, show)
    shares = {number: _one_show(brand, family, number, cake=cake, show=show) for number, family in enumerate(families)}
    return str(cake), str(show), {number: share for number, share in shares.items() if share is not None}


def _an_earlier_show(brand: Brand, family: str, number: int, show: str) -> None:
    """Of last month; the orders of that time are still in another system."""
    rider, day = brand.as_staff(f"panda_{number % 3}"), -55 + number
    moment = rider.act(
        RECORD_WOW_MOMENT,
        once=f"earlier-show-{number}",
        customerId=family,
        playId=show,
        storeId=brand.stores["huizhou"],
        occurredAt=brand.story.day(day, "17:35"),
    )["wowMoment"]
    if number in TOLD_EARLIER:
        brand.owner.act(
            RECORD_SHARE,
            once=f"earlier-share-{number}",
            customerId=family,
            wowMomentId=moment["id"],
            medium="WORD_OF_MOUTH",
            occurredAt=brand.story.day(day + 1, "09:00"),
        )


def _one_show(brand: Brand, family: str, number: int, *, cake: str, show: str) -> str | None:
    """The cake, the two minutes, and what the family told of it in the evening."""
    rider = brand.as_staff(f"panda_{number % 3}")
    day = _FIRST_DAY + number
    order = _order(brand, family, number, cake)
    brand.move(brand.owner, family, "ORDERED", brand.story.day(day, "10:00"))
    rider.act(
        RECORD_TOUCHPOINTS,
        once=f"delivery-{number}",
        touchpoints=[
            {
                "customerId": family,
                "itemId": cake,
                "storeId": brand.stores["huizhou"],
                "direction": "OUTBOUND",
                "medium": "IN_PERSON",
                "purpose": purpose,
                "outcome": "REPLIED",
                "occurredAt": brand.story.day(day, "17:30"),
            }
            for purpose in ("DELIVERY", "WOW")
        ],
    )
    brand.move(rider, family, "DELIVERED", brand.story.day(day, "17:30"))
    _order(brand, family, number, cake, delivered=True)
    if number == SQUASHED:
        rider.act(
            REFUND_ORDER,
            once="squashed",
            orderId=order,
            amount={"amount": "50.00"},
            reason="路上颠了一下，奶油花压扁了",
            occurredAt=brand.story.day(day, "17:40"),
        )
    moment = rider.act(
        RECORD_WOW_MOMENT,
        once=f"show-{number}",
        customerId=family,
        playId=show,
        storeId=brand.stores["huizhou"],
        occurredAt=brand.story.day(day, "17:35"),
    )["wowMoment"]
    shares = [
        brand.owner.act(
            RECORD_SHARE,
            once=f"share-{number}-{place}",
            customerId=family,
            wowMomentId=moment["id"],
            medium=medium,
            prompted=prompted,
            rewarded=rewarded,
            occurredAt=brand.story.day(day, "20:00"),
        )["share"]["id"]
        for place, (medium, prompted, rewarded) in enumerate(TOLD.get(number, []))
    ]
    return str(shares[0]) if shares else None


def _order(brand: Brand, family: str, number: int, cake: str, *, delivered: bool = False) -> str:
    """As the shop's own system has it, told twice: when it was paid, and again when it was delivered. It stays one."""
    day = _FIRST_DAY + number
    told: dict[str, Any] = {"deliveredAt": brand.story.day(day, "17:30")} if delivered else {}
    order = brand.owner.act(
        RECORD_ORDER,
        once=f"order-{number}-{delivered}",
        customerId=family,
        lines=[
            {"itemId": cake, "amount": {"amount": "239.00"}},
            {"text": "数字蜡烛", "quantity": 2, "amount": {"amount": "12.00"}, "discount": {"amount": "2.00"}},
        ],
        discount={"amount": "20.00"},
        discountReason="生日立减",
        storeId=brand.stores["huizhou"],
        occurredAt=brand.story.day(day, "10:00"),
        externalRefs=[{"system": "shop", "id": f"XM-{number:03}"}],
        **told,
    )["order"]
    return str(order["id"])


def _friends_of_friends(brand: Brand, families: list[str], shares: dict[int, str]) -> str:
    """Whoever saw the dance in a friend's moments scans the code on the cake box, and brings the friend's own code along."""
    channel = brand.owner.act(
        CREATE_CHANNEL,
        once="box",
        name="蛋糕盒·朋友来",
        kind="REFERRAL",
        groupId=brand.units["ops_group"],
        autoTags=["朋友圈看到"],
    )["channel"]
    for number, (name, teller) in enumerate({"苗家": 0, "花家": 3, "凤家": 0, "金家": 11}.items()):
        code = brand.owner.act(
            CREATE_REFERRAL_CODE,
            once=f"code-{teller}",
            customerId=families[teller],
            shareId=shares[teller],
            occurredAt=brand.story.day(_FIRST_DAY + teller, "20:00"),
        )["referralCode"]["code"]
        brand.owner.act(
            ADD_CUSTOMER,
            once=f"friend-{number}",
            channelCode=channel["code"],
            name=name,
            identities=phone(10_100_000 + number),
            referralCode=code,
            occurredAt=brand.story.day(-12 + number, "21:00"),
        )
    return str(channel["id"])


if __name__ == "__main__":
    main(play)
