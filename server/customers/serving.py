"""Who serves a customer, in which capacity, under which face: read in one statement for any number of customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import and_, any_, case, exists, func, or_, select

from server.customers.family import kin_of_all
from server.customers.standing import Holding
from server.customers.tables import Customer, Relationship, RelationshipRole
from server.db.reader import Reader
from server.db.statements import among, table_of
from server.operations.tables import Absence, OpsGroup, Persona, Placement, ServiceRole
from server.operations.units import Unit
from server.tenants.tables import StaffMember
from server.terms import Locale

_relationships, _held, _customers = table_of(Relationship), table_of(RelationshipRole), table_of(Customer)
_staff, _groups, _roles = table_of(StaffMember), table_of(OpsGroup), table_of(ServiceRole)
_personas, _placements, _absences = table_of(Persona), table_of(Placement), table_of(Absence)


@dataclass(frozen=True, slots=True)
class Served:
    """One live friendship in one capacity. The names are patterns that may hold {staff}."""

    relationship_id: UUID
    customer_id: UUID
    """Whose friendship it is; `one_id` is the same for all who are one with that customer."""
    one_id: UUID
    staff_id: UUID
    staff_name: str
    staff_works_here: bool
    since: datetime
    unit: Unit | None
    unit_adds: bool
    store_id: UUID | None
    from_at: datetime
    face_en: str | None
    face_zh: str | None
    unit_serves: bool = True
    cover_id: UUID | None = None
    """Who answers for it at the moment, because its person is off or has left."""

    def persona_name(self, locale: Locale) -> str:
        """What the customer sees; the plain name where the friendship is held in no role with a face."""
        face = self.face_zh if locale is Locale.ZH else self.face_en
        return self.staff_name if face is None else face.replace("{staff}", self.staff_name)

    def holding(self) -> Holding:
        return Holding(
            relationship_id=self.relationship_id,
            customer_id=self.one_id,
            staff_works_here=self.staff_works_here,
            unit=self.unit,
            unit_adds=self.unit_adds,
            from_at=self.from_at,
            unit_serves=self.unit_serves,
        )


async def served(reader: Reader, customer_ids: Iterable[UUID]) -> list[Served]:
    """All live friendships of these customers and of who is one with them, one per capacity, in the order in which they began."""
    face = func.row_number().over(
        partition_by=[_personas.c.group_id, _personas.c.role_id], order_by=[_personas.c.recorded_at, _personas.c.id]
    )
    faces = (
        select(
            _personas.c.group_id,
            _personas.c.role_id,
            _personas.c.name_en,
            _personas.c.name_zh,
            face.label("place"),
        )
        .where(_personas.c.tenant_id == reader.tenant_id, _personas.c.retired_at.is_(None))
        .subquery("faces")
    )
    statement = (
        select(
            _relationships.c.id,
            _relationships.c.customer_id,
            func.coalesce(_customers.c.family_id, _customers.c.id).label("one_id"),
            _relationships.c.staff_id,
            _relationships.c.since,
            _staff.c.name,
            _staff.c.left_at,
            _held.c.role_id,
            _held.c.group_id,
            _held.c.store_id,
            _held.c.from_at,
            func.coalesce(
                and_(_roles.c.adds, ~_roles.c.dormant, _roles.c.retired_at.is_(None)),
                and_(_groups.c.adds, _groups.c.retired_at.is_(None)),
                False,
            ).label("adds"),
            func.coalesce(and_(~_roles.c.dormant, _roles.c.retired_at.is_(None)), _groups.c.retired_at.is_(None)).label(
                "serves"
            ),
            faces.c.name_en,
            faces.c.name_zh,
            _cover(_relationships.c.staff_id, reader.tenant_id, reader.now).label("cover_id"),
        )
        .join(_staff, and_(_staff.c.tenant_id == _relationships.c.tenant_id, _staff.c.id == _relationships.c.staff_id))
        .join(
            _customers,
            and_(_customers.c.tenant_id == _relationships.c.tenant_id, _customers.c.id == _relationships.c.customer_id),
        )
        .outerjoin(
            _held,
            and_(
                _held.c.tenant_id == _relationships.c.tenant_id,
                _held.c.relationship_id == _relationships.c.id,
                _held.c.until_at.is_(None),
            ),
        )
        .outerjoin(_roles, and_(_roles.c.tenant_id == _held.c.tenant_id, _roles.c.id == _held.c.role_id))
        .outerjoin(_groups, and_(_groups.c.tenant_id == _held.c.tenant_id, _groups.c.id == _held.c.group_id))
        .outerjoin(
            faces,
            and_(
                faces.c.place == 1,
                or_(faces.c.role_id == _held.c.role_id, faces.c.group_id == _held.c.group_id),
            ),
        )
        .where(
            _relationships.c.tenant_id == reader.tenant_id,
            _relationships.c.customer_id == any_(kin_of_all(customer_ids, reader.tenant_id)),
            _relationships.c.ended_at.is_(None),
        )
        .order_by(_relationships.c.since, _relationships.c.id, _held.c.from_at, _held.c.id)
    )
    return [_served(record) for record in await reader.fetch(statement)]


async def clearances(reader: Reader, staff_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """The kinds of sensitive notes each of these people is cleared for, by where they are placed now."""
    statement = (
        select(_placements.c.staff_id, func.coalesce(_roles.c.cleared_for, _groups.c.cleared_for).label("kinds"))
        .outerjoin(_roles, and_(_roles.c.tenant_id == _placements.c.tenant_id, _roles.c.id == _placements.c.role_id))
        .outerjoin(
            _groups, and_(_groups.c.tenant_id == _placements.c.tenant_id, _groups.c.id == _placements.c.group_id)
        )
        .where(
            _placements.c.tenant_id == reader.tenant_id,
            _placements.c.until_at.is_(None),
            among(_placements.c.staff_id, staff_ids),
        )
    )
    found: dict[UUID, set[str]] = {}
    for record in await reader.fetch(statement):
        found.setdefault(record["staff_id"], set()).update(record["kinds"])
    return found


def by_person(found: Sequence[Served]) -> dict[UUID, list[Served]]:
    """By `one_id`: that of who speaks for those who are one, who may be a merged customer's other id."""
    grouped: dict[UUID, list[Served]] = {}
    for one in found:
        grouped.setdefault(one.one_id, []).append(one)
    return grouped


def _cover(staff_id: Any, tenant_id: UUID, now: datetime) -> Any:
    """Who stands in for the person, where one is named and works here; for one who is off too, whoever stands in for them."""
    theirs = _absences.alias("theirs")
    second = _standing_in(theirs, theirs.c.staff_id == _absences.c.cover_id, tenant_id, now)
    return _standing_in(_absences, _absences.c.staff_id == staff_id, tenant_id, now, otherwise=second)


def _standing_in(absences: Any, whose: Any, tenant_id: UUID, now: datetime, *, otherwise: Any = None) -> Any:
    """The cover of the newest absence that lasts; where that person is off at the moment, `otherwise`."""
    covers, away = _staff.alias(), _absences.alias()
    is_off = exists().where(away.c.tenant_id == tenant_id, away.c.staff_id == absences.c.cover_id, *_lasts(away, now))
    return (
        select(case((~is_off, absences.c.cover_id), else_=otherwise))
        .join(covers, and_(covers.c.tenant_id == absences.c.tenant_id, covers.c.id == absences.c.cover_id))
        .where(absences.c.tenant_id == tenant_id, whose, *_lasts(absences, now), covers.c.left_at.is_(None))
        .order_by(absences.c.from_at.desc(), absences.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _lasts(absences: Any, now: datetime) -> list[Any]:
    return [absences.c.from_at <= now, or_(absences.c.until_at.is_(None), absences.c.until_at > now)]


def _served(record: asyncpg.Record) -> Served:
    held = record["role_id"] or record["group_id"]
    return Served(
        relationship_id=record["id"],
        customer_id=record["customer_id"],
        one_id=record["one_id"],
        staff_id=record["staff_id"],
        staff_name=record["name"],
        staff_works_here=record["left_at"] is None,
        since=record["since"],
        unit=None if held is None else Unit(group_id=record["group_id"], role_id=record["role_id"]),
        unit_adds=record["adds"],
        store_id=record["store_id"],
        from_at=record["from_at"] or record["since"],
        face_en=record["name_en"],
        face_zh=record["name_zh"],
        unit_serves=record["serves"],
        cover_id=record["cover_id"],
    )
