"""What is read of accounts for people: their story in words, and whether they still follow from their entries."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from server.db.reader import Reader
from server.db.work import Work
from server.trust.entry_terms import TrustEntryReason
from server.trust.explaining import Story, Tally
from server.trust.policies import every_version
from server.trust.replay import Difference, differences

_TALLIES = """
SELECT e.account_id, e.reason, count(*) AS count, sum(e.amount)::bigint AS amount,
  min(e.ceiling_after) FILTER (WHERE e.seq = 1) AS opening_ceiling, min(e.day) FILTER (WHERE e.seq = 1) AS opened_on
FROM trust_entries e WHERE e.tenant_id = $1 AND e.account_id = ANY($2)
GROUP BY e.account_id, e.reason ORDER BY e.account_id, min(e.seq)
"""
_ACCOUNTS = "SELECT * FROM trust_accounts WHERE tenant_id = $1 AND id = ANY($2)"
_ENTRIES = "SELECT * FROM trust_entries WHERE tenant_id = $1 AND account_id = ANY($2) ORDER BY account_id, seq"


async def stories(reader: Reader, account_ids: Sequence[UUID]) -> list[Story]:
    """Of each account, in order."""
    accounts = {row["id"]: row for row in await reader.raw.fetch(_ACCOUNTS, reader.tenant_id, list(account_ids))}
    tallies = await reader.raw.fetch(_TALLIES, reader.tenant_id, list(account_ids))
    told = []
    for id in account_ids:
        of = [row for row in tallies if row["account_id"] == id]
        first = next((row for row in of if row["opened_on"] is not None), None)
        account = accounts[id]
        told.append(
            Story(
                balance=account["balance"],
                ceiling=account["ceiling"],
                opening_ceiling=account["ceiling"] if first is None else first["opening_ceiling"],
                creases=account["creases"],
                opened_on=account["opened_at"].date() if first is None else first["opened_on"],
                tallies=tuple(Tally(TrustEntryReason(row["reason"]), row["count"], row["amount"]) for row in of),
            )
        )
    return told


async def differences_of(statements: Work | Reader, account_ids: Sequence[UUID]) -> list[list[Difference]]:
    """Of each account, in order: where what is stored is not what follows from the entries before."""
    policies = await every_version(statements)
    given = (statements.tenant_id, list(account_ids))
    accounts = {row["id"]: row for row in await statements.raw.fetch(_ACCOUNTS, *given)}
    entries: dict[UUID, list[dict[str, object]]] = {id: [] for id in account_ids}
    for row in await statements.raw.fetch(_ENTRIES, *given):
        entries[row["account_id"]].append(dict(row))
    return [differences(accounts[id], entries[id], policies) for id in account_ids]
