"""What interest is reckoned from, and writing it for many accounts at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from server.db.work import Work
from server.trust.interest_terms import month_named
from server.trust.queries import WITHDRAWALS
from server.trust.runs import RunKind
from server.trust.tables import TrustAccount

_BASES = """
SELECT asked.id, least(before.balance_after, within.lowest) AS lowest
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
  SELECT e.balance_after FROM trust_entries e
  WHERE e.tenant_id = $1 AND e.account_id = asked.id AND e.day < $3 ORDER BY e.seq DESC LIMIT 1
) before
CROSS JOIN LATERAL (
  SELECT min(e.balance_after) AS lowest,
    coalesce(bool_or(e.reason = ANY($5) AND NOT EXISTS (
      SELECT 1 FROM trust_entries r WHERE r.tenant_id = $1 AND r.reverses_entry_id = e.id
    )), false) AS broken
  FROM trust_entries e WHERE e.tenant_id = $1 AND e.account_id = asked.id AND e.day >= $3 AND e.day < $4
) within
WHERE NOT within.broken AND NOT EXISTS (
  SELECT 1 FROM trust_entries e
  WHERE e.tenant_id = $1 AND e.account_id = asked.id AND e.reason = 'INTEREST' AND e.cause_key = $6
)
"""

_RAISE = """
UPDATE trust_accounts a SET balance = n.balance, last_seq = n.last_seq
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS n (id, balance, last_seq)
WHERE a.tenant_id = $1 AND a.id = n.id
"""


async def bases(work: Work, account_ids: Sequence[UUID], first: date, after: date, *, key: str) -> dict[UUID, int]:
    """The lowest balance of the days from `first` up to `after`, of those accounts that were open before, saw no
    withdrawal that stands, and have not been posted to for `key` yet. The accounts must be held."""
    await work.flush()
    rows = await work.raw.fetch(_BASES, work.tenant_id, list(account_ids), first, after, list(WITHDRAWALS), key)
    return {row["id"]: row["lowest"] for row in rows}


async def raise_balances(work: Work, changed: Sequence[TrustAccount]) -> None:
    """Write the balances and numbers of accounts that are held."""
    values = ([one.id for one in changed], [one.balance for one in changed], [one.last_seq for one in changed])
    await work.execute_text(_RAISE, [work.tenant_id, *values])


async def last_month(work: Work) -> date | None:
    """The newest month whose interest was begun."""
    await work.flush()
    key = await work.raw.fetchval(
        "SELECT max(key) FROM trust_runs WHERE tenant_id = $1 AND kind = $2", work.tenant_id, RunKind.INTEREST.value
    )
    return None if key is None else month_named(key)
