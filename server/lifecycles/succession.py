"""Who would take over which customers: the plan of a transfer, from the people, their room and their turns. Pure.

The plan gives the friendships away one by one, the oldest first, just as the transfer does, so its figures are those of
the transfer as long as nothing changes in between.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from server.customers.candidates import Placed, Pool
from server.operations.assignment import Presence, turns, why_nobody
from server.operations.assignment_terms import QueueReason
from server.operations.units import Unit


@dataclass(frozen=True, slots=True)
class Held:
    """A friendship to be given away, in one role or group. `others` are the customer's other friends."""

    relationship_id: UUID
    customer_id: UUID
    unit: Unit | None
    store_id: UUID | None
    others: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """So many customers to one person, in one role or group at one store."""

    staff_id: UUID
    unit: Unit
    store_id: UUID | None
    customers: int


@dataclass(frozen=True, slots=True)
class Left:
    """So many customers for whom nobody has room: they wait, and keep their friend meanwhile."""

    unit: Unit
    store_id: UUID | None
    reason: QueueReason
    customers: int


@dataclass(frozen=True)
class Plan:
    """What a transfer would come to. `total` counts friendships; one held in two roles is moved twice."""

    from_staff_id: UUID
    to_staff_id: UUID | None
    total: int
    moves: tuple[Move, ...] = ()
    waiting: tuple[Left, ...] = ()
    nowhere: int = 0
    """Friendships held in no role, while no stage adds customers: nobody is asked for, so they stay."""

    @property
    def id(self) -> str:
        """A digest: the same facts give the same plan, others another."""
        parts = [str(self.from_staff_id), str(self.to_staff_id), str(self.total), str(self.nowhere)]
        parts += [f"{one.staff_id}|{one.unit.id}|{one.store_id}|{one.customers}" for one in self.moves]
        parts += [f"{one.reason}|{one.unit.id}|{one.store_id}|{one.customers}" for one in self.waiting]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@dataclass
class _People:
    """The people as they are after what has been given away so far."""

    pools: Mapping[Unit, Pool]
    by_id: dict[UUID, Placed] = field(default_factory=dict)

    def now(self, one: Placed) -> Placed:
        return replace(one, candidate=self.by_id.get(one.candidate.staff_id, one).candidate)

    def give(self, one: Placed) -> None:
        candidate = self.now(one).candidate
        more = replace(
            candidate, friends=candidate.friends + 1, taken=candidate.taken + 1, added_today=candidate.added_today + 1
        )
        self.by_id[candidate.staff_id] = replace(one, candidate=more)


def plan(
    held: Sequence[Held],
    pools: Mapping[tuple[Unit, UUID | None], Pool],
    *,
    from_staff_id: UUID,
    to: Placed | None,
) -> Plan:
    """`pools` holds the people of every role and group the friendships are held in, and of their backups, by store."""
    people = _People({pool.unit: pool for pool in pools.values()})
    moves: Counter[tuple[UUID, Unit, UUID | None]] = Counter()
    waiting: Counter[tuple[Unit, UUID | None, QueueReason]] = Counter()
    nowhere = 0
    for one in held:
        if one.unit is None:
            nowhere += 1
            continue
        chosen = _chosen(one, one.unit, pools, people, to)
        if isinstance(chosen, QueueReason):
            waiting[one.unit, one.store_id, chosen] += 1
        else:
            moves[chosen, one.unit, one.store_id] += 1
    return Plan(
        from_staff_id,
        None if to is None else to.candidate.staff_id,
        len({one.relationship_id for one in held}),
        tuple(Move(*key, count) for key, count in _sorted(moves)),
        tuple(Left(*key, count) for key, count in _sorted(waiting)),
        nowhere,
    )


Key = TypeVar("Key", bound=tuple[object, ...])


def _sorted(counts: Counter[Key]) -> list[tuple[Key, int]]:
    return sorted(counts.items(), key=lambda item: [str(part) for part in item[0]])


def _chosen(
    one: Held, unit: Unit, pools: Mapping[tuple[Unit, UUID | None], Pool], people: _People, to: Placed | None
) -> UUID | QueueReason:
    if to is not None and people.now(to).candidate.takes:
        if to.candidate.staff_id not in one.others:
            people.give(to)
        return to.candidate.staff_id
    pool = pools[unit, one.store_id]
    there = pool.at(one.store_id)
    known = [each for each in (pool.people if unit.is_group else there) if each.candidate.staff_id in one.others]
    if known and known[0].candidate.presence is not Presence.OFF:
        return known[0].candidate.staff_id
    backup = None if pool.backup_group_id is None else pools.get((Unit(group_id=pool.backup_group_id), one.store_id))
    for asked in (pool, backup):
        if asked is None:
            continue
        for tier in tiers(asked.at(one.store_id)):
            placed = [people.now(each) for each in tier]
            turn = next(turns([each.candidate for each in placed], asked.method), None)
            if turn is not None:
                people.give(next(each for each in placed if each.candidate.staff_id == turn.staff_id))
                return turn.staff_id
    return why_nobody([people.now(each).candidate for each in there])


def tiers(people: Iterable[Placed]) -> list[list[Placed]]:
    """The store's people first, then the others; one tier where nobody is of the store."""
    everybody = list(people)
    here = [one for one in everybody if one.is_here]
    return [here, [one for one in everybody if not one.is_here]] if here else [everybody]
