"""Cursors: base64url of the list and order they belong to, a tag of the tenant, the row's value in that order and its id."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, DateTime, Integer, Text, Uuid, cast

from server.db.tenancy import DOOR_TAG
from server.errors import ErrorCode, RequestError
from server.planner.json_text import base64url, base64url_plain, joined, time_text
from server.planner.selections import Selected

_SEPARATOR = "\x1f"
"""Between the parts of a cursor: no order column may contain it (names are stripped of control characters)."""
_CURSOR_LENGTH = 200
"""A bound for a cursor whose key is no text."""
_PLAIN_KEYS = (DateTime, Date, Integer, Boolean, Uuid)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cursor is read: the field and its list, in one order, of one tenant."""

    key: str
    list_name: str
    order: str
    column: Any
    tag: str


def list_name(selected: Selected) -> str:
    """Lists of the same things, wherever they stand, share their orders and so their cursors."""
    return selected.type_name.removesuffix("Connection")


def cursor_text(one: Selected, order: str, key: ColumnElement[Any], id: ColumnElement[Any]) -> ColumnElement[str]:
    text = time_text(key) if isinstance(key.type, DateTime) else cast(key, Text)
    place = f"{list_name(one)}.{order}{_SEPARATOR}"
    plain = joined([place, DOOR_TAG, _SEPARATOR, text, _SEPARATOR, cast(id, Text)])
    return base64url_plain(plain, longest=_CURSOR_LENGTH) if isinstance(key.type, _PLAIN_KEYS) else base64url(plain)


def read_cursor(text: str | None, here: Place, name: str) -> tuple[Any, UUID] | None:
    """A cursor of another order is told so; every other one that does not belong here is told nothing."""
    if text is None:
        return None
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        place, tag, value, id = plain.split(_SEPARATOR)
        list_name, of = place.split(".")
        if list_name != here.list_name or tag != here.tag:
            raise ValueError(place)
        if of != here.order:
            raise bad(here.key, name, f"this cursor belongs to the order {of}, not {here.order}")
        return _cursor_value(value, here.column), UUID(id)
    except ValueError:
        raise bad(here.key, name, "this is not a cursor of this list") from None


def _cursor_value(text: str, column: Any) -> Any:
    match column.type:
        case DateTime():
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        case Date():
            return date.fromisoformat(text)
        case Boolean():
            return {"true": True, "false": False}[text] if text in ("true", "false") else int("not a flag")
        case BigInteger() | Integer():
            number = int(text)
            if not -(2**63) <= number < 2**63:
                raise ValueError(text)
            return number
        case Uuid():
            return UUID(text)
    return text


def bad(place: str, name: str, why: str) -> RequestError:
    return RequestError(ErrorCode.BAD_USER_INPUT, f"{place}({name}): {why}.", argument=name)
