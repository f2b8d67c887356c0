"""The clinic chain most tests of this room happen in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.customers.clinic import Clinic
from tests.factories.brands import Brand


@pytest.fixture
async def clinic(brand: Callable[..., Awaitable[Brand]]) -> Clinic:
    """Medical aesthetics, one role per key node: customer service, consultant, doctor, store manager."""
    return Clinic(await brand())


@pytest.fixture
async def brandhouse(brand: Callable[..., Awaitable[Brand]]) -> Clinic:
    """A low-price brand with one central ops group."""
    return Clinic(await brand(businessType="LOW_PRICE_B2C", industry="FMCG"))
