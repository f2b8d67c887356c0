"""Background work of one process. As the role `shuke_worker` it sees the platform's directory and nothing of any tenant;
what it does for a tenant is an ordinary unit of work of the application, bound to that tenant.

So far: idempotency keys are forgotten after 72 hours.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from server.access import outcomes
from server.config import Settings
from server.db.database import Database
from server.db.directory import forget_onboardings, tenants_after
from server.db.policies import WORKER
from server.db.work import open_work

KEPT = timedelta(hours=72)
_EVERY_SECONDS = 600.0
_RETRY_SECONDS = 5.0
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
    while True:
        forgotten = await forget_outcomes(platform, database, KEPT)
        if forgotten:
            _log.info("outcomes.forgotten", count=forgotten)
        await asyncio.sleep(_EVERY_SECONDS)


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
