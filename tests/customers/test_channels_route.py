"""A customer who scans a code goes to somebody who can take them, evenly, and never to nobody."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from server.customers.service.queueing import look_again
from server.lifecycles.assignment import set_workload
from server.operations.commands import SetWorkload
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


async def test_a_role_that_serves_no_more_takes_nobody(clinic: Clinic) -> None:
    """A change of the model left the placement and the channel behind: the first who adds takes over, waiting ones too."""
    role, first = await clinic.role("consultant"), await clinic.role("customer_service")
    old = await clinic.staff("Old", role=role)
    await clinic.channel("DESK", role_id=role)
    async with clinic.brand.work() as work:
        await set_workload(work, SetWorkload(staff_id=old, capacity=1))
    assert (await clinic.add(channel_code="DESK", phone="13800000001")).relationship is not None
    waits = (await clinic.add(channel_code="DESK", phone="13800000002")).waits
    assert waits is not None
    await clinic.fetch("UPDATE service_roles SET dormant = true WHERE id = $1", role)
    await clinic.fetch("UPDATE workloads SET capacity = NULL WHERE staff_id = $1", old)
    taker = await clinic.staff("First", role=first)

    added = await clinic.add(channel_code="DESK", phone="13800000003")
    assert added.relationship is not None
    assert added.relationship.staff_id == taker
    async with clinic.brand.work() as work:
        await look_again(work, waits.id)
    rows = await clinic.fetch("SELECT state, staff_id FROM assignment_queue WHERE id = $1", waits.id)
    assert [tuple(row) for row in rows] == [("ASSIGNED", taker)]
    rows = await clinic.fetch("SELECT count(*) AS n FROM relationship_roles WHERE role_id = $1", first)
    assert rows[0]["n"] == 2
    in_person = await clinic.add(staff_id=old, phone="13800000004")
    held = await clinic.fetch("SELECT 1 FROM relationship_roles WHERE relationship_id = $1", in_person.relationship.id)  # type: ignore[union-attr]  # added in person
    assert held == [], "The friendship stands; the role is none any more."
    told = await clinic.brand.ask("{ assignmentQueue { nodes { state availableActions { action allowed reason } } } }")
    assert told["data"]["assignmentQueue"]["nodes"] == [
        {
            "state": "ASSIGNED",
            "availableActions": [
                {"action": "assignCustomer", "allowed": False, "reason": "Nobody waits here any more: ASSIGNED."}
            ],
        }
    ]
