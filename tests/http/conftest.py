"""One server for the tests that need nothing special of it; the others run their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.http.serving import Running, running


@pytest_asyncio.fixture(scope="session")
async def server() -> AsyncIterator[Running]:
    async with running() as one:
        yield one
