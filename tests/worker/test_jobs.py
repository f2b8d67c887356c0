"""Long work is put in a queue by the act that begins it and worked off step by step, each step once and by one worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from server.config import DATABASE
from server.db import jobs
from server.db.database import Database
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.policies import WORKER
from server.db.work import Work
from server.ids import new_id
from server.tenants.commands import InviteStaff
from server.tenants.service.staff import invite_staff
from server.worker import take_step
from tests.factories.brands import Brand, World

Make = Callable[..., Awaitable[Brand]]
REST = timedelta(0)


@pytest.fixture
async def platform(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 3})
    opened = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    yield opened
    await opened.close()


async def queue(postgres: EmbeddedPostgres, kind: str) -> list[tuple[str, UUID | None, int]]:
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        rows = await connection.fetch("SELECT actor_kind, actor_id, attempts FROM platform.jobs WHERE kind = $1", kind)
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def test_a_job_goes_step_by_step_on_behalf_of_who_asked(
    world: World, postgres: EmbeddedPostgres, platform: Database, brand: Make
) -> None:
    one, kind, progress = await brand(), str(new_id()), new_id()
    async with one.work() as work:
        assert await jobs.enqueue(work, kind, progress)
        assert not await jobs.enqueue(work, kind, progress), "it waits already"
    assert await queue(postgres, kind) == [("OWNER", one.owner.principal_id, 0)]
    seen: list[Any] = []

    async def step(work: Work, id: UUID) -> timedelta | None:
        seen.append((work.tenant_id, work.caller.principal_id, id))
        await invite_staff(work, InviteStaff(name=f"Step {len(seen)}"))
        return REST if len(seen) < 3 else None

    database, before = world.gateway.services.database, len(await one.events())
    assert [await take_step(platform, database, {kind: step}) for _ in range(4)] == [True, True, True, False]
    assert seen == [(one.tenant_id, one.owner.principal_id, progress)] * 3
    assert [type for _, type in (await one.events())[before:]] == ["staff_member.invited"] * 3
    assert await queue(postgres, kind) == []


async def test_a_job_of_an_act_that_was_undone_is_not_there(
    world: World, postgres: EmbeddedPostgres, brand: Make
) -> None:
    one, kind = await brand(), str(new_id())

    async def undone() -> None:
        async with one.work() as work:
            await jobs.enqueue(work, kind, new_id())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert await queue(postgres, kind) == []


async def test_a_step_that_fails_is_undone_and_due_again_later(
    world: World, postgres: EmbeddedPostgres, platform: Database, brand: Make
) -> None:
    one, kind = await brand(), str(new_id())
    async with one.work() as work:
        await jobs.enqueue(work, kind, new_id())
    before = await one.count("staff_members")

    async def step(work: Work, id: UUID) -> timedelta | None:
        await invite_staff(work, InviteStaff(name="Nobody"))
        raise ZeroDivisionError

    database = world.gateway.services.database
    with capture_logs() as told:
        assert await take_step(platform, database, {kind: step})
    assert [(one["event"], one["kind"], one["again_in"]) for one in told] == [("job.failed", kind, 1.0)]
    assert not await take_step(platform, database, {kind: step}), "not before the wait is over"
    assert await queue(postgres, kind) == [("OWNER", one.owner.principal_id, 1)]
    assert await one.count("staff_members") == before


async def test_two_workers_never_do_one_step_together(
    world: World, postgres: EmbeddedPostgres, platform: Database, brand: Make
) -> None:
    one, kind = await brand(), str(new_id())
    async with one.work() as work:
        await jobs.enqueue(work, kind, new_id())
    held = asyncio.Event()
    let_go = asyncio.Event()

    async def step(work: Work, id: UUID) -> timedelta | None:
        held.set()
        await let_go.wait()
        return None

    database = world.gateway.services.database
    first = asyncio.create_task(take_step(platform, database, {kind: step}))
    await held.wait()
    assert not await take_step(platform, database, {kind: step})
    let_go.set()
    assert await first
    assert await queue(postgres, kind) == []


@pytest.mark.parametrize("statement", ["SELECT * FROM platform.jobs", "DELETE FROM platform.jobs"])
async def test_the_application_does_not_see_the_queue(brand: Make, statement: str) -> None:
    one = await brand()
    async with one.work() as work:
        savepoint = work.raw.transaction()
        await savepoint.start()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await work.raw.execute(statement)
        await savepoint.rollback()
