"""Passes through all accounts of a brand in the background, some at a time, each pass once."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.dialects.postgresql import insert

from server.db import jobs
from server.db.statements import table_of
from server.db.work import Work
from server.trust.tables import TrustRun

JOB = "trust_run"
_runs = table_of(TrustRun)


class RunKind(StrEnum):
    """What a pass does to each account."""

    INTEREST = "INTEREST"
    JUDGEMENT = "JUDGEMENT"


async def begin(work: Work, kind: RunKind, key: str) -> TrustRun | None:
    """Have a pass begun in the background; None where this one was begun before."""
    run = await made(work, kind, key)
    if run is not None:
        await jobs.enqueue(work, JOB, run.id)
    return run


async def made(work: Work, kind: RunKind, key: str) -> TrustRun | None:
    """The row of a new pass; None where there is one. Waits for whoever is making it just now."""
    run = TrustRun(kind=kind.value, key=key)
    run.tenant_id, run.recorded_at = work.tenant_id, work.now
    statement = (
        insert(_runs).values(run.model_dump()).on_conflict_do_nothing(index_elements=["tenant_id", "kind", "key"])
    )
    return run if await work.execute(statement) == 1 else None
