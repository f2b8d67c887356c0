"""Acquisition codes: opaque, short, unique; what they lead to; their picture."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID
from xml.etree import ElementTree

import pytest

from server.errors import NotFound
from server.ids import new_id
from server.operations import queries
from server.operations.channel_kinds import ChannelKind
from server.operations.channels import create_channel, new_code, qr_svg, require_open, retire_channel
from server.operations.commands import CreateChannel, DefineStore
from server.operations.errors import ChannelIsRetired, CodeTaken, OneUnit, StoreIsClosed, UnitNeverAdds
from server.operations.stores import close_store, define_store
from server.operations.tables import Channel
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]


def test_a_code_is_short_and_plain() -> None:
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(re.fullmatch(r"[2-9a-hjkmnp-z]{16}", code) for code in codes)


def test_the_picture_follows_from_the_code_alone() -> None:
    picture = qr_svg("abc234")
    assert qr_svg("abc234") == picture
    assert qr_svg("abc235") != picture
    root = ElementTree.fromstring(picture)  # noqa: S314 we made it ourselves
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    # Version 1 is 21 modules, with a quiet zone of 4 on each side, 8 units each.
    assert (root.get("width"), root.get("height")) == ("232", "232")


def test_the_longest_code_still_has_a_picture() -> None:
    picture = ElementTree.fromstring(qr_svg("x" * 30))  # noqa: S314 we made it ourselves
    assert len(picture) == 1


@pytest.mark.parametrize("code", ["x" * 31, "活码", "a b", "", "a:b"])
def test_a_code_of_ones_own_is_at_most_30_plain_characters(code: str) -> None:
    with pytest.raises(ValueError, match="code"):
        CreateChannel(name="Card", kind=ChannelKind.PARCEL_CARD, code=code)


async def test_a_channel_keeps_what_it_is_for(brand: Make) -> None:
    tenant = await brand(businessType="LOW_PRICE_B2C", industry="BAKERY")
    async with tenant.work() as work:
        group = (await queries.units_by_key(work))["ops_group"]
        store = (await define_store(work, DefineStore(key="changsha", name="Changsha"))).store
        made = await create_channel(
            work,
            CreateChannel(
                name="Cake box",
                kind=ChannelKind.PARCEL_CARD,
                store_id=store.id,
                group_id=group.id,
                campaign="Spring",
                welcome="Happy birthday!",
                auto_tags=("cake", "parcel", "cake"),
            ),
        )
    async with tenant.work() as work:
        channel = await work.require(Channel, made.id)
        assert (channel.name, channel.kind, channel.campaign, channel.welcome) == (
            "Cake box", "PARCEL_CARD", "Spring", "Happy birthday!"
        )  # fmt: skip
        assert (channel.store_id, channel.group_id, channel.role_id) == (store.id, group.id, None)
        assert channel.auto_tags == ["cake", "parcel"]
        assert (await require_open(work, channel.state)).id == channel.id
        assert (await require_open(work, channel.id)).id == channel.id


async def test_a_code_belongs_to_one_channel(brand: Make) -> None:
    tenant, other = await brand(), await brand()

    async def make(tenant: Brand) -> UUID | None:
        try:
            async with tenant.work() as work:
                made = await create_channel(
                    work, CreateChannel(name="Card", kind=ChannelKind.STAFF_CARD, code="poster-1")
                )
                return made.id
        except CodeTaken:
            return None

    made = await asyncio.gather(make(tenant), make(tenant), make(tenant), make(other))
    assert [id is None for id in made].count(True) == 2
    assert made[3] is not None
    async with tenant.work() as work:
        found = await require_open(work, "poster-1")
        assert found.id in made[:3]
        with pytest.raises(NotFound):
            await require_open(work, made[3])


async def test_a_retired_channel_adds_nobody(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = await create_channel(work, CreateChannel(name="Card", kind=ChannelKind.STAFF_CARD))
        retired = await retire_channel(work, made.id)
        assert (retired.retired_at, retired.version) == (work.now, 2)
        with pytest.raises(ChannelIsRetired) as told:
            await require_open(work, made.state)
        assert told.value.field == ("channel_code",)
        with pytest.raises(ChannelIsRetired) as told:
            await retire_channel(work, made.id)
        assert told.value.field == ("channel_id",)
        for missing in ("nothing", new_id()):
            with pytest.raises(NotFound):
                await require_open(work, missing)


async def test_a_code_leads_to_who_adds(brand: Make) -> None:
    tenant = await brand(businessType="LOW_PRICE_B2C", industry="BAKERY")
    async with tenant.work() as work:
        units = await queries.units_by_key(work)
        with pytest.raises(UnitNeverAdds) as told:
            await create_channel(
                work,
                CreateChannel(name="Rider", kind=ChannelKind.STAFF_CARD, role_id=units["delivery_rider"].id),
            )
        assert told.value.facts == {"key": "delivery_rider"}
        with pytest.raises(OneUnit):
            await create_channel(
                work,
                CreateChannel(
                    name="Both",
                    kind=ChannelKind.STAFF_CARD,
                    role_id=units["delivery_rider"].id,
                    group_id=units["ops_group"].id,
                ),
            )
        store = (await define_store(work, DefineStore(key="closed", name="Closed"))).store
        await close_store(work, store.id)
        with pytest.raises(StoreIsClosed):
            await create_channel(work, CreateChannel(name="Closed", kind=ChannelKind.STORE_MATERIAL, store_id=store.id))
    assert await tenant.count("channels") == 1
