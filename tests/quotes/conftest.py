"""A home decorator for every test that asks for one."""

from __future__ import annotations

import pytest

from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from tests.factories.brands import World, onboard
from tests.quotes.people import House, house


@pytest.fixture
async def shop(world: World) -> House:
    return await house(await onboard(world, industry="HOME_DECORATION"))


@pytest.fixture
def superuser(postgres: EmbeddedPostgres) -> str:
    """A look from outside the application."""
    return postgres.dsn(SUPERUSER, DATABASE)
