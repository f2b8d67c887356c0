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
_WHO_ANSWERS = """
SELECT DISTINCT p.staff_id::text FROM placements p
JOIN operating_models m ON m.tenant_id = p.tenant_id AND m.in_force
JOIN role_purposes o ON o.tenant_id = p.tenant_id AND o.operating_model_id = m.id
  AND o.purpose = 'ENQUIRY' AND o.mode = 'OWNS' AND (o.role_id = p.role_id OR o.group_id = p.group_id)
WHERE p.tenant_id = $1 AND p.until_at IS NULL AND p.staff_id::text = ANY($2) ORDER BY 1"""


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
    # The contact that is recorded answers an enquiry: whoever's role does not own that purpose would be refused.
    answering = [one[0] for one in await connection.fetch(_WHO_ANSWERS, UUID(brand.tenant_id), list(brand.staff))]
    return [
        Subject(
            tenant_id=brand.tenant_id,
            key=brand.key,
            customer_id=str(row["id"]),
            staff_id=answering[number % len(answering)],
            stage_id=str(row["stage_id"]),
            name=row["name"],
        )
        for number, row in enumerate(rows)
    ]
