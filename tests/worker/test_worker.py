"""Background work runs as its own role: it may list tenants, and opens an ordinary unit for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest

from server.config import DATABASE
from server.db.database import Database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import WORKER
from server.worker import KEPT, forget_outcomes
from tests.factories.brands import Brand, World

Make = Callable[..., Awaitable[Brand]]


async def test_keys_are_forgotten_after_their_time_and_not_before(
    world: World, postgres: EmbeddedPostgres, brand: Make
) -> None:
    made = await brand()
    for key in ("old", "new"):
        await made.ask(
            'mutation($key: String!) { inviteStaff(input: {name: "A", clientMutationId: $key}) { cursor } }',
            {"key": key},
        )
    async with made.work() as work:
        await work.raw.execute("UPDATE act_outcomes SET recorded_at = now() - interval '73 hours' WHERE key = 'old'")
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 1})
    platform = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    database = world.gateway.services.database
    try:
        assert await forget_outcomes(platform, database, KEPT) >= 1
        assert await forget_outcomes(platform, database, KEPT) == 0
        async with platform.acts.acquire() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT * FROM customers")
    finally:
        await platform.close()
    async with made.work() as work:
        kept = await work.raw.fetch("SELECT key FROM act_outcomes")
    assert [row["key"] for row in kept] == ["new"]
    assert timedelta(hours=72) == KEPT
