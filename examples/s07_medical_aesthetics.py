"""System 7, medical aesthetics with eight clinics: one role per key node, each with its own face, key and view.

Customer service adds the lead and gets her to the clinic (visit rate). The consultant adds her when she arrives and agrees the
plan (conversion rate). The doctor adds her when she has paid, treats her and answers for the aftercare (satisfaction). The
clinic manager answers complaints. A contact outside a role's boundary is refused, and handed off to whose it is. Thirty-two
people, each with an API key of their own: every act below is done by the person who would do it, and each sees what they
should see. The manager of clinic 3 sees nothing of clinic 5. What came of the leads of two weeks in the month before last stands
on the scorecards: each figure on its owner's, per clinic, and each opens to its cases.

    python examples/s07_medical_aesthetics.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ACCEPT_HANDOFF,
    ACKNOWLEDGE_FEEDBACK,
    ADD_CUSTOMER,
    ADVANCE_CUSTOMER,
    ANSWER_FEEDBACK,
    BOOK_APPOINTMENT,
    CLOSE_CASE,
    CREATE_CHANNEL,
    DEFINE_ITEM,
    DEFINE_WOW_PLAY,
    RAISE_FEEDBACK,
    RATE_SERVICE,
    RECORD_ARRIVAL,
    RECORD_CONSENT,
    RECORD_NO_SHOW,
    RECORD_SHARE,
    RECORD_TOUCHPOINT,
    RECORD_TOUCHPOINTS,
    RECORD_WOW_MOMENT,
    REQUEST_HANDOFF,
    RESOLVE_FEEDBACK,
    SET_TARGET,
    WRITE_SERVICE_NOTE,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import Refused, nodes

NAME = "s07_medical_aesthetics"
TITLE = "7 悦容医美: eight clinics, a role per key node"

# Clinic, name, region; then who works there: customer service, consultant, doctor, manager.
CLINICS = [
    ("jingan", "上海静安院", "east", ("田甜", "苏雅", "周正", "梁静")),
    ("xuhui", "上海徐汇院", "east", ("米朵", "林珊", "郑远", "程瑶")),
    ("xihu", "杭州西湖院", "east", ("夏荷", "江岚", "沈默", "汤圆")),
    ("xinjiekou", "南京新街口院", "east", ("秦淮", "柳眉", "陆离", "石城")),
    ("tianhe", "广州天河院", "south", ("陈皮", "荔枝", "黄埔", "珠江")),
    ("futian", "深圳福田院", "south", ("海蓝", "莲花", "罗湖", "鹏程")),
    ("jinjiang", "成都锦江院", "west", ("蓉蓉", "锦瑟", "杜若", "武侯")),
    ("jiefangbei", "重庆解放碑院", "west", ("山城", "嘉陵", "江北", "渝中")),
]
ROLES = ("customer_service", "consultant", "doctor", "store_manager")

# Three customers per clinic, and how far each of them comes on this day.
JOURNEYS = ["AFTERCARE", "CONSULTED", "APPOINTED"]
VISITS = """
query Visits {
  stores(first: 20, filter: { kind: { eq: STORE } }) {
    edges {
      node {
        key
        booked: appointments { totalCount }
        arrived: appointments(filter: { status: { eq: ARRIVED } }) { totalCount }
        noShow: appointments(filter: { status: { eq: NO_SHOW } }) { totalCount }
      }
    }
  }
}
"""
# Two clinics' leads of the month before last: how many there were, came, paid, and what those who paid gave.
LAST_AUTUMN = {
    "jinjiang": (14, 12, [5, 5, 5, 4, 4, 4, 5, 5, 4, 2]),
    "jiefangbei": (16, 11, [5, 4, 4, 3, 5, 4, 5, 1, 4, 5]),
}
SCORECARDS = """
query Scorecards($period: PeriodInput!, $groupBy: [ScorecardDimension!], $filter: ScorecardFilter) {
  scorecards(period: $period, groupBy: $groupBy, filter: $filter, first: 100) {
    nodes {
      unit { ... on ServiceRole { key } }
      store { key }
      staff { name }
      figures {
        metric value numerator denominator maturing isOnTarget target { basisPoints } beside { kind number }
        facts(first: 100) { nodes { result subject { __typename } customer { id } staff { name } } }
      }
    }
  }
}
"""
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"

MODEL = """
{
  operatingModel {
    kind decidedBy strength
    reasons { code } warnings { code severity }
    roles {
      key label headlineMetric adds duty clearedFor
      personas { name position promise }
      boundary { purpose mode }
    }
    journey { key adds owner { key } metric }
  }
}
"""
WORKSPACE = """
query Workspace($id: ID!) {
  customer(id: $id) {
    name
    homeStore { name parent { name } }
    stage { key label }
    team { personaName role { key headlineMetric } staff { name } store { name } since }
    notes(first: 10, orderBy: { field: OCCURRED_AT, direction: ASC }) {
      edges { node { kind sensitive withheld text author { name } askWhom { name } } }
    }
    consents(first: 5) { edges { node { scope granted source evidence staff { name } } } }
    touchpoints(first: 20, orderBy: { field: OCCURRED_AT, direction: ASC }) {
      edges { node { purpose direction role { key } staff { name } summary } }
    }
    feedback(first: 5) { edges { node { kind score status clockResult role { key } text answerText } } }
    wowMoments(first: 5) { edges { node { play { name } story hasSpontaneousShare cost { amount } } } }
    cases(first: 5) { edges { node { status stage { key } } } }
  }
}
"""
INBOX = """
query Inbox($me: ID!) {
  workItems(filter: { state: { eq: OPEN }, role: { eq: $me } }) {
    edges {
      node {
        kind purpose
        subject {
          __typename
          ... on Handoff {
            id message staff { name } context { lastNotes { kind } openFeedback { kind } openPromises { text } liveQuotes { status } }
            availableActions { action allowed }
          }
        }
      }
    }
  }
}
"""
MY_CUSTOMERS = """
{
  viewer { dataScope staff { name } }
  customers(first: 50) { totalCount edges { node { id name homeStore { key } stage { key } } } }
  touchpoints { totalCount }
  feedback { totalCount }
}
"""


def play(story: Story) -> dict[str, Any]:
    brand = _open_clinics(story)
    item = _menu(brand)
    customers = _a_day(brand, item)
    flagship = customers["jingan"][0]
    complaint = _complaint(brand, "xihu", customers["xihu"][0])
    wow = _wow(brand, "jingan", flagship)
    handed_off = _hand_off(brand, "futian", customers["futian"][1])
    views = {
        person: brand.as_staff(person).ask(MY_CUSTOMERS)
        for person in ("jingan_customer_service", "jingan_doctor", "xihu_store_manager", "tianhe_store_manager")
    }
    for view in views.values():
        brand.say(
            f"{view['viewer']['staff']['name']} ({view['viewer']['dataScope']}) sees {view['customers']['totalCount']} customers"
        )
    return {
        "brand": brand,
        "model": brand.owner.ask(MODEL)["operatingModel"],
        "customers": customers,
        "complaint": complaint,
        "visits": brand.owner.ask(VISITS),
        "wow": wow,
        "handed_off": handed_off,
        "views": views,
        "doctor": brand.as_staff("jingan_doctor").ask(WORKSPACE, id=flagship)["customer"],
        "consultant": brand.as_staff("jingan_consultant").ask(WORKSPACE, id=flagship)["customer"],
        "next_door": _next_door(brand, customers["tianhe"][0]),
        "events": Counter(event["type"] for event in brand.events()),
        "scorecards": _last_autumn(brand),
    }


def _open_clinics(story: Story) -> Brand:
    """One mutation for the brand with its regions and clinics, one for all its people, one placement each."""
    regions = [("east", "华东"), ("south", "华南"), ("west", "西南")]
    brand = Brand.onboard(
        story,
        "yuerong",
        owner="容悦",
        name="悦容医美",
        businessType="HIGH_PRICE_B2C",
        industry="MEDICAL_AESTHETICS",
        profile={
            "averageOrderValue": {"amount": "9800.00"},
            "decisionDays": 21,
            "storeCount": 8,
            "staffWhoMeetCustomers": 32,
        },
        stores=[
            *({"key": key, "name": name, "kind": "REGION"} for key, name in regions),
            *({"key": key, "name": name, "parentKey": region} for key, name, region, _ in CLINICS),
        ],
    )
    brand.hire(
        *(
            Person(f"{clinic}_{role}", name, role, clinic, "OWN_STORE" if role == "store_manager" else "OWN_CUSTOMERS")
            for clinic, _, _, people in CLINICS
            for role, name in zip(ROLES, people, strict=True)
        ),
        Person("east_director", "华东总监", "store_manager", "east", "OWN_STORE"),
    )
    return brand


def _menu(brand: Brand) -> str:
    item = brand.owner.act(
        DEFINE_ITEM,
        once="item",
        key="photon",
        name="光子嫩肤（三次疗程）",
        kind="SERVICE",
        listPrice={"amount": "6800.00"},
    )["item"]
    brand.owner.act(
        DEFINE_WOW_PLAY,
        once="play",
        key="letter",
        name="医生手写信",
        script="治疗后第一天，医生手写一封信：做了什么、会看到什么变化、什么时候来找我。",
        trigger="MILESTONE",
        cost={"amount": "15.00"},
        roleId=brand.units["consultant"],
    )
    return str(item["id"])


def _a_day(brand: Brand, item: str) -> dict[str, list[str]]:
    """Leads come in at every clinic's own code; three journeys per clinic, each role doing its part."""
    customers: dict[str, list[str]] = {}
    for number, (clinic, name, _, _) in enumerate(CLINICS):
        code = brand.owner.act(
            CREATE_CHANNEL,
            once=f"ad-{clinic}",
            name=f"{name}·信息流",
            kind="AD_CAMPAIGN",
            storeId=brand.stores[clinic],
            roleId=brand.units["customer_service"],
            campaign="秋季焕肤",
        )["channel"]["code"]
        customers[clinic] = [
            _journey(brand, clinic, code, item, serial=number * len(JOURNEYS) + place, upto=upto)
            for place, upto in enumerate(JOURNEYS)
        ]
    brand.say(f"{len(CLINICS)} clinics, {sum(map(len, customers.values()))} customers on their way")
    return customers


def _journey(brand: Brand, clinic: str, code: str, item: str, *, serial: int, upto: str) -> str:
    """One customer's way. Whoever meets her adds her, with their own key; her phone says that it is still her."""
    story = brand.story
    service, consultant = brand.as_staff(f"{clinic}_customer_service"), brand.as_staff(f"{clinic}_consultant")
    who = {"name": f"{SURNAMES[serial]}女士", "identities": phone(7_0000_000 + serial)}

    # 09:00 a lead: the advertisement's code leads to the clinic's customer service.
    lead = brand.owner.act(
        ADD_CUSTOMER,
        once=f"lead-{serial}",
        channelCode=code,
        occurredAt=story.yesterday("09:00"),
        needs=[{"text": "想改善毛孔和泛红", "source": "FORM", "itemId": item}],
        **who,
    )
    customer = str(lead["customer"]["id"])
    service.act(
        RECORD_TOUCHPOINT,
        once=f"invite-{serial}",
        customerId=customer,
        direction="OUTBOUND",
        medium="WECOM_CHAT",
        purpose="APPOINTMENT",
        outcome="REPLIED",
        summary="今天下午两点周医生有号，给您留着？",
        occurredAt=story.yesterday("09:20"),
    )
    visit = service.act(
        BOOK_APPOINTMENT,
        once=f"visit-{serial}",
        customerId=customer,
        itemId=item,
        storeId=brand.stores[clinic],
        staffId=brand.staff[f"{clinic}_doctor"],
        startsAt=story.yesterday("14:00"),
        minutes=90,
        occurredAt=story.yesterday("09:40"),
        externalRefs=[{"system": "his", "id": f"V-{serial:04}"}],
    )["appointment"]["id"]
    brand.move(service, customer, "APPOINTED", story.yesterday("09:40"))
    if upto == "APPOINTED":
        # Nobody came; at closing time that is said, so that the visit rate is what it is.
        service.act(RECORD_NO_SHOW, once=f"missed-{serial}", appointmentId=visit, occurredAt=story.yesterday("18:00"))
        return customer

    # 14:00 she arrives: the consultant adds her in person. No copy, one more friend.
    consultant.act(ADD_CUSTOMER, once=f"arrived-{serial}", occurredAt=story.yesterday("14:00"), **who)
    consultant.act(
        RECORD_ARRIVAL,
        once=f"came-{serial}",
        appointmentId=f"ref:his:V-{serial:04}",
        occurredAt=story.yesterday("13:55"),
    )
    brand.move(consultant, customer, "ARRIVED", story.yesterday("14:00"))
    consultant.act(
        RECORD_TOUCHPOINT,
        once=f"plan-{serial}",
        customerId=customer,
        itemId=item,
        direction="OUTBOUND",
        medium="IN_PERSON",
        purpose="SOLUTION",
        summary="光子三次，间隔四周；先修护一周",
        occurredAt=story.yesterday("14:30"),
    )
    brand.move(consultant, customer, "CONSULTED", story.yesterday("14:50"))
    if upto == "CONSULTED":
        return customer
    _treatment(brand, clinic, customer, who, serial=serial)
    return customer


def _treatment(brand: Brand, clinic: str, customer: str, who: dict[str, Any], *, serial: int) -> None:
    """15:00 she pays and meets the doctor. What is sensitive is written down only where she agreed to it."""
    story, doctor = brand.story, brand.as_staff(f"{clinic}_doctor")
    brand.move(brand.as_staff(f"{clinic}_consultant"), customer, "PAID", story.yesterday("15:00"))
    doctor.act(ADD_CUSTOMER, once=f"paid-{serial}", occurredAt=story.yesterday("15:10"), **who)
    doctor.act(
        RECORD_CONSENT,
        once=f"consent-{serial}",
        customerId=customer,
        scope="SENSITIVE_HEALTH",
        source="FORM",
        evidence=f"知情同意书 YR-{serial:04}",
        occurredAt=story.yesterday("15:15"),
    )
    for kind, text, clock in [
        ("ALLERGY", "利多卡因过敏", "15:20"),
        ("TREATMENT", "光子第一次，能量 16J，反应轻度泛红", "16:00"),
    ]:
        doctor.act(
            WRITE_SERVICE_NOTE,
            once=f"{kind}-{serial}",
            customerId=customer,
            kind=kind,
            text=text,
            occurredAt=story.yesterday(clock),
        )
    brand.move(doctor, customer, "TREATED", story.yesterday("16:10"))
    doctor.act(
        RECORD_TOUCHPOINT,
        once=f"aftercare-{serial}",
        customerId=customer,
        direction="OUTBOUND",
        medium="WECOM_CHAT",
        purpose="PROFESSIONAL_AFTERCARE",
        outcome="REPLIED",
        summary="今晚冷敷两次，泛红明天会退；有任何不适直接发我照片",
        occurredAt=story.yesterday("19:30"),
    )
    brand.move(doctor, customer, "AFTERCARE", story.yesterday("19:40"))
    doctor.act(
        RATE_SERVICE,
        once=f"rating-{serial}",
        customerId=customer,
        score=5,
        medium="WECOM_CHAT",
        occurredAt=story.yesterday("21:00"),
    )


def _complaint(brand: Brand, clinic: str, customer: str) -> dict[str, Any]:
    """She tells her consultant; the manager, whose purpose it is, answers within the day and she confirms."""
    consultant, manager = brand.as_staff(f"{clinic}_consultant"), brand.as_staff(f"{clinic}_store_manager")
    raised = consultant.act(
        RAISE_FEEDBACK,
        once="complaint",
        kind="COMPLAINT",
        customerId=customer,
        storeId=brand.stores[clinic],
        text="说好两点，等到三点才开始",
        medium="WECOM_CHAT",
        occurredAt=brand.story.yesterday("15:05"),
    )["feedback"]
    manager.act(ACKNOWLEDGE_FEEDBACK, once="complaint-taken-on", feedbackId=raised["id"])
    answered = manager.act(
        ANSWER_FEEDBACK,
        once="complaint-answered",
        feedbackId=raised["id"],
        text="非常抱歉，手术室排期错了。下次您到店不等，已经把您的号固定在每天第一位。",
        occurredAt=brand.story.yesterday("17:30"),
    )["feedback"]
    manager.act(RESOLVE_FEEDBACK, once="complaint-resolved", feedbackId=raised["id"])
    return {"raised": raised, "answered": answered}


def _hand_off(brand: Brand, clinic: str, customer: str) -> dict[str, Any]:
    """She asks her consultant what only a doctor may answer: refused, offered, asked, taken, answered by whom it is for."""
    consultant, doctor = brand.as_staff(f"{clinic}_consultant"), brand.as_staff(f"{clinic}_doctor")
    contact = {
        "customerId": customer,
        "direction": "OUTBOUND",
        "medium": "WECOM_CHAT",
        "purpose": "PROFESSIONAL_ASSESSMENT",
        "summary": "您这个泛红可以做光子",
    }
    before = doctor.ask(WORKSPACE, id=customer)["customer"]
    try:
        consultant.act(RECORD_TOUCHPOINT, once="not-mine", **contact)
        refusal: dict[str, Any] = {}
    except Refused as refused:
        [refusal] = refused.user_errors
    brand.say(refusal["message"])
    offered = {name: value for name, value in refusal["handoff"].items() if value is not None}
    asked = consultant.act(REQUEST_HANDOFF, once="hand-off", message="皮肤敏感，想听医生意见", **offered)["handoff"]
    [waiting] = nodes(doctor.ask(INBOX, me=brand.units["doctor"])["workItems"])
    taken = doctor.act(ACCEPT_HANDOFF, once="take", handoffId=asked["id"])["handoff"]
    answered = doctor.act(RECORD_TOUCHPOINT, once="mine", **contact)["touchpoint"]
    return {
        "before": before,
        "refusal": refusal,
        "asked": asked,
        "waiting": waiting,
        "taken": taken,
        "answered": answered,
        "after": doctor.ask(WORKSPACE, id=customer)["customer"],
        "left": nodes(doctor.ask(INBOX, me=brand.units["doctor"])["workItems"]),
    }


def _wow(brand: Brand, clinic: str, customer: str) -> dict[str, Any]:
    """A letter nobody asked for; she posts it of her own accord. Then the case is closed as won."""
    consultant = brand.as_staff(f"{clinic}_consultant")
    [play] = nodes(brand.owner.ask("{ wowPlays(first: 5) { edges { node { id } } } }")["wowPlays"])
    moment = consultant.act(
        RECORD_WOW_MOMENT,
        once="letter",
        customerId=customer,
        playId=play["id"],
        storeId=brand.stores[clinic],
        story="周医生的信放在冷敷包里，她回家才看到",
        occurredAt=brand.story.yesterday("20:00"),
    )["wowMoment"]
    share = consultant.act(
        RECORD_SHARE,
        once="letter-shared",
        customerId=customer,
        wowMomentId=moment["id"],
        medium="XIAOHONGSHU",
        evidence="笔记链接 8c1f",
        occurredAt=brand.story.yesterday("22:10"),
    )["share"]
    [case] = nodes(
        consultant.ask(
            "query($id: ID!) { customer(id: $id) { cases(first: 5) { edges { node { id } } } } }", id=customer
        )["customer"]["cases"]
    )
    consultant.act(CLOSE_CASE, once="won", caseId=case["id"], status="WON", occurredAt=brand.story.yesterday("22:30"))
    return {"moment": moment, "share": share}


def _last_autumn(brand: Brand) -> dict[str, Any]:
    """The leads of two clinics, seven to six weeks ago, and what each role reached with them."""
    for number, (clinic, (leads, came, scores)) in enumerate(LAST_AUTUMN.items()):
        code = brand.owner.act(
            CREATE_CHANNEL,
            once=f"autumn-{clinic}",
            name="老客推荐",
            kind="STAFF_CARD",
            storeId=brand.stores[clinic],
            roleId=brand.units["customer_service"],
        )["channel"]["code"]
        serials = range(100 * (number + 1), 100 * (number + 1) + leads)
        customers = [
            _lead(brand, clinic, code, serial=serial, came=place < came) for place, serial in enumerate(serials)
        ]
        _paid(brand, clinic, dict(zip(customers, scores, strict=False)))
    brand.owner.act(
        SET_TARGET,
        once="target",
        metric="VISIT_RATE",
        roleId=brand.units["customer_service"],
        basisPoints=8000,
    )
    days = {"from": brand.story.date(-49), "to": brand.story.date(-42)}
    manager = brand.as_staff("jinjiang_store_manager")
    shown = {
        "all": brand.owner.ask(SCORECARDS, period=days),
        "by_store": brand.owner.ask(SCORECARDS, period=days, groupBy=["STORE"]),
        "by_staff": brand.owner.ask(SCORECARDS, period=days, groupBy=["STAFF"]),
        "manager": manager.ask(SCORECARDS, period=days, groupBy=["STORE"]),
        "this_week": brand.owner.ask(SCORECARDS, period={"from": brand.story.date(-6), "to": brand.story.date(1)}),
    }
    for card in shown["by_store"]["scorecards"]["nodes"]:
        for figure in card["figures"]:
            if figure["value"] is not None:
                brand.say(
                    f"{card['store']['key']}: {card['unit']['key']} {figure['metric']} {figure['value']} "
                    f"({figure['numerator']} of {figure['denominator']})"
                )
    return {name: answer["scorecards"]["nodes"] for name, answer in shown.items()}


def _lead(brand: Brand, clinic: str, code: str, *, serial: int, came: bool) -> str:
    """A lead seven weeks ago; perhaps she came two days later."""
    story, who = brand.story, {"name": f"{SURNAMES[serial % 24]}小姐", "identities": phone(7_1000_000 + serial)}
    lead = brand.owner.act(
        ADD_CUSTOMER, once=f"autumn-lead-{serial}", channelCode=code, occurredAt=story.day(-48, "10:00"), **who
    )
    customer = str(lead["customer"]["id"])
    if came:
        consultant = brand.as_staff(f"{clinic}_consultant")
        consultant.act(ADD_CUSTOMER, once=f"autumn-came-{serial}", occurredAt=story.day(-46, "10:00"), **who)
        brand.move(consultant, customer, "ARRIVED", story.day(-46, "10:10"))
        if serial % 100 < len(LAST_AUTUMN[clinic][2]):
            doctor = brand.as_staff(f"{clinic}_doctor")
            doctor.act(ADD_CUSTOMER, once=f"autumn-paid-{serial}", occurredAt=story.day(-45, "10:00"), **who)
            brand.move(doctor, customer, "PAID", story.day(-45, "10:05"))
    return customer


def _paid(brand: Brand, clinic: str, scores: dict[str, int]) -> None:
    """Who had paid was asked by the doctor how she was, and said how it had been."""
    story, doctor = brand.story, brand.as_staff(f"{clinic}_doctor")
    asked = {
        "direction": "OUTBOUND",
        "medium": "WECOM_CHAT",
        "purpose": "PROFESSIONAL_AFTERCARE",
        "outcome": "REPLIED",
        "occurredAt": story.day(-44, "11:00"),
    }
    doctor.act(
        RECORD_TOUCHPOINTS,
        once=f"autumn-asked-{clinic}",
        touchpoints=[{"customerId": customer, **asked} for customer in scores],
    )
    for customer, score in scores.items():
        doctor.act(
            RATE_SERVICE,
            once=f"autumn-rating-{customer}",
            customerId=customer,
            score=score,
            medium="WECOM_CHAT",
            occurredAt=story.day(-44, "12:00"),
        )


def _next_door(brand: Brand, stranger: str) -> dict[str, Any]:
    """What the manager of clinic 3 gets of a customer of clinic 5: the same as of one who does not exist."""
    manager = brand.as_staff("xihu_store_manager")
    try:
        manager.act(ADVANCE_CUSTOMER, customerId=stranger, stageId=brand.stages["REPEAT"])
        refused: list[dict[str, Any]] = []
    except Refused as refusal:
        refused = refusal.user_errors
    return {
        "read": manager.ask(WORKSPACE, id=stranger)["customer"],
        "refused": refused,
        "searched": manager.ask("query($s: String) { customers(search: $s) { totalCount } }", s="周女士")["customers"],
        "director": brand.as_staff("east_director").ask(MY_CUSTOMERS)["customers"]["totalCount"],
    }


if __name__ == "__main__":
    main(play)
