"""What pip installs: every package by version and hash, from whatever index the machine has."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.architecture.sources import PROJECT

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
PINNED_EXACTLY = ("graphql-core", "strawberry-graphql")
ADDRESS = re.compile(r"://|\bfile:|^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address(lock: str) -> None:
    assert ADDRESS.findall(text_of(lock)) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_a_version_and_a_hash_for_every_package(lock: str) -> None:
    assert {
        name for name, line in requirements(lock).items() if "==" not in line or "--hash=sha256:" not in line
    } == set()


def test_everything_declared_is_locked() -> None:
    declared = names(project()["project"]["dependencies"])
    checking = names(project()["dependency-groups"]["dev"])
    assert declared - requirements("requirements.lock").keys() == set()
    assert (declared | checking) - requirements("requirements-dev.lock").keys() == set()
    assert names(project()["build-system"]["requires"]) - requirements("requirements-build.lock").keys() == set()


def test_what_is_checked_is_what_runs() -> None:
    """Both locks agree on every package that runs; the second only adds to the first."""
    checked = requirements("requirements-dev.lock")
    assert {name: checked.get(name) for name in requirements("requirements.lock")} == requirements("requirements.lock")


def test_the_libraries_the_planner_walks_are_pinned() -> None:
    exact = {dependency.partition("==")[0] for dependency in project()["project"]["dependencies"] if "==" in dependency}
    assert exact >= set(PINNED_EXACTLY)


def test_an_address_is_found() -> None:
    hits = ["--index-url https://x", "-f wheels", "a @ file:///b", "a @ git+https://c"]
    assert [bool(ADDRESS.search(line)) for line in hits] == [True] * len(hits)


def requirements(lock: str) -> dict[str, str]:
    """Name → the whole requirement, its continuation lines joined."""
    lines = text_of(lock).replace("\\\n", " ").splitlines()
    return {normal(line): " ".join(line.split()) for line in lines if line and not line.startswith("#")}


def names(dependencies: list[str]) -> set[str]:
    return {normal(dependency) for dependency in dependencies}


def normal(requirement: str) -> str:
    match = NAME.match(requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    return tomllib.loads(text_of("pyproject.toml"))
