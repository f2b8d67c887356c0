"""A database of toy tables, protected like the real ones, and two tenants in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from server.access.caller import Caller
from server.access.permissions import DataScope, PrincipalKind
from server.config import Settings
from server.db.budget import REFUSE_WALK
from server.db.database import Database
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.migrations import _ROLES
from server.db.policies import APP, protection
from server.db.work import open_work
from server.ids import new_id
from server.planner.call import Call
from server.planner.executing import Execution
from server.planner.operations import Operations
from server.terms import Locale
from tests.planner import toy

A, B = UUID(int=0xA), UUID(int=0xB)
STAFF = UUID(int=0x5)
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Toy:
    database: Database
    operations: Operations
    ids: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def caller(self, tenant: UUID | None, *, staff: UUID | None = None, permissions: Any = ("SHOP_READ",)) -> Caller:
        scope = DataScope.OWN_CUSTOMERS if staff else DataScope.ALL
        return Caller(tenant, PrincipalKind.OWNER, None, staff, frozenset(permissions), scope)

    async def ask(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        caller: Caller | None = None,
        locale: Locale = Locale.EN,
    ) -> dict[str, Any]:
        asker = caller or self.caller(A)
        call = Call(caller=asker, locale=locale, request_id="test")
        ready = self.operations.prepare(query, None, variables, call)
        execution = Execution(ready.plan, ready.evaluated, call, asker.passage)
        text = await execution.query(self.database, self.operations.introspect(ready), ready.variables)
        answer: dict[str, Any] = json.loads(text)
        return answer


@pytest.fixture(scope="session")
async def toy_world(postgres: EmbeddedPostgres) -> AsyncIterator[Toy]:
    admin = await asyncpg.connect(postgres.dsn(SUPERUSER, "postgres"))
    await admin.execute("CREATE DATABASE toy TEMPLATE template0")
    await admin.close()
    dsn = postgres.dsn(SUPERUSER, "toy")
    admin = await asyncpg.connect(dsn)
    await admin.execute(_ROLES)
    await admin.execute(f"ALTER ROLE {APP} LOGIN")
    await admin.execute(f"CREATE SCHEMA platform; GRANT USAGE ON SCHEMA platform TO {APP}; {REFUSE_WALK}")
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn))
    async with engine.begin() as connection:
        await connection.run_sync(toy.toy_metadata.create_all)
    await engine.dispose()
    for table in toy.toy_metadata.sorted_tables:
        for statement in protection(table):
            await admin.execute(statement)
    await admin.close()
    database = await Database.open(postgres.dsn(APP, "toy"), Settings(read_pool=2, act_pool=2))
    world = Toy(database, Operations(toy.build(), max_cost=20_000))
    for tenant in (A, B):
        world.ids[tenant] = await _fill(database, tenant)
    yield world
    await database.close()


async def _fill(database: Database, tenant: UUID) -> dict[str, Any]:
    """Two shops, seven visitors, visits of both kinds; the same in both tenants but for ids."""
    async with open_work(database.acts, tenant, None) as unit:
        work: Any = unit  # toy rows are no tenant rows of the product
        shops = [
            work.add(toy.Shop(id=new_id(), name=name, name_zh=zh)) for name, zh in (("East", "东店"), ("West", "西店"))
        ]
        visitors = []
        for index in range(7):
            visitor = toy.Visitor(
                id=new_id(),
                name=f"V{index}" if index else '"quoted" \\ 熟客 \n',
                note=None if index % 2 else f"note {index}",
                points=index - 1,
                spent_minor=None if index == 3 else index * 12345,
                currency=None if index == 3 else ("JPY" if index == 4 else "CNY"),
                shop_id=None if index == 5 else shops[index % 2].id,
                since=START + timedelta(days=index, microseconds=index),
            )
            visitors.append(work.add(visitor))
            for number in range(index):
                work.add(
                    toy.Visit(
                        id=new_id(),
                        visitor_id=visitor.id,
                        shop_id=shops[0].id,
                        kind="BOOKED" if number % 3 == 0 else "WALK_IN",
                        minutes=10 * (number % 2) + index,
                        at=START + timedelta(hours=number),
                    )
                )
        work.add(toy.ToyAccess(id=new_id(), staff_id=STAFF, customer_id=visitors[2].id))
    return {"shops": [shop.id for shop in shops], "visitors": [visitor.id for visitor in visitors]}
