"""In what capacity a staff member acts with a customer, and whether a purpose lies within its boundary: parts of SQL.

A person may hold several capacities at once: roles of the friendship with this customer, and placements. They act in the
one whose boundary the purpose fits; of several, or where it fits none, in that of the friendship before that of the
placement, and then in the newest. Facts of the past are weighed by the version of the operating model of their time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from server.customers.family import one_with
from server.customers.tables import Relationship, RelationshipRole
from server.db.statements import table_of
from server.db.work import Work
from server.operations.boundary_modes import BoundaryMode
from server.operations.purposes import Purpose
from server.operations.tables import OperatingModel, Placement, RolePurpose
from server.operations.units import Unit

_OWNS: Any = literal_column(f"'{BoundaryMode.OWNS.value}'")


class Capacities(NamedTuple):
    """FromClause tables beside a table of acts (columns `customer_id`, `staff_id`, `at`, `purpose`)."""

    version: FromClause
    """`id`: the version of the operating model of the time, if there was one."""
    capacity: FromClause
    """`role_id`, `group_id`, `store_id`, and `fits`: whether its boundary holds the purpose. No row for no capacity."""
    owner: FromClause
    """`role_id`, `group_id`: who owns the purpose in that version. No row for nobody."""

    def beside(self, given: FromClause) -> FromClause:
        return given.outerjoin(self.version, true()).outerjoin(self.capacity, true()).outerjoin(self.owner, true())

    @property
    def outside(self) -> ColumnElement[bool]:
        """The person acts in a capacity, and in none whose boundary holds the purpose. Says nothing of shared ones."""
        return func.coalesce(self.version.c.id.isnot(None) & self.capacity.c.fits.is_(False), False)


def capacities(given: FromClause, tenant: Any, *, of_family: bool = True) -> Capacities:
    """`of_family`: friendships with whoever is one with the customer count; without, only those under the id given."""
    version = _version(given, tenant).lateral("version")
    return Capacities(
        version,
        _capacity(given, version, tenant, of_family).lateral("capacity"),
        _owner(given, version, tenant).lateral("owner"),
    )


class Acting(NamedTuple):
    """What somebody acts in, who owns the purpose, and at which store the capacity is held, if at one."""

    unit: Unit | None
    owner: Unit | None
    outside: bool
    store_id: UUID | None = None


async def acting(
    work: Work, staff_id: UUID, customer_id: UUID | None, purpose: Purpose, *, at: datetime | None = None
) -> Acting:
    """How the person acts, now or acted then, with this customer, or with somebody unknown, for this purpose."""
    given = select(
        bindparam("customer", type_=Uuid()).label("customer_id"),
        bindparam("staff", type_=Uuid()).label("staff_id"),
        bindparam("at", type_=DateTime(timezone=True)).label("at"),
        bindparam("purpose", type_=Text()).label("purpose"),
    ).subquery("given")
    beside = capacities(given, literal(work.tenant_id))
    columns = (
        beside.capacity.c.role_id,
        beside.capacity.c.group_id,
        beside.capacity.c.store_id,
        beside.owner.c.role_id.label("owner_role_id"),
        beside.owner.c.group_id.label("owner_group_id"),
        beside.outside.label("outside"),
    )
    values = {"customer": customer_id, "staff": staff_id, "at": at or work.now, "purpose": purpose.value}
    found = await work.fetch_one(select(*columns).select_from(beside.beside(given)), **values)
    assert found is not None, "What was given is one row."
    return of_record(found)._replace(store_id=found["store_id"])


def of_record(record: Mapping[str, Any]) -> Acting:
    """From a record with the columns of a capacity, an owner and `outside`."""
    return Acting(
        _unit(record["group_id"], record["role_id"]),
        _unit(record["owner_group_id"], record["owner_role_id"]),
        record["outside"],
    )


def _unit(group_id: UUID | None, role_id: UUID | None) -> Unit | None:
    return Unit(group_id, role_id) if group_id or role_id else None


def _at(given: FromClause) -> ColumnElement[Any]:
    return func.coalesce(given.c.at, func.now())


def _version(given: FromClause, tenant: Any) -> Select[Any]:
    models, at = table_of(OperatingModel).c, _at(given)
    return (
        select(models.id)
        .where(models.tenant_id == tenant, models.since <= at, or_(models.until.is_(None), models.until > at))
        .order_by(models.number.desc())
        .limit(1)
        .correlate(given)
    )


def _owner(given: FromClause, version: FromClause, tenant: Any) -> Select[Any]:
    lines = table_of(RolePurpose).c
    return (
        select(lines.role_id, lines.group_id)
        .where(
            lines.tenant_id == tenant,
            lines.operating_model_id == version.c.id,
            lines.purpose == given.c.purpose,
            lines.mode == _OWNS,
        )
        .correlate(given, version)
    )


def _capacity(given: FromClause, version: FromClause, tenant: Any, of_family: bool) -> Select[Any]:
    at = _at(given)
    friends, roles, places = table_of(Relationship).c, table_of(RelationshipRole).c, table_of(Placement).c
    named = friends.customer_id == given.c.customer_id
    friendship = select(
        literal(0).label("rank"), roles.role_id, roles.group_id, roles.store_id, roles.from_at, roles.id
    ).where(
        friends.tenant_id == tenant,
        one_with(friends.customer_id, given.c.customer_id, tenant) if of_family else named,
        friends.staff_id == given.c.staff_id,
        roles.tenant_id == tenant,
        roles.relationship_id == friends.id,
        roles.from_at <= at,
        or_(roles.until_at.is_(None), roles.until_at > at),
    )
    placement = select(literal(1), places.role_id, places.group_id, places.store_id, places.from_at, places.id).where(
        places.tenant_id == tenant,
        places.staff_id == given.c.staff_id,
        places.from_at <= at,
        or_(places.until_at.is_(None), places.until_at > at),
    )
    either = union_all(friendship.correlate(given), placement.correlate(given)).subquery("either")
    lines = table_of(RolePurpose).c
    fits = (
        select(literal_column("1"))
        .where(
            lines.tenant_id == tenant,
            lines.operating_model_id == version.c.id,
            lines.purpose == given.c.purpose,
            or_(lines.role_id == either.c.role_id, lines.group_id == either.c.group_id),
        )
        .correlate(given, version, either)
        .exists()
    )
    held = select(*either.c, fits.label("fits")).correlate(given, version).subquery("held")
    return (
        select(held.c.role_id, held.c.group_id, held.c.store_id, held.c.fits)
        .order_by(held.c.fits.desc(), held.c.rank, held.c.from_at.desc(), held.c.id.desc())
        .limit(1)
        .correlate(given, version)
    )
