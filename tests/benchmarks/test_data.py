"""The benchmarks' data is what the acts would have left: the acts themselves, run over it, change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Table

import server.schema.assembly
from benchmarks.data import Data, Sizes, opened, prepared
from server.access import keys
from server.app import open_gateway
from server.config import DATABASE, Settings
from server.customers import search, visibility
from server.customers.tables import Customer
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.migrations import create_database, drift, migrate
from server.db.policies import APP
from server.db.statements import table_of
from server.db.tables import metadata
from tests.db.embedded import open_ground
from tests.factories.brands import World

server.schema.assembly.build_schema()  # imports every domain's tables

SIZES = Sizes(tenants=2, customers=30, big=120, staff=3, big_staff=4)

ORPHANS = """
SELECT format('SELECT count(*) FROM %s x WHERE %s AND NOT EXISTS (SELECT 1 FROM %s y WHERE %s)', conrelid::regclass,
  (SELECT string_agg(format('x.%I IS NOT NULL', attname), ' AND ') FROM unnest(conkey) k
    JOIN pg_attribute ON attrelid = conrelid AND attnum = k), confrelid::regclass,
  (SELECT string_agg(format('x.%I = y.%I', a.attname, b.attname), ' AND ') FROM unnest(conkey, confkey) k (own, other)
    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = own
    JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = other))
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"""


@pytest.fixture(scope="module")
def data() -> Iterator[Data]:
    with open_ground() as ground:
        yield prepared(SIZES, ground / "bench")


@pytest.fixture(scope="module")
def database(data: Data) -> Iterator[EmbeddedPostgres]:
    with opened(data) as postgres:
        yield postgres


@pytest.fixture
async def admin(database: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.dsn(SUPERUSER, DATABASE))
    yield connection
    await connection.close()


@pytest.fixture
async def built(data: Data, database: EmbeddedPostgres) -> AsyncIterator[World]:
    settings = Settings(shuke_data=data.folder, database_url=None)
    async with open_gateway(settings, database.dsn(APP, DATABASE)) as gateway:
        yield World(gateway)


async def test_there_is_as_much_as_was_asked_for(data: Data, admin: asyncpg.Connection) -> None:
    def rows(table: str) -> str:
        return f"SELECT tenant_id::text, count(*) FROM {table} GROUP BY 1"

    assert data.big is not None
    small, big = [one.tenant_id for one in data.brands], data.big.tenant_id
    assert dict(await admin.fetch(rows("customers"))) == {small[0]: 30, small[1]: 30, big: 120}
    assert dict(await admin.fetch(rows("touchpoints"))) == {small[0]: 300, small[1]: 300, big: 480}
    assert dict(await admin.fetch(rows("feedback"))) == {small[0]: 90, small[1]: 90, big: 120}
    moments = dict(await admin.fetch(rows("wow_moments")))
    assert (moments[small[0]], moments[small[1]]) == (30, 30)


async def test_nothing_refers_to_what_is_not_there(admin: asyncpg.Connection) -> None:
    questions = [row[0] for row in await admin.fetch(ORPHANS)]
    assert len(questions) > 50
    assert [question for question in questions if await admin.fetchval(question)] == []


async def test_every_index_and_constraint_is_back(database: EmbeddedPostgres, admin: asyncpg.Connection) -> None:
    wanted = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    found = [row[0] for row in await admin.fetch(wanted)]
    await create_database(database.dsn(SUPERUSER, "postgres"), "fresh")
    await migrate(database.dsn(SUPERUSER, "fresh"), local=True)
    fresh = await asyncpg.connect(database.dsn(SUPERUSER, "fresh"))
    try:
        assert found == [row[0] for row in await fresh.fetch(wanted)]
    finally:
        await fresh.close()
    assert await drift(database.dsn(SUPERUSER, DATABASE)) == []


async def test_access_and_search_are_what_the_acts_would_write(
    data: Data, built: World, admin: asyncpg.Connection
) -> None:
    access = "SELECT tenant_id, staff_id, customer_id, via FROM customer_access ORDER BY 1, 2, 3, 4"
    terms = "SELECT tenant_id, customer_id, kind, term FROM search_terms ORDER BY 1, 2, 3, 4"
    before = [[tuple(row) for row in await admin.fetch(sql)] for sql in (access, terms)]
    assert data.big is not None
    for brand in (data.brands[0], data.big):
        owner = await keys.authenticate(built.gateway.services.database, f"Bearer {brand.key}")
        async with built.work(owner) as work:
            for customer in await work.rows(Customer, table_of(Customer).c.tenant_id == UUID(brand.tenant_id)):
                await visibility.refresh_customer(work, customer.id)
                await search.index_customer(work, customer)
    assert [[tuple(row) for row in await admin.fetch(sql)] for sql in (access, terms)] == before


async def test_one_staff_member_of_the_large_brand_sees_sixty_customers(data: Data, built: World) -> None:
    assert data.big is not None
    seen = await built.ask(data.big.scoped_key, "{ customers(first: 1) { totalCount } }")
    assert seen["data"]["customers"]["totalCount"] == 60


@pytest.mark.parametrize(
    "table", [table for table in metadata.sorted_tables if "customer_added_at" in table.c], ids=str
)
async def test_what_repeats_the_customers_time_says_the_same(admin: asyncpg.Connection, table: Table) -> None:
    told = (
        f"SELECT count(*), count(*) FILTER (WHERE x.customer_added_at = c.first_added_at) FROM {table.name} x"
        " JOIN customers c ON c.tenant_id = x.tenant_id AND c.id = x.customer_id"
    )
    rows, right = await admin.fetchrow(told)
    assert rows == right > 0


async def test_what_an_account_stands_at_is_the_sum_of_its_entries(admin: asyncpg.Connection) -> None:
    wrong = (
        "SELECT count(*) FROM trust_accounts a WHERE (SELECT (sum(amount), max(seq)) FROM trust_entries e"
        " WHERE e.tenant_id = a.tenant_id AND e.account_id = a.id) IS DISTINCT FROM (a.balance::numeric, a.last_seq)"
    )
    assert await admin.fetchval(wrong) == 0


def test_data_that_is_there_is_used_again(data: Data) -> None:
    assert prepared(SIZES, data.folder) == data
