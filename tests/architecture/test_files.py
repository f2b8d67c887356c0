"""What every file owes its reader: a page that can be read in one sitting, a first sentence, reasons."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.architecture.sources import CODE_FOLDERS, PROJECT, name_of, python_files, tree_of

LINES_AT_MOST = 450
LONGER_FILES: dict[str, str] = {
    "alembic/versions/0001_foundation.py": "one migration is one step: every table of the first release with its protection",
    "examples/acts.py": "the words of every act the systems do, one after the other, to be looked up and not read",
    "examples/s01_dr_yu.py": "one brand's story, told in one piece so that it can be followed",
    "examples/s07_medical_aesthetics.py": "one brand's story, told in one piece so that it can be followed",
    "server/schema/customers.py": "the one type everything hangs on, with its filter and orders: what a front end reads first",
    "tests/systems/test_per_role_brands.py": "what each of the brands must show, in the order of the systems",
    "alembic/versions/0005_facts.py": "the same: the six tables of orders, appointments and promises with their protection",
}
"""Path → why this file reads better whole. A file that has shrunk leaves the list."""

SUPPRESSION = re.compile(r"#\s*(?:noqa\b:?|type:\s*ignore\b|pragma:|squawk-ignore)(?:\[[^\]]*\])?(?P<rest>.*)")
CODES = re.compile(r"^(?:\s*,?\s*[A-Z]+[0-9]+\b)+")
FEWEST_LETTERS_OF_A_REASON = 8


def test_files_are_short_enough_to_read() -> None:
    lengths = {name_of(path): len(path.read_bytes().splitlines()) for path in python_files(*CODE_FOLDERS)}
    assert {name for name, lines in lengths.items() if lines > LINES_AT_MOST} == set(LONGER_FILES)


@pytest.mark.parametrize("path", python_files(*CODE_FOLDERS), ids=name_of)
def test_module_says_what_it_is_for(path: Path) -> None:
    if path.stat().st_size:
        assert ast.get_docstring(tree_of(path)), "The first line of a module is a docstring: what it is for."


def test_no_module_of_the_server_is_empty() -> None:
    assert [name_of(path) for path in python_files("server") if not path.stat().st_size] == []


@pytest.mark.parametrize("path", python_files(*CODE_FOLDERS), ids=name_of)
def test_suppression_carries_its_reason(path: Path) -> None:
    assert unexplained_suppressions(path.read_text(encoding="utf-8")) == []


def test_a_suppression_without_reason_is_found() -> None:
    bare = "a = 1  # noqa: F841\nb = f()  # type: ignore[misc]\n"
    explained = "a = 1  # noqa: F841 read by the debugger\nb = f()  # type: ignore[misc]  # f is untyped in version 3\n"
    assert unexplained_suppressions(bare) == [1, 2]
    assert unexplained_suppressions(explained) == []


def test_longer_files_have_a_reason() -> None:
    assert all((PROJECT / name).exists() and reason for name, reason in LONGER_FILES.items())


def unexplained_suppressions(source: str) -> list[int]:
    """The lines whose comment silences a check without a word why."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        match = SUPPRESSION.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            reason = CODES.sub("", match["rest"])
            if sum(letter.isalpha() for letter in reason) < FEWEST_LETTERS_OF_A_REASON:
                found.append(token.start[0])
    return found
