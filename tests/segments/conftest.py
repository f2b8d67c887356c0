"""A shop served by a central ops group: two customers, of whom the clerk sees one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.factories.brands import Brand
from tests.factories.deals import Deal, deal


@pytest.fixture
async def shop(brand: Callable[..., Awaitable[Brand]]) -> Deal:
    return await deal(await brand(businessType="LOW_PRICE_B2C", industry="RETAIL"))
