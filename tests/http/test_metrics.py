"""`GET /metrics`: exact figures, of no tenant, and only where it is turned on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from server.config import DATABASE, Settings
from server.db.launcher import EmbeddedPostgres
from server.db.policies import APP
from tests.factories.brands import Brand, World
from tests.factories.serving import Served, serving


async def _figures(served: Served) -> dict[str, float]:
    answer = await served.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = [line for line in answer.text.splitlines() if line.startswith("shuke_")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_what_is_counted(world: World, brand: Callable[..., Any], postgres: EmbeddedPostgres) -> None:
    mine: Brand = await brand()
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 3, "act_pool": 2, "metrics": True})
    async with serving(settings, postgres.dsn(APP, DATABASE)) as served:
        for _ in range(3):
            await served.ask(mine.key, "{ tenant { name } }")
        await served.ask(mine.key, "{ cursor tenant { name } }")
        await served.ask(None, "{ tenant { name } }")
        await served.ask(mine.key, "{ nothing }", accept="application/graphql-response+json")
        found = await _figures(served)
        text = (await served.http.get("/metrics")).text
    assert {name: value for name, value in found.items() if "bytes" not in name} == {
        'shuke_answers_total{status="200"}': 4,
        'shuke_answers_total{status="400"}': 1,
        'shuke_answers_total{status="401"}': 1,
        "shuke_operations_running": 0,
        "shuke_streams_open": 0,
        "shuke_plan_cache_hits_total": 2,
        "shuke_plan_cache_misses_total": 4,
        "shuke_plan_cache_evictions_total": 0,
        "shuke_snapshots_total": 1,
        "shuke_deadlines_missed_total": 0,
        "shuke_plan_cache_operations": 3,
        'shuke_pool_connections{pool="reads",state="idle"}': 2,
        'shuke_pool_connections{pool="reads",state="used"}': 0,
        'shuke_pool_connections{pool="acts",state="idle"}': 2,
        'shuke_pool_connections{pool="acts",state="used"}': 0,
        'shuke_pool_size{pool="reads"}': 3,
        'shuke_pool_size{pool="acts"}': 2,
    }
    assert found["shuke_plan_cache_bytes"] > 0
    assert "process_resident_memory_bytes" in text
    assert mine.tenant_id.hex not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)


@pytest.mark.parametrize(
    ("development", "metrics", "shown"),
    [(False, None, False), (True, None, True), (False, True, True), (True, False, False)],
)
def test_off_in_production_unless_a_setting_says_so(development: bool, metrics: bool | None, shown: bool) -> None:
    assert Settings(development=development, metrics=metrics).shows_metrics is shown


async def test_where_it_is_off_there_is_nothing(served: Served) -> None:
    assert (await served.http.get("/metrics")).status_code == 404
