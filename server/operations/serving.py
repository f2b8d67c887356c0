"""Defines who serves: ops groups 运营小组, service roles 服务角色 and their personas 服务形象."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.db.statements import table_of
from server.db.work import Work
from server.errors import Conflict, LimitReached
from server.operations import queries
from server.operations.boundaries import NO_PURPOSES, Boundary, duty_after, write_boundaries
from server.operations.commands import DefinePersona, DefineUnit
from server.operations.design_rules import check_design
from server.operations.drawing import (
    Drawing,
    UnitRow,
    change_unit,
    designed,
    draw,
    emit_unit,
    is_dormant,
    list_units,
    mark_edited,
)
from server.operations.errors import KeyTaken, LastPersona, NeededForNew, OneUnit, OtherUnit, UnitInUse, UnitRetired
from server.operations.events import PersonaDefined
from server.operations.metrics import Metric
from server.operations.tables import OpsGroup, Persona, ServiceRole
from server.operations.units import Unit, unit_of

UNITS_AT_MOST = 200
PERSONAS_AT_MOST = 50
"""Groups and roles of a brand, and faces of one of them, retired ones included: they are always read whole."""

_PERSONA_TEXTS = ("name", "position", "promise")


async def define_ops_group(work: Work, command: DefineUnit) -> OpsGroup:
    """Make, change or retire the ops group of this key. See `_define`."""
    group = await _define(work, command, OpsGroup)
    assert isinstance(group, OpsGroup)
    return group


async def define_service_role(work: Work, command: DefineUnit) -> ServiceRole:
    """Make, change or retire the service role of this key; a sleeping one that gets purposes wakes. See `_define`."""
    role = await _define(work, command, ServiceRole)
    assert isinstance(role, ServiceRole)
    return role


async def _define(work: Work, command: DefineUnit, model: type[OpsGroup] | type[ServiceRole]) -> UnitRow:
    """What is left out stays. `owns` and `may` each replace what the unit has.

    A purpose passes from one unit to another by `define_journey`, which draws several boundaries at once. Raises
    KeyTaken where the key is of the other kind, LimitReached for one unit too many, Refusals for faults of the design,
    UnitInUse where it cannot be retired, Conflict on `expected_version`.
    """
    drawing = await draw(work)
    known = drawing.units.get(command.key)
    if known is not None and not isinstance(known, model):
        raise KeyTaken("key", key=command.key, other="service role" if model is OpsGroup else "ops group")
    if known is not None and command.expected_version not in (None, known.version):
        raise Conflict("expected_version", version=known.version)
    if known is None and len(drawing.units) >= UNITS_AT_MOST:
        raise LimitReached("key", limit=UNITS_AT_MOST)
    before = NO_PURPOSES if known is None else drawing.boundary_of(known)
    after = _boundary(command, before)
    values = _values(command, known, before=before, after=after)
    if command.retired is not None:
        values["retired_at"] = work.now if command.retired else None
    if known is not None and known.retired_at is not None and command.retired is not False:
        raise UnitRetired("key", key=command.key)
    if known is not None and command.retired:
        # Who is being placed in it, or given a code that leads to it, holds this lock: wait, then look.
        await queries.unit_row(work, queries.as_unit(known), lock=True)
        await _check_idle(work, drawing, known)
    if model is ServiceRole:
        values["dormant"] = known is not None and is_dormant(known) and after == NO_PURPOSES
    row = model(key=command.key, **values) if known is None else known
    _check(drawing, row, values, after=after, command=command)
    if known is None:
        drawing.units[row.key] = work.add(row)
        emit_unit(work, row)
    else:
        await change_unit(work, row, **values)
    await write_boundaries(work, drawing.model.id, {**drawing.boundaries, queries.as_unit(row): after})
    await list_units(work, drawing.model.id, [unit for unit in drawing.units.values() if unit.retired_at is None])
    await mark_edited(work, drawing.model)
    return row


def _boundary(command: DefineUnit, before: Boundary) -> Boundary:
    if command.retired:
        return NO_PURPOSES
    owns = before.owns if command.owns is None else frozenset(command.owns)
    may = before.may if command.may is None else frozenset(command.may)
    return Boundary(owns, may - owns)


def _values(command: DefineUnit, known: UnitRow | None, *, before: Boundary, after: Boundary) -> dict[str, Any]:
    label_en = command.label_en or (known.label_en if known else command.label_zh)
    label_zh = command.label_zh or (known.label_zh if known else command.label_en)
    metric = command.headline_metric or (Metric(known.headline_metric) if known else None)
    if label_en is None or label_zh is None:
        raise NeededForNew("label_en")
    if metric is None:
        raise NeededForNew("headline_metric")
    return {
        "label_en": label_en,
        "label_zh": label_zh,
        "headline_metric": metric,
        "also": _given(command.also, known.also if known else []),
        "cleared_for": _given(command.cleared_for, known.cleared_for if known else []),
        "duty": duty_after(known.duty if known else (), before.owns, after.owns),
    }


def _given(given: tuple[str, ...] | None, known: list[str]) -> list[str]:
    """Each once, in the order given."""
    return list(known) if given is None else list(dict.fromkeys(given))


async def _check_idle(work: Work, drawing: Drawing, row: UnitRow) -> None:
    """Raises UnitInUse, naming what still hangs on the unit."""
    unit = queries.as_unit(row)
    stages = [stage.key for stage in drawing.journey() if queries.owner_of(stage) == unit]
    placements = await queries.placements_of(work, unit)
    channels = [channel.name for channel in await queries.open_channels_of(work, unit)]
    held = [
        *([f"stages {', '.join(stages)}"] if stages else ()),
        *([f"{len(placements)} placements"] if placements else ()),
        *([f"channels {', '.join(channels)}"] if channels else ()),
    ]
    if held:
        raise UnitInUse("key", key=row.key, what="; ".join(held))


def _check(drawing: Drawing, row: UnitRow, values: dict[str, Any], *, after: Boundary, command: DefineUnit) -> None:
    units = drawing.designed_units()
    units.pop(row.key, None)
    if not command.retired and not values.get("dormant"):
        shown = designed(row, after)
        units[row.key] = replace(shown, metric=values["headline_metric"], also=frozenset(map(Metric, values["also"])))
    check_design(drawing.design(units=units, not_used=command.not_used))


async def define_persona(work: Work, command: DefinePersona) -> Persona:
    """Make, change or retire the persona of this key. A unit that serves keeps at least one.

    A text given in one language only holds for both of a new persona.
    """
    await queries.require_in_force(work, lock=True)
    known = await work.rows(Persona, table_of(Persona).c.key == command.key, lock=True)
    persona = known[0] if known else None
    if persona is not None and command.expected_version not in (None, persona.version):
        raise Conflict("expected_version", version=persona.version)
    unit = await _unit_of_persona(work, command, persona)
    values = {name: text for stem in _PERSONA_TEXTS for name, text in _both_languages(command, persona, stem).items()}
    if command.retired is not None:
        values["retired_at"] = work.now if command.retired else None
    if command.retired and persona is not None and await _is_only_face(work, unit, persona):
        raise LastPersona("retired")
    if persona is None:
        if await queries.count_personas(work, unit) >= PERSONAS_AT_MOST:
            raise LimitReached("key", limit=PERSONAS_AT_MOST)
        persona = work.add(Persona(key=command.key, group_id=unit.group_id, role_id=unit.role_id, **values))
    else:
        await work.change(persona, **values)
    work.emit(
        PersonaDefined(
            persona_id=persona.id,
            group_id=persona.group_id,
            role_id=persona.role_id,
            retired_at=persona.retired_at,
            persona_version=persona.version,
        )
    )
    return persona


async def _unit_of_persona(work: Work, command: DefinePersona, known: Persona | None) -> Unit:
    """A persona stays with its unit: friends made under it expect that."""
    given = unit_of(command) if (command.group_id is None) != (command.role_id is None) else None
    if known is not None:
        unit = Unit(known.group_id, known.role_id)
        if (command.group_id or command.role_id) is not None and given != unit:
            raise OtherUnit("key", key=command.key)
        return unit
    if given is None:
        raise OneUnit("role_id")
    row = await queries.unit_row(work, given)
    if row.retired_at is not None:
        raise UnitRetired(given.field, key=row.key)
    return given


def _both_languages(command: DefinePersona, known: Persona | None, stem: str) -> dict[str, Any]:
    en, zh = f"{stem}_en", f"{stem}_zh"
    given_en, given_zh = getattr(command, en), getattr(command, zh)
    if known is not None:
        return {en: given_en or getattr(known, en), zh: given_zh or getattr(known, zh)}
    if given_en is None and given_zh is None:
        raise NeededForNew(en)
    return {en: given_en or given_zh, zh: given_zh or given_en}


async def _is_only_face(work: Work, unit: Unit, persona: Persona) -> bool:
    faces = await queries.personas_of(work, unit)
    row = await queries.unit_row(work, unit)
    return row.retired_at is None and [face.id for face in faces] == [persona.id]
