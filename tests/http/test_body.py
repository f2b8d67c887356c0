"""Malformed requests end as 4xx in GraphQL's form, whatever they are made of; nothing runs for them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.http.body import Malformed, shaped
from server.http.limits import Limits
from tests.http.serving import Running, running

NOT_JSON = "The body is not valid JSON in UTF-8, or its numbers are beyond bounds."
TOO_DEEP = "The document is nested deeper than 64 levels."
NUL = "A text holds the character U+0000."


def refusal(message: str) -> dict[str, Any]:
    """What is too deep or too large is TOO_COMPLEX, like everything that is refused for its size."""
    sizes = (TOO_DEEP, "The URL is too long.")
    code = "TOO_COMPLEX" if message in sizes or " is larger than " in message else "BAD_USER_INPUT"
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


@pytest.mark.parametrize(
    "accept", ["application/json", "application/graphql-response+json", "*/*", "text/event-stream"]
)
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", NOT_JSON),
        (b"null", "The request must be a JSON object, and this is not one."),
        (b"1", "The request must be a JSON object, and this is not one."),
        (b'"{hello}"', "The request must be a JSON object, and this is not one."),
        (b"[]", "The request must be a JSON object, and this is a list: operations are sent one at a time."),
        (b"{", NOT_JSON),
        (b'{"query":"\xff"}', NOT_JSON),
        (b'{"query":"\\ud800"}', NOT_JSON),
        (b"\xef\xbb\xbf{}", NOT_JSON),
        (b'{"query":NaN}', NOT_JSON),
        (b"[" * 100_000, TOO_DEEP),
        (b"[" * 100_000 + b"]" * 100_000, TOO_DEEP),
        (b'{"a":' * 100_000, TOO_DEEP),
        (b'{"query":"{hello}","variables":{"v":' + b"[" * 5_000 + b"]" * 5_000 + b"}}", TOO_DEEP),
        (b"1" * 5_000, NOT_JSON),
        (b'{"query":"{hello}","variables":{"n":' + b"1" * 5_000 + b"}}", NOT_JSON),
        (b'{"query":"{hello}","variables":{"n":1e999}}', NOT_JSON),
        (b'{"query":"{hello}","variables":{"v":' + b"[" * 500 + b"]" * 500 + b"}}", TOO_DEEP),
        (b'{"query":"{hello}","variables":{"v":"a\\u0000b"}}', NUL),
        (b'{"query":"{hello}","variables":{"a\\u0000b":1}}', NUL),
        (b"{}", '"query" must be given, as a string.'),
        (b'{"query":null}', '"query" must be given, as a string.'),
        (b'{"query":{"a":1}}', '"query" must be given, as a string.'),
        (b'{"query":"{hello}","operationName":1}', '"operationName" must be a string or null.'),
        (b'{"query":"{hello}","variables":[]}', '"variables" must be an object or null.'),
        (b'{"query":"{hello}","variables":"{}"}', '"variables" must be an object or null.'),
        (b'{"query":"{hello}","extensions":false}', '"extensions" must be an object or null.'),
    ],
    ids=lambda value: None if not isinstance(value, bytes) else value[:24].decode("latin-1"),
)
async def test_malformed_body_is_400(server: Running, body: bytes, message: str, accept: str) -> None:
    before = server.gateway.prepared
    answer = await server.http.post(
        "/graphql", content=body, headers={"content-type": "application/json", "accept": accept}
    )
    assert (answer.status_code, answer.json()) == (400, refusal(message))
    assert server.gateway.prepared == before


async def test_escaped_text_that_only_looks_like_nul_is_read(server: Running) -> None:
    body = json.dumps({"query": "query($v:[String!]){echo(value:$v)}", "variables": {"v": ["\\u0000"]}})
    answer = await server.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"data": {"echo": ["\\u0000"]}})


async def test_many_brackets_side_by_side_are_read(server: Running) -> None:
    body = {"query": "{hello}", "extensions": {"flat": [[]] * 5_000}}
    answer = await server.http.post("/graphql", json=body)
    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello world"}})


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/graphql", "application/json; charset=utf-16"]
)
async def test_other_media_types_are_415(server: Running, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    answer = await server.http.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)
    assert (answer.status_code, answer.json()) == (415, refusal("The body must be application/json in UTF-8."))


async def test_compressed_body_is_415(server: Running) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = await server.http.post("/graphql", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.json()) == (415, refusal("The body must not be compressed."))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", '"query" must be given, as a string.'),
        ("query=%FF", "The query string is not readable as UTF-8 form parameters."),
        ("query={hello}&query={locale}", 'The parameter "query" is given twice.'),
        ("query={hello}&variables={", NOT_JSON),
        ("query={hello}&variables=[]", '"variables" must be an object or null.'),
        ("query={hello}&extensions=1", '"extensions" must be an object or null.'),
        ("query={hello}&" + "x=1&" * 200, "The query string is not readable as UTF-8 form parameters."),
    ],
    ids=lambda value: value[:40],
)
async def test_malformed_url_is_400(server: Running, query: str, message: str) -> None:
    answer = await server.http.get(f"/graphql?{query}")
    assert (answer.status_code, answer.json()) == (400, refusal(message))


# ------------------------------------------------------------------------------------------ size, time


def post_of(size: int) -> bytes:
    frame = b'{"query":"{hello}","extensions":{"padding":""}}'
    return frame[:-3] + b"x" * (size - len(frame)) + frame[-3:]


@pytest.mark.parametrize("chunked", [False, True])
async def test_body_may_be_one_mebibyte_and_no_more(server: Running, chunked: bool) -> None:
    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(body), 100_000):
            yield body[at : at + 100_000]

    async def post(body: bytes) -> tuple[int, Any]:
        content = pieces(body) if chunked else body
        answer = await server.http.post("/graphql", content=content, headers={"content-type": "application/json"})
        return answer.status_code, answer.json()

    assert await post(post_of(1 << 20)) == (200, {"data": {"hello": "Hello world"}})
    too_large = (413, refusal("The request body is larger than 1048576 bytes."))
    assert await post(post_of((1 << 20) + 1)) == too_large
    assert await post(post_of(4 << 20)) == too_large


async def raw(server: Running, request: bytes) -> tuple[bytes, Any]:
    """Status line and JSON of the answer to bytes sent as they are; the server must close the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request)
        async with asyncio.timeout(5):
            answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], json.loads(body)


HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def test_announced_size_is_refused_before_it_is_sent(server: Running) -> None:
    expecting = HEAD + b"Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n"
    huge = HEAD + b"Content-Length: 99999999999\r\n\r\n"
    for request in (expecting, huge):
        status, body = await raw(server, request)
        assert (status, body) == (
            b"HTTP/1.1 413 Request Entity Too Large",
            refusal("The request body is larger than 1048576 bytes."),
        ) or (status, body) == (
            b"HTTP/1.1 413 Content Too Large",
            refusal("The request body is larger than 1048576 bytes."),
        )


async def test_endless_body_is_cut_off() -> None:
    async with running(limits=Limits(body_bytes=1000, discarded_bytes=2000)) as server:
        chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        status, body = await raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3)
        assert status.split()[1] == b"413"
        assert body == refusal("The request body is larger than 1000 bytes.")


async def test_slow_body_is_given_up() -> None:
    async with running(limits=Limits(body_seconds=0.2)) as server:
        status, body = await raw(server, HEAD + b"Content-Length: 100\r\n\r\n{")
        assert (status, body) == (
            b"HTTP/1.1 408 Request Timeout",
            refusal("The request body did not arrive in time."),
        )


async def test_client_that_leaves_while_sending_is_forgotten(server: Running) -> None:
    before = server.gateway.prepared
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()
    assert (await server.post("{hello}")).status_code == 200
    assert server.gateway.prepared == before + 1


async def test_url_may_not_exceed_the_limit() -> None:
    async with running(limits=Limits(body_bytes=200)) as server:
        answer = await server.http.get("/graphql", params={"query": "{hello}" + " " * 300})
        assert (answer.status_code, answer.json()) == (414, refusal("The URL is too long."))


@pytest.mark.parametrize(
    "extensions", [{"persistedQuery": {"version": 1, "sha256Hash": "0"}}, {"persistedQuery": None}]
)
def test_a_persisted_query_is_answered_in_the_words_its_clients_look_for(extensions: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=r"^PersistedQueryNotSupported$"):
        shaped({"extensions": extensions})


@pytest.mark.parametrize("extensions", [1, "persistedQuery", ["persistedQuery"]])
def test_extensions_of_another_type_are_malformed_all_the_same(extensions: object) -> None:
    with pytest.raises(Malformed, match="query"):
        shaped({"extensions": extensions})
