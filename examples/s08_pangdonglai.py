"""System 8, Pangdonglai 胖东来: what a shopper asks for is answered within three days, for everyone who asked.

Whoever did not find something leaves a word at the shelf. A request goes to the buyer, whose clock runs 72 hours; a complaint
goes to the service desk, with 24. Praise counts opening hours only, and on Tuesdays the shop is closed. Five shoppers asked
for the same vinegar; each of them is told, and the one who was told too late shows as LATE for good. Who complained is thanked
with 500 yuan, whatever comes of it: the sum buys no trust, keeping the word does.

    python examples/s08_pangdonglai.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    ANSWER_FEEDBACK,
    APPROVE_REWARD,
    DEFINE_ITEM,
    DEFINE_WOW_PLAY,
    KEEP_PROMISE,
    MAKE_PROMISE,
    PAY_REWARD,
    RAISE_FEEDBACK,
    RECORD_TOUCHPOINT,
    RECORD_WOW_MOMENT,
    SET_BUSINESS_HOURS,
)
from examples.brand import ZONE, Brand, Person, Story, date_time, main, phone
from examples.client import nodes

NAME = "s08_pangdonglai"
TITLE = "8 胖东来: every request answered in 72 hours"

OPENS, CLOSES = "09:30", "21:30"

BOARD = """
query FeedbackBoard($item: ID!) {
  tenant { businessHours { weekday opens closes } }
  asked: feedback(first: 20, filter: { item: { eq: $item } }, orderBy: { field: RAISED_AT, direction: ASC }) {
    totalCount
    edges {
      node {
        customer { name } raisedAt dueAt answeredAt status clockResult overdue role { key }
        clocks { number startedAt dueAt stoppedAt result }
        availableActions { action allowed }
      }
    }
  }
  late: feedback(filter: { item: { eq: $item }, clockResult: { eq: LATE } }) { totalCount }
  praise: feedback(first: 5, filter: { kind: { eq: PRAISE } }) { edges { node { raisedAt dueAt clockResult } } }
  complaints: feedback(first: 5, filter: { kind: { eq: COMPLAINT } }) { edges { node { status clockResult role { key } answerText } } }
  thanks: rewards(first: 5) {
    totalCount
    edges { node { customer { name } amount { amount currency } status clockResult dueAt feedback { kind raisedAt } } }
  }
  trusting: customers(first: 5, orderBy: { field: ADDED_AT, direction: ASC }) {
    edges { node { name trust { entries(first: 20) { edges { node { reason amount } } } } } }
  }
  toEveryone: promises(first: 5, filter: { customer: { isNull: true } }) { edges { node { text withinHours status } } }
  promised: promises(first: 10, filter: { status: { eq: KEPT } }, orderBy: { field: MADE_AT, direction: ASC }) {
    totalCount edges { node { customer { name } staff { name } settledBy { name } keptInTime dueAt settledAt } }
  }
  keptLate: promises(filter: { keptInTime: { eq: false } }) { totalCount }
  wowMoments(first: 5) { totalCount edges { node { story staff { name } store { name } } } }
}
"""
THANKS = """
query Thanks($feedback: ID!) { rewards(first: 1, filter: { feedback: { eq: $feedback } }) { edges { node { id } } } }
"""
SHOPPERS = ["刘婶", "王老师", "小马", "许大爷", "常姐"]


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "pangdonglai",
        owner="于东来",
        name="胖东来",
        businessType="LOW_PRICE_B2C",
        industry="RETAIL",
        profile={"averageOrderValue": {"amount": "86.00"}, "ordersPerYear": "60", "storeCount": 2},
        stores=[{"key": "times", "name": "许昌时代广场"}, {"key": "xinxiang", "name": "新乡胖东来"}],
    )
    brand.owner.act(
        SET_BUSINESS_HOURS,
        once="closed-on-tuesdays",
        hours=[{"weekday": day, "opens": OPENS, "closes": CLOSES} for day in (1, 3, 4, 5, 6, 7)],
    )
    brand.hire(
        Person("helper", "小许", "ops_group", "times", "OWN_GROUP"),
        Person("buyer", "采购老郭", "buyer", scope="ALL"),
        Person("desk", "服务台小赵", "service_desk", "times", "OWN_STORE"),
        Person("floor", "一楼小陈", "store_staff", "times", "OWN_STORE"),
    )
    vinegar = brand.owner.act(
        DEFINE_ITEM,
        once="item",
        key="smoked_vinegar",
        name="太行柿子醋 500ml",
        kind="GOODS",
        listPrice={"amount": "12.80"},
    )["item"]["id"]
    shoppers = [
        str(
            brand.owner.act(
                ADD_CUSTOMER,
                once=f"add-{number}",
                channelCode=brand.channel,
                name=name,
                identities=phone(8_0000_000 + number),
                homeStoreId=brand.stores["times"],
                occurredAt=story.day(-20, "10:00"),
            )["customer"]["id"]
        )
        for number, name in enumerate(SHOPPERS)
    ]
    brand.owner.act(
        MAKE_PROMISE,
        once="word",
        toEveryone=True,
        text="您登记的缺货，三天内给您答复",
        withinHours=72,
        occurredAt=story.day(-30, "09:00"),
    )
    _everyone_who_asked(brand, shoppers, vinegar)
    _complaint(brand, shoppers[1])
    praised_at = _praise_before_a_closed_day(brand, shoppers[2])
    _covered_bicycles(brand, shoppers[3])
    board = brand.owner.ask(BOARD, item=vinegar)
    brand.say(f"{board['asked']['totalCount']} asked for the vinegar, {board['late']['totalCount']} was told too late")
    return {"brand": brand, "board": board, "praised_at": praised_at}


def _everyone_who_asked(brand: Brand, shoppers: list[str], item: str) -> None:
    """They asked on different days; the vinegar was on the shelf on day -6. Whoever asked on day -11 waited too long."""
    desk, buyer = brand.as_staff("desk"), brand.as_staff("buyer")
    for shopper, asked in zip(shoppers, [-11, -8, -8, -7, -7], strict=True):
        raised = desk.act(
            RAISE_FEEDBACK,
            once=f"asked-{shopper}",
            kind="PRODUCT_REQUEST",
            customerId=shopper,
            itemId=item,
            storeId=brand.stores["times"],
            text="没找到太行柿子醋",
            medium="IN_PERSON",
            occurredAt=brand.story.day(asked, "16:00"),
        )["feedback"]
        desk.act(
            MAKE_PROMISE,
            once=f"word-{shopper}",
            customerId=shopper,
            text="三天内告诉您有没有柿子醋",
            withinHours=72,
            storeId=brand.stores["times"],
            occurredAt=brand.story.day(asked, "16:00"),
            externalRefs=[{"system": "desk", "id": raised["id"]}],
        )
        told = buyer.act(
            RECORD_TOUCHPOINT,
            once=f"told-{shopper}",
            customerId=shopper,
            itemId=item,
            direction="OUTBOUND",
            medium="PHONE",
            purpose="FEEDBACK_REPLY",
            outcome="REPLIED",
            summary="柿子醋上架了，在一楼调味区",
            occurredAt=brand.story.day(-6, "10:30"),
        )["touchpoint"]
        buyer.act(
            ANSWER_FEEDBACK,
            once=f"answered-{shopper}",
            feedbackId=raised["id"],
            touchpointId=told["id"],
            text="柿子醋上架了，在一楼调味区",
            onShelf=True,
            occurredAt=brand.story.day(-6, "10:30"),
        )
        buyer.act(
            KEEP_PROMISE,
            once=f"word-kept-{shopper}",
            promiseId=f"ref:desk:{raised['id']}",
            occurredAt=brand.story.day(-6, "10:30"),
        )


def _complaint(brand: Brand, shopper: str) -> None:
    """A complaint belongs to the service desk and is answered the same day; the manager validates it, and she is thanked."""
    desk = brand.as_staff("desk")
    raised = desk.act(
        RAISE_FEEDBACK,
        once="complaint",
        kind="COMPLAINT",
        customerId=shopper,
        storeId=brand.stores["times"],
        text="称重的小哥态度不好",
        medium="IN_PERSON",
        occurredAt=brand.story.day(-1, "11:00"),
    )["feedback"]
    desk.act(
        ANSWER_FEEDBACK,
        once="complaint-answered",
        feedbackId=raised["id"],
        text="向您道歉。我们看了录像，已经和他一起改；谢谢您告诉我们。",
        occurredAt=brand.story.day(-1, "15:00"),
    )
    [reward] = nodes(brand.owner.ask(THANKS, feedback=raised["id"])["rewards"])
    brand.owner.act(APPROVE_REWARD, once="thanks-approved", rewardId=reward["id"])
    brand.owner.act(PAY_REWARD, once="thanks-paid", rewardId=reward["id"], evidence="现金签收单 0007")


def _praise_before_a_closed_day(brand: Brand, shopper: str) -> str:
    """Praised on a Monday at 18:00. The clock of 72 opening hours stands still at night and on Tuesday."""
    today = brand.story.now.astimezone(ZONE).date()
    monday = today - timedelta(days=today.weekday() + 7)
    at = date_time(datetime.combine(monday, time(18, 0), ZONE))
    brand.as_staff("desk").act(
        RAISE_FEEDBACK, once="praise", kind="PRAISE", customerId=shopper, text="面点师傅现做给我看", occurredAt=at
    )
    return at


def _covered_bicycles(brand: Brand, shopper: str) -> None:
    """It began to rain, and somebody covered her scooter. Nobody had to plan it, but it is a play all the same."""
    play = brand.owner.act(
        DEFINE_WOW_PLAY,
        once="play",
        key="rain_covers",
        name="雨天套车",
        script="下雨了，给停车场所有电瓶车和自行车套上防水布。",
        trigger="STAFF_JUDGEMENT",
        cost={"amount": "0.60"},
        roleId=brand.units["store_staff"],
    )["wowPlay"]
    brand.as_staff("floor").act(
        RECORD_WOW_MOMENT,
        once="rain",
        customerId=shopper,
        playId=play["id"],
        storeId=brand.stores["times"],
        story="大爷出来一看，车座是干的",
        occurredAt=brand.story.day(-4, "17:20"),
    )


if __name__ == "__main__":
    main(play)
