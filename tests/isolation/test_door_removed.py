"""With the door taken away every path fails closed, and row security alone decides who sees what.

The door is taken away where nothing can get round it: in the text of every statement that any connection is asked to run.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest
from asyncpg.connection import Connection

from server.access import keys
from server.access.caller import Caller
from server.access.permissions import DataScope
from server.config import DATABASE
from server.db.launcher import SUPERUSER, EmbeddedPostgres
from server.db.tenancy import Passage, Scope, pass_door
from server.errors import RequestError
from tests.differential.data import Rows
from tests.factories.brands import Brand, World, onboard, uuid_of
from tests.factories.furnished import CUSTOMER_SECRET, SECRET, furnish

_ASKS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")
Rewrite = Callable[[str], str]


class House(NamedTuple):
    """A furnished brand: what is asked of it, and how the whole database looks."""

    brand: Brand
    ids: dict[str, str]
    staff: Caller
    dsn: str

    async def rows(self) -> dict[str, list[dict[str, Any]]]:
        return (await Rows.read(self.dsn)).tables


@pytest.fixture(scope="module")
async def house(world: World, postgres: EmbeddedPostgres) -> House:
    brand = await onboard(world)
    ids = await furnish(brand)
    staff = brand.as_staff(uuid_of(ids["StaffMember"]), DataScope.OWN_CUSTOMERS)
    return House(brand, ids, staff, postgres.dsn(SUPERUSER, DATABASE))


def _rewriting(monkeypatch: pytest.MonkeyPatch, rewrite: Rewrite) -> list[str]:
    """From now on every statement is rewritten before it is sent; answers those that were changed."""
    changed: list[str] = []
    for name in _ASKS:
        asked = getattr(Connection, name)

        def ask(self: Any, query: str, *given: Any, _asked: Any = asked, **more: Any) -> Any:
            text = rewrite(query)
            if text != query:
                changed.append(text)
            return _asked(self, text, *given, **more)

        monkeypatch.setattr(Connection, name, ask)
    return changed


def _without_settings(query: str) -> str:
    """The values pass, but PostgreSQL is told nothing."""
    return re.sub(r"set_config\('app\.\w+', ([^,]+), true\)", r"(\1)::text", query)


# ---------------------------------------------------------------------------------------------------------------- paths

_READS = {
    "one statement": "{ customers { nodes { id name } } }",
    "a short closed list": "{ serviceRoles { id } }",
    "one row": "query($customer: ID!) { customer(id: $customer) { name identities { tail } } }",
    "a count": "{ touchpoints { totalCount } }",
    "a snapshot with computed fields": "{ customers { nodes { name team { personaName } } } }",
    "identities opened": "{ customers { nodes { identities { value } } } }",
    "what values point to": "query($customer: ID!) { node(id: $customer) { ... on Customer { name } } }",
    "several at once": "query($customer: ID!) { nodes(ids: [$customer]) { id ... on Customer { tags } } }",
    "the caller": "{ viewer { tenant { name } } }",
    "the log": "{ events { nodes { id subject { id } } } }",
    "the place in the log": "{ cursor }",
    "the vocabulary": "{ glossary { label } }",
    "advice on the brand's own facts": "{ adviseOperatingModel(profile: {}) { model } }",
    "by identity": '{ customerByIdentity(kind: PHONE, value: "13912345678") { name } }',
}

_ACTS = {
    "an act of one statement": (
        "mutation($customer: ID!, $staff: ID!) { recordTouchpoint(input: {customerId: $customer, staffId: $staff, "
        "direction: INBOUND, medium: WECOM_CHAT, purpose: ENQUIRY}) { touchpoint { id } userErrors { code } } }"
    ),
    "an act in a transaction": (
        'mutation($customer: ID!) { updateCustomer(input: {customerId: $customer, name: "Changed"}) '
        "{ customer { id } userErrors { code } } }"
    ),
    "an act under a key": (
        'mutation($customer: ID!) { recordNeed(input: {customerId: $customer, text: "x", clientMutationId: "k"}) '
        "{ need { id } userErrors { code } } }"
    ),
    "an act that adds rows of many tables": (
        'mutation($staff: ID!) { addCustomer(input: {name: "New", staffId: $staff}) { customer { id } userErrors { code } } }'
    ),
    "a brand that joins": (
        'mutation { onboardTenant(input: {name: "Nobody", slug: "nobody-at-all", businessType: B2B, '
        'industry: MANUFACTURING, owner: {name: "O", email: "o@nobody.example"}}) { tenant { id } userErrors { code } } }'
    ),
}


async def _asked(house: House, query: str, caller: Caller | None = None) -> dict[str, Any]:
    given = {"customer": house.ids["Customer"], "staff": house.ids["StaffMember"]}
    used = {name: value for name, value in given.items() if f"${name}:" in query}
    return await house.brand.world.ask(caller or house.brand.owner, query, used)


async def _told(house: House, query: str) -> str:
    """The whole answer, or what a refusal says."""
    try:
        return json.dumps(await _asked(house, query), ensure_ascii=False)
    except RequestError as refusal:
        return str(refusal.errors)


async def _fails(asking: Awaitable[Any]) -> None:
    """Nothing is answered: the statement itself ends in an error of PostgreSQL's."""
    with pytest.raises(
        (asyncpg.UndefinedObjectError, asyncpg.InvalidTextRepresentationError, asyncpg.InsufficientPrivilegeError)
    ):
        await asking


@pytest.mark.parametrize("path", _READS)
async def test_a_read_without_the_door_fails(house: House, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    assert "errors" not in await _asked(house, _READS[path])
    changed = _rewriting(monkeypatch, _without_settings)
    for caller in (house.brand.owner, house.staff):
        if path != "identities opened" or caller is house.brand.owner:
            await _fails(_asked(house, _READS[path], caller))
    assert changed


@pytest.mark.parametrize("path", _ACTS)
async def test_an_act_without_the_door_fails_and_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    before = await house.rows()
    with monkeypatch.context() as patch:
        changed = _rewriting(patch, _without_settings)
        await _fails(_asked(house, _ACTS[path]))
    assert changed
    assert await house.rows() == before


async def test_nobody_is_let_in_without_the_door(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    database = house.brand.world.gateway.services.database
    authorization = f"Bearer {house.brand.key}"
    assert (await keys.authenticate(database, authorization)).tenant_id == house.brand.tenant_id
    _rewriting(monkeypatch, _without_settings)
    await _fails(keys.authenticate(database, authorization))
    await _fails(database.confirm(house.brand.owner.passage))


async def test_nothing_is_followed_without_the_door(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = house.brand.world.gateway
    call = house.brand.world.call(house.brand.owner)
    ready = gateway.prepare("subscription($c: String) { events(after: $c) { id } }", None, {"c": None}, call)
    _rewriting(monkeypatch, _without_settings)
    await _fails(anext(aiter(gateway.follow(ready))))


async def test_what_an_event_points_to_is_not_read_without_the_door(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event's place is known; the door goes away before the event itself is read."""
    gateway = house.brand.world.gateway
    call = house.brand.world.call(house.brand.owner)
    query = "subscription($c: String!) { events(after: $c) { id customer { name } } }"
    ready = gateway.prepare(query, None, {"c": house.brand.onboarded["cursor"]}, call)
    following = aiter(gateway.follow(ready))
    assert "errors" not in json.loads(await anext(following))
    _rewriting(monkeypatch, _without_settings)
    await _fails(anext(following))


async def test_work_without_the_door_fails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _rewriting(monkeypatch, _without_settings)

    async def work() -> None:
        async with house.brand.work() as unit:
            await unit.raw.fetch("SELECT * FROM customers")

    await _fails(work())


# ---------------------------------------------------------------------------------------------- row security alone


@pytest.mark.parametrize("path", _READS)
async def test_a_door_of_no_tenant_shows_nothing(house: House, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    nobody = Passage(UUID(int=0), None, Scope.ALL)
    monkeypatch.setattr(Caller, "passage", property(lambda caller: nobody))
    answer = await _told(house, _READS[path])
    assert SECRET not in answer
    assert house.ids["Customer"] not in answer
    assert str(house.brand.tenant_id) not in answer


async def test_an_act_through_a_door_of_no_tenant_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await house.rows()
    stranger = house.brand.as_staff(uuid_of(house.ids["StaffMember"]), DataScope.ALL, house.brand.owner.permissions)
    nowhere = dataclasses.replace(stranger, tenant_id=UUID(int=0))
    for path in ("an act of one statement", "an act in a transaction", "an act that adds rows of many tables"):
        try:
            body = await _asked(house, _ACTS[path], nowhere)
        except (LookupError, asyncpg.PostgresError):
            continue
        assert SECRET not in json.dumps(body)
    assert await house.rows() == before


@pytest.mark.parametrize("path", _READS)
async def test_another_tenants_door_shows_nothing_of_the_first(
    house: House, world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The very SQL of the first brand's plans, with its ids and its caller, behind the door of another."""
    other = await onboard(world)
    passage = Passage(other.tenant_id, None, Scope.ALL)
    monkeypatch.setattr(Caller, "passage", property(lambda caller: passage))
    answer = await _told(house, _READS[path])
    assert SECRET not in answer
    assert house.ids["Customer"] not in answer


def _without_tenants(query: str) -> str:
    """Every condition on the tenant is true: only row security is left."""
    text = re.sub(r"(\w+)\.tenant_id = (?:door\.t::uuid|\w+\.tenant_id)", r"\1.tenant_id = \1.tenant_id", query)
    return re.sub(r"door\.t::uuid = (\w+)\.tenant_id", r"\1.tenant_id = \1.tenant_id", text)


@pytest.mark.parametrize("path", _READS)
async def test_row_security_alone_keeps_tenants_apart(
    house: House, world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Without a single condition on the tenant in the plans' SQL the answer stays what it was, for every kind of caller."""
    foreign = await onboard(world)
    await furnish(foreign)
    for caller in (house.brand.owner, house.staff):
        if path == "identities opened" and caller is house.staff:
            continue
        expected = await _asked(house, _READS[path], caller)
        with monkeypatch.context() as patch:
            changed = _rewriting(patch, _without_tenants)
            assert await _asked(house, _READS[path], caller) == expected
        assert changed or path == "the vocabulary"


async def test_row_security_alone_keeps_customers_apart(house: House) -> None:
    """A staff member who sees no customer reads none, whatever is asked of the tables themselves."""
    blind = Passage(house.brand.tenant_id, UUID(int=7), Scope.STAFF)
    async with house.brand.world.gateway.services.database.reads.acquire() as connection, connection.transaction():
        await pass_door(connection, blind)
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name = 'customer_id' AND table_name <> 'customer_access'"
        )
        for record in tables:
            rows = await connection.fetch(f'SELECT * FROM "{record["table_name"]}"')
            assert CUSTOMER_SECRET not in str(rows), record["table_name"]
        assert await connection.fetchval("SELECT count(*) FROM customers") == 0
