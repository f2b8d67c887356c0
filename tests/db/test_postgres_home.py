"""Where the embedded PostgreSQL settles: long paths, closed folders, other owners."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db import postgres_home
from server.db.launcher import EmbeddedPostgres, PostgresUnavailable
from server.db.postgres_home import find_programs
from tests.db.embedded import as_root, ask, on_linux, open_ground, postmaster, started


@pytest.fixture
def ground() -> Iterator[Path]:
    with open_ground() as folder:
        yield folder


@pytest.mark.parametrize("name", ["long" * 25, "with space", "comma,quote'"])
def test_a_path_no_socket_can_have(ground: Path, name: str) -> None:
    with started(ground / name) as server:
        socket_dir = server.socket_dir
        assert socket_dir.parent in (Path("/tmp"), Path(tempfile.gettempdir()))
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        assert ask(server, "select 1") == "1"
    assert not socket_dir.exists()
    socket_dir.mkdir(mode=0o755)
    with pytest.raises(PostgresUnavailable, match=r"is not a private folder of uid \d+"):
        started(ground / name).start()
    socket_dir.rmdir()


@as_root
def test_a_folder_closed_to_the_unprivileged_user(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone in /root: the data goes where that user can work, and a link and two notes say so."""
    state, closed = ground / "state", ground / "closed"
    state.mkdir()
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(postgres_home, "_STATE", state)
    folder = closed / "clone" / "data"
    with started(folder) as server:
        ask(server, "create table kept as select 1 as n")
    [place] = state.iterdir()
    assert (folder / "postgres").readlink() == place
    assert f"cannot enter {closed}" in (folder / "postgres.README").read_text()
    assert str(folder) in (place / "README").read_text()
    with started(folder) as server:
        assert ask(server, "select n from kept") == "1"
    assert closed.stat().st_mode & 0o777 == 0o700
    place.rename(state / "elsewhere")
    with pytest.raises(PostgresUnavailable, match=r"which is gone\. Bring that back, or remove the link"):
        started(folder).start()
    (folder / "postgres").unlink()
    state.chmod(0o700)
    with pytest.raises(PostgresUnavailable, match=rf"uid 65534, .*, cannot enter {closed}\. Set SHUKE_DATA"):
        started(folder).start()


@as_root
@on_linux
def test_programs_closed_to_the_unprivileged_user(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A venv in /root: the programs are copied beside the data, where only root can change them."""
    package, closed = find_programs().parents[1], ground / "closed"
    closed.mkdir(mode=0o700)
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, closed / source.name)
    programs = closed / package.name / "pginstall" / "bin"
    monkeypatch.setattr(postgres_home, "find_programs", lambda: programs)
    folder = ground / "data"
    for _ in range(2):
        with started(folder):
            running = Path(f"/proc/{postmaster(folder)}/exe").readlink()
            [copies] = (folder / "postgres").glob("programs-*")
            assert running.is_relative_to(copies)
            assert running.stat().st_uid == 0
    with pytest.raises(PostgresUnavailable, match=f"cannot enter {closed}"):
        EmbeddedPostgres(ground / "other", programs=programs).start()


@as_root
@on_linux
def test_root_runs_it_as_the_owner_of_the_data(ground: Path) -> None:
    folder, owner = ground / "data", pwd.getpwnam("daemon").pw_uid
    (folder / "postgres").mkdir(parents=True, mode=0o700)
    os.chown(folder / "postgres", owner, owner)
    with started(folder):
        assert Path(f"/proc/{postmaster(folder)}").stat().st_uid == owner
    os.chown(folder / "postgres" / "cluster", 65532, 65532)
    with pytest.raises(PostgresUnavailable, match=rf"belongs to uid 65532, .* Give it back: chown -R {owner}:{owner} "):
        started(folder).start()


@as_root
def test_a_user_without_a_name(ground: Path) -> None:
    place = ground / "data" / "postgres"
    place.mkdir(parents=True)
    os.chown(place, 65533, 65533)
    with pytest.raises(PostgresUnavailable, match=r"refuses to run as uid 65533, .*'shuke:x:65533:65533:.*/etc/passwd"):
        started(ground / "data").start()
