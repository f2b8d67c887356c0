"""`make differential OPERATIONS=1000000 SEED=7`: as many operations as one likes, with progress and a minimal failing case.

Runs in batches, each with a seed of its own, so that a failure is found again by the seed and batch it names.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from server.app import open_gateway
from server.config import DATABASE, Settings
from server.db.launcher import SUPERUSER
from server.db.migrations import migrate
from server.db.policies import APP
from server.log import configure_logging
from tests.db.embedded import open_ground, started
from tests.differential.comparing import Different
from tests.differential.ground import VOICES, Ground, furnished_ground
from tests.factories.brands import World

_BATCH = 250


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares the planner with graphql-core over generated operations.")
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep-going", action="store_true", help="do not shrink; tell every batch's first difference")
    given_ = parser.parse_args()
    configure_logging("json")
    with open_ground() as folder, TemporaryDirectory() as data:
        server = started(folder, max_connections="60")
        server.start()
        try:
            with asyncio.Runner() as runner:
                ground = _Opened(runner, server, Path(data))
                try:
                    return _run(ground.ground, given_)
                finally:
                    ground.close()
        finally:
            server.stop()


class _Opened:
    """The furnished ground, held open across the runner's calls."""

    def __init__(self, runner: asyncio.Runner, server: object, data: Path) -> None:
        self._runner = runner
        self._context = _opened(server, data)
        self.ground: Ground = runner.run(self._context.__aenter__())

    def close(self) -> None:
        self._runner.run(self._context.__aexit__(None, None, None))


@asynccontextmanager
async def _opened(server: object, data: Path) -> AsyncIterator[Ground]:
    from server.db.launcher import EmbeddedPostgres

    assert isinstance(server, EmbeddedPostgres)
    admin = await asyncpg.connect(server.dsn(SUPERUSER, "postgres"))
    await admin.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0')
    await admin.close()
    superuser = server.dsn(SUPERUSER, DATABASE)
    await migrate(superuser, local=True)
    made = Settings(
        shuke_data=data, database_url=None, read_pool=4, act_pool=4, max_cost=10**9, statement_timeout_ms=60_000
    )
    async with open_gateway(made, server.dsn(APP, DATABASE)) as gateway:
        yield await furnished_ground(World(gateway), superuser, asyncio.get_running_loop())


def _run(ground: Ground, asked: argparse.Namespace) -> int:
    print(f"seed {asked.seed}; again: make differential OPERATIONS={asked.operations} SEED={asked.seed}")
    done, differences, began = 0, 0, time.monotonic()
    for batch in range((asked.operations + _BATCH - 1) // _BATCH):
        name = VOICES[batch % len(VOICES)]
        size = min(_BATCH, asked.operations - done)
        difference = _batch(ground, name, asked.seed * 1_000_003 + batch, size, shrink=not asked.keep_going)
        done += size
        rate = done / (time.monotonic() - began)
        print(f"{done:>9} of {asked.operations}, {rate:.0f} a second, as {name}: {ground.kinds}", flush=True)
        if difference is not None:
            differences += 1
            print(f"batch {batch}: {_brief(difference) if asked.keep_going else difference}", flush=True)
            if not asked.keep_going:
                return 1
    print("The planner and the reference agree." if not differences else f"{differences} batches differ.")
    return 1 if differences else 0


def _brief(difference: Different) -> str:
    """What differs and what was asked, without the two answers."""
    text = str(difference)
    return text.split("\nThe reference:")[0] + "\nAsked by" + text.rpartition("\nAsked by")[2]


def _batch(ground: Ground, name: str, number: int, size: int, *, shrink: bool) -> Different | None:
    try:
        ground.each(name, size, number, shrink=shrink)
    except Different as difference:
        return difference
    return None


if __name__ == "__main__":
    sys.exit(main())
