"""Whoever waits is looked at again when the time has come; absences begin and end by their clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from server.config import DATABASE
from server.customers.service import queueing
from server.db.database import Database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import WORKER
from server.lifecycles import assignment
from server.operations.commands import SetAvailability
from server.worker import run_due
from tests.customers.clinic import Clinic
from tests.customers.test_assignment import people, reasons, scans
from tests.factories.brands import World


@pytest.fixture
async def platform(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 1})
    opened = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    yield opened
    await opened.close()


async def due_now(platform: Database, house: Clinic) -> None:
    """Let all clocks of the brand run out."""
    async with platform.acts.acquire() as connection:
        await connection.execute(
            "UPDATE platform.clocks SET due_at = now(), claimed_until = NULL WHERE tenant_id = $1",
            house.brand.tenant_id,
        )


async def test_the_worker_looks_again_when_the_time_has_come(brandhouse: Clinic, platform: Database) -> None:
    await people(brandhouse, 1, daily_limit=2)
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    await scans(brandhouse, 5)
    async with platform.acts.acquire() as connection:
        rows = await connection.fetch(
            "SELECT due_at FROM platform.clocks WHERE tenant_id = $1 AND kind = $2",
            brandhouse.brand.tenant_id,
            queueing.CLOCK,
        )
    [midnight] = await brandhouse.fetch(
        "SELECT ((now() AT TIME ZONE 'Asia/Shanghai')::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, now() AS now"
    )
    soon: datetime = midnight["now"] + timedelta(minutes=16)
    assert len(rows) == 3
    assert all(row["due_at"] <= min(midnight["at"], soon) for row in rows)
    database = brandhouse.brand.world.gateway.services.database

    await due_now(platform, brandhouse)
    await run_due(platform, database)
    assert await reasons(brandhouse) == {"DAILY_LIMIT": 3}, "Nothing has changed."

    await brandhouse.fetch("UPDATE workloads SET added_on = added_on - 1")
    await due_now(platform, brandhouse)
    await run_due(platform, database)
    assert await reasons(brandhouse) == {"DAILY_LIMIT": 1}
    async with platform.acts.acquire() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM platform.clocks WHERE tenant_id = $1 AND kind = $2",
            brandhouse.brand.tenant_id,
            queueing.CLOCK,
        )
    assert left == 1


async def test_an_absence_begins_and_ends_by_its_clock(brandhouse: Clinic, platform: Database) -> None:
    ann, _ = await people(brandhouse, 2)
    cover = await brandhouse.staff("Cover")
    await brandhouse.channel("PARCEL", group_id=await brandhouse.group())
    await scans(brandhouse, 4)
    database = brandhouse.brand.world.gateway.services.database
    async with brandhouse.brand.work() as work:
        given = {"since": work.now + timedelta(days=1), "until": work.now + timedelta(days=2), "cover_id": cover}
        await assignment.set_availability(work, SetAvailability.model_validate({"staff_id": ann, "off": [given]}))

    async def seen() -> int:
        rows = await brandhouse.fetch("SELECT 1 FROM customer_access WHERE staff_id = $1 AND via = 'COVER'", cover)
        return len(rows)

    assert await seen() == 0
    await brandhouse.fetch("UPDATE absences SET from_at = now() - interval '1 minute'")
    await due_now(platform, brandhouse)
    await run_due(platform, database)
    assert await seen() == 2
    await brandhouse.fetch("UPDATE absences SET until_at = now()")
    await due_now(platform, brandhouse)
    await run_due(platform, database)
    assert await seen() == 0
