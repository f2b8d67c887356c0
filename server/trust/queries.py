"""Every SELECT this room needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert

from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work, row_of
from server.trust.entry_terms import TrustEntryReason
from server.trust.tables import TrustAccount, TrustEntry

_accounts = table_of(TrustAccount)
_entries = table_of(TrustEntry)


async def account_of(work: Work, customer_id: UUID, *, lock: bool = False) -> TrustAccount | None:
    """The customer's account; locked where its next entry will be numbered by what is read."""
    statement = select(_accounts).where(
        _accounts.c.tenant_id == work.tenant_id, _accounts.c.customer_id == bindparam("customer")
    )
    record = await work.fetch_one(statement.with_for_update() if lock else statement, customer=customer_id)
    return None if record is None else row_of(TrustAccount, record)


async def insert_account(work: Work, account: TrustAccount) -> bool:
    """Whether the account is now there by us. Waits for a concurrent opening of the same account to end."""
    values = {**account.model_dump(), "tenant_id": work.tenant_id, "recorded_at": work.now}
    statement = insert(_accounts).values(values)
    return await work.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "customer_id"])) == 1


async def is_posted(work: Work, account_id: UUID, *, reason: TrustEntryReason, cause_key: str) -> bool:
    """Whether the cause has posted this reason already. Decisive only under the account's lock."""
    statement = select(
        exists(
            select(_entries.c.id).where(
                _entries.c.tenant_id == work.tenant_id,
                _entries.c.account_id == account_id,
                _entries.c.reason == reason.value,
                _entries.c.cause_key == cause_key,
            )
        )
    )
    return cast(bool, await work.scalar(statement))


async def balances_at(reader: Reader, account_ids: Iterable[UUID], time: datetime) -> Mapping[UUID, int]:
    """The balance after the last entry recorded at or before `time`, of each account that had one by then."""
    statement = (
        select(_entries.c.account_id, _entries.c.balance_after)
        .distinct(_entries.c.account_id)
        .where(
            _entries.c.tenant_id == reader.tenant_id,
            among(_entries.c.account_id, account_ids),
            _entries.c.recorded_at <= time,
        )
        .order_by(_entries.c.account_id, _entries.c.seq.desc())
    )
    return {record["account_id"]: record["balance_after"] for record in await reader.fetch(statement)}
