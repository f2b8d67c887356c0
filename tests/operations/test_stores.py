"""The store tree: keys, moves, circles, closing, and two acts at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.db.work import Work
from server.errors import Conflict, NotFound
from server.ids import new_id
from server.operations import queries
from server.operations.commands import AssignServiceRole, DefineStore
from server.operations.errors import NeededForNew, StoreCycle, StoreInUse, StoreIsClosed
from server.operations.placements import end_placement, start_placement
from server.operations.stores import close_store, define_store
from server.operations.tables import Store, StoreAncestor
from server.tenants.commands import InviteStaff
from server.tenants.service.staff import invite_staff
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]


def store(key: str, **given: Any) -> DefineStore:
    return DefineStore.model_validate({"key": key, **given})


async def plant(work: Work, tree: dict[str, str | None]) -> dict[str, Store]:
    """Stores by key; each names the key of its parent, parents first."""
    made: dict[str, Store] = {}
    for key, parent in tree.items():
        parent_id = made[parent].id if parent else None
        made[key] = (await define_store(work, store(key, name=f"Store {key}", parent_id=parent_id))).store
    return made


async def closure(work: Work) -> set[tuple[UUID, UUID]]:
    return {(row.store_id, row.ancestor_id) for row in await work.rows(StoreAncestor)}


async def walked(work: Work) -> set[tuple[UUID, UUID]]:
    """The closure as the parents say it; runs forever on a circle, so it counts its steps."""
    parents = {row.id: row.parent_id for row in await work.rows(Store)}
    pairs = set()
    for id in parents:
        above: UUID | None = id
        for _ in range(len(parents) + 1):
            if above is None:
                break
            pairs.add((id, above))
            above = parents[above]
        else:
            raise AssertionError("The tree has a circle.")
    return pairs


TREE = {"china": None, "east": "china", "shanghai": "east", "jingan": "shanghai", "north": "china", "beijing": "north"}


async def test_what_lies_below_is_known_at_once(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = await plant(work, TREE)
    async with tenant.work() as work:
        assert await closure(work) == await walked(work)
        assert await queries.stores_below(work, made["east"].id) == sorted(
            made[key].id for key in ("east", "shanghai", "jingan")
        )
        assert await queries.stores_above(work, made["jingan"].id) == sorted(
            made[key].id for key in ("jingan", "shanghai", "east", "china")
        )


async def test_a_key_names_one_store(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        first = (await define_store(work, store("jingan", name="静安店", address="南京西路"))).store
        same = (await define_store(work, store("jingan", name="静安寺店"))).store
        assert (same.id, same.name, same.address, same.kind, same.version) == (
            first.id,
            "静安寺店",
            "南京西路",
            "STORE",
            2,
        )
        emptied = (await define_store(work, store("jingan", address=None, kind="DEPARTMENT"))).store
        assert (emptied.address, emptied.kind, emptied.name) == (None, "DEPARTMENT", "静安寺店")
        told = len(work.events)
        await define_store(work, store("jingan", name="静安寺店"))
        assert len(work.events) == told
    assert await tenant.count("stores") == 1


async def test_a_new_store_needs_a_name(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        with pytest.raises(NeededForNew) as told:
            await define_store(work, store("jingan"))
        assert told.value.field == ("name",)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_a_time_zone_exists(zone: str) -> None:
    with pytest.raises(ValueError, match="timezone"):
        store("jingan", name="x", timezone=zone)


async def test_a_move_takes_everything_below_along(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = await plant(work, TREE)
        moved = await define_store(work, store("shanghai", parent_id=made["north"].id))
        assert moved.changed_above == {made["east"].id, made["north"].id}
        assert await closure(work) == await walked(work)
        root = await define_store(work, store("shanghai", parent_id=None))
        assert root.changed_above == {made["north"].id, made["china"].id}
        assert await closure(work) == await walked(work)
        renamed = await define_store(work, store("shanghai", name="上海"))
        assert renamed.changed_above == frozenset()


async def test_nothing_lies_below_itself(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = await plant(work, TREE)
        before = await closure(work)
        for key, parent in (("china", "jingan"), ("east", "east"), ("shanghai", "jingan")):
            with pytest.raises(StoreCycle):
                await define_store(work, store(key, parent_id=made[parent].id))
        assert await closure(work) == before
        with pytest.raises(NotFound) as told:
            await define_store(work, store("beijing", parent_id=new_id()))
        assert told.value.field == ("parent_id",)


async def test_two_moves_cannot_close_a_circle(brand: Make) -> None:
    """Each move alone is fine; both together would hang two regions below each other."""
    tenant = await brand()
    async with tenant.work() as work:
        made = await plant(work, {"a": None, "b": None})

    async def move(key: str, parent: str) -> str:
        try:
            async with tenant.work() as work:
                await define_store(work, store(key, parent_id=made[parent].id))
                await asyncio.sleep(0.05)
        except StoreCycle:
            return "refused"
        return "done"

    assert sorted(await asyncio.gather(move("a", "b"), move("b", "a"))) == ["done", "refused"]
    async with tenant.work() as work:
        assert await closure(work) == await walked(work)


async def test_moves_and_additions_at_once_leave_a_true_closure(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = await plant(work, {f"n{n}": None if n < 3 else f"n{n % 3}" for n in range(9)})
    choose = random.Random(20260101)
    retried = 0

    async def act(number: int) -> None:
        nonlocal retried
        key, parent = choose.sample(sorted(made), 2)
        command = (
            store(f"new{number}", name="New", parent_id=made[parent].id)
            if number % 3 == 0
            else store(key, parent_id=made[parent].id)
        )
        while True:
            try:
                async with tenant.work() as work:
                    await define_store(work, command)
                return
            except StoreCycle:
                return
            except asyncpg.DeadlockDetectedError:  # what the gateway does with it, too
                retried += 1

    await asyncio.gather(*(act(number) for number in range(24)))
    async with tenant.work() as work:
        assert await closure(work) == await walked(work)
    assert await tenant.count("stores") == 9 + 8
    assert retried == 0


async def test_one_key_defined_twice_at_once_is_one_store(brand: Make) -> None:
    tenant = await brand()

    async def define(name: str) -> UUID:
        async with tenant.work() as work:
            made = (await define_store(work, store("jingan", name=name))).store
            await asyncio.sleep(0.02)
            return made.id

    assert len(set(await asyncio.gather(define("A"), define("B"), define("C")))) == 1
    assert await tenant.count("stores") == 1
    assert await tenant.count("store_ancestors") == 1


async def test_a_store_closes_when_nothing_hangs_on_it(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = await plant(work, {"east": None, "jingan": "east", "xuhui": "east"})
        roles = await queries.units_by_key(work)
        role = next(row for row in roles.values() if row.retired_at is None)
        staff = await invite_staff(work, InviteStaff(name="Han Meimei"))
        placement = await start_placement(
            work, AssignServiceRole(staff_id=staff.id, role_id=role.id, store_id=made["jingan"].id)
        )
    async with tenant.work() as work:
        with pytest.raises(StoreInUse) as told:
            await close_store(work, made["east"].id)
        assert told.value.facts == {"key": "east", "what": "open below it: jingan, xuhui"}
        with pytest.raises(StoreInUse) as told:
            await close_store(work, made["jingan"].id)
        assert told.value.facts == {"key": "jingan", "what": "placed there: Han Meimei"}
        await end_placement(work, placement.id)
        for key in ("jingan", "xuhui", "east"):
            closed = await close_store(work, made[key].id)
            assert closed.closed_at == work.now
        with pytest.raises(StoreIsClosed):
            await close_store(work, made["east"].id)
        with pytest.raises(StoreIsClosed):
            await define_store(work, store("pudong", name="Pudong", parent_id=made["east"].id))
        with pytest.raises(StoreIsClosed):
            await define_store(work, store("east", name="East again"))
        with pytest.raises(StoreIsClosed):
            await start_placement(
                work, AssignServiceRole(staff_id=staff.id, role_id=role.id, store_id=made["jingan"].id)
            )


async def test_a_stale_reader_overwrites_nothing(brand: Make) -> None:
    tenant = await brand()
    async with tenant.work() as work:
        made = (await define_store(work, store("jingan", name="A"))).store
        await define_store(work, store("jingan", name="B", expected_version=1))
        with pytest.raises(Conflict) as told:
            await define_store(work, store("jingan", name="C", expected_version=1))
        assert told.value.facts == {"version": 2}
        with pytest.raises(Conflict):
            await close_store(work, made.id, expected_version=1)


async def test_tenants_have_trees_of_their_own(brand: Make) -> None:
    one, other = await brand(), await brand()
    async with one.work() as work:
        mine = await plant(work, {"jingan": None})
    async with other.work() as work:
        theirs = await plant(work, {"jingan": None})
        assert theirs["jingan"].id != mine["jingan"].id
        with pytest.raises(NotFound):
            await define_store(work, store("below", name="Below", parent_id=mine["jingan"].id))
        with pytest.raises(NotFound):
            await close_store(work, mine["jingan"].id)
    async with one.work() as work:
        assert (await work.require(Store, mine["jingan"].id)).closed_at is None
