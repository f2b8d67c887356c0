"""When people are off 休假, and who stands in 代班.

Whoever composes this act also opens the customers to whoever stands in, and lets the queue move on: rooms above.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_

from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import NotFound
from server.operations.commands import Off, SetAvailability
from server.operations.errors import AbsencesOverlap, CoverIsOff, CoverOfThemselves, EndsBeforeItBegins, StaffHasLeft
from server.operations.events import AbsenceEnded, AbsencePlanned
from server.operations.tables import Absence
from server.tenants.queries import require_working_staff
from server.tenants.tables import StaffMember

_absences = table_of(Absence).c


async def set_availability(work: Work, command: SetAvailability) -> list[Absence]:
    """Replace what is planned; what is over stays as history, what lasts is ended or goes on where it is named again.

    Locks the person and whoever stands in, in the order of their ids. Raises NotFound, StaffMemberLeft, StaffHasLeft,
    AbsencesOverlap, EndsBeforeItBegins, CoverOfThemselves, CoverIsOff. Answers what is planned now.
    """
    _check(work.now, command)
    await _hold(work, [command.staff_id, *(one.cover_id for one in command.off if one.cover_id is not None)])
    await require_working_staff(work, command.staff_id, "staff_id")
    for index, one in enumerate(command.off):
        await _require_cover(work, one, index)
    wanted = list(command.off)
    kept: list[Absence] = []
    for absence in await unfinished(work, [command.staff_id]):
        same = next((one for one in wanted if _is(absence, one)), None)
        if same is None:
            await end_absence(work, absence)
        else:
            wanted.remove(same)
            kept.append(absence)
    return [*kept, *(plan_absence(work, command.staff_id, one) for one in wanted)]


def plan_absence(work: Work, staff_id: UUID, off: Off) -> Absence:
    """The person is off. The caller has checked it."""
    absence = work.add(Absence(staff_id=staff_id, cover_id=off.cover_id, from_at=off.since, until_at=off.until))
    work.emit(
        AbsencePlanned(
            absence_id=absence.id,
            staff_id=staff_id,
            cover_id=off.cover_id,
            from_at=off.since,
            until_at=off.until,
        )
    )
    return absence


async def end_absence(work: Work, absence: Absence) -> None:
    """It ends now; one that has not begun will never have been."""
    if absence.from_at < work.now:
        await work.change(absence, until_at=work.now)
        work.emit(AbsenceEnded(absence_id=absence.id, staff_id=absence.staff_id, until_at=work.now))
    else:
        await work.remove(absence)
        work.emit(AbsenceEnded(absence_id=absence.id, staff_id=absence.staff_id, until_at=None))


async def unfinished(work: Work, staff_ids: Sequence[UUID]) -> list[Absence]:
    """What absence of these people is not over, the earliest first."""
    return await work.rows(
        Absence,
        among(_absences.staff_id, staff_ids),
        or_(_absences.until_at.is_(None), _absences.until_at > work.now),
        order_by=(_absences.from_at, _absences.id),
    )


def _check(now: datetime, command: SetAvailability) -> None:
    for index, one in enumerate(command.off):
        if one.cover_id == command.staff_id:
            raise CoverOfThemselves("off", index, "cover_id")
        if one.until is not None and one.until <= max(one.since, now):
            raise EndsBeforeItBegins("off", index, "until")
        if any(_overlap(one, since=earlier.since, until=earlier.until) for earlier in command.off[:index]):
            raise AbsencesOverlap("off", index, "since")


def _overlap(one: Off, *, since: datetime, until: datetime | None) -> bool:
    return (until is None or one.since < until) and (one.until is None or since < one.until)


def _is(absence: Absence, off: Off) -> bool:
    return (absence.from_at, absence.until_at, absence.cover_id) == (off.since, off.until, off.cover_id)


async def _hold(work: Work, staff_ids: Sequence[UUID]) -> None:
    await work.rows(StaffMember, among(table_of(StaffMember).c.id, set(staff_ids)), lock=True)


async def _require_cover(work: Work, off: Off, index: int) -> None:
    if off.cover_id is None:
        return
    cover = await work.get(StaffMember, off.cover_id)
    if cover is None:
        raise NotFound("off", index, "cover_id")
    if cover.left_at is not None:
        raise StaffHasLeft("off", index, "cover_id")
    others = await unfinished(work, [cover.id])
    if any(_overlap(off, since=one.from_at, until=one.until_at) for one in others):
        raise CoverIsOff("off", index, "cover_id")
