"""The statements the room needs beside reading a row by its id."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from server.db.statements import table_of
from server.db.work import Work
from server.wow_moments.tables import WowPlay


async def locked_by_key(work: Work, key: str) -> WowPlay | None:
    found = await work.rows(WowPlay, table_of(WowPlay).c.key == key, lock=True)
    return found[0] if found else None


async def inserted(work: Work, play: WowPlay) -> bool:
    """Insert the play unless its key is taken; waits for whoever is taking it just now."""
    play.tenant_id, play.recorded_at = work.tenant_id, work.now
    values = {name: getattr(play, name) for name in WowPlay.model_fields}
    statement = insert(table_of(WowPlay)).values(values)
    return await work.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "key"])) == 1
