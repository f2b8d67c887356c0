"""System 12, a brand that lost trust: an account that explains itself, entry by entry.

Trust is an account 信任账户. Kept words are deposits, breaches withdrawals; nobody edits the past. In this release people post
by hand, with a reason that is kept; a limit holds them. What cannot be done is to buy trust: a discount is a touchpoint like
any other and deposits nothing.

    python examples/s12_lost_trust.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import ADD_CUSTOMER, ADJUST_TRUST, ANSWER_FEEDBACK, RAISE_FEEDBACK, RECORD_TOUCHPOINT
from examples.brand import Brand, Person, Story, main, phone
from examples.client import Refused

NAME = "s12_lost_trust"
TITLE = "12 鲜果时光: trust lost, explained"

ACCOUNT = """
query TrustAccount($id: ID!) {
  customer(id: $id) {
    name
    trust {
      balance ceiling creases openedAt
      entries(first: 20, orderBy: { field: SEQ, direction: ASC }) {
        totalCount
        edges { node { reason label amount claimed balanceAfter ceilingAfter severityBp note } }
      }
    }
    feedback(first: 5) { edges { node { kind status clockResult raisedAt dueAt answeredAt } } }
    touchpoints(first: 5) { edges { node { purpose summary outcome } } }
  }
}
"""
LEAVING = """
query NearLeaving($below: Int!) {
  customers(first: 10, filter: { trustBalance: { to: $below } }, orderBy: { field: TRUST_BALANCE, direction: ASC }) {
    totalCount
    edges { node { name trust { balance } } }
  }
}
"""

POSTINGS = [
    ("deposit", 10, "说好周五送到，周五送到了"),
    ("deposit", 15, "下雨天店员送伞到家门口"),
    ("withdrawal", 40, "两个店报了不同的价，客户都收到了"),
    ("withdrawal", 15, "投诉过了两天才回"),
    ("deposit", 8, "第二次投诉当天就有答复"),
]


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "xianguo",
        owner="时光",
        name="鲜果时光",
        businessType="LOW_PRICE_B2C",
        industry="RETAIL",
        profile={"averageOrderValue": {"amount": "58.00"}, "ordersPerYear": "30"},
    )
    brand.hire(
        Person("helper", "小鲜", "ops_group", scope="ALL"),
        Person("desk", "服务台小果", "service_desk", scope="ALL"),
    )
    angry, content = (
        str(
            brand.owner.act(
                ADD_CUSTOMER,
                once=f"add-{number}",
                channelCode=brand.channel,
                name=name,
                identities=phone(12_000_000 + number),
                occurredAt=story.day(-60, "10:00"),
            )["customer"]["id"]
        )
        for number, name in enumerate(["白阿姨", "凌先生"])
    )
    _late_and_in_time(brand, angry)
    for number, (kind, points, reason) in enumerate(POSTINGS):
        brand.owner.act(ADJUST_TRUST, once=f"posting-{number}", customerId=angry, reason=reason, **{kind: points})
    _discount(brand, angry)
    too_much = _too_much(brand, angry)
    account = brand.owner.ask(ACCOUNT, id=angry)["customer"]
    for entry in account["trust"]["entries"]["edges"]:
        node = entry["node"]
        brand.say(
            f"{node['amount']:+4} -> {node['balanceAfter']:4} (ceiling {node['ceilingAfter']}): {node['note'] or node['label']}"
        )
    return {
        "brand": brand,
        "account": account,
        "untouched": brand.owner.ask(ACCOUNT, id=content)["customer"],
        "too_much": too_much,
        "leaving": brand.owner.ask(LEAVING, below=account["trust"]["balance"])["customers"],
    }


def _late_and_in_time(brand: Brand, customer: str) -> None:
    """Two complaints: the first answered after 40 hours, the second after two. The clocks keep that for good."""
    desk = brand.as_staff("desk")
    for once, raised_on, answered_on in [
        ("first", (-30, "09:00"), (-28, "01:00")),
        ("second", (-10, "09:00"), (-10, "11:00")),
    ]:
        raised = desk.act(
            RAISE_FEEDBACK,
            once=f"{once}-complaint",
            kind="COMPLAINT",
            customerId=customer,
            text="蓝莓又是坏的",
            occurredAt=brand.story.day(*raised_on),
        )["feedback"]
        desk.act(
            ANSWER_FEEDBACK,
            once=f"{once}-answer",
            feedbackId=raised["id"],
            text="已退款并补送一份，今天换了供应商",
            occurredAt=brand.story.day(*answered_on),
        )


def _discount(brand: Brand, customer: str) -> None:
    """A coupon: she may buy again for it. The account does not move."""
    brand.as_staff("helper").act(
        RECORD_TOUCHPOINT,
        once="coupon",
        customerId=customer,
        direction="OUTBOUND",
        medium="MINI_PROGRAM",
        purpose="PROMOTION",
        outcome="CLICKED",
        summary="满 50 减 20，今天有效",
        occurredAt=brand.story.day(-5, "12:00"),
    )


def _too_much(brand: Brand, customer: str) -> list[dict[str, Any]]:
    """No hand may deposit more than 30 points at once. A refusal changes nothing and says which field is at fault."""
    try:
        brand.owner.act(ADJUST_TRUST, customerId=customer, deposit=31, reason="老板说补一补")
    except Refused as refusal:
        return refusal.user_errors
    return []


if __name__ == "__main__":
    main(play)
