"""Pages of lists that Python produces: of values, which have no table to page through. Their cursors are opaque places."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from server.errors import ErrorCode, RequestError
from server.schema.nodes import PageInfo

_MAX_PAGE = 100


class ValuePage:
    """Some items of a longer list."""

    def __init__(self, items: Sequence[Any], *, more: bool, after: str | None) -> None:
        self.items = items
        self._more, self._after = more, after

    def info(self, cursor: Callable[[Any], str]) -> PageInfo:
        """Where it stands in its list; `cursor` tells the place of an item."""
        return PageInfo(
            has_next_page=self._more,
            has_previous_page=self._after is not None,
            start_cursor=cursor(self.items[0]) if self.items else None,
            end_cursor=cursor(self.items[-1]) if self.items else None,
        )


def written_place(place: list[str]) -> str:
    """The cursor of a place."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def read_place(cursor: str) -> list[str] | None:
    """The place a cursor means; None for what is no cursor."""
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(place, list) or not all(isinstance(one, str) for one in place):
        return None
    return place


def check_first(field: str, first: int) -> None:
    """Raises BAD_USER_INPUT for a page of less than nothing, and of more than a hundred."""
    if not 0 <= first <= _MAX_PAGE:
        raise bad_argument(f"{field}(first): must be from 0 to {_MAX_PAGE}.", "first")


def bad_argument(message: str, argument: str) -> RequestError:
    return RequestError(ErrorCode.BAD_USER_INPUT, message, argument=argument)
