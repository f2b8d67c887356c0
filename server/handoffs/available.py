"""Whether a person is asked by handoffs: for lists, where the acts ask one by one (`service.asked_of`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import or_, select

from server.db.reader import Reader
from server.db.statements import among, table_of
from server.operations.tables import Placement, StoreAncestor

_placements, _above = table_of(Placement), table_of(StoreAncestor)


class Addressed(NamedTuple):
    """Who asked, and of whom."""

    staff_id: UUID | None
    to_staff_id: UUID | None
    role_id: UUID | None
    group_id: UUID | None
    store_id: UUID | None
    escalated_to_id: UUID | None


async def is_asked_of(reader: Reader, staff_id: UUID, handoffs: Sequence[Addressed]) -> list[bool]:
    """Of each handoff, in order: whether this person may answer it."""
    placed = await reader.fetch(
        select(_placements.c.role_id, _placements.c.group_id, _placements.c.store_id).where(
            _placements.c.tenant_id == reader.tenant_id,
            _placements.c.staff_id == staff_id,
            _placements.c.until_at.is_(None),
        )
    )
    stores = {record["store_id"] for record in placed if record["store_id"] is not None}
    lines = await reader.fetch(
        select(_above.c.store_id, _above.c.ancestor_id).where(
            _above.c.tenant_id == reader.tenant_id,
            or_(among(_above.c.store_id, stores), among(_above.c.ancestor_id, stores)),
        )
    )
    related = {(one, other) for one, other in lines} | {(other, one) for one, other in lines}

    def there(record: asyncpg.Record, handoff: Addressed) -> bool:
        if (record["role_id"], record["group_id"]) != (handoff.role_id, handoff.group_id):
            return False
        anywhere = record["store_id"] is None or handoff.store_id is None
        return anywhere or (record["store_id"], handoff.store_id) in related

    return [
        staff_id == handoff.escalated_to_id
        or (
            staff_id == handoff.to_staff_id
            if handoff.to_staff_id is not None
            else staff_id != handoff.staff_id and any(there(record, handoff) for record in placed)
        )
        for handoff in handoffs
    ]
