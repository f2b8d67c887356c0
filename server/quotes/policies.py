"""What a brand says about quotes that contradict each other, as it is read."""

from __future__ import annotations

from sqlalchemy import select

from server.db.reader import Reader
from server.db.statements import table_of
from server.quotes.quote_terms import ConflictPolicy
from server.quotes.tables import QuotePolicy

_policies = table_of(QuotePolicy).c


async def said_policy(reader: Reader) -> tuple[ConflictPolicy, int]:
    """The policy and its version: BLOCK and 0 where the brand never said anything."""
    statement = select(_policies.on_conflict, _policies.version).where(_policies.tenant_id == reader.tenant_id)
    record = await reader.fetch_one(statement)
    return (ConflictPolicy.BLOCK, 0) if record is None else (ConflictPolicy(record["on_conflict"]), record["version"])
