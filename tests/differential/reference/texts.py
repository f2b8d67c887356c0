"""How ids, cursors and times are written, said a second time and by hand."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

_PARTS = "\x1f"
_GLOBAL_ID = re.compile(r"([A-Z][A-Za-z]{0,63}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def encoded(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode()


def decoded(text: str) -> str | None:
    """None for what is no base64url of UTF-8; its padding may be missing."""
    if not re.fullmatch(r"[A-Za-z0-9_\-+/]*={0,2}", text):
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        return None


def global_id(type_name: str, id: UUID) -> str:
    return encoded(f"{type_name}:{id}")


def read_global_id(text: str) -> tuple[str, UUID] | None:
    match = _GLOBAL_ID.fullmatch(decoded(text) or "")
    return None if match is None or len(text) > 200 else (match[1], UUID(match[2]))


def time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Order(NamedTuple):
    """What a cursor belongs to: a list of things of one type and tenant, in one of its orders."""

    of: str
    name: str
    tenant_id: UUID

    @property
    def tag(self) -> str:
        return str(self.tenant_id)[-8:]


def cursor(order: Order, value: Any, id: UUID) -> str:
    """The place of a row in an order: the list and its order, the tenant's mark, the row's value in it, its id."""
    text = time_text(value) if isinstance(value, datetime) else str(value)
    return encoded(_PARTS.join((f"{order.of}.{order.name}", order.tag, text, str(id))))


class BadCursor(ValueError):
    """Not a cursor, or one of the order in `of`."""

    def __init__(self, of: str | None = None) -> None:
        super().__init__(of)
        self.of = of


def read_cursor(text: str, order: Order, kind: type) -> tuple[Any, UUID]:
    """Raises BadCursor, which says of which order it is where it is of this very list."""
    parts = (decoded(text) or "").split(_PARTS)
    of, _, name = parts[0].partition(".")
    if len(parts) != 4 or of != order.of or "." in name or parts[1] != order.tag:
        raise BadCursor
    if name != order.name:
        raise BadCursor(name)
    try:
        return _value(parts[2], kind), UUID(parts[3])
    except ValueError:
        raise BadCursor from None


def _value(text: str, kind: type) -> Any:
    if kind is datetime:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if kind is date:
        return date.fromisoformat(text)
    return int(text) if kind is int else text


def log_cursor(seq: int, tenant_id: UUID, epoch: int) -> str:
    return encoded(f"e{epoch}:{seq}:{tenant_id.hex[-12:]}")


_DECIMALS = {"CNY": 2, "USD": 2, "JPY": 0, "KWD": 3}


def amount_text(minor: int, currency: str) -> str:
    """Minor units as the decimal text of the main unit; of the currencies the tests' data holds."""
    places = _DECIMALS[currency]
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
