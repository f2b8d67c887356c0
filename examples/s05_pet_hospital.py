"""System 5, a chain of pet hospitals: central by override, against the advice, and what comes of it.

By label a consumer brand; by its facts not: animals are treated by people the owner met, and a question needs the case's
history. The advice says so. The chain overrides it with a reason of its own, which is kept together with the warnings. Then
an owner asks how to care for a wound, and the pet adviser who answers cannot read a word of the treatment. Thirty more owners
fare no better, and the recorded facts say that the model does not fit. So the advisers move to the hospitals' front desks,
the change is previewed and carried out: every friendship is still there, each in a role, and the doctor has her own.

    python examples/s05_pet_hospital.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # started as a script, Python looks in this folder only

from examples.acts import (
    ADD_CUSTOMER,
    ADVANCE_CUSTOMER,
    BOOK_APPOINTMENT,
    CHANGE_OPERATING_MODEL,
    CREATE_CHANNEL,
    DEFINE_PERSONA,
    MOVE_APPOINTMENT,
    OPEN_CASE,
    RAISE_FEEDBACK,
    RECORD_ARRIVAL,
    RECORD_CONSENT,
    RECORD_SUBJECT,
    RECORD_TOUCHPOINTS,
    WRITE_SERVICE_NOTE,
)
from examples.brand import Brand, Person, Story, main, phone
from examples.client import nodes

NAME = "s05_pet_hospital"
TITLE = "5 安心宠物医院: central against the advice, then per role"

ADVICE = """
query Advice($profile: BusinessProfileInput!) {
  adviseOperatingModel(profile: $profile) {
    model strength decidedBy
    reasons { code message supports }
    warnings { code severity message }
    assumed
    preview { roles { key label adds } journey { key owner adds } }
  }
}
"""
MODEL = """
{
  operatingModel {
    kind advisedKind strength decidedBy overrideReason reviewed
    warnings { code severity message }
    groups { key personas { name } stages { key } }
    roles { key label dormant adds }
    journey { key adds owner { key } }
  }
}
"""
CASE_HISTORY = """
query CaseHistory($id: ID!) {
  customer(id: $id) {
    name
    subjects { kind name details }
    cases(first: 10) { edges { node { id subject { id name } stage { key } } } }
    team { personaName group { key } role { key } }
    notes(first: 10) { edges { node { kind subject { name } sensitive withheld text askWhom { name } author { name } } } }
    touchpoints(first: 10, orderBy: { field: OCCURRED_AT, direction: ASC }) {
      edges { node { direction purpose summary staff { name } } }
    }
  }
}
"""
FIT = """
{
  operatingModelFit {
    verdict message sample
    reasons { code message }
    figures { name value numerator denominator }
  }
}
"""
PLAN = """
{
  planOperatingModelChange(to: PER_ROLE, first: 3) {
    planId customers friendships moved released unchanged redundantAfter
    passages { fromKey toKey friendships }
    gaps { kind key count store { key } }
    attention { introductions customers customersOverBudget }
    platformLimits { key limit highest exceededBy }
    moves { nodes { staff { name } fromKey toKey store { key } } }
  }
}
"""
STANDINGS = """
query Standings {
  customers(first: 40) {
    edges { node { name relationships(first: 2) {
      edges { node { standing staff { name } roles { role { key } group { key } store { key } reason until } } }
    } } }
  }
}
"""
FRIENDS = "query($id: ID!) { customer(id: $id) { relationships(first: 5) { edges { node { staff { key } } } } } }"

VISITS = """
query Visits($pet: ID!) {
  appointments(first: 10, filter: { subject: { eq: $pet } }, orderBy: { field: STARTS_AT, direction: ASC }) {
    edges { node { subject { name } status startsAt times { number startsAt } staff { name } role { key } store { key } } }
  }
}
"""

PROFILE = {"averageOrderValue": {"amount": "480.00"}, "ordersPerYear": "4", "storeCount": 4, "opsTeamSize": 3}
REASON = "总部先统一用宠物顾问承接，医院人手紧，医生没有时间回微信"


def play(story: Story) -> dict[str, Any]:
    # Anybody may ask, before there is a brand and without a key.
    asked = {"businessType": "LOW_PRICE_B2C", "industry": "PET_HOSPITAL", **PROFILE}
    advice = story.client().ask(ADVICE, profile=asked)["adviseOperatingModel"]
    brand = Brand.onboard(
        story,
        "anxin-pets",
        owner="罗安",
        name="安心宠物医院",
        businessType="LOW_PRICE_B2C",
        industry="PET_HOSPITAL",
        profile=PROFILE,
        operatingModel={"kind": "CENTRAL_OPS_GROUP", "reason": REASON},
        stores=[
            {"key": "chaoyang", "name": "朝阳院"},
            {"key": "haidian", "name": "海淀院"},
            {"key": "fengtai", "name": "丰台院"},
            {"key": "tongzhou", "name": "通州院"},
        ],
    )
    begun = brand.change_begun()
    if begun is not None:  # played before: the model has been changed, and the story is told
        return {"brand": brand, "advice": advice, "change": brand.carried_out(begun)}
    brand.say(f"advised {advice['model']} ({advice['decidedBy']}), chosen CENTRAL_OPS_GROUP: {REASON}")
    brand.hire(
        Person("xiao_guai", "小乖", "ops_group", scope="OWN_GROUP"),
        Person("xiao_xin", "小新", "ops_group", scope="OWN_GROUP"),
        Person("dou_dou", "豆豆", "ops_group", scope="OWN_GROUP"),
        # The roles of the other model sleep, but are there: a doctor is placed and writes notes all the same.
        Person("doctor_qin", "秦朗", "doctor", "chaoyang", "OWN_STORE"),
        Person("assistant_mu", "穆清", "doctor_assistant", "chaoyang", "OWN_STORE"),
    )
    brand.owner.act(
        DEFINE_PERSONA,
        once="persona",
        key="ops_group",
        nameZh="{staff}宠物顾问",
        nameEn="{staff}, Pet adviser",
        promiseZh="专业的宠物护理知识和指导",
        promiseEn="Professional care for your pet",
    )
    owner_of_pets = _three_codes_one_face(brand)
    cat = _two_pets(brand, owner_of_pets)
    visits = _a_visit_per_pet(brand, owner_of_pets)
    _treatment(brand, owner_of_pets, cat)
    adviser = _question_without_context(brand, owner_of_pets)
    brand.say(f"the adviser's view of the treatment: withheld, ask {adviser['notes']['edges'][0]['node']['askWhom']}")
    shown = {
        "brand": brand,
        "advice": advice,
        "model": brand.owner.ask(MODEL)["operatingModel"],
        "adviser": adviser,
        "visits": visits,
        "doctor": brand.as_staff("doctor_qin").ask(CASE_HISTORY, id=owner_of_pets)["customer"],
    }
    return {**shown, **_migration(brand, owner_of_pets)}


def _three_codes_one_face(brand: Brand) -> str:
    """Window, front desk and the doctor's desk: whichever code is scanned, a central adviser becomes the friend."""
    codes = {
        kind: brand.owner.act(
            CREATE_CHANNEL,
            once=f"code-{kind}",
            name=name,
            kind=kind,
            storeId=brand.stores["chaoyang"],
            groupId=brand.units["ops_group"],
        )["channel"]["code"]
        for kind, name in [("STORE_MATERIAL", "门店窗贴"), ("FRONT_DESK", "前台立牌"), ("STAFF_CARD", "医生桌卡")]
    }
    added = [
        brand.owner.act(
            ADD_CUSTOMER,
            once=f"scan-{kind}",
            channelCode=code,
            name="钟灵",
            identities=phone(5_0000_001),
            subject={"kind": "PET", "name": "团子", "details": "英短，3岁，已绝育"},
            occurredAt=brand.story.day(-2, clock),
        )
        for (kind, code), clock in zip(codes.items(), ["10:00", "10:05", "10:40"], strict=True)
    ]
    assert len({one["relationship"]["id"] for one in added}) == 1, "one group, one friend"
    return str(added[0]["customer"]["id"])


def _two_pets(brand: Brand, customer: str) -> str:
    """A case per pet, so that nobody mixes up the cat's diet with the dog's. The cat's is the first one, and goes on."""
    dog = brand.owner.act(
        RECORD_SUBJECT, once="pet", customerId=customer, kind="PET", name="可乐", details="柯基，1岁"
    )["subject"]
    brand.owner.act(
        OPEN_CASE,
        once="case",
        customerId=customer,
        subjectId=dog["id"],
        stageId=brand.stages["ENQUIRED"],
        occurredAt=brand.story.day(-2, "10:45"),
    )
    seen = brand.owner.ask(CASE_HISTORY, id=customer)["customer"]
    [cats] = [case for case in nodes(seen["cases"]) if case["subject"]["name"] == "团子"]
    # Two open cases: moving "the customer" would be AMBIGUOUS, so the case is named.
    brand.owner.act(
        ADVANCE_CUSTOMER,
        once="cat-arrived",
        customerId=customer,
        caseId=cats["id"],
        stageId=brand.stages["ARRIVED"],
        occurredAt=brand.story.day(-2, "10:50"),
    )
    return str(cats["subject"]["id"])


def _a_visit_per_pet(brand: Brand, customer: str) -> dict[str, Any]:
    """The cat was brought in and is expected again; the dog's vaccination was moved to another day."""
    owner, story = brand.owner, brand.story
    cases = {case["subject"]["name"]: case for case in nodes(owner.ask(CASE_HISTORY, id=customer)["customer"]["cases"])}
    doctor = {"staffId": brand.staff["doctor_qin"], "customerId": customer}
    cat = {**doctor, "caseId": cases["团子"]["id"]}
    emergency = owner.act(BOOK_APPOINTMENT, once="emergency", startsAt=story.day(-2, "11:00"), minutes=60, **cat)
    owner.act(
        RECORD_ARRIVAL,
        once="cat-came",
        appointmentId=emergency["appointment"]["id"],
        occurredAt=story.day(-2, "10:50"),
    )
    owner.act(BOOK_APPOINTMENT, once="stitches", startsAt=story.day(8, "10:00"), minutes=30, **cat)
    vaccination = owner.act(
        BOOK_APPOINTMENT, once="vaccination", startsAt=story.day(3, "09:00"), caseId=cases["可乐"]["id"], **doctor
    )
    owner.act(
        MOVE_APPOINTMENT,
        once="vaccination-moved",
        appointmentId=vaccination["appointment"]["id"],
        startsAt=story.day(5, "16:00"),
    )
    return {pet: owner.ask(VISITS, pet=case["subject"]["id"])["appointments"] for pet, case in cases.items()}


def _treatment(brand: Brand, customer: str, pet: str) -> None:
    """The doctor writes down what was found and done; sensitive, so the customer's consent comes first."""
    doctor = brand.as_staff("doctor_qin")
    doctor.act(
        RECORD_CONSENT,
        once="consent",
        customerId=customer,
        scope="SENSITIVE_HEALTH",
        source="FORM",
        evidence="诊疗知情同意书 2231",
        occurredAt=brand.story.day(-2, "10:50"),
    )
    for kind, text in [
        ("DIAGNOSIS", "左后肢撕裂伤，未及骨"),
        ("TREATMENT", "清创缝合4针，口服抗生素7天，伊丽莎白圈戴10天"),
    ]:
        doctor.act(
            WRITE_SERVICE_NOTE,
            once=f"note-{kind}",
            customerId=customer,
            subjectId=pet,
            kind=kind,
            text=text,
            occurredAt=brand.story.day(-2, "11:30"),
        )


def _question_without_context(brand: Brand, customer: str) -> dict[str, Any]:
    """The question goes to the friend; the friend knows nothing. The same purpose comes again the next hour."""
    [friendship] = nodes(brand.owner.ask(FRIENDS, id=customer)["customer"]["relationships"])
    talk = [
        ("INBOUND", "20:10", "团子一直舔伤口，圈可以摘一会儿吗？"),
        ("OUTBOUND", "20:55", "亲，建议您咨询一下医院呢～我们这边看不到病历"),
        ("INBOUND", "21:20", "那药和饭能一起喂吗？"),
        ("OUTBOUND", "21:50", "一般按说明书就可以哦"),
    ]
    client = brand.as_staff(friendship["staff"]["key"])
    client.act(
        RECORD_TOUCHPOINTS,
        once="talk",
        touchpoints=[
            {
                "customerId": customer,
                "direction": direction,
                "medium": "WECOM_CHAT",
                "purpose": "PROFESSIONAL_AFTERCARE",
                "summary": summary,
                "occurredAt": brand.story.day(-2, clock),
            }
            for direction, clock, summary in talk
        ],
    )
    client.act(
        RAISE_FEEDBACK,
        once="complaint",
        kind="COMPLAINT",
        customerId=customer,
        text="顾问什么都不知道，下次我直接打给秦医生",
        medium="WECOM_CHAT",
        occurredAt=brand.story.day(-2, "22:00"),
    )
    seen: dict[str, Any] = client.ask(CASE_HISTORY, id=customer)["customer"]
    return seen


def _migration(brand: Brand, owner_of_pets: str) -> dict[str, Any]:
    """The misfit is told by the facts; the change is previewed, carried out by the worker, and nothing is lost."""
    _thirty_more(brand)
    fit = brand.owner.ask(FIT)["operatingModelFit"]
    brand.say(f"fit: {fit['verdict']}: {fit['reasons'][0]['message']}")
    # The advisers go where the owners are met; the doctor and her assistant have been placed all along.
    for person, store in [("xiao_guai", "chaoyang"), ("xiao_xin", "haidian"), ("dou_dou", "fengtai")]:
        brand.place(person, "front_desk", store)
    plan = brand.owner.ask(PLAN)["planOperatingModelChange"]
    change = brand.owner.act(CHANGE_OPERATING_MODEL, once="per-role", to="PER_ROLE", planId=plan["planId"])[
        "operatingModelChange"
    ]
    done = brand.carried_out(change["id"])
    brand.say(f"{done['moved']} friendships have passed to a role: {done['status']}")
    brand.as_staff("doctor_qin").act(
        ADD_CUSTOMER, once="doctor-adds", name="钟灵", identities=phone(5_0000_001), roleId=brand.units["doctor"]
    )
    return {
        "fit": fit,
        "plan": plan,
        "change": done,
        "after": brand.owner.ask(MODEL)["operatingModel"],
        "standings": nodes(brand.owner.ask(STANDINGS)["customers"]),
        "team": brand.owner.ask(CASE_HISTORY, id=owner_of_pets)["customer"]["team"],
    }


def _thirty_more(brand: Brand) -> None:
    """Thirty owners ask about aftercare in the evening, get an answer that helps nobody, and ask again."""
    turns = [("INBOUND", "20:00"), ("OUTBOUND", "20:40"), ("INBOUND", "21:30"), ("OUTBOUND", "22:10")]
    rows = []
    for number in range(30):
        added = brand.owner.act(
            ADD_CUSTOMER,
            once=f"owner-{number}",
            channelCode=brand.channel,
            name=f"宠物主人{number + 1}",
            identities=phone(5_0001_000 + number),
            occurredAt=brand.story.day(-4, "10:00"),
        )
        rows += [
            {
                "customerId": added["customer"]["id"],
                "staffId": added["relationship"]["staff"]["id"],
                "direction": direction,
                "medium": "WECOM_CHAT",
                "purpose": "PROFESSIONAL_AFTERCARE",
                "occurredAt": brand.story.day(-3, clock),
            }
            for direction, clock in turns
        ]
    for start in range(0, len(rows), 100):
        brand.owner.act(RECORD_TOUCHPOINTS, once=f"thirty-{start}", touchpoints=rows[start : start + 100])


if __name__ == "__main__":
    main(play)
