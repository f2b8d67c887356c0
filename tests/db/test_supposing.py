"""What is supposed can make an act slower, never wrong: whoever looks at what is unknown asks first."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import literal, select

from server.db.asking import question
from server.db.supposing import NOW, MustAsk, Supposition, Unknown

LOOKS: tuple[Callable[[Any], object], ...] = (
    bool,
    str,
    hash,
    list,
    lambda fact: fact == fact,  # even itself
    lambda fact: fact != 1,
    lambda fact: fact < 1,
    lambda fact: fact <= 1,
    lambda fact: fact + 1,
    lambda fact: 1 - fact,
    lambda fact: fact.isoformat(),
    lambda fact: fact in (None, 1),
    lambda fact: fact or 1,
    lambda fact: max(fact, 1),
    operator.attrgetter("tzinfo"),
)


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_unknown_is_not_judged(look: Callable[[Any], object]) -> None:
    with pytest.raises(MustAsk):
        look(NOW)


def test_what_is_not_supposed_is_unknown() -> None:
    columns: list[Any] = [literal(1).label("there"), literal(2).label("place")]
    asked = question(select(*columns))
    supposition = Supposition(asked, {"there": True}, {})
    facts = supposition.facts()
    assert facts["there"] is True
    assert {name: fact.name for name, fact in facts.items() if type(fact) is Unknown} == {
        "now": "now",
        "place": "place",
    }
    assert supposition.as_condition() == "found.there IS True"
