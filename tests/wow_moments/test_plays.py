"""Plays are defined by key, retired, brought back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from server.errors import Conflict, DomainError, Invalid, NotFound
from server.ids import new_id
from server.items.errors import NegativeAmount
from server.items.prices import Amount
from server.wow_moments import events, service
from server.wow_moments.commands import DefineWowPlay, RetireWowPlay
from server.wow_moments.errors import OnePerformer, WowPlayRetired
from server.wow_moments.surprise_terms import WowTrigger
from server.wow_moments.tables import WowPlay
from tests.factories.brands import Brand
from tests.touchpoints import people

Brands = Callable[..., Awaitable[Brand]]


def dance(**changed: Any) -> DefineWowPlay:
    given: dict[str, Any] = {
        "key": "birthday_dance",
        "name": "熊猫跳舞",
        "script": "Dance at the door.",
        "trigger": WowTrigger.DELIVERY,
        "cost": Amount(amount=Decimal(15)),
        **changed,
    }
    return DefineWowPlay(**given)


async def test_a_new_play(brand: Brands) -> None:
    one = await brand(businessType="HIGH_PRICE_B2C")
    async with one.work() as work:
        role = await people.role(work)
        play = await service.define_wow_play(work, dance(role_id=role))
        assert work.events == [
            events.WowPlayDefined(
                wow_play_id=play.id,
                role_id=role,
                group_id=None,
                trigger=WowTrigger.DELIVERY,
                occasion=None,
                cost_minor=1500,
                play_version=1,
            )
        ]
        [kept] = await work.rows(WowPlay)
        assert kept.model_dump() == {
            "tenant_id": one.tenant_id,
            "id": play.id,
            "key": "birthday_dance",
            "name": "熊猫跳舞",
            "script": "Dance at the door.",
            "trigger": "DELIVERY",
            "cost_minor": 1500,
            "cost_currency": "CNY",
            "role_id": role,
            "group_id": None,
            "occasion": None,
            "stage_id": None,
            "lead_days": None,
            "within_hours": None,
            "version": 1,
            "recorded_at": work.now,
            "retired_at": None,
        }


async def test_a_definition_is_whole_and_the_same_one_changes_nothing(brand: Brands) -> None:
    one = await brand(businessType="HIGH_PRICE_B2C")
    async with one.work() as work:
        play = await service.define_wow_play(work, dance(role_id=await people.role(work)))
    async with one.work() as work:
        await service.define_wow_play(work, dance(cost=None, expected_version=1))
        assert [(type(event), event.role_id, event.cost_minor, event.play_version) for event in work.events] == [
            (events.WowPlayDefined, None, None, 2)
        ]
    async with one.work() as work:
        again = await service.define_wow_play(work, dance(cost=None))
        assert (again.id, again.version, work.events) == (play.id, 2, [])


async def test_retiring_and_bringing_back(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        play = await service.define_wow_play(work, dance())
    async with one.work() as work:
        gone = await service.retire_wow_play(work, RetireWowPlay(wow_play_id=play.id, expected_version=1))
        assert (gone.retired_at, gone.version) == (work.now, 2)
        assert work.events == [events.WowPlayRetired(wow_play_id=play.id, play_version=2)]
    async with one.work() as work:
        refusal = await refused(service.retire_wow_play(work, RetireWowPlay(wow_play_id=play.id)))
        assert (type(refusal), refusal.field, work.events) == (WowPlayRetired, ("wow_play_id",), [])
    async with one.work() as work:
        back = await service.define_wow_play(work, dance())
        assert (back.id, back.retired_at, back.version) == (play.id, None, 3)


@pytest.mark.parametrize(
    ("changed", "kind", "field"),
    [
        ({"cost": Amount(amount=Decimal(-1))}, NegativeAmount, ("cost", "amount")),
        ({"cost": Amount(amount=Decimal("0.001"))}, Invalid, ("cost", "amount")),
        ({"role_id": new_id()}, NotFound, ("role_id",)),
        ({"group_id": new_id()}, NotFound, ("group_id",)),
        ({"role_id": new_id(), "group_id": new_id()}, OnePerformer, ("group_id",)),
        ({"expected_version": 1}, NotFound, ("key",)),
    ],
    ids=["negative", "a tenth of a fen", "no such role", "no such group", "two performers", "no such play to change"],
)
async def test_what_cannot_be_defined(
    brand: Brands, changed: dict[str, Any], kind: type[DomainError], field: tuple[str, ...]
) -> None:
    one = await brand()
    async with one.work() as work:
        refusal = await refused(service.define_wow_play(work, dance(**changed)))
        assert (type(refusal), refusal.field, work.events) == (kind, field, [])
    assert await one.count("wow_plays") == 0


async def test_a_play_that_moved_on_is_not_overwritten(brand: Brands) -> None:
    one = await brand()
    async with one.work() as work:
        play = await service.define_wow_play(work, dance())
        await service.define_wow_play(work, dance(name="Dance"))
    async with one.work() as work:
        for act in (
            service.define_wow_play(work, dance(name="Song", expected_version=1)),
            service.retire_wow_play(work, RetireWowPlay(wow_play_id=play.id, expected_version=1)),
        ):
            refusal = await refused(act)
            assert (type(refusal), refusal.field, refusal.facts) == (Conflict, ("expected_version",), {"version": 2})
        [kept] = await work.rows(WowPlay)
        assert (kept.name, kept.version, kept.retired_at, work.events) == ("Dance", 2, None, [])


async def test_one_key_is_one_play_however_many_define_it_at_once(brand: Brands) -> None:
    one = await brand()

    async def define(number: int) -> UUID:
        async with one.work() as work:
            return (await service.define_wow_play(work, dance(name=f"Name {number}"))).id

    ids = await asyncio.gather(*(define(number) for number in range(6)))
    async with one.work() as work:
        [kept] = await work.rows(WowPlay)
    assert (set(ids), kept.version) == ({kept.id}, 6)


async def test_another_brands_role_and_play_are_as_absent_as_none(brand: Brands) -> None:
    mine, theirs = await brand(businessType="HIGH_PRICE_B2C"), await brand(businessType="HIGH_PRICE_B2C")
    async with theirs.work() as work:
        role = await people.role(work)
        play = await service.define_wow_play(work, dance())
    async with mine.work() as work:
        refusal = await refused(service.define_wow_play(work, dance(role_id=role)))
        assert (type(refusal), refusal.field) == (NotFound, ("role_id",))
        for id in (play.id, new_id()):
            refusal = await refused(service.retire_wow_play(work, RetireWowPlay(wow_play_id=id)))
            assert (type(refusal), refusal.field) == (NotFound, ("wow_play_id",))
    assert await mine.count("wow_plays") == 0


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value
