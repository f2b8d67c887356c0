"""What `shuke explain` says of round trips is what is sent: the statements of real operations of every kind are counted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from server.app import open_gateway
from server.config import DATABASE
from server.db import database
from server.db.launcher import EmbeddedPostgres
from server.db.policies import APP
from server.ids import global_id
from server.planner.explaining import PlanDescription
from server.trust.accounts import open_account
from tests.factories.brands import Brand, World, onboard
from tests.factories.furnished import furnish
from tests.touchpoints import people

_OF_THE_TAILER = "platform.stream_positions"


@dataclass
class Counted:
    """A brand in an installation of one connection for reads and one for acts, and everything that was sent on them."""

    world: World
    brand: Brand
    ids: dict[str, str]
    sent: list[str]

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> tuple[PlanDescription, list[str]]:
        """What is said of the operation, and the statements that were sent for it."""
        call = self.world.call(self.brand.owner)
        gateway = self.world.gateway
        plan = gateway.operations.explain(gateway.prepare(query, None, variables, call))
        self.sent.clear()
        answer = await self.brand.ask(query, variables)
        await asyncio.sleep(0)  # a driver tells of its last statement a turn of the loop later
        assert "errors" not in answer
        for payload in answer["data"].values():
            assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
        return plan, [one for one in self.sent if _OF_THE_TAILER not in one]


@pytest.fixture
async def counted(world: World, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counted]:
    sent: list[str] = []
    prepare = database.prepare_connection

    async def listened_to(connection: asyncpg.Connection) -> None:
        await prepare(connection)
        connection.add_query_logger(lambda record: sent.append(record.query))

    monkeypatch.setattr(database, "prepare_connection", listened_to)
    settings = world.gateway.services.settings.model_copy(update={"read_pool": 1, "act_pool": 1})
    async with open_gateway(settings, postgres.dsn(APP, DATABASE)) as gateway:
        own = World(gateway)
        brand = await onboard(own)
        ids = await furnish(brand)
        await brand.welcome_everything()
        async with brand.work() as work:  # whom nobody has contacted yet
            newcomer = people.customer(work)
            await open_account(work, newcomer)
            ids["Newcomer"] = global_id("Customer", newcomer)
        yield Counted(own, brand, ids, sent)


_READS = {
    "rows alone": ("{ customers(first: 1) { nodes { name identities { kind } } totalCount } tenant { name } }", 1),
    "nothing of the database": ('{ __type(name: "Query") { name } }', 1),
    "a function that reads": ("{ cursor }", 4),
    "rows a pure function points to": ('{ node(id: "$Customer") { ... on Customer { name } } }', 4),
    "rows of two types": ('{ nodes(ids: ["$Customer", "$Store"]) { id } }', 4),
    "rows with what Python makes of them": ("{ customers(first: 1) { nodes { identities { value } } } }", 4),
    "a function over rows": ('{ customers { nodes { trust { balanceAt(time: "2030-01-01T00:00:00Z") } } } }', 5),
    "events": ("{ events(first: 1) { nodes { id } } }", 5),
}


def _filled(query: str, ids: dict[str, str]) -> str:
    return re.sub(r"\$([A-Z]\w+)", lambda found: ids[found[1]], query)


@pytest.mark.parametrize(("query", "trips"), _READS.values(), ids=_READS)
async def test_reads(counted: Counted, query: str, trips: int) -> None:
    plan, sent = await counted.ask(_filled(query, counted.ids))
    more = 1 if query.startswith("{ nodes(") else 0  # one statement for each type met, which only the ids tell
    assert (plan.round_trips, len(sent)) == (trips, trips + more), sent
    assert sum(step.round_trips for step in plan.steps) == trips


_ADJUST = (
    'adjustTrust(input: {customerId: "$Customer", deposit: 1, reason: "r"KEY}) { cursor userErrors { code } FIELDS }'
)
_RECORD = (
    'recordTouchpoint(input: {customerId: "$Newcomer", staffId: "$StaffMember", direction: OUTBOUND, medium: WECOM_CHAT,'
    " purpose: ENQUIRYKEY}) { userErrors { code } FIELDS }"
)


def _worded(act: str, fields: str, key: str = "") -> str:
    return act.replace("KEY", f', clientMutationId: "{key}"' if key else "").replace("FIELDS", fields)


def _own(sent: list[str]) -> list[str]:
    """The statements an act in a transaction sends for itself: those within its savepoint."""
    (start,) = [index for index, one in enumerate(sent) if one.startswith("SAVEPOINT")]
    (end,) = [index for index, one in enumerate(sent) if one.startswith("RELEASE SAVEPOINT")]
    return sent[start + 1 : end]


@pytest.mark.parametrize(
    ("fields", "key", "trips"),
    [
        ("", "", 7),
        ("trustEntry { amount }", "", 8),
        ("trustEntry { amount } trustAccount { balance }", "", 9),
        ("trustEntry { amount }", "k1", 10),
    ],
)
async def test_acts_in_a_transaction(counted: Counted, fields: str, key: str, trips: int) -> None:
    plan, sent = await counted.ask(_filled(f"mutation {{ {_worded(_ADJUST, fields, key)} }}", counted.ids))
    own = _own(sent)
    assert (plan.round_trips, len(sent)) == (trips, trips - 1 + len(own)), sent
    assert (sent[0], sent[-1]) == ("BEGIN;", "COMMIT;")


@pytest.mark.parametrize(
    ("fields", "trips", "more"),
    [
        ("", 1, 0),
        ("touchpoint { id medium staff { name } }", 1, 0),
        # The customer's turn rides along where all is one statement; here the act takes it by itself.
        ("touchpoint { customer { touchpoints(first: 1) { nodes { id } } } }", 7, 1),
    ],
)
async def test_acts_at_once(counted: Counted, fields: str, trips: int, more: int) -> None:
    plan, sent = await counted.ask(_filled(f"mutation {{ {_worded(_RECORD, fields)} }}", counted.ids))
    assert (plan.round_trips, len(sent)) == (trips, trips + more), sent


async def test_an_act_at_once_with_a_key_is_an_ordinary_one(counted: Counted) -> None:
    query = _filled(f"mutation {{ {_worded(_RECORD, 'touchpoint { id }', 'k2')} }}", counted.ids)
    plan, sent = await counted.ask(query)
    assert (plan.round_trips, len(sent)) == (10, 10 - 1 + len(_own(sent))), sent


async def test_several_acts(counted: Counted) -> None:
    query = f"mutation {{ __typename a: {_worded(_RECORD, '')} b: {_worded(_RECORD, 'touchpoint { id }')} }}"
    plan, sent = await counted.ask(_filled(query, counted.ids))
    # The second contact is weighed against the first one, so its facts are asked.
    assert (plan.round_trips, len(sent)) == (2, 3), sent
    plan, sent = await counted.ask("mutation { __typename }")
    assert (plan.round_trips, len(sent)) == (1, 1), sent


async def test_an_event_that_is_followed(counted: Counted) -> None:
    gateway, call = counted.world.gateway, counted.world.call(counted.brand.owner)
    first = (await counted.brand.ask("{ events(first: 1) { nodes { cursor } } }"))["data"]["events"]["nodes"][0]
    query = "subscription($c: String) { events(after: $c) { type subject { id } } }"
    ready = gateway.prepare(query, None, {"c": first["cursor"]}, call)
    stream = gateway.follow(ready)
    await anext(stream)
    counted.sent.clear()
    await anext(stream)
    sent = [one for one in counted.sent if _OF_THE_TAILER not in one]
    await stream.aclose()  # type: ignore[attr-defined]  # a generator, which the protocol does not say
    assert (gateway.operations.explain(ready).round_trips, len(sent)) == (4, 4), sent
