"""Limits, rules and absences as they are said: what is refused names its field and changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from server.errors import Conflict, DomainError, Invalid
from server.lifecycles.assignment import set_assignment_rule, set_availability, set_workload
from server.operations import errors
from server.operations.assignment_terms import AssignmentMethod
from server.operations.commands import SetAssignmentRule, SetAvailability, SetWorkload
from server.operations.tables import Absence, WorkShift
from tests.customers.clinic import Clinic
from tests.factories.brands import Brand

Make = Callable[..., Awaitable[Brand]]


@pytest.fixture
async def house(brand: Make) -> Clinic:
    return Clinic(await brand(businessType="LOW_PRICE_B2C", industry="FMCG"))


@pytest.mark.parametrize(
    ("command", "given", "field"),
    [
        (SetWorkload, {"capacity": 0}, "capacity"),
        (SetWorkload, {"daily_limit": 0}, "daily_limit"),
        (SetWorkload, {"weight": 0}, "weight"),
        (SetAssignmentRule, {"capacity": 0}, "capacity"),
        (SetAssignmentRule, {"daily_limit": -1}, "daily_limit"),
    ],
)
def test_nobody_takes_none_at_all(command: Any, given: dict[str, int], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        command.model_validate(
            {"staff_id": "00000000-0000-0000-0000-000000000001", **given} if command is SetWorkload else given
        )
    assert [error["loc"] for error in refusal.value.errors()] == [(field,)]


async def test_a_workload_keeps_what_is_left_out(house: Clinic) -> None:
    staff = await house.staff("Wang")
    shift = {"weekday": 1, "opens": "09:00", "closes": "18:00"}
    async with house.brand.work() as work:
        await set_workload(
            work, SetWorkload.model_validate({"staff_id": staff, "capacity": 9, "weight": 3, "shifts": [shift]})
        )
    async with house.brand.work() as work:
        workload = await set_workload(work, SetWorkload(staff_id=staff, daily_limit=4))
        shifts = await work.rows(WorkShift)
    assert (workload.capacity, workload.daily_limit, workload.weight, workload.version) == (9, 4, 3, 3)
    assert [(one.weekday, one.opens, one.closes) for one in shifts] == [(1, 540, 1080)]
    with pytest.raises(Conflict):
        async with house.brand.work() as work:
            await set_workload(work, SetWorkload(staff_id=staff, capacity=1, expected_version=2))


async def test_overlapping_shifts_are_refused_by_name(house: Clinic) -> None:
    staff = await house.staff("Wang")
    shifts = [{"weekday": 1, "opens": "09:00", "closes": "12:00"}, {"weekday": 1, "opens": "11:59", "closes": "13:00"}]
    with pytest.raises(Invalid) as refusal:
        async with house.brand.work() as work:
            await set_workload(work, SetWorkload.model_validate({"staff_id": staff, "shifts": shifts}))
    assert refusal.value.field == ("shifts", "1")
    assert await house.brand.count("work_shifts") == 0


async def test_a_rule_is_of_one_unit_and_its_backup_another(house: Clinic) -> None:
    group = await house.group()

    async def refused(**given: Any) -> DomainError:
        with pytest.raises(DomainError) as refusal:
            async with house.brand.work() as work:
                await set_assignment_rule(work, SetAssignmentRule(**given))
        return refusal.value

    assert isinstance(await refused(), errors.OneUnit)
    assert (await refused(group_id=group, backup_group_id=group)).field == ("backup_group_id",)
    assert await house.brand.count("assignment_rules") == 0
    async with house.brand.work() as work:
        first = await set_assignment_rule(
            work, SetAssignmentRule(group_id=group, method=AssignmentMethod.WEIGHTED, capacity=7)
        )
    async with house.brand.work() as work:
        second = await set_assignment_rule(work, SetAssignmentRule(group_id=group, daily_limit=2))
    assert second.id == first.id
    assert (second.method, second.capacity, second.daily_limit) == ("WEIGHTED", 7, 2)


async def test_absences_are_replaced_and_what_is_over_stays(house: Clinic) -> None:
    staff, cover = await house.staff("Wang"), await house.staff("Li")
    async with house.brand.work() as work:
        now = work.now
        past = work.add(Absence(staff_id=staff, from_at=now - timedelta(days=9), until_at=now - timedelta(days=8)))
        lasting = {"since": now - timedelta(days=1), "until": now + timedelta(days=1), "cover_id": cover}
        later = {"since": now + timedelta(days=5), "until": now + timedelta(days=6)}
        await set_availability(work, SetAvailability.model_validate({"staff_id": staff, "off": [lasting, later]}))
    async with house.brand.work() as work:
        [kept] = await set_availability(work, SetAvailability.model_validate({"staff_id": staff, "off": [lasting]}))
    assert kept.cover_id == cover
    async with house.brand.work() as work:
        assert await set_availability(work, SetAvailability(staff_id=staff)) == []
        back = work.now
        rows = {row.id: row for row in await work.rows(Absence)}
    assert set(rows) == {past.id, kept.id}, "What never began is gone."
    assert rows[kept.id].until_at == back


@pytest.mark.parametrize(
    ("off", "error", "field"),
    [
        ([(1, 3, None), (2, 4, None)], errors.AbsencesOverlap, ("off", "1", "since")),
        ([(1, None, None), (2, 4, None)], errors.AbsencesOverlap, ("off", "1", "since")),
        ([(3, 3, None)], errors.EndsBeforeItBegins, ("off", "0", "until")),
        ([(-3, -2, None)], errors.EndsBeforeItBegins, ("off", "0", "until")),
        ([(1, 3, "self")], errors.CoverOfThemselves, ("off", "0", "cover_id")),
        ([(1, 3, "off")], errors.CoverIsOff, ("off", "0", "cover_id")),
        ([(1, 3, "left")], errors.StaffHasLeft, ("off", "0", "cover_id")),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(
    house: Clinic, off: list[tuple[int, int | None, str | None]], error: type[DomainError], field: tuple[str, ...]
) -> None:
    people = {"self": await house.staff("Wang"), "off": await house.staff("Li"), "left": await house.staff("Ma")}
    await house.fetch("UPDATE staff_members SET left_at = now() WHERE id = $1", people["left"])
    async with house.brand.work() as work:
        now = work.now
        work.add(Absence(staff_id=people["off"], from_at=now + timedelta(days=2)))
    given = [
        {
            "since": now + timedelta(days=since),
            "until": None if until is None else now + timedelta(days=until),
            "cover_id": None if cover is None else people[cover],
        }
        for since, until, cover in off
    ]
    before = await house.brand.events()
    with pytest.raises(error) as refusal:
        async with house.brand.work() as work:
            await set_availability(work, SetAvailability.model_validate({"staff_id": people["self"], "off": given}))
    assert refusal.value.field == field
    assert await house.brand.count("absences") == 1
    assert await house.brand.events() == before
