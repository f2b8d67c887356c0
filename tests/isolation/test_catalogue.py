"""Rules over PostgreSQL's own catalogue, so that a new table is covered on the day it is made."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Table

import server.schema.assembly
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import APP, OWNER, WORKER
from server.db.tables import metadata
from tests.factories.brands import World

server.schema.assembly.build_schema()  # imports every domain's tables


def tables(*, tenant: bool) -> list[Table]:
    found = [table for table in metadata.sorted_tables if table.info.get("tenant") is tenant]
    assert found
    return found


@pytest.fixture(scope="module")
async def owner(postgres: EmbeddedPostgres, world: World) -> AsyncIterator[asyncpg.Connection]:
    """A look at the migrated database from outside the application."""
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    yield connection
    await connection.close()


def test_every_table_is_declared_as_a_tenants_or_the_platforms() -> None:
    assert [table.name for table in metadata.sorted_tables if "tenant" not in table.info] == []


async def test_every_table_there_is_was_declared(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    declared = {f"{table.schema or 'public'}.{table.name}" for table in metadata.sorted_tables}
    assert {row["name"] for row in rows} == declared | {"public.alembic_version"}


@pytest.mark.parametrize("table", tables(tenant=True), ids=str)
async def test_a_tenants_table_is_protected(owner: asyncpg.Connection, table: Table) -> None:
    row = await owner.fetchrow(
        "SELECT relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) AS owner FROM pg_class "
        "WHERE oid = $1::text::regclass",
        table.name,
    )
    assert tuple(row) == (True, True, OWNER)
    policies = {
        row["policyname"]: row
        for row in await owner.fetch(
            "SELECT * FROM pg_policies WHERE schemaname = 'public' AND tablename = $1", table.name
        )
    }
    tenant = "(tenant_id = ( SELECT (current_setting('app.tenant_id'::text))::uuid AS current_setting))"
    assert policies["tenant"]["qual"] == policies["tenant"]["with_check"] == tenant
    assert (policies["tenant"]["cmd"], policies["tenant"]["roles"]) == ("ALL", [APP])
    scoped = table.info["customer"] is not None
    assert set(policies) == ({"tenant", "scope"} if scoped else {"tenant"})
    if scoped:
        assert (policies["scope"]["permissive"], policies["scope"]["cmd"]) == ("RESTRICTIVE", "SELECT")
        assert f"(a.customer_id = {table.name}.{table.info['customer']})" in policies["scope"]["qual"]


@pytest.mark.parametrize("table", tables(tenant=True), ids=str)
async def test_what_names_a_customer_is_scoped_by_it(table: Table) -> None:
    """A column called customer_id and no scope would show a store's customers to another store."""
    if "customer_id" in table.c and table.name != "customer_access":
        assert table.info["customer"] == "customer_id"


@pytest.mark.parametrize("table", tables(tenant=True), ids=str)
async def test_every_key_starts_with_the_tenant(owner: asyncpg.Connection, table: Table) -> None:
    rows = await owner.fetch(
        "SELECT c.relname, a.attname, i.indisprimary FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = $1::text::regclass",
        table.name,
    )
    assert {row["attname"] for row in rows} == {"tenant_id"}
    assert sum(row["indisprimary"] for row in rows) == 1


async def test_every_foreign_key_stays_inside_the_tenant(owner: asyncpg.Connection) -> None:
    """A single-column foreign key would accept another tenant's row, and say whether it exists."""
    rows = await owner.fetch(
        "SELECT con.conname, a.attname AS own, f.attname AS other FROM pg_constraint con "
        "JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.conkey[1] "
        "JOIN pg_attribute f ON f.attrelid = con.confrelid AND f.attnum = con.confkey[1] WHERE con.contype = 'f'"
    )
    assert len(rows) > 20
    assert [row["conname"] for row in rows if (row["own"], row["other"]) != ("tenant_id", "tenant_id")] == []


@pytest.mark.parametrize("table", tables(tenant=True), ids=str)
async def test_grants_are_what_was_declared(owner: asyncpg.Connection, table: Table) -> None:
    rows = await owner.fetch(
        "SELECT grantee, privilege_type FROM information_schema.role_table_grants "
        "WHERE table_schema = 'public' AND table_name = $1 AND grantee <> $2",
        table.name,
        OWNER,
    )
    rights = {"SELECT", "INSERT"} if table.info["append_only"] else {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {(row["grantee"], row["privilege_type"]) for row in rows} == {(APP, right) for right in rights}


@pytest.mark.parametrize("table", [t for t in tables(tenant=True) if t.info["append_only"]], ids=str)
async def test_append_only_holds_for_the_owner_too(owner: asyncpg.Connection, table: Table) -> None:
    triggers = await owner.fetch(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal AND tgenabled = 'O'",
        table.name,
    )
    assert [row["tgname"] for row in triggers] == ["append_only"]


@pytest.mark.parametrize("table", tables(tenant=False), ids=str)
async def test_the_application_has_no_right_on_platform_tables(owner: asyncpg.Connection, table: Table) -> None:
    assert table.info["reason"]
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        assert not await owner.fetchval(
            "SELECT has_table_privilege($1, $2, $3)", APP, f"{table.schema}.{table.name}", right
        )


async def test_the_roles_cannot_get_round_the_policies(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = ANY($1)",
        [OWNER, APP, WORKER],
    )
    assert len(rows) == 3
    assert not any(any(list(row)[1:]) for row in rows)
    owned = await owner.fetch("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = ANY($1)", [APP, WORKER])
    assert owned == []


async def test_functions_that_run_as_their_owner_are_the_known_ones(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT n.nspname || '.' || p.proname AS name, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    )
    assert {row["name"] for row in rows} == {
        "platform.claim_slug",
        "platform.tenant_by_slug",
        "platform.enqueue",
        "platform.epoch",
        "platform.remember_onboarding",
        "platform.recall_onboarding",
        "platform.set_clock",
        "platform.stop_clock",
    }
    assert all(row["proconfig"] == ["search_path=platform, pg_temp"] for row in rows)


async def test_order_columns_are_never_null() -> None:
    """A keyset page over a nullable column would lose the rows without value."""
    from server.planner.declarations import PLAN, Connection

    schema = server.schema.assembly.build_schema()._schema
    seen = 0
    for type_ in schema.type_map.values():
        for name, field in getattr(type_, "fields", {}).items():
            declaration = getattr(field.extensions.get("strawberry-definition"), "metadata", {}).get(PLAN)
            if isinstance(declaration, Connection):
                assert declaration.orders is not None
                for order in declaration.orders.by.values():
                    assert not order.column.nullable, f"{type_.name}.{name} orders by {order.column}"
                    seen += 1
    assert seen > 10
