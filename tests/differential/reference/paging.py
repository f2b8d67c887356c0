"""Pages of lists that grow, in plain Python: the arguments understood, and the rows from where to where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.differential.data import Eyes, Row
from tests.differential.reference import texts
from tests.differential.reference.lists import ORDERS, PAGE, UP, Listing, kind_of_order, ordered_by


@dataclass(frozen=True)
class Asked:
    """The arguments of a connection, understood."""

    order: str
    direction: str
    size: int
    backward: bool
    after: tuple[Any, UUID] | None
    before: tuple[Any, UUID] | None


def asked(eyes: Eyes, of: str, given: Mapping[str, Any]) -> Asked:
    ordering = ORDERS[of]
    order_by = given.get("orderBy")
    order, direction = (
        (ordering.default, ordering.direction) if order_by is None else (order_by["field"], order_by["direction"])
    )
    first, last = given.get("first"), given.get("last")
    places = {}
    for name in ("after", "before"):
        text = given.get(name)
        places[name] = None if text is None else read_cursor(eyes, of, order, text)
    size = first if first is not None else last if last is not None else PAGE
    return Asked(order, direction, size, last is not None, places["after"], places["before"])


def read_cursor(eyes: Eyes, of: str, order: str, text: str) -> tuple[Any, UUID]:
    """Raises BadCursor."""
    return texts.read_cursor(text, texts.Order(of, order, eyes.tenant_id), kind_of_order(of, order))


def page_of(eyes: Eyes, listing: Listing, rows: Sequence[Row], given: Mapping[str, Any]) -> dict[str, Any]:
    """The page as a value: `rows` with their cursors, page info, the count over all pages."""
    wanted = asked(eyes, listing.of, given)
    order = texts.Order(listing.of, wanted.order, eyes.tenant_id)
    return paged(rows, wanted, order, lambda row: ordered_by(eyes, listing.of, wanted.order, row))


def paged(rows: Sequence[Row], wanted: Asked, order: texts.Order, value: Callable[[Row], Any]) -> dict[str, Any]:
    """A page of some rows, each of which has a value in the order."""

    def place(row: Row) -> tuple[Any, UUID]:
        return value(row), row["id"]

    forward = wanted.direction == UP
    in_order = sorted(rows, key=place, reverse=not forward)
    between = [
        row
        for row in in_order
        if (wanted.after is None or ((place(row) > wanted.after) == forward and place(row) != wanted.after))
        and (wanted.before is None or ((place(row) < wanted.before) == forward and place(row) != wanted.before))
    ]
    more = len(between) > wanted.size
    shown = between[max(len(between) - wanted.size, 0) :] if wanted.backward else between[: wanted.size]
    cursors = [texts.cursor(order, value(row), row["id"]) for row in shown]
    return {
        "rows": shown,
        "cursors": cursors,
        "pageInfo": {
            "hasNextPage": wanted.before is not None if wanted.backward else more,
            "hasPreviousPage": more if wanted.backward else wanted.after is not None,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
        "totalCount": len(rows),
        "totalCountIsExact": True,
    }
