"""The statements the room needs beside reading a row by its id."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from server.db.statements import table_of
from server.db.work import Work
from server.items.tables import Item


async def locked_by_key(work: Work, key: str) -> Item | None:
    found = await work.rows(Item, table_of(Item).c.key == key, lock=True)
    return found[0] if found else None


async def inserted(work: Work, item: Item) -> bool:
    """Insert the item unless its key is taken; waits for whoever is taking it just now."""
    item.tenant_id, item.recorded_at = work.tenant_id, work.now
    table = table_of(Item)
    statement = insert(table).values({name: getattr(item, name) for name in Item.model_fields})
    return await work.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "key"])) == 1
