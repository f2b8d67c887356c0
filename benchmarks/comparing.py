"""Whether two servers answered the same: their JSON must be equal once written in one way.

Written differently on purpose, and so brought to one form here: ids (a global id is decoded to the uuid in it), times
(compared as instants), whole numbers that PostGraphile sends as text because they are bigints, points, which it sends in
hundredths as they are kept, and cursors, which are each server's own (compared by whether there is one). Nothing else is
forgiven.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from server.ids import parse_global_id

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)")
_NUMBERS = frozenset({"version"})
_NEW = frozenset({"id", "occurredAt"})


class Different(Exception):
    """Two servers did not answer the same; the benchmark ends here."""


def canonical(answer: Any, *, made: bool = False) -> Any:
    """The answer in the one form. Of a row just `made`, its id and time differ from server to server and only count as there."""
    return _value("", answer, made)


def require_same(question: str, answers: dict[str, Any], *, made: bool) -> None:
    """Raises Different where not every server gave the answer of the first one."""
    (first, expected), *others = ((name, canonical(answer, made=made)) for name, answer in answers.items())
    if not expected or expected == {"customer": None}:
        raise Different(f"{question}: {first} answered nothing.")
    for name, found in others:
        if found != expected:
            raise Different(f"{question}: {first} and {name} answer differently, at {_where(expected, found)}")


def _value(key: str, value: Any, made: bool) -> Any:
    if isinstance(value, dict):
        return {name: _value(name, one, made) for name, one in value.items()}
    if isinstance(value, list):
        return [_value(key, one, made) for one in value]
    if value is None or isinstance(value, bool):
        return value
    if key == "endCursor":
        return "a cursor"
    if made and key in _NEW:
        return f"a new {key}"
    if key == "balance":
        return int(value) / 100 if isinstance(value, str) else value
    if key in _NUMBERS:
        return int(value)
    if isinstance(value, str):
        return _text(key, value)
    return value


def _text(key: str, value: str) -> Any:
    if key == "id":
        parsed = parse_global_id(value)
        return value if parsed is None else str(parsed[1])
    if _TIME.fullmatch(value):
        return datetime.fromisoformat(value).timestamp()
    return value


def _where(one: Any, other: Any, path: str = "data") -> str:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(_where(one[name], other[name], f"{path}.{name}") for name in one if one[name] != other[name])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(
            _where(a, b, f"{path}[{place}]") for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b
        )
    return f"{path}: {str(one)[:300]} and {str(other)[:300]}"
