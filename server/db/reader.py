"""A snapshot to read from: what computed fields and query functions get. It cannot change anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from server.db.statements import Statements


class Reader(Statements):
    """Statements inside one read-only snapshot that has passed the door in the caller's scope.

    `call` says who asks and in which language; its type belongs to the room above.
    """

    def __init__(self, raw: asyncpg.Connection, tenant_id: UUID, call: Any, now: datetime) -> None:
        super().__init__(raw)
        self.tenant_id = tenant_id
        self.call = call
        self.now = now
