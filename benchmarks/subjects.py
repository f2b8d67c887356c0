"""Whom the benchmark asks about: customers drawn from all brands, the same ones in every run."""

from __future__ import annotations

import random
from uuid import UUID

import asyncpg

from benchmarks.data import Data
from benchmarks.onboarding import Brand
from benchmarks.operations import Subject

PER_BRAND = 40
_HOT = 500
_DRAWN = """
SELECT c.id, c.name, k.stage_id FROM customers c JOIN cases k ON k.tenant_id = c.tenant_id AND k.customer_id = c.id
WHERE c.tenant_id = $1 ORDER BY hashtextextended(c.id::text, 1) LIMIT $2"""


async def drawn(dsn: str, data: Data) -> tuple[list[Subject], list[Subject]]:
    """Subjects over all brands, shuffled; and more of one brand. `dsn` is the superuser's."""
    connection = await asyncpg.connect(dsn)
    try:
        whose = [one for brand in data.brands for one in await _of(connection, brand, PER_BRAND)]
        hot = await _of(connection, data.brands[0], _HOT)
    finally:
        await connection.close()
    random.Random(data.sizes.seed).shuffle(whose)
    return whose, hot


def scoped(brand: Brand) -> Subject:
    """The staff member who sees few of the brand's customers."""
    assert brand.scoped_key is not None
    return Subject(brand.tenant_id, brand.scoped_key, "", "", "", "", scoped_to=brand.scoped_staff)


async def _of(connection: asyncpg.Connection, brand: Brand, count: int) -> list[Subject]:
    rows = await connection.fetch(_DRAWN, UUID(brand.tenant_id), count)
    return [
        Subject(
            tenant_id=brand.tenant_id,
            key=brand.key,
            customer_id=str(row["id"]),
            staff_id=brand.staff[number % len(brand.staff)],
            stage_id=str(row["stage_id"]),
            name=row["name"],
        )
        for number, row in enumerate(rows)
    ]
