"""Every SELECT this room needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, column, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from server.db.reader import Reader
from server.db.statements import table_of
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


async def balances_at(reader: Reader, account_ids: Sequence[UUID], time: datetime) -> list[int | None]:
    """Of each account, in order: the balance after its last entry recorded at or before `time`; None before the first."""
    asked = (
        func.unnest(bindparam("accounts", type_=ARRAY(Uuid())))
        .table_valued(column("id", Uuid()), with_ordinality="place")
        .render_derived(name="asked")
    )
    balance = (
        select(_entries.c.balance_after)
        .where(
            _entries.c.tenant_id == reader.tenant_id,
            _entries.c.account_id == asked.c.id,
            _entries.c.recorded_at <= bindparam("time", type_=_entries.c.recorded_at.type),
        )
        .order_by(_entries.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await reader.fetch(
        select(balance).select_from(asked).order_by(asked.c.place), accounts=account_ids, time=time
    )
    return [record[0] for record in found]
