"""However a bounded list is come by (gathered or walked), it holds the same rows in the same order, and its plan discards few."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from benchmarks import crowd, scale, scale_cases
from server.config import DATABASE
from server.db.budget import WALKED_TOO_FAR
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP
from server.errors import ErrorCode, RequestError
from server.ids import global_id
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


@pytest.mark.soak  # what PostgreSQL chooses for lists below a row still depends on the other tenants in the database
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


_PAGE = """query %s($first: Int, $last: Int, $after: String, $before: String, $filter: CustomerFilter, $order: CustomerOrder) {
  customers(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $order) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def _whole(brand: Brand, name: str, given: dict[str, Any], *, backwards: bool) -> list[str]:
    """The ids of the list, page by page. `name` makes it an operation of its own, with SQL of its own."""
    found: list[str] = []
    way: dict[str, Any] = {"last" if backwards else "first": 23}
    while True:
        listed = (await brand.ask(_PAGE % name, {**given, **way}))["data"]["customers"]
        ids, info = [one["id"] for one in listed["nodes"]], listed["pageInfo"]
        found = [*ids, *found] if backwards else [*found, *ids]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            return found
        way["before" if backwards else "after"] = info["startCursor" if backwards else "endCursor"]


@pytest.mark.parametrize(
    ("narrowed", "key", "field"),
    [
        ("r.channel_id = $2", "c.first_added_at", "ADDED_AT"),
        ("c.stage_id IS NULL", "c.name", "NAME"),
        ("c.stage_id IS NULL", "a.balance", "TRUST_BALANCE"),
        ("r.staff_id = $2 AND r.ended_at IS NULL", "c.updated_at", "UPDATED_AT"),
    ],
)
@pytest.mark.parametrize("gathered", [0, 10**6])
async def test_pages_make_up_the_list(
    crowded: Crowd, monkeypatch: pytest.MonkeyPatch, narrowed: str, key: str, field: str, gathered: int
) -> None:
    """Each row once, in order, forwards and backwards; also where a child matches twice and where many have the same key."""
    monkeypatch.setattr(bounding, "GATHERED", gathered)
    monkeypatch.setattr(bounding, "WALKED", 10**6)
    values = crowded.tenant.values
    by_filter: dict[str, tuple[dict[str, Any], list[Any]]] = {
        "r.channel_id = $2": (
            {"channel": {"eq": global_id("Channel", values["relationships.channel_id"]["frequent"])}},
            [values["relationships.channel_id"]["frequent"]],
        ),
        "c.stage_id IS NULL": ({"stage": {"isNull": True}}, []),
        "r.staff_id = $2 AND r.ended_at IS NULL": (
            {"staff": {"eq": global_id("StaffMember", values["relationships.staff_id"]["middling"])}},
            [values["relationships.staff_id"]["middling"]],
        ),
    }
    filter, parameters = by_filter[narrowed]
    async with crowded.brand.work() as work:
        rows = await work.raw.fetch(
            f"SELECT DISTINCT {key} AS key, c.id FROM customers c JOIN trust_accounts a ON a.customer_id = c.id"  # our own words
            f" LEFT JOIN relationships r ON r.customer_id = c.id WHERE c.tenant_id = $1 AND {narrowed} ORDER BY 1, 2",
            crowded.brand.tenant_id,
            *parameters,
        )
    expected = [global_id("Customer", row["id"]) for row in rows]
    assert len(expected) > 30
    given = {"filter": filter, "order": {"field": field, "direction": "ASC"}}
    assert await _whole(crowded.brand, f"Gathered{gathered}", given, backwards=False) == expected
    assert await _whole(crowded.brand, f"Gathered{gathered}", given, backwards=True) == expected


@pytest.mark.parametrize(
    "table", ["customer_access", "customer_needs", "customer_tags", "relationships", "search_terms"]
)
async def test_child_rows_repeat_when_their_customer_was_added(crowded: Crowd, table: str) -> None:
    """Whoever writes them: here the act, elsewhere whatever forgets to say it."""
    brand = await onboard(crowded.brand.world)
    invited = await brand.ask('mutation { inviteStaff(input: {name: "Ann"}) { staffMember { id } } }')
    staff = invited["data"]["inviteStaff"]["staffMember"]["id"]
    body = await brand.ask(
        'mutation($staff: ID!) { addCustomer(input: {staffId: $staff, name: "王伟", tags: ["a"], needs: [{text: "tea"}],'
        ' occurredAt: "2024-05-01T00:00:00Z"}) { userErrors { message } } }',
        {"staff": staff},
    )
    assert body["data"]["addCustomer"]["userErrors"] == []
    async with brand.work() as work:
        years = await work.raw.fetch(
            f"SELECT DISTINCT customer_added_at FROM {table} WHERE tenant_id = $1", brand.tenant_id
        )  # our own words
    assert [row[0] for row in years] == [datetime(2024, 5, 1, tzinfo=UTC)]


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
