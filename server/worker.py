"""Background work of one process. As the role `shuke_worker` it sees the platform's directory and nothing of any tenant;
what it does for a tenant is an ordinary unit of work of the application, bound to that tenant.

Clocks that have run out are dealt with by whoever set them, each in a unit of work of its own, within a second or two. Jobs
are worked off step by step, by whichever worker is free. Idempotency keys are forgotten after 72 hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import asyncpg
import structlog

from server.access import outcomes
from server.access.caller import Caller
from server.access.permissions import DataScope, PrincipalKind
from server.config import Settings
from server.customers.service import queueing
from server.db import clocks, jobs
from server.db.clocks import Due
from server.db.database import Database
from server.db.directory import forget_onboardings, tenants_after
from server.db.policies import WORKER
from server.db.work import Work, finish, open_work
from server.events.log import EventLog
from server.feedback import ending
from server.feedback.proceeding import ACKNOWLEDGE, CONFIRM
from server.feedback.trusting import SILENCE, note_silence
from server.handoffs import service as handoffs
from server.improvements import shipping
from server.lifecycles import assignment, changing, transfers
from server.promises import service as promises
from server.quotes.proceeding import EXPIRY
from server.quotes.service.answering import expire_quote
from server.rewards import service as rewards
from server.touchpoints import reservations
from server.trust import interest, runs, stepping, watching
from server.wow_moments import birthday_round, due_moments

Handler = Callable[[Work, UUID], Awaitable[None]]
"""What is done about a thing whose clock has run out. It must bear being done twice, and the clock having been early."""

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        EXPIRY: expire_quote,
        reservations.EXPIRY: reservations.expire_reservation,
        promises.DUE: promises.note_overdue,
        handoffs.CLOCK: handoffs.escalate_overdue,
        ACKNOWLEDGE: ending.note_unacknowledged,
        CONFIRM: ending.resolve_in_silence,
        rewards.DUE: rewards.note_overdue,
        SILENCE: note_silence,
        queueing.CLOCK: queueing.look_again,
        assignment.ABSENCE: assignment.absence_turns,
        due_moments.LAPSE: due_moments.lapse,
        birthday_round.ROUND: birthday_round.walk,
        interest.CLOCK: interest.month_is_over,
        watching.CLOCK: watching.look_again,
    }
)
"""By kind of clock. A kind nobody here knows is left alone: another version of this process may."""

Step = Callable[[Work, UUID], Awaitable[timedelta | None]]
"""One step of the job on the row of this id: how long until the next one, or None where the work is done."""

STEPS: Mapping[str, Step] = MappingProxyType(
    {
        changing.JOB: changing.take_step,
        transfers.JOB: transfers.take_step,
        runs.JOB: stepping.take_step,
        shipping.JOB: shipping.take_step,
    }
)
"""What is worked off, by kind of job."""

KEPT = timedelta(hours=72)
_FORGET_EVERY_SECONDS = 600.0
_RETRY_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_AT_ONCE = 100
_log = structlog.get_logger()


async def run_worker(settings: Settings, platform_dsn: str, dsn: str) -> None:
    """Work until cancelled. A database that is away is waited for.

    `platform_dsn` is of a login that may be the worker, `dsn` of one that may be the application.
    """
    small = settings.model_copy(update={"read_pool": 1, "act_pool": 2})
    while True:
        try:
            async with AsyncExitStack() as stack:
                platform = await Database.open(platform_dsn, small, role=WORKER)
                stack.push_async_callback(platform.close)
                database = await Database.open(dsn, small)
                stack.push_async_callback(database.close)
                await _work(platform, database)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            _log.warning("worker.waiting", why=f"{type(fault).__name__}: {fault}")
        await asyncio.sleep(_RETRY_SECONDS)


async def _work(platform: Database, database: Database) -> None:
    loop = asyncio.get_running_loop()
    tidy_at = loop.time()
    while True:
        if loop.time() >= tidy_at:
            forgotten = await forget_outcomes(platform, database, KEPT)
            if forgotten:
                _log.info("outcomes.forgotten", count=forgotten)
            tidy_at = loop.time() + _FORGET_EVERY_SECONDS
        dealt_with = await run_due(platform, database)
        if not await take_step(platform, database, STEPS) and dealt_with < _AT_ONCE:
            await asyncio.sleep(_LOOK_SECONDS)


async def run_due(platform: Database, database: Database, handlers: Mapping[str, Handler] = HANDLERS) -> int:
    """Deal with clocks that have run out, up to a hundred; answers how many were claimed. Safe to run twice at once.

    One that fails is logged and comes again when its lease has ended; it does not hold up the others.
    """
    async with platform.acts.acquire() as connection:
        due = await clocks.claim(connection, list(handlers), _AT_ONCE)
    for one in due:
        try:
            await _deal_with(database, one, handlers[one.kind])
        except (OSError, asyncpg.InterfaceError):
            raise  # the database is away: it is waited for
        except Exception:  # noqa: BLE001  # logged; the fault of one brand's thing must not stop the others'
            _log.exception("clock.failed", kind=one.kind, subject=str(one.subject_id), tenant=str(one.tenant_id))
            continue
        async with platform.acts.acquire() as connection:
            await clocks.forget(connection, one)
    return len(due)


async def _deal_with(database: Database, due: Due, handler: Handler) -> None:
    """Nobody calls: the platform itself acts, and sees the whole tenant."""
    platform_itself = Caller(due.tenant_id, PrincipalKind.PUBLIC, None, None, frozenset(), DataScope.ALL)
    async with open_work(database.acts, due.tenant_id, platform_itself) as work:
        await handler(work, due.subject_id)
        await finish(work, EventLog())


async def take_step(platform: Database, database: Database, steps: Mapping[str, Step]) -> bool:
    """Do the step that is due longest; False where none is. The job is held meanwhile, so no other worker does it too.

    A step that fails is undone, and tried again later: nobody but the log hears of it.
    """
    async with platform.acts.acquire() as connection, connection.transaction():
        job = await jobs.claim(connection, steps)
        if job is None:
            return False
        try:
            async with open_work(database.acts, job.tenant_id, _on_behalf(job)) as work:
                wait = await steps[job.kind](work, job.id)
                await finish(work, EventLog())
        except Exception:  # noqa: BLE001  # logged; the fault of one brand's work must not stop the others'
            wait = await jobs.try_again(connection, job)
            _log.exception("job.failed", kind=job.kind, id=str(job.id), again_in=wait.total_seconds())
            return True
        if wait is None:
            await jobs.done(connection, job)
        else:
            await jobs.go_on(connection, job, wait)
        return True


def _on_behalf(job: jobs.Claimed) -> Caller:
    """Whoever asked for the work, so that the log says who did it; permissions were asked for then."""
    kind = PrincipalKind(job.actor_kind)
    staff_id = job.actor_id if kind is PrincipalKind.STAFF else None
    return Caller(job.tenant_id, kind, job.actor_id, staff_id, frozenset(), DataScope.ALL)


async def forget_outcomes(platform: Database, database: Database, kept: timedelta) -> int:
    """Delete idempotency keys older than `kept`, tenant by tenant; answers how many. Safe to run twice at once."""
    async with platform.acts.acquire() as connection:
        forgotten = await forget_onboardings(connection, kept)
    last: UUID | None = None
    while True:
        async with platform.acts.acquire() as connection:
            tenants = await tenants_after(connection, last)
        if not tenants:
            return forgotten
        for tenant_id in tenants:
            async with open_work(database.acts, tenant_id, None) as work:
                forgotten += await outcomes.forget(work, kept)
        last = tenants[-1]
