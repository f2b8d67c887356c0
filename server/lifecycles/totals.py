"""Counts what was recorded of customers up to a moment, to see that long work has lost none of it.

Friendships are compared one by one: their fingerprint is that of every friendship's ids and beginning together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlmodel import SQLModel

from server.customers.tables import Case, Customer, Relationship, RelationshipRole, ServiceNote
from server.db.statements import among, table_of
from server.db.work import Work
from server.feedback.tables import Feedback
from server.touchpoints.tables import Touchpoint

COUNTED: Mapping[str, type[SQLModel]] = {
    "customers": Customer,
    "relationships": Relationship,
    "roles": RelationshipRole,
    "cases": Case,
    "touchpoints": Touchpoint,
    "notes": ServiceNote,
    "feedback": Feedback,
}
FINGERPRINT = "fingerprint"
_EXACT = ("relationships", "roles", FINGERPRINT)
"""No act adds to these with an earlier `recorded_at` while the count lasts: the change held them off when it began."""

_friends = table_of(Relationship).c


async def totals(work: Work, until: datetime) -> dict[str, Any]:
    """How many rows of each table had been recorded, and the fingerprint of the friendships (a text: JSON rounds)."""
    counted = [
        select(func.count())
        .select_from(table_of(model))
        .where(table_of(model).c.tenant_id == work.tenant_id, table_of(model).c.recorded_at <= until)
        .scalar_subquery()
        .label(name)
        for name, model in COUNTED.items()
    ]
    row = await work.fetch_one(select(*counted))
    assert row is not None
    print_ = await work.scalar(
        select(_fingerprint()).where(_friends.tenant_id == work.tenant_id, _friends.recorded_at <= until)
    )
    return {**dict(row), FINGERPRINT: str(print_)}


async def fingerprint_of(work: Work, customer_ids: Sequence[UUID]) -> tuple[int, int, int]:
    """Of some customers: how many friendships, their fingerprint, and how many roles they were ever held in."""
    friendships = await work.fetch_one(
        select(func.count().label("times"), _fingerprint().label("print")).where(
            _friends.tenant_id == work.tenant_id, among(_friends.customer_id, customer_ids)
        )
    )
    held = table_of(RelationshipRole).c
    roles = await work.scalar(
        select(func.count()).where(held.tenant_id == work.tenant_id, among(held.customer_id, customer_ids))
    )
    assert friendships is not None
    return friendships["times"], friendships["print"], roles


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is not there any more. History may have grown meanwhile by what was recorded late, friendships may not."""
    return [name for name in before if (before[name] != after[name] if name in _EXACT else before[name] > after[name])]


def _fingerprint() -> Any:
    told = func.concat_ws(
        "|",
        cast(_friends.id, Text),
        cast(_friends.customer_id, Text),
        cast(_friends.staff_id, Text),
        cast(_friends.channel_id, Text),
        cast(_friends.since, Text),
    )
    return func.coalesce(func.bit_xor(func.hashtextextended(told, cast(0, BigInteger))), cast(0, BigInteger))
