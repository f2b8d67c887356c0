"""A brand's settings, opening hours and own words, through the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access.permissions import EVERYTHING, DataScope, Permission
from server.errors import ErrorCode, RequestError
from server.ids import new_id
from server.tenants import queries
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]

UPDATE = """
mutation($input: UpdateTenantInput!) {
  updateTenant(input: $input) {
    userErrors { code field message } cursor
    tenant { name businessType industry timezone locale version
             profile { businessType averageOrderValue { amount currency } decisionDays }
             thresholds { smallOrder { amount currency } largeOrder { amount } manyRoles } }
  }
}
"""
HOURS = """
mutation($input: SetBusinessHoursInput!) {
  setBusinessHours(input: $input) {
    userErrors { code field message } cursor
    tenant { version businessHours { weekday opens closes } closedDays { day reason } }
  }
}
"""
RELABEL = """
mutation($input: RelabelInput!) {
  relabel(input: $input) { userErrors { code field message } cursor term { kind code label defaultLabel } }
}
"""


async def act(brand: Brand, query: str, **input: Any) -> dict[str, Any]:
    body = await brand.ask(query, {"input": input})
    assert "errors" not in body, body
    (payload,) = body["data"].values()
    return dict(payload)


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


# ------------------------------------------------------------------------------------------------------------- settings


async def test_only_what_is_given_changes(brand: Make) -> None:
    one = await brand(profile={"decisionDays": 20})
    payload = await act(one, UPDATE, name="新名字", timezone="Asia/Tokyo")
    assert payload["userErrors"] == []
    tenant = payload["tenant"]
    assert (tenant["name"], tenant["timezone"], tenant["locale"], tenant["version"]) == (
        "新名字",
        "Asia/Tokyo",
        "ZH",
        2,
    )
    assert tenant["profile"]["decisionDays"] == 20
    assert (await one.events())[-1][1] == "tenant.updated"


async def test_nothing_given_changes_nothing(brand: Make) -> None:
    one = await brand()
    before = await one.events()
    payload = await act(one, UPDATE)
    assert (payload["userErrors"], payload["tenant"]["version"], payload["cursor"]) == ([], 1, None)
    assert await one.events() == before


async def test_the_profile_is_replaced_and_the_type_goes_with_it(brand: Make) -> None:
    one = await brand(profile={"decisionDays": 20})
    payload = await act(one, UPDATE, businessType="B2B", profile={"averageOrderValue": {"amount": "12000"}})
    assert payload["tenant"]["businessType"] == "B2B"
    assert payload["tenant"]["profile"] == {
        "businessType": "B2B",
        "averageOrderValue": {"amount": "12000", "currency": "CNY"},
        "decisionDays": None,
    }


async def test_thresholds_decide_the_brand_s_own_advice(brand: Make) -> None:
    one = await brand(businessType="LOW_PRICE_B2C", industry="RETAIL")
    asked = """query { adviseOperatingModel(profile: {averageOrderValue: {amount: "900.00"}, customerFacingRoles: 4})
               { model decidedBy } }"""
    before = (await one.ask(asked))["data"]["adviseOperatingModel"]
    payload = await act(one, UPDATE, thresholds={"smallOrder": "100.00", "largeOrder": "800.00", "manyRoles": 4})
    assert payload["tenant"]["thresholds"] == {
        "smallOrder": {"amount": "100.00", "currency": "CNY"},
        "largeOrder": {"amount": "800.00"},
        "manyRoles": 4,
    }
    after = (await one.ask(asked))["data"]["adviseOperatingModel"]
    assert before == {"model": "CENTRAL_OPS_GROUP", "decidedBy": "LOW_PRICE_CENTRAL"}
    assert after == {"model": "PER_ROLE", "decidedBy": "MANY_ROLES_LARGE_ORDER"}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": ""}, "INVALID", ["name"]),
        ({"name": None}, "INVALID", ["name"]),
        ({"timezone": "Nowhere"}, "INVALID", ["timezone"]),
        ({"timezone": None}, "INVALID", ["timezone"]),
        ({"locale": None}, "INVALID", ["locale"]),
        ({"businessType": None}, "INVALID", ["businessType"]),
        ({"name": "New", "expectedVersion": 7}, "CONFLICT", ["expectedVersion"]),
        ({"profile": {"storeCount": -1}}, "INVALID", ["profile", "storeCount"]),
        (
            {"profile": {"averageOrderValue": {"amount": "1", "currency": "USD"}}},
            "INVALID",
            ["profile", "averageOrderValue", "currency"],
        ),
        ({"thresholds": {"smallOrder": "9", "largeOrder": "8"}}, "INVALID", ["thresholds", "smallOrder"]),
        ({"thresholds": {"smallOrder": "-1"}}, "INVALID", ["thresholds", "smallOrder"]),
        ({"thresholds": {"smallOrder": "0.001"}}, "INVALID", ["thresholds", "smallOrder"]),
        ({"thresholds": {"manyRoles": 0}}, "INVALID", ["thresholds", "manyRoles"]),
    ],
    ids=str,
)
async def test_a_refused_change_changes_nothing(
    brand: Make, given: dict[str, Any], code: str, field: list[str]
) -> None:
    one = await brand()
    asked = "{ tenant { name timezone locale businessType version thresholds { manyRoles } } }"
    before, log = await one.ask(asked), await one.events()
    payload = await act(one, UPDATE, **given)
    assert (refusals(payload), payload["tenant"], payload["cursor"]) == ([(code, field)], None, None)
    assert (await one.ask(asked), await one.events()) == (before, log)


async def test_of_two_who_read_the_same_version_one_is_told(brand: Make) -> None:
    one = await brand()
    answers = await asyncio.gather(*(act(one, UPDATE, name=f"name {n}", expectedVersion=1) for n in range(2)))
    assert sorted(code for answer in answers for code, _ in refusals(answer)) == ["CONFLICT"]
    told = next(error["message"] for answer in answers for error in answer["userErrors"])
    assert told == "Changed meanwhile: the current version is 2."


@pytest.mark.parametrize("query", [UPDATE, HOURS, RELABEL], ids=["settings", "hours", "words"])
async def test_settings_need_a_permission(brand: Make, query: str) -> None:
    one = await brand()
    inputs: dict[str, Any] = {UPDATE: {"name": "New"}, HOURS: {"hours": []}, RELABEL: {"kind": "a", "code": "b"}}
    log = await one.events()
    staff = one.as_staff(new_id(), DataScope.ALL, EVERYTHING - {Permission.TENANT_MANAGE})
    for caller, code in ((staff, ErrorCode.FORBIDDEN), (None, ErrorCode.UNAUTHENTICATED)):
        with pytest.raises(RequestError) as refused:
            await one.world.ask(caller, query, {"input": inputs[query]})
        assert refused.value.code is code
    assert await one.events() == log


# -------------------------------------------------------------------------------------------------------- opening hours


async def test_opening_hours_replace_each_other(brand: Make) -> None:
    one = await brand()
    await act(one, HOURS, hours=[{"weekday": 2, "opens": "09:00", "closes": "21:00"}])
    payload = await act(
        one,
        HOURS,
        hours=[
            {"weekday": 3, "opens": "13:30", "closes": "24:00"},
            {"weekday": 3, "opens": "00:00", "closes": "12:05"},
            {"weekday": 1, "opens": "12:05", "closes": "13:30"},
        ],
        closedDays=[{"day": "2027-02-06", "reason": "春节"}, {"day": "2026-12-31"}],
    )
    assert payload["userErrors"] == []
    assert payload["tenant"] == {
        "version": 3,
        "businessHours": [
            {"weekday": 1, "opens": "12:05", "closes": "13:30"},
            {"weekday": 3, "opens": "00:00", "closes": "12:05"},
            {"weekday": 3, "opens": "13:30", "closes": "24:00"},
        ],
        "closedDays": [{"day": "2026-12-31", "reason": None}, {"day": "2027-02-06", "reason": "春节"}],
    }
    assert [type for _, type in (await one.events())[-6:]] == [
        "business_hours.replaced",
        *["business_hours.stated"] * 3,
        *["closed_day.stated"] * 2,
    ]
    roots = (await one.ask("{ businessHours { weekday } closedDays { day } }"))["data"]
    assert roots == {
        "businessHours": [{"weekday": 1}, {"weekday": 3}, {"weekday": 3}],
        "closedDays": [{"day": "2026-12-31"}, {"day": "2027-02-06"}],
    }


async def test_the_calendar_of_services_is_the_same(brand: Make) -> None:
    one = await brand(timezone="Asia/Tokyo")
    await act(
        one,
        HOURS,
        hours=[
            {"weekday": 3, "opens": "09:00", "closes": "12:00"},
            {"weekday": 3, "opens": "13:00", "closes": "18:00"},
        ],
        closedDays=[{"day": "2027-01-01"}],
    )
    async with one.work() as work:
        calendar = await queries.business_calendar(work)
    assert (str(calendar.zone), calendar.hours) == ("Asia/Tokyo", {3: ((540, 720), (780, 1080))})
    assert [str(day) for day in calendar.closed_days] == ["2027-01-01"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"hours": [{"weekday": 8, "opens": "09:00", "closes": "10:00"}]}, "INVALID", ["hours", "0", "weekday"]),
        ({"hours": [{"weekday": 1, "opens": "9:00", "closes": "10:00"}]}, "INVALID", ["hours", "0", "opens"]),
        ({"hours": [{"weekday": 1, "opens": "10:00", "closes": "10:00"}]}, "INVALID", ["hours", "0", "closes"]),
        (
            {
                "hours": [
                    {"weekday": 1, "opens": "09:00", "closes": "12:00"},
                    {"weekday": 2, "opens": "09:00", "closes": "12:00"},
                    {"weekday": 1, "opens": "11:59", "closes": "14:00"},
                ]
            },
            "INVALID",
            ["hours", "2"],
        ),
        ({"hours": [], "closedDays": [{"day": "2027-01-01"}] * 2}, "INVALID", ["closedDays", "1", "day"]),
        ({"hours": [], "expectedVersion": 9}, "CONFLICT", ["expectedVersion"]),
    ],
    ids=str,
)
async def test_refused_hours_leave_the_old_ones(
    brand: Make, given: dict[str, Any], code: str, field: list[str]
) -> None:
    one = await brand()
    await act(one, HOURS, hours=[{"weekday": 5, "opens": "09:00", "closes": "21:00"}])
    log = await one.events()
    payload = await act(one, HOURS, **given)
    assert (refusals(payload), payload["tenant"]) == ([(code, field)], None)
    assert (await one.ask("{ businessHours { weekday opens closes } }"))["data"]["businessHours"] == [
        {"weekday": 5, "opens": "09:00", "closes": "21:00"}
    ]
    assert await one.events() == log


async def test_two_replacements_at_once_never_mix(brand: Make) -> None:
    one = await brand()

    async def replace(weekday: int) -> None:
        day = [{"weekday": weekday, "opens": f"{hour:02}:00", "closes": f"{hour + 1:02}:00"} for hour in range(8)]
        assert (await act(one, HOURS, hours=day))["userErrors"] == []

    await asyncio.gather(*(replace(weekday) for weekday in (1, 2, 3, 4)))
    found = (await one.ask("{ businessHours { weekday } tenant { version } }"))["data"]
    assert len(found["businessHours"]) == 8
    assert len({row["weekday"] for row in found["businessHours"]}) == 1
    assert found["tenant"]["version"] == 5


# ---------------------------------------------------------------------------------------------------- glossary, own words


async def term(brand: Brand | None, world: Any, kind: str, code: str, locale: str) -> dict[str, Any]:
    query = f"{{ glossary(locale: {locale}) {{ kind code label defaultLabel meaning }} }}"
    body = await (world.ask(None, query) if brand is None else brand.ask(query))
    (found,) = [one for one in body["data"]["glossary"] if (one["kind"], one["code"]) == (kind, code)]
    return dict(found)


async def test_the_glossary_is_open_to_everybody(world: Any) -> None:
    found = await term(None, world, "Purpose", "QUOTATION", "ZH")
    assert (found["label"], found["defaultLabel"]) == ("报价与保障条款", "报价与保障条款")


async def test_own_words_are_the_brand_s_alone(brand: Make, world: Any) -> None:
    one, other = await brand(), await brand()
    payload = await act(one, RELABEL, kind="Purpose", code="QUOTATION", labelZh="报价单")
    assert payload["userErrors"] == []
    assert payload["term"]["kind"] == "Purpose"
    assert (await term(one, world, "Purpose", "QUOTATION", "ZH"))["label"] == "报价单"
    assert (await term(one, world, "Purpose", "QUOTATION", "EN"))["label"] == payload["term"]["defaultLabel"]
    assert (await term(other, world, "Purpose", "QUOTATION", "ZH"))["label"] == "报价与保障条款"
    assert (await term(None, world, "Purpose", "QUOTATION", "ZH"))["label"] == "报价与保障条款"


async def test_an_own_word_can_be_taken_back(brand: Make, world: Any) -> None:
    one = await brand()
    for label in ("甲", "乙", None):
        assert (await act(one, RELABEL, kind="Industry", code="RETAIL", labelZh=label))["userErrors"] == []
    assert (await term(one, world, "Industry", "RETAIL", "ZH"))["label"] == "零售"
    assert await one.count("term_labels") == 1


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"kind": "Colour", "code": "RED"}, "NOT_FOUND", ["kind"]),
        ({"kind": "Industry", "code": "retail"}, "NOT_FOUND", ["code"]),
        ({"kind": "Industry", "code": "RETAIL", "labelEn": "x" * 201}, "INVALID", ["labelEn"]),
    ],
    ids=["list", "term", "label"],
)
async def test_what_is_no_term_cannot_be_relabelled(
    brand: Make, given: dict[str, Any], code: str, field: list[str]
) -> None:
    one = await brand()
    log = await one.events()
    assert refusals(await act(one, RELABEL, **given)) == [(code, field)]
    assert (await one.count("term_labels"), await one.events()) == (0, log)
