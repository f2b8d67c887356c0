"""Who takes the next customer: turns among the people handed in, by method, load and limits.

Pure: no database, no clock. Nobody is given a turn beyond capacity or daily limit, and the same people in the same
state always get the same turns in the same order, whatever order they are handed in.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from fractions import Fraction
from typing import Any
from uuid import UUID

from server.operations.assignment_terms import AssignmentMethod, QueueReason


class Presence(Enum):
    """Whether a person takes customers at the moment."""

    ON_DUTY = "ON_DUTY"
    OUT_OF_HOURS = "OUT_OF_HOURS"
    OFF = "OFF"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who might take the customer. None as a limit is no limit."""

    staff_id: UUID
    friends: int = 0
    taken: int = 0
    """Turns taken so far, ever. It only rises."""
    added_today: int = 0
    capacity: int | None = None
    daily_limit: int | None = None
    weight: int = 1
    last_turn_at: datetime | None = None
    presence: Presence = Presence.ON_DUTY

    @property
    def room(self) -> int | None:
        """How many more this person may take today; None without any limit."""
        limits = [
            *([] if self.capacity is None else [self.capacity - self.friends]),
            *([] if self.daily_limit is None else [self.daily_limit - self.added_today]),
        ]
        return max(0, min(limits)) if limits else None

    @property
    def is_full_before_the_day_is(self) -> bool:
        """Whether the capacity is the nearer of the two limits."""
        if self.capacity is None:
            return False
        return self.daily_limit is None or self.capacity - self.friends <= self.daily_limit - self.added_today

    @property
    def takes(self) -> bool:
        return self.presence is Presence.ON_DUTY and self.room != 0


@dataclass(frozen=True, slots=True)
class Turn:
    """The `number`-th turn of a person, counted from the first they ever took."""

    staff_id: UUID
    number: int


Rank = Callable[[Candidate, int], Any]
"""The place of a person's `ahead`-th turn from now among all turns; the smallest comes first."""


def _least_loaded(one: Candidate, ahead: int) -> Any:
    return one.friends + ahead, one.staff_id


def _in_turn(one: Candidate, ahead: int) -> Any:
    last = one.last_turn_at
    return ahead, last is not None, 0 if last is None else last.timestamp(), one.staff_id


def _by_weight(one: Candidate, ahead: int) -> Any:
    return Fraction(one.friends + ahead, one.weight), one.staff_id


_RANKS: dict[AssignmentMethod, Rank] = {
    AssignmentMethod.LEAST_LOADED: _least_loaded,
    AssignmentMethod.ROUND_ROBIN: _in_turn,
    AssignmentMethod.WEIGHTED: _by_weight,
}


def turns(candidates: Iterable[Candidate], method: AssignmentMethod) -> Iterator[Turn]:
    """The coming turns in order, as many as the limits allow (without end where somebody has none).

    The first is who comes next; the second who comes next if the first is taken by somebody else at this moment, and so on.
    """
    rank = _RANKS[method]
    ahead = [(rank(one, 1), 1, one) for one in candidates if one.takes]
    heapq.heapify(ahead)
    while ahead:
        _, number, one = ahead[0]
        yield Turn(one.staff_id, one.taken + number)
        if one.room is not None and number >= one.room:
            heapq.heappop(ahead)
        else:
            heapq.heapreplace(ahead, (rank(one, number + 1), number + 1, one))


def why_nobody(candidates: Sequence[Candidate]) -> QueueReason:
    """Why none of these takes the customer, told by who is nearest to taking one."""
    if not candidates:
        return QueueReason.NOBODY_PLACED
    present = [one for one in candidates if one.presence is Presence.ON_DUTY]
    if present:
        full = all(one.is_full_before_the_day_is for one in present)
        return QueueReason.CAPACITY if full else QueueReason.DAILY_LIMIT
    if any(one.presence is Presence.OUT_OF_HOURS for one in candidates):
        return QueueReason.OUT_OF_HOURS
    return QueueReason.ALL_OFF
