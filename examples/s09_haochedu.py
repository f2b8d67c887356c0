"""System 9, Haochedu 豪车毒: five roles carry one car, and one of them never adds anybody.

Adviser, negotiator, paperwork, delivery host, after-sales. The paperwork agent settles loan, tax and plates and answers for
three stages, but is no friend of the customer: a code that would lead to that role is refused. The day of the delivery is a
feast, and the customer tells everybody without being asked.

    python examples/s09_haochedu.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ACCEPT_QUOTE,
    ADD_CUSTOMER,
    CLOSE_CASE,
    CREATE_CHANNEL,
    DEFINE_ITEM,
    DEFINE_WOW_PLAY,
    DRAFT_QUOTE,
    ISSUE_QUOTE,
    KEEP_PROMISE,
    MAKE_PROMISE,
    PRESENT_QUOTE,
    RECORD_CONSENT,
    RECORD_ORDER,
    RECORD_SHARE,
    RECORD_TOUCHPOINT,
    RECORD_WOW_MOMENT,
    WRITE_SERVICE_NOTE,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import Refused

NAME = "s09_haochedu"
TITLE = "9 豪车毒: from selection to delivery ceremony"

JOURNEY = """
query CarJourney($id: ID!) {
  journey { key label owner { key adds } }
  customer(id: $id) {
    name
    subjects { kind name details }
    team { personaName role { key } }
    stageHistory(first: 20, orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { toStage { key } staff { name } } } }
    touchpoints(first: 20, orderBy: { field: OCCURRED_AT, direction: ASC }) {
      edges { node { purpose role { key } staff { name } summary } }
    }
    notes(first: 5) { edges { node { kind sensitive withheld text askWhom { name } } } }
    quotes(first: 5) {
      edges { node {
        status total { amount currency } role { key } staff { name } draftedAt issuedAt presentedAt answeredAt
        case { id } lines { item { key } description quantity amount { amount } } guarantees { scope months conditions }
        availableActions { action allowed }
      } }
    }
    wowMoments(first: 5) {
      edges { node { story cost { amount currency } hasSpontaneousShare shares(first: 5) { edges { node { medium spontaneous } } } } }
    }
    workItems(first: 5, filter: { kinds: { eq: WOW_MOMENT_DUE } }) {
      edges { node {
        state role { key } subject { ... on DueWowMoment { occasion state play { key } wowMoment { story } } }
      } }
    }
    cases(first: 5) { edges { node { id status stage { key } } } }
    promises(first: 5, orderBy: { field: MADE_AT, direction: ASC }) {
      edges { node { text status keptInTime dueAt settledAt staff { name } role { key } } }
    }
    orders(first: 5) { edges { node { total { amount } paid { amount } discount { amount } lines { item { key } text } } } }
  }
}
"""

PEOPLE = [
    ("adviser", "老纪", "car_adviser"),
    ("negotiator", "钱多多", "negotiator"),
    ("paperwork", "文书宁", "paperwork_agent"),
    ("host", "喜悦", "delivery_host"),
    ("butler", "安管家", "after_sales"),
]


def play(story: Story) -> dict[str, Any]:
    brand = Brand.onboard(
        story,
        "haochedu",
        owner="纪文华",
        name="豪车毒",
        businessType="HIGH_PRICE_B2C",
        industry="LUXURY_CARS",
        profile={"averageOrderValue": {"amount": "1500000.00"}, "decisionDays": 30, "staffWhoMeetCustomers": 25},
    )
    # Paperwork serves customers who are not its friends, so it sees all of them.
    brand.hire(
        *(
            Person(key, name, role, scope="ALL" if key in ("paperwork", "host") else "OWN_CUSTOMERS")
            for key, name, role in PEOPLE
        )
    )
    refused = _a_role_that_never_adds(brand)
    customer = _two_friends(brand)
    _the_way_of_the_car(brand, customer)
    _the_brands_word(brand, customer)
    _delivery_ceremony(brand, customer)
    seen = brand.owner.ask(JOURNEY, id=customer)
    brand.say("friends: " + ", ".join(one["personaName"] for one in seen["customer"]["team"]))
    return {
        "brand": brand,
        "refused": refused,
        "seen": seen,
        "adviser": brand.as_staff("adviser").ask(JOURNEY, id=customer)["customer"],
    }


def _a_role_that_never_adds(brand: Brand) -> list[dict[str, Any]]:
    try:
        brand.owner.act(CREATE_CHANNEL, name="办证二维码", kind="STAFF_CARD", roleId=brand.units["paperwork_agent"])
    except Refused as refusal:
        brand.say(f"a code for paperwork is refused: {refusal.user_errors[0]['message']}")
        return refusal.user_errors
    return []


def _two_friends(brand: Brand) -> str:
    """The adviser adds him where the car is chosen, the negotiator where the price is made."""
    who = {"name": "贺先生", "identities": phone(9_0000_001)}
    car = {"kind": "CAR", "name": "库里南", "details": "黑曜石黑，红内饰"}
    added = brand.as_staff("adviser").act(
        ADD_CUSTOMER, once="enquiry", subject=car, occurredAt=brand.story.day(-30, "10:00"), **who
    )
    brand.as_staff("negotiator").act(ADD_CUSTOMER, once="selected", occurredAt=brand.story.day(-27, "15:00"), **who)
    return str(added["customer"]["id"])


def _the_way_of_the_car(brand: Brand, customer: str) -> None:
    """Who owns the stage moves the case and makes the contact; the log knows who it was."""
    car = brand.owner.act(
        DEFINE_ITEM,
        once="car",
        key="cullinan",
        name="劳斯莱斯 库里南",
        kind="GOODS",
        listPrice={"amount": "6500000.00"},
    )["item"]["id"]
    steps = [
        ("adviser", "SELECTED", -27, "SOLUTION", "三台对比：您常走高速，选长轴"),
        ("negotiator", "QUOTED", -25, "QUOTATION", "裸车优惠 32 万，送两年保养"),
        ("paperwork", "ORDERED", -22, "ORDER_STATUS", "定金已收，排产确认，预计二十天到店"),
        ("paperwork", "FINANCED_AND_TAXED", -10, "PAPERWORK", "贷款批了，购置税已交"),
        ("paperwork", "PLATED", -5, "PAPERWORK", "车牌已上：沪A·88***"),
    ]
    for person, stage, day, purpose, summary in steps:
        client = brand.as_staff(person)
        client.act(
            RECORD_TOUCHPOINT,
            once=f"contact-{stage}",
            customerId=customer,
            direction="OUTBOUND",
            medium="PHONE",
            purpose=purpose,
            outcome="REPLIED",
            summary=summary,
            occurredAt=brand.story.day(day, "11:00"),
        )
        moved = brand.move(client, customer, stage, brand.story.day(day, "18:00"))
        if stage == "QUOTED":
            _best_price(brand, customer, car, moved["id"])
    paperwork = brand.as_staff("paperwork")
    paperwork.act(
        RECORD_CONSENT,
        once="consent",
        customerId=customer,
        scope="SENSITIVE_FINANCE",
        source="FORM",
        evidence="贷款授权书 0921",
        occurredAt=brand.story.day(-20, "10:00"),
    )
    paperwork.act(
        WRITE_SERVICE_NOTE,
        once="loan",
        customerId=customer,
        kind="FINANCE",
        text="首付三成，五年期，月供 7.9 万",
        occurredAt=brand.story.day(-20, "10:30"),
    )


def _best_price(brand: Brand, customer: str, car: str, case: str) -> None:
    """Only the negotiator may quote. The customer sees it the same evening and agrees two days later: from then on it stays."""
    negotiator, day = brand.as_staff("negotiator"), brand.story.day
    quote = negotiator.act(
        DRAFT_QUOTE,
        once="quote",
        customerId=customer,
        caseId=case,
        lines=[
            {"itemId": car, "unitPrice": {"amount": "6180000.00"}},
            {"description": "两年保养，四次", "quantity": "4", "unitPrice": {"amount": "0.00"}},
        ],
        guarantees=[
            {"scope": "整车", "months": 48, "line": 1},
            {"scope": "保养", "months": 24, "conditions": "到店", "line": 2},
        ],
        validUntil=day(30, "18:00"),
        occurredAt=day(-25, "18:10"),
    )["quote"]["id"]
    negotiator.act(ISSUE_QUOTE, once="issue", quoteId=quote, occurredAt=day(-25, "18:20"))
    negotiator.act(PRESENT_QUOTE, once="present", quoteId=quote, medium="IN_PERSON", occurredAt=day(-25, "19:00"))
    accepted = negotiator.act(ACCEPT_QUOTE, once="accept", quoteId=quote, occurredAt=day(-23, "10:00"))["quote"]
    brand.say(f"the quote is {accepted['status']}")


def _the_brands_word(brand: Brand, customer: str) -> None:
    """What was said at the table is written down with its day, by whom it was said, and held against the brand."""
    paperwork, negotiator, day = brand.as_staff("paperwork"), brand.as_staff("negotiator"), brand.story.day
    car = brand.owner.ask("{ items(first: 1) { edges { node { id } } } }")["items"]["edges"][0]["node"]["id"]
    negotiator.act(
        RECORD_ORDER,
        once="contract",
        customerId=customer,
        lines=[
            {"itemId": car, "amount": {"amount": "6500000.00"}},
            {"text": "两年保养", "amount": {"amount": "38000.00"}, "discount": {"amount": "38000.00"}},
        ],
        discount={"amount": "320000.00"},
        discountReason="议价",
        paid={"amount": "650000.00"},
        occurredAt=day(-22, "17:30"),
        externalRefs=[{"system": "dms", "id": "C-0921"}],
    )
    words = [
        (paperwork, "arrival", "二十天内到店", day(-22, "11:00"), day(-2, "11:00"), day(-6, "16:00")),
        (paperwork, "plates", "上牌三天办好", day(-9, "10:00"), day(-6, "10:00"), day(-5, "17:00")),
        (negotiator, "care", "两年内保养免费", day(-25, "11:00"), day(705, "11:00"), None),
    ]
    for client, key, text, made, due, kept in words:
        promise = client.act(
            MAKE_PROMISE, once=f"word-{key}", customerId=customer, text=text, dueAt=due, occurredAt=made
        )["promise"]
        if kept is not None:
            client.act(KEEP_PROMISE, once=f"kept-{key}", promiseId=promise["id"], occurredAt=kept)


def _delivery_ceremony(brand: Brand, customer: str) -> None:
    """Flowers, balloons, a gift that fits. After it the after-sales butler becomes a friend, and stays one."""
    host, butler = brand.as_staff("host"), brand.as_staff("butler")
    play = brand.owner.act(
        DEFINE_WOW_PLAY,
        once="play",
        key="ceremony",
        name="提车仪式",
        script="鲜花、气球、红毯；礼物按客人家里的情况选，包装精美。",
        trigger="DELIVERY",
        cost={"amount": "3000.00"},
        roleId=brand.units["delivery_host"],
        occasion="STAGE",
        stageId=brand.stages["DELIVERED"],
        withinHours=120,
    )["wowPlay"]
    brand.move(host, customer, "DELIVERED", brand.story.day(-3, "10:30"))
    moment = host.act(
        RECORD_WOW_MOMENT,
        once="ceremony",
        customerId=customer,
        playId=play["id"],
        cost={"amount": "3480.00"},
        story="女儿按下气球彩蛋的按钮，贺先生红了眼眶",
        evidence="现场照片 17 张",
        occurredAt=brand.story.day(-3, "11:00"),
    )["wowMoment"]
    host.act(
        RECORD_SHARE,
        once="moments",
        customerId=customer,
        wowMomentId=moment["id"],
        medium="MOMENTS",
        evidence="朋友圈九宫格",
        occurredAt=brand.story.day(-3, "13:20"),
    )
    butler.act(
        ADD_CUSTOMER,
        once="cared-for",
        name="贺先生",
        identities=phone(9_0000_001),
        occurredAt=brand.story.day(-2, "10:00"),
    )
    brand.move(butler, customer, "CARED_FOR", brand.story.day(-2, "10:00"))
    [case] = brand.owner.ask(JOURNEY, id=customer)["customer"]["cases"]["edges"]
    brand.owner.act(
        CLOSE_CASE, once="won", caseId=case["node"]["id"], status="WON", occurredAt=brand.story.day(-2, "10:30")
    )


if __name__ == "__main__":
    main(play)
