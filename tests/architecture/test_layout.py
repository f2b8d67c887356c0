"""Where files lie and what they are called."""

from __future__ import annotations

from pathlib import Path

import alembic

import server
from tests.architecture.sources import CODE_FOLDERS, PROJECT, SERVER, name_of, python_files

CATCH_ALL_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "shared", "util", "utils"}


def test_the_folder_of_migrations_does_not_hide_the_library() -> None:
    """Without an `__init__.py` the folder is a namespace, which a real package on any later path wins against."""
    assert not (PROJECT / "alembic" / "__init__.py").exists()
    assert alembic.__file__ is not None
    assert not Path(alembic.__file__).is_relative_to(PROJECT / "alembic")
    assert hasattr(alembic, "context")


def test_the_tests_run_this_clone() -> None:
    assert Path(server.__file__).resolve().parent == SERVER


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without `__init__.py` would escape import-linter, mypy and the wheel."""
    folders = {path.parent for path in python_files("server")}
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_file_is_named_after_nothing() -> None:
    """Such a name says where code was put, not what it is for; it grows without end."""
    named = [path for path in python_files(*CODE_FOLDERS) if CATCH_ALL_NAMES & {path.stem, path.parent.name}]
    assert [name_of(path) for path in named] == []
