"""Migrating is safe to repeat, to do twice at once and to be killed in: each time there is the whole schema or none."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

import server.schema.assembly
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.migrations import create_database, downgrade, drift, is_current, migrate
from server.db.policies import OWNER
from server.db.tables import metadata

server.schema.assembly.build_schema()  # imports every domain's tables, which `drift` compares with

_numbers = count(1)
_PATIENCE = 60.0

_CATALOGUE = {
    "relations": "SELECT oid, relname, relkind, relowner, relacl::text, relrowsecurity, relforcerowsecurity FROM pg_class "
    "WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')",
    "columns": "SELECT attrelid, attname, atttypid, attnotnull FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0",
    "constraints": "SELECT oid, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid >= 16384",
    "policies": "SELECT oid, polname, polrelid, pg_get_expr(polqual, polrelid) FROM pg_policy",
    "functions": "SELECT oid, proname, prosrc, proacl::text FROM pg_proc WHERE oid >= 16384",
    "triggers": "SELECT oid, tgname, tgrelid FROM pg_trigger",
    "schemas": "SELECT oid, nspname, nspowner, nspacl::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'",
    "roles": "SELECT oid, rolname, rolsuper, rolcanlogin, rolbypassrls, rolcreaterole FROM pg_roles",
    "members": "SELECT roleid, member, admin_option FROM pg_auth_members",
    "version": "SELECT version_num FROM alembic_version",
    "installation": "SELECT id, epoch, recorded_at FROM platform.installation",
}
"""What a migration makes, with its object ids: something made again would have others."""

_MADE = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'platform'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
_LOCKS_HELD = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND d.datname = current_database()
"""


@pytest.fixture
async def fresh(postgres: EmbeddedPostgres) -> str:
    """The address of an empty database of the test's own."""
    name = f"migrated_{next(_numbers)}"
    await create_database(postgres.dsn(SUPERUSER, "postgres"), name)
    return postgres.dsn(SUPERUSER, name)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def catalogue(dsn: str) -> dict[str, list[str]]:
    async with connected(dsn) as connection:
        return {what: sorted(map(repr, await connection.fetch(sql))) for what, sql in _CATALOGUE.items()}


async def made(dsn: str) -> set[str]:
    """Every table, schema and function of ours there is."""
    async with connected(dsn) as connection:
        return {row["name"] for row in await connection.fetch(_MADE)}


async def in_a_process(dsn: str) -> tuple[int | None, str]:
    """Migrate as an instance that starts does; its exit code and what it complained of."""
    program = (
        "import asyncio, sys; from server.db.migrations import migrate; asyncio.run(migrate(sys.argv[1], local=True))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, dsn, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    return process.returncode, complaint.decode()


async def assert_made_once(dsn: str) -> None:
    declared = {f"{table.schema or 'public'}.{table.name}" for table in metadata.sorted_tables}
    async with connected(dsn) as connection:
        tables = {row["name"] for row in await connection.fetch(_MADE) if "." in row["name"]}
        assert tables == declared | {"public.alembic_version"}
        assert len(await connection.fetch("SELECT version_num FROM alembic_version")) == 1
        assert await connection.fetchval("SELECT array_agg(id) FROM platform.installation") == [1]
        assert await connection.fetchval(_LOCKS_HELD) == 0
    assert await is_current(dsn)
    assert await drift(dsn) == []


async def test_a_fresh_database_is_brought_up_to_date(fresh: str) -> None:
    assert not await is_current(fresh)
    await migrate(fresh, local=True)
    assert await is_current(fresh)
    assert await drift(fresh) == []


async def test_a_difference_to_what_is_declared_is_found(fresh: str) -> None:
    await migrate(fresh)
    async with connected(fresh) as connection:
        await connection.execute("ALTER TABLE stores ADD COLUMN undeclared text")
    [difference] = await drift(fresh)
    assert (difference[0], difference[2], difference[3].name) == ("remove_column", "stores", "undeclared")
    assert await is_current(fresh)


async def test_again_changes_nothing(fresh: str) -> None:
    await migrate(fresh, local=True)
    before = await catalogue(fresh)
    assert all(before.values())
    await migrate(fresh, local=True)
    assert await catalogue(fresh) == before


async def test_two_tasks_at_once_make_it_once(fresh: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        await asyncio.gather(migrate(fresh, local=True), migrate(fresh, local=True))
    await assert_made_once(fresh)


async def test_two_processes_at_once_make_it_once(fresh: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        ended = await asyncio.gather(in_a_process(fresh), in_a_process(fresh))
    assert set(ended) == {(0, "")}
    await assert_made_once(fresh)


@pytest.mark.parametrize("killed", ["the backend at work", "every backend of it"])
async def test_killed_in_the_middle_leaves_nothing_and_can_be_repeated(fresh: str, killed: str) -> None:
    """Halfway is where it waits for somebody else's uncommitted table; what it made until then must go with it."""
    before = await made(fresh)
    assert before == set()
    async with connected(fresh) as obstacle, connected(fresh) as watching:
        transaction = obstacle.transaction()
        await transaction.start()
        await obstacle.execute("CREATE TABLE customers (in_the_way int)")
        migration = asyncio.create_task(migrate(fresh, local=True))
        waiting = await halfway(watching, obstacle)
        doomed = await of_the_migration(watching, obstacle)
        assert waiting in doomed
        assert len(doomed) == 2  # one holds the lock of migrations, one works
        for pid in [waiting] if killed == "the backend at work" else doomed:
            assert await watching.fetchval("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(DBAPIError, match="terminating connection due to administrator command"):
            await asyncio.wait_for(migration, _PATIENCE)
        await transaction.rollback()
    assert await made(fresh) == before
    assert not await is_current(fresh)
    await migrate(fresh, local=True)
    await assert_made_once(fresh)


async def halfway(watching: asyncpg.Connection, obstacle: asyncpg.Connection) -> int:
    """The backend that makes the schema, once it waits for `obstacle`."""
    blocked = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
    theirs = obstacle.get_server_pid()
    async with asyncio.timeout(_PATIENCE):
        while (pid := await watching.fetchval(blocked, theirs)) is None:  # noqa: ASYNC110 - a backend sets no event
            await asyncio.sleep(0.01)
    locked = "SELECT count(*) FROM pg_locks WHERE pid = $1 AND mode = 'AccessExclusiveLock' AND relation IS NOT NULL"
    assert await watching.fetchval(locked, pid) > 10, "nothing was made yet: this is not the middle"
    return int(pid)


async def of_the_migration(watching: asyncpg.Connection, obstacle: asyncpg.Connection) -> list[int]:
    rows = await watching.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
        "AND pid <> ALL ($1)",
        [watching.get_server_pid(), obstacle.get_server_pid()],
    )
    return [row["pid"] for row in rows]


async def test_everything_belongs_to_the_owner_role(fresh: str) -> None:
    """Who logs in to migrate may change; what was made stays one role's, which cannot log in."""
    await migrate(fresh)
    async with connected(fresh) as connection:
        owners = await connection.fetch(
            "SELECT DISTINCT pg_get_userbyid(relowner) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE n.nspname IN ('public', 'platform')"
        )
        assert [row["name"] for row in owners] == [OWNER]
        assert not await connection.fetchval("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", OWNER)


async def test_what_was_made_can_be_taken_back_and_made_again(fresh: str) -> None:
    await migrate(fresh)
    await downgrade(fresh)
    async with connected(fresh) as connection:
        assert [row["name"] for row in await connection.fetch(_MADE)] == ["public.alembic_version"]
    await migrate(fresh)
    assert await is_current(fresh)
    assert await drift(fresh) == []
