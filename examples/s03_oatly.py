"""System 3, Oatly: one to one with 小麦力, and seldom.

Two doors, a parcel card and the official account, lead to the same persona. The brand takes the preset for one to one at low
frequency: over all staff together no customer hears more than twice in thirty days, two weeks apart, unless they asked. The
contact that breaks it is refused, with the moment at which it is welcome again; an answer to what the customer asks costs
nothing. What a customer does not want is written down once and holds for everybody.

    python examples/s03_oatly.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    CREATE_CHANNEL,
    DEFINE_PERSONA,
    RECORD_CONSENT,
    RECORD_CONTACT_NOW,
    RECORD_TOUCHPOINT_OUTCOME,
    RECORD_TOUCHPOINTS,
    SET_ATTENTION_POLICY,
    SET_CONTACT_PREFERENCES,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import Refused, nodes

NAME = "s03_oatly"
TITLE = "3 Oatly: one to one, low frequency"

FREQUENCY = """
query Frequency($since: DateTime!) {
  customers(first: 20, orderBy: { field: ADDED_AT, direction: ASC }) {
    edges {
      node {
        name
        preferences { purpose medium }
        relationships(first: 5) { edges { node { personaName channel { kind } } } }
        spokeUp: touchpoints(
          first: 10
          filter: { direction: { eq: OUTBOUND }, purpose: { in: [CONTENT, PROMOTION, REPURCHASE] }, occurredAt: { from: $since } }
        ) { totalCount edges { node { occurredAt purpose outcome outcomes(first: 5) { edges { node { outcome } } } } } }
        greeting: attention(purpose: GREETING) {
          welcome remaining nextWelcomeAt reasons { code until } spentBy { at purpose units staff { name } }
        }
      }
    }
  }
}
"""


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "oatly",
        owner="沈嘉",
        name="Oatly",
        businessType="LOW_PRICE_B2C",
        industry="FMCG",
        profile={"averageOrderValue": {"amount": "75.00"}, "ordersPerYear": "8", "opsTeamSize": 2},
    )
    brand.hire(
        Person("mai_xiaoyu", "麦小雨", "ops_group", scope="OWN_GROUP"),
        Person("yan_qing", "燕青", "ops_group", scope="OWN_GROUP"),
    )
    brand.owner.act(
        DEFINE_PERSONA,
        once="persona",
        key="ops_group",
        nameZh="小麦力",
        nameEn="Little Oat Power",
        promiseZh="一个月最多打扰两次",
        promiseEn="At most two messages a month",
    )
    policy = brand.owner.act(SET_ATTENTION_POLICY, once="seldom", preset="LOW_FREQUENCY_ONE_TO_ONE")["attentionPolicy"]
    customers = _two_doors(brand)
    _two_letters(brand, customers)
    brand.owner.act(
        SET_CONTACT_PREFERENCES,
        once="no-promotions",
        customerId=customers[2],
        refused=[{"purpose": "PROMOTION"}, {"medium": "SMS"}],
    )
    board = nodes(brand.owner.ask(FREQUENCY, since=story.ago(days=30))["customers"])
    for customer in board:
        verdict = customer["greeting"]
        brand.say(
            f"{customer['name']}: spoke up {customer['spokeUp']['totalCount']} times in 30 days, {verdict['remaining']} left,"
            f" a greeting is welcome from {verdict['nextWelcomeAt']} on"
        )
    refusal = _one_too_many(brand, customers[0])
    answered = _asked_and_answered(brand, customers[0])
    return {"brand": brand, "board": board, "policy": policy, "refusal": refusal, "answered": answered}


def _one_too_many(brand: Brand, customer: str) -> dict[str, Any]:
    """She allowed marketing and likes the parcel's recipes; it is still the third letter in thirty days."""
    brand.owner.act(RECORD_CONSENT, once="consent", customerId=customer, scope="MARKETING", source="FORM")
    letter = {
        "customerId": customer,
        "staffId": brand.staff["yan_qing"],
        "direction": "OUTBOUND",
        "medium": "WECOM_CHAT",
        "purpose": "CONTENT",
        "tag": "包裹卡",
        "summary": "周末限定：燕麦冷萃",
    }
    try:
        brand.owner.act(RECORD_CONTACT_NOW, once="one-too-many", **letter)
    except Refused as refused:
        [refusal] = refused.user_errors
        brand.say(refusal["message"])
        told: dict[str, Any] = refusal
        return told
    raise AssertionError("The third letter in thirty days went out.")


def _asked_and_answered(brand: Brand, customer: str) -> dict[str, Any]:
    """What she asks is answered at once, at any hour, and costs nothing."""
    about = {"customerId": customer, "staffId": brand.staff["mai_xiaoyu"], "medium": "WECOM_CHAT", "purpose": "ENQUIRY"}
    brand.owner.act(RECORD_CONTACT_NOW, once="asks", direction="INBOUND", summary="燕麦奶可以加热吗？", **about)
    answer = brand.owner.act(
        RECORD_CONTACT_NOW, once="answered", direction="OUTBOUND", summary="可以，60 度最香。", **about
    )
    touchpoint: dict[str, Any] = answer["touchpoint"]
    return touchpoint


def _two_doors(brand: Brand) -> list[str]:
    codes = [
        brand.owner.act(
            CREATE_CHANNEL, once=f"door-{kind}", name=name, kind=kind, groupId=brand.units["ops_group"], autoTags=[tag]
        )["channel"]["code"]
        for kind, name, tag in [
            ("PARCEL_CARD", "咖啡大师包裹卡", "包裹卡"),
            ("OFFICIAL_ACCOUNT", "公众号菜单", "公众号"),
        ]
    ]
    people = [("柳如烟", 0, 60), ("纪晓岚", 1, 45), ("叶蓁", 0, 40), ("骆冰", 1, 3)]
    return [
        brand.owner.act(
            ADD_CUSTOMER,
            once=f"add-{number}",
            channelCode=codes[door],
            name=name,
            identities=phone(3_0000_000 + number),
            occurredAt=brand.story.ago(days=days),
        )["customer"]["id"]
        for number, (name, door, days) in enumerate(people)
    ]


def _two_letters(brand: Brand, customers: list[str]) -> None:
    """A recipe 35 days ago (outside the window), one 20 days ago, one 2 days ago. Whoever is new got the last one only.

    What came of a contact is learned later, and appended: DELIVERED first, then CLICKED.
    """
    letters = [
        (35, customers[:3], "燕麦拿铁的三种打法"),
        (20, customers[:3], "早餐燕麦杯"),
        (2, customers, "新品：燕麦抹茶"),
    ]
    for days, readers, summary in letters:
        sent = brand.owner.act(
            RECORD_TOUCHPOINTS,
            once=f"letter-{days}",
            touchpoints=[
                {
                    "customerId": reader,
                    "staffId": brand.staff["mai_xiaoyu"],
                    "direction": "OUTBOUND",
                    "medium": "WECOM_MASS_SEND",
                    "purpose": "CONTENT",
                    "outcome": "DELIVERED",
                    "summary": summary,
                    "occurredAt": brand.story.day(-days, "10:00"),
                }
                for reader in readers
            ],
        )["results"]
        brand.owner.act(
            RECORD_TOUCHPOINT_OUTCOME,
            once=f"clicked-{days}",
            touchpointId=sent[0]["touchpoint"]["id"],
            outcome="CLICKED",
            occurredAt=brand.story.day(-days, "13:00"),
        )


if __name__ == "__main__":
    main(play)
