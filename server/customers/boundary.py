"""The service boundary 服务边界 at work: who acts for a purpose that is not theirs is refused, and told whose it is.

What is asked of acts of a staff member: not of programs and owners in their own name, nor of people in no role, who have
no boundary. With the permission and a reason it may be done all the same, and stays readable for good.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from server.access.permissions import Permission
from server.customers import queries
from server.customers.capacities import Acting, acting
from server.customers.errors import HolderNamed, OutOfBoundary, OverrideNotGranted, UnitNamed
from server.db.work import Work
from server.operations import queries as operations
from server.operations.events import BoundaryOverridden
from server.operations.purposes import Purpose
from server.operations.tables import BoundaryOverride, OpsGroup, ServiceRole
from server.operations.units import Unit


class Override(NamedTuple):
    """Leave to act outside: who, in what, for what purpose, why."""

    staff_id: UUID
    unit: Unit
    purpose: Purpose
    reason: str


async def require_within(
    work: Work, customer_id: UUID | None, purpose: Purpose, *field: str, reason: str | None = None
) -> Override | None:
    """The caller acts within the boundary, or answers for acting outside of it: then the override to keep.

    Raises OutOfBoundary, OverrideNotGranted.
    """
    staff_id = work.caller.staff_id
    if staff_id is None or purpose.shared:
        return None
    found = await acting(work, staff_id, customer_id, purpose)
    return await weighed(work, found, staff_id, customer_id, purpose, *field, reason=reason)


async def weighed(
    work: Work,
    found: Acting,
    staff_id: UUID,
    customer_id: UUID | None,
    purpose: Purpose,
    *field: str,
    reason: str | None,
) -> Override | None:
    """The same where it is known already in what the person acts."""
    if purpose.shared or not found.outside:
        return None
    assert found.unit is not None, "Nobody without a capacity acts outside of it."
    if reason is None:
        raise await _refusal(work, found, customer_id, purpose, field)
    if Permission.BOUNDARY_OVERRIDE not in work.caller.permissions:
        raise OverrideNotGranted("boundary_override")
    return Override(staff_id, found.unit, purpose, reason)


def keep(
    work: Work,
    override: Override | None,
    fact_type: str,
    fact_id: UUID,
    *,
    customer_id: UUID | None,
    occurred_at: datetime,
) -> None:
    """Write down with what it was that somebody went outside, if they did. Adds one row, and asks nothing."""
    if override is None:
        return
    row = work.add(
        BoundaryOverride(
            customer_id=customer_id,
            staff_id=override.staff_id,
            group_id=override.unit.group_id,
            role_id=override.unit.role_id,
            purpose=override.purpose.value,
            fact_type=fact_type,
            fact_id=fact_id,
            reason=override.reason,
            occurred_at=occurred_at,
        )
    )
    work.emit(
        BoundaryOverridden(
            boundary_override_id=row.id,
            customer_id=customer_id,
            staff_id=override.staff_id,
            group_id=override.unit.group_id,
            role_id=override.unit.role_id,
            purpose=override.purpose,
            touchpoint_id=fact_id if fact_type == "Touchpoint" else None,
            feedback_id=fact_id if fact_type == "Feedback" else None,
            note_id=fact_id if fact_type == "ServiceNote" else None,
            wow_moment_id=fact_id if fact_type == "WowMoment" else None,
            quote_id=fact_id if fact_type == "Quote" else None,
            occurred_at=occurred_at,
        )
    )


async def _refusal(
    work: Work, found: Acting, customer_id: UUID | None, purpose: Purpose, field: tuple[str, ...]
) -> OutOfBoundary:
    assert found.unit is not None
    acting_unit = _named(await operations.unit_row(work, found.unit))
    owner = None if found.owner is None else _named(await operations.unit_row(work, found.owner))
    held = [] if owner is None or customer_id is None else await queries.holders_of(work, customer_id, owner.unit)
    told = Permission.TENANT_READ in work.caller.permissions
    holders = tuple(HolderNamed(one.staff_id, one.name if told else None, one.since) for one in held)
    return OutOfBoundary(
        *field, purpose=purpose, acting=acting_unit, owner=owner, holders=holders, customer_id=customer_id
    )


def _named(row: OpsGroup | ServiceRole) -> UnitNamed:
    return UnitNamed(operations.as_unit(row), row.key, row.label_en, row.label_zh)
