"""A brand joins: everything at once, or nothing at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.access.permissions import Permission
from server.config import Onboarding, Settings
from server.errors import DomainError
from server.lifecycles.onboarding import FirstStore, check_invitation, parents_first
from server.schema.gateway import Gateway
from server.schema.services import Services
from tests.factories.brands import World, onboard

ONBOARD = """
mutation($input: OnboardTenantInput!) {
  onboardTenant(input: $input) {
    userErrors { __typename code field message }
    cursor apiKey
    tenant { id name slug businessType industry currency timezone locale status version
             profile { averageOrderValue { amount currency } servedInPerson storeCount } }
    owner { name email dataScope leftAt }
    operatingModel { kind version advisedKind overrideReason reasons { code } warnings { code } }
    stores { key name kind parent { key } }
    channel { kind }
  }
}
"""


def input_of(slug: str, **given: Any) -> dict[str, Any]:
    return {
        "name": "Happy Paws",
        "slug": slug,
        "businessType": "HIGH_PRICE_B2C",
        "industry": "PET_HOSPITAL",
        "owner": {"name": "Lin Yue", "email": "Lin@HappyPaws.example"},
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "locale": "ZH",
        **given,
    }


async def join(world: World, slug: str, **given: Any) -> dict[str, Any]:
    body = await world.ask(None, ONBOARD, {"input": input_of(slug, **given)})
    assert "errors" not in body, body
    payload: dict[str, Any] = body["data"]["onboardTenant"]
    return payload


# ----------------------------------------------------------------------------------------------------- what it makes


async def test_one_call_gives_a_brand_everything_it_starts_with(world: World) -> None:
    payload = await join(
        world,
        "happy-paws",
        profile={"averageOrderValue": {"amount": "480.00"}, "storeCount": 2},
        stores=[
            {"key": "pudong", "name": "浦东", "parentKey": "east"},
            {"key": "east", "name": "华东", "kind": "REGION"},
        ],
    )
    assert payload["userErrors"] == []
    assert payload["tenant"] | {"id": None} == {
        "id": None,
        "name": "Happy Paws",
        "slug": "happy-paws",
        "businessType": "HIGH_PRICE_B2C",
        "industry": "PET_HOSPITAL",
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "locale": "ZH",
        "status": "ACTIVE",
        "version": 1,
        "profile": {
            "averageOrderValue": {"amount": "480.00", "currency": "CNY"},
            "servedInPerson": None,
            "storeCount": 2,
        },
    }
    assert payload["owner"] == {
        "name": "Lin Yue",
        "email": "lin@happypaws.example",
        "dataScope": "ALL",
        "leftAt": None,
    }
    model = payload["operatingModel"]
    assert (model["kind"], model["version"], model["overrideReason"]) == ("PER_ROLE", 1, None)
    assert {"code": "IN_PERSON_TRUST"} in model["reasons"]
    assert payload["stores"] == [
        {"key": "pudong", "name": "浦东", "kind": "STORE", "parent": {"key": "east"}},
        {"key": "east", "name": "华东", "kind": "REGION", "parent": None},
    ]
    assert payload["channel"] == {"kind": "FRONT_DESK"}
    assert payload["cursor"] is not None


async def test_the_key_is_the_owner_s_and_may_do_everything(world: World) -> None:
    payload = await join(world, "key-opens")
    body = await world.ask(payload["apiKey"], "{ viewer { kind dataScope permissions tenant { id } staff { id } } }")
    viewer = body["data"]["viewer"]
    assert (viewer["kind"], viewer["dataScope"], viewer["staff"]) == ("OWNER", "ALL", None)
    assert viewer["tenant"] == {"id": payload["tenant"]["id"]}
    assert len(viewer["permissions"]) == len(set(viewer["permissions"])) == len(Permission)


async def test_the_log_starts_with_the_onboarding_and_says_who_did_it(world: World) -> None:
    brand = await onboard(world)
    events = await brand.events()
    assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
    assert events[0] == (1, "tenant.onboarded")
    assert [type for _, type in events].count("api_key.created") == 1
    async with brand.work() as work:
        actors = await work.raw.fetch("SELECT DISTINCT actor_kind, actor_id FROM events")
    assert [tuple(row) for row in actors] == [("OWNER", brand.owner.key_id)]


async def test_against_the_advice_with_a_reason_the_warnings_are_kept(world: World) -> None:
    reason = "先集中运营一年"
    payload = await join(world, "central-by-choice", operatingModel={"kind": "CENTRAL_OPS_GROUP", "reason": reason})
    model = payload["operatingModel"]
    assert (model["kind"], model["advisedKind"], model["overrideReason"]) == ("CENTRAL_OPS_GROUP", "PER_ROLE", reason)
    codes = {warning["code"] for warning in model["warnings"]}
    assert {"OVERRIDE_AGAINST_ADVICE", "IN_PERSON_UNDER_CENTRAL"} <= codes


@pytest.mark.parametrize("industry", ["FMCG", "RETAIL", "HOME_DECORATION", "MANUFACTURING", "OTHER"])
@pytest.mark.parametrize("kind", ["CENTRAL_OPS_GROUP", "PER_ROLE"])
async def test_every_trade_can_start_under_either_model(world: World, industry: str, kind: str) -> None:
    payload = await join(
        world,
        f"either-{industry.lower().replace('_', '-')}-{kind.lower().replace('_', '-')}",
        industry=industry,
        operatingModel={"kind": kind, "reason": "ours"},
    )
    assert payload["userErrors"] == []
    assert payload["operatingModel"]["kind"] == kind


# ------------------------------------------------------------------------------------------------------- refusals


REFUSALS: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"slug": "Happy"}, "INVALID", ["slug"]),
    ({"slug": "a"}, "INVALID", ["slug"]),
    ({"slug": "-ab-"}, "INVALID", ["slug"]),
    ({"slug": "x" * 64}, "INVALID", ["slug"]),
    ({"name": "x" * 10_000}, "INVALID", ["name"]),
    ({"name": " "}, "INVALID", ["name"]),
    ({"currency": "RMB"}, "INVALID", ["currency"]),
    ({"timezone": "Mars/Olympus"}, "INVALID", ["timezone"]),
    ({"owner": {"name": "Lin", "email": "nobody"}}, "INVALID", ["owner", "email"]),
    ({"owner": {"name": "x" * 10_000, "email": "lin@a.example"}}, "INVALID", ["owner", "name"]),
    ({"profile": {"decisionDays": -1}}, "INVALID", ["profile", "decisionDays"]),
    ({"profile": {"customerFacingRoles": 51}}, "INVALID", ["profile", "customerFacingRoles"]),
    ({"profile": {"averageOrderValue": {"amount": "-1.00"}}}, "INVALID", ["profile", "averageOrderValue"]),
    ({"profile": {"averageOrderValue": {"amount": "1.001"}}}, "INVALID", ["profile", "averageOrderValue"]),
    (
        {"profile": {"averageOrderValue": {"amount": "1", "currency": "USD"}}},
        "INVALID",
        ["profile", "averageOrderValue", "currency"],
    ),
    ({"profile": {"businessType": "B2B"}}, "INVALID", ["profile", "businessType"]),
    ({"profile": {"industry": "DENTAL"}}, "INVALID", ["profile", "industry"]),
    (
        {"stores": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]},
        "ALREADY_EXISTS",
        ["stores", "1", "key"],
    ),
    ({"stores": [{"key": "a", "name": "A", "parentKey": "b"}]}, "NOT_FOUND", ["stores", "0", "parentKey"]),
    ({"stores": [{"key": "a b", "name": "A"}]}, "INVALID", ["stores", "0", "key"]),
    ({"operatingModel": {"kind": "CENTRAL_OPS_GROUP"}}, "REQUIRED", ["operatingModel", "reason"]),
    ({"operatingModel": {"kind": "CENTRAL_OPS_GROUP", "reason": " "}}, "INVALID", ["operatingModel", "reason"]),
]


@pytest.mark.parametrize(("given", "code", "field"), REFUSALS, ids=lambda value: str(value)[:40])
async def test_a_refusal_names_its_field_and_leaves_nothing(
    world: World, given: dict[str, Any], code: str, field: list[str]
) -> None:
    slug = "refused-and-free"
    payload = await join(world, **{"slug": slug, **given})
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, field)]
    assert [payload[name] for name in ("tenant", "owner", "operatingModel", "apiKey", "cursor")] == [None] * 5
    assert payload["stores"] == []
    assert await slug_is_free(world, slug)


async def slug_is_free(world: World, slug: str) -> bool:
    async with world.gateway.services.database.acts.acquire() as connection:
        return await connection.fetchval("SELECT platform.tenant_by_slug($1)", slug) is None


async def test_several_faults_are_told_together(world: World) -> None:
    payload = await join(world, "Bad Slug", timezone="Nowhere", currency="RMB")
    assert {tuple(error["field"]) for error in payload["userErrors"]} == {("slug",), ("timezone",), ("currency",)}


async def test_a_slug_belongs_to_one_brand(world: World) -> None:
    assert (await join(world, "only-one"))["userErrors"] == []
    again = await join(world, "only-one")
    assert [(error["code"], error["field"], error["message"]) for error in again["userErrors"]] == [
        ("ALREADY_EXISTS", ["slug"], "Another brand has this slug.")
    ]
    assert again["tenant"] is None


async def test_of_concurrent_brands_with_one_slug_exactly_one_joins(world: World) -> None:
    payloads = await asyncio.gather(*(join(world, "contested") for _ in range(6)))
    joined = [payload for payload in payloads if not payload["userErrors"]]
    assert len(joined) == 1
    refused = [payload["userErrors"][0]["code"] for payload in payloads if payload["userErrors"]]
    assert refused == ["ALREADY_EXISTS"] * 5


# ---------------------------------------------------------------------------------------------------- who may join


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        (Settings(onboarding=Onboarding.CLOSED), None, "This installation takes no new brands."),
        (
            Settings(onboarding=Onboarding.CLOSED, invitation_code="sesame"),
            "sesame",
            "This installation takes no new brands.",
        ),
        (
            Settings(onboarding=Onboarding.INVITATION, invitation_code="sesame"),
            None,
            "A valid invitation code is needed.",
        ),
        (
            Settings(onboarding=Onboarding.INVITATION, invitation_code="sesame"),
            "Sesame",
            "A valid invitation code is needed.",
        ),
        (
            Settings(onboarding=Onboarding.INVITATION, invitation_code="芝麻"),
            "芝",
            "A valid invitation code is needed.",
        ),
        (Settings(onboarding=Onboarding.INVITATION), "", "A valid invitation code is needed."),
        (Settings(onboarding=Onboarding.INVITATION), None, "A valid invitation code is needed."),
    ],
)
def test_who_is_not_let_in(settings: Settings, code: str | None, message: str) -> None:
    with pytest.raises(DomainError, match=message) as refused:
        check_invitation(settings, code)
    assert refused.value.code == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (Settings(onboarding=Onboarding.OPEN), None),
        (Settings(onboarding=Onboarding.INVITATION, invitation_code="sesame"), "sesame"),
        (Settings(onboarding=Onboarding.INVITATION, invitation_code="芝麻"), "芝麻"),
    ],
)
def test_who_is_let_in(settings: Settings, code: str | None) -> None:
    check_invitation(settings, code)


async def test_by_invitation_the_code_is_asked_for(world: World) -> None:
    by_invitation = World(gateway_with(world, onboarding=Onboarding.INVITATION, invitation_code="sesame"))
    refused = await join(by_invitation, "invited", invitationCode="open")
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("NOT_ALLOWED", ["invitationCode"])]
    assert await slug_is_free(world, "invited")
    assert (await join(by_invitation, "invited", invitationCode="sesame"))["userErrors"] == []


async def test_a_closed_installation_takes_nobody(world: World) -> None:
    closed = World(gateway_with(world, onboarding=Onboarding.CLOSED))
    refused = await join(closed, "closed-door")
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("NOT_ALLOWED", None)]
    assert await slug_is_free(world, "closed-door")


def gateway_with(world: World, **settings: Any) -> Gateway:
    known = world.gateway.services
    return Gateway(
        world.gateway.operations,
        Services(
            settings=Settings(**settings),
            database=known.database,
            events=known.events,
            tailer=known.tailer,
            epoch=known.epoch,
        ),
    )


# ---------------------------------------------------------------------------------------------- the order of the stores


def named(*pairs: tuple[str, str | None]) -> list[FirstStore]:
    return [FirstStore(key=key, name=key, parent_key=parent) for key, parent in pairs]


def test_parents_come_before_what_lies_below_them() -> None:
    ordered = parents_first(named(("c", "b"), ("b", "a"), ("a", None), ("d", None)))
    assert [store.key for store in ordered] == ["a", "d", "b", "c"]


@pytest.mark.parametrize(
    ("stores", "at"),
    [
        (named(("a", "a")), ("stores", "0", "parent_key")),
        (named(("x", None), ("a", "b"), ("b", "a")), ("stores", "1", "parent_key")),
        (named(("a", None), ("b", "nobody")), ("stores", "1", "parent_key")),
    ],
)
def test_a_circle_of_stores_is_refused(stores: list[FirstStore], at: tuple[str, ...]) -> None:
    with pytest.raises(DomainError) as refused:
        parents_first(stores)
    assert (refused.value.code, refused.value.field) == ("NOT_FOUND", at)
