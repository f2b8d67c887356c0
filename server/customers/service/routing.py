"""Finds who takes a customer: the staff member named, or whoever's turn it is among the people a channel leads to.

Nobody is given more than capacity and daily limit allow. Where nobody can take the customer, the taker is nobody yet,
with the reason why: the customer waits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from server.customers import queries
from server.customers.candidates import Placed, Pool, friend_in, pool_of
from server.customers.commands import AddCustomer
from server.customers.errors import NobodyPlaced, StaffMemberGone, WhoAdds
from server.customers.service import loads
from server.db.work import Work
from server.operations import channels
from server.operations import queries as operations
from server.operations.assignment import Candidate, Presence, why_nobody
from server.operations.assignment_terms import AssignmentMethod, QueueReason
from server.operations.errors import OneUnit
from server.operations.tables import Channel, Stage
from server.operations.units import Unit, unit_of
from server.operations.working_hours import is_open, next_opening
from server.tenants.tables import StaffMember

_ATTEMPTS = 100
"""Turns lost to others at the same moment before the customer waits, which is for the next second."""
_LEAST = AssignmentMethod.LEAST_LOADED
_SOON = timedelta(seconds=1)
_LATER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Taker:
    """Who becomes the friend, in which capacity, where, through which channel; nobody yet where `waits_for` says why."""

    staff_id: UUID | None
    unit: Unit | None
    store_id: UUID | None
    channel: Channel | None = None
    is_counted: bool = False
    """Whether the friend is counted already (`loads.take`)."""
    waits_for: QueueReason | None = None
    again_at: datetime | None = None
    """When to look again, at the latest."""


async def named_taker(work: Work, command: AddCustomer) -> UUID | Channel | None:
    """The staff member or channel the input names; a staff member who names neither adds in person.

    Raises WhoAdds where both are named, OneUnit where a role and a group are, StaffMemberGone, ChannelIsRetired, NotFound.
    """
    if command.role_id is not None and command.group_id is not None:
        raise OneUnit("role_id")
    if command.channel_code is not None and command.staff_id is not None:
        raise WhoAdds("staff_id")
    if command.channel_code is not None:
        return await channels.require_open(work, command.channel_code)
    staff_id = command.staff_id or work.caller.staff_id
    if staff_id is None:
        return None
    staff = await work.require(StaffMember, staff_id, "staff_id")
    if staff.left_at is not None:
        raise StaffMemberGone("staff_id")
    return staff.id


async def staff_taker(work: Work, staff_id: UUID, command: AddCustomer, stages: Sequence[Stage]) -> Taker:
    """The staff member in the capacity given, else in the one of their placements whose stage adds first."""
    placements = await operations.serving_placements(work, staff_id)
    given = await _given_unit(work, command)
    if given is not None:
        store_id = next((one.store_id for one in placements if unit_of(one) == given), None)
        return Taker(staff_id, given, store_id)
    if not placements:
        return Taker(staff_id, None, None)
    adds_at: dict[Unit | None, float] = {
        operations.owner_of(stage): stage.position for stage in reversed(stages) if stage.adds
    }
    chosen = min(placements, key=lambda one: (adds_at.get(unit_of(one), math.inf), one.from_at, one.id))
    return Taker(staff_id, unit_of(chosen), chosen.store_id)


async def channel_taker(work: Work, channel: Channel, stages: Sequence[Stage], *, known_customer: UUID | None) -> Taker:
    """Whoever's turn it is in the channel's role or group, at its store; a returning customer's own friend before all.

    A channel placed with nobody in particular serves the owner of the first stage that adds. Raises NobodyPlaced where
    no stage adds.
    """
    unit = unit_of(channel) or next((operations.owner_of(stage) for stage in stages if stage.adds), None)
    if unit is None:
        raise NobodyPlaced("channel_code")
    found = await find_taker(work, unit, channel.store_id, known_customer=known_customer, channel=channel)
    return replace(found, channel=channel)


async def find_taker(
    work: Work,
    unit: Unit,
    store_id: UUID | None,
    *,
    known_customer: UUID | None = None,
    channel: Channel | None = None,
    without: UUID | None = None,
    returning: bool = True,
) -> Taker:
    """Whoever takes the next customer of the unit at the store: its people, then those of its backup group.

    In the place of a unit that serves no more is asked whoever owns the first stage that adds. `without` is passed over: who
    hands over. `returning`: former friends come before others, as present ones do. The
    friend is counted, and the turn kept, until the act ends.
    """
    pool = _without(await pool_of(work, unit, store_id), without)
    if not pool.people:
        unit = await operations.in_its_place(work, unit)
        pool = _without(await pool_of(work, unit, store_id), without) if unit != pool.unit else pool
    people = pool.at(store_id)
    if known_customer is not None:
        asked = pool.people if unit.is_group else people
        known = await _their_own(work, known_customer, unit, asked, store_id, returning=returning)
        if known is not None:
            return known
    reason: QueueReason | None = None
    closed_until = None if channel is None else await _closed_until(work, channel)
    if closed_until is not None:
        reason = QueueReason.CHANNEL_CLOSED
    else:
        taker = await _in_turn(work, pool, people, store_id)
        if taker is not None:
            return taker
    helpers: tuple[Placed, ...] = ()
    if pool.backup_group_id is not None:
        backup = _without(await pool_of(work, Unit(group_id=pool.backup_group_id), store_id), without)
        helpers = backup.at(store_id)
        taker = await _in_turn(work, backup, helpers, store_id)
        if taker is not None:
            return taker
    again_at = _look_again(work.now, (*people, *helpers), closed_until)
    why = reason or why_nobody([one.candidate for one in people])
    return Taker(None, unit, store_id, waits_for=why, again_at=again_at)


async def take_turn_of(work: Work, unit: Unit, one: Candidate, store_id: UUID | None) -> Taker | None:
    """This one person takes the customer, out of hours too; None where a limit stands in the way. The friend is counted."""
    for _ in range(_ATTEMPTS):
        turn = await loads.next_turn(work, [replace(one, presence=Presence.ON_DUTY)], _LEAST)
        if turn is None:
            return None
        if await loads.take(work, turn, one):
            return Taker(turn.staff_id, unit, store_id, is_counted=True)
        one = await loads.as_now(work, one)
    return None


async def _their_own(
    work: Work, customer_id: UUID, unit: Unit, people: Sequence[Placed], store_id: UUID | None, *, returning: bool
) -> Taker | None:
    """The colleague who is the customer's friend, or was last and has room; for somebody who is off, whoever stands in."""
    by_id = {one.candidate.staff_id: one for one in people}
    found = await friend_in(work, unit, customer_id, list(by_id))
    if found is None:
        return None
    staff_id, is_friend = found
    if not is_friend and not returning:
        return None
    own = by_id[staff_id]
    if own.candidate.presence is Presence.OFF:
        if own.cover_id not in by_id:
            return None
        own = by_id[own.cover_id]
    elif is_friend:
        return Taker(staff_id, unit, own.store_id or store_id, is_counted=True)
    return await _in_turn(work, Pool(unit, _LEAST, None, (own,)), (own,), store_id)


async def _in_turn(work: Work, pool: Pool, people: Sequence[Placed], store_id: UUID | None) -> Taker | None:
    """The store's people first, then those placed everywhere. None where none of them can take anybody."""
    here = [one for one in people if one.is_here]
    for tier in [here, [one for one in people if not one.is_here]] if here else [list(people)]:
        chosen = await _chosen(work, pool, tier, store_id)
        if chosen is not None:
            return Taker(chosen.candidate.staff_id, pool.unit, chosen.store_id or store_id, is_counted=True)
    return None


async def _chosen(work: Work, pool: Pool, people: Sequence[Placed], store_id: UUID | None) -> Placed | None:
    tier = {one.candidate.staff_id: one for one in people}
    for _ in range(_ATTEMPTS):
        turn = await loads.next_turn(work, [one.candidate for one in tier.values()], pool.method)
        if turn is None:
            return None
        chosen = tier[turn.staff_id]
        if await loads.take(work, turn, chosen.candidate):
            return chosen
        # Somebody was quicker: look again at how things are now.
        again = await pool_of(work, pool.unit, store_id)
        tier = {one.candidate.staff_id: one for one in again.people if one.candidate.staff_id in tier}
    return None


async def _closed_until(work: Work, channel: Channel) -> datetime | None:
    """When the channel is served again, where it is not now."""
    hours, zone = await queries.channel_hours(work, channel)
    if is_open(hours, ZoneInfo(zone), work.now):
        return None
    return next_opening(hours, ZoneInfo(zone), work.now)


def _look_again(now: datetime, people: Sequence[Placed], closed_until: datetime | None) -> datetime:
    """When somebody may have room; in a second where somebody has, whose turns others are taking at this moment."""
    if closed_until is None and any(one.candidate.takes for one in people):
        return now + _SOON
    times = [one.again_at for one in people if one.again_at is not None]
    return max(now + _SOON, min([*times, *([closed_until] if closed_until else []), now + _LATER]))


def _without(pool: Pool, staff_id: UUID | None) -> Pool:
    return replace(pool, people=tuple(one for one in pool.people if one.candidate.staff_id != staff_id))


async def _given_unit(work: Work, command: AddCustomer) -> Unit | None:
    if command.role_id is not None:
        return await operations.unit_in_use(work, Unit(role_id=command.role_id))
    if command.group_id is not None:
        return await operations.unit_in_use(work, Unit(group_id=command.group_id))
    return None
