"""System 12, a brand that lost trust: an account that explains itself, entry by entry.

Trust is an account 信任账户. Kept words are deposits, breaches withdrawals, and a breach leaves a crease: the ceiling comes down
for good. Nobody posts it: every act does, by the rules. What cannot be done is to buy trust: a discount stands in the account
and deposits nothing. (A month without a breach would earn interest; a story told in a minute has no such month.)

    python examples/s12_lost_trust.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    ADJUST_TRUST,
    ANSWER_FEEDBACK,
    DEFINE_ITEM,
    DRAFT_QUOTE,
    ISSUE_QUOTE,
    KEEP_PROMISE,
    MAKE_PROMISE,
    PRESENT_QUOTE,
    RAISE_FEEDBACK,
    RECORD_ORDER,
    RECORD_TOUCHPOINT,
    RECORD_WOW_MOMENT,
    RESOLVE_QUOTE_CONFLICT,
    SET_QUOTE_POLICY,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import Refused

NAME = "s12_lost_trust"
TITLE = "12 鲜果时光: trust lost, explained"

ACCOUNT = """
query TrustAccount($id: ID!) {
  customer(id: $id) {
    name
    trust {
      balance ceiling creases openedAt nearLeaving leavingSigns differences { what }
      zh: explanation(locale: ZH)
      en: explanation(locale: EN)
      entries(first: 20, orderBy: { field: SEQ, direction: ASC }) {
        totalCount
        edges { node { reason label amount claimed balanceAfter ceilingAfter severityBp explanation(locale: ZH) } }
      }
    }
    feedback(first: 5) { edges { node { kind status clockResult raisedAt dueAt answeredAt } } }
    touchpoints(first: 5) { edges { node { purpose summary outcome } } }
  }
}
"""
LEAVING = """
{
  trustAccounts(first: 10, filter: { nearLeaving: { eq: true } }, orderBy: { field: BALANCE, direction: ASC }) {
    totalCount
    edges { node { balance ceiling creases leavingSince leavingSigns customer { name } } }
  }
}
"""


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
        Person("second", "小甜", "ops_group", scope="ALL"),
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
    _word_and_wonder(brand, angry)
    _two_prices(brand, angry)
    _discount(brand, angry)
    _late_and_in_time(brand, angry)
    too_much = _too_much(brand, angry)
    account = brand.owner.ask(ACCOUNT, id=angry)["customer"]
    for entry in account["trust"]["entries"]["edges"]:
        brand.say(entry["node"]["explanation"])
    brand.say(account["trust"]["zh"])
    return {
        "brand": brand,
        "account": account,
        "untouched": brand.owner.ask(ACCOUNT, id=content)["customer"],
        "too_much": too_much,
        "leaving": brand.owner.ask(LEAVING)["trustAccounts"],
    }


def _word_and_wonder(brand: Brand, customer: str) -> None:
    """Friday was promised, Friday it was; and in the rain somebody brought an umbrella."""
    helper = brand.as_staff("helper")
    day = brand.story.day
    promise = helper.act(
        MAKE_PROMISE,
        once="promise",
        customerId=customer,
        text="周五送到",
        occurredAt=day(-42, "10:00"),
        dueAt=day(-40, "18:00"),
    )["promise"]
    helper.act(KEEP_PROMISE, once="kept", promiseId=promise["id"], occurredAt=day(-40, "15:00"))
    helper.act(
        RECORD_WOW_MOMENT,
        once="umbrella",
        customerId=customer,
        story="下雨天送伞到家门口",
        occurredAt=day(-38, "17:00"),
    )


def _two_prices(brand: Brand, customer: str) -> None:
    """Two of the brand's people quote the same basket; somebody lets the second pass, and the customer has seen both."""
    owner = brand.owner
    owner.act(SET_QUOTE_POLICY, once="policy", onConflict="ALLOW_WITH_RESOLUTION")
    item = owner.act(DEFINE_ITEM, once="basket", key="basket", name="每周果篮", kind="GOODS")["item"]["id"]
    quotes: list[str] = []
    for number, (person, price) in enumerate((("helper", "98.00"), ("second", "118.00"))):
        seller = brand.as_staff(person)
        lines = [{"itemId": item, "quantity": "1", "unitPrice": {"amount": price}}]
        given = {"customerId": customer, "lines": lines, "validUntil": brand.story.ago(days=-30)}
        quote = seller.act(DRAFT_QUOTE, once=f"quote-{number}", **given)["quote"]["id"]
        for other in quotes:
            owner.act(
                RESOLVE_QUOTE_CONFLICT,
                once="resolved",
                quoteId=quote,
                otherQuoteId=other,
                resolution="OTHER",
                reason="店里说先按新价发",
            )
        owner.act(ISSUE_QUOTE, once=f"issue-{number}", quoteId=quote, boundaryOverride="零售没有报价岗，店长自己定价")
        seller.act(PRESENT_QUOTE, once=f"present-{number}", quoteId=quote, medium="WECOM_CHAT")
        quotes.append(quote)


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
    """A coupon: she buys again for it. It stands in the account, and the account does not move."""
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
    line = {"text": "草莓两盒", "quantity": 1, "amount": {"amount": "70.00"}}
    brand.as_staff("helper").act(
        RECORD_ORDER,
        once="order",
        customerId=customer,
        lines=[line],
        discount={"amount": "20.00"},
        discountReason="满减券",
        occurredAt=brand.story.day(-5, "13:00"),
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
