"""From one colleague to another: the new friendship begins in the role of the old one, which ends as TRANSFERRED."""

from __future__ import annotations

from uuid import UUID

from server.customers import queries
from server.customers.fact_sources import RoleReason
from server.customers.relationship_terms import RelationshipState
from server.customers.service import relationships
from server.customers.tables import Relationship
from server.db.work import Work
from server.operations.units import Unit, unit_of


async def become_friends(
    work: Work,
    customer_id: UUID,
    staff_id: UUID,
    unit: Unit | None,
    *,
    store_id: UUID | None,
    reason: RoleReason,
    channel_id: UUID | None = None,
    is_counted: bool = False,
) -> Relationship:
    """The two are friends from now on, held in the unit; whoever is already gets the role besides.

    The customer's row must be locked by the caller, who brings everybody's access in line (`refresh_customer`).
    """
    relationship, begun = await relationships.befriend(
        work, customer_id, staff_id, since=work.now, channel_id=channel_id, is_counted=is_counted
    )
    held = [] if begun else await queries.current_roles(work, relationship.id)
    if unit is not None and all(unit_of(role) != unit for role in held):
        relationships.give_role(work, relationship, unit, store_id=store_id, reason=reason)
    return relationship


async def leave_unit(work: Work, relationship: Relationship, unit: Unit | None) -> None:
    """The friendship is no longer held in the unit; one that is held in nothing else is over, taken by a colleague.

    The friendship's row must be locked by the caller.
    """
    roles = await queries.current_roles(work, relationship.id)
    others = [role for role in roles if unit_of(role) != unit]
    if others:
        for role in roles:
            if unit_of(role) == unit:
                await relationships.end_role(work, role)
        return
    await relationships.end(work, relationship, RelationshipState.TRANSFERRED)
