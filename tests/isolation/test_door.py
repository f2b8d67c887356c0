"""The door: without it every path fails, through it one sees one tenant, and afterwards nothing of it is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.db.tenancy import Passage, Scope, pass_door
from tests.factories.brands import Brand, World

Make = Callable[..., Awaitable[Brand]]


async def test_the_application_is_no_superuser(world: World) -> None:
    for pool in (world.gateway.services.database.acts, world.gateway.services.database.reads):
        async with pool.acquire() as connection:
            row = await connection.fetchrow(
                "SELECT session_user::text, current_user::text, rolsuper, rolbypassrls FROM pg_roles "
                "WHERE rolname = current_user"
            )
            assert tuple(row) == ("shuke_app", "shuke_app", False, False)


async def test_without_the_door_a_fresh_connection_fails(world: World) -> None:
    connection = await world.gateway.services.database.connect()
    try:
        with pytest.raises(asyncpg.UndefinedObjectError, match=r"app\.tenant_id"):
            await connection.fetch("SELECT * FROM customers")
    finally:
        await connection.close()


async def test_without_the_door_a_used_connection_fails_too(world: World, brand: Make) -> None:
    made = await brand()
    connection = await world.gateway.services.database.connect()
    try:
        async with connection.transaction():
            await pass_door(connection, Passage(made.tenant_id, None, Scope.ALL))
            assert await connection.fetchval("SELECT count(*) FROM tenants") == 1
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await connection.fetch("SELECT * FROM tenants")
    finally:
        await connection.close()


async def test_no_tenant_no_sql(world: World) -> None:
    async with world.gateway.services.database.acts.acquire() as connection:
        nothing: Any = None
        with pytest.raises(TypeError, match="needs a tenant"):
            await pass_door(connection, Passage(nothing, None, Scope.ALL))


async def test_another_tenants_rows_can_be_neither_read_nor_written(world: World, brand: Make) -> None:
    mine, other = await brand(), await brand()
    async with mine.work() as work:
        assert await work.raw.fetchval("SELECT count(*) FROM tenants WHERE tenant_id = $1", other.tenant_id) == 0
        assert await work.raw.execute("DELETE FROM staff_members WHERE tenant_id = $1", other.tenant_id) == "DELETE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with work.savepoint():
                await work.raw.execute(
                    "INSERT INTO search_terms (tenant_id, id, customer_id, kind, term) VALUES ($1, $2, $2, 'NAME', 'x')",
                    other.tenant_id,
                    UUID(int=1),
                )


async def test_nothing_session_level_is_left_behind(world: World, brand: Make) -> None:
    made = await brand()
    await made.ask("{ viewer { kind } tenant { name } }")
    database = world.gateway.services.database
    for pool in (database.acts, database.reads):
        for _ in range(pool.get_size()):
            async with pool.acquire() as connection:
                for name in ("app.tenant_id", "app.staff_id", "app.scope"):
                    assert await connection.fetchval("SELECT current_setting($1, true)", name) in (None, "")


async def test_a_reader_cannot_write(world: World) -> None:
    async with world.gateway.services.database.reads.acquire() as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("CREATE TABLE x (i int)")
