"""graphql-transport-ws, message by message, over a plain WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.typing import Subprotocol

from server.http.limits import Limits
from server.terms import Locale
from tests.http.frames import closing, complete_of, error_of, next_of, receive, send, subscribe
from tests.http.serving import Running, running

INIT = {"type": "connection_init"}


# ------------------------------------------------------------------------------------------- handshake


@pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["soap"]])
async def test_other_subprotocols_are_4406(server: Running, offered: list[str] | None) -> None:
    subprotocols = None if offered is None else [Subprotocol(name) for name in offered]
    try:
        async with server.socket(subprotocols=subprotocols) as socket:
            assert socket.subprotocol is None
            assert await closing(socket) == (4406, "Subprotocol not acceptable: graphql-transport-ws only")
    except TimeoutError:
        pytest.fail("the socket stayed open")


async def test_ours_is_chosen_among_several(server: Running) -> None:
    offered = [Subprotocol("graphql-ws"), Subprotocol("graphql-transport-ws")]
    async with server.socket(subprotocols=offered, additional_headers={"x-request-id": "s1"}) as socket:
        assert socket.subprotocol == "graphql-transport-ws"
        assert socket.response is not None
        assert socket.response.headers["x-request-id"] == "s1"


async def test_initialisation_is_awaited_only_so_long() -> None:
    async with running(limits=Limits(init_seconds=0.2)) as server:
        async with server.socket() as socket:
            await send(socket, {"type": "ping"})
            assert await receive(socket) == {"type": "pong"}
            assert await closing(socket) == (4408, "Connection initialisation timeout")
        async with server.initialised() as socket:
            await asyncio.sleep(0.3)
            await subscribe(socket, "1", "{hello}")
            assert await receive(socket) == next_of("1", {"hello": "Hello world"})


async def test_second_initialisation_is_4429(server: Running) -> None:
    async with server.initialised() as socket:
        await send(socket, INIT)
        assert await closing(socket) == (4429, "Too many initialisation requests")


async def test_second_initialisation_is_4429_while_the_first_is_pending(server: Running) -> None:
    async with server.socket() as socket:
        await send(socket, {**INIT, "payload": {"authorization": "Bearer slow"}})
        await send(socket, INIT)
        assert await closing(socket) == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("first", [None, {**INIT, "payload": {"authorization": "Bearer slow"}}])
async def test_subscribing_before_the_acknowledgement_is_4401(server: Running, first: dict[str, Any] | None) -> None:
    before = server.gateway.prepared
    async with server.socket() as socket:
        if first is not None:
            await send(socket, first)
        await subscribe(socket, "1", "{hello}")
        assert await closing(socket) == (4401, "Unauthorized")
    assert server.gateway.prepared == before


# ----------------------------------------------------------------------------------------- credentials


@pytest.mark.parametrize(
    ("payload", "is_public"),
    [
        (None, True),
        ({}, True),
        ({"authorization": None, "other": 1}, True),
        ({"authorization": "Bearer good"}, False),
        ({"Authorization": "Bearer good"}, False),
        ({"AUTHORIZATION": "Bearer good"}, False),
    ],
)
async def test_credential_comes_with_the_initialisation(
    server: Running, payload: dict[str, Any] | None, is_public: bool
) -> None:
    async with server.initialised(payload) as socket:
        await subscribe(socket, "1", "{hello}")
        assert await receive(socket) == next_of("1", {"hello": "Hello world"})
    assert server.gateway.contexts[-1].caller.is_public is is_public


@pytest.mark.parametrize(
    ("authorization", "closed"),
    [
        ("Bearer bad", (4403, "Unknown credential.")),
        ("", (4403, "Unknown credential.")),
        ("Bearer busy", (1013, "Busy.")),
        ("Bearer bug", (4500, "Internal error")),
    ],
)
async def test_refused_initialisation(server: Running, authorization: str, closed: tuple[int, str]) -> None:
    with capture_logs() as logs:
        async with server.socket() as socket:
            await send(socket, {**INIT, "payload": {"authorization": authorization}})
            assert await closing(socket) == closed
    assert [entry["event"] for entry in logs] == (["unhandled exception"] if closed[0] == 4500 else [])


async def test_socket_ends_with_its_credential(server: Running) -> None:
    async with server.initialised({"authorization": "Bearer short"}) as socket:
        await subscribe(socket, "1", "subscription{forever}")
        assert await receive(socket) == next_of("1", {"forever": 0})
        assert await closing(socket) == (4403, "Credential expired")
    await settled(server)


async def test_revoked_credential_ends_the_socket(server: Running) -> None:
    async with server.initialised({"authorization": "Bearer good"}) as socket:
        await subscribe(socket, "1", "subscription{revoked}")
        assert await receive(socket) == next_of("1", {"revoked": 1})
        assert await receive(socket) == error_of("1", "The credential was revoked.", code="UNAUTHENTICATED")
        assert await closing(socket) == (4403, "Credential no longer valid")


async def test_public_caller_keeps_the_socket_when_asked_to_sign_in(server: Running) -> None:
    async with server.initialised() as socket:
        await subscribe(socket, "1", "{secret}")
        assert await receive(socket) == error_of("1", "Not for you.", code="UNAUTHENTICATED", paths=["secret"])
        await still_open(socket)


# ------------------------------------------------------------------------------------------ operations


async def test_queries_mutations_and_subscriptions(server: Running) -> None:
    async with server.initialised() as socket:
        await subscribe(
            socket,
            "q",
            "query A{locale} query B($n:String){hello(name:$n)}",
            operationName="B",
            variables={"n": "熟客"},
        )
        assert [await receive(socket), await receive(socket)] == [
            next_of("q", {"hello": "Hello 熟客"}),
            complete_of("q"),
        ]
        total = server.gateway.total
        await subscribe(socket, "m", "mutation{increment(by:2)}", variables=None, operationName=None, extensions=None)
        assert [await receive(socket), await receive(socket)] == [
            next_of("m", {"increment": total + 2}),
            complete_of("m"),
        ]
        await subscribe(socket, "s", "subscription{count(to:3)}")
        assert [await receive(socket) for _ in range(4)] == [
            *(next_of("s", {"count": number}) for number in (1, 2, 3)),
            complete_of("s"),
        ]


async def test_context_of_an_operation(server: Running) -> None:
    async with server.socket(additional_headers={"x-request-id": "s2", "accept-language": "zh"}) as socket:
        await send(socket, INIT)
        assert await receive(socket) == {"type": "connection_ack"}
        for number in (1, 2):
            await subscribe(socket, "same", "{requestId locale}")
            assert await receive(socket) == next_of("same", {"requestId": f"s2.{number}", "locale": "ZH"})
            assert await receive(socket) == complete_of("same")
    context = server.gateway.contexts[-1]
    assert (context.locale, context.idempotency_key, context.read_only_transport) == (Locale.ZH, None, False)


async def test_operations_run_side_by_side(server: Running) -> None:
    async with server.initialised() as socket:
        await subscribe(socket, "slow", "{slow(seconds:0.2)}")
        await subscribe(socket, '"\\', "{hello}")
        assert await receive(socket) == next_of('"\\', {"hello": "Hello world"})
        assert await receive(socket) == complete_of('"\\')
        assert await receive(socket) == next_of("slow", {"slow": "done"})
        assert await receive(socket) == complete_of("slow")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{nope}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($s:Float!){slow(seconds:$s)}", "BAD_USER_INPUT"),
        ("query A{hello} query B{hello}", "BAD_USER_INPUT"),
        ('{refuse(code:"RATE_LIMITED")}', "RATE_LIMITED"),
    ],
)
async def test_bad_operation_ends_alone(server: Running, query: str, code: str) -> None:
    async with server.initialised() as socket:
        await subscribe(socket, "1", query)
        answer = await receive(socket)
        assert (answer["id"], answer["type"]) == ("1", "error")
        assert [error["extensions"]["code"] for error in answer["payload"]] == [code]
        await still_open(socket, id="1")


async def test_stream_that_fails_ends_alone(server: Running) -> None:
    async with server.initialised() as socket:
        await subscribe(socket, "1", "subscription{expired}")
        assert await receive(socket) == next_of("1", {"expired": 1})
        assert await receive(socket) == error_of("1", "The cursor is of another epoch.", code="CURSOR_EXPIRED")
        await still_open(socket)


@pytest.mark.parametrize("query", ["{bug}", "subscription{bug}"])
async def test_bug_is_masked_and_logged_once(server: Running, query: str) -> None:
    with capture_logs() as logs:
        async with server.socket(additional_headers={"x-request-id": "s3"}) as socket:
            await send(socket, INIT)
            assert await receive(socket) == {"type": "connection_ack"}
            await subscribe(socket, "1", query)
            if query.startswith("subscription"):
                assert await receive(socket) == next_of("1", {"bug": 1})
            assert await receive(socket) == error_of("1", "Internal error", code="INTERNAL", requestId="s3.1")
            await still_open(socket)
    assert [(entry["event"], entry["request_id"]) for entry in logs] == [("unhandled exception", "s3.1")]


async def test_complete_cancels_and_frees_the_id(server: Running) -> None:
    async with server.initialised() as socket:
        await subscribe(socket, "1", "subscription{forever}")
        assert await receive(socket) == next_of("1", {"forever": 0})
        assert server.gateway.open_streams == 1
        await send(socket, complete_of("1"))
        await still_open(socket, id="1")
        assert server.gateway.open_streams == 0
        await send(socket, complete_of("unknown"))
        await still_open(socket)


async def test_complete_does_not_cut_an_act_off(server: Running) -> None:
    total = server.gateway.total
    async with server.initialised() as socket:
        await subscribe(socket, "1", "mutation{increment(by:5 seconds:0.2)}")
        await asyncio.sleep(0.05)
        await send(socket, complete_of("1"))
        await asyncio.sleep(0.3)
        await still_open(socket)
    assert server.gateway.total == total + 5


async def test_act_survives_the_loss_of_its_socket_but_streams_do_not(server: Running) -> None:
    total = server.gateway.total
    async with server.initialised() as socket:
        await subscribe(socket, "s", "subscription{forever}")
        assert await receive(socket) == next_of("s", {"forever": 0})
        await subscribe(socket, "m", "mutation{increment(by:7 seconds:0.2)}")
        await asyncio.sleep(0.05)
        socket.transport.abort()
    await asyncio.sleep(0.4)
    assert (server.gateway.total, server.gateway.open_streams) == (total + 7, 0)


async def test_id_in_use_is_4409(server: Running) -> None:
    async with server.initialised() as socket:
        await subscribe(socket, "1", "subscription{forever}")
        assert await receive(socket) == next_of("1", {"forever": 0})
        await subscribe(socket, "1", "{hello}")
        assert await closing(socket) == (4409, "Subscriber for 1 already exists")
    await settled(server)


async def test_reason_of_a_close_fits_its_frame(server: Running) -> None:
    id = "熟" * 200
    async with server.initialised() as socket:
        await subscribe(socket, id, "subscription{forever}")
        assert (await receive(socket))["id"] == id
        await subscribe(socket, id, "{hello}")
        assert await closing(socket) == (4409, "Subscriber for " + "熟" * 36)


async def test_operations_of_one_socket_are_bounded() -> None:
    async with running(limits=Limits(operations_per_socket=2)) as server, server.initialised() as socket:
        for id in ("1", "2"):
            await subscribe(socket, id, "subscription{forever}")
            assert await receive(socket) == next_of(id, {"forever": 0})
        await subscribe(socket, "3", "{hello}")
        message = "A socket carries 2 operations at a time."
        assert await receive(socket) == error_of("3", message, code="RATE_LIMITED", retryAfter=1)
        await send(socket, complete_of("2"))
        await subscribe(socket, "3", "{hello}")
        assert await receive(socket) == next_of("3", {"hello": "Hello world"})


# -------------------------------------------------------------------------------------------- messages


async def test_ping_and_pong(server: Running) -> None:
    async with server.socket() as socket:
        for message in ({"type": "pong"}, {"type": "pong", "payload": {"a": 1}}, {"type": "ping"}):
            await send(socket, message)
        assert await receive(socket) == {"type": "pong"}
        await send(socket, {"type": "ping", "payload": {"at": [1, None]}})
        assert await receive(socket) == {"type": "pong", "payload": {"at": [1, None]}}
        await send(socket, {"type": "ping", "payload": None})
        assert await receive(socket) == {"type": "pong"}


NOT_JSON = "Invalid message: The body is not valid JSON in UTF-8, or its numbers are beyond bounds."


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b'{"type":"ping"}', "Invalid message: it must be text."),
        ("", NOT_JSON),
        ("{", NOT_JSON),
        ("[" * 100_000, "Invalid message: The document is nested deeper than 64 levels."),
        ("1" * 5_000, NOT_JSON),
        ("null", "Invalid message: it must be an object."),
        ("[]", "Invalid message: it must be an object."),
        ("{}", "Invalid message: its type is unknown."),
        ('{"type":1}', "Invalid message: its type is unknown."),
        ('{"type":"start","id":"1","payload":{"query":"{hello}"}}', "Invalid message: its type is unknown."),
        ('{"type":"connection_ack"}', "Invalid message: its type is unknown."),
        ('{"type":"next","id":"1","payload":{}}', "Invalid message: its type is unknown."),
        ('{"type":"ping","payload":1}', 'Invalid message: "payload" must be an object or null.'),
        ('{"type":"pong","payload":[]}', 'Invalid message: "payload" must be an object or null.'),
        ('{"type":"connection_init","payload":"x"}', 'Invalid message: "payload" must be an object or null.'),
        (
            '{"type":"connection_init","payload":{"authorization":1}}',
            'Invalid message: "authorization" must be one string.',
        ),
        (
            '{"type":"connection_init","payload":{"authorization":"a","Authorization":"b"}}',
            'Invalid message: "authorization" must be one string.',
        ),
        ('{"type":"complete"}', 'Invalid message: "id" must be a string that is not empty.'),
    ],
    ids=lambda value: None if len(value) < 1 else str(value[:40]),
)
async def test_unreadable_message_is_4400(server: Running, message: str | bytes, reason: str) -> None:
    async with server.socket() as socket:
        await send(socket, message)
        assert await closing(socket) == (4400, reason)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"id": "", "payload": {"query": "{hello}"}}, '"id" must be a string that is not empty.'),
        ({"id": 1, "payload": {"query": "{hello}"}}, '"id" must be a string that is not empty.'),
        ({"id": "1"}, "The request must be a JSON object, and this is not one."),
        ({"id": "1", "payload": {}}, '"query" must be given, as a string.'),
        ({"id": "1", "payload": {"query": "{hello}", "variables": []}}, '"variables" must be an object or null.'),
        ({"id": "1", "payload": {"query": "{hello}", "operationName": 1}}, '"operationName" must be a string or null.'),
    ],
)
async def test_subscription_of_the_wrong_shape_is_4400(server: Running, message: dict[str, Any], reason: str) -> None:
    async with server.initialised() as socket:
        await send(socket, {"type": "subscribe", **message})
        assert await closing(socket) == (4400, f"Invalid message: {reason}")


async def test_message_may_not_exceed_the_limit() -> None:
    async with running(limits=Limits(body_bytes=1000)) as server, server.initialised() as socket:
        await subscribe(socket, "1", "{hello}" + " " * 1000)
        assert await closing(socket) == (1009, "A message is larger than 1000 bytes.")


async def test_slow_reader_slows_its_own_stream(server: Running) -> None:
    server.gateway.produced = 0
    async with server.socket(max_queue=1, compression=None) as socket:
        await send(socket, INIT)
        assert await receive(socket) == {"type": "connection_ack"}
        await subscribe(socket, "1", "subscription{flood(bytes:1000000)}")
        produced = -1
        while produced != server.gateway.produced:
            produced = server.gateway.produced
            await asyncio.sleep(0.2)
        # What the kernel buffers on both sides of a loopback connection, and no more.
        assert 1 <= produced <= 30
        assert (await server.post("{hello}")).status_code == 200
        for _ in range(produced + 5):
            assert len((await receive(socket))["payload"]["data"]["flood"]) == 1_000_000
        assert server.gateway.produced > produced
        socket.transport.abort()
    await settled(server)


async def settled(server: Running) -> None:
    """Streams of closed sockets are gone soon."""
    for _ in range(50):
        if not server.gateway.open_streams:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{server.gateway.open_streams} streams are still open")


async def still_open(socket: Any, *, id: str = "next") -> None:
    await subscribe(socket, id, "{hello}")
    assert await receive(socket) == next_of(id, {"hello": "Hello world"})
    assert await receive(socket) == complete_of(id)


def test_messages_are_what_json_says() -> None:
    from server.http import messages

    assert json.loads(messages.next_prefix('a"b') + b"{}" + b"}") == {"id": 'a"b', "type": "next", "payload": {}}
