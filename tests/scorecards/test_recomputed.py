"""Every figure, and the facts behind it, against the same counted a second time in plain Python over the raw rows.

The other count is `tests/differential/reference/scoring.py`, which shares nothing with the room. The facts are made up by
chance; one of the brands changed its operating model in the middle of them.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from server.access.permissions import DataScope
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.operations.metrics import COMMON_BRAND_METRICS, Metric
from server.planner.operations import Operations
from server.schema.assembly import build_schema
from server.schema.gateway import Gateway
from tests.differential import sweeping
from tests.differential.comparing import Voice, compare, ours, voice
from tests.differential.data import Rows
from tests.differential.generating import Operation
from tests.differential.reference.counting import Counting
from tests.differential.reference.executing import Reference
from tests.differential.reference.scoring import FACTS
from tests.factories.brands import Brand, World
from tests.scorecards.chance import Chance

Make = Callable[..., Awaitable[Brand]]
OVERRIDE = """
mutation($input: OverrideOperatingModelInput!) { overrideOperatingModel(input: $input) { userErrors { message } } }
"""


async def differences(gateway: Gateway, who: Voice, reference: Reference, operation: Operation) -> None:
    compare(await ours(gateway, who, operation), reference.answer(who.asker, operation.query, operation.variables))


def operations(reference: Reference, who: Voice) -> list[Operation]:
    """Cards split and narrowed in every way, of the whole of the made up time and of a part of it."""
    today = datetime.now(UTC).date()
    eyes = reference.reading(who.asker).eyes
    ids = {
        type_name: sorted(row["id"] for row in eyes.all(table))
        for type_name, table in (
            ("Store", "stores"),
            ("StaffMember", "staff_members"),
            ("Channel", "channels"),
            ("ServiceRole", "service_roles"),
        )
    }
    days = (today - timedelta(days=41), today - timedelta(days=3))
    return [*sweeping.of_scorecards(ids, *days), *sweeping.of_funnels(ids, *days)]


async def furnished(one: Brand, number: int) -> None:
    async with one.work() as work:
        await Chance(work, random.Random(number)).furnish(26)


@pytest.fixture(scope="module")
def unbounded(world: World) -> Gateway:
    """Refuses nothing for its cost: these operations ask for every field of every card at once."""
    return Gateway(Operations(build_schema(), max_cost=10**9), world.gateway.services)


@pytest.mark.parametrize("industry", ["MEDICAL_AESTHETICS", "FMCG"])
async def test_figures_equal_their_recomputation(
    brand: Make, postgres: EmbeddedPostgres, unbounded: Gateway, industry: str
) -> None:
    low = industry == "FMCG"
    one = await brand(businessType="LOW_PRICE_B2C" if low else "HIGH_PRICE_B2C", industry=industry)
    if low:
        body = await one.ask(OVERRIDE, {"input": {"kind": "PER_ROLE", "reason": "门店自己承接"}})
        assert body["data"]["overrideOperatingModel"]["userErrors"] == []
        await _changed(postgres, one, datetime.now(UTC) - timedelta(days=20))
    await furnished(one, len(industry))
    async with one.work() as work:
        staff = await work.raw.fetchval("SELECT id FROM staff_members ORDER BY key LIMIT 1")
        await work.raw.execute(
            "INSERT INTO customer_access (tenant_id, id, staff_id, customer_id, via, customer_added_at) "
            "SELECT tenant_id, gen_random_uuid(), $1, id, 'RELATIONSHIP', first_added_at FROM customers "
            "WHERE get_byte(uuid_send(id), 15) % 2 = 0",
            staff,
        )
    reference = Reference(await Rows.read(postgres.dsn(SUPERUSER, DATABASE)), one.world.gateway.services.epoch)
    owner, person = voice("owner", one.owner), voice("person", one.as_staff(staff, DataScope.OWN_STORE), "ZH")
    for operation in operations(reference, owner)[:: 3 if low else 1]:
        await differences(unbounded, owner, reference, operation)
    for operation in operations(reference, person)[:2]:
        await differences(unbounded, person, reference, operation)
    _assert_varied(reference, owner)


async def _changed(postgres: EmbeddedPostgres, one: Brand, when: datetime) -> None:
    """As if the model had changed then."""
    connection = await asyncpg.connect(postgres.dsn(SUPERUSER, DATABASE))
    try:
        for text in (
            "UPDATE operating_models SET until = $2, since = $2::timestamptz - interval '1 year' WHERE tenant_id = $1 AND NOT in_force",
            "UPDATE operating_models SET since = $2 WHERE tenant_id = $1 AND in_force",
        ):
            await connection.execute(text, one.tenant_id, when)
    finally:
        await connection.close()


def _assert_varied(reference: Reference, who: Voice) -> None:
    """What was compared is not nothing: of every metric that is answered for there are hits and misses."""
    now = datetime.now(UTC)
    counting = Counting(reference.reading(who.asker).eyes, now - timedelta(days=40), now, now)
    answered: set[Metric] = set(COMMON_BRAND_METRICS) & set(FACTS)
    for version in counting.versions:
        answered |= {metric for metrics in counting.answering(version).values() for metric in metrics} & set(FACTS)
    long = {Metric.REFERRAL_RATE} | {
        Metric(row["metric"]) for row in counting.eyes.all("metric_parameters") if row["days"] > 40
    }
    found = {metric: {fact.result for fact in FACTS[metric](counting, metric)} for metric in answered}
    assert {metric: results for metric, results in found.items() if len(results) < 2 and metric not in long} == {}
