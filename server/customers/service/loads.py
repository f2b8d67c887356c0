"""Counts who has how many friends and adds, in the act that changes it, so that limits hold whoever else acts.

A person's row in `workloads` is locked from here to the end of the act. An act that counts for several people takes
them in the order of their ids first (`hold`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, DateTime, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from server.customers.tables import Relationship
from server.db.statements import among, table_of
from server.db.work import Work
from server.ids import new_id
from server.operations.assignment import Candidate, Turn, turns
from server.operations.assignment_terms import AssignmentMethod
from server.operations.tables import Workload
from server.tenants.tables import Tenant

_WHATEVER_WAS_TAKEN = 2**62

_workloads, _friends, _tenants = table_of(Workload), table_of(Relationship), table_of(Tenant)
_w = _workloads.c

_LOOKED_AT = (32, 224, 1_792)
"""Turns tried at once, so many that whatever is under way at the same moment fits in."""


async def free_turn(work: Work, coming: Iterator[Turn]) -> Turn | None:
    """The first of these turns that nobody else is taking at this moment; it is ours until the act ends.

    Nobody waits: turns under way elsewhere are passed over. They are seen before they are committed, and free again
    where the other act fails. None where there is none left.
    """
    for size in _LOOKED_AT:
        part = list(islice(coming, size))
        if not part:
            return None
        keys = [_key(work.tenant_id, turn) for turn in part]
        given = func.unnest(cast(keys, ARRAY(BigInteger))).table_valued("key", with_ordinality="place").render_derived()
        found: int | None = await work.scalar(
            select(given.c.place).where(func.pg_try_advisory_xact_lock(given.c.key)).limit(1)
        )
        if found is not None:
            return part[found - 1]
    return None


async def next_turn(work: Work, people: Sequence[Candidate], method: AssignmentMethod) -> Turn | None:
    """The turn to take now; None where none of these people has room.

    Where all the room there is, is being taken elsewhere at this moment, it is the first of those turns all the same: taking
    it waits until the other act has ended, and only then is it known whether there was room.
    """
    free = await free_turn(work, turns(people, method))
    if free is not None:
        return free
    first = next(turns(people, method), None)
    return None if first is None else replace(first, number=_WHATEVER_WAS_TAKEN)


async def take(work: Work, turn: Turn, one: Candidate) -> bool:
    """Count one more friend for the person, unless a limit stands in the way or the turn has been taken meanwhile.

    Waits for whoever counts for the same person; where nothing is counted, nothing stays locked either, so that the act
    may try another. `one` brings the limits of their group or role, if they have none.
    """
    today = _today(work)
    counting = _counted(work, turn.staff_id, to_come=1, added=1, today=today).on_conflict_do_update(
        index_elements=["tenant_id", "staff_id"],
        set_={
            **_more(friends=1, added=literal(1), today=today),
            "taken": _w.taken + 1,
            "last_turn_at": _moment(work.now),
        },
        where=_limits_hold(one, turn, today),
    )
    try:
        async with work.savepoint():  # PostgreSQL locks the row before it looks at the condition
            if await work.execute(counting) != 1:
                raise _NotTaken
    except _NotTaken:
        return False
    return True


class _NotTaken(Exception):
    """The row is to be let go."""


async def as_now(work: Work, one: Candidate) -> Candidate:
    """The person with the counts as they are now; the limits and all else as before."""
    row = await work.fetch_one(
        select(_w.friends, _w.taken, case((_w.added_on == _today(work), _w.added), else_=0).label("added")).where(
            _w.tenant_id == work.tenant_id, _w.staff_id == one.staff_id
        )
    )
    if row is None:
        return one
    return replace(one, friends=row["friends"], taken=row["taken"], added_today=row["added"])


async def count_friend(work: Work, staff_id: UUID, *, since: datetime | None, change: int = 1) -> None:
    """Count a friend more or less, who came in another way. Of a new one, `since` tells whether it is an add of today.

    The friendship itself is written already.
    """
    today = _today(work)
    added: Any = literal(0)
    if change > 0 and since is not None:
        added = case((cast(func.timezone(_zone(work), _moment(since)), Date) == today, 1), else_=0)
    await work.execute(
        _counted(work, staff_id, to_come=0, added=added, today=today).on_conflict_do_update(
            index_elements=["tenant_id", "staff_id"], set_=_more(friends=change, added=added, today=today)
        )
    )


async def hold(work: Work, staff_ids: Iterable[UUID]) -> None:
    """Count for these people, nobody else may until the act ends. In the order of their ids, so no two can lock up."""
    await work.fetch(
        select(_w.id)
        .where(_w.tenant_id == work.tenant_id, among(_w.staff_id, set(staff_ids)))
        .order_by(_w.staff_id)
        .with_for_update()
    )


def _key(tenant_id: UUID, turn: Turn) -> int:
    digest = hashlib.blake2b(f"turn|{tenant_id}|{turn.staff_id}|{turn.number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _moment(moment: datetime) -> Any:
    return literal(moment, DateTime(timezone=True))


def _zone(work: Work) -> Any:
    return select(_tenants.c.timezone).where(_tenants.c.tenant_id == work.tenant_id).scalar_subquery()


def _today(work: Work) -> Any:
    return cast(func.timezone(_zone(work), _moment(work.now)), Date)


def _counted(work: Work, staff_id: UUID, *, to_come: int, added: Any, today: Any) -> Any:
    """The row of somebody nobody has counted for: their friends as they are, and those `to_come` in this act."""
    there = (
        select(func.count())
        .select_from(_friends)
        .where(_friends.c.tenant_id == work.tenant_id, _friends.c.staff_id == staff_id, _friends.c.ended_at.is_(None))
        .scalar_subquery()
    )
    added = literal(added) if isinstance(added, int) else added
    return insert(_workloads).values(
        tenant_id=work.tenant_id,
        id=new_id(),
        staff_id=staff_id,
        weight=1,
        friends=there + to_come,
        taken=to_come,
        added=added,
        added_on=case((added > 0, today)),
        recorded_at=_moment(work.now),
        version=1,
    )


def _more(*, friends: int, added: Any, today: Any) -> dict[str, Any]:
    earlier = case((_w.added_on == today, _w.added), else_=0)
    return {
        "friends": func.greatest(_w.friends + friends, 0),
        "added": case((added > 0, earlier + added), else_=_w.added),
        "added_on": case((added > 0, today), else_=_w.added_on),
    }


def _limits_hold(one: Candidate, turn: Turn, today: Any) -> Any:
    """Asked of the row as it is once it is ours, not of what was read before."""
    capacity = func.coalesce(_w.capacity, literal(one.capacity, BigInteger))
    daily = func.coalesce(_w.daily_limit, literal(one.daily_limit, BigInteger))
    added = case((_w.added_on == today, _w.added), else_=0)
    return (
        (_w.taken < turn.number) & or_(capacity.is_(None), _w.friends < capacity) & or_(daily.is_(None), added < daily)
    )
