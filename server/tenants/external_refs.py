"""Other systems' ids for things of ours: kept with the thing, unique in the tenant, accepted wherever an id is.

Written as `ref:<system>:<id>`. Knows node types by name only; what the caller may name is the service's rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from server.commands import Command, ExternalText
from server.db.statements import Statements, table_of
from server.db.work import Work
from server.errors import LimitReached
from server.ids import new_id
from server.tenants import tables
from server.tenants.errors import ExternalRefTaken

AT_MOST = 20
"""Ids one thing may have in other systems: they are always read whole."""

_PREFIX = "ref"
_refs = table_of(tables.ExternalRef)


class ExternalRefCommand(Command):
    """One id of another system. The id may hold anything; the system's name holds no colon."""

    system: ExternalText
    id: ExternalText


async def attach(
    work: Work, node_type: str, node_id: UUID, refs: Sequence[ExternalRefCommand], *, just_made: bool = False
) -> None:
    """Keep these ids for the thing, beside those it has. Naming one it has already changes nothing.

    A thing `just_made` has none yet, so the bound of the input is bound enough. Raises ExternalRefTaken on
    `external_refs.<index>` for an id that belongs to another thing of the same type, LimitReached on `external_refs`.
    """
    kept = 0
    for index, ref in enumerate(refs):
        added = await work.execute(
            insert(_refs)
            .values(
                tenant_id=work.tenant_id,
                id=new_id(),
                node_type=node_type,
                node_id=node_id,
                system=ref.system,
                external_id=ref.id,
                recorded_at=work.now,
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "node_type", "system", "external_id"])
        )
        if added == 0 and await _owner(work, work.tenant_id, node_type, system=ref.system, id=ref.id) != node_id:
            raise ExternalRefTaken("external_refs", index, "id")
        kept += added
    if kept and not just_made:
        await _require_room(work, node_type, node_id)


async def find(work: Work, node_type: str, text: str) -> UUID | None:
    """The thing of this type behind `ref:<system>:<id>`; None where the text is no reference or nothing has it."""
    prefix, _, rest = text.partition(":")
    system, colon, id = rest.partition(":")
    if prefix != _PREFIX or not colon:
        return None
    return await _owner(work, work.tenant_id, node_type, system=system, id=id)


async def hold(work: Work, node_type: str, refs: Iterable[ExternalRefCommand]) -> None:
    """Nobody else may record things of this type by these ids until the act ends.

    Take all ids of an act at once: they are taken in sorted order, so no two acts can lock up.
    """
    words = sorted({f"external_ref|{work.tenant_id}|{node_type}|{ref.system}|{ref.id}" for ref in refs})
    if words:
        word = func.unnest(bindparam(None, words, type_=ARRAY(Text))).column_valued("word")
        await work.fetch(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0))))


async def known(work: Work, node_type: str, refs: Sequence[ExternalRefCommand]) -> UUID | None:
    """The one thing of this type that these ids belong to; None for something new. Call `hold` first.

    Raises ExternalRefTaken on `external_refs.<index>` where a second thing has one of them.
    """
    found: UUID | None = None
    for index, ref in enumerate(refs):
        owner = await _owner(work, work.tenant_id, node_type, system=ref.system, id=ref.id)
        if owner is not None and found not in (None, owner):
            raise ExternalRefTaken("external_refs", index, "id")
        found = owner or found
    return found


async def detach_all(work: Work, node_type: str, node_id: UUID) -> None:
    """Forget every id of the thing."""
    await work.execute(
        _refs.delete().where(
            _refs.c.tenant_id == work.tenant_id, _refs.c.node_type == node_type, _refs.c.node_id == node_id
        )
    )


async def _require_room(work: Work, node_type: str, node_id: UUID) -> None:
    """Acts that add to the same thing pass here one after the other, and count what the one before has kept."""
    word = f"external_refs|{work.tenant_id}|{node_type}|{node_id}"
    await work.fetch(select(func.pg_advisory_xact_lock(func.hashtextextended(word, 0))))
    held = select(func.count()).where(
        _refs.c.tenant_id == work.tenant_id, _refs.c.node_type == node_type, _refs.c.node_id == node_id
    )
    if await work.scalar(held) > AT_MOST:
        raise LimitReached("external_refs", limit=AT_MOST)


async def _owner(statements: Statements, tenant_id: UUID, node_type: str, *, system: str, id: str) -> UUID | None:
    found: UUID | None = await statements.scalar(
        select(_refs.c.node_id).where(
            _refs.c.tenant_id == tenant_id,
            _refs.c.node_type == node_type,
            _refs.c.system == system,
            _refs.c.external_id == id,
        )
    )
    return found
