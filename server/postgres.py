"""Finds the PostgreSQL of this installation: the one in DATABASE_URL, or the embedded one, started if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from server.config import Settings
from server.db.launcher import SUPERUSER, AlreadyRunning, EmbeddedPostgres
from server.db.migrations import create_database
from server.db.policies import APP

DATABASE = "shuke"


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where the database is: for migrations, and for the application."""

    owner_dsn: str
    app_dsn: str
    embedded: EmbeddedPostgres | None
    """The server this process started, which ends with it."""

    @property
    def local(self) -> bool:
        return self.owner_dsn != self.app_dsn


@contextmanager
def open_postgres(settings: Settings) -> Iterator[Postgres]:
    """Start the embedded server unless there is a DATABASE_URL, or another process of ours runs it already."""
    if settings.database_url is not None:
        yield Postgres(settings.database_url, settings.database_url, None)
        return
    embedded = EmbeddedPostgres(settings.shuke_data)
    try:
        embedded.start()
    except AlreadyRunning as running:
        server = running.server
        yield Postgres(server.dsn(SUPERUSER, DATABASE), server.dsn(APP, DATABASE), None)
        return
    try:
        asyncio.run(create_database(embedded.dsn(SUPERUSER, "postgres"), DATABASE))
        yield Postgres(embedded.dsn(SUPERUSER, DATABASE), embedded.dsn(APP, DATABASE), embedded)
    finally:
        embedded.stop()
