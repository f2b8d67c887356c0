"""Idempotency: what an act answered is kept with the act, in its transaction, so there is no 'in progress' state to lose.

A second call with the same key waits for the first to end and is given its outcome; with another input it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from server.access.tables import ActOutcome
from server.db.statements import table_of
from server.db.work import Work
from server.errors import DomainError, UserErrorCode
from server.ids import new_id


class KeyReused(DomainError):
    code = UserErrorCode.IDEMPOTENCY_KEY_REUSED
    en = "This idempotency key was used for another act or another input."
    zh = "该幂等键已用于其他操作或其他输入。"


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer of the first call."""

    outcome: dict[str, Any]
    seq: int | None


_CLAIM = """
INSERT INTO act_outcomes (tenant_id, id, principal, key, act, fingerprint, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, principal, key) DO NOTHING
"""
_PLACE = "SELECT seq FROM events WHERE tenant_id = $1 AND id = $2"
_STORE = "UPDATE act_outcomes SET outcome = $4, event_id = $5 WHERE tenant_id = $1 AND principal = $2 AND key = $3"


def _principal(work: Work) -> str:
    return f"{work.caller.kind.value}:{work.caller.principal_id}"


async def claim(work: Work, key: str, *, act: str, fingerprint: str) -> Replay | None:
    """Take the key for this act. None: it is ours, act and then `store`. Otherwise the first call's answer.

    Raises KeyReused where the key belongs to another act or input.
    """
    status = await work.execute_text(
        _CLAIM, [work.tenant_id, new_id(), _principal(work), key, act, fingerprint, work.now]
    )
    if status.endswith(" 1"):
        return None
    table = table_of(ActOutcome)
    record = await work.fetch_one(
        select(table).where(
            table.c.tenant_id == work.tenant_id, table.c.principal == _principal(work), table.c.key == key
        )
    )
    if record is None or record["act"] != act or record["fingerprint"] != fingerprint:
        raise KeyReused("client_mutation_id")
    seq = await work.raw.fetchval(_PLACE, work.tenant_id, record["event_id"])
    return Replay(record["outcome"], seq)


async def store(work: Work, key: str, outcome: dict[str, Any]) -> None:
    """Keep the answer. Before the events, which are the last statement of an act: so by the last event's id, not its number."""
    event_id = work.emitted[-1][0] if work.emitted else None
    await work.execute_text(_STORE, [work.tenant_id, _principal(work), key, outcome, event_id])


async def forget(work: Work, kept: timedelta) -> int:
    """Delete the keys older than `kept`; answers how many."""
    table = table_of(ActOutcome)
    return await work.execute(
        table.delete().where(table.c.tenant_id == work.tenant_id, table.c.recorded_at < work.now - kept)
    )
