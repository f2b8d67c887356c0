"""Brands whose customers welcome every contact at any hour: what attention refuses is tested in tests/attention."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.factories.brands import Brand


@pytest.fixture
def brand(brand: Callable[..., Awaitable[Brand]]) -> Callable[..., Awaitable[Brand]]:
    async def make(**given: Any) -> Brand:
        one = await brand(**given)
        await one.welcome_everything()
        return one

    return make
