"""The circumstances of something that happened with a customer: when, by whom in which capacity, in which case, where.

Answers only whether what an input names is there; whether the staff member was right to act is not asked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.db.work import Work
from server.errors import NotFound, Refusals
from server.touchpoints import queries
from server.touchpoints.errors import InTheFuture
from server.touchpoints.queries import Named

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far other systems' clocks may be off: a fact up to this far ahead of us is taken, and kept as told."""

_NAMED = ("staff_id", "case_id", "store_id", "item_id", "content_id", "campaign_id", "group_chat_id", "contact_id")


@dataclass(frozen=True, slots=True)
class Capacity:
    """In what the staff member acted: a role, or an ops group, or neither; and at which store, named or not."""

    role_id: UUID | None = None
    group_id: UUID | None = None
    store_id: UUID | None = None


def time_of_fact(work: Work, given: datetime | None) -> datetime:
    """When it happened, now if not given. Raises InTheFuture on `occurred_at`."""
    if given is None:
        return work.now
    if given > work.now + CLOCK_TOLERANCE:
        raise InTheFuture("occurred_at")
    return given


async def capacity(work: Work, named: Named) -> Capacity:
    """Raises NotFound for every unknown thing that is named; another customer's case is as unknown as none."""
    if not any(getattr(named, name) for name in _NAMED):
        return Capacity()
    [found] = await queries.known(work, [named])
    return judged(found)


def judged(record: Mapping[str, Any]) -> Capacity:
    """The capacity that a record of `queries.known` tells. Raises NotFound for every unknown thing that is named."""
    unknown = [NotFound(field) for field in _NAMED if not record[field]]
    if not unknown:
        return Capacity(record["role_id"], record["group_id"], record["place_id"])
    raise unknown[0] if len(unknown) == 1 else Refusals(unknown)
