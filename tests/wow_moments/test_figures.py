"""What surprises came to, by period, play, role, group and store: equal to what plain Python makes of the same rows."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from server.access.permissions import DataScope
from server.db.work import Work
from server.errors import ErrorCode, RequestError
from server.ids import global_id
from server.wow_moments.surprise_terms import ShareMedium
from server.wow_moments.tables import Referral, Share, WowMoment
from tests.factories.brands import Brand
from tests.touchpoints import people
from tests.wow_moments import tellers
from tests.wow_moments.test_moments_and_shares import play_of

Brands = Callable[..., Awaitable[Brand]]
ZONE = ZoneInfo("Asia/Shanghai")

FIGURES = """
query($period: PeriodInput!, $by: WowGrouping!, $first: Int) {
  wowFigures(period: $period, by: $by, first: $first) { total { ...f } groups { ...f } }
}
fragment f on WowFigure {
  play { id } role { id } group { id } store { id } moments newCustomers newCustomersPerMoment notCosted
  spontaneousShareRate { numerator denominator value minSample } cost { amount currency } costPerNewCustomer { amount }
}
"""
GROUPS = {
    "PLAY": ("play_id", "WowPlay"),
    "ROLE": ("role_id", "ServiceRole"),
    "GROUP": ("group_id", "OpsGroup"),
    "STORE": ("store_id", "Store"),
}


async def shown(one: Brand, by: str, start: date, end: date, **more: Any) -> dict[str, Any]:
    given = {"period": {"from": start.isoformat(), "to": end.isoformat()}, "by": by, **more}
    body = await one.ask(FIGURES, given)
    assert "errors" not in body, body
    found: dict[str, Any] = body["data"]["wowFigures"]
    return found


def places(part: int, whole: int, digits: str) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal(digits), ROUND_HALF_UP)


def recomputed(
    moments: list[WowMoment], shares: list[Share], referrals: list[Referral], now: datetime
) -> dict[str, Any]:
    """The figures of these moments, from the definitions and nothing else."""
    fortnight = timedelta(days=14)
    old = [one for one in moments if one.occurred_at + fortnight <= now]
    told = [
        one
        for one in old
        if any(
            share.wow_moment_id == one.id
            and not share.prompted
            and not share.rewarded
            and share.occurred_at < one.occurred_at + fortnight
            for share in shares
        )
    ]
    came = sum(referral.wow_moment_id in {one.id for one in moments} for referral in referrals)
    costs = [one.cost_minor for one in moments if one.cost_currency == "CNY"]
    cost = sum(each or 0 for each in costs)
    return {
        "moments": len(moments),
        "newCustomers": came,
        "newCustomersPerMoment": places(came, len(moments), "1.0000") if moments else None,
        "notCosted": len(moments) - len(costs),
        "numerator": len(told),
        "denominator": len(old),
        "value": places(len(told), len(old), "1.0000") if len(old) >= 20 else None,
        "cost": Decimal(cost) / 100,
        "costPerNewCustomer": places(cost, came * 100, "1.00") if came else None,
    }


def told(figure: dict[str, Any]) -> dict[str, Any]:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    rate, per_customer = figure["spontaneousShareRate"], figure["costPerNewCustomer"]
    assert (rate["minSample"], figure["cost"]["currency"]) == (20, "CNY")
    return {
        **{name: figure[name] for name in ("moments", "newCustomers", "notCosted")},
        "newCustomersPerMoment": number(figure["newCustomersPerMoment"]),
        "numerator": rate["numerator"],
        "denominator": rate["denominator"],
        "value": number(rate["value"]),
        "cost": Decimal(figure["cost"]["amount"]),
        "costPerNewCustomer": None if per_customer is None else Decimal(per_customer["amount"]),
    }


async def furnished(work: Work, dice: random.Random) -> None:
    """Moments of two months by several plays, roles and stores; what was told of them, and who came."""
    customer = await tellers.customer(work, days_ago=100)
    stores = [people.store(work, key) for key in ("S1", "S2")]
    rider = await people.role_of(work, "delivery_rider")
    group = await people.group(work, "ops_group")
    plays = [await play_of(work)]
    for _ in range(90):
        unit: dict[str, Any] = dice.choice(({"role_id": rider}, {"role_id": rider}, {"group_id": group}, {}))
        cost = dice.choice(((1800, "CNY"), (0, "CNY"), (333, "CNY"), (900, "USD"), (None, None)))
        moment = work.add(
            WowMoment(
                customer_id=customer,
                play_id=dice.choice((*plays, *plays, None)),
                store_id=dice.choice((*stores, None)),
                cost_minor=cost[0],
                cost_currency=cost[1],
                # On the hour of local midnight too, and exactly 14 days old.
                occurred_at=work.now - timedelta(days=dice.choice((1, 13, 14, 14, 15, 25, 40, 59))),
                **unit,
            )
        )
        for _ in range(dice.choice((0, 0, 1, 2))):
            prompted, rewarded = dice.choice(((False, False), (False, False), (True, False), (False, True)))
            share = work.add(
                Share(
                    customer_id=customer,
                    wow_moment_id=moment.id,
                    medium=ShareMedium.MOMENTS,
                    prompted=prompted,
                    rewarded=rewarded,
                    spontaneous=not prompted and not rewarded,
                    occurred_at=moment.occurred_at
                    + dice.choice(
                        (timedelta(0), timedelta(days=3), timedelta(days=14), timedelta(days=14, seconds=-1))
                    ),
                )
            )
            for _ in range(dice.choice((0, 0, 1, 2))):
                friend = people.customer(work)
                work.add(
                    Referral(
                        customer_id=friend,
                        referrer_id=customer,
                        share_id=share.id,
                        wow_moment_id=moment.id,
                        play_id=moment.play_id,
                        rewarded=rewarded,
                        occurred_at=work.now,
                    )
                )


async def test_the_figures_are_what_the_rows_say(brand: Brands) -> None:
    one = await brand(businessType="LOW_PRICE_B2C", industry="BAKERY")
    async with one.work() as work:
        await furnished(work, random.Random(4))
        today = work.now.astimezone(ZONE).date()
    async with one.work() as work:
        moments, now = await work.rows(WowMoment), work.now
        shares, referrals = await work.rows(Share), await work.rows(Referral)
    for ago, until in ((70, -1), (25, 13)):
        start, end = today - timedelta(days=ago), today - timedelta(days=until)
        first, last = (datetime.combine(day, time(), ZONE) for day in (start, end))
        cohort = [moment for moment in moments if first <= moment.occurred_at < last]
        assert cohort
        for by, (column, type_name) in GROUPS.items():
            found = await shown(one, by, start, end)
            assert told(found["total"]) == recomputed(cohort, shares, referrals, now)
            grouped: dict[UUID | None, list[WowMoment]] = {}
            for moment in cohort:
                grouped.setdefault(getattr(moment, column), []).append(moment)
            expected = {
                None if id is None else global_id(type_name, id): recomputed(own, shares, referrals, now)
                for id, own in grouped.items()
            }
            named = {"PLAY": "play", "ROLE": "role", "GROUP": "group", "STORE": "store"}[by]
            assert {(group[named] or {"id": None})["id"]: told(group) for group in found["groups"]} == expected
            sizes = [group["moments"] for group in found["groups"]]
            assert sizes == sorted(sizes, reverse=True)
            assert len((await shown(one, by, start, end, first=1))["groups"]) == 1


async def test_below_twenty_moments_and_of_none_there_is_no_rate(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        customer = await tellers.customer(work, days_ago=90)
        for number in range(19):
            moment = tellers.moment(work, customer, days_ago=20)
            tellers.share(work, customer, moment, days_ago=19, spontaneous=number < 9)
        today = work.now.astimezone(ZONE).date()
    period = (today - timedelta(days=30), today)

    async def rate() -> dict[str, Any]:
        found: dict[str, Any] = (await shown(one, "PLAY", *period))["total"]["spontaneousShareRate"]
        return found

    assert await rate() == {"numerator": 9, "denominator": 19, "value": None, "minSample": 20}
    async with one.work() as work:
        tellers.moment(work, customer, days_ago=20)
    assert await rate() == {"numerator": 9, "denominator": 20, "value": "0.45", "minSample": 20}
    nothing = await shown(one, "STORE", today - timedelta(days=300), today - timedelta(days=200))
    assert nothing["groups"] == []
    assert told(nothing["total"]) == recomputed([], [], [], datetime.now(ZONE))


async def test_a_period_or_a_number_of_groups_that_makes_no_sense_is_refused(brand: Brands) -> None:
    one = await brand()
    refused: tuple[tuple[dict[str, str], dict[str, int]], ...] = (
        ({"from": "2026-01-02", "to": "2026-01-02"}, {}),
        ({"from": "2026-01-02", "to": "2026-01-03"}, {"first": 0}),
        ({"from": "2026-01-02", "to": "2026-01-03"}, {"first": 101}),
    )
    for period, more in refused:
        with pytest.raises(RequestError, match="wowFigures") as caught:
            await one.ask(FIGURES, {"period": period, "by": "PLAY", **more})
        assert caught.value.code is ErrorCode.BAD_USER_INPUT


async def test_staff_count_what_they_see(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        seen, unseen = await tellers.customer(work, days_ago=90), await tellers.customer(work, days_ago=90)
        friends = [await tellers.customer(work, days_ago=1) for _ in range(2)]
        staff = people.colleague(work)
        for customer in (seen, friends[0]):
            people.may_see(work, staff, customer)
        for customer, days in ((seen, 20), (unseen, 20), (unseen, 21)):
            moment = tellers.moment(work, customer, days_ago=days)
            share = tellers.share(work, customer, moment, days_ago=days)
            if customer == seen:
                for friend in friends:
                    chain: dict[str, Any] = {
                        "share_id": share,
                        "wow_moment_id": moment,
                        "rewarded": False,
                        "occurred_at": work.now,
                    }
                    work.add(Referral(customer_id=friend, referrer_id=seen, **chain))
        today = work.now.astimezone(ZONE).date()
    given = {"period": {"from": (today - timedelta(days=30)).isoformat(), "to": today.isoformat()}, "by": "PLAY"}
    body = await one.world.ask(one.as_staff(staff, DataScope.OWN_CUSTOMERS), FIGURES, given)
    total = body["data"]["wowFigures"]["total"]
    assert (total["moments"], total["newCustomers"]) == (1, 1)
    total = (await one.ask(FIGURES, given))["data"]["wowFigures"]["total"]
    assert (total["moments"], total["newCustomers"]) == (3, 2)


@pytest.mark.parametrize(("words", "shown_to_others"), [([], False), ([True], True), ([True, False], False)])
async def test_stories_are_shown_by_the_customers_word_alone(
    brand: Brands, words: list[bool], shown_to_others: bool
) -> None:
    """What happened is recorded either way; the newest word on PHOTO_AND_STORY decides."""
    one = await brand()
    async with one.work() as work:
        customer = global_id("Customer", await tellers.customer(work, days_ago=9))
    for granted in words:
        act = "recordConsent" if granted else "withdrawConsent"
        body = await one.ask(
            f"mutation($id: ID!) {{ {act}(input: {{ customerId: $id, scope: PHOTO_AND_STORY, source: FORM }})"
            " { userErrors { code } } }",
            {"id": customer},
        )
        assert body["data"][act]["userErrors"] == []
    body = await one.ask(
        'mutation($id: ID!) { recordWowMoment(input: { customerId: $id, story: "She cried.", evidence: "photo 7" })'
        " { userErrors { code } wowMoment { mayBeShown } } }",
        {"id": customer},
    )
    assert body["data"]["recordWowMoment"] == {"userErrors": [], "wowMoment": {"mayBeShown": shown_to_others}}
