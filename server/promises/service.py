"""The acts on promises: made, brought up to date, kept, broken, released; and noticed when their time has run out.

Whoever acts on a promise holds its row until the act ends; whoever names one by an external id holds that id as well, so
the same promise told twice at once is one promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.access.caller import NOBODY
from server.customers import family, visibility
from server.db import clocks
from server.db.work import Work
from server.errors import DomainError
from server.operations.units import unit_of
from server.promises import errors, events
from server.promises.commands import BreakPromise, KeepPromise, MakePromise, RecordPromise, ReleasePromise
from server.promises.promise_terms import PromiseStatus
from server.promises.settling import kept_in_time, refusal
from server.promises.tables import Promise
from server.promises.trusting import settle_trust
from server.tenants import external_refs
from server.tenants import queries as tenants
from server.touchpoints.circumstances import capacity, time_of_fact
from server.touchpoints.queries import Named
from server.work_items import service as inbox
from server.work_items.kinds import WorkItemKind
from server.work_items.service import Whose

DUE = "promise.due"
"""The clock of an open promise that has a time."""

_ENDED_BY: dict[PromiseStatus, type[events.PromiseKept] | type[events.PromiseBroken] | type[events.PromiseReleased]] = {
    PromiseStatus.KEPT: events.PromiseKept,
    PromiseStatus.BROKEN: events.PromiseBroken,
    PromiseStatus.RELEASED: events.PromiseReleased,
}


async def make_promise(work: Work, command: MakePromise) -> Promise:
    """Give the brand's word, to a customer or to everyone. Known by an external id, an open promise is corrected.

    Raises NotFound for what is named and is not there, InTheFuture, DueBeforeMade, ForEveryoneNeedsAll, and of a known
    one PromiseOfSomebodyElse, PromiseSettled, PromiseHasRunOut where that would change it.
    """
    await external_refs.hold(work, "Promise", command.external_refs)
    return await _record(work, command)


async def record_promises(work: Work, commands: Sequence[RecordPromise]) -> list[Promise | DomainError]:
    """Promises as another system has them, each with what became of it. One answer per command, in order."""
    await external_refs.hold(work, "Promise", [ref for command in commands for ref in command.external_refs])
    return await work.one_by_one(commands, lambda command: _record(work, command))


async def keep_promise(work: Work, command: KeepPromise) -> Promise:
    """The brand kept its word: in time or late follows from when. Raises PromiseSettled, SettledBeforeMade, NotFound."""
    promise = await _in_hand(work, command.promise_id)
    return await _settle(work, promise, PromiseStatus.KEPT, command.occurred_at)


async def break_promise(work: Work, command: BreakPromise) -> Promise:
    """The brand broke its word. Raises PromiseSettled, SettledBeforeMade, NotFound."""
    promise = await _in_hand(work, command.promise_id)
    return await _settle(work, promise, PromiseStatus.BROKEN, command.occurred_at, command.reason)


async def release_promise(work: Work, command: ReleasePromise) -> Promise:
    """Whom it was made to let the brand off. Raises PromiseSettled, SettledBeforeMade, NotFound."""
    promise = await _in_hand(work, command.promise_id)
    return await _settle(work, promise, PromiseStatus.RELEASED, command.occurred_at, command.reason)


async def note_overdue(work: Work, promise_id: UUID) -> None:
    """The promise's clock has run out: say so once, unless it was settled or put right meanwhile."""
    promise = await work.get(Promise, promise_id, lock=True)
    if promise is None or promise.status != PromiseStatus.OPEN or promise.overdue_at is not None:
        return
    if promise.due_at is None or promise.due_at > work.now:
        return
    await work.change(promise, overdue_at=work.now, updated_at=work.now)
    work.emit(events.PromiseOverdue(**_told(promise), staff_id=promise.staff_id, occurred_at=promise.due_at))


async def _record(work: Work, command: MakePromise) -> Promise:
    """The promise these external ids belong to, brought up to date, or a new one; then what became of it."""
    await _require_sight(work, command)
    known = await external_refs.known(work, "Promise", command.external_refs)
    if known is None:
        promise = await _make(work, command)
    else:
        promise = await work.require(Promise, known, "external_refs", lock=True)
        if not await family.are_one(work, promise.customer_id, command.customer_id):
            raise errors.PromiseOfSomebodyElse("external_refs", 0, "id")
        await _correct(work, promise, command)
    await external_refs.attach(work, "Promise", promise.id, command.external_refs, just_made=known is None)
    if isinstance(command, RecordPromise) and command.status.value not in (PromiseStatus.OPEN, promise.status):
        if refused := refusal(PromiseStatus(promise.status)):
            raise refused.under("status")
        await _settle(work, promise, command.status, command.settled_at, command.reason, field="settled_at")
    elif promise.status == PromiseStatus.OPEN and promise.due_at is not None:
        await _put_in_inbox(work, promise, promise.due_at, just_made=known is None)
    return promise


async def _require_sight(work: Work, command: MakePromise) -> None:
    if command.customer_id is not None:
        await visibility.require_visible(work, command.customer_id, "customer_id")
    elif not work.caller.sees_everything:
        raise errors.ForEveryoneNeedsAll("to_everyone")


async def _make(work: Work, command: MakePromise) -> Promise:
    at = time_of_fact(work, command.occurred_at)
    staff_id = command.staff_id or work.caller.staff_id
    promise = Promise(
        customer_id=command.customer_id,
        **await _circumstances(work, command, staff_id, command.case_id, command.store_id, at),
        text=command.text,
        due_at=_due_at(command, at),
        within_hours=command.within_hours,
        occurred_at=at,
        updated_at=work.now,
    )
    work.add(promise)
    await _watch(work, promise)
    work.emit(events.PromiseMade(**_told(promise), **_particulars(promise), occurred_at=at))
    return promise


async def _correct(work: Work, promise: Promise, command: MakePromise) -> None:
    """Particulars of a known promise: what is told anew replaces, what is left out stays. The same again is nothing."""
    at = promise.occurred_at if command.occurred_at is None else time_of_fact(work, command.occurred_at)
    staff_id = command.staff_id or promise.staff_id
    case_id, store_id = command.case_id or promise.case_id, command.store_id or promise.store_id
    wanted: dict[str, Any] = {"text": command.text, "occurred_at": at}
    if (staff_id, case_id, store_id) != (promise.staff_id, promise.case_id, promise.store_id):
        wanted |= await _circumstances(work, command, staff_id, case_id, store_id, at)
    if command.due_at is not None or command.within_hours is not None:
        wanted |= {"due_at": _due_at(command, at), "within_hours": command.within_hours}
    changed = {name: value for name, value in wanted.items() if getattr(promise, name) != value}
    if not changed:
        return
    if refused := refusal(PromiseStatus(promise.status)):
        raise refused.under("external_refs", 0)
    if promise.due_at is not None and promise.due_at <= work.now and {"due_at", "within_hours"} & changed.keys():
        raise errors.PromiseHasRunOut("due_at")
    due_at = changed.get("due_at", promise.due_at)
    if due_at is not None and due_at < at:
        raise errors.DueBeforeMade("due_at")
    await work.change(promise, **changed, updated_at=work.now)
    await _watch(work, promise)
    work.emit(events.PromiseChanged(**_told(promise), **_particulars(promise)))


def _due_at(command: MakePromise, at: datetime) -> datetime | None:
    """To everyone, hours are the promise itself and run for nobody in particular."""
    if command.within_hours is not None and command.customer_id is not None:
        return at + timedelta(hours=command.within_hours)
    if command.due_at is not None and command.due_at < at:
        raise errors.DueBeforeMade("due_at")
    return command.due_at


async def _circumstances(
    work: Work, command: MakePromise, staff_id: UUID | None, case_id: UUID | None, store_id: UUID | None, at: datetime
) -> dict[str, Any]:
    """Who made it, in which capacity, in which case, where. Raises NotFound for what is named and is not there."""
    named = Named(command.customer_id or NOBODY, staff_id, case_id, store_id, None, at)
    acted = await capacity(work, named)
    return {
        "staff_id": staff_id,
        "case_id": case_id,
        "store_id": acted.store_id,
        "role_id": acted.role_id,
        "group_id": acted.group_id,
    }


async def _in_hand(work: Work, promise_id: UUID) -> Promise:
    """The promise, locked, if it may be settled by this caller. Raises NotFound, ForEveryoneNeedsAll, PromiseSettled."""
    promise = await work.require(Promise, promise_id, "promise_id", lock=True)
    if promise.customer_id is not None:
        await visibility.require_visible(work, promise.customer_id, "promise_id")
    elif not work.caller.sees_everything:
        raise errors.ForEveryoneNeedsAll("promise_id")
    if refused := refusal(PromiseStatus(promise.status)):
        raise refused
    return promise


async def _settle(
    work: Work,
    promise: Promise,
    outcome: PromiseStatus,
    given: datetime | None,
    reason: str | None = None,
    *,
    field: str = "occurred_at",
) -> Promise:
    at = time_of_fact(work, given)
    if given is None:
        at = max(at, promise.occurred_at)  # whoever recorded the promise may have a clock that runs ahead of ours
    elif at < promise.occurred_at:
        raise errors.SettledBeforeMade(field)
    await work.change(
        promise,
        status=outcome.value,
        settled_at=at,
        settled_by_id=work.caller.staff_id,
        reason=reason,
        kept_in_time=kept_in_time(outcome, promise.due_at, at),
        updated_at=work.now,
    )
    if promise.due_at is not None:
        await clocks.stop_clock(work, DUE, promise.id)
    await inbox.close_item(work, WorkItemKind.PROMISE_DUE, promise.id, at=at)
    work.emit(
        _ENDED_BY[outcome](
            **_told(promise),
            staff_id=promise.staff_id,
            settled_by_id=promise.settled_by_id,
            in_time=promise.kept_in_time,
            occurred_at=at,
        )
    )
    await settle_trust(work, promise)
    return promise


async def _watch(work: Work, promise: Promise) -> None:
    if promise.due_at is not None:
        await clocks.set_clock(work, DUE, promise.id, promise.due_at)


async def _put_in_inbox(work: Work, promise: Promise, due_at: datetime, *, just_made: bool) -> None:
    """Whoever made it is to keep it; once they have left, whoever is in their role or group."""
    whose = Whose(await tenants.still_here(work, promise.staff_id), unit_of(promise), promise.store_id)
    given: dict[str, Any] = {"customer_id": promise.customer_id, "opened_at": promise.occurred_at}
    if just_made:
        inbox.add_item(work, WorkItemKind.PROMISE_DUE, promise.id, whose, due_at=due_at, **given)
    else:
        await inbox.open_item(work, WorkItemKind.PROMISE_DUE, promise.id, whose, due_at=due_at, **given)


def _told(promise: Promise) -> dict[str, Any]:
    """What every event of this room says."""
    return {
        "promise_id": promise.id,
        "customer_id": promise.customer_id,
        "due_at": promise.due_at,
        "promise_version": promise.version,
    }


def _particulars(promise: Promise) -> dict[str, Any]:
    return {
        "within_hours": promise.within_hours,
        "case_id": promise.case_id,
        "staff_id": promise.staff_id,
        "role_id": promise.role_id,
        "group_id": promise.group_id,
        "store_id": promise.store_id,
    }
