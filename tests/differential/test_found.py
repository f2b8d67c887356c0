"""What generated operations found, each as a case with a name: compared like everything else."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from server.app import open_gateway
from server.db.launcher import SUPERUSER
from server.db.policies import APP
from tests.differential.comparing import differ
from tests.differential.generating import Operation
from tests.differential.ground import Ground
from tests.differential.reference import texts

FOUND = {
    # Without an aggregate the page was one row of the answer per item, or none: INTERNAL, or null for the whole list.
    "page info of one flag, backward": Operation("{ wowMoments(last: 3) { pageInfo { hasNextPage } } }"),
    "page info of one flag, forward": Operation("{ customers { pageInfo { hasPreviousPage } totalCount } }"),
    "page info of one flag, empty page": Operation(
        '{ items(filter: {key: {eq: "none"}}) { pageInfo { hasPreviousPage __typename } } }'
    ),
    "page info of its type alone": Operation("{ staff { pageInfo { __typename } } }"),
    # Types of one interface asked for the same keys in another order: one of them got the other's.
    "keys of interfaces in the order of each type": Operation(
        "{ events(first: 100) { nodes { ... on ApiKeyCreated { version cursor } ... on Event { cursor version } } } }"
    ),
    # Introspection was given coerced values as if they were raw ones; an enum's value is no enum's name.
    "introspection beside an enum variable": Operation(
        "query($d: OrderDirection!, $n: Int = 2) { __schema { queryType { name } } "
        "customers(orderBy: {field: NAME, direction: $d}, first: $n) { nodes { id } } }",
        {"d": "ASC"},
    ),
    # The refusal told Python's name of the operator.
    "a null operator by its own name": Operation("{ customers(filter: {homeStore: {isNull: null}}) { totalCount } }"),
    "introspection beside a time": Operation(
        'query($t: DateTime) { __type(name: "Query") { name } items(filter: {recordedAt: {from: $t}}) { totalCount } }',
        {"t": "2026-03-02T08:00:00Z"},
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(ground: Ground, name: str) -> None:
    for speaker in ("owner", "own-store"):
        ground.differ(speaker, FOUND[name])


@pytest.mark.parametrize(
    "query",
    [
        "{ events(first: 100) { nodes { __typename subject { __typename id } } } }",
        "{ customers(first: 100) { nodes { trust { entries { nodes { cause { id } } } } } } }",
    ],
)
def test_references_to_what_may_not_be_read(ground: Ground, query: str) -> None:
    """What was `null` for `node(id)` showed its type and id where something else referred to it."""
    ground.differ("few-permissions", Operation(query))
    ground.differ("integrator", Operation(query))


async def _set_version(ground: Ground, customer: UUID, version: int) -> None:
    connection = await asyncpg.connect(ground.dsn)
    try:
        await connection.execute("UPDATE customers SET version = $1 WHERE id = $2", version, customer)
    finally:
        await connection.close()
    await ground.reread()


def test_a_number_that_is_no_int(ground: Ground) -> None:
    """It was given out as it stood; a client that keeps to the specification refuses the whole answer."""
    # Of those who are listed, and through a case too: tests before this one may have merged somebody.
    listed = {
        row["id"]: row for row in ground.rows.of("customers", ground.brand.tenant_id) if row["merged_into"] is None
    }
    cases = ground.rows.of("cases", ground.brand.tenant_id)
    row = next(listed[case["customer_id"]] for case in cases if case["customer_id"] in listed)
    told = ground.kinds.get("errors", 0)
    ground.run(_set_version(ground, row["id"], 2**31))
    try:
        ground.differ("owner", Operation("{ customers(first: 100) { nodes { id version } totalCount } }"))
        ground.differ(
            "owner", Operation("{ cases(first: 100) { nodes { customer { version name team { since } } } } }")
        )
        id = texts.global_id("Customer", row["id"])
        ground.differ("owner", Operation("query($i: ID!) { node(id: $i) { ... on Customer { version } } }", {"i": id}))
    finally:
        ground.run(_set_version(ground, row["id"], row["version"]))
    assert ground.kinds["errors"] == told + 3


async def _set_positions(ground: Ground, table: str, positions: dict[UUID, int]) -> None:
    connection = await asyncpg.connect(ground.dsn)
    try:
        statement = f'UPDATE "{table}" SET position = $1 WHERE id = $2'  # a name of the test's own
        await connection.executemany(statement, [(position, id) for id, position in positions.items()])
    finally:
        await connection.close()
    await ground.reread()


async def _differ_without_indexes(ground: Ground, operation: Operation) -> None:
    """Read by a gateway whose connections use no index, so that rows come as they lie."""
    settings = ground.gateway.services.settings
    dsn = ground.dsn.replace(f"//{SUPERUSER}@", f"//{APP}@") + "&enable_indexscan=off&enable_bitmapscan=off"
    who = ground.voices["owner"]
    expected = ground.reference.answer(who.asker, operation.query, operation.variables)
    async with open_gateway(settings, dsn) as gateway:
        await differ(gateway, who, operation, expected)


@pytest.mark.parametrize("table", ["model_units", "model_stages"])
def test_equal_places_in_an_operating_model(ground: Ground, table: str) -> None:
    """They came in the order in which the rows happened to lie."""
    rows = ground.rows.of(table, ground.brand.tenant_id)
    before = {row["id"]: row["position"] for row in sorted(rows, key=lambda row: row["id"], reverse=True)}
    ground.run(_set_positions(ground, table, dict.fromkeys(before, 1)))
    try:
        query = "{ operatingModels { nodes { groups { id } roles { id } journey { id } listedStages { id } } } }"
        ground.run(_differ_without_indexes(ground, Operation(query)))
    finally:
        ground.run(_set_positions(ground, table, before))
