"""Contacts weighed over the API: refused with the time they are welcome, counted, overridden with leave, told after the fact."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.access.permissions import DEFAULTS, DataScope, PrincipalKind
from server.campaigns.tables import Content
from server.ids import global_id, parse_global_id
from server.terms import Locale
from tests.attention.asking import AWAKE, RECORD, SET, act, chat, codes, customer_of, verdict
from tests.factories.brands import Brand, uuid_of
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


@pytest.fixture
async def one(brand: Brands) -> Brand:
    """A low-price brand with the low-frequency preset, at no hour of the day quiet."""
    made = await brand(businessType="LOW_PRICE_B2C", industry="FMCG")
    await act(made, SET, preset="LOW_FREQUENCY_ONE_TO_ONE", **AWAKE)
    return made


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_the_contact_that_breaks_the_policy_is_refused_with_the_time(one: Brand) -> None:
    customer = await customer_of(one)
    first = await act(one, RECORD, **chat(customer))
    assert first["touchpoint"]["attentionUnits"] == 1
    before = await one.events()
    again = await act(one, RECORD, **chat(customer, "GREETING"))
    [error] = again["userErrors"]
    assert (again["touchpoint"], error["code"], error["field"]) == (None, "ATTENTION_REFUSED", ["purpose"])
    assert [(one["code"], one["hours"]) for one in error["reasons"]] == [("GAP", 336)]
    assert (error["purpose"], error["medium"], error["remaining"]) == ("GREETING", "WECOM_CHAT", 1)
    async with one.work() as work:
        [at] = [row["occurred_at"] for row in await work.raw.fetch("SELECT occurred_at FROM touchpoints")]
    assert moment(error["nextWelcomeAt"]) == at + timedelta(hours=336)
    assert await one.events() == before
    assert await one.count("touchpoints") == 1
    asked = await verdict(one, customer, "GREETING")
    assert (asked["welcome"], asked["remaining"], moment(asked["nextWelcomeAt"])) == (
        False,
        1,
        at + timedelta(hours=336),
    )
    assert asked["spentBy"] == [
        {
            "purpose": "RECALL",
            "units": 1,
            "staff": None,
            "touchpoint": {"id": first["touchpoint"]["id"]},
            "reservation": None,
        }
    ]
    body = await one.ask(RECORD, {"input": chat(customer, "GREETING")}, locale=Locale.ZH)
    assert "两次联系须间隔336小时" in body["data"]["recordTouchpoint"]["userErrors"][0]["message"]


async def test_what_has_happened_is_counted_and_never_refused(one: Brand) -> None:
    customer = await customer_of(one)
    now = datetime.now(UTC)
    for minutes in (30, 20, 10):
        told = await act(one, RECORD, **chat(customer, occurredAt=(now - timedelta(minutes=minutes)).isoformat()))
        assert (told["userErrors"], told["touchpoint"]["attentionUnits"]) == ([], 1)
    assert codes(await act(one, RECORD, **chat(customer))) == ["PURPOSE_BUDGET", "TOTAL_BUDGET", "GAP"]
    just_now = await act(one, RECORD, **chat(customer, occurredAt=(now - timedelta(minutes=4)).isoformat()))
    assert codes(just_now) == ["PURPOSE_BUDGET", "TOTAL_BUDGET", "GAP"]
    many = """mutation($input: RecordTouchpointsInput!) { recordTouchpoints(input: $input) { results {
      touchpoint { attentionUnits } userErrors { code } } } }"""
    payload = await act(one, many, touchpoints=[chat(customer), chat(customer, "SAFETY_NOTICE"), chat(customer)])
    assert [row["touchpoint"]["attentionUnits"] for row in payload["results"]] == [1, 0, 1]
    assert (await verdict(one, customer, "RECALL"))["remaining"] == 0


async def test_an_answer_to_the_customers_own_question_is_free(one: Brand) -> None:
    customer = await customer_of(one)
    await act(one, RECORD, **chat(customer, "USAGE_GUIDANCE"))
    asked = {**chat(customer, "USAGE_GUIDANCE"), "direction": "INBOUND"}
    assert (await act(one, RECORD, **asked))["touchpoint"]["attentionUnits"] == 0
    answer = await act(one, RECORD, **chat(customer, "USAGE_GUIDANCE"))
    assert answer["touchpoint"]["attentionUnits"] == 0
    assert (await verdict(one, customer, "USAGE_GUIDANCE"))["exemption"] == "REPLY"
    assert codes(await act(one, RECORD, **chat(customer, "RECALL"))) == ["GAP"]


async def test_what_the_customer_refuses_or_has_not_allowed(one: Brand) -> None:
    customer = await customer_of(one)
    assert codes(await act(one, RECORD, **chat(customer, "CONTENT"))) == ["NO_CONSENT", "NOT_RELEVANT"]
    consent = """mutation($input: RecordConsentInput!) { recordConsent(input: $input) { userErrors { message } } }"""
    await act(one, consent, customerId=customer, scope="MARKETING", source="CHAT")
    tag = """mutation($input: TagCustomersInput!) { tagCustomers(input: $input) { userErrors { message } } }"""
    await act(one, tag, customerIds=[customer], add=["咖啡"])
    assert codes(await act(one, RECORD, **chat(customer, "CONTENT"))) == ["NOT_RELEVANT"]
    assert codes(await act(one, RECORD, **chat(customer, "CONTENT", tag="茶"))) == ["NOT_RELEVANT"]
    assert (await verdict(one, customer, "CONTENT"))["welcome"] is True
    withdrawn = (
        """mutation($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { userErrors { message } } }"""
    )
    await act(one, withdrawn, customerId=customer, scope="PERSONALISED_MARKETING", source="CHAT")
    assert codes(await act(one, RECORD, **chat(customer, "CONTENT", tag="咖啡"))) == ["NOT_RELEVANT"]
    await act(one, consent, customerId=customer, scope="PERSONALISED_MARKETING", source="CHAT")
    preferences = (
        "mutation($input: SetContactPreferencesInput!) { setContactPreferences(input: $input) { userErrors { code } } }"
    )
    await act(one, preferences, customerId=customer, refused=[{"purpose": "CONTENT", "medium": "SMS"}])
    by_sms = {**chat(customer, "CONTENT", tag="咖啡"), "medium": "SMS"}
    refused = await act(one, RECORD, **by_sms, attentionOverride="因为")
    assert codes(refused) == ["OPTED_OUT"]
    assert refused["userErrors"][0]["nextWelcomeAt"] is None
    sent = await act(one, RECORD, **chat(customer, "CONTENT", tag="咖啡"))
    assert sent["touchpoint"]["attentionUnits"] == 1
    safety = await act(one, RECORD, **{**chat(customer, "SAFETY_NOTICE"), "medium": "SMS"})
    assert safety["touchpoint"]["attentionUnits"] == 0


async def test_one_act_of_the_customer_stops_a_purpose_for_good(one: Brand) -> None:
    """An opt-out that came of a contact is the customer's preference from then on; an SMS after it costs trust."""
    customer = await customer_of(one)
    sent = await act(one, RECORD, **{**chat(customer), "medium": "SMS"})
    outcome = """mutation($input: RecordTouchpointOutcomeInput!) { recordTouchpointOutcome(input: $input) { userErrors { code }
      touchpoint { customer { preferences { purpose medium } } } } }"""
    payload = await act(one, outcome, touchpointId=sent["touchpoint"]["id"], outcome="OPTED_OUT")
    assert payload["touchpoint"]["customer"]["preferences"] == [{"purpose": "RECALL", "medium": "SMS"}]
    assert "OPTED_OUT" in codes(await act(one, RECORD, **{**chat(customer), "medium": "SMS"}))
    async with one.work() as work:
        await work.raw.execute("UPDATE contact_preferences SET recorded_at = recorded_at - interval '1 day'")
    at = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    told = await act(one, RECORD, **{**chat(customer), "medium": "SMS", "occurredAt": at})
    assert told["userErrors"] == []
    assert await posted(one) == [("OPENED", None), ("CONTACT_AFTER_OPT_OUT", told["touchpoint"]["id"])]


async def posted(one: Brand) -> list[tuple[str, str | None]]:
    async with one.work() as work:
        rows = await work.raw.fetch("SELECT reason, cause_id FROM trust_entries ORDER BY customer_id, seq")
    return [(row["reason"], row["cause_id"] and global_id("Touchpoint", row["cause_id"])) for row in rows]


async def test_an_override_needs_leave_and_costs_trust(one: Brand) -> None:
    async with one.work() as work:
        customer_id, staff_id = people.customer(work), people.colleague(work)
        people.may_see(work, staff_id, customer_id)
    customer = global_id("Customer", customer_id)
    await act(one, RECORD, **chat(customer))
    staff = one.as_staff(staff_id, DataScope.OWN_CUSTOMERS)
    events = await one.events()
    refused = await act(one, RECORD, staff, **chat(customer), attentionOverride="客户急需")
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [
        ("NOT_ALLOWED", ["attentionOverride"])
    ]
    assert (await one.events(), await one.count("attention_overrides")) == (events, 0)
    done = await act(one, RECORD, **chat(customer), attentionOverride="客户急需")
    assert done["touchpoint"]["attentionOverride"] == {"reasons": ["GAP"], "reason": "客户急需"}
    assert await posted(one) == [("OPENED", None), ("ATTENTION_OVERDRAWN", done["touchpoint"]["id"])]
    assert [name for _, name in await one.events()][len(events) :] == [
        "touchpoint.recorded", "attention.overridden", "trust.account_opened", "trust.entry_posted", "trust.entry_posted",
    ]  # fmt: skip
    other = await customer_of(one)
    plain = await act(one, RECORD, **chat(other), attentionOverride="没有必要")
    assert plain["touchpoint"]["attentionOverride"] is None


async def test_bait_costs_trust_once_per_content(one: Brand) -> None:
    customer = await customer_of(one)
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    async with one.work() as work:
        content = work.add(Content(title="标题一", kind="ARTICLE", occurred_at=work.now)).id
    shown = {"contentId": global_id("Content", content), "occurredAt": at}
    sent = [(await act(one, RECORD, **chat(customer, "CONTENT", **shown)))["touchpoint"]["id"] for _ in range(2)]
    outcome = "mutation($input: RecordTouchpointOutcomeInput!) { recordTouchpointOutcome(input: $input) { userErrors { code } } }"
    for id in sent:
        assert (await act(one, outcome, touchpointId=id, outcome="MISLED"))["userErrors"] == []
    assert await posted(one) == [("OPENED", None), ("BAIT", sent[0])]
    await act(one, outcome, touchpointId=sent[0], outcome="COMPLAINED")
    assert (await posted(one))[2:] == [("ATTENTION_COMPLAINT", sent[0])]


async def test_a_visit_that_is_due_may_be_spoken_of(one: Brand) -> None:
    customer = await customer_of(one)
    for _ in range(2):
        await act(one, RECORD, **chat(customer, "APPOINTMENT"), attentionOverride="r")
    assert codes(await act(one, RECORD, **chat(customer, "APPOINTMENT"))) == ["GAP"]
    now = datetime.now(UTC)
    book = "mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) { userErrors { message } } }"
    await act(one, book, customerId=customer, startsAt=(now + timedelta(hours=47)).isoformat())
    assert (await act(one, RECORD, **chat(customer, "APPOINTMENT")))["touchpoint"]["attentionUnits"] == 0
    assert codes(await act(one, RECORD, **chat(customer, "QUOTATION"))) == ["GAP"]


async def test_a_staff_member_is_told_of_their_boundary(brand: Brands) -> None:
    clinic = await brand(businessType="HIGH_PRICE_B2C", industry="MEDICAL_AESTHETICS")
    await act(clinic, SET, **AWAKE)
    async with clinic.work() as work:
        customer_id, staff_id = people.customer(work), people.colleague(work)
        people.befriended(work, customer_id, staff_id, await people.role_of(work, "consultant"), work.now)
        people.may_see(work, staff_id, customer_id)
    customer = global_id("Customer", customer_id)
    staff = clinic.as_staff(staff_id, DataScope.OWN_CUSTOMERS)
    outside = await verdict(clinic, customer, "PROFESSIONAL_AFTERCARE", caller=staff)
    assert [reason["code"] for reason in outside["reasons"]] == ["OUT_OF_BOUNDARY"]
    assert (await verdict(clinic, customer, "QUOTATION", caller=staff))["welcome"] is True
    assert (await verdict(clinic, customer, "PROFESSIONAL_AFTERCARE"))["welcome"] is True


async def test_a_page_of_customers_is_judged_in_one_statement(one: Brand) -> None:
    customers = [await customer_of(one) for _ in range(3)]
    await act(one, RECORD, **chat(customers[1]))
    body = await one.ask(
        "{ customers(first: 10) { nodes { id attention(purpose: RECALL) { welcome remaining } } } }",
    )
    found: dict[str, Any] = {node["id"]: node["attention"] for node in body["data"]["customers"]["nodes"]}
    assert [found[id] for id in customers] == [
        {"welcome": True, "remaining": 2}, {"welcome": False, "remaining": 1}, {"welcome": True, "remaining": 2},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"windowDays": 0}, ["windowDays"]),
        ({"windowDays": 367}, ["windowDays"]),
        ({"total": -1}, ["total"]),
        ({"reservationMinutes": 0}, ["reservationMinutes"]),
        ({"quietHours": {"start": "09:00", "end": "09:00"}}, None),
        ({"quietHours": {"start": "25:00", "end": "09:00"}}, ["quietHours", "start"]),
        ({"quietHours": {"start": "2100", "end": "09:00"}}, ["quietHours", "start"]),
        ({"byPurpose": [{"purpose": "CONTENT", "max": 1, "windowDays": 0}]}, ["windowDays"]),
        ({"byClass": [{"purposeClass": "LEGAL", "max": 1, "gapHours": 1}]}, None),
        ({"backOff": {"afterIgnored": 2, "gapMultiplier": 9, "maxMultiplier": 8}}, ["backOff"]),
        ({"outsideTotal": ["LEGAL"]}, ["outsideTotal"]),
        ({"preset": "LOW_FREQUENCY_ONE_TO_ONE", "reset": True}, ["reset"]),
    ],
)
async def test_a_policy_that_makes_no_sense(one: Brand, given: dict[str, Any], field: list[str] | None) -> None:
    payload = await act(one, SET, **given)
    [error] = payload["userErrors"]
    assert (error["code"], error["field"], payload["attentionPolicy"]) == ("INVALID", field, None)
    assert await one.count("attention_policies") == 1


async def test_the_policy_is_kept_version_by_version(brand: Brands) -> None:
    made = await brand(businessType="B2B", industry="MANUFACTURING")
    ask = "{ attentionPolicy { version preset total quietHours { start end also } companyTotal backOff { maxMultiplier } } }"
    assert (await made.ask(ask))["data"]["attentionPolicy"] == {
        "version": 1,
        "preset": None,
        "total": 8,
        "quietHours": {"start": "18:30", "end": "09:00", "also": ["SATURDAY", "SUNDAY", "PUBLIC_HOLIDAYS"]},
        "companyTotal": 20,
        "backOff": {"maxMultiplier": 8},
    }
    changed = await act(made, SET, total=5, expectedVersion=1)
    assert (changed["attentionPolicy"]["version"], changed["attentionPolicy"]["total"]) == (2, 5)
    stale = await act(made, SET, total=6, expectedVersion=1)
    assert [error["code"] for error in stale["userErrors"]] == ["CONFLICT"]
    same = await act(made, SET, total=5)
    assert same["attentionPolicy"]["version"] == 2
    preset = (await act(made, SET, preset="LOW_FREQUENCY_ONE_TO_ONE"))["attentionPolicy"]
    assert (preset["version"], preset["total"], preset["minGapHours"], preset["companyTotal"]) == (3, 2, 336, None)
    assert {"purpose": "PROMOTION", "max": 1, "gapHours": 720, "windowDays": None} in preset["byPurpose"]
    reset = (await act(made, SET, reset=True, quietHours=None, companyTotal=None))["attentionPolicy"]
    assert (reset["version"], reset["total"], reset["quietHours"], reset["companyTotal"]) == (4, 8, None, None)
    assert [name for _, name in await made.events()].count("attention_policy.set") == 3
    staff = made.as_staff(uuid_of(await invited(made)), DataScope.ALL, DEFAULTS[PrincipalKind.STAFF])
    with pytest.raises(Exception, match="ATTENTION_MANAGE"):
        await made.world.ask(staff, SET, {"input": {"total": 1}})


async def invited(made: Brand) -> str:
    body = await made.ask(
        'mutation { inviteStaff(input: {name: "Wang", dataScope: ALL}) { staffMember { id } userErrors { message } } }'
    )
    id: str = body["data"]["inviteStaff"]["staffMember"]["id"]
    assert parse_global_id(id) is not None
    return id
