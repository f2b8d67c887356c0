"""What the README and the examples' page show is GraphQL of this schema: every block of it is validated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from server.cli import SDL

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = [_ROOT / "README.md", _ROOT / "examples" / "README.md", _ROOT / "CONTRIBUTING.md"]
_BLOCK = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
_IN_CURL = re.compile(r'"query": "(.*?)"\}', re.DOTALL)


def documents() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for page in _PAGES:
        text = page.read_text(encoding="utf-8")
        found.extend((f"{page.name}-{index}", block) for index, block in enumerate(_BLOCK.findall(text)))
        found.extend((f"{page.name}-curl-{index}", block) for index, block in enumerate(_IN_CURL.findall(text)))
    return found


def test_there_is_something_to_check() -> None:
    assert len(documents()) >= 4


@pytest.mark.parametrize(("place", "document"), documents(), ids=[place for place, _ in documents()])
def test_it_is_valid(place: str, document: str) -> None:
    assert validate(build_schema(SDL.read_text(encoding="utf-8")), parse(document)) == []
