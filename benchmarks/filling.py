"""Runs the SQL of `rows` fast: two connections, indexes made afterwards, identities sealed here as the server seals them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from benchmarks import rows
from benchmarks.names import names
from benchmarks.onboarding import Brand
from server.config import Settings
from server.customers.identity_kinds import IdentityKind
from server.customers.normal_identities import tail_of
from server.customers.sealing import Sealer
from server.customers.search import pieces_of
from server.secret import installation_secret

_NAMES_AT_MOST = 60_000
_PHONES = 0.75
_SPREAD = 7_919_177
"""Prime to 10^9, so that numbers are unique and their tails even."""
_BESIDE = 2
"""Connections at work at once."""


@dataclass(frozen=True)
class Plan:
    """How much one brand gets. `scoped` customers are those of its scoped staff member."""

    brand: Brand
    number: int
    touchpoints: int
    feedback: int
    scoped: int


async def prepare(
    connection: asyncpg.Connection, plans: Sequence[Plan], *, seed: int, starts: datetime, ends: datetime
) -> None:
    """The schema `bench`: functions, brands, people, names, and one row per customer to be."""
    await connection.execute(rows.FUNCTIONS)
    await connection.copy_records_to_table(
        "brand",
        schema_name="bench",
        records=[
            (UUID(p.brand.tenant_id), p.number, p.brand.customers, p.touchpoints, p.feedback,
             p.brand.scoped_staff and UUID(p.brand.scoped_staff), p.scoped, starts, ends)
            for p in plans
        ],
    )  # fmt: skip
    for plan in plans:
        await _people(connection, plan.brand)
    count = min(_NAMES_AT_MOST, max(1_000, sum(plan.brand.customers for plan in plans) // 4))
    pool = [(n, name, sorted(pieces_of([name]))) for n, name in enumerate(names(count, seed))]
    await connection.copy_records_to_table("name", schema_name="bench", records=pool)
    await connection.execute(rows.PLACES)
    await connection.execute(rows.CUSTOMERS)


async def _people(connection: asyncpg.Connection, brand: Brand) -> None:
    """The staff in order, each with the unit they are placed in; the scoped one last."""
    staff = [UUID(one) for one in (*brand.staff, *([brand.scoped_staff] if brand.scoped_staff else []))]
    await connection.execute(
        "INSERT INTO bench.person SELECT $1, s.ord - 1, s.id, p.role_id, p.group_id"
        " FROM unnest($2::uuid[]) WITH ORDINALITY s (id, ord)"
        " JOIN placements p ON p.tenant_id = $1 AND p.staff_id = s.id AND p.until_at IS NULL",
        UUID(brand.tenant_id),
        staff,
    )


async def fill(dsn: str, folder: Path) -> None:
    """Every row. Indexes that no constraint needs are gone afterwards; `index` brings them back."""
    connection = await asyncpg.connect(dsn)
    try:
        await _drop_indexes(connection)
    finally:
        await connection.close()

    async def identities() -> None:
        await _with(dsn, lambda connection: _identities(connection, folder))

    def table(name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        return lambda: _with(dsn, _do(rows.TABLES[name]))

    await _beside([identities, *(table(name) for name in rows.TABLES)])
    await _with(dsn, _do(rows.TAILS))


async def index(dsn: str) -> None:
    """Make what `_drop_indexes` dropped."""
    connection = await asyncpg.connect(dsn)
    try:
        todo = [
            row["statement"]
            for row in await connection.fetch(
                "SELECT statement FROM bench.index ORDER BY pg_table_size(on_table::regclass) DESC, name"
            )
        ]
    finally:
        await connection.close()

    def make(statement: str) -> Callable[[], Coroutine[Any, Any, None]]:
        return lambda: _with(dsn, _do(statement))

    await _beside([make(statement) for statement in todo])


async def count(dsn: str) -> None:
    """Take the scaffolding down and leave the statistics that years of autovacuum would have left."""
    await _with(dsn, _do("DROP SCHEMA bench CASCADE"))
    await _with(dsn, _do("VACUUM (ANALYZE, PARALLEL 2)"))


async def finish(dsn: str) -> None:
    """What was loaded is on the disk."""
    await _with(dsn, _do("CHECKPOINT"))


_DROPPED = """
CREATE UNLOGGED TABLE bench.index AS
SELECT c.relname AS name, t.oid::regclass::text AS on_table, k.conname,
  CASE WHEN k.conname IS NULL THEN pg_get_indexdef(c.oid)
    ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.oid::regclass, k.conname, pg_get_constraintdef(k.oid)) END AS statement
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u')
WHERE t.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.oid)
"""


async def _drop_indexes(connection: asyncpg.Connection) -> None:
    filled = {"identities"} | {name for text in rows.TABLES.values() for name in _filled_by(text)}
    await connection.execute(_DROPPED + f"AND t.relname IN ({_quoted(filled)})")
    for row in await connection.fetch("SELECT * FROM bench.index"):
        if row["conname"]:
            await connection.execute(f'ALTER TABLE {row["on_table"]} DROP CONSTRAINT "{row["conname"]}"')
        else:
            await connection.execute(f'DROP INDEX "{row["name"]}"')


def _filled_by(text: str) -> Iterator[str]:
    return (part.split(" ", 1)[0] for part in text.split("INSERT INTO ")[1:])


async def _identities(connection: asyncpg.Connection, folder: Path) -> None:
    """Phone numbers for most customers, fingerprinted and sealed with the installation's key."""
    sealer = Sealer(installation_secret(Settings(shuke_data=folder, database_url=None)))
    known = await connection.fetch(
        "SELECT tenant_id, brand, n, id, added FROM bench.customer WHERE bench.r(n, brand, 100) < $1 ORDER BY brand, n",
        _PHONES,
    )
    await connection.copy_records_to_table("identities", columns=_IDENTITY, records=_sealed(sealer, known))


_IDENTITY = [
    "tenant_id", "id", "customer_id", "kind", "namespace", "fingerprint", "sealed", "tail", "recorded_at",
]  # fmt: skip


def _sealed(sealer: Sealer, known: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    kind = IdentityKind.PHONE
    for tenant_id, _, n, customer_id, added in known:
        phone = f"+8613{n * _SPREAD % 1_000_000_000:09d}"
        fingerprint = sealer.fingerprint(tenant_id, kind, "", phone)
        sealed = sealer.seal(tenant_id, kind, phone)
        id = UUID(
            int=(customer_id.int >> 64 << 64) | (uuid5(customer_id, "phone").int & ~(3 << 62) & (1 << 64) - 1) | 2 << 62
        )
        yield tenant_id, id, customer_id, kind.value, "", fingerprint, sealed, tail_of(kind, phone), added


async def _beside(tasks: Sequence[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    """All of them, a few at a time, in order."""
    waiting = iter(tasks)

    async def hand() -> None:
        for task in waiting:
            await task()

    await asyncio.gather(*(hand() for _ in range(_BESIDE)))


async def _with(dsn: str, work: Callable[[asyncpg.Connection], Coroutine[Any, Any, Any]]) -> None:
    """On a connection that checks no foreign key and runs no trigger: the rows refer to one another as they must."""
    settings = {"session_replication_role": "replica", "max_parallel_maintenance_workers": "0"}
    connection = await asyncpg.connect(dsn, server_settings=settings)
    try:
        await work(connection)
    finally:
        await connection.close()


def _do(sql: str) -> Callable[[asyncpg.Connection], Coroutine[Any, Any, Any]]:
    return lambda connection: connection.execute(sql)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))
