"""A quote nobody answered runs out by the platform's clock, done by the worker in the brand's own unit of work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.config import DATABASE
from server.db.database import Database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import WORKER
from server.quotes.commands import DraftQuote, IssueQuote
from server.quotes.service.drafting import draft_quote
from server.quotes.service.issuing import issue_quote
from server.worker import run_due
from tests.factories.brands import World, onboard
from tests.quotes.people import DAY, house


@pytest.fixture
async def platform(world: World, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 2})
    database = await Database.open(postgres.dsn(WORKER, DATABASE), settings, role=WORKER)
    yield database
    await database.close()


async def test_a_quote_runs_out_once(world: World, platform: Database) -> None:
    shop = await house(await onboard(world, industry="HOME_DECORATION"))
    async with shop.work() as work:
        at = work.now - 40 * DAY
        over = await draft_quote(work, DraftQuote(customer_id=shop.customer, **shop.terms(at, days=30, occurred_at=at)))
        over = await issue_quote(work, IssueQuote(quote_id=over.id, occurred_at=at))
    valid = await shop.issued(item=shop.kitchen)
    database = world.gateway.services.database
    while await run_due(platform, database):
        pass
    expired = await shop.quote(over.id)
    assert (expired.status, expired.ended_at) == ("EXPIRED", expired.valid_until)
    assert (await shop.quote(valid.id)).status == "ISSUED"
    assert await run_due(platform, database) == 0
    assert (await shop.told())[-1] == "quote.expired"
    assert (await shop.told()).count("quote.expired") == 1
    body = await shop.brand.ask(
        "{ events(first: 100, types: [QUOTE_EXPIRED]) { nodes { actor { kind id } occurredAt } } }"
    )
    [event] = body["data"]["events"]["nodes"]
    assert event["actor"] == {"kind": "PUBLIC", "id": None}
