"""Systems 8, 10, 11 and 12: feedback is answered, surprises are told, and trust explains itself."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from examples import s08_pangdonglai, s10_xiongmao_buzou, s11_direct_feedback, s12_lost_trust
from examples.brand import ZONE
from examples.client import nodes
from server.db.launcher import EmbeddedPostgres
from tests.factories.brands import World
from tests.systems.conftest import Play
from tests.systems.test_central_brands import work_off


async def test_pangdonglai_answers_everyone_who_asked_and_keeps_who_was_late(play: Play) -> None:
    board = (await play(s08_pangdonglai))["board"]
    assert board["asked"]["totalCount"] == 5
    assert [(one["customer"]["name"], one["clockResult"]) for one in nodes(board["asked"])] == [
        ("刘婶", "LATE"),
        ("王老师", "ON_TIME"),
        ("小马", "ON_TIME"),
        ("许大爷", "ON_TIME"),
        ("常姐", "ON_TIME"),
    ]
    assert board["late"]["totalCount"] == 1
    for one in nodes(board["asked"]):
        assert (one["status"], one["role"], one["overdue"]) == ("ANSWERED", {"key": "buyer"}, False)
        assert datetime.fromisoformat(one["dueAt"]) - datetime.fromisoformat(one["raisedAt"]) == timedelta(hours=72)
        assert [action["action"] for action in one["availableActions"] if action["allowed"]] == [
            "resolveFeedback",
            "reopenFeedback",
        ]


async def test_pangdonglais_word_is_everyones_and_was_kept_to_four_of_five_in_time(play: Play) -> None:
    board = (await play(s08_pangdonglai))["board"]
    assert nodes(board["toEveryone"]) == [{"text": "您登记的缺货，三天内给您答复", "withinHours": 72, "status": "OPEN"}]
    assert (board["promised"]["totalCount"], board["keptLate"]["totalCount"]) == (5, 1)
    assert {(one["customer"]["name"], one["keptInTime"]) for one in nodes(board["promised"])} == {
        ("刘婶", False),
        ("王老师", True),
        ("小马", True),
        ("许大爷", True),
        ("常姐", True),
    }
    for one in nodes(board["promised"]):
        assert (one["staff"], one["settledBy"]) == ({"name": "服务台小赵"}, {"name": "采购老郭"})


async def test_pangdonglais_clock_of_praise_stands_still_at_night_and_on_tuesday(play: Play) -> None:
    shown = await play(s08_pangdonglai)
    assert [hours["weekday"] for hours in shown["board"]["tenant"]["businessHours"]] == [1, 3, 4, 5, 6, 7]
    [praise] = nodes(shown["board"]["praise"])
    assert praise["raisedAt"] == shown["praised_at"]
    due = datetime.fromisoformat(praise["dueAt"]).astimezone(ZONE)
    started = datetime.fromisoformat(praise["raisedAt"]).astimezone(ZONE)
    opened = timedelta(0)
    minute = started
    while minute < due:  # counted minute by minute, as somebody with a calendar would
        if minute.isoweekday() != 2 and "09:30" <= minute.strftime("%H:%M") < "21:30":
            opened += timedelta(minutes=1)
        minute += timedelta(minutes=1)
    assert opened == timedelta(hours=72)
    assert (started.isoweekday(), due - started) == (1, timedelta(days=7))


async def test_pangdonglais_complaint_is_the_service_desks(play: Play) -> None:
    board = (await play(s08_pangdonglai))["board"]
    [complaint] = nodes(board["complaints"])
    assert (complaint["status"], complaint["clockResult"], complaint["role"]) == (
        "ANSWERED",
        "ON_TIME",
        {"key": "service_desk"},
    )
    [moment] = nodes(board["wowMoments"])
    assert (moment["staff"]["name"], moment["store"]["name"]) == ("一楼小陈", "许昌时代广场")


async def test_pangdonglai_thanks_a_complaint_with_500_yuan_and_gains_the_same_10_points(play: Play) -> None:
    board = (await play(s08_pangdonglai))["board"]
    [thanks] = nodes(board["thanks"])
    assert (thanks["customer"]["name"], thanks["amount"], thanks["status"], thanks["clockResult"]) == (
        "王老师",
        {"amount": "500.00", "currency": "CNY"},
        "PAID",
        "ON_TIME",
    )
    raised, due = (datetime.fromisoformat(one) for one in (thanks["feedback"]["raisedAt"], thanks["dueAt"]))
    assert due - raised == timedelta(hours=72)
    posted = {
        one["name"]: {entry["reason"]: entry["amount"] for entry in nodes(one["trust"]["entries"])}
        for one in nodes(board["trusting"])
    }
    on_shelf = {name: entries.get("PRODUCT_ON_SHELF") for name, entries in posted.items()}
    assert on_shelf == {"刘婶": None, "王老师": 20, "小马": 20, "许大爷": 20, "常姐": 20}
    assert {name: entries.get("COMPLAINT_THANKED") for name, entries in posted.items()} == {
        **dict.fromkeys(on_shelf),
        "王老师": 10,
    }


async def test_only_spontaneous_shares_count_for_the_panda(play: Play) -> None:
    figures = (await play(s10_xiongmao_buzou))["figures"]
    play_ = figures["wowPlay"]
    assert (play_["all"]["totalCount"], play_["couldNotHelp"]["totalCount"]) == (20, 9)
    told = [
        moment["customer"]["name"]
        for moment in nodes(play_["moments"])
        if any(share["spontaneous"] for share in nodes(moment["shares"]))
    ]
    assert told == ["叶家", "姜家", "丁家", "余家", "田家", "姜家", "范家", "姚家", "廖家"]
    counted = {name: figures[name]["totalCount"] for name in ("shares", "prompted", "rewarded")}
    assert counted == {"shares": 13, "prompted": 2, "rewarded": 2}
    riders = [moment["staff"]["name"] for moment in nodes(play_["moments"])]
    assert riders == [*["胖达", "滚滚", "圆仔"] * 2, "胖达", "滚滚", *["胖达", "滚滚", "圆仔"] * 4]
    assert {moment["role"]["key"] for moment in nodes(play_["moments"])} == {"delivery_rider"}


async def test_every_cake_is_one_order_told_twice_and_one_was_partly_given_back(play: Play) -> None:
    figures = (await play(s10_xiongmao_buzou))["figures"]
    assert (figures["orders"]["totalCount"], figures["delivered"]["totalCount"]) == (12, 12)
    assert [one["total"] for one in nodes(figures["ofTheCake"])] == [{"amount": "229.00"}] * 12
    [given_back] = nodes(figures["givenBack"])
    assert (given_back["customer"]["name"], given_back["total"], given_back["refunded"]) == (
        "任家",
        {"amount": "229.00"},
        {"amount": "50.00"},
    )
    assert nodes(given_back["refunds"]) == [{"reason": "路上颠了一下，奶油花压扁了", "staff": {"name": "滚滚"}}]


async def test_new_customers_are_traced_to_the_code_on_the_cake_box(play: Play) -> None:
    brought = (await play(s10_xiongmao_buzou))["figures"]["brought"]
    assert brought["totalCount"] == 4
    assert [(one["name"], one["tags"]) for one in nodes(brought)] == [
        ("金家", ["朋友圈看到"]),
        ("凤家", ["朋友圈看到"]),
        ("花家", ["朋友圈看到"]),
        ("苗家", ["朋友圈看到"]),
    ]


async def test_new_customers_are_traced_to_the_share_the_show_and_the_play(play: Play) -> None:
    """Twenty shows of 18 yuan, nine told of spontaneously; four families came, two of them through the same share."""
    figures = (await play(s10_xiongmao_buzou))["figures"]
    traced = [
        (one["customer"]["name"], one["referrer"]["name"], one["share"]["medium"], one["wowMoment"]["staff"]["name"])
        for one in nodes(figures["referrals"])
    ]
    assert traced == [
        ("苗家", "丁家", "MOMENTS", "胖达"),
        ("花家", "田家", "XIAOHONGSHU", "胖达"),
        ("凤家", "丁家", "MOMENTS", "胖达"),
        ("金家", "廖家", "DOUYIN", "圆仔"),
    ]
    assert {(one["play"]["key"], one["share"]["spontaneous"]) for one in nodes(figures["referrals"])} == {
        ("panda_show", True)
    }
    figure = {
        "moments": 20,
        "newCustomers": 4,
        "newCustomersPerMoment": "0.2",
        "notCosted": 0,
        "cost": {"amount": "360.00"},
        "costPerNewCustomer": {"amount": "90.00"},
        "spontaneousShareRate": {"numerator": 9, "denominator": 20, "value": "0.45"},
    }
    assert figures["byPlay"] == {"total": figure, "groups": [{"play": {"key": "panda_show"}, **figure}]}
    assert figures["byRole"] == {"groups": [{"role": {"key": "delivery_rider"}, **figure}]}
    assert figures["byStore"] == {"groups": [{"store": {"key": "huizhou"}, **figure}]}


async def shown_in_the_end(
    play: Play, world: World, postgres: EmbeddedPostgres
) -> tuple[dict[str, Any], dict[str, Any]]:
    """System 11 when the worker has nothing left to do: its voices, and what they changed."""
    shown = await play(s11_direct_feedback)
    await work_off(world, postgres)
    owner, tea = shown["brand"].owner, shown["tea"]
    board = await asyncio.to_thread(owner.ask, s11_direct_feedback.VOICES, item=tea)
    [change] = nodes((await asyncio.to_thread(owner.ask, s11_direct_feedback.CHANGE, item=tea))["improvements"])
    return board, change


async def test_strangers_are_heard_and_told_like_friends(play: Play, world: World, postgres: EmbeddedPostgres) -> None:
    board, _ = await shown_in_the_end(play, world, postgres)
    voices = nodes(board["aboutIt"])
    assert [
        (one["kind"], one["customer"] and one["customer"]["name"], one["voiceName"], one["status"]) for one in voices
    ] == [
        ("SUGGESTION", "桃子", None, "ANSWERED"),
        ("SUGGESTION", None, "B站网友 夏至", "ANSWERED"),
        ("SUGGESTION", None, "南京 孙女士", "ANSWERED"),
        ("SUGGESTION", "阿橙", None, "DECLINED"),
        ("RATING", "阿橙", None, "RESOLVED"),
    ]
    assert board["ofStrangers"]["totalCount"] == 2
    assert board["stillOpen"]["totalCount"] == 0
    assert voices[3]["declinedReason"] == "我们不用一次性塑料；已换更厚的纸吸管"
    assert {one["role"]["key"] for one in voices[:4]} == {"product_manager"}


async def test_a_voice_taken_up_again_keeps_the_first_clocks_result(
    play: Play, world: World, postgres: EmbeddedPostgres
) -> None:
    board, _ = await shown_in_the_end(play, world, postgres)
    again = nodes(board["aboutIt"])[0]
    assert again["reopenCount"] == 1
    assert again["clocks"] == [{"number": 1, "result": "ON_TIME"}, {"number": 2, "result": "ON_TIME"}]
    assert [move["toStatus"] for move in again["moves"]] == ["RAISED", "ANSWERED", "IN_PROGRESS", "ANSWERED"]


async def test_one_change_answers_many_and_tells_every_asker(
    play: Play, world: World, postgres: EmbeddedPostgres
) -> None:
    _, change = await shown_in_the_end(play, world, postgres)
    links = sorted(nodes(change["links"]), key=lambda one: one["feedback"]["raisedAt"])
    assert (change["status"], change["voiceCount"], change["toldCount"]) == ("SHIPPED", 3, 3)
    assert [(one["byHand"], one["touchpoint"]) for one in links] == [
        (False, {"summary": "低糖版上线了：糖减 60%，谢谢您提的建议"}),
        (True, None),
        (True, None),
    ]
    assert all(one["toldAt"] >= change["shippedAt"] for one in links)
    waited = datetime.fromisoformat(change["shippedAt"]) - datetime.fromisoformat(links[0]["feedback"]["raisedAt"])
    assert change["changeSeconds"] == int(waited.total_seconds()), "from the first voice to the change"
    assert timedelta(days=5) < waited < timedelta(days=7)


async def test_a_trust_account_is_explained_entry_by_entry(play: Play) -> None:
    account = (await play(s12_lost_trust))["account"]
    entries = nodes(account["trust"]["entries"])
    assert [(one["reason"], one["amount"], one["balanceAfter"], one["ceilingAfter"]) for one in entries] == [
        ("OPENED", 100, 100, 1000),
        ("PROMISE_KEPT", 10, 110, 1000),
        ("WOW_MOMENT", 15, 125, 1000),
        ("QUOTE_CONFLICT_SEEN", -40, 85, 920),
        ("DISCOUNT_GIVEN", 0, 85, 920),
        ("FEEDBACK_LATE", -15, 70, 892.4),
        ("FEEDBACK_ANSWERED_IN_TIME", 8, 78, 892.4),
    ]
    trust = account["trust"]
    assert sum(one["amount"] for one in entries) == trust["balance"] == 78
    assert (trust["ceiling"], trust["creases"], trust["differences"]) == (892.4, 2, [])
    day = datetime.fromisoformat(trust["openedAt"]).astimezone(ZONE)
    assert trust["zh"] == (
        f"信任账户现有78分，上限892.4分。{day.year}年{day.month}月{day.day}日开户，起始100分。"
        "存入3次，共33分：承诺兑现1次10分、Wow时刻1次15分、按时答复1次8分。"
        "支取2次，共55分：客户收到冲突报价1次40分、反馈超时1次15分。"
        "按规则不计分：优惠让利1次。留有2道折痕，上限由1000分降到892.4分，不再恢复。以上各项相加，就是现在的余额。"
    )
    assert (
        "Withdrawals add up to 55 (Conflicting quotes reached the customer once: 40, Feedback answered late once: 15)."
        in trust["en"]
    )
    assert entries[3]["explanation"] == (
        f"第4笔，{day.year}年{day.month}月{day.day}日，客户收到冲突报价：支取40分，留下折痕，上限为920分，余额85分。"
    )


async def test_a_discount_deposits_nothing_and_a_hand_is_limited(play: Play) -> None:
    shown = await play(s12_lost_trust)
    coupon, *answers = nodes(shown["account"]["touchpoints"])
    assert [one["purpose"] for one in answers] == ["COMPLAINT", "COMPLAINT"], "answers are contacts"
    assert (coupon["purpose"], coupon["outcome"]) == ("PROMOTION", "CLICKED")
    assert [(error["code"], error["field"]) for error in shown["too_much"]] == [("LIMIT_REACHED", ["deposit"])]
    assert shown["untouched"]["trust"]["balance"] == 100
    [leaving] = nodes(shown["leaving"])
    assert (leaving["customer"]["name"], leaving["balance"], leaving["leavingSigns"]) == ("白阿姨", 78, ["WITHDRAWALS"])


async def test_a_late_answer_stays_late(play: Play) -> None:
    account = (await play(s12_lost_trust))["account"]
    assert [(one["kind"], one["clockResult"]) for one in nodes(account["feedback"])] == [
        ("COMPLAINT", "ON_TIME"),
        ("COMPLAINT", "LATE"),
    ]
