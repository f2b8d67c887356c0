"""What the operating model in force makes of a friendship: legitimate, redundant or orphaned. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.customers.relationship_terms import Standing
from server.operations.units import Unit


@dataclass(frozen=True, slots=True)
class Holding:
    """A live friendship, and one role or group it is held in now (`unit` is None where it is held in none)."""

    relationship_id: UUID
    customer_id: UUID
    staff_works_here: bool
    unit: Unit | None
    unit_adds: bool
    """The role or group adds customers under the model in force."""
    from_at: datetime
    """Since when it is held in this role, or since when they are friends."""
    unit_serves: bool = True
    """False where the role or group no longer owns anything: it is retired, or the version in force only names it."""


def standings(holdings: Iterable[Holding]) -> dict[UUID, Standing]:
    """The standing of each friendship among its customer's. All live friendships of the customers must be given."""
    held = sorted(holdings, key=lambda one: (one.from_at, one.relationship_id))
    first: dict[tuple[UUID, Unit], UUID] = {}
    for one in held:
        if one.staff_works_here and one.unit is not None:
            first.setdefault((one.customer_id, one.unit), one.relationship_id)
    found: dict[UUID, Standing] = {}
    for one in held:
        if not one.staff_works_here:
            found[one.relationship_id] = Standing.ORPHAN
        elif _asked_for(one, first):
            found[one.relationship_id] = Standing.LEGITIMATE
        elif not one.unit_serves:
            found.setdefault(one.relationship_id, Standing.ORPHAN)
        elif found.get(one.relationship_id) is not Standing.LEGITIMATE:
            found[one.relationship_id] = Standing.REDUNDANT
    return found


def _asked_for(one: Holding, first: dict[tuple[UUID, Unit], UUID]) -> bool:
    """The model has this role add customers, and nobody held it for the customer before."""
    return one.unit is not None and one.unit_adds and first[one.customer_id, one.unit] == one.relationship_id
