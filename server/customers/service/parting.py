"""Recording that a friendship ended, and letting whoever waited for the room move up."""

from __future__ import annotations

from server.customers import queries, visibility
from server.customers.commands import EndRelationship
from server.customers.errors import InFuture, RelationshipOver
from server.customers.relationship_terms import RelationshipState
from server.customers.service import queueing, relationships
from server.customers.tables import Relationship
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.operations.units import unit_of


async def end_relationship(work: Work, command: EndRelationship) -> Relationship:
    """Record that a friendship ended: removed by the customer or by staff, or over. Its person has room for who waits.

    Raises NotFound for one whose customer the caller may not see, RelationshipOver, InFuture.
    """
    relationship = await work.get(Relationship, command.relationship_id)
    if relationship is None or not await visibility.is_visible(work, relationship.customer_id):
        raise NotFound("relationship_id")
    relationship = await work.require(Relationship, relationship.id, "relationship_id", lock=True)
    if relationship.ended_at is not None:
        raise RelationshipOver("relationship_id")
    if command.occurred_at is not None and command.occurred_at > work.now:
        raise InFuture("occurred_at")
    if command.occurred_at is not None and command.occurred_at < relationship.since:
        raise Invalid("occurred_at", why="The friendship began later.", why_zh="早于好友关系开始时间。")
    units = [unit for role in await queries.current_roles(work, relationship.id) if (unit := unit_of(role)) is not None]
    await relationships.end(work, relationship, RelationshipState(command.state), at=command.occurred_at)
    await queueing.serve(work, units)
    return relationship
