"""Service boundaries 服务边界: which purposes each unit owns or may use in a version of the operating model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from server.db.statements import table_of
from server.db.work import Work
from server.operations.boundary_modes import BoundaryMode
from server.operations.events import PurposeAssigned, PurposeWithdrawn
from server.operations.feedback_duties import ANSWERED_BY_OWNER_OF
from server.operations.purposes import Purpose
from server.operations.tables import RolePurpose
from server.operations.units import Unit


@dataclass(frozen=True, slots=True)
class Boundary:
    """The purposes of one unit."""

    owns: frozenset[Purpose] = frozenset()
    may: frozenset[Purpose] = frozenset()


NO_PURPOSES = Boundary()


async def boundaries_of(work: Work, operating_model_id: UUID) -> dict[Unit, Boundary]:
    """The boundary of every unit that has one in this version."""
    owned: dict[Unit, set[Purpose]] = {}
    allowed: dict[Unit, set[Purpose]] = {}
    for row in await _lines(work, operating_model_id):
        held = owned if row.mode == BoundaryMode.OWNS else allowed
        held.setdefault(Unit(row.group_id, row.role_id), set()).add(Purpose(row.purpose))
    return {
        unit: Boundary(frozenset(owned.get(unit, ())), frozenset(allowed.get(unit, ()))) for unit in {*owned, *allowed}
    }


async def write_boundaries(work: Work, operating_model_id: UUID, wanted: Mapping[Unit, Boundary]) -> None:
    """Make the boundaries of this version exactly `wanted`.

    Lines go before new ones come, so that a purpose passes from one owner to another in one act.
    """
    lines = {
        (Purpose(row.purpose), BoundaryMode(row.mode), Unit(row.group_id, row.role_id)): row
        for row in await _lines(work, operating_model_id)
    }
    named = _lines_of(wanted)
    for (purpose, mode, unit), row in lines.items():
        if (purpose, mode, unit) not in named:
            await work.remove(row)
            work.emit(
                PurposeWithdrawn(boundary_purpose_id=row.id, operating_model_id=operating_model_id, purpose=purpose)
            )
    for purpose, mode, unit in named:
        if (purpose, mode, unit) not in lines:
            _add_line(work, operating_model_id, unit, purpose=purpose, mode=mode)


def duty_after(duty: Iterable[str], before: frozenset[Purpose], after: frozenset[Purpose]) -> list[str]:
    """The feedback kinds a unit must answer once it owns `after`: those it kept, then those of purposes it took over."""
    kept = [kind for kind in duty if ANSWERED_BY_OWNER_OF[kind] in after]
    new = [kind for kind, purpose in ANSWERED_BY_OWNER_OF.items() if purpose in after - before]
    return [*kept, *(kind for kind in new if kind not in kept)]


def _lines_of(wanted: Mapping[Unit, Boundary]) -> list[tuple[Purpose, BoundaryMode, Unit]]:
    """In the order of the purposes, owners first."""
    return [
        (purpose, mode, unit)
        for purpose in Purpose
        for mode in BoundaryMode
        for unit, boundary in wanted.items()
        if purpose in (boundary.owns if mode is BoundaryMode.OWNS else boundary.may)
    ]


def _add_line(work: Work, operating_model_id: UUID, unit: Unit, *, purpose: Purpose, mode: BoundaryMode) -> None:
    row = work.add(
        RolePurpose(
            operating_model_id=operating_model_id,
            purpose=purpose,
            mode=mode,
            group_id=unit.group_id,
            role_id=unit.role_id,
        )
    )
    work.emit(
        PurposeAssigned(
            boundary_purpose_id=row.id,
            operating_model_id=operating_model_id,
            purpose=purpose,
            mode=mode,
            group_id=unit.group_id,
            role_id=unit.role_id,
        )
    )


async def _lines(work: Work, operating_model_id: UUID) -> list[RolePurpose]:
    columns = table_of(RolePurpose).c
    return await work.rows(RolePurpose, columns.operating_model_id == operating_model_id, order_by=(columns.id,))
