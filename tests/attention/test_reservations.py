"""Reserved, committed, released, expired; and many at once who would all spend the last unit."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.access.permissions import DataScope
from server.ids import parse_global_id
from server.touchpoints import reservations
from server.worker import HANDLERS
from tests.attention.asking import AWAKE, RECORD, RELEASE, RESERVE, SET, act, chat, codes, customer_of, held, verdict
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


async def with_units(brand: Brands, units: int) -> Brand:
    made = await brand(businessType="LOW_PRICE_B2C", industry="FMCG")
    classes = [{"purposeClass": "CARE", "max": 1000, "gapHours": 0}]
    await act(made, SET, total=units, minGapHours=0, byClass=classes, byPurpose=[], **AWAKE)
    return made


@pytest.fixture
async def one(brand: Brands) -> Brand:
    """Two units a customer, and nothing else in the way."""
    return await with_units(brand, 2)


async def expire(one: Brand, reservation: str) -> None:
    """Its time is over; nobody has looked yet."""
    parsed = parse_global_id(reservation)
    assert parsed is not None
    async with one.work() as work:
        await work.raw.execute(
            "UPDATE contact_reservations SET reserved_at = reserved_at - interval '1 hour',"
            " expires_at = expires_at - interval '1 hour' WHERE id = $1",
            parsed[1],
        )


async def test_from_reserved_to_sent(one: Brand) -> None:
    customer = await customer_of(one)
    reserved = (await act(one, RESERVE, **held(customer)))["reservation"]
    assert (reserved["state"], reserved["units"], reserved["endedAt"]) == ("RESERVED", 1, None)
    seen = await verdict(one, customer, "RECALL")
    assert (seen["remaining"], seen["spentBy"][0]["reservation"]) == (1, {"id": reserved["id"]})
    for wrong in ({"purpose": "GREETING"}, {"medium": "SMS"}, {"direction": "INBOUND"}):
        refused = await act(one, RECORD, reservationId=reserved["id"], **wrong)
        [error] = refused["userErrors"]
        assert (error["code"], error["field"]) == ("INVALID", list(wrong))
    sent = (await act(one, RECORD, reservationId=reserved["id"], summary="好久不见"))["touchpoint"]
    assert sent == {
        "id": sent["id"], "state": "SENT", "attentionUnits": 1, "purpose": "RECALL", "medium": "WECOM_CHAT",
        "customer": {"id": customer}, "staff": None, "attentionOverride": None,
    }  # fmt: skip
    assert (await verdict(one, customer, "RECALL"))["remaining"] == 1
    again = await act(one, RECORD, reservationId=reserved["id"])
    assert [error["code"] for error in again["userErrors"]] == ["NOT_ALLOWED"]
    released = await act(one, RELEASE, reservationId=reserved["id"])
    assert [error["code"] for error in released["userErrors"]] == ["NOT_ALLOWED"]
    assert [name for _, name in await one.events()][-2:] == ["contact.reserved", "touchpoint.recorded"]


async def test_given_back(one: Brand) -> None:
    customer = await customer_of(one)
    reserved = (await act(one, RESERVE, **held(customer)))["reservation"]
    for _ in range(2):
        released = (await act(one, RELEASE, reservationId=reserved["id"]))["reservation"]
        assert released["state"] == "RELEASED"
    assert [name for _, name in await one.events()].count("contact.released") == 1
    assert (await verdict(one, customer, "RECALL"))["remaining"] == 2
    late = await act(one, RECORD, reservationId=reserved["id"])
    assert [error["code"] for error in late["userErrors"]] == ["NOT_ALLOWED"]


async def test_a_reservation_past_its_time_counts_for_nothing(one: Brand) -> None:
    """By the rule at once, and by the worker for whoever looks later."""
    customer = await customer_of(one)
    first, second = [(await act(one, RESERVE, **held(customer)))["reservation"]["id"] for _ in range(2)]
    assert codes(await act(one, RESERVE, **held(customer))) == ["TOTAL_BUDGET"]
    await expire(one, first)
    assert (await verdict(one, customer, "RECALL"))["remaining"] == 1
    late = await act(one, RECORD, reservationId=first)
    [error] = late["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_ALLOWED", ["reservationId"])
    assert "Expired" in error["message"]
    async with one.work() as work:
        parsed = parse_global_id(first)
        assert parsed is not None
        for _ in range(2):
            await reservations.expire_reservation(work, parsed[1])
        other = parse_global_id(second)
        assert other is not None
        await reservations.expire_reservation(work, other[1])
    async with one.work() as work:
        rows = await work.raw.fetch(
            "SELECT state, ended_at = expires_at AS by_itself FROM contact_reservations ORDER BY 1"
        )
        assert [(row["state"], row["by_itself"]) for row in rows] == [("EXPIRED", True), ("RESERVED", None)]
    assert [name for _, name in await one.events()].count("contact.expired") == 1
    assert reservations.EXPIRY in HANDLERS


async def test_the_customer_changes_their_mind_meanwhile(one: Brand) -> None:
    customer = await customer_of(one)
    reserved = (await act(one, RESERVE, **held(customer)))["reservation"]
    refuse = (
        "mutation($input: SetContactPreferencesInput!) { setContactPreferences(input: $input) { userErrors { code } } }"
    )
    await act(one, refuse, customerId=customer, refused=[{"purpose": "RECALL"}])
    assert codes(await act(one, RECORD, reservationId=reserved["id"])) == ["OPTED_OUT"]
    assert await one.count("touchpoints") == 0


async def test_a_reservation_by_override_costs_trust_when_it_is_sent(one: Brand) -> None:
    customer = await customer_of(one)
    for _ in range(2):
        await act(one, RECORD, **chat(customer))
    reserved = (await act(one, RESERVE, **held(customer), attentionOverride="店长同意"))["reservation"]
    assert reserved["attentionOverride"] == {"reason": "店长同意"}
    assert await one.count("trust_entries") == 0
    sent = (await act(one, RECORD, reservationId=reserved["id"]))["touchpoint"]
    assert sent["attentionOverride"] == {"reasons": ["TOTAL_BUDGET"], "reason": "店长同意"}
    async with one.work() as work:
        rows = await work.raw.fetch("SELECT reason, claimed FROM trust_entries ORDER BY seq")
    assert [(row["reason"], row["claimed"]) for row in rows] == [("OPENED", 10_000), ("ATTENTION_OVERDRAWN", -800)]


async def test_what_is_foreign_or_invisible_is_absent(one: Brand, brand: Brands) -> None:
    customer = await customer_of(one)
    reserved = (await act(one, RESERVE, **held(customer)))["reservation"]["id"]
    async with one.work() as work:
        staff = people.colleague(work)
    stranger, other = one.as_staff(staff, DataScope.OWN_CUSTOMERS), await brand()
    for asker, caller in ((one, stranger), (other, None)):
        for mutation, input in [
            (RESERVE, held(customer)),
            (RECORD, {"reservationId": reserved}),
            (RECORD, chat(customer)),
            (RELEASE, {"reservationId": reserved}),
        ]:
            payload = await act(asker, mutation, caller, **input)
            assert [(error["code"], error["message"]) for error in payload["userErrors"]] == [
                ("NOT_FOUND", "Not found.")
            ]
    assert await one.count("contact_reservations") == 1
    missing = await act(one, RECORD, direction="OUTBOUND")
    assert [(error["code"], error["field"]) for error in missing["userErrors"]] == [
        ("REQUIRED", ["customerId"]), ("REQUIRED", ["medium"]), ("REQUIRED", ["purpose"]),
    ]  # fmt: skip


async def test_of_fifty_at_once_one_spends_the_last_unit(brand: Brands) -> None:
    one = await with_units(brand, 1)
    customer = await customer_of(one)
    payloads = await asyncio.gather(*(act(one, RECORD, **chat(customer)) for _ in range(50)))
    outcomes = Counter("sent" if payload["touchpoint"] else codes(payload)[0] for payload in payloads)
    assert outcomes == {"sent": 1, "TOTAL_BUDGET": 49}
    assert await one.count("touchpoints") == 1


async def test_reserving_and_sending_at_once_share_the_units(brand: Brands) -> None:
    one = await with_units(brand, 3)
    customer = await customer_of(one)
    asked: list[Awaitable[dict[str, Any]]] = []
    for number in range(24):
        keyed = {"clientMutationId": f"k{number}"} if number % 3 == 0 else {}
        asked.append(
            act(one, RESERVE, **held(customer), **keyed) if number % 2 else act(one, RECORD, **chat(customer), **keyed)
        )
    payloads = await asyncio.gather(*asked)
    assert sum(1 for payload in payloads if not payload["userErrors"]) == 3
    assert await one.count("touchpoints") + await one.count("contact_reservations") == 3


@pytest.mark.parametrize("seed", [1, 2])
async def test_reserved_is_committed_released_expired_and_open(brand: Brands, seed: int) -> None:
    """Whatever happens at the same time: every reservation ends in one way, and units never exceed the budget."""
    one, dice = await with_units(brand, 5), random.Random(seed)
    customers = [await customer_of(one) for _ in range(2)]
    ids: list[str] = []
    for _ in range(4):
        asked: list[Awaitable[dict[str, Any]]] = [act(one, RESERVE, **held(dice.choice(customers))) for _ in range(6)]
        for id in dice.sample(ids, min(len(ids), 5)):
            ends = dice.choice([(RECORD,), (RELEASE,), (RECORD, RELEASE), (RECORD, RECORD)])
            asked += [act(one, mutation, reservationId=id) for mutation in ends]
        payloads = await asyncio.gather(*asked)
        ids += [payload["reservation"]["id"] for payload in payloads if payload.get("reservation")]
        if ids and dice.random() < 0.7:
            await expire(one, dice.choice(ids))
        for customer in customers:
            assert 0 <= (await verdict(one, customer, "RECALL"))["remaining"] <= 5
    async with one.work() as work:
        parsed = [parse_global_id(id) for id in set(ids)]
        for one_id in parsed:
            assert one_id is not None
            await reservations.expire_reservation(work, one_id[1])
    async with one.work() as work:
        states = Counter(row["state"] for row in await work.raw.fetch("SELECT state FROM contact_reservations"))
        spent = await work.raw.fetch("SELECT customer_id, sum(attention_units) AS units FROM touchpoints GROUP BY 1")
    events = Counter(name for _, name in await one.events())
    assert sum(states.values()) == len(set(ids)) == events["contact.reserved"]
    assert states["SENT"] == events["touchpoint.recorded"] == await one.count("touchpoints")
    assert states["RELEASED"] == events["contact.released"]
    assert states["EXPIRED"] == events["contact.expired"]
    assert states["RESERVED"] == len(set(ids)) - states["SENT"] - states["RELEASED"] - states["EXPIRED"]
    assert all(row["units"] <= 5 for row in spent)
