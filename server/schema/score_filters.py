"""What the filters of scorecards and funnels mean: values of dimensions, ids understood, stores with those below them."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import strawberry

from server.db.reader import Reader
from server.ids import parse_global_id
from server.schema.value_pages import bad_argument
from server.scorecards import cards
from server.scorecards.counting import Choice

_MAX_CHOICES = 100
_NOTHING = UUID(int=0)
_OPERATORS = (("eq", "eq"), ("in_", "in"), ("is_null", "isNull"))


def choice_of(given: Any, meant: Callable[[Any], Any] = lambda said: said) -> Choice:
    """What a field of the filter says; `meant` is what each of its values means."""
    said = _said(given)
    sets = [tuple(map(meant, said["in"]))] if "in" in said else []
    if "eq" in said:
        sets.append((meant(said["eq"]),))
    return Choice(tuple(sets), said.get("isNull"))


def choice_of_ids(given: Any, type_name: str) -> Choice:
    """The same of ids of a type; what is no such id matches nothing."""

    def meant(text: str) -> UUID:
        parsed = parse_global_id(text)
        return parsed[1] if parsed is not None and parsed[0] == type_name else _NOTHING

    return choice_of(given, meant)


async def choice_of_stores(reader: Reader, given: Any) -> Choice:
    """Stores, and those below them: a region holds its stores."""
    said = choice_of_ids(given, "Store")
    return Choice(tuple([await cards.with_those_below(reader, one) for one in said.sets]), said.is_null)


def check_filter(field: str, filter: Any, names: Iterable[str]) -> None:
    """Raises BAD_USER_INPUT for null in place of a value, and for more values than may be given."""
    for name in () if filter is None else names:
        for operator, said in _said(getattr(filter, name)).items():
            place = f"{field}(filter): {name}.{operator}"
            if said is None:
                raise bad_argument(f"{place}: null is not a value; leave it out, or use isNull.", "filter")
            if isinstance(said, list) and len(said) > _MAX_CHOICES:
                raise bad_argument(f"{place}: at most {_MAX_CHOICES} values.", "filter")


def _said(given: Any) -> dict[str, Any]:
    """The operators that are given, by their names in the schema."""
    return {
        shown: getattr(given, name)
        for name, shown in _OPERATORS
        if given is not None and getattr(given, name, strawberry.UNSET) is not strawberry.UNSET
    }
