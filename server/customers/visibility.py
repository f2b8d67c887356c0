"""Who sees which customer: what an input may name, and the upkeep of `customer_access`, which guards every read.

A row of access is written in the act that changes what it follows from: a friendship, a placement, a home store. Two
acts that touch the two ends of one access at the same moment wait for each other here, so neither misses a half.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import insert

from server.access.permissions import DataScope
from server.customers.access_reasons import AccessReason
from server.customers.tables import Customer, CustomerAccess, Relationship, RelationshipRole
from server.db.statements import among, table_of
from server.db.work import Work
from server.errors import NotFound
from server.operations.tables import Absence, Placement, StoreAncestor
from server.tenants.tables import StaffMember

_AT_ONCE = 1_000
"""Customers whose access is brought in line by one pair of statements: a statement must stay far from its time limit."""

_access = table_of(CustomerAccess)
_customers = table_of(Customer)
_relationships = table_of(Relationship)
_roles = table_of(RelationshipRole)
_staff = table_of(StaffMember)
_placements = table_of(Placement)
_below = table_of(StoreAncestor)
_absences = table_of(Absence)


async def is_visible(work: Work, customer_id: UUID) -> bool:
    """Whether the caller may see and name this customer. One question, whether it is missing or not theirs."""
    found = select(_customers.c.id).where(_customers.c.tenant_id == work.tenant_id, _customers.c.id == customer_id)
    if not work.caller.sees_everything:
        found = found.where(
            exists().where(
                _access.c.tenant_id == work.tenant_id,
                _access.c.staff_id == work.caller.staff_id,
                _access.c.customer_id == _customers.c.id,
            )
        )
    return await work.scalar(found) is not None


async def require_visible(work: Work, customer_id: UUID, *field: str | int, answered: bool | None = None) -> None:
    """Raises NotFound on `field` for a customer who is not there or not the caller's to see: the two look the same.

    `answered`: what `opened` said in a question that the act has asked already.
    """
    if not (await is_visible(work, customer_id) if answered is None else answered):
        raise NotFound(*field)


async def face(work: Work, customer: Customer) -> Customer:
    """Who stands for somebody merged towards the caller: whom they were merged into, where the caller sees that one.

    Everybody else stands for themself, and nothing is asked. The row given must be locked; so is the one answered.
    """
    if customer.merged_into is None or customer.family_id is None or not await is_visible(work, customer.family_id):
        return customer
    return await work.get(Customer, customer.family_id, lock=True) or customer


def opened(customer_id: ColumnElement[Any], tenant: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a customer who is there is the caller's to see: a part of a question whose values are `eyes(work)` besides its own."""
    sees_everything, viewer = bindparam("sees_everything", type_=Boolean), bindparam("viewer", type_=Uuid)
    access = exists().where(
        _access.c.tenant_id == tenant, _access.c.staff_id == viewer, _access.c.customer_id == customer_id
    )
    return or_(sees_everything, access)


def eyes(work: Work) -> dict[str, Any]:
    """Who looks: the values that `opened` needs."""
    return {"sees_everything": work.caller.sees_everything, "viewer": work.caller.staff_id}


async def refresh_customer(work: Work, customer_id: UUID) -> None:
    """Bring everybody's access to one customer in line, after a friendship, its role or the home store changed.

    Locks the customer's row and keeps placements from changing until the act ends.
    """
    await _hold_placements(work, exclusive=False)
    await work.execute(
        select(_customers.c.id)
        .where(_customers.c.tenant_id == work.tenant_id, _customers.c.id == customer_id)
        .with_for_update()
    )
    await _refresh(work, lambda staff, customer: customer == customer_id)


async def hand_over(work: Work, customer_id: UUID, staff_ids: Collection[UUID]) -> None:
    """Exactly these people see the customer by handoffs. The caller has just brought the rest in line (`refresh_customer`),
    and so holds the customer's row."""
    by_handoff = (
        _access.c.tenant_id == work.tenant_id,
        _access.c.customer_id == customer_id,
        _access.c.via == AccessReason.HANDOFF.value,
    )
    await work.execute(_access.delete().where(*by_handoff, ~among(_access.c.staff_id, staff_ids)))
    rows = select(
        literal(work.tenant_id),
        func.gen_random_uuid(),
        _staff.c.id,
        literal(customer_id),
        literal(AccessReason.HANDOFF.value),
    ).where(_staff.c.tenant_id == work.tenant_id, _staff.c.left_at.is_(None), among(_staff.c.id, staff_ids))
    await work.execute(
        insert(_access)
        .from_select(["tenant_id", "id", "staff_id", "customer_id", "via"], rows, include_defaults=False)
        .on_conflict_do_nothing(index_elements=["tenant_id", "staff_id", "customer_id", "via"])
    )


async def refresh_customers(work: Work, customer_ids: Sequence[UUID]) -> None:
    """The same for many customers, whose rows the caller has locked while placements were kept (`befriending`)."""
    for start in range(0, len(customer_ids), _AT_ONCE):
        part = customer_ids[start : start + _AT_ONCE]
        await _refresh(work, lambda staff, customer, part=part: among(customer, part))


async def befriending(work: Work) -> None:
    """This act makes friends by the operating model and the placements it finds: neither changes until it ends."""
    await _hold_placements(work, exclusive=False)


async def changing_model(work: Work) -> None:
    """This act changes what friendships are made by: it waits for those being made, and holds off new ones."""
    await _hold_placements(work, exclusive=True)


async def refresh_staff(work: Work, staff_id: UUID) -> None:
    """Bring access in line after somebody was placed, moved, left, or got another data scope.

    That changes what the person sees, and who else sees the customers this person is a friend of. Waits for, and holds
    off, every act that changes a friendship.
    """
    await _hold_placements(work, exclusive=True)
    await _refresh(work, lambda staff, customer: staff == staff_id)
    friends = select(_relationships.c.customer_id).where(*_live(work), _relationships.c.staff_id == staff_id)
    await refresh_customers(work, [record["customer_id"] for record in await work.fetch(friends)])


async def _refresh(work: Work, concerned: Any) -> None:
    """Delete what no longer follows, insert what now does, for the pairs `concerned(staff, customer)` picks."""
    due = _due(work, concerned)
    follows = exists().where(
        due.c.staff_id == _access.c.staff_id,
        due.c.customer_id == _access.c.customer_id,
        due.c.via == _access.c.via,
    )
    # What handoffs open is kept by their room; it ends here only with the person.
    handed = and_(
        _access.c.via == AccessReason.HANDOFF.value,
        exists().where(_same_tenant(_staff, _access, id="staff_id"), _staff.c.left_at.is_(None)),
    )
    await work.execute(
        _access.delete().where(
            _access.c.tenant_id == work.tenant_id,
            concerned(_access.c.staff_id, _access.c.customer_id),
            ~follows,
            ~handed,
        )
    )
    due = _due(work, concerned)
    rows = select(literal(work.tenant_id), func.gen_random_uuid(), due.c.staff_id, due.c.customer_id, due.c.via)
    await work.execute(
        insert(_access)
        .from_select(["tenant_id", "id", "staff_id", "customer_id", "via"], rows, include_defaults=False)
        .on_conflict_do_nothing(index_elements=["tenant_id", "staff_id", "customer_id", "via"])
    )


def _due(work: Work, concerned: Any) -> CTE:
    """The access that follows from friendships, placements and stores as they are now."""
    return union(
        _by_friendship(work, concerned),
        *_by_cover(work, concerned),
        _by_group(work, concerned),
        *_by_store(work, concerned),
    ).cte("due")


def _by_friendship(work: Work, concerned: Any) -> Select[Any]:
    return (
        select(
            _relationships.c.staff_id,
            _relationships.c.customer_id,
            literal(AccessReason.RELATIONSHIP.value).label("via"),
        )
        .join(_staff, _same_tenant(_staff, _relationships, id="staff_id"))
        .where(
            *_live(work), _staff.c.left_at.is_(None), concerned(_relationships.c.staff_id, _relationships.c.customer_id)
        )
    )


def _by_cover(work: Work, concerned: Any) -> list[Select[Any]]:
    """Whoever stands in for somebody who is off now, or who left, sees that person's friends meanwhile; whoever stands in
    for one of these sees them too."""
    theirs = _absences.alias("theirs")
    also_off = and_(
        theirs.c.tenant_id == _absences.c.tenant_id,
        theirs.c.staff_id == _absences.c.cover_id,
        *_lasts(theirs, work),
    )
    return [
        _seen_by(work, concerned, _absences, _absences),
        _seen_by(work, concerned, theirs, _absences.join(theirs, also_off)),
    ]


def _seen_by(work: Work, concerned: Any, last: Any, absences: Any) -> Select[Any]:
    """The friends of whoever has `_absences`, for the cover of `last`."""
    return (
        select(last.c.cover_id, _relationships.c.customer_id, literal(AccessReason.COVER.value).label("via"))
        .select_from(absences)
        .join(_staff, _same_tenant(_staff, last, id="cover_id"))
        .join(
            _relationships,
            and_(
                _relationships.c.tenant_id == _absences.c.tenant_id, _relationships.c.staff_id == _absences.c.staff_id
            ),
        )
        .where(
            *_live(work),
            _absences.c.tenant_id == work.tenant_id,
            *_lasts(_absences, work),
            _staff.c.left_at.is_(None),
            concerned(last.c.cover_id, _relationships.c.customer_id),
        )
    )


def _lasts(absences: Any, work: Work) -> list[ColumnElement[bool]]:
    return [absences.c.from_at <= work.now, or_(absences.c.until_at.is_(None), absences.c.until_at > work.now)]


def _by_group(work: Work, concerned: Any) -> Select[Any]:
    """Whoever sees the own group sees the friends of everybody who is placed in one of the same groups now."""
    theirs = _placements.alias("theirs")
    return (
        select(_staff.c.id, _relationships.c.customer_id, literal(AccessReason.GROUP.value).label("via"))
        .select_from(_staff)
        .join(_placements, and_(_same_tenant(_staff, _placements, id="staff_id"), _placements.c.until_at.is_(None)))
        .join(
            theirs,
            and_(
                theirs.c.tenant_id == _staff.c.tenant_id,
                theirs.c.group_id == _placements.c.group_id,
                theirs.c.until_at.is_(None),
            ),
        )
        .join(
            _relationships,
            and_(_relationships.c.tenant_id == _staff.c.tenant_id, _relationships.c.staff_id == theirs.c.staff_id),
        )
        .where(
            *_live(work), *_of_scope(work, DataScope.OWN_GROUP), concerned(_staff.c.id, _relationships.c.customer_id)
        )
    )


def _by_store(work: Work, concerned: Any) -> list[Select[Any]]:
    """Whoever sees the own store sees who belongs to it or to one below: at home there, or served there by a friend."""
    places = [
        select(_customers.c.id, _customers.c.home_store_id).where(
            _customers.c.tenant_id == work.tenant_id, _customers.c.home_store_id.isnot(None)
        ),
        select(_roles.c.customer_id, _roles.c.store_id)
        .join(_relationships, _same_tenant(_relationships, _roles, id="relationship_id"))
        .where(*_live(work), _roles.c.until_at.is_(None), _roles.c.store_id.isnot(None)),
        select(_relationships.c.customer_id, _placements.c.store_id)
        .join(
            _placements,
            and_(
                _placements.c.tenant_id == _relationships.c.tenant_id,
                _placements.c.staff_id == _relationships.c.staff_id,
                _placements.c.until_at.is_(None),
            ),
        )
        .where(*_live(work), _placements.c.store_id.isnot(None)),
    ]
    return [_seen_from_above(work, place, concerned) for place in places]


def _seen_from_above(work: Work, place: Select[Any], concerned: Any) -> Select[Any]:
    """`place` gives customers and stores; the result the staff placed at one of these stores or above it."""
    at = place.subquery()
    customer, store = at.c
    return (
        select(_staff.c.id, customer, literal(AccessReason.STORE.value).label("via"))
        .select_from(at)
        .join(_below, and_(_below.c.tenant_id == work.tenant_id, _below.c.store_id == store))
        .join(
            _placements,
            and_(
                _placements.c.tenant_id == _below.c.tenant_id,
                _placements.c.store_id == _below.c.ancestor_id,
                _placements.c.until_at.is_(None),
            ),
        )
        .join(_staff, _same_tenant(_staff, _placements, id="staff_id"))
        .where(*_of_scope(work, DataScope.OWN_STORE), concerned(_staff.c.id, customer))
    )


def _live(work: Work) -> tuple[ColumnElement[bool], ...]:
    return (_relationships.c.tenant_id == work.tenant_id, _relationships.c.ended_at.is_(None))


def _of_scope(work: Work, scope: DataScope) -> tuple[ColumnElement[bool], ...]:
    return (_staff.c.tenant_id == work.tenant_id, _staff.c.left_at.is_(None), _staff.c.data_scope == scope.value)


def _same_tenant(one: Any, other: Any, *, id: str) -> ColumnElement[bool]:
    return and_(one.c.tenant_id == other.c.tenant_id, one.c.id == other.c[id])


async def _hold_placements(work: Work, *, exclusive: bool) -> None:
    """Friendships may change beside one another, placements only alone: until the act ends."""
    lock = func.pg_advisory_xact_lock if exclusive else func.pg_advisory_xact_lock_shared
    await work.fetch(select(lock(func.hashtextextended(f"customer_access|{work.tenant_id}", 0))))
