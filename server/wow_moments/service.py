"""The acts of this room: surprises are designed, they happen, and customers tell others. Both are deposits of trust."""

from __future__ import annotations

from typing import Any

from server.customers import boundary, family, visibility
from server.customers.capacities import of_record
from server.db.work import Work
from server.errors import Conflict, NotFound
from server.items.prices import priced
from server.operations.purposes import Purpose
from server.operations.tables import OpsGroup, ServiceRole, Stage
from server.tenants import external_refs
from server.touchpoints.circumstances import Capacity, judged, time_of_fact
from server.touchpoints.queries import Named, known
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason
from server.wow_moments import birthday_round, due_moments, errors, events, queries
from server.wow_moments.commands import DefineWowPlay, RecordShare, RecordWowMoment, RetireWowPlay
from server.wow_moments.surprise_terms import WowOccasion, WowTrigger
from server.wow_moments.tables import Share, WowMoment, WowPlay


async def define_wow_play(work: Work, command: DefineWowPlay) -> WowPlay:
    """Make the play of this key, or give the existing one this definition; a retired one is performed again.

    Nothing happens where the play is so already. With `expected_version` only an existing play is changed.
    """
    await _require_performer(work, command)
    await _require_occasion(work, command)
    cost, currency = await priced(work, command.cost, "cost")
    wanted: dict[str, Any] = {
        "name": command.name,
        "script": command.script,
        "trigger": command.trigger.value,
        "cost_minor": cost,
        "cost_currency": currency,
        "role_id": command.role_id,
        "group_id": command.group_id,
        "occasion": None if command.occasion is None else command.occasion.value,
        "stage_id": command.stage_id,
        "lead_days": command.lead_days,
        "within_hours": command.within_hours,
        "retired_at": None,
    }
    play = await queries.locked_by_key(work, command.key)
    if play is None and command.expected_version is not None:
        raise NotFound("key")
    if play is None:
        play = WowPlay(key=command.key, **wanted)
        if await queries.inserted(work, play):
            work.emit(_defined(play))
        else:
            play = await queries.locked_by_key(work, command.key)
            assert play is not None  # plays are never deleted
    if command.expected_version not in (None, play.version):
        raise Conflict("expected_version", version=play.version)
    changed = {name: value for name, value in wanted.items() if getattr(play, name) != value}
    if changed:
        await work.change(play, **changed)
        work.emit(_defined(play))
    if command.occasion is not None and command.occasion.is_birthday:
        await birthday_round.begin(work, play)
    await external_refs.attach(work, "WowPlay", play.id, command.external_refs)
    return play


async def retire_wow_play(work: Work, command: RetireWowPlay) -> WowPlay:
    """Performed no longer; its moments stay, what it has proposed is withdrawn by and by. Raises WowPlayRetired where it is
    so already."""
    play = await work.require(WowPlay, command.wow_play_id, "wow_play_id", lock=True)
    if play.retired_at is not None:
        raise errors.WowPlayRetired("wow_play_id")
    await work.change(play, expected_version=command.expected_version, retired_at=work.now)
    await birthday_round.begin(work, play)
    work.emit(events.WowPlayRetired(wow_play_id=play.id, play_version=play.version))
    return play


async def record_wow_moment(work: Work, command: RecordWowMoment) -> WowMoment:
    """Record one time a surprise happened to a customer. Without a cost of its own it cost what the play says.

    Surprising is for whose boundary it lies in: that of whoever did it then. The play is not locked: whoever performs it
    while it is being retired did perform it, and every delivery of the day would queue for the one row. Raises NotFound,
    InTheFuture, OutOfBoundary, OverrideNotGranted, WowPlayRetired, NegativeAmount, DueMomentSettled, DueMomentOfAnotherPlay.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = time_of_fact(work, command.occurred_at)
    named = Named(
        customer_id=command.customer_id,
        staff_id=command.staff_id or work.caller.staff_id,
        case_id=command.case_id,
        store_id=command.store_id,
        item_id=None,
        at=at,
        purpose=Purpose.WOW.value,
    )
    acted, override = await _acted(work, named, command.boundary_override)
    due = await due_moments.taken_up(work, command.due_wow_moment_id, command.customer_id, command.play_id)
    play_id = command.play_id if due is None else due.play_id
    play = None if play_id is None else await work.require(WowPlay, play_id, "play_id")
    if play is not None and play.retired_at is not None:
        raise errors.WowPlayRetired("play_id")
    cost, currency = await priced(work, command.cost, "cost")
    if command.cost is None and play is not None:
        cost, currency = play.cost_minor, play.cost_currency
    moment = work.add(
        WowMoment(
            customer_id=named.customer_id,
            play_id=play_id,
            staff_id=named.staff_id,
            case_id=named.case_id,
            store_id=acted.store_id,
            **_unit(acted, play),
            cost_minor=cost,
            cost_currency=currency,
            story=command.story,
            evidence=command.evidence,
            occurred_at=at,
        )
    )
    work.emit(
        events.WowMomentRecorded(
            wow_moment_id=moment.id,
            customer_id=moment.customer_id,
            play_id=moment.play_id,
            staff_id=moment.staff_id,
            case_id=moment.case_id,
            store_id=moment.store_id,
            role_id=moment.role_id,
            group_id=moment.group_id,
            cost_minor=moment.cost_minor,
            occurred_at=moment.occurred_at,
        )
    )
    if due is not None:
        await due_moments.perform(work, due, moment)
    boundary.keep(work, override, "WowMoment", moment.id, customer_id=moment.customer_id, occurred_at=at)
    await external_refs.attach(work, "WowMoment", moment.id, command.external_refs, just_made=True)
    cause = Cause(CauseType.WOW_MOMENT, moment.id, occurred_at=moment.occurred_at)
    await post(work, moment.customer_id, TrustReason.WOW_MOMENT, cause)
    return moment


async def record_share(work: Work, command: RecordShare) -> Share:
    """Record that a customer told others. Spontaneous 忍不住 only if nobody asked and nothing was given for it.

    Raises NotFound for another customer's moment as for none, and ShareBeforeMoment.
    """
    await visibility.require_visible(work, command.customer_id, "customer_id")
    at = time_of_fact(work, command.occurred_at)
    if command.wow_moment_id is not None:
        moment = await work.require(WowMoment, command.wow_moment_id, "wow_moment_id")
        if not await family.are_one(work, moment.customer_id, command.customer_id):
            raise NotFound("wow_moment_id")
        if at < moment.occurred_at:
            raise errors.ShareBeforeMoment("occurred_at")
    share = work.add(
        Share(
            customer_id=command.customer_id,
            wow_moment_id=command.wow_moment_id,
            medium=command.medium,
            prompted=command.prompted,
            rewarded=command.rewarded,
            spontaneous=not command.prompted and not command.rewarded,
            evidence=command.evidence,
            occurred_at=at,
        )
    )
    work.emit(
        events.ShareRecorded(
            share_id=share.id,
            customer_id=share.customer_id,
            wow_moment_id=share.wow_moment_id,
            medium=command.medium,
            prompted=share.prompted,
            rewarded=share.rewarded,
            spontaneous=share.spontaneous,
            occurred_at=share.occurred_at,
        )
    )
    await external_refs.attach(work, "Share", share.id, command.external_refs, just_made=True)
    cause = Cause(CauseType.SHARE, share.id, occurred_at=share.occurred_at)
    await post(work, share.customer_id, _worth_of(share), cause)
    return share


def _worth_of(share: Share) -> TrustReason:
    """Only what the customer could not help telling is worth anything; the rest is shown, and worth nothing."""
    if share.rewarded:
        return TrustReason.REWARDED_SHARE
    return TrustReason.PROMPTED_SHARE if share.prompted else TrustReason.SPONTANEOUS_SHARE


async def _acted(work: Work, named: Named, reason: str | None) -> tuple[Capacity, boundary.Override | None]:
    """In what the staff member surprised the customer, and the leave to do so outside of a boundary, where it took one."""
    if not (named.staff_id or named.case_id or named.store_id):
        return Capacity(), None
    [found] = await known(work, [named])
    acted = judged(found)
    if named.staff_id is None or not found["outside"]:
        return acted, None
    override = await boundary.weighed(
        work, of_record(found), named.staff_id, named.customer_id, Purpose.WOW, "customer_id", reason=reason
    )
    return acted, override


def _unit(acted: Capacity, play: WowPlay | None) -> dict[str, Any]:
    """The role or group it was done in; where nobody knows, the one whose play it is."""
    known_unit = acted if play is None or acted.role_id or acted.group_id else play
    return {"role_id": known_unit.role_id, "group_id": known_unit.group_id}


async def _require_performer(work: Work, command: DefineWowPlay) -> None:
    if command.role_id is not None and command.group_id is not None:
        raise errors.OnePerformer("group_id")
    if command.role_id is not None:
        await work.require(ServiceRole, command.role_id, "role_id")
    if command.group_id is not None:
        await work.require(OpsGroup, command.group_id, "group_id")


async def _require_occasion(work: Work, command: DefineWowPlay) -> None:
    """Birthdays belong to the trigger BIRTHDAY, a stage to the occasion STAGE, each kind of time to what it is counted from."""
    occasion = command.occasion
    is_birthday = occasion is not None and occasion.is_birthday
    if occasion is not None and is_birthday != (command.trigger is WowTrigger.BIRTHDAY):
        raise errors.OccasionDoesNotFit("occasion")
    if (command.stage_id is not None) != (occasion is WowOccasion.STAGE):
        raise errors.StageOfNoOccasion("stage_id")
    if command.lead_days is not None and not is_birthday:
        raise errors.TimesDoNotFit("lead_days")
    if command.within_hours is not None and occasion not in (WowOccasion.ORDER, WowOccasion.STAGE):
        raise errors.TimesDoNotFit("within_hours")
    if command.stage_id is not None:
        await work.require(Stage, command.stage_id, "stage_id")


def _defined(play: WowPlay) -> events.WowPlayDefined:
    return events.WowPlayDefined(
        wow_play_id=play.id,
        role_id=play.role_id,
        group_id=play.group_id,
        trigger=WowTrigger(play.trigger),
        occasion=None if play.occasion is None else WowOccasion(play.occasion),
        cost_minor=play.cost_minor,
        play_version=play.version,
    )
