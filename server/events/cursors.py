"""Cursors: a place in a tenant's log as the outside sees it.

A cursor carries the installation's epoch, which a restore raises, so that a follower from before the restore is told so
instead of being served numbers that now mean something else.
"""

from __future__ import annotations

import base64
import re

from sqlalchemy import ColumnElement, Text, cast, func, literal

from server.errors import ErrorCode, RequestError

_CURSOR = re.compile(r"e(\d{1,9}):(\d{1,18})")


def cursor_of(seq: int, epoch: int) -> str:
    return base64.urlsafe_b64encode(f"e{epoch}:{seq}".encode()).decode()


def cursor_sql(seq: ColumnElement[int], epoch: ColumnElement[int]) -> ColumnElement[str]:
    """The same in SQL, so that reads need no pass through Python."""
    plain = literal("e").op("||")(cast(epoch, Text)).op("||")(":").op("||")(cast(seq, Text))
    return func.translate(func.encode(func.convert_to(plain, "UTF8"), "base64"), "+/\n", "-_")


def seq_of(cursor: str, epoch: int, argument: str = "after") -> int:
    """The sequence number in a cursor.

    Raises BAD_USER_INPUT for what is no cursor, CURSOR_EXPIRED for a cursor of another epoch.
    """
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        plain = ""
    match = _CURSOR.fullmatch(plain)
    if match is None:
        raise RequestError(ErrorCode.BAD_USER_INPUT, f"{argument}: this is not a cursor of the event log.")
    if int(match[1]) != epoch:
        raise RequestError(
            ErrorCode.CURSOR_EXPIRED,
            f"{argument}: the log was restored since this cursor was given. Read a snapshot and follow from its cursor.",
        )
    return int(match[2])
