"""Acts on who takes how many customers and when, with what follows: the queue moves on, covers see what they cover.

The rows are operations'; the queue and who sees whom are the customers' room's.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from server.customers import visibility
from server.customers.service import queueing
from server.db.clocks import set_clock, stop_clock
from server.db.work import Work
from server.operations import availability, channels, queries, workloads
from server.operations.commands import SetAssignmentRule, SetAvailability, SetChannelHours, SetWorkload
from server.operations.tables import Absence, AssignmentRule, Channel, Workload
from server.operations.units import Unit, unit_of

ABSENCE = "ABSENCE"
"""The clock of an absence: when it begins, and when it ends."""


async def set_assignment_rule(work: Work, command: SetAssignmentRule) -> AssignmentRule:
    """Say how a group or role takes turns; whoever waits for it is looked at again. Refusals as of the rule."""
    rule = await workloads.set_assignment_rule(work, command)
    await queueing.serve(work, [Unit(rule.group_id, rule.role_id)])
    return rule


async def set_workload(work: Work, command: SetWorkload) -> Workload:
    """Say what a person takes and when they work; with more room the queue moves on at once. Refusals as of the workload."""
    workload = await workloads.set_workload(work, command)
    await _room_made(work, workload.staff_id)
    return workload


async def set_channel_hours(work: Work, command: SetChannelHours) -> Channel:
    """Say when a channel is served; whoever waits for it to open is looked at again. Refusals as of the hours."""
    channel = await channels.set_channel_hours(work, command)
    unit = unit_of(channel) or await _first_that_adds(work)
    await queueing.serve(work, [] if unit is None else [unit])
    return channel


async def set_availability(work: Work, command: SetAvailability) -> list[Absence]:
    """Say when a person is off and who stands in. From then on, and until the person is back, whoever stands in sees
    the person's customers; back again, the person takes customers at once. Refusals as of the availability."""
    before = await availability.unfinished(work, [command.staff_id])
    planned = await availability.set_availability(work, command)
    there = {absence.id for absence in planned}
    for absence in before:
        if absence.id not in there:
            await stop_clock(work, ABSENCE, absence.id)
    for absence in planned:
        await set_clock(work, ABSENCE, absence.id, absence.from_at)
    await _open_eyes(work, [*before, *planned])
    await _room_made(work, command.staff_id)
    return planned


async def absence_turns(work: Work, absence_id: UUID) -> None:
    """The clock of an absence has run out: it begins, or ends."""
    absence = await work.get(Absence, absence_id)
    if absence is None:
        return
    await _open_eyes(work, [absence])
    if absence.until_at is not None and absence.until_at > work.now:
        await set_clock(work, ABSENCE, absence.id, absence.until_at)
    await _room_made(work, absence.staff_id)


async def _open_eyes(work: Work, absences: Sequence[Absence]) -> None:
    """Bring in line what those see who stand in, and those who stand in for one of them."""
    covers = {one.cover_id for one in absences if one.cover_id is not None}
    theirs = await availability.unfinished(work, sorted(covers))
    for cover_id in sorted(covers | {one.cover_id for one in theirs if one.cover_id is not None}):
        await visibility.refresh_staff(work, cover_id)


async def _room_made(work: Work, staff_id: UUID) -> None:
    """The person may take customers now: the queues they serve move on, those they help out in too."""
    await queueing.serve(work, await queries.units_served_by(work, staff_id))


async def _first_that_adds(work: Work) -> Unit | None:
    stage = await queries.first_adding_stage(work)
    return None if stage is None else queries.owner_of(stage)
