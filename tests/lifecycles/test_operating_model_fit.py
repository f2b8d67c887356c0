"""Whether the model in force fits, from recorded facts: every figure counted by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from server.access.permissions import DataScope
from server.ids import global_id
from server.lifecycles.fit_rules import MIN_SAMPLE, Counts, Period, figures_of, judge
from server.lifecycles.fit_terms import FitFigureKey, FitVerdict
from server.quotes.commands import ResolveQuoteConflict
from server.quotes.errors import QuotesContradict
from server.quotes.quote_terms import ConflictResolution
from server.quotes.service.resolving import resolve_quote_conflict
from server.tenants.business import OperatingModelKind
from server.terms import Locale
from tests.factories.brands import Brand, uuid_of
from tests.quotes.people import house

Make = Callable[..., Awaitable[Brand]]
CENTRAL, PER_ROLE = OperatingModelKind.CENTRAL_OPS_GROUP, OperatingModelKind.PER_ROLE
PERIOD = Period.up_to(datetime(2026, 11, 25, 16, tzinfo=UTC), "Asia/Shanghai")

FIT = """
{ operatingModelFit {
  model verdict message sample minSample since until
  reasons { code message figures { name value } }
  figures { code name value numerator denominator threshold isOver }
} }
"""
ADD = """
mutation($input: AddCustomerInput!) { addCustomer(input: $input) {
  userErrors { message field } customer { id } relationship { id } case { id } } }
"""
TALK = """
mutation($input: RecordTouchpointsInput!) { recordTouchpoints(input: $input) {
  userErrors { message } results { touchpoint { id } userErrors { message } } } }
"""
RATE = "mutation($input: RateServiceInput!) { rateService(input: $input) { userErrors { message } feedback { id } } }"


async def act(brand: Brand, text: str, /, **input: Any) -> dict[str, Any]:
    body = await brand.ask(text, {"input": input})
    assert "errors" not in body, body
    [payload] = body["data"].values()
    assert payload["userErrors"] == [], payload
    return dict(payload)


async def fit(brand: Brand, locale: Locale = Locale.EN) -> dict[str, Any]:
    body = await brand.ask(FIT, locale=locale)
    assert "errors" not in body, body
    return dict(body["data"]["operatingModelFit"])


def values(found: dict[str, Any]) -> dict[str, tuple[Any, Any, Any]]:
    return {one["name"]: (one["value"], one["numerator"], one["denominator"]) for one in found["figures"]}


ENOUGH = Counts(answered=100, answered_care=50, relationships=200, median_seconds=90)


@pytest.mark.parametrize(
    ("model", "changed", "verdict"),
    [
        (CENTRAL, {}, FitVerdict.FITS),
        (CENTRAL, {"answered": MIN_SAMPLE - 1}, FitVerdict.NOT_ENOUGH_FACTS),
        (CENTRAL, {"answered": MIN_SAMPLE}, FitVerdict.FITS),
        (CENTRAL, {"contextless": 15}, FitVerdict.STRAINED),
        (CENTRAL, {"contextless": 15, "repeated": 20}, FitVerdict.MISFIT),
        (CENTRAL, {"contextless": 15, "repeated": 19}, FitVerdict.STRAINED),
        (CENTRAL, {"contextless": 14, "repeated": 20}, FitVerdict.STRAINED),
        (PER_ROLE, {"contextless": 15, "repeated": 20}, FitVerdict.STRAINED),
        (CENTRAL, {"contextless": 15, "rated_with": (19, 20), "rated_without": (16, 20)}, FitVerdict.MISFIT),
        (CENTRAL, {"contextless": 15, "rated_with": (19, 20), "rated_without": (17, 20)}, FitVerdict.STRAINED),
        (CENTRAL, {"rated_with": (19, 20), "rated_without": (16, 20)}, FitVerdict.STRAINED),
        (PER_ROLE, {"redundant": 50}, FitVerdict.STRAINED),
        (PER_ROLE, {"redundant": 49}, FitVerdict.FITS),
        (PER_ROLE, {"quotes": 100, "conflicts": 2}, FitVerdict.STRAINED),
        (PER_ROLE, {"quotes": 100, "conflicts": 1}, FitVerdict.FITS),
    ],
)
def test_the_verdict_follows_from_the_figures(
    model: OperatingModelKind, changed: dict[str, Any], verdict: FitVerdict
) -> None:
    assert judge(model, replace(ENOUGH, **changed), PERIOD).verdict is verdict


def test_the_period_is_thirty_days_of_the_brand() -> None:
    """16:00 in London is midnight in Shanghai: the 26th has begun there."""
    assert (PERIOD.since, PERIOD.until) == (date(2026, 10, 28), date(2026, 11, 27))
    assert PERIOD.begins == datetime(2026, 10, 27, 16, tzinfo=UTC)


def test_nothing_is_said_of_what_was_never_counted() -> None:
    found = {figure.key: figure.value for figure in figures_of(Counts(answered=50))}
    assert found == {
        FitFigureKey.CONTEXTLESS_SHARE: None,
        FitFigureKey.REPEAT_QUESTION_SHARE: Decimal(0),
        FitFigureKey.FIRST_RESPONSE_MINUTES: None,
        FitFigureKey.SATISFACTION_GAP: None,
        FitFigureKey.REDUNDANT_SHARE: None,
        FitFigureKey.CONFLICT_RATE: None,
    }


async def clinic(brand: Make) -> tuple[Brand, str, str]:
    """A pet hospital that is central by override, with one adviser and one customer: brand, adviser, customer."""
    one = await brand(
        businessType="LOW_PRICE_B2C",
        industry="PET_HOSPITAL",
        operatingModel={"kind": "CENTRAL_OPS_GROUP", "reason": "总部统一承接"},
    )
    group = (await one.ask("{ opsGroups { id } }"))["data"]["opsGroups"][0]["id"]
    adviser = await hired(one, "小乖", groupId=group)
    added = await act(one, ADD, staffId=adviser, name="钟灵", occurredAt=ago(days=29))
    return one, adviser, added["customer"]["id"]


async def hired(one: Brand, name: str, **placed: str) -> str:
    body = await one.ask(
        "mutation($name: String!) { inviteStaff(input: {name: $name}) { staffMember { id } } }", {"name": name}
    )
    staff: str = body["data"]["inviteStaff"]["staffMember"]["id"]
    await act(
        one,
        "mutation($input: AssignServiceRoleInput!) { assignServiceRole(input: $input) { userErrors { message } } }",
        staffId=staff,
        **placed,
    )
    return staff


def ago(**how: float) -> str:
    return (datetime.now(UTC) - timedelta(**how)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def talk(one: Brand, customer: str, staff: str, turns: Sequence[tuple[str, float]], **more: Any) -> None:
    """Contacts as (direction, hours ago)."""
    rows = [
        {
            "customerId": customer,
            "staffId": staff,
            "direction": direction,
            "medium": "WECOM_CHAT",
            "purpose": "PROFESSIONAL_AFTERCARE",
            "occurredAt": ago(hours=hours),
            **more,
        }
        for direction, hours in turns
    ]
    for start in range(0, len(rows), 100):
        payload = await act(one, TALK, touchpoints=rows[start : start + 100])
        assert all(not result["userErrors"] for result in payload["results"])


def asked_and_answered(times: int, *, every_hours: float, answered_after: float) -> list[tuple[str, float]]:
    first = times * every_hours
    return [
        turn
        for number in range(times)
        for turn in (
            ("INBOUND", first - number * every_hours),
            ("OUTBOUND", first - number * every_hours - answered_after),
        )
    ]


async def test_a_misfit_is_told_with_its_figures(brand: Make) -> None:
    """60 questions every 10 hours, each answered after half an hour by an adviser who knows nothing of the case."""
    one, adviser, customer = await clinic(brand)
    await talk(one, customer, adviser, asked_and_answered(60, every_hours=10, answered_after=0.5))
    found = await fit(one)
    assert values(found) == {
        "contextless_share": ("1.0000", 60, 60),
        "repeat_question_share": ("0.9833", 59, 60),
        "first_response_minutes": ("30.0000", None, 60),
        "satisfaction_gap": (None, None, 0),
        "redundant_share": ("0.0000", 0, 1),
        "conflict_rate": (None, 0, 0),
    }
    assert (found["model"], found["verdict"], found["sample"]) == ("CENTRAL_OPS_GROUP", "MISFIT", 60)
    assert [reason["code"] for reason in found["reasons"]] == ["CONTEXTLESS_SHARE", "REPEAT_QUESTION_SHARE"]
    assert found["reasons"][0]["message"] == (
        "Care answered without context: 60 of 60 answered questions of care (100 %) were answered by somebody who knew "
        "neither the customer's case nor a note about it; from 30 % on that is too many."
    )
    chinese = await fit(one, Locale.ZH)
    assert chinese["reasons"][1]["message"] == (
        "48小时内重复咨询占比：60 次已答复的咨询中，59 次（98.33 %）在48小时内被再次追问，达到 20 % 即为过高。"
    )
    assert chinese["message"].startswith("运营模式错配")


async def test_below_the_sample_nothing_is_judged(brand: Make) -> None:
    one, adviser, customer = await clinic(brand)
    await talk(one, customer, adviser, asked_and_answered(49, every_hours=10, answered_after=0.5))
    found = await fit(one)
    assert (found["verdict"], found["sample"], found["minSample"], found["reasons"]) == ("NOT_ENOUGH_FACTS", 49, 50, [])
    assert {value for value, _, _ in values(found).values()} == {None}


async def test_a_note_to_read_is_context_and_a_withheld_one_is_not(brand: Make) -> None:
    one, adviser, customer = await clinic(brand)
    roles = {role["key"]: role["id"] for role in (await one.ask("{ serviceRoles { key id } }"))["data"]["serviceRoles"]}
    doctor = await hired(one, "秦朗", roleId=roles["doctor"])
    note = "mutation($input: WriteServiceNoteInput!) { writeServiceNote(input: $input) { userErrors { message } } }"
    await act(
        one,
        "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { userErrors { message } } }",
        customerId=customer,
        scope="SENSITIVE_HEALTH",
        source="FORM",
        occurredAt=ago(days=29),
    )
    # The doctor's diagnosis, 600 hours ago: readable for who is cleared for it.
    at = ago(hours=600)
    written = await one.world.ask(
        one.as_staff(uuid_of(doctor), DataScope.ALL),
        note,
        {"input": {"customerId": customer, "kind": "DIAGNOSIS", "text": "撕裂伤", "occurredAt": at}},
    )
    assert written["data"]["writeServiceNote"]["userErrors"] == []
    await talk(one, customer, adviser, asked_and_answered(25, every_hours=20, answered_after=1))
    await talk(
        one,
        customer,
        doctor,
        [(way, hours + 3) for way, hours in asked_and_answered(25, every_hours=20, answered_after=1)],
    )
    found = values(await fit(one))
    assert found["contextless_share"] == ("0.5000", 25, 50)
    # A note that is not sensitive, 250 hours ago, is for everybody: of the adviser's 25 answers 12 come after it.
    await act(one, note, customerId=customer, kind="PREFERENCE", text="怕打针", occurredAt=ago(hours=250))
    assert values(await fit(one))["contextless_share"] == ("0.2600", 13, 50)


async def test_a_role_that_served_the_case_is_context(brand: Make) -> None:
    """Per role: the doctor's own stage was reached, so the doctor knows; the desk's friend does not become a doctor by it."""
    one = await brand(businessType="LOW_PRICE_B2C", industry="PET_HOSPITAL")
    roles = {role["key"]: role["id"] for role in (await one.ask("{ serviceRoles { key id } }"))["data"]["serviceRoles"]}
    stages = {
        stage["owner"]["key"]: stage["id"]
        for stage in (await one.ask("{ journey { id owner { ... on ServiceRole { key } } } }"))["data"]["journey"]
    }
    doctor = await hired(one, "秦朗", roleId=roles["doctor"])
    other = await hired(one, "路人", roleId=roles["doctor_assistant"])
    added = await act(one, ADD, staffId=doctor, name="钟灵", occurredAt=ago(days=29))
    customer = added["customer"]["id"]
    await act(one, ADD, staffId=other, roleId=roles["doctor_assistant"], name="钟灵", externalRefs=[])
    turns = asked_and_answered(50, every_hours=10, answered_after=1)
    await talk(one, customer, doctor, turns)
    assert values(await fit(one))["contextless_share"] == ("1.0000", 50, 50)
    await act(
        one,
        "mutation($input: AdvanceCustomerInput!) { advanceCustomer(input: $input) { userErrors { message } } }",
        customerId=customer,
        stageId=stages["doctor"],
        occurredAt=ago(hours=504),
    )
    assert values(await fit(one))["contextless_share"] == ("0.0000", 0, 50)


async def test_broadcasts_answer_nothing_and_unanswered_questions_do_not_count(brand: Make) -> None:
    one, adviser, customer = await clinic(brand)
    await talk(one, customer, adviser, asked_and_answered(50, every_hours=10, answered_after=0.5))
    before = values(await fit(one))
    await talk(one, customer, adviser, [("INBOUND", 0.3)])
    await talk(one, customer, adviser, [("OUTBOUND", 0.2)], medium="WECOM_MASS_SEND")
    # The new question waits for its answer, but it tells that the one before was asked again.
    assert values(await fit(one)) == {**before, "repeat_question_share": ("1.0000", 50, 50)}
    # Two in a row wait for one answer: they are one enquiry, from the first on.
    await talk(one, customer, adviser, [("INBOUND", 0.15), ("OUTBOUND", 0.1)])
    after = values(await fit(one))
    assert after["contextless_share"] == ("1.0000", 51, 51)


async def test_ratings_tell_what_context_is_worth(brand: Make) -> None:
    one, adviser, customer = await clinic(brand)
    await talk(one, customer, adviser, asked_and_answered(50, every_hours=10, answered_after=0.5))
    await act(one, RATE, customerId=customer, score=2, occurredAt=ago(hours=300))
    await act(
        one,
        "mutation($input: WriteServiceNoteInput!) { writeServiceNote(input: $input) { userErrors { message } } }",
        customerId=customer, kind="PREFERENCE", text="怕打针", occurredAt=ago(hours=200),
    )  # fmt: skip
    assert values(await fit(one))["satisfaction_gap"] == (None, None, 1)
    await act(
        one,
        "mutation($input: RecordOrderInput!) { recordOrder(input: $input) { userErrors { message } } }",
        customerId=customer, lines=[{"text": "疫苗", "amount": {"amount": "90.00"}}], occurredAt=ago(hours=101),
    )  # fmt: skip
    await act(one, RATE, customerId=customer, score=5, occurredAt=ago(hours=100))
    assert values(await fit(one))["satisfaction_gap"] == ("1.0000", None, 2)


async def test_redundant_friendships_are_those_of_the_team_view(brand: Make) -> None:
    one, adviser, customer = await clinic(brand)
    await talk(one, customer, adviser, asked_and_answered(50, every_hours=10, answered_after=0.5))
    group = (await one.ask("{ opsGroups { id } }"))["data"]["opsGroups"][0]["id"]
    phone = [{"kind": "PHONE", "value": "13900002222"}]
    for name in ("小新", "豆豆"):
        colleague = await hired(one, name, groupId=group)
        await act(one, ADD, staffId=colleague, name="林默", identities=phone)
    nobody = (await one.ask('mutation { inviteStaff(input: {name: "店员"}) { staffMember { id } } }'))["data"]
    await act(one, ADD, staffId=nobody["inviteStaff"]["staffMember"]["id"], name="林默", identities=phone)
    shown = await one.ask("{ customers(first: 9) { nodes { relationships(first: 9) { nodes { standing } } } } }")
    standings = [r["standing"] for c in shown["data"]["customers"]["nodes"] for r in c["relationships"]["nodes"]]
    assert sorted(standings) == ["LEGITIMATE", "LEGITIMATE", "REDUNDANT", "REDUNDANT"]
    assert values(await fit(one))["redundant_share"] == ("0.5000", 2, 4)


async def test_conflicts_of_quotes_are_counted_against_the_quotes(brand: Make) -> None:
    """Four quotes were given out, one of them beside a live one it contradicts; a draft and a refusal count as nothing."""
    shop = await house(await brand(industry="HOME_DECORATION"))
    await shop.allow()
    live = await shop.issued()
    for item in (shop.kitchen, shop.kitchen):
        await shop.issued(item=item)
    await shop.draft(shop.sales_two)
    beside = await shop.draft(shop.sales_two, price="90.00")
    with pytest.raises(QuotesContradict):
        await shop.issue(beside, shop.sales_two)
    async with shop.work(shop.sales_two) as work:
        answered: dict[str, Any] = {"resolution": ConflictResolution.CUSTOMER_INFORMED, "reason": "两家展厅已商定"}
        await resolve_quote_conflict(work, ResolveQuoteConflict(quote_id=beside.id, other_quote_id=live.id, **answered))
    await shop.issue(beside, shop.sales_two)
    customer, sales = global_id("Customer", shop.customer), global_id("StaffMember", shop.sales.staff)
    turns = asked_and_answered(MIN_SAMPLE, every_hours=10, answered_after=0.5)
    await talk(shop.brand, customer, sales, turns, purpose="QUOTATION")
    found = await fit(shop.brand)
    assert values(found)["conflict_rate"] == ("0.2500", 1, 4)
    assert "CONFLICT_RATE" in [reason["code"] for reason in found["reasons"]]
