"""Alembic's environment: runs migrations as the owner, with short locks, and protects every table it creates."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from alembic import context
from alembic.operations import ops
from sqlalchemy import Connection, event

import server
from server.config import Settings
from server.db.directory import FUNCTIONS
from server.db.migrations import _run, include_object
from server.db.policies import APP, OWNER, WORKER, protection
from server.db.tables import metadata
from server.db.tenancy import STREAM_POSITIONS

for package in pkgutil.iter_modules(server.__path__):
    if package.ispkg and importlib.util.find_spec(f"server.{package.name}.tables"):
        importlib.import_module(f"server.{package.name}.tables")

_SETTINGS = ("SET LOCAL lock_timeout = '5s'", "SET LOCAL statement_timeout = '10min'", f"SET LOCAL ROLE {OWNER}")


def protect(_: Any, __: Any, directives: list[Any]) -> None:
    """Adds to a new migration what protects the tables it creates."""
    script = directives[0]
    operations: list[Any] = []
    platform = False
    for operation in script.upgrade_ops.ops:
        created = isinstance(operation, ops.CreateTableOp)
        if created and operation.table_name == "directory":
            platform = True
        operations.append(operation)
    tables = [one.to_table() for one in operations if isinstance(one, ops.CreateTableOp)]
    statements: list[str] = [
        statement
        for table in tables
        for statement in protection(metadata.tables[f"{table.schema}.{table.name}" if table.schema else table.name])
    ]
    before: list[str] = []
    if platform:
        before = ["CREATE SCHEMA platform", f"GRANT USAGE ON SCHEMA platform TO {APP}, {WORKER}", FUNCTIONS[0]]
        statements.extend(
            [
                *FUNCTIONS[1:],
                STREAM_POSITIONS,
                f"GRANT SELECT ON alembic_version TO {APP}, {WORKER}",
                "INSERT INTO platform.installation (id, epoch, recorded_at) VALUES (1, 1, now())",
            ]
        )
    if platform:
        # What protects a table may speak of others, so they do not go one by one as they came.
        drops = [f"DROP TABLE {table.fullname} CASCADE" for table in reversed(tables)]
        script.downgrade_ops.ops = _execute([*drops, "DROP SCHEMA platform CASCADE"])
    script.upgrade_ops.ops = [*_execute(before), *operations, *_execute(statements)]


def _execute(statements: Iterable[str]) -> list[Any]:
    return [ops.ExecuteSQLOp(statement.strip()) for statement in statements]


def _configure(**how: Any) -> None:
    context.configure(
        target_metadata=metadata,
        include_schemas=True,
        include_object=include_object,
        compare_server_default=True,
        transaction_per_migration=True,
        process_revision_directives=protect,
        **how,
    )


def _migrate(connection: Connection) -> None:
    """Each migration is a transaction of its own, and every one of them begins with the settings."""
    event.listen(connection, "begin", _set)
    try:
        _configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    finally:
        event.remove(connection, "begin", _set)


def _set(connection: Connection) -> None:
    for statement in _SETTINGS:
        connection.exec_driver_sql(statement)


def main() -> None:
    if context.is_offline_mode():
        _configure(dialect_name="postgresql", literal_binds=True)
        with context.begin_transaction():
            for statement in _SETTINGS[:2]:
                context.execute(statement)
            context.run_migrations()
        return
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    url = Settings().database_url
    if url is None:
        raise SystemExit("Set DATABASE_URL to the database to migrate, or run `shuke migrate`.")
    asyncio.run(_run(url, _migrate))


main()
