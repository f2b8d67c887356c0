"""Who might take a customer of a group or role: the people placed there, with their limits, counts and presence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, Date, and_, cast, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import array

from server.customers.family import one_with
from server.customers.tables import Relationship
from server.db.statements import among, table_of
from server.db.work import Work
from server.operations.assignment import Candidate, Presence
from server.operations.assignment_terms import AssignmentMethod
from server.operations.queries import serves
from server.operations.tables import Absence, AssignmentRule, Placement, Store, StoreAncestor, Workload, WorkShift
from server.operations.units import Unit
from server.operations.working_hours import Hours, is_open, next_midnight, next_opening
from server.tenants.tables import StaffMember, Tenant

_staff, _placements, _stores = table_of(StaffMember), table_of(Placement), table_of(Store)
_below, _friends, _tenants = table_of(StoreAncestor), table_of(Relationship), table_of(Tenant)
_loads, _shifts, _absences, _rules = (
    table_of(Workload),
    table_of(WorkShift),
    table_of(Absence),
    table_of(AssignmentRule),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate at one of their places."""

    candidate: Candidate
    unit: Unit
    store_id: UUID | None
    is_here: bool
    """At the store asked for, or below it."""
    again_at: datetime | None
    """When the person may take somebody at the earliest, where that is known; None where they could now, or nobody knows."""
    cover_id: UUID | None = None
    """Who stands in for somebody who is off."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The people of one group or role, and how they take turns."""

    unit: Unit
    method: AssignmentMethod
    backup_group_id: UUID | None
    people: tuple[Placed, ...]

    def at(self, store_id: UUID | None) -> tuple[Placed, ...]:
        """Whose customer one of this store is: the store's people, else those placed everywhere, else everybody's.

        Another store's people are asked only where nobody serves the store at all.
        """
        if store_id is None:
            return self.people
        here = tuple(one for one in self.people if one.is_here)
        anywhere = tuple(one for one in self.people if one.store_id is None)
        return (*here, *anywhere) or self.people


async def pool_of(work: Work, unit: Unit, store_id: UUID | None) -> Pool:
    """Everybody placed in the unit now who has not left, one place each: the one at the store, if there is one. Nobody where
    the unit serves no more."""
    rows = await work.fetch(_statement(work, unit, store_id))
    people: dict[UUID, Placed] = {}
    for row in rows:
        people.setdefault(row["staff_id"], _placed(work.now, row, unit))
    rule = rows[0] if rows else await work.fetch_one(_rule(work, unit))
    method = None if rule is None else rule["method"]
    return Pool(
        unit,
        AssignmentMethod(method or AssignmentMethod.LEAST_LOADED),
        None if rule is None else rule["backup_group_id"],
        tuple(people.values()),
    )


async def friend_in(work: Work, unit: Unit, customer_id: UUID, staff_ids: Sequence[UUID]) -> tuple[UUID, bool] | None:
    """Whoever of these people is the customer's friend, or was last; and whether they still are."""
    statement = (
        select(_friends.c.staff_id, _friends.c.ended_at)
        .where(
            _friends.c.tenant_id == work.tenant_id,
            one_with(_friends.c.customer_id, customer_id, work.tenant_id),
            among(_friends.c.staff_id, staff_ids),
        )
        .order_by(_friends.c.ended_at.desc().nulls_first(), _friends.c.since, _friends.c.id)
        .limit(1)
    )
    row = await work.fetch_one(statement)
    return None if row is None else (row["staff_id"], row["ended_at"] is None)


def _statement(work: Work, unit: Unit, store_id: UUID | None) -> Any:
    """Here first, then in the order of places."""
    here = exists().where(
        _below.c.tenant_id == work.tenant_id,
        _below.c.ancestor_id == store_id,
        _below.c.store_id == _placements.c.store_id,
    )
    off = (
        select(_absences.c.until_at, _absences.c.cover_id)
        .where(
            _absences.c.tenant_id == work.tenant_id,
            _absences.c.staff_id == _placements.c.staff_id,
            _absences.c.from_at <= work.now,
            or_(_absences.c.until_at.is_(None), _absences.c.until_at > work.now),
        )
        .limit(1)
    )
    interval: Any = array([_shifts.c.weekday, _shifts.c.opens, _shifts.c.closes])
    shifts = (
        select(func.array_agg(cast(interval, ARRAY(BigInteger))))
        .where(_shifts.c.tenant_id == work.tenant_id, _shifts.c.staff_id == _placements.c.staff_id)
        .scalar_subquery()
    )
    return (
        select(
            _placements.c.staff_id,
            _placements.c.store_id,
            here.label("is_here"),
            off.exists().label("is_off"),
            off.with_only_columns(_absences.c.until_at).scalar_subquery().label("off_until"),
            off.with_only_columns(_absences.c.cover_id).scalar_subquery().label("cover_id"),
            shifts.label("shifts"),
            func.coalesce(_stores.c.timezone, _tenants.c.timezone).label("zone"),
            _tenants.c.timezone.label("own_zone"),
            (_loads.c.added_on == cast(func.timezone(_tenants.c.timezone, func.now()), Date)).label("is_today"),
            _loads.c.added,
            func.coalesce(_loads.c.friends, literal_column("0")).label("friends"),
            func.coalesce(_loads.c.taken, literal_column("0")).label("taken"),
            func.coalesce(_loads.c.weight, literal_column("1")).label("weight"),
            _loads.c.last_turn_at,
            func.coalesce(_loads.c.capacity, _rules.c.capacity).label("capacity"),
            func.coalesce(_loads.c.daily_limit, _rules.c.daily_limit).label("daily_limit"),
            _rules.c.method,
            _rules.c.backup_group_id,
        )
        .join(_staff, and_(_staff.c.tenant_id == _placements.c.tenant_id, _staff.c.id == _placements.c.staff_id))
        .join(_tenants, _tenants.c.tenant_id == _placements.c.tenant_id)
        .outerjoin(
            _stores, and_(_stores.c.tenant_id == _placements.c.tenant_id, _stores.c.id == _placements.c.store_id)
        )
        .outerjoin(
            _loads, and_(_loads.c.tenant_id == _placements.c.tenant_id, _loads.c.staff_id == _placements.c.staff_id)
        )
        .outerjoin(_rules, and_(_rules.c.tenant_id == _placements.c.tenant_id, _of(_rules, unit)))
        .where(
            _placements.c.tenant_id == work.tenant_id,
            _of(_placements, unit),
            _placements.c.until_at.is_(None),
            _staff.c.left_at.is_(None),
            serves(_placements),
        )
        .order_by(here.desc(), _placements.c.store_id.nulls_first(), _placements.c.id)
    )


def _rule(work: Work, unit: Unit) -> Any:
    return select(_rules.c.method, _rules.c.backup_group_id).where(
        _rules.c.tenant_id == work.tenant_id, _of(_rules, unit)
    )


def _of(table: Any, unit: Unit) -> Any:
    return table.c.group_id == unit.id if unit.is_group else table.c.role_id == unit.id


def _placed(now: datetime, row: Any, unit: Unit) -> Placed:
    zone, own_zone = ZoneInfo(row["zone"]), ZoneInfo(row["own_zone"])
    shifts = [Hours(*one) for one in row["shifts"] or ()]
    presence = Presence.ON_DUTY
    again_at = None
    if row["is_off"]:
        presence, again_at = Presence.OFF, row["off_until"]
    elif not is_open(shifts, zone, now):
        presence, again_at = Presence.OUT_OF_HOURS, next_opening(shifts, zone, now)
    candidate = Candidate(
        staff_id=row["staff_id"],
        friends=row["friends"],
        taken=row["taken"],
        added_today=row["added"] if row["is_today"] else 0,
        capacity=row["capacity"],
        daily_limit=row["daily_limit"],
        weight=row["weight"],
        last_turn_at=row["last_turn_at"],
        presence=presence,
    )
    if presence is Presence.ON_DUTY and candidate.room == 0 and not candidate.is_full_before_the_day_is:
        again_at = next_midnight(own_zone, now)
    return Placed(candidate, unit, row["store_id"], bool(row["is_here"]), again_at, row["cover_id"])
