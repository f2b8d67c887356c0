"""Scorecards of two clinics, every figure counted by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.access.permissions import Permission
from server.errors import RequestError
from server.ids import global_id
from tests.factories.brands import Brand
from tests.scorecards.clinics import PERIOD, Clinics, at, open_clinics

Make = Callable[..., Awaitable[Brand]]
CARDS = """
query($period: PeriodInput!, $groupBy: [ScorecardDimension!], $compareTo: Comparison, $filter: ScorecardFilter,
      $first: Int! = 100, $after: String) {
  scorecards(period: $period, groupBy: $groupBy, compareTo: $compareTo, filter: $filter, first: $first, after: $after) {
    pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes {
      since until campaign
      unit { ... on ServiceRole { key } ... on OpsGroup { key } } store { key } staff { key } channel { code }
      figures {
        metric label isHeadline value numerator denominator maturing minSample isEnough isOnTarget change
        target { basisPoints } beside { kind number } window { fromStage { key } toStage { key } days }
        previous { since until value numerator denominator maturing }
        facts(first: 100) { nodes { at result subject { __typename id } customer { id } staff { key } store { key } } }
      }
    }
  }
}
"""


@pytest.fixture
async def clinics(brand: Make) -> Clinics:
    return await open_clinics(await brand())


async def cards(clinics: Clinics, caller: Any = None, **given: Any) -> dict[tuple[str, ...], dict[str, dict[str, Any]]]:
    """{(key of the role or "brand", key of the store, of the person …): {metric: figure}}"""
    body = await clinics.brand.world.ask(caller or clinics.brand.owner, CARDS, {"period": PERIOD, **given})
    assert "errors" not in body, body
    return {
        tuple(
            part["key"] for part in (card["unit"] or {"key": "brand"}, card["store"], card["staff"]) if part is not None
        ): {figure["metric"]: figure for figure in card["figures"]}
        for card in body["data"]["scorecards"]["nodes"]
    }


def told(figure: dict[str, Any]) -> tuple[int, int, int, str | None]:
    return figure["numerator"], figure["denominator"], figure["maturing"], figure["value"]


async def test_each_metric_stands_on_its_owners_card_and_on_no_other(clinics: Clinics) -> None:
    found = await cards(clinics)
    assert {key: list(figures) for key, figures in found.items()} == {
        ("customer_service",): ["VISIT_RATE"],
        ("consultant",): ["CONVERSION_RATE", "REPURCHASE_RATE"],
        ("doctor",): ["SATISFACTION"],
        ("store_manager",): ["CLOSED_LOOP_RATE"],
        ("brand",): ["NO_COMPLAINT_RATE", "SPONTANEOUS_SHARE_RATE", "REFERRAL_RATE"],
    }
    headlines = {key[0]: [name for name, one in figures.items() if one["isHeadline"]] for key, figures in found.items()}
    assert headlines == {
        "customer_service": ["VISIT_RATE"],
        "consultant": ["CONVERSION_RATE"],
        "doctor": ["SATISFACTION"],
        "store_manager": ["CLOSED_LOOP_RATE"],
        "brand": [],
    }
    assert found["consultant",]["REPURCHASE_RATE"]["window"] == {
        "fromStage": {"key": "AFTERCARE"}, "toStage": {"key": "REPEAT"}, "days": 180,
    }  # fmt: skip


async def test_a_conversion_is_of_the_cohort_that_entered_the_stage(clinics: Clinics) -> None:
    """Twelve leads in the week; LEAD → ARRIVED within 30 days."""
    for number in range(6):
        await clinics.case(
            "jingan", {"LEAD": at("03-03"), "APPOINTED": at("03-04"), "ARRIVED": at(f"03-{10 + number}")}
        )
    await clinics.case("jingan", {"LEAD": at("03-03"), "PAID": at("03-05")})  # skipped past the stage: that counts
    await clinics.case("tianhe", {"LEAD": at("03-03", "10:00"), "ARRIVED": at("04-02", "10:00")})  # the last moment
    late = datetime(2026, 4, 2, 2, 0, 0, 1, tzinfo=UTC)
    await clinics.case("tianhe", {"LEAD": at("03-03", "10:00"), "ARRIVED": late})  # a microsecond too late
    await clinics.case("tianhe", {"LEAD": at("03-03")})
    # The week begins at midnight in Shanghai, and ends there.
    await clinics.case("tianhe", {"LEAD": at("03-02", "00:00")})
    await clinics.case("tianhe", {"LEAD": at("03-08", "23:59")})
    await clinics.case("tianhe", {"LEAD": at("03-09", "00:00"), "ARRIVED": at("03-10")})
    await clinics.case("tianhe", {"LEAD": at("03-01", "23:59"), "ARRIVED": at("03-10")})
    # Back at the stage for a second time, the case is no new lead.
    await clinics.case("jingan", {"APPOINTED": at("02-01"), "LEAD": at("02-02")})
    figure = (await cards(clinics))["customer_service",]["VISIT_RATE"]
    assert told(figure) == (8, 12, 0, "0.6667")
    assert [one["result"] for one in figure["facts"]["nodes"]].count("HIT") == 8
    split = await cards(clinics, groupBy=["STORE"])
    assert told(split["customer_service", "jingan"]["VISIT_RATE"]) == (7, 7, 0, None), "below the sample of ten"
    assert told(split["customer_service", "tianhe"]["VISIT_RATE"]) == (1, 5, 0, None)
    region = await cards(clinics, filter={"store": {"eq": clinics.id("Store", "east")}})
    assert told(region["customer_service",]["VISIT_RATE"]) == (7, 7, 0, None), "a region holds its stores"


async def test_a_case_counts_once(clinics: Clinics) -> None:
    moves = {"LEAD": at("03-03"), "ARRIVED": at("03-04")}
    case = await clinics.case("jingan", moves)
    async with clinics.brand.work() as work:
        await work.raw.execute(
            "INSERT INTO case_stage_changes (tenant_id, id, customer_id, case_id, to_stage_id, occurred_at, recorded_at) "
            "SELECT tenant_id, gen_random_uuid(), customer_id, case_id, to_stage_id, occurred_at + interval '3 days', now() "
            "FROM case_stage_changes WHERE case_id = $1",
            case,
        )
    assert told((await cards(clinics))["customer_service",]["VISIT_RATE"])[:3] == (1, 1, 0)


async def test_young_cases_are_maturing_hits_among_them(clinics: Clinics) -> None:
    now = datetime.now(UTC)
    day = timedelta(days=1)
    await clinics.case("jingan", {"LEAD": now - 31 * day, "ARRIVED": now - 30 * day})
    await clinics.case("jingan", {"LEAD": now - 29 * day, "ARRIVED": now - 28 * day})
    await clinics.case("jingan", {"LEAD": now - 2 * day})
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    period = {"from": str(today - 40 * day), "to": str(today + day)}
    figure = (await cards(clinics, period=period))["customer_service",]["VISIT_RATE"]
    assert told(figure) == (1, 1, 2, None)
    assert [one["result"] for one in figure["facts"]["nodes"]] == ["MATURING", "MATURING", "HIT"], "the newest first"


async def test_credit_is_of_whoever_held_the_role_when_it_happened(clinics: Clinics) -> None:
    """田 held customer service until the 5th, then 陈: who came on the 4th is hers, who came on the 6th is his."""
    for arrives in ("03-04", "03-06"):
        case = await clinics.case("jingan", {"LEAD": at("03-03"), "ARRIVED": at(arrives)})
        async with clinics.brand.work() as work:
            customer = await work.raw.fetchval("SELECT customer_id FROM cases WHERE id = $1", case)
            clinics.friends(
                work, customer, "tian", "customer_service", at("03-01"), state="TRANSFERRED", ended_at=at("03-05")
            )
            clinics.friends(work, customer, "chen", "customer_service", at("03-05"))
            clinics.friends(work, customer, "su", "consultant", at("03-01"))
    await clinics.case("jingan", {"LEAD": at("03-03"), "ARRIVED": at("03-04")})  # nobody's
    split = await cards(clinics, groupBy=["STAFF"])
    figures = {key: told(figures["VISIT_RATE"])[:2] for key, figures in split.items() if key[0] == "customer_service"}
    assert figures == {
        ("customer_service",): (1, 1),
        ("customer_service", "tian"): (1, 1),
        ("customer_service", "chen"): (1, 1),
    }
    [fact] = split["customer_service", "chen"]["VISIT_RATE"]["facts"]["nodes"]
    assert (fact["staff"], fact["store"], fact["subject"]["__typename"]) == ({"key": "chen"}, {"key": "jingan"}, "Case")
    only = await cards(clinics, filter={"staff": {"eq": clinics.id("StaffMember", "tian")}})
    assert told(only["customer_service",]["VISIT_RATE"])[:2] == (1, 1)
    assert told(only["consultant",]["CONVERSION_RATE"])[:2] == (0, 0), "a consultant's figures hold nothing of hers"
    assert ("brand",) not in only


async def test_satisfaction_is_of_the_role_at_whose_stage_the_case_stood(clinics: Clinics) -> None:
    treated = {"ARRIVED": at("03-02"), "PAID": at("03-03"), "TREATED": at("03-04")}
    for score in (5, 5, 4, 4, 4, 4, 4, 3, 2, 5):
        await clinics.case("jingan", treated, rating=(score, at("03-05")))
    await clinics.case(
        "jingan", {"ARRIVED": at("03-02")}, rating=(1, at("03-05"))
    )  # the consultant's: no figure for it
    await clinics.case("jingan", treated, rating=(1, at("03-02", "12:00")))  # before the doctor's stages
    figure = (await cards(clinics))["doctor",]["SATISFACTION"]
    assert told(figure) == (8, 10, 0, "0.8000")
    assert figure["beside"] == {"kind": "MEAN_SCORE", "number": "4.0000"}


async def test_conversations_are_answered_in_business_time(brand: Make) -> None:
    """A central brand, open on weekdays from 9 to 18; the target is thirty minutes."""
    clinics = await open_clinics(await brand(businessType="LOW_PRICE_B2C", industry="FMCG"), per_role=False)
    hours = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in range(1, 6)]
    body = await clinics.brand.ask(
        "mutation($input: SetBusinessHoursInput!) { setBusinessHours(input: $input) { userErrors { message } } }",
        {"input": {"hours": hours, "closedDays": []}},
    )
    assert body["data"]["setBusinessHours"]["userErrors"] == []
    group = (await clinics.brand.ask("{ opsGroups { id key } }"))["data"]["opsGroups"][0]
    ours = {"staff_id": clinics.staff["tian"]}
    talks: list[list[tuple[str, datetime, dict[str, Any]]]] = [
        [("INBOUND", at("03-03", "10:00"), {}), ("OUTBOUND", at("03-03", "10:30"), ours)],  # just in time
        [("INBOUND", at("03-03", "10:00"), {}), ("OUTBOUND", at("03-03", "10:31"), ours)],  # late
        [("INBOUND", at("03-03", "17:50"), {}), ("OUTBOUND", at("03-04", "09:20"), ours)],  # over the night: in time
        [("INBOUND", at("03-07", "12:00"), {}), ("OUTBOUND", at("03-09", "09:29"), ours)],  # over the weekend: in time
        [("INBOUND", at("03-03", "10:00"), {})],  # never
        # One conversation, however often she asks; a robot and a broadcast answer nobody.
        [
            ("INBOUND", at("03-03", "10:00"), {}),
            ("INBOUND", at("03-03", "10:05"), {}),
            ("OUTBOUND", at("03-03", "10:06"), {}),
            ("OUTBOUND", at("03-03", "10:07"), {**ours, "medium": "WECOM_MASS_SEND"}),
            ("OUTBOUND", at("03-03", "10:20"), ours),
        ],
        # Asked again after the answer, and again a week later without one: three conversations.
        [
            ("INBOUND", at("03-02", "10:00"), {}),
            ("OUTBOUND", at("03-02", "10:10"), ours),
            ("INBOUND", at("03-02", "11:00"), {}),
            ("INBOUND", at("03-10", "10:00"), {}),
        ],
    ]
    async with clinics.brand.work() as work:
        for talk in talks:
            customer = clinics.customer(work, "jingan")
            for direction, moment, more in talk:
                clinics.says(work, customer, direction, moment, **{"purpose": "ENQUIRY", **more})
    found = await cards(clinics, period={"from": "2026-03-02", "to": "2026-03-16"})
    figure = found[group["key"],]["FIRST_RESPONSE_RATE"]
    assert told(figure) == (5, 9, 0, None)
    assert found.keys() == {(group["key"],), ("product_manager",), ("brand",)}
    async with clinics.brand.work() as work:
        for _ in range(11):
            customer = clinics.customer(work, "jingan")
            clinics.says(work, customer, "INBOUND", at("03-04", "12:00"), purpose="ENQUIRY")
            clinics.says(work, customer, "OUTBOUND", at("03-04", "12:03"), purpose="ENQUIRY", **ours)
    figure = (await cards(clinics, period={"from": "2026-03-02", "to": "2026-03-16"}))[group["key"],][
        "FIRST_RESPONSE_RATE"
    ]
    assert told(figure) == (16, 20, 0, "0.8000")
    assert figure["beside"] == {"kind": "MEDIAN_MINUTES", "number": "3.0000"}, "of seventeen that were answered"


async def test_figures_are_compared_and_held_against_targets(clinics: Clinics) -> None:
    set_target = "mutation($input: SetTargetInput!) { setTarget(input: $input) { userErrors { message } } }"
    for points, store in ((5000, None), (9000, "jingan")):
        given = {"metric": "VISIT_RATE", "roleId": clinics.id("ServiceRole", "customer_service"), "basisPoints": points}
        place = {} if store is None else {"storeId": clinics.id("Store", store)}
        body = await clinics.brand.ask(set_target, {"input": {**given, **place}})
        assert body["data"]["setTarget"]["userErrors"] == []
    for week, came in (("02-24", 4), ("03-03", 6)):
        for number in range(10):
            moves = {"LEAD": at(week), **({"ARRIVED": at(week, "12:00")} if number < came else {})}
            await clinics.case("jingan", moves)
    figure = (await cards(clinics, compareTo="PREVIOUS_PERIOD"))["customer_service",]["VISIT_RATE"]
    assert (figure["value"], figure["change"]) == ("0.6000", "0.2000")
    assert figure["previous"] == {
        "since": "2026-02-23", "until": "2026-03-02", "value": "0.4000", "numerator": 4, "denominator": 10, "maturing": 0,
    }  # fmt: skip
    assert (figure["target"], figure["isOnTarget"]) == ({"basisPoints": 5000}, True)
    split = await cards(clinics, groupBy=["STORE"])
    there = split["customer_service", "jingan"]["VISIT_RATE"]
    assert (there["target"], there["isOnTarget"]) == ({"basisPoints": 9000}, False)
    year = (await cards(clinics, compareTo="PREVIOUS_YEAR"))["customer_service",]["VISIT_RATE"]
    assert (year["previous"]["since"], year["previous"]["until"], year["change"]) == ("2025-03-02", "2025-03-09", None)


async def test_who_asks_decides_what_is_counted(clinics: Clinics) -> None:
    cases = [await clinics.case(store, {"LEAD": at("03-03")}) for store in ("jingan", "jingan", "tianhe")]
    async with clinics.brand.work() as work:
        customers = [await work.raw.fetchval("SELECT customer_id FROM cases WHERE id = $1", case) for case in cases]
    manager = await clinics.sees("su", customers[:2])
    figure = (await cards(clinics, manager))["customer_service",]["VISIT_RATE"]
    assert told(figure)[:3] == (0, 2, 0), "the manager of one clinic sees that clinic's"
    assert {one["customer"]["id"] for one in figure["facts"]["nodes"]} == {
        global_id("Customer", id) for id in customers[:2]
    }
    few = clinics.brand.as_staff(
        clinics.staff["su"], manager.data_scope, {Permission.CUSTOMER_READ, Permission.TENANT_READ}
    )
    body = await clinics.brand.world.ask(
        few, "query($p: PeriodInput!) { scorecards(period: $p) { nodes { figures { metric } } } }", {"p": PERIOD}
    )
    shown = [figure["metric"] for card in body["data"]["scorecards"]["nodes"] for figure in card["figures"]]
    assert shown == ["VISIT_RATE", "CONVERSION_RATE", "REPURCHASE_RATE"], "of the rest they may not read the facts"


async def test_cards_and_facts_come_in_pages(clinics: Clinics) -> None:
    for _ in range(3):
        await clinics.case("jingan", {"LEAD": at("03-03")})
    seen, after = [], None
    while True:
        body = await clinics.brand.ask(CARDS, {"period": PERIOD, "first": 2, "after": after})
        page = body["data"]["scorecards"]
        seen += [(card["unit"] or {"key": "brand"})["key"] for card in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["customer_service", "consultant", "doctor", "store_manager", "brand"]
    facts = """query($period: PeriodInput!, $after: String) { scorecards(period: $period, filter: {metric: {eq: VISIT_RATE}}) {
      nodes { figures { facts(first: 2, after: $after) { nodes { subject { id } } pageInfo { hasNextPage endCursor } } } } } }"""
    found: list[str] = []
    after = None
    for size, more in ((2, True), (1, False)):
        body = await clinics.brand.ask(facts, {"period": PERIOD, "after": after})
        [card] = body["data"]["scorecards"]["nodes"]
        [figure] = card["figures"]
        assert (len(figure["facts"]["nodes"]), figure["facts"]["pageInfo"]["hasNextPage"]) == (size, more)
        found += [one["subject"]["id"] for one in figure["facts"]["nodes"]]
        after = figure["facts"]["pageInfo"]["endCursor"]
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"period": {"from": "2026-03-02", "to": "2026-03-02"}}, "scorecards(period): must be from 1 to 366 days."),
        ({"first": 101}, "scorecards(first): must be from 0 to 100."),
        ({"after": "nonsense"}, "scorecards(after): this is not a cursor of the list."),
        (
            {"filter": {"store": {"eq": None}}},
            "scorecards(filter): store.eq: null is not a value; leave it out, or use isNull.",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused(clinics: Clinics, given: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message.replace("(", r"\(").replace(")", r"\)")):
        await cards(clinics, **given)


async def test_a_funnel_tells_how_far_the_cases_of_a_period_came(clinics: Clinics) -> None:
    """Five cases of the week: all were leads, three came or went further, one of them paid without having come."""
    for moves in (
        {"LEAD": at("03-03")},
        {"LEAD": at("03-03"), "APPOINTED": at("03-04")},
        {"LEAD": at("03-03"), "ARRIVED": at("04-04")},
        {"LEAD": at("03-03"), "PAID": at("03-05")},
    ):
        await clinics.case("jingan", moves)
    await clinics.case("tianhe", {"LEAD": at("03-03"), "ARRIVED": at("03-04"), "CONSULTED": at("03-04")})
    await clinics.case("tianhe", {"LEAD": at("03-10")})
    query = """query($period: PeriodInput!, $groupBy: [ScorecardDimension!]) { funnel(period: $period, groupBy: $groupBy) {
      store { key } cases steps { stage { key } reached share passed } } }"""
    body = await clinics.brand.ask(query, {"period": PERIOD})
    [funnel] = body["data"]["funnel"]
    steps = {step["stage"]["key"]: (step["reached"], step["share"], step["passed"]) for step in funnel["steps"]}
    assert funnel["cases"] == 5
    assert steps == {
        "LEAD": (5, "1.0000", "1.0000"),
        "APPOINTED": (4, "0.8000", "0.8000"),
        "ARRIVED": (3, "0.6000", "0.7500"),
        "CONSULTED": (2, "0.4000", "0.6667"),
        "PAID": (1, "0.2000", "0.5000"),
        "TREATED": (0, "0.0000", "0.0000"),
        "AFTERCARE": (0, "0.0000", None),
        "REPEAT": (0, "0.0000", None),
    }
    body = await clinics.brand.ask(query, {"period": PERIOD, "groupBy": ["STORE"]})
    assert [(one["store"]["key"], one["cases"]) for one in body["data"]["funnel"]] == [("jingan", 4), ("tianhe", 1)]
    with pytest.raises(RequestError, match="a case passes through many hands"):
        await clinics.brand.ask(query, {"period": PERIOD, "groupBy": ["STAFF"]})
