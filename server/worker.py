"""Background work of one process. It sees the platform's directory, and opens an ordinary tenant-bound unit for each tenant.

So far: idempotency keys are forgotten after 72 hours.
"""

from __future__ import annotations

import asyncio
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


async def run_worker(settings: Settings, dsn: str) -> None:
    """Work until cancelled. A database that is away is waited for."""
    small = settings.model_copy(update={"read_pool": 1, "act_pool": 2})
    while True:
        try:
            database = await Database.open(dsn, small, role=WORKER)
            try:
                await _work(database)
            finally:
                await database.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            _log.warning("worker.waiting", why=f"{type(fault).__name__}: {fault}")
        await asyncio.sleep(_RETRY_SECONDS)


async def _work(database: Database) -> None:
    while True:
        forgotten = await forget_outcomes(database, KEPT)
        if forgotten:
            _log.info("outcomes.forgotten", count=forgotten)
        await asyncio.sleep(_EVERY_SECONDS)


async def forget_outcomes(database: Database, kept: timedelta) -> int:
    """Delete idempotency keys older than `kept`, tenant by tenant; answers how many. Safe to run twice at once."""
    async with database.acts.acquire() as connection:
        forgotten = await forget_onboardings(connection, kept)
    last: UUID | None = None
    while True:
        async with database.acts.acquire() as connection:
            tenants = await tenants_after(connection, last)
        if not tenants:
            return forgotten
        for tenant_id in tenants:
            async with open_work(database.acts, tenant_id, None) as work:
                forgotten += await outcomes.forget(work, kept)
        last = tenants[-1]
