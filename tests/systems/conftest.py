"""A really running server for the examples: uvicorn on a loopback port, over the database of this test process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn

from examples.brand import Story
from server.app import create_app
from server.config import DATABASE
from server.db.launcher import EmbeddedPostgres
from server.db.policies import APP, WORKER
from server.demo import address
from server.http.serving import create_server
from server.worker import run_worker
from tests.factories.brands import World

Play = Callable[[Any], Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
async def server(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[uvicorn.Server]:
    """Shares the world's settings, and with them the key that seals identities."""
    application = create_app(world.gateway.services.settings, postgres.dsn(APP, DATABASE))
    serving = create_server(application, host="127.0.0.1", port=0)
    task = asyncio.create_task(serving.serve())
    while not serving.started:
        assert not task.done(), "The server ended before it started."
        await asyncio.sleep(0.01)
    yield serving
    serving.should_exit = True
    await task


@pytest.fixture(scope="session")
def url(server: uvicorn.Server) -> str:
    return address(server)


@pytest.fixture(scope="session")
def play(url: str, world: World, postgres: EmbeddedPostgres) -> Iterator[Play]:
    """Plays a system once per session, in a thread as any client would; every test looks at what it showed.

    A worker runs while it is played, and no longer: other tests take the steps of long work themselves.
    """
    app_dsn, worker_dsn = postgres.dsn(APP, DATABASE), postgres.dsn(WORKER, DATABASE)
    shown: dict[str, dict[str, Any]] = {}
    story = Story(url)

    async def once(system: Any) -> dict[str, Any]:
        if system.NAME not in shown:
            worker = asyncio.create_task(run_worker(world.gateway.services.settings, worker_dsn, app_dsn))
            try:
                shown[system.NAME] = await asyncio.to_thread(system.play, story)
            finally:
                worker.cancel()
                await asyncio.wait([worker])
        return shown[system.NAME]

    with closing(story):
        yield once
