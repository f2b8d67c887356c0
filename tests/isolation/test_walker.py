"""Two brands; the second tries everything there is of the first: every id, in every argument, filter, input and stream.

Nothing of the first may show, nothing of it may change, and a foreign id is answered like one that never was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from server.db.tables import metadata
from server.ids import global_id
from tests.factories.brands import Brand, World
from tests.factories.furnished import SECRET, furnish
from tests.isolation.walking import EXTENT, answer, calls_with_an_id, tries

Make = Callable[..., Awaitable[Brand]]


@EXTENT
async def test_every_id_of_another_brand_is_absent_everywhere(world: World, brand: Make, complete: bool) -> None:
    mine, other = await brand(), await brand()
    ids = await furnish(mine)
    before = await _fingerprint(mine)
    own_events = len(await other.events())
    tried = 0
    for type_name, id, walked in tries(world, calls_with_an_id(world), ids, complete=complete):
        asked = await answer(world, other.owner, walked, id)
        tried += 1
        assert SECRET not in asked, f"{walked.name} with {type_name} shows what is another brand's"
        if walked.kind == "query":
            missing = global_id(type_name, uuid4())
            never = await answer(world, other.owner, walked, missing)
            assert asked.replace(id, "ID") == never.replace(missing, "ID"), f"{walked.name} tells {type_name} apart"
    assert tried > 500
    assert await _fingerprint(mine) == before
    # What the walk did in its own brand (invented keys, names) is its own business; nothing refers to the other's rows.
    assert len(await other.events()) >= own_events


async def _fingerprint(brand: Brand) -> dict[str, Any]:
    """A digest of every row the brand has."""
    found: dict[str, Any] = {}
    async with brand.work() as work:
        for table in metadata.sorted_tables:
            if table.info.get("tenant"):
                found[table.name] = await work.raw.fetchval(
                    f"SELECT count(*) || md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {table.name} t"
                )
    return found
