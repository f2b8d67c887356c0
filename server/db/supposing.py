"""Acting on what is probably so: an act whose facts are the usual ones asks and adds in a single statement.

The act runs before anything is asked. What it decides by is supposed, what it only passes on is unknown; the statement
finds out, and adds nothing unless all is as was supposed. Otherwise the act runs again with the facts. So a decision
is written once, in the act, and what is supposed can make it slower but never wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from server.db.asking import Question


class MustAsk(Exception):
    """The act depends on what is not known: it is to run again with the facts."""


class Unknown:
    """A fact that is found out by the statement that stores it: column `name` of what was asked.

    It may be handed on and stored. Whoever compares it, or asks whether there is any, must ask first.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def _must_ask(self, *_: Any) -> NoReturn:
        raise MustAsk

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _must_ask
    __add__ = __radd__ = __sub__ = __rsub__ = __str__ = __iter__ = __getattr__ = _must_ask


NOW = Unknown("now")
"""The time of the statement."""


class Supposition:
    """What an act has asked and not been told yet. `values` are the question's."""

    __slots__ = ("question", "supposed", "values")

    def __init__(self, question: Question, supposed: Mapping[str, bool], values: Mapping[str, Any]) -> None:
        self.question = question
        self.supposed = supposed
        self.values = values

    def facts(self) -> dict[str, Any]:
        """The answer as it is supposed to be."""
        return {name: Unknown(name) for name in self.question.columns} | dict(self.supposed)

    def as_condition(self) -> str:
        """Over `found`: all is as was supposed."""
        return " AND ".join(f"found.{name} IS {value}" for name, value in self.supposed.items())
