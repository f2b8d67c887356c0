"""The advice and the templates as anybody can ask for them, before onboarding too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.errors import RequestError
from server.terms import Locale
from tests.factories.brands import Brand, World

ADVISE = """
query($profile: BusinessProfileInput!) {
  adviseOperatingModel(profile: $profile) {
    model strength decidedBy assumed missing
    reasons { code message supports input figures { name value currency } }
    warnings { code severity message figures { name value currency } }
    preview { kind reviewed groups { key } roles { key adds } journey { key owner adds metric } }
  }
}
"""
TEMPLATE = """
query($industry: Industry!, $kind: OperatingModelKind!) {
  operatingModelTemplate(industry: $industry, kind: $kind) {
    industry kind reviewed defaultChannel defaultSubject notUsed
    warnings { code message }
    groups { key label(locale: ZH) persona position promise metric also owns may duty clearedFor adds dormant }
    roles { key label persona(locale: EN) owns dormant }
    journey { key label(locale: ZH) owner metric adds dueDays }
    conversions { metric fromStage toStage days }
  }
}
"""


async def advise(world: World, locale: Locale = Locale.EN, **profile: Any) -> dict[str, Any]:
    body = await world.ask(None, ADVISE, {"profile": profile}, locale=locale)
    assert "errors" not in body, body
    return dict(body["data"]["adviseOperatingModel"])


async def test_the_pet_hospital_that_calls_itself_cheap(world: World) -> None:
    advice = await advise(world, businessType="LOW_PRICE_B2C", industry="PET_HOSPITAL")
    assert (advice["model"], advice["strength"], advice["decidedBy"]) == ("PER_ROLE", "STRONG", "CASE_HISTORY_BY_ROLE")
    assert {warning["code"] for warning in advice["warnings"]} == {
        "SIGNALS_CONTRADICT_LABEL",
        "DUPLICATE_FRIENDS",
        "ASSUMED_SIGNALS",
        "SENSITIVE_DATA",
    }
    assert "served_in_person" in advice["assumed"]
    assert advice["preview"]["groups"] == []
    assert {"key": "front_desk", "adds": True} in advice["preview"]["roles"]
    assert advice["preview"]["journey"][0]["owner"] == "front_desk"


async def test_a_reason_shows_its_figures(world: World) -> None:
    facts = {"averageOrderValue": {"amount": "4800.00", "currency": "CNY"}, "customerFacingRoles": 5}
    for locale, words in ((Locale.EN, "4,800.00 CNY"), (Locale.ZH, "客单价高，值得一对一")):
        advice = await advise(world, locale, businessType="HIGH_PRICE_B2C", industry="HOME_DECORATION", **facts)
        (reason,) = [one for one in advice["reasons"] if one["code"] == "LARGE_ORDER"]
        assert words in reason.pop("message")
        assert reason == {
            "code": "LARGE_ORDER",
            "supports": "PER_ROLE",
            "input": "average_order_value",
            "figures": [
                {"name": "average_order_value", "value": "4800.00", "currency": "CNY"},
                {"name": "large_order", "value": "3000.00", "currency": "CNY"},
            ],
        }


async def test_a_brand_need_not_say_again_what_it_is(brand: Callable[..., Awaitable[Brand]]) -> None:
    one = await brand(businessType="B2B", industry="MANUFACTURING")
    body = await one.ask(ADVISE, {"profile": {}})
    assert body["data"]["adviseOperatingModel"]["decidedBy"] == "B2B_BY_ROLE"


@pytest.mark.parametrize(
    ("profile", "fields"),
    [
        ({"industry": "FMCG"}, [["profile", "businessType"]]),
        ({"businessType": "B2B"}, [["profile", "industry"]]),
        (
            {"businessType": "B2B", "industry": "FMCG", "decisionDays": 3651, "storeCount": -1},
            [["profile", "decisionDays"], ["profile", "storeCount"]],
        ),
        (
            {"businessType": "B2B", "industry": "FMCG", "averageOrderValue": {"amount": "1.5", "currency": "JPY"}},
            [["profile", "averageOrderValue"]],
        ),
    ],
    ids=["type", "trade", "numbers", "decimals"],
)
async def test_what_cannot_be_meant_names_its_fields(
    world: World, profile: dict[str, Any], fields: list[list[str]]
) -> None:
    with pytest.raises(RequestError) as refused:
        await world.ask(None, ADVISE, {"profile": profile})
    assert refused.value.code == "BAD_USER_INPUT"
    extensions: list[Any] = [error["extensions"] for error in refused.value.errors]
    assert extensions == [{"code": "BAD_USER_INPUT", "argument": "profile", "field": field} for field in fields]


async def test_a_reviewed_template(world: World) -> None:
    body = await world.ask(None, TEMPLATE, {"industry": "RETAIL", "kind": "CENTRAL_OPS_GROUP"})
    template = body["data"]["operatingModelTemplate"]
    assert (template["reviewed"], template["warnings"], template["defaultChannel"], template["defaultSubject"]) == (
        True,
        [],
        "STORE_MATERIAL",
        "PERSON",
    )
    (group,) = template["groups"]
    assert (group["key"], group["label"], group["metric"], group["adds"]) == (
        "ops_group",
        "在线运营小组",
        "REPURCHASE_RATE",
        True,
    )
    (desk,) = [role for role in template["roles"] if role["key"] == "service_desk"]
    assert desk == {
        "key": "service_desk",
        "label": "Service desk",
        "persona": "Service Desk",
        "owns": ["COMPLAINT", "AFTER_SALES"],
        "dormant": False,
    }
    assert template["journey"][0] == {
        "key": "ADDED",
        "label": "已加好友",
        "owner": "ops_group",
        "metric": "GROUP_JOIN_RATE",
        "adds": True,
        "dueDays": 7,
    }
    assert {"metric": "VISIT_RATE", "fromStage": "IN_GROUP", "toStage": "VISITED", "days": 30} in template[
        "conversions"
    ]


async def test_a_template_nobody_reviewed_says_so(world: World) -> None:
    body = await world.ask(None, TEMPLATE, {"industry": "RETAIL", "kind": "PER_ROLE"})
    template = body["data"]["operatingModelTemplate"]
    assert template["reviewed"] is False
    assert template["warnings"] == [
        {
            "code": "NO_REVIEWED_ROLES",
            "message": "This industry has no reviewed per-role template: please define your own roles.",
        }
    ]
