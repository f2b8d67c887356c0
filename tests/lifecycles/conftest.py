"""What the tests of changing the operating model share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from server.lifecycles import changing
from tests.factories.brands import Brand, World
from tests.lifecycles.clinics import Clinic

Make = Callable[..., Awaitable[Brand]]


@pytest.fixture
def work_off(world: World) -> Callable[..., Awaitable[int]]:
    """Takes the steps of a brand's change as the worker would: `await work_off(brand)`, or only some of them."""

    async def run(brand: Brand, steps: int = 10_000) -> int:
        """Of this brand's changes; answers how many steps were done."""
        done = 0
        async with brand.work() as work:
            ids = [row["id"] for row in await work.raw.fetch("SELECT id FROM model_changes WHERE status = 'RUNNING'")]
        for id in ids:
            while done < steps:
                async with world.work(brand.owner) as work:
                    wait = await changing.take_step(work, id)
                done += 1
                if wait is None:
                    break
        return done

    return run


@pytest.fixture
async def clinic(brand: Make) -> Clinic:
    """Four customers: one of 小乖 alone, one of the doctor alone, one of 小乖, doctor and desk, one at the west store."""
    made = Clinic(
        await brand(
            businessType="LOW_PRICE_B2C",
            industry="PET_HOSPITAL",
            operatingModel={"kind": "CENTRAL_OPS_GROUP", "reason": "总部统一承接"},
            stores=[{"key": "east", "name": "东院"}, {"key": "west", "name": "西院"}],
        )
    )
    await made.furnish()
    await made.add("A1", "小乖")
    await made.add("B2", "秦朗")
    await made.add("C3", "小乖", "秦朗", "前台")
    await made.add("D4", "小新", store="west")
    return made
