"""Every SELECT that posting needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert

from server.db.reader import Reader
from server.db.statements import among, table_of
from server.db.work import Work, row_of
from server.tenants.tables import Tenant
from server.trust.balance import TrustLimit
from server.trust.leaving import Step
from server.trust.policies import NUMBERS, newest, policy_of
from server.trust.policy import DEFAULT_TRUST_POLICY, TrustPolicy
from server.trust.reasons import Cap, TrustReason
from server.trust.tables import TrustAccount, TrustEntry

_accounts = table_of(TrustAccount)
_entries = table_of(TrustEntry)
_tenants = table_of(Tenant)
WITHDRAWALS = tuple(reason.value for reason in TrustReason if reason.is_withdrawal)
"""The codes of reasons that withdraw."""
_SAID = ("version", *NUMBERS, "worths")


@dataclass(frozen=True, slots=True)
class Held:
    """An account that is locked, the policy in force, and the zone of the brand's days."""

    account: TrustAccount
    policy: TrustPolicy
    zone: ZoneInfo


class Opening(NamedTuple):
    """What a new account starts with, and under which policy."""

    balance: int
    ceiling: int
    policy_version: int
    zone: ZoneInfo


async def account_of(work: Work, customer_id: UUID) -> TrustAccount | None:
    statement = select(_accounts).where(
        _accounts.c.tenant_id == work.tenant_id, _accounts.c.customer_id == bindparam("customer")
    )
    record = await work.fetch_one(statement, customer=customer_id)
    return None if record is None else row_of(TrustAccount, record)


async def held_accounts(work: Work, customer_ids: Sequence[UUID]) -> list[Held]:
    """The customers' accounts, locked in the customers' order, with what posting goes by."""
    asked = _accounts.c.customer_id == func.any(bindparam("customers", type_=ARRAY(Uuid())))
    statement = _held().where(asked).order_by(_accounts.c.customer_id)
    return [_read(one) for one in await work.fetch(statement, tenant=work.tenant_id, customers=list(customer_ids))]


async def held_account(work: Work, account_id: UUID) -> Held | None:
    record = await work.fetch_one(
        _held().where(_accounts.c.id == bindparam("id")), tenant=work.tenant_id, id=account_id
    )
    return None if record is None else _read(record)


async def held_after(work: Work, customer_id: UUID | None, limit: int) -> list[Held]:
    """The next accounts in the customers' order, locked in it."""
    statement = _held().order_by(_accounts.c.customer_id).limit(limit)
    if customer_id is not None:
        statement = statement.where(_accounts.c.customer_id > bindparam("after", customer_id))
    return [_read(one) for one in await work.fetch(statement, tenant=work.tenant_id)]


async def insert_account(work: Work, account: TrustAccount) -> Opening | None:
    """What the account starts with, where it is now there by us. Waits for a concurrent opening of it to end."""
    said = newest(work.tenant_id).subquery("said")

    def start(name: str) -> ColumnElement[Any]:
        standard = literal_column(str(getattr(DEFAULT_TRUST_POLICY, name)), BigInteger)
        return func.coalesce(select(said.c[name]).scalar_subquery(), standard)

    starts = {"balance": start("opening_balance"), "ceiling": start("opening_ceiling")}
    zone = select(_tenants.c.timezone).where(_tenants.c.tenant_id == work.tenant_id).scalar_subquery()
    version = func.coalesce(select(said.c.version).scalar_subquery(), literal_column("0", BigInteger))
    statement = (
        insert(_accounts)
        .values({**account.model_dump(), **starts})
        .on_conflict_do_nothing(index_elements=["tenant_id", "customer_id"])
        .returning(_accounts.c.balance, _accounts.c.ceiling, version.label("version"), zone.label("zone"))
    )
    made = await work.fetch_one(statement)
    if made is None:
        return None
    return Opening(made["balance"], made["ceiling"], made["version"], ZoneInfo(made["zone"]))


async def insert_entry(work: Work, entry: TrustEntry) -> bool:
    """Whether the entry is now there: not where its cause has posted the reason already. Under the account's lock."""
    entry.tenant_id, entry.recorded_at = work.tenant_id, work.now
    statement = insert(_entries).values({name: getattr(entry, name) for name in TrustEntry.model_fields})
    once = statement.on_conflict_do_nothing(
        index_elements=["tenant_id", "account_id", "reason", "cause_key"], index_where=_entries.c.cause_key.isnot(None)
    )
    return await work.execute(once) == 1


async def times_counted(work: Work, account_id: UUID, reason: TrustReason, cap: Cap) -> int:
    """How often the reason has counted in the days of its cap. What the cap itself held back does not, nor what was
    reversed."""
    statement = select(func.count()).where(
        _entries.c.tenant_id == work.tenant_id,
        _entries.c.account_id == bindparam("account"),
        _entries.c.reason == bindparam("reason", type_=Text),
        _entries.c.recorded_at > bindparam("since"),
        _entries.c.limited_by.is_distinct_from(literal_column(f"'{TrustLimit.CUSTOMER_CAP.value}'")),
        ~reversed_(_entries),
    )
    since = work.now - timedelta(days=cap.days)
    return int(await work.scalar(statement, account=account_id, reason=reason.value, since=since))


async def posted_by(work: Work, customer_id: UUID, key: str, reasons: Collection[TrustReason]) -> list[TrustEntry]:
    """What a cause has posted to the customer's account for these reasons and stands, the newest first."""
    return await work.rows(
        TrustEntry,
        _entries.c.account_id
        == select(_accounts.c.id)
        .where(_accounts.c.tenant_id == work.tenant_id, _accounts.c.customer_id == customer_id)
        .scalar_subquery(),
        among(_entries.c.reason, [reason.value for reason in reasons]),
        _entries.c.cause_key == key,
        ~reversed_(_entries),
        order_by=[_entries.c.seq.desc()],
    )


async def withdrawals_of(work: Work, account_id: UUID, since: datetime, limit: int) -> list[datetime]:
    """When the newest withdrawals were recorded, the newest first. Reversed ones are none."""
    statement = (
        select(_entries.c.recorded_at)
        .where(
            _entries.c.tenant_id == work.tenant_id,
            _entries.c.account_id == bindparam("account"),
            among(_entries.c.reason, WITHDRAWALS),
            _entries.c.recorded_at > bindparam("since"),
            ~reversed_(_entries),
        )
        .order_by(_entries.c.seq.desc())
        .limit(limit)
    )
    return [row["recorded_at"] for row in await work.fetch(statement, account=account_id, since=since)]


async def steps_of(work: Work, account_id: UUID, since: datetime) -> list[Step]:
    """The balance over time, oldest first, from the step that held at `since` on, or from the first one."""
    before = (
        select(func.max(_entries.c.seq))
        .where(
            _entries.c.tenant_id == work.tenant_id,
            _entries.c.account_id == bindparam("account"),
            _entries.c.recorded_at <= bindparam("since"),
        )
        .scalar_subquery()
    )
    statement = (
        select(_entries.c.recorded_at, _entries.c.balance_after)
        .where(
            _entries.c.tenant_id == work.tenant_id,
            _entries.c.account_id == bindparam("account"),
            _entries.c.seq >= func.coalesce(before, literal_column("1", BigInteger)),
        )
        .order_by(_entries.c.seq)
    )
    found = await work.fetch(statement, account=account_id, since=since)
    return [Step(row["recorded_at"], row["balance_after"]) for row in found]


async def entries_of(statements: Work | Reader, account_id: UUID) -> list[asyncpg.Record]:
    """Every entry of the account in order."""
    statement = select(_entries).where(
        _entries.c.tenant_id == statements.tenant_id, _entries.c.account_id == bindparam("account")
    )
    return await statements.fetch(statement.order_by(_entries.c.seq), account=account_id)


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


def reversed_(entries: Any) -> ColumnElement[bool]:
    """Whether the entry was taken back."""
    later = _entries.alias("later")
    return exists().where(later.c.tenant_id == entries.c.tenant_id, later.c.reverses_entry_id == entries.c.id)


@cache
def _held() -> Select[Any]:
    said = newest(bindparam("tenant", type_=Uuid())).subquery("said")
    return (
        select(_accounts, _tenants.c.timezone.label("zone"), *(said.c[name].label(f"said_{name}") for name in _SAID))
        .select_from(_accounts.join(_tenants, _tenants.c.tenant_id == _accounts.c.tenant_id).outerjoin(said, true()))
        .where(_accounts.c.tenant_id == bindparam("tenant", type_=Uuid()))
        .with_for_update(of=_accounts)
    )


def _read(record: asyncpg.Record) -> Held:
    said = {name: record[f"said_{name}"] for name in _SAID}
    return Held(row_of(TrustAccount, record), policy_of(said), ZoneInfo(record["zone"]))
