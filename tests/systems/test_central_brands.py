"""Systems 1 to 4: one online ops group takes every friend."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from examples import s01_dr_yu, s02_mcdonalds, s03_oatly, s04_sporting_brands
from examples.client import nodes
from server.config import DATABASE
from server.db.database import Database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import WORKER
from server.worker import STEPS, run_due, take_step
from tests.factories.brands import World
from tests.systems.conftest import Play


async def test_dr_yu_is_served_by_one_group_behind_one_persona(play: Play) -> None:
    model = (await play(s01_dr_yu))["overview"]["operatingModel"]
    assert (model["kind"], model["decidedBy"], model["strength"]) == (
        "CENTRAL_OPS_GROUP",
        "LOW_PRICE_CENTRAL",
        "STRONG",
    )
    assert [reason["code"] for reason in model["reasons"]] == [
        "LOW_PRICE_VOLUME",
        "NO_PERSONAL_SERVICE",
        "DIRECT_FEEDBACK",
    ]
    assert model["warnings"] == []
    [group] = model["groups"]
    assert group["personas"] == [{"name": "小泽", "position": "皮肤屏障顾问", "promise": "敏感肌的问题随时问，不打扰"}]
    assert {line["mode"] for line in group["boundary"]} == {"OWNS"}
    assert len(group["boundary"]) == 16
    [maker] = model["roles"]
    assert (maker["key"], maker["duty"], maker["adds"]) == ("product_manager", ["PRODUCT_REQUEST", "SUGGESTION"], False)
    assert [(stage["key"], stage["adds"], stage["owner"]["key"]) for stage in model["journey"]] == [
        ("ADDED", True, "ops_group"),
        ("IN_GROUP", False, "ops_group"),
        ("FIRST_ORDER", False, "ops_group"),
        ("REPEAT", False, "ops_group"),
        ("ADVOCATE", False, "ops_group"),
    ]


async def test_dr_yus_parcel_card_spreads_twelve_friends_over_four_colleagues(play: Play) -> None:
    shown = await play(s01_dr_yu)
    assert shown["friends"] == {"苏敏": 3, "李倩": 3, "周婷": 3, "王可欣": 3}
    assert shown["overview"]["customers"]["totalCount"] == 12


async def test_dr_yus_customer_who_scans_again_is_the_same_with_the_same_friend(play: Play) -> None:
    shown = await play(s01_dr_yu)
    again, [friend] = shown["again"], nodes(shown["screen"]["relationships"])
    assert again["created"] is False
    assert again["case"] is None
    assert (again["customer"]["name"], again["relationship"]["staff"]["name"]) == ("林晓", friend["staff"]["name"])


async def test_dr_yus_customer_went_through_the_group_chat_to_the_order(play: Play) -> None:
    screen = (await play(s01_dr_yu))["screen"]
    assert screen["tags"] == ["包裹卡", "干敏肌"]
    assert screen["stage"] == {"key": "FIRST_ORDER", "label": "首单"}
    [friend] = nodes(screen["relationships"])
    assert (friend["personaName"], friend["standing"]) == ("小泽", "LEGITIMATE")
    assert friend["channel"] == {"name": "保湿霜包裹卡", "kind": "PARCEL_CARD"}
    [case] = nodes(screen["cases"])
    assert [move["toStage"]["key"] for move in nodes(case["stageHistory"])] == ["FIRST_ORDER", "IN_GROUP", "ADDED"]
    assert [(one["purpose"], one["medium"], one["outcome"]) for one in nodes(screen["touchpoints"])] == [
        ("ORDER_STATUS", "MINI_PROGRAM", "OPENED"),
        ("USAGE_GUIDANCE", "WECOM_CHAT", "REPLIED"),
        ("ENQUIRY", "WECOM_CHAT", "PENDING"),
        ("CONTENT", "WECOM_GROUP_CHAT", "CLICKED"),
        ("WELCOME", "WECOM_CHAT", "DELIVERED"),
    ]
    assert screen["trust"] == {"balance": 100, "ceiling": 1000}
    overview = (await play(s01_dr_yu))["overview"]
    stages = [customer["stage"]["key"] for customer in nodes(overview["customers"])]
    assert {stage: stages.count(stage) for stage in sorted(set(stages))} == {
        "ADDED": 3,
        "FIRST_ORDER": 4,
        "IN_GROUP": 5,
    }
    assert overview["inGroup"]["totalCount"] == 5


async def test_dr_yus_orders_are_the_shops_own_and_told_twice_are_still_four(play: Play) -> None:
    orders = (await play(s01_dr_yu))["orders"]["orders"]
    assert orders["totalCount"] == 4
    assert [(one["customer"]["name"], one["externalRefs"][0]["id"]) for one in nodes(orders)] == [
        ("林晓", "M-0000"),
        ("张雨桐", "M-0001"),
        ("赵敏", "M-0002"),
        ("冯媛", "M-0003"),
    ]
    for one in nodes(orders):
        assert (one["group"], one["linesTotal"], one["discount"]) == (
            {"key": "ops_group"},
            {"amount": "228.00"},
            {"amount": "30.00"},
        )
        assert one["total"] == {"amount": "198.00", "currency": "CNY"}
        assert [(line["item"], line["text"]) for line in one["lines"]] == [
            ({"key": "barrier_cream"}, None),
            (None, "旅行装 5g 赠品"),
        ]


async def test_dr_yus_group_chat_has_nine_friends_is_posted_to_once_and_asked_in(play: Play) -> None:
    shown = (await play(s01_dr_yu))["group_chat"]
    [chat] = shown["groupChats"]["nodes"]
    assert (chat["name"], chat["memberCount"], chat["group"], chat["owner"]) == (
        "小泽敏感肌互助群",
        9,
        {"key": "ops_group"},
        {"name": "苏敏"},
    )
    members = chat["members"]["nodes"]
    assert {one["customer"]["name"] for one in members} == set(s01_dr_yu.JOINED_THE_GROUP)
    assert {(one["joinSource"], one["leftAt"]) for one in members} == {("WELCOME_LINK", None)}
    reached = {"sent": 9, "delivered": 9, "opened": 4, "clicked": 4, "replied": 0}
    assert chat["posts"]["nodes"] == [
        {
            "receivers": 9,
            "purpose": "CONTENT",
            "content": {
                "title": "换季泛红怎么办：先修护屏障，再谈功效",
                "items": [{"key": "barrier_cream"}],
                "figures": reached,
            },
        }
    ]
    assert shown["asked"]["nodes"] == [{"customer": {"name": "何佳怡"}, "groupChat": {"name": "小泽敏感肌互助群"}}]
    [waited] = shown["waited"]["nodes"]
    assert waited["assignee"] == {"name": "苏敏"}
    opened, closed = (datetime.fromisoformat(waited[name]) for name in ("openedAt", "closedAt"))
    assert closed - opened == timedelta(minutes=6)
    campaign = shown["campaign"]
    assert (campaign["state"], campaign["channels"]) == ("RUNNING", [{"name": "保湿霜包裹卡"}])
    assert campaign["figures"] == {
        **reached,
        "adds": 12,
        "orders": 4,
        "turnover": [{"amount": "792.00", "currency": "CNY"}],
    }
    by_staff = {one["staff"]["name"]: one["figures"] for one in campaign["figuresByStaff"]}
    assert {name: (one["sent"], one["clicked"], one["adds"]) for name, one in by_staff.items()} == {
        "苏敏": (9, 4, 3),
        "李倩": (0, 0, 3),
        "周婷": (0, 0, 3),
        "王可欣": (0, 0, 3),
    }
    assert sum(one["orders"] for one in by_staff.values()) == 4


async def test_dr_yus_request_is_the_product_managers_and_answered_in_time(play: Play) -> None:
    shown = await play(s01_dr_yu)
    assert shown["request"]["raised"]["role"] == {"key": "product_manager"}
    assert shown["request"]["answered"]["clockResult"] == "ON_TIME"
    [asked] = nodes(shown["asker"]["feedback"])
    assert (asked["kind"], asked["status"], asked["role"]) == (
        "PRODUCT_REQUEST",
        "RESOLVED",
        {"key": "product_manager"},
    )
    assert asked["answerText"] == "15g 旅行装下周一上架，已为您留了两支"
    assert asked["answerTouchpoint"] is not None


async def test_dr_yus_log_holds_every_act_once(play: Play) -> None:
    events = (await play(s01_dr_yu))["events"]
    assert {type: events[type] for type in ("CUSTOMER_ADDED", "RELATIONSHIP_STARTED", "IDENTITY_RECORDED")} == {
        "CUSTOMER_ADDED": 12,
        "RELATIONSHIP_STARTED": 12,
        "IDENTITY_RECORDED": 24,
    }
    assert events["CASE_STAGE_CHANGED"] == 12 + 9 + 4
    assert events["TOUCHPOINT_RECORDED"] == 12 + 9 + 2 + 2 + 4 + 1
    assert (events["GROUP_MEMBERSHIP_JOINED"], events["GROUP_POST_RECORDED"]) == (9, 1)
    assert (events["FEEDBACK_RAISED"], events["FEEDBACK_ANSWERED"], events["FEEDBACK_RESOLVED"]) == (2, 1, 1)


async def test_mcdonalds_counts_per_store(play: Play) -> None:
    figures = (await play(s02_mcdonalds))["figures"]
    counted = {
        key: tuple(figure[name]["totalCount"] for name in ("friends", "sent", "clicked", "complaints"))
        for key, figure in figures.items()
    }
    assert counted == {
        "people_square": (8, 8, 4, 0),
        "xujiahui": (6, 6, 3, 1),
        "lujiazui": (5, 5, 3, 0),
        "hongqiao": (3, 3, 2, 0),
    }
    assert {figure["store"]["parent"]["name"] for figure in figures.values()} == {"上海区域"}


async def test_mcdonalds_campaign_is_counted_in_all_and_by_store_staff_and_segment(play: Play) -> None:
    shown = (await play(s02_mcdonalds))["campaign"]
    campaign = shown["campaign"]

    def figures(sent: int, clicked: int, adds: int, orders: int) -> dict[str, Any]:
        turnover = [{"amount": f"{orders * 25}.00"}] if orders else []
        reached = {"sent": sent, "delivered": sent, "clicked": clicked}
        return {**reached, "adds": adds, "orders": orders, "turnover": turnover}

    assert (campaign["state"], campaign["contents"]) == (
        "ENDED",
        [{"title": "夏日限定小龙虾汉堡，这三家先开卖", "figures": {"sent": 22, "clicked": 12}}],
    )
    assert campaign["segments"] == [{"key": "table_tent", "count": 22}, {"key": "people_square", "count": 8}]
    assert campaign["figures"] == figures(22, 12, 22, 8)
    assert {one["store"]["key"]: one["figures"] for one in campaign["figuresByStore"]} == {
        "people_square": figures(8, 4, 8, 2),
        "xujiahui": figures(6, 3, 6, 2),
        "lujiazui": figures(5, 3, 5, 2),
        "hongqiao": figures(3, 2, 3, 2),
    }
    by_staff = {one["staff"]["name"]: one["figures"] for one in campaign["figuresByStaff"]}
    assert {name: one["sent"] for name, one in by_staff.items() if one["sent"]} == {"顾薇": 22}
    assert sum(one["adds"] for one in by_staff.values()) == 22
    assert {name: one["orders"] for name, one in by_staff.items() if one["orders"]} == {
        f"{name}值班经理": 2 for _, name, _ in s02_mcdonalds.RESTAURANTS
    }
    assert [(one["segment"]["key"], one["figures"]) for one in campaign["figuresBySegment"]] == [
        ("table_tent", figures(22, 12, 22, 8)),
        ("people_square", figures(8, 4, 8, 2)),
    ]
    chats = [
        (one["store"]["key"], one["memberCount"], one["posts"]["totalCount"]) for one in shown["groupChats"]["nodes"]
    ]
    assert sorted(chats) == [("hongqiao", 3, 1), ("lujiazui", 5, 1), ("people_square", 8, 1), ("xujiahui", 6, 1)]


async def test_mcdonalds_complaint_is_the_restaurants_who_sees_its_own_guests_only(play: Play) -> None:
    shown = await play(s02_mcdonalds)
    assert shown["complaint"]["raised"]["role"] == {"key": "store_team"}
    assert shown["complaint"]["answered"]["clockResult"] == "ON_TIME"
    assert shown["crew_sees"] == 6


async def test_oatly_speaks_up_twice_a_month_and_keeps_what_is_refused(play: Play) -> None:
    shown = await play(s03_oatly)
    board, story = shown["board"], shown["brand"].story
    assert [(one["name"], one["spokeUp"]["totalCount"]) for one in board] == [
        ("柳如烟", 2),
        ("纪晓岚", 2),
        ("叶蓁", 2),
        ("骆冰", 1),
    ]
    friends = [nodes(one["relationships"])[0] for one in board]
    assert [friend["personaName"] for friend in friends] == ["小麦力"] * 4
    assert [friend["channel"]["kind"] for friend in friends] == ["PARCEL_CARD", "OFFICIAL_ACCOUNT"] * 2
    assert board[2]["preferences"] == [{"purpose": "PROMOTION", "medium": None}, {"purpose": None, "medium": "SMS"}]
    newest = nodes(board[0]["spokeUp"])[0]
    assert newest["outcome"] == "CLICKED"
    assert [one["outcome"] for one in nodes(newest["outcomes"])] == ["DELIVERED", "CLICKED"]

    policy = shown["policy"]
    assert (policy["preset"], policy["version"], policy["total"], policy["minGapHours"], policy["windowDays"]) == (
        "LOW_FREQUENCY_ONE_TO_ONE", 2, 2, 336, 30,
    )  # fmt: skip
    # Two weeks after the letter of the day before yesterday; whoever had two in thirty days has none left.
    assert [(one["greeting"]["remaining"], one["greeting"]["nextWelcomeAt"]) for one in board] == [
        (0, story.day(12, "10:00")), (0, story.day(12, "10:00")), (0, story.day(12, "10:00")), (1, story.day(12, "10:00")),
    ]  # fmt: skip
    assert [(spend["purpose"], spend["staff"]["name"], spend["at"]) for spend in board[0]["greeting"]["spentBy"]] == [
        ("CONTENT", "麦小雨", story.day(-2, "10:00")), ("CONTENT", "麦小雨", story.day(-20, "10:00")),
    ]  # fmt: skip

    refusal = shown["refusal"]
    assert (refusal["code"], refusal["purpose"], refusal["remaining"]) == ("ATTENTION_REFUSED", "CONTENT", 0)
    # One article in thirty days: the newest has to be thirty days old. Whether it is night just now is another matter.
    assert refusal["nextWelcomeAt"] == story.day(28, "10:00")
    reasons = [one for one in refusal["reasons"] if one["code"] != "QUIET_HOURS"]
    assert [(one["code"], one["until"], one["limit"], one["used"], one["days"], one["hours"]) for one in reasons] == [
        ("PURPOSE_BUDGET", story.day(28, "10:00"), 1, 2, 30, None),
        ("TOTAL_BUDGET", story.day(10, "10:00"), 2, 2, 30, None),
        ("GAP", story.day(12, "10:00"), None, None, None, 336),
    ]
    assert shown["answered"]["attentionUnits"] == 0


async def test_hotwinds_code_leads_to_the_colleagues_of_its_store(play: Play) -> None:
    shown = (await play(s04_sporting_brands))["hotwind"]
    assert shown["scanned"] == {"wujiaochang": {"冯一": 3, "冯二": 3}, "zhongshan": {"钟一": 3}}


async def test_vipshops_sixty_scans_at_once_are_ten_for_each_of_six(play: Play) -> None:
    shown = (await play(s04_sporting_brands))["vipshop"]
    assert shown["spread"] == {"唯安": 10, "唯宁": 10, "唯乐": 10, "唯怡": 10, "唯欣": 10, "唯悦": 10}
    assert shown["load"] == shown["spread"]


async def test_vipshops_forty_more_are_twelve_friends_and_twenty_eight_who_wait_until_there_is_room(play: Play) -> None:
    limits = (await play(s04_sporting_brands))["vipshop"]["limits"]
    assert (limits["taken"], limits["waiting"], limits["reasons"]) == (12, 28, ["CAPACITY"])
    assert limits["full"] == dict.fromkeys(("唯安", "唯宁", "唯乐", "唯怡", "唯欣", "唯悦"), 12)
    assert limits["later"] == 8
    assert limits["load"] == {**limits["full"], "唯安": 32}


async def test_hotwinds_leave_is_covered_by_a_colleague_of_the_store(play: Play) -> None:
    leave = (await play(s04_sporting_brands))["hotwind"]["leave"]
    assert leave == {"covered": {"冯二": 3}, "taken_by": ["冯二", "冯二"]}


async def test_jd_sports_knows_its_members_when_they_scan(play: Play) -> None:
    shown = (await play(s04_sporting_brands))["jd_sports"]
    assert shown["imported"] == [True] * 40
    assert shown["scans"] == [(False, f"跑团成员{number:02}") for number in range(8)]
    assert shown["load"] == {"跑跑": 4, "跳跳": 4}
    assert shown["known"]["tags"] == ["跑鞋", "马拉松报名"]
    assert shown["known"]["externalRefs"] == [{"system": "jd_crm", "id": "1000"}]
    assert [(one["kind"], one["tail"]) for one in shown["known"]["identities"]] == [
        ("MEMBER_ID", "0000"),
        ("PHONE", "0000"),
    ]


async def test_jd_sports_leaver_is_planned_covered_and_handed_over_without_loss(
    play: Play, world: World, postgres: EmbeddedPostgres
) -> None:
    jd_sports = (await play(s04_sporting_brands))["jd_sports"]
    leaving = jd_sports["leaving"]
    assert leaving["plan"] == (4, [("跳跳", 4)], [])
    assert leaving["left"] == (True, 4)
    assert leaving["alone"] == []
    await work_off(world, postgres)
    shown = await asyncio.to_thread(
        jd_sports["brand"].owner.ask,
        "query($id: ID!) { transfer(id: $id) { state total moved waiting mattersMoved mattersLeft } customers { totalCount }"
        " workItems(filter: { state: { eq: OPEN } }) { nodes { kind assignee { name } subject { ... on Promise { text } } } } }",
        id=leaving["transfer"],
    )
    assert shown == {
        "transfer": {"state": "DONE", "total": 4, "moved": 4, "waiting": 0, "mattersMoved": 1, "mattersLeft": 0},
        "customers": {"totalCount": 40},
        "workItems": {
            "nodes": [
                {
                    "kind": "PROMISE_DUE",
                    "assignee": {"name": "跳跳"},
                    "subject": {"text": "周六带新款碳板跑鞋给您试穿"},
                }
            ]
        },
    }
    staff = jd_sports["brand"].staff
    for person, friends in (("run_1", 0), ("run_2", 8)):
        counted = await asyncio.to_thread(
            jd_sports["brand"].owner.ask, s04_sporting_brands.FRIENDS_OF, staff=staff[person]
        )
        assert counted["customers"]["totalCount"] == friends


async def work_off(world: World, postgres: EmbeddedPostgres) -> None:
    """What the worker does until nothing is left for now."""
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 1})
    platform = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    try:
        await run_due(platform, world.gateway.services.database)
        while await take_step(platform, world.gateway.services.database, STEPS):
            pass
    finally:
        await platform.close()


async def test_the_three_brands_of_one_server_see_nothing_of_each_other(play: Play) -> None:
    shown = await play(s04_sporting_brands)
    counts = {}
    for name in ("hotwind", "vipshop", "jd_sports"):
        counted = await asyncio.to_thread(shown[name]["brand"].owner.ask, "{ customers { totalCount } }")
        counts[name] = counted["customers"]["totalCount"]
    assert counts == {"hotwind": 11, "vipshop": 100, "jd_sports": 40}


async def test_a_brands_key_finds_nothing_of_another_brand(play: Play) -> None:
    """By a neighbour's id: absent, like what never was."""
    shown = await play(s04_sporting_brands)
    hotwind, vipshop = shown["hotwind"]["brand"], shown["vipshop"]["brand"]
    document = "query($id: ID!, $staff: ID!) { node(id: $id) { id } staffMember(id: $staff) { name } }"
    ids = {"id": vipshop.tenant["id"], "staff": vipshop.staff["vip_1"]}
    assert await asyncio.to_thread(hotwind.owner.ask, document, **ids) == {"node": None, "staffMember": None}
    theirs = await asyncio.to_thread(vipshop.owner.ask, document, **ids)
    assert theirs == {"node": {"id": vipshop.tenant["id"]}, "staffMember": {"name": "唯安"}}
