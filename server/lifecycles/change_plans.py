"""Adds up what a change of the operating model, or a clean-up of roles, would come to.

Pure: customers are handed in some at a time, so that a plan over hundreds of thousands holds none of them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.lifecycles.change_rules import Decision, Design, Friendship, Rules, Seat, decide
from server.lifecycles.change_terms import FriendshipMove, PlatformLimitKey, StaffingGapKind

TRANSFERS_IN_90_DAYS = 2
"""How often WeCom lets a customer be transferred in service. A change of roles transfers nobody."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan rests on besides the friendships. Units are given by their keys."""

    design: Design
    rules: Rules
    seats: Mapping[UUID, Sequence[Seat]]
    stores: Sequence[UUID]
    """Those whose staffing is looked at, in order."""
    above: Mapping[UUID, frozenset[UUID]]
    """Each of these stores with the stores it lies below, itself included."""
    channels: Mapping[str, int]
    """How many open channels lead to each unit."""
    friends_per_person: int
    service_budget: int
    """Service contacts one customer welcomes in the window."""
    window_days: int
    digest: Mapping[str, Any]
    """What the plan's id is made of, besides the rules: the version in force, the place in the log, the limits."""

    @property
    def plan_id(self) -> str:
        rules = self.rules
        told = {
            "kind": rules.kind.value,
            "succession": rules.succession.value,
            "mapping": dict(rules.mapping),
            "stores": [str(store) for store in self.stores],
            "limits": [self.friends_per_person, self.service_budget, self.window_days],
            **self.digest,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """How many friendships pass from one unit to another; None is no unit."""

    from_unit: str | None
    to_unit: str | None
    friendships: int


@dataclass(frozen=True, slots=True)
class UnitDuplicates:
    """Friendships that hold a role of the wanted model which an earlier one holds for the same customer."""

    unit: str
    friendships: int
    customers: int


@dataclass(frozen=True, slots=True)
class StaffingGap:
    """What is missing: in which role, at which store, for how many friendships or channels."""

    kind: StaffingGapKind
    unit: str
    store_id: UUID | None
    count: int


@dataclass(frozen=True, slots=True)
class AttentionCost:
    """A friend whom the customer is to know in another role introduces themselves once: a service contact each."""

    introductions: int
    customers: int
    most_per_customer: int
    customers_over_budget: int
    budget: int
    window_days: int


@dataclass(frozen=True, slots=True)
class PlatformLimit:
    """A limit, what comes closest to it, and how many people or customers would be over it."""

    key: PlatformLimitKey
    limit: int
    highest: int
    exceeded_by: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen. `moves` is one page of it, in the order of customers; `more` whether there is another behind it, and
    `paged` whether it is not the first."""

    plan_id: str
    rules: Rules
    customers: int
    friendships: int
    moved: int
    released: int
    unchanged: int
    orphans: int
    redundant_after: int
    passages: tuple[Passage, ...]
    duplicates: tuple[UnitDuplicates, ...]
    gaps: tuple[StaffingGap, ...]
    attention: AttentionCost
    limits: tuple[PlatformLimit, ...]
    moves: tuple[Decision, ...]
    more: bool
    paged: bool


@dataclass(slots=True)
class Drawing:
    """A plan while it is drawn."""

    facts: PlanFacts
    first: int = 0
    after: UUID | None = None
    """The page of moves wanted: so many, behind the friendship of this customer and id."""
    customers: int = 0
    friendships: int = 0
    orphans: int = 0
    moves: list[Decision] = field(default_factory=list)
    _passages: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    _kinds: Counter[FriendshipMove] = field(default_factory=Counter)
    _doubled: Counter[str] = field(default_factory=Counter)
    _doubled_customers: Counter[str] = field(default_factory=Counter)
    _loose: int = 0
    _not_placed: Counter[str] = field(default_factory=Counter)
    _at_store: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    _introduced: Counter[int] = field(default_factory=Counter)
    _per_person: Counter[UUID] = field(default_factory=Counter)
    _is_behind: bool = False

    def add(self, friendships: Sequence[Friendship]) -> None:
        """All live friendships of one customer. Customers come in the order of their ids."""
        decided = decide(friendships, self.facts.seats, self.facts.design, self.facts.rules)
        self.customers += 1
        held: Counter[str] = Counter()
        introductions = 0
        for one in decided:
            self.friendships += 1
            self._per_person[one.friendship.staff_id] += 1
            if not one.friendship.works_here:
                self.orphans += 1
                continue
            if one.unit in self.facts.design.adding:
                held[one.unit] += 1
                self._look_at_staffing(one, one.unit)
            else:
                self._loose += 1
            if one.move is not None:
                self._kinds[one.move] += 1
                self._passages[one.friendship.unit, one.unit] += 1
                introductions += one.move is FriendshipMove.MOVED
                self._page(one)
        for unit, times in held.items():
            if times > 1:
                self._doubled[unit] += times - 1
                self._doubled_customers[unit] += 1
        self._introduced[introductions] += 1

    def plan(self) -> Plan:
        """What was added up."""
        return Plan(
            plan_id=self.facts.plan_id,
            rules=self.facts.rules,
            customers=self.customers,
            friendships=self.friendships,
            moved=self._kinds[FriendshipMove.MOVED],
            released=self._kinds[FriendshipMove.RELEASED],
            unchanged=self.friendships - self._kinds.total(),
            orphans=self.orphans,
            redundant_after=self._loose + self._doubled.total(),
            passages=tuple(
                Passage(*pair, count)
                for pair, count in sorted(self._passages.items(), key=lambda one: [str(key or "") for key in one[0]])
            ),
            duplicates=tuple(
                UnitDuplicates(unit, self._doubled[unit], self._doubled_customers[unit])
                for unit in self.facts.design.adding
                if self._doubled[unit]
            ),
            gaps=tuple(self._gaps()),
            attention=self._attention(),
            limits=self._limits(),
            moves=tuple(self.moves[: self.first]),
            more=len(self.moves) > self.first,
            paged=self.after is not None,
        )

    def _look_at_staffing(self, one: Decision, unit: str) -> None:
        if unit not in {seat.unit for seat in self.facts.seats.get(one.friendship.staff_id, ())}:
            self._not_placed[unit] += 1
        if one.friendship.home_store_id is not None:
            self._at_store[unit, one.friendship.home_store_id] += 1

    def _page(self, one: Decision) -> None:
        if self.after is None or self._is_behind:
            if len(self.moves) <= self.first:
                self.moves.append(one)
        elif one.friendship.id == self.after:
            self._is_behind = True

    def _gaps(self) -> list[StaffingGap]:
        facts = self.facts
        seated = {(seat.unit, seat.store_id) for seats in facts.seats.values() for seat in seats}
        found = []
        for unit in facts.design.adding:
            here = {store for key, store in seated if key == unit}
            if not here:
                found.append(StaffingGap(StaffingGapKind.ROLE_UNSTAFFED, unit, None, self._count_in(unit)))
            elif None not in here:
                found += [
                    StaffingGap(StaffingGapKind.STORE_UNSTAFFED, unit, store, self._at_store[unit, store])
                    for store in facts.stores
                    if not here & facts.above[store]
                ]
            if self._not_placed[unit]:
                found.append(StaffingGap(StaffingGapKind.HOLDERS_NOT_PLACED, unit, None, self._not_placed[unit]))
        found += [
            StaffingGap(StaffingGapKind.CHANNEL_LEADS_NOWHERE, unit, None, count)
            for unit, count in sorted(facts.channels.items())
            if unit not in facts.design.awake
        ]
        return found

    def _count_in(self, unit: str) -> int:
        return sum(count for (_, to), count in self._passages.items() if to == unit)

    def _attention(self) -> AttentionCost:
        told = {times: customers for times, customers in self._introduced.items() if times}
        return AttentionCost(
            introductions=sum(times * customers for times, customers in told.items()),
            customers=sum(told.values()),
            most_per_customer=max(told, default=0),
            customers_over_budget=sum(count for times, count in told.items() if times > self.facts.service_budget),
            budget=self.facts.service_budget,
            window_days=self.facts.window_days,
        )

    def _limits(self) -> tuple[PlatformLimit, ...]:
        limit = self.facts.friends_per_person
        return (
            PlatformLimit(
                PlatformLimitKey.FRIENDS_PER_PERSON,
                limit,
                max(self._per_person.values(), default=0),
                sum(count > limit for count in self._per_person.values()),
            ),
            PlatformLimit(PlatformLimitKey.TRANSFERS_PER_CUSTOMER, TRANSFERS_IN_90_DAYS, 0, 0),
        )
