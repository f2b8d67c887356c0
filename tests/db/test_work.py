"""The unit of work: order of inserts, versions, savepoints, and nothing half done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.db.work import Work
from server.errors import Conflict, NotFound
from server.ids import new_id
from server.tenants.tables import StaffMember
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]


def _member(name: str, work: Work) -> StaffMember:
    return StaffMember(name=name, data_scope="ALL", joined_at=work.now)


async def _staff(brand: Brand) -> StaffMember:
    async with brand.work() as work:
        member = work.add(_member("Ann", work))
        await work.flush()
    return member


async def test_a_change_raises_the_version_and_an_old_one_is_a_conflict(brand: Make) -> None:
    made = await brand()
    member = await _staff(made)
    async with made.work() as work:
        await work.change(member, expected_version=1, name="Bea")
        assert (member.name, member.version) == ("Bea", 2)
        with pytest.raises(Conflict) as refused:
            await work.change(member, expected_version=1, name="Cleo")
        assert refused.value.facts == {"version": 2}
        found = await work.require(StaffMember, member.id, "staff_id")
        assert (found.name, found.version) == ("Bea", 2)


async def test_a_row_that_is_gone_is_not_found(brand: Make) -> None:
    made = await brand()
    async with made.work() as work:
        with pytest.raises(NotFound):
            await work.change(_member("Nobody", work), name="x")
        with pytest.raises(NotFound) as refused:
            await work.require(StaffMember, new_id(), "staff_id")
        assert refused.value.field == ("staff_id",)


async def _add_and_fail(work: Work) -> None:
    async with work.savepoint():
        work.add(_member("Lost", work))
        await work.flush()
        raise ZeroDivisionError


async def test_a_failing_savepoint_takes_back_its_rows_only(brand: Make) -> None:
    made = await brand()
    before = await made.count("staff_members")
    async with made.work() as work:
        work.add(_member("Kept", work))
        with pytest.raises(ZeroDivisionError):
            await _add_and_fail(work)
    assert await made.count("staff_members") == before + 1


async def test_a_locked_row_is_waited_for(brand: Make) -> None:
    made = await brand()
    member = await _staff(made)

    async def add_letter() -> None:
        async with made.work() as work:
            row = await work.require(StaffMember, member.id, "staff_id", lock=True)
            await work.change(row, name=row.name + "x")

    await asyncio.gather(*(add_letter() for _ in range(8)))
    async with made.work() as work:
        row = await work.require(StaffMember, member.id, "staff_id")
    assert (row.name, row.version) == ("Annxxxxxxxx", 9)
