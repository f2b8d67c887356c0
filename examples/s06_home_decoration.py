"""System 6, home decoration: everyone adds, and yet one customer.

Content editor, ad service, sales, designer and butler each add the same family, each from their own phone, two of them at the
same moment. It is one customer with five friends, and every friend has a face, a promise and a boundary. Where two people
hold the same role, the second friendship shows as REDUNDANT and can be cleaned up without losing a word. And where two showrooms
would give one customer two prices and two guarantees, the second quote is caught before it is issued.
hold the same role, the second friendship shows as REDUNDANT and can be cleaned up without losing a word. Five people who came
from the old practice, everyone adds and nobody has a role, are placed; one plan then gives every friendship its role.

    python examples/s06_home_decoration.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    CLEAN_UP_ROLES,
    DEFINE_ITEM,
    DRAFT_QUOTE,
    END_RELATIONSHIP,
    INVITE_STAFF_BATCH,
    ISSUE_QUOTE,
    PRESENT_QUOTE,
    RECORD_TOUCHPOINT,
    REVISE_QUOTE,
    WRITE_SERVICE_NOTE,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import Refused, nodes

NAME = "s06_home_decoration"
TITLE = "6 筑家装饰: everyone adds, one customer"

MODEL = """
{
  operatingModel {
    kind decidedBy
    warnings { code severity message }
    roles { key label adds headlineMetric personas { name promise } boundary { purpose mode } }
  }
}
"""
TEAM = """
query Team($id: ID!) {
  customers { totalCount }
  customer(id: $id) {
    name
    homeStore { name }
    stage { key }
    subjects { kind name }
    relationships(first: 10) {
      totalCount
      edges { node { id state standing personaName staff { name } roles { role { key } reason until } } }
    }
    team { personaName role { key boundary { purpose mode } } }
    touchpoints(first: 10, orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { purpose role { key } summary } } }
    notes(first: 5) { edges { node { kind text author { name } } } }
  }
}
"""

QUOTES = """
query Quotes($id: ID!, $period: PeriodInput!) {
  customer(id: $id) {
    quotes(first: 10, orderBy: { field: DRAFTED_AT, direction: ASC }) {
      edges { node {
        status staff { name } department { name } total { amount }
        lines { item { key } quantity unitPrice { amount } } guarantees { scope months conditions }
      } }
    }
  }
  quotePriceSpreads(period: $period) {
    item { key } count min { amount } median { amount } max { amount }
    departments { department { name } count median { amount } }
  }
}
"""

PLAN = """
{
  planRoleCleanup(first: 10) {
    planId customers friendships moved released unchanged redundantAfter
    passages { fromKey toKey friendships }
    moves { nodes { staff { name } fromKey toKey move } }
  }
}
"""

# In the order in which the family met them.
TEAM_MEMBERS = [
    ("editor", "贝贝", "new_media"),
    ("service", "乔麦", "ad_service"),
    ("sales", "方正", "sales"),
    ("designer", "颜色", "designer"),
    ("butler", "管平", "butler"),
]


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "zhujia-home",
        owner="朱家明",
        name="筑家装饰",
        businessType="HIGH_PRICE_B2C",
        industry="HOME_DECORATION",
        profile={
            "averageOrderValue": {"amount": "160000.00"},
            "ordersPerYear": "0.2",
            "decisionDays": 60,
            "storeCount": 2,
            "staffWhoMeetCustomers": 40,
            "currentPractice": "EVERYONE_ADDS",
        },
        stores=[{"key": "chengnan", "name": "城南展厅"}, {"key": "chengbei", "name": "城北展厅"}],
    )
    brand.hire(
        *(Person(key, name, role, "chengnan") for key, name, role in TEAM_MEMBERS),
        Person("sales_two", "方圆", "sales", "chengbei"),
    )
    one_customer = _five_adds(brand)
    _each_in_their_role(brand, one_customer["customer"])
    redundant = _two_sales(brand)
    prices = _two_prices(brand, redundant["customer"])
    outside = _designer_quotes(brand, one_customer["customer"])
    _clean_up(brand, redundant)
    return {
        "brand": brand,
        "model": brand.owner.ask(MODEL)["operatingModel"],
        "adds": one_customer["adds"],
        "team": brand.owner.ask(TEAM, id=one_customer["customer"]),
        **redundant,
        **prices,
        "outside": outside,
        **_everyone_added(brand),
    }


def _five_adds(brand: Brand) -> dict[str, Any]:
    """Nobody says who the friend is: each uses their own key, so it is whoever calls. The phone number tells who it is."""
    days = {"editor": 40, "service": 30, "sales": 25, "designer": 18, "butler": 6}

    def add(person: str) -> dict[str, Any]:
        return brand.as_staff(person).act(
            ADD_CUSTOMER,
            once="add-family-shao",
            name="邵先生",
            identities=phone(6_0000_001),
            subject={"kind": "HOME", "name": "滨江壹号 3-1201", "details": "128平，毛坯"},
            occurredAt=brand.story.ago(days=days[person]),
        )

    # The first one meets a stranger. Sales and designer add at the very same moment, on two connections.
    adds = {"editor": add("editor"), "service": add("service")}
    with ThreadPoolExecutor(max_workers=2) as phones:
        adds.update(zip(["sales", "designer"], phones.map(add, ["sales", "designer"]), strict=True))
    adds["butler"] = add("butler")
    customers = {one["customer"]["id"] for one in adds.values()}
    assert len(customers) == 1, "one family, one record"
    brand.say(
        "five colleagues added 邵先生: " + ", ".join(str(one["relationship"]["personaName"]) for one in adds.values())
    )
    return {"customer": customers.pop(), "adds": {person: one["created"] for person, one in adds.items()}}


def _each_in_their_role(brand: Brand, customer: str) -> None:
    """Contacts carry the role they were made in, without anybody saying so: it is that of the friendship."""
    contacts = [
        ("editor", 40, "CONTENT", "毛坯验房的12个要点"),
        ("service", 29, "APPOINTMENT", "周六上午量房，您看可以吗？"),
        ("sales", 25, "QUOTATION", "全包 1,180 元/平，水电质保十年，写进合同"),
        ("designer", 17, "SOLUTION", "方案二：客厅横厅，儿童房朝南"),
        ("butler", 5, "SERVICE_PROGRESS", "今天水电进场，每天六点发照片"),
    ]
    for person, days, purpose, summary in contacts:
        brand.as_staff(person).act(
            RECORD_TOUCHPOINT,
            once=f"contact-{purpose}",
            customerId=customer,
            direction="OUTBOUND",
            medium="WECOM_CHAT",
            purpose=purpose,
            summary=summary,
            occurredAt=brand.story.ago(days=days, minutes=-30),
        )
    for stage, days in [("MEASURED", 24), ("DESIGNED", 17), ("QUOTED", 15), ("SIGNED", 8), ("IN_CONSTRUCTION", 5)]:
        brand.move(brand.owner, customer, stage, brand.story.ago(days=days, hours=-2))
    brand.as_staff("sales").act(
        WRITE_SERVICE_NOTE,
        once="guarantee",
        customerId=customer,
        kind="PROMISE_CONTEXT",
        text="承诺：水电质保十年；超支部分公司承担。设计、管家请按此口径。",
        occurredAt=brand.story.ago(days=25),
    )


def _two_sales(brand: Brand) -> dict[str, Any]:
    """Two salespeople of two showrooms are friends of one customer: one of them is one too many."""
    first, second = (
        brand.as_staff(person).act(ADD_CUSTOMER, once="add-xiang", name="项女士", identities=phone(6_0000_002))
        for person in ("sales", "sales_two")
    )
    assert (first["created"], second["created"]) == (True, False)
    customer = str(first["customer"]["id"])
    return {"customer": customer, "before": _friends(brand, customer)}


def _clean_up(brand: Brand, shown: dict[str, Any]) -> None:
    one_too_many = next(friend for friend in shown["before"] if friend["standing"] == "REDUNDANT")
    brand.owner.act(END_RELATIONSHIP, once="clean-up", relationshipId=one_too_many["id"], state="REMOVED_BY_STAFF")
    shown["after"] = _friends(brand, shown["customer"])
    standings, states = [one["standing"] for one in shown["before"]], [one["state"] for one in shown["after"]]
    brand.say(f"项女士: {standings}, cleaned up: {states}")


def _two_prices(brand: Brand, customer: str) -> dict[str, Any]:
    """The south quotes and shows it; the north would be cheaper, with half the guarantee: it learns so before the customer does."""
    item = brand.owner.act(DEFINE_ITEM, once="wiring", key="wiring", name="水电改造，每平", kind="SERVICE")["item"][
        "id"
    ]
    until = brand.story.ago(days=-30)

    def terms(price: str, months: int) -> dict[str, Any]:
        return {
            "lines": [{"itemId": item, "quantity": "96.5", "unitPrice": {"amount": price}}],
            "guarantees": [{"scope": "水电", "months": months, "line": 1}],
            "validUntil": until,
        }

    def issue(person: str, quote: dict[str, Any], once: str) -> None:
        brand.as_staff(person).act(ISSUE_QUOTE, once=once, quoteId=quote["id"])

    sales, north = brand.as_staff("sales"), brand.as_staff("sales_two")
    first = sales.act(DRAFT_QUOTE, once="quote", customerId=customer, **terms("180.00", 120))["quote"]
    issue("sales", first, "issue")
    sales.act(PRESENT_QUOTE, once="present", quoteId=first["id"], medium="IN_PERSON")
    other = north.act(DRAFT_QUOTE, once="quote-north", customerId=customer, **terms("168.00", 60))["quote"]
    conflict: list[dict[str, Any]] = []
    try:
        issue("sales_two", other, "issue-north")
    except Refused as refusal:
        conflict = refusal.user_errors
        brand.say(f"方圆's quote is caught before it is issued: {conflict[0]['message']}")
    # Whoever quoted may improve the own quote: the revision takes its place, and nothing contradicts it.
    revision = sales.act(REVISE_QUOTE, once="revise", quoteId=first["id"], **terms("172.00", 120))["quote"]
    issue("sales", revision, "issue-revision")
    today = brand.story.now.date()
    period = {"from": str(today - timedelta(days=2)), "to": str(today + timedelta(days=2))}
    return {"conflict": conflict, "quotes": brand.owner.ask(QUOTES, id=customer, period=period)}


def _designer_quotes(brand: Brand, customer: str) -> list[dict[str, Any]]:
    """The designer knows the price, too, and may not give it: the refusal says whose it is, and whom to hand the family to."""
    lines = [{"description": "全屋定制柜体", "unitPrice": {"amount": "38000.00"}}]
    given = {"customerId": customer, "lines": lines, "validUntil": brand.story.ago(days=-30)}
    designer = brand.as_staff("designer")
    draft = designer.act(DRAFT_QUOTE, once="quote-designer", **given)["quote"]
    try:
        designer.act(ISSUE_QUOTE, once="issue-designer", quoteId=draft["id"])
    except Refused as refusal:
        brand.say(f"颜色's quote is not given out: {refusal.user_errors[0]['message']}")
        return refusal.user_errors
    return []


OLD_PRACTICE = [
    ("old_media", "小满", "new_media", "chengnan"),
    ("old_sales", "大寒", "sales", "chengbei"),
    ("old_sales_too", "立春", "sales", "chengnan"),
    ("old_designer", "白露", "designer", "chengnan"),
    ("old_butler", "霜降", "butler", "chengnan"),
]
"""People who added whomever they met, before anybody had a role; and the role each gets."""


def _everyone_added(brand: Brand) -> dict[str, Any]:
    """Five friendships nobody asked for become four with a role each; the fifth stays a friendship, and shows as one too many."""
    rows = [{"key": key, "name": name, "dataScope": "OWN_CUSTOMERS"} for key, name, _, _ in OLD_PRACTICE]
    invited = brand.owner.act(INVITE_STAFF_BATCH, once="hire-old", staff=rows)
    brand.staff |= {
        one[0]: found["staffMember"]["id"] for one, found in zip(OLD_PRACTICE, invited["results"], strict=True)
    }
    added: dict[str, Any] = {}
    for days, (key, *_) in zip((70, 65, 60, 50, 40), OLD_PRACTICE, strict=True):
        added = brand.owner.act(
            ADD_CUSTOMER,
            once=f"old-{key}",
            staffId=brand.staff[key],
            name="佟女士",
            homeStoreId=brand.stores["chengnan"],
            identities=phone(6_0000_003),
            occurredAt=brand.story.ago(days=days),
        )
    customer = str(added["customer"]["id"])
    begun = brand.change_begun()
    if begun is not None:
        return {"clean_up": brand.carried_out(begun)}
    mixed = _friends(brand, customer)
    for key, _, role, store in OLD_PRACTICE:
        brand.place(key, role, store)
    plan = brand.owner.ask(PLAN)["planRoleCleanup"]
    change = brand.owner.act(CLEAN_UP_ROLES, once="clean-up-roles", planId=plan["planId"])["operatingModelChange"]
    done = brand.carried_out(change["id"])
    brand.say(f"佟女士: {plan['moved']} of {len(mixed)} friendships have got their role: {done['status']}")
    return {"mixed": mixed, "plan": plan, "clean_up": done, "sorted": _friends(brand, customer)}


def _friends(brand: Brand, customer: str) -> list[dict[str, Any]]:
    return nodes(brand.owner.ask(TEAM, id=customer)["customer"]["relationships"])


if __name__ == "__main__":
    main(play)
