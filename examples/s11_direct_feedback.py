"""System 11, direct feedback (DTC): every voice is heard, also of people who are no customer yet.

A brand without shops of its own hears what people want: from friends, from strangers under a video, from a letter. Voices
about one product lie together and become one improvement; when it ships, everyone who asked is told, and the time from voice to
change is measured. What will not be made is declined with a reason. One who comes back after an answer gets a new clock, and the
first one's result stays.

    python examples/s11_direct_feedback.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    ANSWER_FEEDBACK,
    DECLINE_FEEDBACK,
    DEFINE_ITEM,
    LINK_FEEDBACK,
    OPEN_IMPROVEMENT,
    PLAN_IMPROVEMENT,
    RAISE_FEEDBACK,
    RATE_SERVICE,
    RECORD_ORDER,
    REOPEN_FEEDBACK,
    SHIP_IMPROVEMENT,
)
from examples.brand import Brand, Person, Story, main, phone

NAME = "s11_direct_feedback"
TITLE = "11 果粒时代 (DTC): voices, answered"

ALIKE = """
query Alike($id: ID!) { similarFeedback(feedbackId: $id) { feedback { id } sameItem likeness } }
"""
CHANGE = """
query Change($item: ID!) {
  improvements(first: 5, filter: { item: { eq: $item } }) {
    totalCount
    edges {
      node {
        title status voiceCount toldCount changeSeconds shippedAt
        links(first: 10) { edges { node { byHand toldAt touchpoint { summary } feedback { text raisedAt status } } } }
      }
    }
  }
}
"""
VOICES = """
query Voices($item: ID!) {
  aboutIt: feedback(first: 20, filter: { item: { eq: $item } }, orderBy: { field: RAISED_AT, direction: ASC }) {
    totalCount
    edges {
      node {
        kind text score customer { name } voiceName voiceContact
        raisedAt answeredAt status clockResult declinedReason reopenCount role { key }
        clocks { number result }
        moves { fromStatus toStatus }
      }
    }
  }
  ofStrangers: feedback(filter: { item: { eq: $item }, customer: { isNull: true } }) { totalCount }
  stillOpen: feedback(filter: { clockResult: { eq: RUNNING } }, first: 5) { totalCount edges { node { text overdue } } }
}
"""


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "guoli-era",
        owner="果然",
        name="果粒时代",
        businessType="LOW_PRICE_B2C",
        industry="FMCG",
        profile={"averageOrderValue": {"amount": "49.00"}, "ordersPerYear": "12", "opsTeamSize": 1},
    )
    brand.hire(
        Person("listener", "小粒", "ops_group", scope="ALL"),
        Person("maker", "产品经理阿果", "product_manager", scope="ALL"),
    )
    tea = brand.owner.act(
        DEFINE_ITEM, once="tea", key="peach_tea", name="蜜桃乌龙果粒茶", kind="GOODS", listPrice={"amount": "9.90"}
    )["item"]["id"]
    friends = [
        str(
            brand.owner.act(
                ADD_CUSTOMER,
                once=f"add-{number}",
                channelCode=brand.channel,
                name=name,
                identities=phone(11_000_000 + number),
                occurredAt=story.day(-40, "09:00"),
            )["customer"]["id"]
        )
        for number, name in enumerate(["桃子", "阿橙"])
    ]
    _voices(brand, friends, tea)
    board = brand.owner.ask(VOICES, item=tea)
    brand.say(
        f"{board['aboutIt']['totalCount']} voices, {board['ofStrangers']['totalCount']} of strangers, "
        f"{board['stillOpen']['totalCount']} still waiting"
    )
    return {"brand": brand, "board": board, "tea": tea}


def _voices(brand: Brand, friends: list[str], tea: str) -> None:
    story, listener, maker = brand.story, brand.as_staff("listener"), brand.as_staff("maker")

    def hear(once: str, day: int, **said: Any) -> str:
        raised = listener.act(
            RAISE_FEEDBACK, once=once, kind="SUGGESTION", itemId=tea, occurredAt=story.day(day, "10:00"), **said
        )["feedback"]
        return str(raised["id"])

    less_sugar = [
        hear("sugar-1", -6, customerId=friends[0], text="太甜了，能出低糖的吗", medium="WECOM_CHAT"),
        hear("sugar-2", -5, name="B站网友 夏至", contact="bilibili:778812", text="低糖我就天天喝", medium="OTHER"),
        hear(
            "sugar-3",
            -4,
            name="南京 孙女士",
            contact="sun@mail.example",
            text="糖尿病人也想喝，能出低糖吗",
            medium="EMAIL",
        ),
    ]
    # 桃子 is told that it is being worked on; she writes again, and the matter is taken up with a new clock.
    maker.act(ANSWER_FEEDBACK, once="soon", feedbackId=less_sugar[0], text="在做了", occurredAt=story.day(-3, "10:00"))
    maker.act(REOPEN_FEEDBACK, once="again", feedbackId=less_sugar[0])
    # What asks for the same is found by item and words, and becomes one improvement.
    alike = maker.ask(ALIKE, id=less_sugar[0])["similarFeedback"]
    found = sorted(one["feedback"]["id"] for one in alike if one["feedback"]["id"] in less_sugar)
    improvement = maker.act(
        OPEN_IMPROVEMENT, once="less-sugar", title="低糖版：糖减 60%", itemId=tea, feedbackIds=[less_sugar[0]]
    )["improvement"]["id"]
    if found:  # run again, they are linked already
        maker.act(LINK_FEEDBACK, once="less-sugar-asked", improvementId=improvement, feedbackIds=less_sugar[1:])
    owner = brand.owner
    owner.act(PLAN_IMPROVEMENT, once="less-sugar-planned", improvementId=improvement)
    # It ships: friends are told by the worker, strangers by whoever looks after the place where they spoke.
    owner.act(
        SHIP_IMPROVEMENT,
        once="less-sugar-shipped",
        improvementId=improvement,
        answer="低糖版上线了：糖减 60%，谢谢您提的建议",
        medium="WECOM_CHAT",
    )
    for feedback in less_sugar[1:]:
        maker.act(
            ANSWER_FEEDBACK,
            once=f"told-{feedback}",
            feedbackId=feedback,
            text="低糖版上线了：糖减 60%，谢谢您提的建议",
        )
    straw = hear("straw", -2, customerId=friends[1], text="换成塑料吸管吧，纸的会软")
    maker.act(DECLINE_FEEDBACK, once="no-plastic", feedbackId=straw, reason="我们不用一次性塑料；已换更厚的纸吸管")
    order = listener.act(
        RECORD_ORDER,
        once="order",
        customerId=friends[1],
        lines=[{"itemId": tea, "quantity": 12, "amount": {"amount": "118.80"}}],
        occurredAt=story.day(-3, "10:00"),
    )["order"]
    listener.act(
        RATE_SERVICE,
        once="rating",
        customerId=friends[1],
        orderId=order["id"],
        itemId=tea,
        score=4,
        text="吸管厚多了",
        occurredAt=story.day(-1, "10:00"),
    )


if __name__ == "__main__":
    main(play)
