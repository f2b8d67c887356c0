"""One step of a pass through all accounts, for the worker and for the command line."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from server.db.work import Work
from server.trust import interest, watching
from server.trust.runs import RunKind
from server.trust.tables import TrustRun

ACCOUNTS_AT_ONCE = 500
_AT_ONCE = timedelta(0)


async def take_step(work: Work, id: UUID) -> timedelta | None:
    """Deal with the next accounts of the pass; None where it is done. Safe to run again: the pass says how far it is."""
    run = await work.get(TrustRun, id, lock=True)
    if run is None or run.finished_at is not None:
        return None
    step = interest.post_next if run.kind == RunKind.INTEREST else watching.judge_next
    came_to, looked_at, did = await step(work, run, ACCOUNTS_AT_ONCE)
    if came_to is None:
        await work.change(run, finished_at=work.now)
        return None
    await work.change(run, done_to=came_to, accounts=run.accounts + looked_at, posted=run.posted + did)
    return _AT_ONCE
