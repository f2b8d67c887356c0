"""Whose turn it is: by method, within limits, the same whatever order people are handed in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from server.operations.assignment import Candidate, Presence, Turn, turns, why_nobody
from server.operations.assignment_terms import AssignmentMethod, QueueReason

ANN, BEN, CAI = (UUID(int=number) for number in (1, 2, 3))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAST, TURN, WEIGHT = AssignmentMethod.LEAST_LOADED, AssignmentMethod.ROUND_ROBIN, AssignmentMethod.WEIGHTED


def who(candidates: list[Candidate], method: AssignmentMethod, count: int) -> list[UUID]:
    return [turn.staff_id for turn in islice(turns(candidates, method), count)]


def test_fewest_friends_first_then_evenly() -> None:
    people = [Candidate(ANN, friends=3), Candidate(BEN, friends=1), Candidate(CAI, friends=2)]
    assert who(people, LEAST, 6) == [BEN, BEN, CAI, ANN, BEN, CAI]


def test_in_turn_whoever_waited_longest_comes_first() -> None:
    people = [
        Candidate(ANN, friends=9, last_turn_at=NOON),
        Candidate(BEN, friends=0, last_turn_at=NOON + timedelta(minutes=1)),
        Candidate(CAI, friends=5),
    ]
    assert who(people, TURN, 5) == [CAI, ANN, BEN, CAI, ANN]


def test_by_weight_friends_come_in_proportion() -> None:
    people = [Candidate(ANN, weight=3), Candidate(BEN, weight=1)]
    assert Counter(who(people, WEIGHT, 40)) == {ANN: 30, BEN: 10}


def test_turns_are_numbered_from_the_first_ever() -> None:
    assert list(islice(turns([Candidate(ANN, taken=7)], LEAST), 2)) == [Turn(ANN, 8), Turn(ANN, 9)]


def test_the_nearer_limit_counts() -> None:
    assert Candidate(ANN, friends=8, capacity=10, added_today=1, daily_limit=5).room == 2
    assert Candidate(ANN, friends=8, capacity=10, added_today=4, daily_limit=5).room == 1
    assert Candidate(ANN, friends=12, capacity=10).room == 0
    assert Candidate(ANN, friends=12).room is None


def test_why_nobody_is_told_by_who_is_nearest_to_taking_one() -> None:
    full = Candidate(ANN, friends=5, capacity=5)
    done = Candidate(BEN, added_today=2, daily_limit=2)
    asleep = Candidate(CAI, presence=Presence.OUT_OF_HOURS)
    away = Candidate(CAI, presence=Presence.OFF)
    assert why_nobody([]) is QueueReason.NOBODY_PLACED
    assert why_nobody([full]) is QueueReason.CAPACITY
    assert why_nobody([full, done]) is QueueReason.DAILY_LIMIT
    assert why_nobody([full, asleep, away]) is QueueReason.CAPACITY
    assert why_nobody([away, asleep]) is QueueReason.OUT_OF_HOURS
    assert why_nobody([away]) is QueueReason.ALL_OFF


_limit = st.none() | st.integers(1, 12)
_people = st.lists(
    st.builds(
        Candidate,
        staff_id=st.uuids(),
        friends=st.integers(0, 12),
        taken=st.integers(0, 30),
        added_today=st.integers(0, 12),
        capacity=_limit,
        daily_limit=_limit,
        weight=st.integers(1, 5),
        last_turn_at=st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1)),  # noqa: DTZ001  # given a zone beside
        presence=st.sampled_from(Presence),
    ),
    max_size=8,
    unique_by=lambda one: one.staff_id,
)


@given(_people, st.sampled_from(AssignmentMethod))
def test_nobody_goes_over_a_limit_and_nobody_off_takes_any(people: list[Candidate], method: AssignmentMethod) -> None:
    counts = Counter(who(people, method, 300))
    for one in people:
        given_to = counts[one.staff_id]
        assert given_to == 0 or one.presence is Presence.ON_DUTY
        if one.capacity is not None and given_to:
            assert one.friends + given_to <= one.capacity
        if one.daily_limit is not None and given_to:
            assert one.added_today + given_to <= one.daily_limit
    rooms = [one.room for one in people if one.takes]
    limited = [room for room in rooms if room is not None]
    if len(limited) == len(rooms):
        assert sum(counts.values()) == sum(limited), "All the room there is can be used."


@given(_people, st.sampled_from(AssignmentMethod), st.randoms())
def test_the_order_of_the_people_does_not_matter(
    people: list[Candidate], method: AssignmentMethod, dice: Random
) -> None:
    shuffled = list(people)
    dice.shuffle(shuffled)
    assert who(shuffled, method, 50) == who(people, method, 50)


@given(_people, st.integers(1, 60))
def test_least_loaded_is_fair(people: list[Candidate], count: int) -> None:
    """After any number of turns nobody who could take one more is two friends behind anybody who was given one."""
    counts = Counter(who(people, LEAST, count))
    after = {one.staff_id: one.friends + counts[one.staff_id] for one in people}
    served = [after[id] for id in counts]
    open_to_more = [
        after[one.staff_id] for one in people if one.takes and (one.room is None or counts[one.staff_id] < one.room)
    ]
    if served and open_to_more:
        assert max(served) - min(open_to_more) <= 1


@given(_people)
def test_in_turn_nobody_is_passed_over(people: list[Candidate]) -> None:
    able = [one for one in people if one.takes]
    assert len(set(who(people, TURN, len(able)))) == len(able)
