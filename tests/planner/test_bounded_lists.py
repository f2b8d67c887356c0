"""However a bounded list is come by (gathered or walked), it holds the same rows in the same order, and its plan discards few."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from benchmarks import crowd, scale, scale_cases
from server.config import DATABASE
from server.db.budget import WALKED_TOO_FAR
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP
from server.errors import ErrorCode, RequestError
from server.planner import bounding
from server.planner.operations import Operations
from server.schema.assembly import build_schema
from tests.factories.brands import Brand, World, onboard

_CUSTOMERS = 3_000
_SHARE = 53
"""Every so many cases are asked: the whole list takes minutes."""


@dataclass
class Crowd:
    brand: Brand
    tenant: scale_cases.Tenant
    connection: asyncpg.Connection


@pytest.fixture(scope="module")
async def crowded(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Crowd]:
    brand = await onboard(world)
    admin = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    await crowd.fill(admin, brand.tenant_id, _CUSTOMERS, touchpoints=2)
    await admin.execute("ANALYZE")
    tenant = await scale_cases.Tenant.read(admin, Operations(build_schema(), max_cost=10**6), brand.tenant_id)
    await admin.close()
    # So few rows PostgreSQL would rather read whole than by an index.
    settings = {"jit": "off", "enable_seqscan": "off", "enable_bitmapscan": "off"}
    connection = await asyncpg.connect(postgres.dsn(APP, DATABASE), server_settings=settings)
    yield Crowd(brand, tenant, connection)
    await connection.close()


def _some(tenant: scale_cases.Tenant, share: int) -> list[scale_cases.Case]:
    every = scale_cases.cases(Operations(build_schema(), max_cost=10**6), tenant, 5)
    return [case for number, case in enumerate(every) if number % share == 0]


async def _answer(crowded: Crowd, measuring: scale.Measuring, case: scale_cases.Case) -> Any:
    text, values = measuring.statement(crowded.tenant, case)
    row = await crowded.connection.fetchrow(text, *values)
    return json.loads(row[0])


async def test_gathered_and_walked_are_the_same(crowded: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _some(crowded.tenant, _SHARE)
    answers = []
    for gathered, walked in ((0, 10**8), (10**8, 10**8), (40, 10**8)):
        monkeypatch.setattr(bounding, "GATHERED", gathered)
        monkeypatch.setattr(bounding, "SPREAD", gathered)
        monkeypatch.setattr(bounding, "WALKED", walked)
        measuring = scale.Measuring(crowded.connection)
        answers.append([await _answer(crowded, measuring, case) for case in cases])
    only_walked, only_gathered, mixed = answers
    for case, one, other, third in zip(cases, only_walked, only_gathered, mixed, strict=True):
        assert one == other == third, case.name
    assert sum('"nodes":[]' not in json.dumps(one, separators=(",", ":")) for one in only_walked) > len(cases) / 2


async def test_plans_discard_little(crowded: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure of `benchmarks/scale.py`, all sizes divided by twenty."""
    monkeypatch.setattr(bounding, "GATHERED", 100)
    monkeypatch.setattr(bounding, "WALKED", 100)
    monkeypatch.setattr(scale, "FULL_PAGE", 5)
    measuring = scale.Measuring(crowded.connection)
    outcomes = [
        await measuring.outcome(case, crowded.tenant, None, crowded.tenant, runs=0)
        for case in _some(crowded.tenant, _SHARE)
    ]
    assert [one.name for one in outcomes if one.too_many] == []
    assert sum(one.refused for one in outcomes) < len(outcomes) / 4


async def test_a_walk_without_end_is_refused(crowded: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounding, "GATHERED", 10)
    monkeypatch.setattr(bounding, "WALKED", 50)
    brand = crowded.brand
    many = '{ found: customers(filter: {tag: {eq: "tag 7"}}, orderBy: {field: NAME, direction: ASC}) { nodes { id } } }'
    with pytest.raises(RequestError) as refused:
        await brand.ask(many)
    assert refused.value.code is ErrorCode.TOO_COMPLEX
    assert str(refused.value).startswith("found: too many rows would have to be looked through")
    held = '{ customers(filter: {tag: {eq: "tag 7"}}, first: 3) { nodes { id tags } } }'
    nodes = (await brand.ask(held))["data"]["customers"]["nodes"]
    assert len(nodes) == 3
    assert all("tag 7" in one["tags"] for one in nodes)


async def test_the_refusal_has_a_state_of_its_own(crowded: Crowd) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await crowded.connection.fetchval("SELECT platform.refuse_walk('here')")
    assert (refused.value.sqlstate, str(refused.value)) == (WALKED_TOO_FAR, "here")
