"""What operations reads: the version in force, who serves, who owns what, the store tree, who is placed where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, or_, select

from server.db.statements import among, table_of
from server.db.work import Work, row_of
from server.errors import NotFound
from server.operations.boundary_modes import BoundaryMode
from server.operations.purposes import Purpose
from server.operations.tables import (
    AssignmentRule,
    Channel,
    OperatingModel,
    OpsGroup,
    Persona,
    Placement,
    RolePurpose,
    ServiceRole,
    Stage,
    Store,
    StoreAncestor,
)
from server.operations.units import Unit, unit_of
from server.tenants.tables import StaffMember

_models, _rules = table_of(OperatingModel).c, table_of(AssignmentRule).c
_stages, _purposes = table_of(Stage).c, table_of(RolePurpose).c
_placements, _channels, _personas = table_of(Placement).c, table_of(Channel).c, table_of(Persona).c
_stores, _ancestors, _people = table_of(Store).c, table_of(StoreAncestor).c, table_of(StaffMember).c


# ----------------------------------------------------------------------------------------------------- version in force


async def in_force(work: Work, *, lock: bool = False) -> OperatingModel | None:
    """The version in force. Locked, it keeps every other act on the design waiting."""
    found = await work.rows(OperatingModel, _models.in_force, lock=lock)
    if lock and not found:
        # Whoever held the lock may have ended the version it was on; the one that followed is seen by a new statement.
        found = await work.rows(OperatingModel, _models.in_force, lock=lock)
    return found[0] if found else None


async def require_in_force(work: Work, *, lock: bool = False) -> OperatingModel:
    model = await in_force(work, lock=lock)
    if model is None:
        raise NotFound()
    return model


async def journey(work: Work) -> list[Stage]:
    """The stages of the version in force, in order."""
    return await work.rows(Stage, _stages.retired_at.is_(None), order_by=(_stages.position,))


async def first_adding_stage(work: Work) -> Stage | None:
    """The first stage at which somebody adds the customer."""
    found = await work.rows(Stage, _stages.retired_at.is_(None), _stages.adds, order_by=(_stages.position,), limit=1)
    return found[0] if found else None


async def stages_of(work: Work, unit: Unit) -> list[Stage]:
    """The stages the unit owns in the version in force, in order."""
    owned = _stages.owner_group_id == unit.id if unit.is_group else _stages.owner_role_id == unit.id
    return await work.rows(Stage, owned, _stages.retired_at.is_(None), order_by=(_stages.position,))


def owner_of(stage: Stage) -> Unit:
    return Unit(stage.owner_group_id, stage.owner_role_id)


# ----------------------------------------------------------------------------------------------------------- boundaries


@dataclass(frozen=True, slots=True)
class PurposeHolders:
    """Who may use a purpose in the version in force."""

    owner: Unit | None
    """None where the purpose is shared or not used."""
    may: frozenset[Unit]

    def allows(self, unit: Unit) -> bool:
        return unit == self.owner or unit in self.may


async def holders_of(work: Work, purpose: Purpose) -> PurposeHolders:
    """Who owns the purpose, and who may use it beside the owner. Says nothing about shared purposes."""
    statement = (
        select(_purposes.mode, _purposes.group_id, _purposes.role_id)
        .join(table_of(OperatingModel), _same_model())
        .where(_purposes.tenant_id == work.tenant_id, _models.in_force, _purposes.purpose == purpose.value)
    )
    owner, may = None, set()
    for mode, group_id, role_id in await work.fetch(statement):
        if mode == BoundaryMode.OWNS:
            owner = Unit(group_id, role_id)
        else:
            may.add(Unit(group_id, role_id))
    return PurposeHolders(owner, frozenset(may))


def _same_model() -> ColumnElement[bool]:
    return and_(_models.tenant_id == _purposes.tenant_id, _models.id == _purposes.operating_model_id)


# ---------------------------------------------------------------------------------------------------------------- units


async def unit_row(work: Work, unit: Unit, *field: str, lock: bool = False) -> OpsGroup | ServiceRole:
    """The group or role itself. Raises NotFound on `field`."""
    place = field or (unit.field,)
    if unit.group_id is not None:
        return await work.require(OpsGroup, unit.group_id, *place, lock=lock)
    return await work.require(ServiceRole, unit.role_id, *place, lock=lock)


async def unit_in_use(work: Work, unit: Unit) -> Unit:
    """The unit, where it is there and not retired. Raises NotFound on its field."""
    row = await unit_row(work, unit)
    if row.retired_at is not None:
        raise NotFound(unit.field)
    return unit


async def units_by_key(work: Work) -> dict[str, OpsGroup | ServiceRole]:
    """All groups and roles there ever were; a key belongs to one of them only."""
    groups: Sequence[OpsGroup | ServiceRole] = await work.rows(OpsGroup)
    return {row.key: row for row in (*groups, *await work.rows(ServiceRole))}


def _of(columns: Any, unit: Unit) -> ColumnElement[bool]:
    """The rows of the unit, of a table with the two columns."""
    return columns.group_id == unit.id if unit.is_group else columns.role_id == unit.id  # type: ignore[no-any-return]  # columns by name are untyped


def as_unit(row: OpsGroup | ServiceRole) -> Unit:
    return Unit(group_id=row.id) if isinstance(row, OpsGroup) else Unit(role_id=row.id)


async def personas_of(work: Work, unit: Unit) -> list[Persona]:
    """The faces of the unit that are not retired, the oldest first."""
    return await work.rows(
        Persona,
        _of(_personas, unit),
        _personas.retired_at.is_(None),
        order_by=(_personas.recorded_at, _personas.id),
    )


async def count_personas(work: Work, unit: Unit) -> int:
    """How many faces the unit ever had."""
    held = select(func.count()).where(_personas.tenant_id == work.tenant_id, _of(_personas, unit))
    return int(await work.scalar(held))


async def persona_of(work: Work, unit: Unit) -> Persona | None:
    """The face the unit shows to new friends: its oldest that is not retired."""
    faces = await personas_of(work, unit)
    return faces[0] if faces else None


# ----------------------------------------------------------------------------------------------------------- placements


async def active_placements(work: Work, staff_id: UUID) -> list[Placement]:
    """Where the person serves now, the oldest first."""
    return await work.rows(
        Placement,
        _placements.staff_id == staff_id,
        _placements.until_at.is_(None),
        order_by=(_placements.from_at, _placements.id),
    )


async def serving_placements(work: Work, staff_id: UUID) -> list[Placement]:
    """Likewise, those in groups and roles that serve: not those a change of the model has left behind."""
    return await work.rows(
        Placement,
        _placements.staff_id == staff_id,
        _placements.until_at.is_(None),
        serves(table_of(Placement)),
        order_by=(_placements.from_at, _placements.id),
    )


def serves(placed: FromClause) -> ColumnElement[bool]:
    """Whether the group or role of a row still serves."""
    groups, roles = table_of(OpsGroup).c, table_of(ServiceRole).c
    return or_(
        exists().where(
            groups.tenant_id == placed.c.tenant_id, groups.id == placed.c.group_id, groups.retired_at.is_(None)
        ),
        exists().where(
            roles.tenant_id == placed.c.tenant_id,
            roles.id == placed.c.role_id,
            roles.retired_at.is_(None),
            ~roles.dormant,
        ),
    )


async def in_its_place(work: Work, unit: Unit) -> Unit:
    """The unit, if it serves; of one that serves no more, the owner of the first stage that adds."""
    row = await unit_row(work, unit)
    if row.retired_at is None and not (isinstance(row, ServiceRole) and row.dormant):
        return unit
    stage = await first_adding_stage(work)
    return unit if stage is None else owner_of(stage)


async def placements_of(work: Work, unit: Unit) -> list[Placement]:
    """Who serves in the unit now, the oldest first."""
    return await work.rows(
        Placement,
        _of(_placements, unit),
        _placements.until_at.is_(None),
        order_by=(_placements.from_at, _placements.id),
    )


async def units_served_by(work: Work, staff_id: UUID) -> list[Unit]:
    """The units the person is placed in now, and those that one of these groups helps out, in the order of their ids."""
    own = {unit for one in await active_placements(work, staff_id) if (unit := unit_of(one)) is not None}
    groups = [unit.id for unit in own if unit.is_group]
    helped = await work.rows(AssignmentRule, among(_rules.backup_group_id, groups)) if groups else []
    return sorted({*own, *(Unit(rule.group_id, rule.role_id) for rule in helped)}, key=lambda unit: unit.id)


async def staff_in_role(work: Work, role_id: UUID) -> list[UUID]:
    """The people who serve in the role, in the order of their ids."""
    return await _staff(work, _placements.role_id == role_id)


async def staff_at(work: Work, store_ids: Iterable[UUID]) -> list[UUID]:
    """The people placed at exactly these stores, in the order of their ids."""
    return await _staff(work, among(_placements.store_id, store_ids))


async def _staff(work: Work, condition: ColumnElement[bool]) -> list[UUID]:
    statement = (
        select(_placements.staff_id)
        .where(_placements.tenant_id == work.tenant_id, _placements.until_at.is_(None), condition)
        .distinct()
        .order_by(_placements.staff_id)
    )
    return [record[0] for record in await work.fetch(statement)]


async def assignment_rule(work: Work, unit: Unit) -> AssignmentRule | None:
    """How the unit's people take turns, where anybody has said so."""
    found = await work.rows(AssignmentRule, _of(_rules, unit))
    return found[0] if found else None


# --------------------------------------------------------------------------------------------------------------- stores


async def store_by_key(work: Work, key: str) -> Store | None:
    found = await work.rows(Store, _stores.key == key)
    return found[0] if found else None


async def locked_stores(work: Work, *where: ColumnElement[bool]) -> list[Store]:
    """These stores, locked in id order against every other change but not against rows that point to them."""
    statement = (
        select(table_of(Store))
        .where(_stores.tenant_id == work.tenant_id, *where)
        .order_by(_stores.id)
        .with_for_update(key_share=True)
    )
    return [row_of(Store, record) for record in await work.fetch(statement)]


async def stores_below(work: Work, store_id: UUID) -> list[UUID]:
    """The store and everything below it, in the order of their ids."""
    statement = (
        select(_ancestors.store_id)
        .where(_ancestors.tenant_id == work.tenant_id, _ancestors.ancestor_id == store_id)
        .order_by(_ancestors.store_id)
    )
    return [record[0] for record in await work.fetch(statement)]


async def stores_above(work: Work, store_id: UUID) -> list[UUID]:
    """The store and everything above it, in the order of their ids."""
    statement = (
        select(_ancestors.ancestor_id)
        .where(_ancestors.tenant_id == work.tenant_id, _ancestors.store_id == store_id)
        .order_by(_ancestors.ancestor_id)
    )
    return [record[0] for record in await work.fetch(statement)]


async def open_children(work: Work, store_id: UUID) -> list[Store]:
    return await work.rows(Store, _stores.parent_id == store_id, _stores.closed_at.is_(None), order_by=(_stores.key,))


async def names_of_staff(work: Work, staff_ids: Iterable[UUID]) -> list[str]:
    """The names of these people, each once, in alphabetical order."""
    statement = (
        select(_people.name)
        .where(_people.tenant_id == work.tenant_id, among(_people.id, set(staff_ids)))
        .order_by(_people.name, _people.id)
    )
    return [record[0] for record in await work.fetch(statement)]


async def placements_at(work: Work, store_id: UUID) -> list[Placement]:
    """Who is placed at exactly this store now."""
    return await work.rows(
        Placement, _placements.store_id == store_id, _placements.until_at.is_(None), order_by=(_placements.id,)
    )


# ------------------------------------------------------------------------------------------------------------- channels


async def channel_by_code(work: Work, code: str) -> Channel | None:
    found = await work.rows(Channel, _channels.state == code)
    return found[0] if found else None


async def open_channels_of(work: Work, unit: Unit) -> list[Channel]:
    """The channels that lead to the unit and are not retired."""
    return await work.rows(
        Channel,
        _of(_channels, unit),
        _channels.retired_at.is_(None),
        order_by=(_channels.recorded_at, _channels.id),
    )
