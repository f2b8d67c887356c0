"""Work that takes longer than an act: a queue of the platform's, filled inside acts, emptied by workers step by step.

A job names a row of the tenant's that holds its progress, and nothing else. A worker holds the job's row for the length of
one step, which is an ordinary unit of work of that tenant; the step moves the progress and says when the next one is due.
A worker that is killed lets go of the row, and whoever claims it next goes on where the progress says. A step may
therefore run twice: it locks its progress and decides by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from server.db.work import Work

LONGEST_WAIT = timedelta(minutes=5)
"""Between two attempts at a step that fails."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job whose row this transaction holds. What its steps do is done on behalf of who asked for it."""

    tenant_id: UUID
    kind: str
    id: UUID
    actor_kind: str
    actor_id: UUID | None
    attempts: int


async def enqueue(work: Work, kind: str, id: UUID, *, due_at: datetime | None = None) -> bool:
    """Have the work on the row `id` begun once this act is committed. False where it waits in the queue already.

    A function of the platform puts it in, for the tenant whose door was passed; the application cannot read the queue.
    """
    caller = work.caller
    await work.flush()
    return bool(
        await work.raw.fetchval(
            "SELECT platform.enqueue($1, $2, $3, $4, $5)",
            kind, id, caller.kind.value, caller.principal_id, due_at or work.now,
        )
    )  # fmt: skip


async def claim(connection: asyncpg.Connection, kinds: Iterable[str]) -> Claimed | None:
    """For the worker, in a transaction: the job that is due longest and that nobody else holds."""
    row = await connection.fetchrow(
        "SELECT tenant_id, kind, id, actor_kind, actor_id, attempts FROM platform.jobs "
        "WHERE due_at <= now() AND kind = ANY($1) ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED",
        list(kinds),
    )
    return None if row is None else Claimed(**row)


async def go_on(connection: asyncpg.Connection, job: Claimed, wait: timedelta) -> None:
    """The step is done; the next one is due after `wait`, behind what is due already."""
    await _due(connection, job, wait, attempts=0)


async def try_again(connection: asyncpg.Connection, job: Claimed) -> timedelta:
    """The step failed: it is due again after a wait that doubles with every failure. Answers the wait."""
    wait = min(timedelta(seconds=2 ** min(job.attempts, 16)), LONGEST_WAIT)
    await _due(connection, job, wait, attempts=job.attempts + 1)
    return wait


async def done(connection: asyncpg.Connection, job: Claimed) -> None:
    """Nothing is left to do."""
    await connection.execute(
        "DELETE FROM platform.jobs WHERE tenant_id = $1 AND kind = $2 AND id = $3", job.tenant_id, job.kind, job.id
    )


async def _due(connection: asyncpg.Connection, job: Claimed, wait: timedelta, *, attempts: int) -> None:
    await connection.execute(
        "UPDATE platform.jobs SET due_at = clock_timestamp() + $4, attempts = $5 "
        "WHERE tenant_id = $1 AND kind = $2 AND id = $3",
        job.tenant_id, job.kind, job.id, wait, attempts,
    )  # fmt: skip
