"""A person leaves the brand 离职: nothing of theirs is orphaned silently.

At once: they can do and see nothing any more, their placements end, somebody stands in for them, and whoever they stood in
for is told another. Then, in the background: their customers pass to colleagues; who finds nobody with room waits. And
what they had still to do, handoffs and feedback to answer, promises and appointments, passes to colleagues likewise.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_

from server.commands import Command
from server.customers import visibility
from server.customers.candidates import pool_of
from server.db.clocks import set_clock
from server.db.statements import table_of
from server.db.work import Work
from server.lifecycles import transfers
from server.lifecycles.assignment import ABSENCE
from server.lifecycles.succession_terms import SuccessionRule
from server.lifecycles.tables import Transfer
from server.operations import availability, placements, queries
from server.operations.assignment import Candidate, Presence, turns
from server.operations.assignment_terms import AssignmentMethod
from server.operations.commands import Off
from server.operations.errors import CoverIsOff, CoverOfThemselves
from server.operations.tables import Absence
from server.operations.units import unit_of
from server.tenants.commands import LeaveStaff
from server.tenants.queries import require_working_staff
from server.tenants.service import staff
from server.tenants.tables import StaffMember

_absences = table_of(Absence).c


class DeactivateStaff(Command):
    """`cover_id` stands in until the last customer has passed on; by the rule, where it is left out."""

    staff_id: UUID
    rule: SuccessionRule = SuccessionRule.SAME_ROLE_AND_STORE
    to_staff_id: UUID | None = None
    cover_id: UUID | None = None
    expected_version: int | None = None


async def deactivate_staff(work: Work, command: DeactivateStaff) -> tuple[StaffMember, Transfer]:
    """The person leaves now. Waits for, and holds off, whoever makes friends meanwhile.

    Raises NotFound, StaffMemberLeft, Conflict, WiderScopeThanOwn, SuccessorNeeded, SuccessorIsTheSame, CoverOfThemselves,
    CoverIsOff, TransferRuns.
    """
    await visibility.changing_model(work)
    member = await require_working_staff(work, command.staff_id, "staff_id")
    await transfers.check_succession(work, member.id, command.rule, command.to_staff_id, "succession", "staff_id")
    cover_id = await _cover(work, command)
    await staff.leave_staff(work, LeaveStaff(staff_id=member.id, expected_version=command.expected_version))
    await _stand_in(work, member.id, cover_id)
    await placements.end_placements_of(work, member.id)
    await visibility.refresh_staff(work, member.id)
    transfer = await transfers.begin(work, member.id, command.rule, command.to_staff_id, leaver=True)
    return await work.require(StaffMember, member.id), transfer


async def _cover(work: Work, command: DeactivateStaff) -> UUID | None:
    """Who stands in: the person named, else the successor, else a colleague of the same role and store who is there."""
    if command.cover_id is not None:
        if command.cover_id == command.staff_id:
            raise CoverOfThemselves("cover_id")
        await require_working_staff(work, command.cover_id, "cover_id")
        if any(one.from_at <= work.now for one in await availability.unfinished(work, [command.cover_id])):
            raise CoverIsOff("cover_id")
        return command.cover_id
    if command.to_staff_id is not None:
        return command.to_staff_id
    for placement in await queries.active_placements(work, command.staff_id):
        unit = unit_of(placement)
        assert unit is not None
        pool = await pool_of(work, unit, placement.store_id)
        there = [one.candidate for one in pool.at(placement.store_id)]
        free = [one for one in there if one.staff_id != command.staff_id and one.presence is not Presence.OFF]
        # Standing in makes no friends, so no limit is asked for: whoever has fewest.
        first = next(
            turns([Candidate(one.staff_id, friends=one.friends) for one in free], AssignmentMethod.LEAST_LOADED),
            None,
        )
        if first is not None:
            return first.staff_id
    return None


async def _stand_in(work: Work, staff_id: UUID, cover_id: UUID | None) -> None:
    """The leaver is off for good; those the leaver stood in for have the same cover from now on, or none."""
    for absence in await availability.unfinished(work, [staff_id]):
        await availability.end_absence(work, absence)
    availability.plan_absence(work, staff_id, Off(since=work.now, cover_id=cover_id))
    covered = await work.rows(
        Absence,
        _absences.cover_id == staff_id,
        or_(_absences.until_at.is_(None), _absences.until_at > work.now),
        order_by=(_absences.from_at, _absences.id),
    )
    for absence in covered:
        since, until = max(absence.from_at, work.now), absence.until_at
        await availability.end_absence(work, absence)
        instead = None if cover_id == absence.staff_id else cover_id
        planned = availability.plan_absence(work, absence.staff_id, Off(since=since, until=until, cover_id=instead))
        await set_clock(work, ABSENCE, planned.id, since)
    if cover_id is not None:
        await visibility.refresh_staff(work, cover_id)
