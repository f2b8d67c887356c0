"""The same faults for minutes: `make soak`."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.db.embedded import open_ground, postmaster
from tests.faults.running import Installation
from tests.faults.test_kill import furnish, load, verify

pytestmark = pytest.mark.soak


@pytest.fixture
def installation() -> Iterator[Installation]:
    with open_ground() as ground:
        made = Installation(ground)
        made.start()
        try:
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.stop()


async def test_server_and_database_are_killed_again_and_again(installation: Installation) -> None:
    key, customer = furnish(installation)
    chance = random.Random(7)

    def kill_server() -> None:
        installation.kill()
        installation.start()

    def kill_database() -> None:
        os.kill(postmaster(installation.folder), signal.SIGKILL)

    faults: list[Callable[[], None]] = [chance.choice((kill_server, kill_database)) for _ in range(25)]
    acknowledged = await load(installation, key, customer, faults, writes=59)
    await verify(installation, key, customer, acknowledged)
