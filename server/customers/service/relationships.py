"""Friendships: begun once per staff member and customer, held in dated roles, ended without losing their history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from server.customers import queries, visibility
from server.customers.events import RelationshipEnded, RelationshipRoleEnded, RelationshipRoleGiven, RelationshipStarted
from server.customers.fact_sources import RoleReason
from server.customers.family import one_with
from server.customers.relationship_terms import RelationshipState
from server.customers.service import loads
from server.customers.tables import Relationship, RelationshipRole
from server.db.statements import among, table_of
from server.db.work import Work
from server.ids import new_id
from server.operations.units import Unit
from server.trust.entries import Cause, post
from server.trust.entry_terms import CauseType
from server.trust.reasons import TrustReason

_relationships = table_of(Relationship)
_roles = table_of(RelationshipRole).c
_given = [column for column in _relationships.c if "repeats" not in column.info]
"""What a new friendship says; the database fills in the rest."""


async def befriend(
    work: Work,
    customer_id: UUID,
    staff_id: UUID,
    *,
    since: datetime,
    channel_id: UUID | None = None,
    is_counted: bool = False,
) -> tuple[Relationship, bool]:
    """The live friendship of the two, and whether it began just now. One that exists is answered without an event.

    `is_counted`: whoever chose the person has counted the friend (`loads.take`).
    """
    relationship = Relationship(
        tenant_id=work.tenant_id,
        id=new_id(),
        customer_id=customer_id,
        staff_id=staff_id,
        state=RelationshipState.ACTIVE.value,
        channel_id=channel_id,
        since=since,
        recorded_at=work.now,
    )
    # The unique index decides, not a look beforehand: a second act waits for the first one's end here. It knows of one id;
    # a friend of somebody who is one with the customer is found beside it.
    values = relationship.model_dump()
    friends = exists().where(
        _relationships.c.tenant_id == work.tenant_id,
        _relationships.c.staff_id == staff_id,
        _relationships.c.ended_at.is_(None),
        one_with(_relationships.c.customer_id, customer_id, work.tenant_id),
    )
    row = select(*(literal(values[column.name], column.type) for column in _given)).where(~friends)
    begun = await work.execute(
        insert(_relationships)
        .from_select([column.name for column in _given], row, include_defaults=False)
        .on_conflict_do_nothing()
    )
    if not begun:
        existing = await queries.live_relationship(work, customer_id, staff_id)
        assert existing is not None, "Only a live friendship of the same two stands in the way."
        return existing, False
    if not is_counted:
        await loads.count_friend(work, staff_id, since=since)
    work.emit(
        RelationshipStarted(
            relationship_id=relationship.id,
            customer_id=customer_id,
            staff_id=staff_id,
            channel_id=channel_id,
            state=RelationshipState.ACTIVE,
            occurred_at=since,
        )
    )
    return relationship, True


def give_role(
    work: Work,
    relationship: Relationship,
    unit: Unit,
    *,
    store_id: UUID | None,
    reason: RoleReason,
    at: datetime | None = None,
) -> RelationshipRole:
    """The friendship is held in this role or group from `at` on. The caller ends what it replaces (`end_role`)."""
    role = work.add(
        RelationshipRole(
            customer_id=relationship.customer_id,
            relationship_id=relationship.id,
            role_id=unit.role_id,
            group_id=unit.group_id,
            store_id=store_id,
            from_at=at or work.now,
            reason=reason.value,
        )
    )
    work.emit(
        RelationshipRoleGiven(
            relationship_role_id=role.id,
            relationship_id=relationship.id,
            customer_id=relationship.customer_id,
            role_id=unit.role_id,
            group_id=unit.group_id,
            store_id=store_id,
            reason=reason,
            occurred_at=role.from_at,
        )
    )
    return role


async def end_role(work: Work, role: RelationshipRole, *, at: datetime | None = None) -> None:
    """The friendship is no longer held in this role. A role that began later than `at` ends as it began."""
    until = max(at or work.now, role.from_at)
    await work.change(role, until_at=until)
    work.emit(RelationshipRoleEnded(relationship_role_id=role.id, customer_id=role.customer_id, occurred_at=until))


async def end_roles(work: Work, role_ids: Collection[UUID]) -> int:
    """Many friendships are no longer held in these roles, from now on; answers how many were until now."""
    ended = (
        update(table_of(RelationshipRole))
        .where(_roles.tenant_id == work.tenant_id, among(_roles.id, role_ids), _roles.until_at.is_(None))
        .values(until_at=func.greatest(_roles.from_at, work.now))
        .returning(_roles.id, _roles.customer_id, _roles.until_at)
    )
    rows = await work.fetch(ended)
    for row in rows:
        work.emit(
            RelationshipRoleEnded(
                relationship_role_id=row["id"], customer_id=row["customer_id"], occurred_at=row["until_at"]
            )
        )
    return len(rows)


async def end(work: Work, relationship: Relationship, state: RelationshipState, *, at: datetime | None = None) -> None:
    """The two are no longer friends, and everybody's access follows. The row must be locked by the caller."""
    ended_at = max(at or work.now, relationship.since)
    for role in await queries.current_roles(work, relationship.id):
        await end_role(work, role, at=ended_at)
    await work.change(relationship, state=state.value, ended_at=ended_at)
    await loads.count_friend(work, relationship.staff_id, since=None, change=-1)
    work.emit(
        RelationshipEnded(
            relationship_id=relationship.id,
            customer_id=relationship.customer_id,
            staff_id=relationship.staff_id,
            state=state,
            relationship_version=relationship.version,
            occurred_at=ended_at,
        )
    )
    await visibility.refresh_customer(work, relationship.customer_id)
    if state is RelationshipState.REMOVED_BY_CUSTOMER:
        cause = Cause(CauseType.RELATIONSHIP, relationship.id, occurred_at=ended_at)
        await post(work, relationship.customer_id, TrustReason.BLOCKED_BY_CUSTOMER, cause)
