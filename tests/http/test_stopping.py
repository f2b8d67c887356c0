"""A graceful stop: what runs may end, what streams can be resumed, and nothing new begins."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from server.http.limits import Limits
from server.http.stopping import Tracker
from tests.http.frames import closing, complete_of, error_of, next_of, receive, send, subscribe
from tests.http.serving import Running, running

GOING_AWAY = {
    "errors": [
        {"message": "The server is going away. Try again.", "extensions": {"code": "UNAVAILABLE", "retryAfter": 5}}
    ]
}


async def begin_stop(server: Running) -> None:
    server.server.should_exit = True
    for _ in range(100):
        if (await server.http.get("/readyz")).status_code == 503:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the server did not begin to stop")


async def test_operation_in_progress_ends_and_nothing_new_begins() -> None:
    async with running() as server:
        slow = asyncio.create_task(server.post("mutation{increment(seconds:0.6)}"))
        await asyncio.sleep(0.1)
        await begin_stop(server)
        prepared = server.gateway.prepared
        refused = await server.post("{hello}", accept="application/json")
        assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (503, "5", GOING_AWAY)
        assert server.gateway.prepared == prepared
        ready = await server.http.get("/readyz")
        assert (ready.status_code, ready.json()["status"], ready.headers["retry-after"]) == (503, "stopping", "5")
        assert (await server.http.get("/healthz")).status_code == 200
        with pytest.raises(InvalidStatus) as denied:
            await server.socket()
        assert denied.value.response.status_code == 503
        assert denied.value.response.headers["retry-after"] == "5"
        answer = await slow
        assert answer.status_code == 200
        assert answer.json() == {"data": {"increment": 1}}
        await server.serving


async def test_socket_is_closed_with_1001_and_its_streams_stay_resumable() -> None:
    async with running() as server, server.initialised() as socket:
        await subscribe(socket, "s", "subscription{forever}")
        assert await receive(socket) == next_of("s", {"forever": 0})
        server.server.should_exit = True
        # No `complete`: the client would take that for the end of the subscription.
        assert await closing(socket) == (1001, "Going away, resume from your cursor")
        await server.serving
        assert server.gateway.open_streams == 0


async def test_socket_waits_for_its_act() -> None:
    async with running() as server, server.initialised() as socket:
        await subscribe(socket, "m", "mutation{increment(seconds:0.6)}")
        await subscribe(socket, "s", "subscription{forever}")
        assert await receive(socket) == next_of("s", {"forever": 0})
        await begin_stop(server)
        await subscribe(socket, "late", "{hello}")
        refusal = GOING_AWAY["errors"][0]
        assert await receive(socket) == error_of("late", str(refusal["message"]), code="UNAVAILABLE", retryAfter=5)
        assert await receive(socket) == next_of("m", {"increment": 1})
        assert await receive(socket) == complete_of("m")
        assert await closing(socket) == (1001, "Going away, resume from your cursor")


async def test_idle_and_uninitialised_sockets_close_too() -> None:
    async with running() as server, server.initialised() as idle, server.socket() as fresh:
        await send(fresh, {"type": "ping"})
        assert await receive(fresh) == {"type": "pong"}
        server.server.should_exit = True
        for socket in (idle, fresh):
            assert await closing(socket) == (1001, "Going away, resume from your cursor")


async def test_event_streams_complete() -> None:
    async with running() as server:
        subscription = asyncio.create_task(server.post("subscription{forever}", accept="text/event-stream"))
        act = asyncio.create_task(server.post("mutation{increment(seconds:0.6)}", accept="text/event-stream"))
        await asyncio.sleep(0.2)
        server.server.should_exit = True
        ends = [(await task).content for task in (subscription, act)]
        assert [end.count(b"event: next\n") for end in ends] == [1, 1]
        assert b'"increment": 1' in ends[1]
        assert [end.endswith(b"event: complete\ndata: \n\n") for end in ends] == [True, True]
        await server.serving
        assert server.gateway.open_streams == 0


async def test_stop_does_not_wait_for_ever() -> None:
    async with running(limits=Limits(stop_seconds=0.3)) as server:
        endless = asyncio.create_task(server.post("{slow(seconds:2)}"))
        await asyncio.sleep(0.1)
        started = asyncio.get_running_loop().time()
        await begin_stop(server)
        assert (await endless).json() == {"data": {"slow": "done"}}
        await server.serving
        assert asyncio.get_running_loop().time() - started < 3


async def test_operation_that_outlasts_everything_is_told_to_try_again() -> None:
    async with running(limits=Limits(stop_seconds=0.2)) as server:
        server.server.config.timeout_graceful_shutdown = 0
        endless = asyncio.create_task(server.post("{slow(seconds:60)}"))
        await asyncio.sleep(0.1)
        server.server.should_exit = True
        answer = await endless
        assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "5", GOING_AWAY)


async def test_tracker_counts_what_is_in_progress() -> None:
    tracker = Tracker()
    stopped: list[str] = []
    with tracker.connection(lambda: stopped.append("a")):
        tracker.begin()
        assert await tracker.stop(0.01) is False
        assert stopped == ["a"]
        tracker.end()
        assert await tracker.stop(0.01) is False
        with tracker.connection(lambda: stopped.append("late")):
            assert stopped == ["a", "late"]
    assert await tracker.stop(0.01) is True
    with pytest.raises(Exception, match="going away") as refused:
        tracker.begin()
    assert getattr(refused.value, "code", None) == "UNAVAILABLE"


async def test_stop_is_the_same_for_a_tracker_with_nothing_to_do() -> None:
    outcome: Any = await Tracker().stop(0)
    assert outcome is True
