"""Following the log over graphql-transport-ws, as an integrator does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError

from tests.factories.brands import Brand
from tests.factories.serving import Served, received, subscribe

Make = Callable[..., Awaitable[Brand]]

_FOLLOW = """
subscription($after: String, $types: [EventType!]) { events(after: $after, types: $types) {
  __typename cursor type actor { kind } subject { __typename id } ... on StaffMemberInvited { staffId }
} }
"""
_INVITE = "mutation($name: String!) { inviteStaff(input: {name: $name}) { cursor userErrors { message } staffMember { id } } }"


async def test_from_a_cursor_then_live_including_ones_own(served: Served, brand: Make) -> None:
    made = await brand()
    first = (await served.ask(made.key, _INVITE, {"name": "One"})).json()["data"]["inviteStaff"]
    async with served.socket(made.key) as socket:
        await subscribe(socket, "1", _FOLLOW, {"after": made.onboarded["cursor"]})
        caught_up = await received(socket)
        second = (await served.ask(made.key, _INVITE, {"name": "Two"})).json()["data"]["inviteStaff"]
        live = await received(socket)
    for message, act in ((caught_up, first), (live, second)):
        event = message["payload"]["data"]["events"]
        assert message["type"] == "next"
        assert event == {
            "__typename": "StaffMemberInvited",
            "cursor": act["cursor"],
            "type": "STAFF_MEMBER_INVITED",
            "actor": {"kind": "OWNER"},
            "subject": {"__typename": "StaffMember", "id": act["staffMember"]["id"]},
            "staffId": act["staffMember"]["id"],
        }


async def test_nothing_of_another_brand_arrives(served: Served, brand: Make) -> None:
    made, other = await brand(), await brand()
    async with served.socket(made.key) as socket:
        await subscribe(socket, "1", _FOLLOW)
        await asyncio.sleep(0.3)
        await served.ask(other.key, _INVITE, {"name": "Foreign"})
        own = (await served.ask(made.key, _INVITE, {"name": "Own"})).json()["data"]["inviteStaff"]
        message = await received(socket)
    assert message["payload"]["data"]["events"]["cursor"] == own["cursor"]


async def test_a_bad_cursor_ends_the_operation_not_the_socket(served: Served, brand: Make) -> None:
    made = await brand()
    async with served.socket(made.key) as socket:
        await subscribe(socket, "1", _FOLLOW, {"after": "nonsense"})
        refused = await received(socket)
        assert (refused["type"], refused["id"]) == ("error", "1")
        assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await subscribe(socket, "2", "{ tenant { name } }")
        answered = await received(socket)
        assert answered["payload"] == {"data": {"tenant": {"name": made.onboarded["tenant"]["name"]}}}


async def _drain(socket: ClientConnection, messages: list[dict[str, Any]]) -> None:
    while True:
        messages.append(await received(socket))


async def test_a_revoked_key_ends_its_live_subscriptions(served: Served, brand: Make) -> None:
    made = await brand()
    created = (
        await served.ask(
            made.key,
            'mutation { createApiKey(input: {name: "bot", kind: INTEGRATOR}) { apiKey { id } secret userErrors { message } } }',
        )
    ).json()["data"]["createApiKey"]
    async with served.socket(created["secret"]) as socket:
        await subscribe(socket, "1", _FOLLOW)
        await asyncio.sleep(0.2)
        await served.ask(
            made.key,
            "mutation($id: ID!) { revokeApiKey(input: {apiKeyId: $id}) { userErrors { message } } }",
            {"id": created["apiKey"]["id"]},
        )
        messages: list[dict[str, Any]] = []
        with pytest.raises(ConnectionClosedError):
            await _drain(socket, messages)
        assert socket.close_code == 4403
    assert messages[-1]["type"] == "error"
    assert messages[-1]["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_narrowed_scope_ends_live_subscriptions_too(served: Served, brand: Make) -> None:
    made = await brand()
    ask = served.ask
    invited = await ask(made.key, 'mutation { inviteStaff(input: {name: "S", dataScope: ALL}) { staffMember { id } } }')
    staff = invited.json()["data"]["inviteStaff"]["staffMember"]["id"]
    created = await ask(
        made.key,
        'mutation($s: ID!) { createApiKey(input: {name: "s", kind: STAFF, staffId: $s}) { secret userErrors { message } } }',
        {"s": staff},
    )
    async with served.socket(created.json()["data"]["createApiKey"]["secret"]) as socket:
        await subscribe(socket, "1", _FOLLOW)
        await asyncio.sleep(0.2)
        await ask(
            made.key,
            "mutation($s: ID!) { updateStaff(input: {staffId: $s, dataScope: OWN_CUSTOMERS}) { userErrors { message } } }",
            {"s": staff},
        )
        messages: list[dict[str, Any]] = []
        with pytest.raises(ConnectionClosedError):
            await _drain(socket, messages)
        assert socket.close_code == 4403
