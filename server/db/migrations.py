"""Brings a database to the version of this code: roles first, then Alembic's migrations, one process at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from server.db.policies import APP, OWNER, WORKER
from server.db.tables import metadata

_LOCK = 0x5348554B45  # "SHUKE"
ALEMBIC_INI = Path(__file__).resolve().parents[2] / "alembic.ini"

_ROLES = f"""
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['{OWNER}', '{APP}', '{WORKER}'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
    END IF;
    IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', wanted, current_user);
    END IF;
  END LOOP;
  EXECUTE format('GRANT CREATE ON DATABASE %I TO {OWNER}', current_database());
END $$;
GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APP}, {WORKER};
"""
_LOGIN = f"ALTER ROLE {APP} LOGIN; ALTER ROLE {WORKER} LOGIN"


async def migrate(dsn: str, *, local: bool = False) -> None:
    """Make the roles and run every migration that is missing. Waits for another process that is doing the same.

    `dsn` is of a login that may create roles, or that was made a member of them. `local`: the application logs in as its
    own role (the embedded server, reachable by this user only).
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_ROLES)
        if local:
            await connection.execute(_LOGIN)
        await _run(dsn, lambda sync: command.upgrade(_config(sync), "head"))
    finally:
        await connection.close()  # releases the lock


async def downgrade(dsn: str, revision: str = "base") -> None:
    """Take migrations back. Data goes with the tables; for developers and for tests."""
    await _run(dsn, lambda sync: command.downgrade(_config(sync), revision))


async def create_database(dsn: str, name: str) -> None:
    """Make the database unless it is there. `name` is ours, not a caller's."""
    connection = await asyncpg.connect(dsn)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    finally:
        await connection.close()


async def raise_epoch(dsn: str) -> int:
    """A backup was put back, so numbers of the log may be given out a second time: raise the epoch in every cursor."""
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("UPDATE platform.installation SET epoch = epoch + 1 RETURNING epoch"))
    finally:
        await connection.close()


async def is_current(dsn: str) -> bool:
    """Whether the newest migration of this code has been applied."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    found: list[str | None] = []
    await _run(dsn, lambda sync: found.append(MigrationContext.configure(sync).get_current_revision()))
    return found == [head]


async def drift(dsn: str) -> list[Any]:
    """What the declared tables have that the migrated database has not, and the other way round."""
    found: list[Any] = []

    def compare(sync: Connection) -> None:
        context = MigrationContext.configure(
            sync, opts={"include_schemas": True, "compare_server_default": True, "include_object": include_object}
        )
        found.extend(compare_metadata(context, metadata))

    await _run(dsn, compare)
    return found


def include_object(_: object, name: str | None, type_: str, reflected: bool, __: object) -> bool:
    """Alembic's own table is nobody's."""
    return not (type_ == "table" and reflected and name == "alembic_version")


async def _run(dsn: str, work: Any) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(work)
            await connection.commit()
    finally:
        await engine.dispose()


def _config(connection: Connection | None) -> Config:
    config = Config(str(ALEMBIC_INI))
    config.attributes["connection"] = connection
    config.attributes["configure_logger"] = False
    return config
