"""Finds the PostgreSQL of this installation: the one in DATABASE_URL, or the embedded one, started if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from server.config import DATABASE, Settings
from server.db.launcher import SUPERUSER, AlreadyRunning, EmbeddedPostgres, Server
from server.db.migrations import create_database
from server.db.policies import APP, WORKER


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where the database is: for migrations, and for the application."""

    owner_dsn: str
    app_dsn: str
    worker_dsn: str
    embedded: EmbeddedPostgres | None
    """The server this process started, which ends with it."""

    local: bool = False
    """Reachable by this user only, so that each role logs in as itself without a password."""


@contextmanager
def open_postgres(settings: Settings) -> Iterator[Postgres]:
    """Start the embedded server unless there is a DATABASE_URL, or another process of ours runs it already."""
    if settings.database_url is not None:
        url = plain_dsn(settings.database_url)
        yield Postgres(plain_dsn(settings.migration_database_url or url), url, url, None)
        return
    embedded = EmbeddedPostgres(settings.shuke_data)
    try:
        embedded.start()
    except AlreadyRunning as running:
        server = running.server
        yield _local(server, None)
        return
    try:
        asyncio.run(create_database(embedded.dsn(SUPERUSER, "postgres"), DATABASE))
        yield _local(embedded.server, embedded)
    finally:
        embedded.stop()


def plain_dsn(url: str) -> str:
    """The URL without the name of a driver, which SQLAlchemy's users like to write: asyncpg takes it as it is."""
    scheme, separator, rest = url.partition("://")
    return scheme.partition("+")[0] + separator + rest


def _local(server: Server, embedded: EmbeddedPostgres | None) -> Postgres:
    owner, app, worker = (server.dsn(role, DATABASE) for role in (SUPERUSER, APP, WORKER))
    return Postgres(owner, app, worker, embedded, local=True)
