"""A customer who scans a code goes to somebody who can take them, evenly, and never to nobody."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from server.operations.errors import ChannelIsRetired
from tests.customers.clinic import Clinic


async def test_a_burst_is_spread_evenly_over_the_group(brandhouse: Clinic) -> None:
    group = await brandhouse.group()
    for number in range(3):
        await brandhouse.staff(f"Colleague {number}", group=group)
    await brandhouse.channel("PARCEL", group_id=group)

    await asyncio.gather(*(brandhouse.add(channel_code="PARCEL", phone=f"1380000{number:04}") for number in range(9)))

    rows = await brandhouse.fetch("SELECT staff_id FROM relationships")
    assert sorted(Counter(row["staff_id"] for row in rows).values()) == [3, 3, 3]


async def test_scanning_twice_is_the_same_friend_however_busy(brandhouse: Clinic) -> None:
    group = await brandhouse.group()
    for number in range(2):
        await brandhouse.staff(f"Colleague {number}", group=group)
    await brandhouse.channel("PARCEL", group_id=group)
    first = await brandhouse.add(channel_code="PARCEL")

    again = await brandhouse.add(channel_code="PARCEL")

    assert first.relationship is not None
    assert again.relationship is not None
    assert again.relationship.id == first.relationship.id


async def test_the_channel_says_role_store_and_tags(clinic: Clinic) -> None:
    north, south = await clinic.store("N"), await clinic.store("S")
    role = await clinic.role("consultant")
    await clinic.staff("North", role=role, store=north)
    southerner = await clinic.staff("South", role=role, store=south)
    channel = await clinic.channel("DESK", role_id=role, store_id=south, auto_tags=["walk-in"])

    added = await clinic.add(channel_code="DESK")

    assert added.relationship is not None
    assert (added.relationship.staff_id, added.relationship.channel_id) == (southerner, channel)
    assert added.customer.home_store_id == south
    assert added.customer.stage_id == await clinic.stage("ARRIVED"), "the consultant's first key node"
    [tag] = await clinic.fetch("SELECT tag FROM customer_tags")
    assert tag["tag"] == "walk-in"


async def test_where_nobody_is_at_the_store_somebody_elsewhere_takes_the_customer(clinic: Clinic) -> None:
    north, south = await clinic.store("N"), await clinic.store("S")
    role = await clinic.role("consultant")
    northerner = await clinic.staff("North", role=role, store=north)
    await clinic.channel("DESK", role_id=role, store_id=south)

    added = await clinic.add(channel_code="DESK")

    assert added.relationship is not None
    assert added.relationship.staff_id == northerner


async def test_a_channel_of_nobody_in_particular_leads_to_the_first_stage_that_adds(clinic: Clinic) -> None:
    staff = await clinic.staff(role=await clinic.role("customer_service"))
    await clinic.staff("Doctor", role=await clinic.role("doctor"))
    await clinic.channel("AD")
    added = await clinic.add(channel_code="AD")
    assert added.relationship is not None
    assert added.relationship.staff_id == staff


async def test_where_nobody_is_placed_the_customer_waits(clinic: Clinic) -> None:
    consultants = await clinic.role("consultant")
    await clinic.channel("DESK", role_id=consultants)
    added = await clinic.add(channel_code="DESK")
    assert added.relationship is None
    assert added.waits is not None
    assert (added.waits.role_id, added.waits.reason) == (consultants, "NOBODY_PLACED")
    assert added.case is not None, "The journey begins all the same."


async def test_who_left_takes_nobody(clinic: Clinic) -> None:
    role = await clinic.role("consultant")
    left = await clinic.staff("Left", role=role)
    await clinic.fetch("UPDATE staff_members SET left_at = now() WHERE id = $1", left)
    await clinic.channel("DESK", role_id=role)
    added = await clinic.add(channel_code="DESK")
    assert added.waits is not None
    assert added.waits.reason == "NOBODY_PLACED"


async def test_a_retired_channel_takes_nobody(clinic: Clinic) -> None:
    await clinic.staff(role=await clinic.role("customer_service"))
    channel = await clinic.channel("OLD")
    await clinic.fetch("UPDATE channels SET retired_at = now() WHERE id = $1", channel)
    with pytest.raises(ChannelIsRetired):
        await clinic.add(channel_code="OLD")
