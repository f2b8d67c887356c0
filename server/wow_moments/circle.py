"""The circle around a customer 宠友圈: whom they brought, whom those brought, and so on, as far as was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from server.db.reader import Reader
from server.wow_moments import queries

GENERATIONS = 5
MOST = 50
"""How far and how many may be asked for: a circle is looked at, not exported."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a circle, and by whom they came into it."""

    customer_id: UUID
    referral_id: UUID
    referrer_id: UUID
    generation: int
    came_at: datetime


@dataclass(slots=True)
class Circle:
    """Generation by generation, the earliest first."""

    members: list[Member] = field(default_factory=list)
    is_complete: bool = True


async def circles(reader: Reader, customer_ids: Sequence[UUID], *, generations: int, most: int) -> list[Circle]:
    """One for each of these customers, with no more than `most` in each: a statement for every generation, and one more to
    see whether anybody is left out. Each referrer's are read up to one more than can be shown."""
    found = [Circle() for _ in customer_ids]
    frontiers = [[customer_id] for customer_id in customer_ids]
    for generation in range(1, generations + 2):
        asked = sorted({one for frontier in frontiers for one in frontier})
        if not asked:
            break
        brought: dict[UUID, list[Member]] = {}
        for record in await queries.brought_by(reader, asked, most + 1 if generation <= generations else 1):
            member = Member(
                record["customer_id"], record["id"], record["referrer_id"], generation, record["occurred_at"]
            )
            brought.setdefault(member.referrer_id, []).append(member)
        for place, circle in enumerate(found):
            frontiers[place] = _joined(circle, frontiers[place], brought, most if generation <= generations else 0)
    return found


def _joined(circle: Circle, frontier: Sequence[UUID], brought: dict[UUID, list[Member]], most: int) -> list[UUID]:
    """Take the next generation in; answers whose own is to be read. None where the circle is full."""
    came = [member for referrer in frontier for member in brought.get(referrer, ())]
    room = most - len(circle.members)
    if came and len(came) > room:
        circle.is_complete = False
    kept = sorted(came, key=lambda member: (member.came_at, member.referral_id))[: max(room, 0)]
    circle.members.extend(kept)
    return [] if not circle.is_complete else [member.customer_id for member in kept]
