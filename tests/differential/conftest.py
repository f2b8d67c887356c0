"""One installation for the differential tests of a test process: a brand with much of everything, another one beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.app import open_gateway
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP
from tests.differential.ground import Ground, furnished_ground
from tests.factories.brands import World


@pytest.fixture(scope="session")
async def ground(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Ground]:
    """The furnished brands, asked through a gateway that bounds no cost: that is not what is compared here."""
    settings = world.gateway.services.settings.model_copy(
        update={"max_cost": 10**9, "read_pool": 4, "act_pool": 4, "statement_timeout_ms": 60_000}
    )
    async with open_gateway(settings, postgres.dsn(APP, DATABASE)) as gateway:
        yield await furnished_ground(World(gateway), postgres.dsn(SUPERUSER, DATABASE), asyncio.get_running_loop())
