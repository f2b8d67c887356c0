"""Operations as the outside sees them: what a front end reads, and what acts answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access.permissions import DataScope
from server.errors import RequestError
from server.ids import parse_global_id
from server.operations.channels import qr_svg
from server.terms import Locale
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]
HOME = {"businessType": "HIGH_PRICE_B2C", "industry": "HOME_DECORATION", "name": "Homely"}


async def read(tenant: Brand, query: str, variables: dict[str, Any] | None = None, **more: Any) -> Any:
    body = await tenant.ask(query, variables, **more)
    assert "errors" not in body, body["errors"]
    return body["data"]


async def act(tenant: Brand, name: str, input: dict[str, Any], selection: str) -> Any:
    kind = name[0].upper() + name[1:] + "Input"
    query = (
        f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} userErrors {{ code message field }} }} }}"
    )
    return (await read(tenant, query, {"input": input}))[name]


MODEL = """
{ operatingModel {
    version kind inForce until industry reviewed advisedKind strength decidedBy overrideReason revision
    reasons { code supports } warnings { code severity } assumed
    groups { key } roles { key }
    journey { key position label(locale: ZH) adds metric dueDays owner { __typename key label(locale: EN) } }
    listedStages { position stage { key } owner { key } }
    boundary { purpose mode unit { key } }
    notUsed
    conversions { metric days fromStage { key } toStage { key } }
} }
"""


async def test_the_model_in_force(brand: Make) -> None:
    tenant = await brand(**HOME)
    model = (await read(tenant, MODEL))["operatingModel"]
    assert [model[name] for name in ("version", "kind", "inForce", "until", "industry", "reviewed", "advisedKind")] == [
        1, "PER_ROLE", True, None, "HOME_DECORATION", True, "PER_ROLE"
    ]  # fmt: skip
    assert (model["strength"], model["decidedBy"], model["overrideReason"], model["revision"]) == (
        "STRONG", "HIGH_PRICE_BY_ROLE", None, 1
    )  # fmt: skip
    assert {"code": "HIGH_PRICE_JOURNEY", "supports": "PER_ROLE"} in model["reasons"]
    assert {"code": "CONFLICTING_QUOTES", "severity": "HIGH"} in model["warnings"]
    assert "served_in_person" in model["assumed"]
    assert model["groups"] == []
    assert [role["key"] for role in model["roles"]] == ["new_media", "ad_service", "sales", "designer", "butler"]
    assert model["journey"][1] == {
        "key": "LEAD",
        "position": 2,
        "label": "留资",
        "adds": True,
        "metric": "VISIT_RATE",
        "dueDays": 3,
        "owner": {"__typename": "ServiceRole", "key": "ad_service", "label": "Campaign customer service"},
    }
    assert [stage["key"] for stage in model["journey"]] == [listed["stage"]["key"] for listed in model["listedStages"]]
    assert [stage["owner"]["key"] for stage in model["journey"]] == [
        listed["owner"]["key"] for listed in model["listedStages"]
    ]
    assert {"purpose": "QUOTATION", "mode": "OWNS", "unit": {"key": "sales"}} in model["boundary"]
    assert {"purpose": "ENQUIRY", "mode": "MAY", "unit": {"key": "new_media"}} in model["boundary"]
    assert model["notUsed"] == []
    assert model["conversions"][0] == {
        "metric": "CONVERSION_RATE", "days": 60, "fromStage": {"key": "MEASURED"}, "toStage": {"key": "SIGNED"}
    }  # fmt: skip


async def test_history_shows_what_each_version_listed(brand: Make) -> None:
    tenant = await brand(businessType="HIGH_PRICE_B2C", industry="PET_HOSPITAL")
    done = await act(
        tenant,
        "overrideOperatingModel",
        {"kind": "CENTRAL_OPS_GROUP", "reason": "One adviser."},
        "operatingModel { version kind groups { key } roles { dormant } }",
    )
    assert done["userErrors"] == []
    assert done["operatingModel"]["groups"] == [{"key": "ops_group"}]
    data = await read(
        tenant,
        """{ operatingModels { totalCount nodes { version kind inForce overrideReason
             listedStages { stage { owner { key } } owner { key } } } } }""",
    )
    newest, first = data["operatingModels"]["nodes"]
    assert (newest["version"], newest["kind"], newest["inForce"]) == (2, "CENTRAL_OPS_GROUP", True)
    assert newest["overrideReason"] == "One adviser."
    assert (first["version"], first["kind"], first["inForce"]) == (1, "PER_ROLE", False)
    assert first["listedStages"][0]["stage"]["owner"] == {"key": "ops_group"}
    assert first["listedStages"][0]["owner"] != {"key": "ops_group"}


async def test_roles_with_what_they_answer_for(brand: Make) -> None:
    tenant = await brand(**HOME)
    data = await read(
        tenant,
        """{ opsGroups { key } journey { key } serviceRoles {
          key label headlineMetric also duty clearedFor adds dormant retiredAt
          personas { key name position promise unit { key } }
          boundary { purpose label mode purposeClass } stages { key } placements { totalCount } targets { metric }
        } }""",
        locale=Locale.ZH,
    )
    roles = {role["key"]: role for role in data["serviceRoles"]}
    assert data["opsGroups"] == []
    assert data["journey"][0] == {"key": "FOLLOWED"}
    designer = roles["designer"]
    assert designer == {
        "key": "designer",
        "label": "设计师",
        "headlineMetric": "PLAN_ACCEPTANCE_RATE",
        "also": [],
        "duty": [],
        "clearedFor": [],
        "adds": True,
        "dormant": False,
        "retiredAt": None,
        "personas": [
            {
                "key": "designer",
                "name": "{staff}·设计师",
                "position": "室内设计师",
                "promise": "方案改到您满意",
                "unit": {"key": "designer"},
            }
        ],
        "boundary": [
            {"purpose": "PROFESSIONAL_ASSESSMENT", "label": "专业评估", "mode": "OWNS", "purposeClass": "SERVICE"},
            {"purpose": "SOLUTION", "label": "方案", "mode": "OWNS", "purposeClass": "SERVICE"},
        ],
        "stages": [{"key": "DESIGNED"}],
        "placements": {"totalCount": 0},
        "targets": [],
    }
    assert [line["mode"] for line in roles["new_media"]["boundary"]] == ["OWNS", "OWNS", "MAY"]
    assert roles["new_media"]["personas"][0]["name"] == "Homely装修日记"
    assert [stage["key"] for stage in roles["butler"]["stages"]] == ["SIGNED", "IN_CONSTRUCTION", "WARRANTY"]


async def test_stores_staff_and_placements(brand: Make) -> None:
    tenant = await brand(**HOME)
    region = await act(tenant, "defineStore", {"key": "east", "name": "华东", "kind": "REGION"}, "store { id }")
    store = await act(
        tenant,
        "defineStore",
        {
            "key": "jingan",
            "name": "静安店",
            "parentId": region["store"]["id"],
            "timezone": "Asia/Shanghai",
            "externalRefs": [{"system": "erp", "id": "S-1"}],
        },
        "store { id kind parent { key } timezone externalRefs { system id } }",
    )
    assert store["store"]["parent"] == {"key": "east"}
    assert store["store"]["externalRefs"] == [{"system": "erp", "id": "S-1"}]
    staff = await act(tenant, "inviteStaff", {"name": "李雷"}, "staffMember { id }")
    roles = {role["key"]: role["id"] for role in (await read(tenant, "{ serviceRoles { id key } }"))["serviceRoles"]}
    placed = {"staffId": staff["staffMember"]["id"], "roleId": roles["designer"], "storeId": "ref:erp:S-1"}
    selection = "placement { id role { key } group { key } store { key } staff { name } until }"
    first = await act(tenant, "assignServiceRole", placed, selection)
    assert first["placement"] == {
        "id": first["placement"]["id"],
        "role": {"key": "designer"},
        "group": None,
        "store": {"key": "jingan"},
        "staff": {"name": "李雷"},
        "until": None,
    }
    events = await tenant.events()
    assert await act(tenant, "assignServiceRole", placed, selection) == first
    assert await tenant.events() == events
    listed = await read(
        tenant,
        """query($east: ID!) {
          stores(filter: {below: {eq: $east}}) { nodes { key placements { totalCount } children { nodes { key } } } }
          roots: stores(filter: {parent: {isNull: true}}) { nodes { key } }
          store(id: $east) { key kind }
        }""",
        {"east": region["store"]["id"]},
    )
    assert listed["stores"]["nodes"] == [
        {"key": "east", "placements": {"totalCount": 0}, "children": {"nodes": [{"key": "jingan"}]}},
        {"key": "jingan", "placements": {"totalCount": 1}, "children": {"nodes": []}},
    ]
    assert listed["roots"]["nodes"] == [{"key": "east"}]
    assert listed["store"] == {"key": "east", "kind": "REGION"}
    held = await act(tenant, "closeStore", {"storeId": store["store"]["id"]}, "store { id }")
    assert held == {
        "store": None,
        "userErrors": [
            {"code": "NOT_ALLOWED", "message": "jingan cannot close: placed there: 李雷.", "field": ["storeId"]}
        ],
    }
    ended = await act(tenant, "endPlacement", {"placementId": first["placement"]["id"]}, "placement { until }")
    assert ended["placement"]["until"] is not None
    closed = await act(tenant, "closeStore", {"storeId": store["store"]["id"]}, "store { closedAt }")
    assert closed["store"]["closedAt"] is not None


async def test_leaving_the_parent_out_is_not_moving_to_the_root(brand: Make) -> None:
    tenant = await brand()
    region = await act(tenant, "defineStore", {"key": "east", "name": "East"}, "store { id }")
    below = {"key": "jingan", "name": "Jing'an", "parentId": region["store"]["id"], "address": "Nanjing Rd"}
    await act(tenant, "defineStore", below, "store { id }")
    selection = "store { name address parent { key } version }"
    renamed = await act(tenant, "defineStore", {"key": "jingan", "name": "Jing'an 2"}, selection)
    assert renamed["store"] == {
        "name": "Jing'an 2", "address": "Nanjing Rd", "parent": {"key": "east"}, "version": 2
    }  # fmt: skip
    moved = await act(tenant, "defineStore", {"key": "jingan", "parentId": None, "address": None}, selection)
    assert moved["store"] == {"name": "Jing'an 2", "address": None, "parent": None, "version": 3}
    invalid = await act(tenant, "defineStore", {"key": "1st", "name": "First", "timezone": "Mars"}, selection)
    assert [(error["code"], error["field"]) for error in invalid["userErrors"]] == [
        ("INVALID", ["key"]), ("INVALID", ["timezone"])
    ]  # fmt: skip


async def test_channels_with_their_picture(brand: Make) -> None:
    tenant = await brand(**HOME)
    made = await act(
        tenant,
        "createChannel",
        {"name": "Showroom", "kind": "STORE_MATERIAL", "campaign": "Spring", "autoTags": ["showroom"]},
        "channel { id code qrSvg kind campaign autoTags welcome store { key } role { key } group { key } retiredAt }",
    )
    channel = made["channel"]
    assert channel["qrSvg"] == qr_svg(channel["code"])
    assert len(channel["code"]) == 16
    assert channel["code"].isascii()
    assert (channel["campaign"], channel["autoTags"], channel["role"]) == ("Spring", ["showroom"], None)
    data = await read(
        tenant,
        """query($code: String!, $id: ID!) {
          channels(filter: {code: {eq: $code}}) { totalCount nodes { name } } channel(id: $id) { name qrSvg }
          all: channels { nodes { kind role { key } } }
        }""",
        {"code": channel["code"], "id": channel["id"]},
    )
    assert data["channels"] == {"totalCount": 1, "nodes": [{"name": "Showroom"}]}
    assert data["channel"] == {"name": "Showroom", "qrSvg": channel["qrSvg"]}
    assert data["all"]["nodes"] == [
        {"kind": "STORE_MATERIAL", "role": None},
        {"kind": "AD_CAMPAIGN", "role": {"key": "new_media"}},
    ]
    retired = await act(tenant, "retireChannel", {"channelId": channel["id"]}, "channel { retiredAt version }")
    assert retired["channel"]["version"] == 2
    again = await act(tenant, "retireChannel", {"channelId": channel["id"]}, "channel { id }")
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [("NOT_ALLOWED", ["channelId"])]


async def test_the_design_is_drawn_through_the_api(brand: Make) -> None:
    tenant = await brand(**HOME)
    role = await act(
        tenant,
        "defineServiceRole",
        {"key": "inspector", "labelZh": "验收员", "headlineMetric": "ON_TIME_RATE", "clearedFor": ["MEASUREMENT"]},
        "serviceRole { id key clearedFor stages { key } }",
    )
    assert role["serviceRole"]["clearedFor"] == ["MEASUREMENT"]
    persona = await act(
        tenant,
        "definePersona",
        {
            "key": "inspector",
            "roleId": role["serviceRole"]["id"],
            "nameZh": "{staff}·验收",
            "positionZh": "验收员",
            "promiseZh": "一项不漏",
        },
        "persona { key name(locale: EN) unit { key } }",
    )
    assert persona["persona"] == {"key": "inspector", "name": "{staff}·验收", "unit": {"key": "inspector"}}
    keys = ["FOLLOWED", "LEAD", "MEASURED", "DESIGNED", "QUOTED", "SIGNED", "IN_CONSTRUCTION", "WARRANTY"]
    stages: list[dict[str, Any]] = [{"key": key} for key in keys]
    new = {"key": "INSPECTED", "labelZh": "验收", "ownerKey": "inspector", "metric": "ON_TIME_RATE", "adds": True}
    journey = await act(
        tenant,
        "defineJourney",
        {"stages": [*stages[:-1], new, {"key": "WARRANTY", "dueDays": 365}], "expectedRevision": 3},
        "journey { key dueDays owner { key adds } }",
    )
    # The role was the first edit; a persona belongs to no version.
    assert journey["userErrors"] == [
        {"code": "CONFLICT", "message": "Changed meanwhile: the current version is 2.", "field": ["expectedRevision"]}
    ]
    journey = await act(
        tenant,
        "defineJourney",
        {"stages": [*stages[:-1], new, {"key": "WARRANTY", "dueDays": 365}], "expectedRevision": 2},
        "journey { key dueDays owner { key adds } }",
    )
    assert journey["journey"][-2:] == [
        {"key": "INSPECTED", "dueDays": None, "owner": {"key": "inspector", "adds": True}},
        {"key": "WARRANTY", "dueDays": 365, "owner": {"key": "butler", "adds": True}},
    ]
    target = await act(
        tenant,
        "setTarget",
        {"metric": "ON_TIME_RATE", "roleId": role["serviceRole"]["id"], "basisPoints": 9800},
        "metricTarget { metric basisPoints until unit { key } store { key } }",
    )
    assert target["metricTarget"] == {
        "metric": "ON_TIME_RATE", "basisPoints": 9800, "until": None, "unit": {"key": "inspector"}, "store": None
    }  # fmt: skip
    data = await read(tenant, "{ metricTargets(filter: {until: {isNull: true}}) { nodes { basisPoints } } }")
    assert data["metricTargets"]["nodes"] == [{"basisPoints": 9800}]
    faulty = await act(
        tenant,
        "defineJourney",
        {"stages": stages, "boundaries": [{"key": "designer", "owns": ["SOLUTION", "WOW"]}]},
        "journey { key }",
    )
    assert faulty["journey"] == []
    assert [(error["code"], error["message"]) for error in faulty["userErrors"]] == [
        ("REQUIRED", "Nobody would own the purpose PROFESSIONAL_ASSESSMENT. Name its owner, or declare it not used."),
        ("ALREADY_EXISTS", "The purpose WOW would have several owners: butler, designer."),
    ]


async def test_a_group_is_defined_and_staffed(brand: Make) -> None:
    tenant = await brand(businessType="LOW_PRICE_B2C", industry="RETAIL")
    (group,) = (await read(tenant, "{ opsGroups { id key dormant personas { name(locale: ZH) } } }"))["opsGroups"]
    assert (group["key"], group["dormant"]) == ("ops_group", False)
    staff = await act(tenant, "inviteStaff", {"name": "小美"}, "staffMember { id }")
    placed = await act(
        tenant,
        "assignServiceRole",
        {"staffId": staff["staffMember"]["id"], "groupId": group["id"]},
        "placement { group { key placements { nodes { staff { name } } } } }",
    )
    assert placed["placement"]["group"] == {
        "key": "ops_group", "placements": {"nodes": [{"staff": {"name": "小美"}}]}
    }  # fmt: skip
    wrong = await act(
        tenant, "assignServiceRole", {"staffId": staff["staffMember"]["id"], "roleId": group["id"]}, "placement { id }"
    )
    assert [(error["code"], error["field"]) for error in wrong["userErrors"]] == [("NOT_FOUND", ["roleId"])]
    second = await act(
        tenant,
        "defineOpsGroup",
        {"key": "night_shift", "labelZh": "夜班小组", "headlineMetric": "FIRST_RESPONSE_RATE"},
        "opsGroup { key label(locale: EN) adds }",
    )
    assert second["opsGroup"] == {"key": "night_shift", "label": "夜班小组", "adds": False}


ACTS = [
    ("defineStore", {"key": "x", "name": "X"}),
    ("closeStore", {"storeId": "x"}),
    ("assignServiceRole", {"staffId": "x"}),
    ("endPlacement", {"placementId": "x"}),
    ("defineOpsGroup", {"key": "x"}),
    ("defineServiceRole", {"key": "x"}),
    ("definePersona", {"key": "x"}),
    ("defineJourney", {"stages": []}),
    ("setTarget", {"metric": "SATISFACTION", "basisPoints": 1}),
    ("createChannel", {"name": "X", "kind": "OTHER"}),
    ("retireChannel", {"channelId": "x"}),
]


@pytest.mark.parametrize(("name", "input"), ACTS, ids=[name for name, _ in ACTS])
async def test_staff_read_the_design_but_do_not_draw_it(brand: Make, name: str, input: dict[str, Any]) -> None:
    tenant = await brand()
    invited = await act(tenant, "inviteStaff", {"name": "Li"}, "staffMember { id }")
    parsed = parse_global_id(invited["staffMember"]["id"])
    assert parsed is not None
    staff = tenant.as_staff(parsed[1], DataScope.OWN_CUSTOMERS)
    body = await tenant.world.ask(staff, "{ journey { key } operatingModel { version } stores { totalCount } }")
    assert "errors" not in body
    before = await tenant.events()
    kind = name[0].upper() + name[1:] + "Input"
    query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
    for caller, code in ((staff, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
        with pytest.raises(RequestError) as refused:
            await tenant.world.ask(caller, query, {"input": input})
        assert [error["extensions"]["code"] for error in refused.value.errors] == [code]  # type: ignore[index]  # a dict of JSON
    assert await tenant.events() == before


async def test_nobody_reads_or_names_another_brands(brand: Make) -> None:
    one, other = await brand(), await brand()
    store = await act(one, "defineStore", {"key": "jingan", "name": "Jing'an"}, "store { id }")
    (channel, *_) = (await read(one, "{ channels { nodes { id } } }"))["channels"]["nodes"]
    query = "query($store: ID!, $channel: ID!) { store(id: $store) { key } channel(id: $channel) { code } }"
    ids = {"store": store["store"]["id"], "channel": channel["id"]}
    assert await read(other, query, ids) == {"store": None, "channel": None}
    assert (await read(one, query, ids))["store"] == {"key": "jingan"}
    for name, input in (
        ("closeStore", {"storeId": ids["store"]}),
        ("retireChannel", {"channelId": ids["channel"]}),
        ("defineStore", {"key": "below", "name": "Below", "parentId": ids["store"]}),
    ):
        refused = await act(other, name, input, "cursor")
        assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
        assert refused["cursor"] is None
