"""Cursors: a place in a tenant's log as the outside sees it.

A cursor carries the installation's epoch, which `shuke restored` raises after a backup was put back, so that a follower
from before is told so instead of being served numbers that now mean something else; and a mark of its tenant.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple
from uuid import UUID

from server.errors import ErrorCode, RequestError

_CURSOR = re.compile(r"e(\d{1,9}):(\d{1,18}):([0-9a-f]{12})")


class Log(NamedTuple):
    """Whose log, and the installation's epoch: what makes a number a place."""

    tenant_id: UUID
    epoch: int

    @property
    def mark(self) -> str:
        """The random end of the tenant's id: a cursor of another log is then never taken for one of this."""
        return self.tenant_id.hex[-12:]


def cursor_of(seq: int, log: Log) -> str:
    return base64.urlsafe_b64encode(f"e{log.epoch}:{seq}:{log.mark}".encode()).decode()


def seq_of(cursor: str, log: Log, argument: str = "after") -> int:
    """The sequence number in a cursor.

    Raises BAD_USER_INPUT for what is no cursor of this log, CURSOR_EXPIRED for a cursor of another epoch.
    """
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        plain = ""
    match = _CURSOR.fullmatch(plain)
    if match is None or match[3] != log.mark:
        raise RequestError(
            ErrorCode.BAD_USER_INPUT, f"{argument}: this is not a cursor of the event log.", argument=argument
        )
    if int(match[1]) != log.epoch:
        raise RequestError(
            ErrorCode.CURSOR_EXPIRED,
            f"{argument}: the log was restored since this cursor was given. Read a snapshot and follow from its cursor.",
        )
    return int(match[2])
