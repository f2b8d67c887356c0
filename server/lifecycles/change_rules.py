"""Decides, customer by customer, which role each friendship is held in under the wanted model.

Pure: no database, no clock. Friendships themselves never change; of a leaver's nothing changes at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from server.lifecycles.change_terms import FriendshipMove, ModelChangeKind, RoleSuccession

NO_UNIT = ""
"""In a mapping: friendships that are held in no role."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A placement of a person: the key of the group or role, and the store."""

    unit: str
    store_id: UUID | None


@dataclass(frozen=True, slots=True)
class Held:
    """A role or group a friendship is held in now: the row, and the unit's key."""

    id: UUID
    unit: str
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Friendship:
    """A live friendship as it is before. `held` has the newest role last."""

    id: UUID
    customer_id: UUID
    staff_id: UUID
    works_here: bool
    home_store_id: UUID | None
    since: datetime
    held: tuple[Held, ...] = ()

    @property
    def unit(self) -> str | None:
        """The newest of the units it is held in."""
        return self.held[-1].unit if self.held else None

    @property
    def units(self) -> set[str]:
        return {held.unit for held in self.held}


@dataclass(frozen=True, slots=True)
class Design:
    """The units of the wanted model: those that add, in the order of the journey, and all that are awake."""

    adding: tuple[str, ...]
    awake: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the manager decides. `mapping` goes from a unit's key, or "" for none, to a key of the wanted model."""

    kind: ModelChangeKind
    succession: RoleSuccession = RoleSuccession.PLACEMENT_FIRST
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one friendship. `unit` is the key it is held in afterwards; `move` is None where it stays as it is."""

    friendship: Friendship
    unit: str | None
    store_id: UUID | None
    move: FriendshipMove | None


def decide(
    friendships: Sequence[Friendship], seats: Mapping[UUID, Sequence[Seat]], design: Design, rules: Rules
) -> list[Decision]:
    """What becomes of all live friendships of one customer, in the order in which they began."""
    ordered = sorted(friendships, key=lambda one: (one.since, one.id))
    if rules.kind is ModelChangeKind.MODEL_CHANGE:
        return [_decision(one, _candidates(one, seats, design, rules)[0], seats) for one in ordered]
    return _without_duplicates(ordered, seats, design, rules)


def _without_duplicates(
    ordered: Sequence[Friendship], seats: Mapping[UUID, Sequence[Seat]], design: Design, rules: Rules
) -> list[Decision]:
    """Each role that adds is held once: by whoever is placed at the customer's own store, holds it already, came first."""

    def claim(one: Friendship) -> tuple[bool, bool, datetime, UUID]:
        wanted = next(iter(_candidates(one, seats, design, rules)), None)
        at_home = one.home_store_id is not None and one.home_store_id == _placed_at(one, wanted, seats)
        return (not at_home, wanted not in one.units, one.since, one.id)

    taken: set[str] = set()
    chosen: dict[UUID, str | None] = {}
    for one in sorted((one for one in ordered if one.works_here), key=claim):
        wanted = _candidates(one, seats, design, rules)
        unit = next((unit for unit in wanted if unit not in taken or unit not in design.adding), None)
        if unit is not None:
            taken.add(unit)
        chosen[one.id] = unit if wanted else one.unit
    return [_decision(one, chosen.get(one.id), seats) for one in ordered]


def _candidates(one: Friendship, seats: Mapping[UUID, Sequence[Seat]], design: Design, rules: Rules) -> list[str]:
    """The units the friendship may pass to, the best first. Of a change of the model there is always one."""
    placed = _awake_seats(one, seats, design)
    is_change = rules.kind is ModelChangeKind.MODEL_CHANGE
    keeps = one.unit in design.awake and (is_change or not placed or one.unit in placed)
    own = [one.unit] if keeps and one.unit is not None else []
    mapped = [rules.mapping[one.unit or NO_UNIT]] if (one.unit or NO_UNIT) in rules.mapping else []
    default = [*design.adding[:1]] if is_change else []
    if rules.succession is RoleSuccession.MAPPING_FIRST:
        return list(dict.fromkeys([*mapped, *own, *placed, *default]))
    return list(dict.fromkeys([*own, *placed, *mapped, *default]))


def _awake_seats(one: Friendship, seats: Mapping[UUID, Sequence[Seat]], design: Design) -> list[str]:
    """Where the person serves under the wanted model: in the order of the journey, then what never adds."""
    units = [seat.unit for seat in seats.get(one.staff_id, ()) if seat.unit in design.awake]
    return [unit for unit in design.adding if unit in units] + [unit for unit in units if unit not in design.adding]


def _decision(one: Friendship, unit: str | None, seats: Mapping[UUID, Sequence[Seat]]) -> Decision:
    if not one.works_here or one.units == ({unit} if unit else set()):
        return Decision(one, one.unit, None, None)
    if unit is None:
        return Decision(one, None, None, FriendshipMove.RELEASED)
    return Decision(one, unit, _placed_at(one, unit, seats) or one.home_store_id, FriendshipMove.MOVED)


def _placed_at(one: Friendship, unit: str | None, seats: Mapping[UUID, Sequence[Seat]]) -> UUID | None:
    """The store at which the person is placed in the unit."""
    return next((seat.store_id for seat in seats.get(one.staff_id, ()) if seat.unit == unit), None)
