"""Who was let in before is remembered, and the door confirms the key in the very statement that reads or acts.

So a key that ended, or changed its rights, in this process or in any other, opens nothing from the next request on.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from tests.access.test_api_keys import CREATE, act, invited
from tests.factories.brands import Brand, uuid_of
from tests.factories.serving import Served, received, subscribe

Make = Callable[..., Awaitable[Brand]]

VIEWER = "{ viewer { kind } }"
ONE_STATEMENT = "{ customers(first: 1) { nodes { id } } }"
SNAPSHOT = "{ cursor }"
EVENTS = "{ events(first: 1) { edges { cursor } } }"
NO_STATEMENT = "{ __typename }"
ACT = 'mutation { inviteStaff(input: {name: "New"}) { staffMember { id } userErrors { code } } }'
NO_ACT = "mutation { __typename }"
ENDINGS = {
    "revoked": "UPDATE api_keys SET revoked_at = now() WHERE id = $1",
    "expired": "UPDATE api_keys SET expires_at = now() WHERE id = $1",
    "gone": "DELETE FROM api_keys WHERE id = $1",
}


async def elsewhere(brand: Brand, sql: str, id: str) -> None:
    """Change a row as another process would: nothing in this one is told."""
    async with brand.work() as work:
        await work.raw.execute(sql, uuid_of(id))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("query", [ONE_STATEMENT, SNAPSHOT, NO_STATEMENT, ACT, NO_ACT])
async def test_a_key_that_ended_elsewhere_opens_nothing(brand: Make, served: Served, query: str, ending: str) -> None:
    one = await brand()
    made = await act(one, CREATE, name="K", kind="OWNER")
    assert "errors" not in (await served.ask(made["secret"], query)).json()
    await elsewhere(one, ENDINGS[ending], made["apiKey"]["id"])
    log, staff = await one.events(), await one.count("staff_members")
    answer = await served.ask(made["secret"], query)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert (await one.events(), await one.count("staff_members")) == (log, staff)


async def test_rights_that_changed_elsewhere_count_at_once(brand: Make, served: Served) -> None:
    one = await brand()
    made = await act(one, CREATE, name="K", kind="INTEGRATOR", permissions=["CUSTOMER_READ"])
    secret, id = made["secret"], made["apiKey"]["id"]
    assert (await served.ask(secret, EVENTS)).status_code == 403
    await elsewhere(one, "UPDATE api_keys SET permissions = '{EVENT_READ}' WHERE id = $1", id)
    assert (await served.ask(secret, EVENTS)).status_code == 200
    assert (await served.ask(secret, ONE_STATEMENT)).status_code == 403


async def test_a_narrower_scope_counts_at_once(brand: Make, served: Served) -> None:
    one = await brand()
    staff_id = await invited(one, dataScope="ALL")
    secret = (await act(one, CREATE, name="K", kind="STAFF", staffId=staff_id))["secret"]
    customer = 'mutation { upsertCustomers(input: {rows: [{name: "Wang"}]}) { results { customer { id } } } }'
    assert (await served.ask(one.key, customer)).json()["data"]["upsertCustomers"]["results"][0]["customer"]
    assert len((await served.ask(secret, ONE_STATEMENT)).json()["data"]["customers"]["nodes"]) == 1
    await elsewhere(one, "UPDATE staff_members SET data_scope = 'OWN_CUSTOMERS' WHERE id = $1", staff_id)
    assert (await served.ask(secret, ONE_STATEMENT)).json()["data"]["customers"]["nodes"] == []
    await elsewhere(one, "UPDATE staff_members SET left_at = joined_at WHERE id = $1", staff_id)
    assert (await served.ask(secret, ONE_STATEMENT)).status_code == 401


async def test_only_the_first_of_several_acts_asks_for_the_key(brand: Make, served: Served) -> None:
    """An operation that has done something is never run again, and what it did stays."""
    one = await brand()
    made = await act(one, CREATE, name="K", kind="OWNER")
    key = made["apiKey"]["id"]
    query = (
        f'mutation {{ a: revokeApiKey(input: {{apiKeyId: "{key}"}}) {{ userErrors {{ code }} }}'
        ' b: inviteStaff(input: {name: "New"}) { userErrors { code } } }'
    )
    before = await one.count("staff_members")
    assert (await served.ask(made["secret"], query)).json() == {
        "data": {"a": {"userErrors": []}, "b": {"userErrors": []}}
    }
    assert await one.count("staff_members") == before + 1
    assert (await served.ask(made["secret"], VIEWER)).status_code == 401


async def test_a_socket_ends_with_its_key(brand: Make, served: Served) -> None:
    one = await brand()
    made = await act(one, CREATE, name="K", kind="INTEGRATOR")
    async with served.socket(made["secret"]) as socket:
        await subscribe(socket, "a", ONE_STATEMENT)
        assert [(await received(socket))["type"] for _ in range(2)] == ["next", "complete"]
        await elsewhere(one, ENDINGS["revoked"], made["apiKey"]["id"])
        await subscribe(socket, "b", ONE_STATEMENT)
        refused = await received(socket)
        assert (refused["type"], json.dumps(refused).count("UNAUTHENTICATED")) == ("error", 1)
        await socket.wait_closed()
        assert socket.close_code == 4403
