"""Core statements through SQLAlchemy's own compiled cache, which has no documented way in: what we rely on is pinned here."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import bindparam, select

from server.access.tables import ApiKey
from server.db.statements import among, prepared, table_of, written

_keys = table_of(ApiKey).c


def test_the_text_does_not_vary_with_values_or_their_number() -> None:
    texts = set()
    for names in (["a"], ["b", "c"], []):
        text, values = prepared(select(_keys.id).where(among(_keys.name, names), _keys.kind == "OWNER"), {})
        texts.add(text)
        assert values == [names, "OWNER"]
    assert len(texts) == 1
    assert "ANY ($1::TEXT[])" in texts.pop()


def test_values_of_a_statement_built_anew_are_its_own() -> None:
    """The compiled text comes from the cache; the values must not."""
    for wanted in (UUID(int=1), UUID(int=2)):
        _, values = prepared(select(_keys.name).where(_keys.id == wanted), {})
        assert values == [wanted]


def test_named_parameters_are_given_with_the_call() -> None:
    statement = select(_keys.id).where(_keys.id == bindparam("wanted"))
    assert prepared(statement, {"wanted": UUID(int=7)})[1] == [UUID(int=7)]


def test_in_is_refused_with_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"among\(column, values\)"):
        prepared(select(_keys.id).where(_keys.name.in_(["a"])), {})


def test_constants_are_told_apart_from_parameters() -> None:
    statement = select(_keys.id).where(_keys.kind == "STAFF", _keys.name == bindparam("name"))
    _, names, constants = written(statement)
    assert set(names) == {"kind_1", "name"}
    assert constants == {"kind_1": "STAFF"}
