"""Who sees a customer follows from friendships, groups and stores, from the moment one of them changes."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

import pytest

from server.access.permissions import DataScope
from server.customers import visibility
from server.customers.commands import EndRelationship, UpdateCustomer
from server.customers.relationship_terms import RelationshipState
from server.customers.service import parting, profiles
from server.errors import NotFound
from server.ids import new_id
from server.operations.store_kinds import StoreKind
from server.operations.tables import Placement
from tests.customers.clinic import Clinic, seen_by

REMOVED: Final = RelationshipState.REMOVED_BY_CUSTOMER


async def access(clinic: Clinic, customer_id: UUID) -> set[tuple[UUID, str]]:
    async with clinic.brand.work() as work:
        return await seen_by(work, customer_id)


async def test_a_friend_sees_the_customer_whatever_the_scope(clinic: Clinic) -> None:
    for scope in DataScope:
        staff = await clinic.staff(scope=scope)
        added = await clinic.add(staff_id=staff, phone=None)
        assert await access(clinic, added.customer.id) == {(staff, "RELATIONSHIP")}


async def test_the_own_group_sees_its_members_friends(brandhouse: Clinic) -> None:
    group = await brandhouse.group()
    friend = await brandhouse.staff("Friend", group=group)
    colleague = await brandhouse.staff("Colleague", scope=DataScope.OWN_GROUP, group=group)
    await brandhouse.staff("Alone", scope=DataScope.OWN_GROUP)
    await brandhouse.staff("Narrow", scope=DataScope.OWN_CUSTOMERS, group=group)

    added = await brandhouse.add(staff_id=friend)

    assert await access(brandhouse, added.customer.id) == {(friend, "RELATIONSHIP"), (colleague, "GROUP")}


async def test_the_own_store_sees_its_customers_and_those_below(clinic: Clinic) -> None:
    region = await clinic.store("REGION", kind=StoreKind.REGION)
    north, south = await clinic.store("N", below=region), await clinic.store("S", below=region)
    role = await clinic.role("store_manager")
    of_region = await clinic.staff("Region", scope=DataScope.OWN_STORE, role=role, store=region)
    of_north = await clinic.staff("North", scope=DataScope.OWN_STORE, role=role, store=north)
    await clinic.staff("South", scope=DataScope.OWN_STORE, role=role, store=south)
    friend = await clinic.staff("Friend")

    at_home = await clinic.add(staff_id=friend, phone="13800000001", home_store_id=north)
    assert await access(clinic, at_home.customer.id) == {
        (friend, "RELATIONSHIP"),
        (of_north, "STORE"),
        (of_region, "STORE"),
    }
    doctor = await clinic.staff("Doctor", role=await clinic.role("doctor"), store=north)
    served = await clinic.add(staff_id=doctor, phone="13800000002", home_store_id=south)
    assert {staff for staff, via in await access(clinic, served.customer.id) if via == "STORE"} >= {of_north, of_region}


async def test_a_placement_opens_customers_to_the_person_and_to_those_above(clinic: Clinic) -> None:
    north = await clinic.store("N")
    manager = await clinic.staff(
        "Manager", scope=DataScope.OWN_STORE, role=await clinic.role("store_manager"), store=north
    )
    friend = await clinic.staff("Friend")
    added = await clinic.add(staff_id=friend)
    assert await access(clinic, added.customer.id) == {(friend, "RELATIONSHIP")}

    async with clinic.brand.work() as work:
        placement = work.add(
            Placement(staff_id=friend, role_id=await clinic.role("doctor"), store_id=north, from_at=work.now)
        )
        await visibility.refresh_staff(work, friend)
    assert await access(clinic, added.customer.id) == {(friend, "RELATIONSHIP"), (manager, "STORE")}

    async with clinic.brand.work() as work:
        await work.change(placement, until_at=work.now)
        await visibility.refresh_staff(work, friend)
    assert await access(clinic, added.customer.id) == {(friend, "RELATIONSHIP")}


async def test_moving_house_moves_what_the_store_sees(clinic: Clinic) -> None:
    north, south = await clinic.store("N"), await clinic.store("S")
    role = await clinic.role("store_manager")
    of_north = await clinic.staff("North", scope=DataScope.OWN_STORE, role=role, store=north)
    of_south = await clinic.staff("South", scope=DataScope.OWN_STORE, role=role, store=south)
    friend = await clinic.staff("Friend")
    added = await clinic.add(staff_id=friend, home_store_id=north)
    assert (of_north, "STORE") in await access(clinic, added.customer.id)

    async with clinic.brand.work() as work:
        await profiles.update_customer(work, UpdateCustomer(customer_id=added.customer.id, home_store_id=south))

    assert await access(clinic, added.customer.id) == {(friend, "RELATIONSHIP"), (of_south, "STORE")}


async def test_the_end_of_a_friendship_ends_what_followed_from_it(brandhouse: Clinic) -> None:
    group = await brandhouse.group()
    friend = await brandhouse.staff("Friend", group=group)
    colleague = await brandhouse.staff("Colleague", scope=DataScope.OWN_GROUP, group=group)
    added = await brandhouse.add(staff_id=friend)
    assert (colleague, "GROUP") in await access(brandhouse, added.customer.id)
    assert added.relationship is not None

    async with brandhouse.brand.work() as work:
        ended = await parting.end_relationship(
            work, EndRelationship(relationship_id=added.relationship.id, state=REMOVED)
        )

    assert ended.ended_at is not None
    assert await access(brandhouse, added.customer.id) == set()
    [role] = await brandhouse.fetch("SELECT until_at FROM relationship_roles")
    assert role["until_at"] == ended.ended_at
    again = await brandhouse.add(staff_id=friend)
    assert again.relationship is not None
    assert again.relationship.id != added.relationship.id
    assert await brandhouse.brand.count("relationships") == 2


async def test_who_left_sees_nobody(clinic: Clinic) -> None:
    staff = await clinic.staff()
    added = await clinic.add(staff_id=staff)
    async with clinic.brand.work() as work:
        await work.raw.execute("UPDATE staff_members SET left_at = now() WHERE id = $1", staff)
        await visibility.refresh_staff(work, staff)
    assert await access(clinic, added.customer.id) == set()


async def test_a_friendship_and_a_placement_at_once_do_not_miss_each_other(brandhouse: Clinic) -> None:
    group = await brandhouse.group()
    friend = await brandhouse.staff("Friend", group=group)
    colleagues = [await brandhouse.staff(f"C{number}", scope=DataScope.OWN_GROUP) for number in range(4)]

    async def place(staff_id: UUID) -> None:
        async with brandhouse.brand.work() as work:
            work.add(Placement(staff_id=staff_id, group_id=group, from_at=work.now))
            await visibility.refresh_staff(work, staff_id)

    adding = asyncio.create_task(brandhouse.add(staff_id=friend))
    await asyncio.gather(*(place(one) for one in colleagues))
    added = await adding

    expected = {(friend, "RELATIONSHIP"), *((one, "GROUP") for one in colleagues)}
    assert await access(brandhouse, added.customer.id) == expected


async def test_invisible_and_missing_look_the_same(clinic: Clinic) -> None:
    one, other = await clinic.staff("Wang"), await clinic.staff("Zhao")
    added = await clinic.add(staff_id=one)
    stranger = clinic.brand.as_staff(other, DataScope.OWN_CUSTOMERS)
    refusals = []
    async with clinic.brand.world.work(stranger) as work:
        for customer_id in (added.customer.id, new_id()):
            with pytest.raises(NotFound) as refusal:
                await visibility.require_visible(work, customer_id, "customer_id")
            refusals.append((str(refusal.value), refusal.value.field))
    assert refusals == [("Not found.", ("customer_id",))] * 2
    async with clinic.brand.world.work(clinic.brand.as_staff(one, DataScope.OWN_CUSTOMERS)) as work:
        await visibility.require_visible(work, added.customer.id, "customer_id")
