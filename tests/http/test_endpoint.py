"""GraphQL over HTTP: methods, statuses, headers, and what reaches the gateway."""

from __future__ import annotations

import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.terms import Locale
from tests.http.serving import Running

JSON = "application/json; charset=utf-8"
RESPONSE = "application/graphql-response+json; charset=utf-8"


def errors_of(code: str, message: str, **extensions: Any) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code, **extensions}}]}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", JSON), ("application/json", JSON), ("application/graphql-response+json", RESPONSE)],
)
async def test_query_is_answered_in_the_form_asked_for(server: Running, accept: str, media_type: str) -> None:
    answer = await server.post("{hello}", accept=accept)
    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello world"}})
    assert answer.headers["content-type"] == media_type


async def test_query_by_get(server: Running) -> None:
    parameters = {
        "query": "query A($n:String){hello(name:$n)} query B{locale}",
        "operationName": "A",
        "variables": '{"n":"熟客"}',
        "extensions": "",
    }
    answer = await server.http.get("/graphql", params=parameters)
    assert (answer.status_code, answer.json()) == (200, {"data": {"hello": "Hello 熟客"}})


async def test_partial_data_is_200(server: Running) -> None:
    answer = await server.post("{partial hello}", accept="application/graphql-response+json")
    assert answer.status_code == 200
    assert answer.json()["data"] == {"partial": None, "hello": "Hello world"}
    assert [error["path"] for error in answer.json()["errors"]] == [["partial"]]


@pytest.mark.parametrize(
    ("accept", "status"), [("application/graphql-response+json", 400), ("*/*", 400), ("application/json", 200)]
)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{nope}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n:Int!){hello}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($s:Float!){slow(seconds:$s)}", "BAD_USER_INPUT"),
        ("query A{hello} query B{hello}", "BAD_USER_INPUT"),
        ('{refuse(code:"TOO_COMPLEX")}', "TOO_COMPLEX"),
    ],
)
async def test_fault_of_the_document(server: Running, query: str, code: str, accept: str, status: int) -> None:
    answer = await server.post(query, accept=accept)
    assert answer.status_code == status
    assert set(answer.json()) == {"errors"}
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
@pytest.mark.parametrize(
    ("query", "status", "code", "headers"),
    [
        ('{refuse(code:"UNAUTHENTICATED")}', 401, "UNAUTHENTICATED", {"www-authenticate": "Bearer"}),
        ('{refuse(code:"FORBIDDEN")}', 403, "FORBIDDEN", {}),
        ('{refuse(code:"CONFLICT")}', 409, "CONFLICT", {}),
        ('{refuse(code:"CURSOR_EXPIRED")}', 410, "CURSOR_EXPIRED", {}),
        ('{refuse(code:"RATE_LIMITED")}', 429, "RATE_LIMITED", {"retry-after": "1"}),
        ('{refuse(code:"UNAVAILABLE")}', 503, "UNAVAILABLE", {"retry-after": "5"}),
    ],
)
async def test_refusal_has_the_status_of_its_code(
    server: Running, query: str, status: int, code: str, headers: dict[str, str], accept: str
) -> None:
    answer = await server.post(query, accept=accept)
    assert (answer.status_code, answer.json()) == (status, errors_of(code, "Refused."))
    named = {name: answer.headers.get(name) for name in ("www-authenticate", "retry-after")}
    assert {name: value for name, value in named.items() if value is not None} == headers


async def test_retry_after_is_rounded_up(server: Running) -> None:
    answer = await server.post('{refuse(code:"RATE_LIMITED", retryAfter: 2.2)}')
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.json() == errors_of("RATE_LIMITED", "Refused.", retryAfter=2.2)


async def test_bad_credential_is_401_and_runs_nothing(server: Running) -> None:
    before = server.gateway.prepared
    answer = await server.post("{hello}", authorization="Bearer bad")
    assert (answer.status_code, answer.json()) == (401, errors_of("UNAUTHENTICATED", "Unknown credential."))
    assert answer.headers["www-authenticate"] == "Bearer"
    assert server.gateway.prepared == before


async def test_two_credentials_are_not_one(server: Running) -> None:
    headers = [("authorization", "Bearer good"), ("authorization", "Bearer good")]
    answer = await server.http.post("/graphql", json={"query": "{hello}"}, headers=headers)
    assert answer.status_code == 401


async def test_forbidden_operation_names_the_paths(server: Running) -> None:
    answer = await server.post("{secret}", authorization="Bearer good")
    assert (answer.status_code, answer.json()) == (403, errors_of("FORBIDDEN", "Not for you.", paths=["secret"]))


async def test_bug_is_masked_and_logged_once(server: Running) -> None:
    with capture_logs() as logs:
        answer = await server.post("{bug}", x_request_id="visit-7")
    assert (answer.status_code, answer.json()) == (500, errors_of("INTERNAL", "Internal error", requestId="visit-7"))
    assert "secret" not in answer.text
    assert [(entry["event"], entry["log_level"], entry["request_id"]) for entry in logs] == [
        ("unhandled exception", "error", "visit-7")
    ]
    assert repr(logs[0]["exc_info"]) == "KeyError('secret of the server')"


async def test_internal_refusal_always_names_the_request(server: Running) -> None:
    answer = await server.post('{refuse(code:"INTERNAL")}', x_request_id="visit-8")
    assert (answer.status_code, answer.json()) == (500, errors_of("INTERNAL", "Internal error", requestId="visit-8"))


# -------------------------------------------------------------------------------------------------------------- methods


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/event-stream"])
async def test_mutation_by_get_is_405_and_changes_nothing(server: Running, accept: str) -> None:
    before = server.gateway.total
    answer = await server.http.get("/graphql", params={"query": "mutation{increment}"}, headers={"accept": accept})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == errors_of("BAD_USER_INPUT", "Mutations are sent by POST.")
    assert server.gateway.total == before


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/event-stream"])
async def test_field_that_is_post_only(server: Running, accept: str) -> None:
    answer = await server.http.get("/graphql", params={"query": "{postOnly}"}, headers={"accept": accept})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == errors_of("BAD_USER_INPUT", "By POST only.", allow="POST")
    assert (await server.post("{postOnly}")).json() == {"data": {"postOnly": "by post"}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "QUERY"])
async def test_other_methods_are_405(server: Running, method: str) -> None:
    answer = await server.http.request(method, "/graphql", json={"query": "{hello}"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, OPTIONS")
    assert answer.json() == errors_of("BAD_USER_INPUT", "The methods here are GET, POST and OPTIONS.")


async def test_nothing_acceptable_is_406(server: Running) -> None:
    answer = await server.post("{hello}", accept="image/png")
    assert answer.status_code == 406
    message = "Served here: application/graphql-response+json, application/json, text/event-stream."
    assert answer.json() == errors_of("BAD_USER_INPUT", message)


async def test_subscription_as_json_is_406(server: Running) -> None:
    answer = await server.post("subscription{count(to:1)}", accept="application/json")
    message = "Subscriptions are served as text/event-stream, or over WebSocket."
    assert (answer.status_code, answer.json()) == (406, errors_of("BAD_USER_INPUT", message))


# -------------------------------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/nowhere"])
async def test_every_answer_is_protected(server: Running, path: str) -> None:
    answer = await server.http.get(path)
    names = (
        "vary",
        "cache-control",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "content-security-policy",
        "server",
    )
    assert {name: answer.headers.get(name) for name in names} == {
        "vary": "Accept, Accept-Language, Authorization",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "server": None,
    }


@pytest.mark.parametrize("path", ["/graphql?query={requestId}", "/healthz", "/nowhere"])
async def test_request_id_is_kept_where_it_is_sane(server: Running, path: str) -> None:
    async def id_for(given: str) -> str:
        answer = await server.http.get(path, headers=[(b"x-request-id", given.encode())])
        if path.startswith("/graphql"):
            assert answer.json() == {"data": {"requestId": answer.headers["x-request-id"]}}
        return str(answer.headers["x-request-id"])

    assert await id_for("a" * 128) == "a" * 128
    assert await id_for("7f3c:1/span=2") == "7f3c:1/span=2"
    made = [await id_for(given) for given in ("a" * 129, "", "a b", 'a"b', "熟")]
    assert [bool(re.fullmatch("[0-9a-f]{32}", id)) for id in made] == [True] * 5
    assert len(set(made)) == 5


async def test_context_of_an_operation(server: Running) -> None:
    headers = {
        "idempotency_key": "k 1",
        "accept_language": "zh-CN",
        "x_request_id": "r1",
        "authorization": "Bearer good",
    }
    answer = await server.post("{locale idempotencyKey}", **headers)
    assert answer.json() == {"data": {"locale": "ZH", "idempotencyKey": "k 1"}}
    context = server.gateway.contexts[-1]
    assert (context.locale, context.request_id, context.idempotency_key) == (Locale.ZH, "r1", "k 1")
    assert (context.read_only_transport, context.caller.is_public) == (False, False)
    await server.http.get("/graphql?query={hello}")
    context = server.gateway.contexts[-1]
    assert (context.locale, context.idempotency_key) == (Locale.EN, None)
    assert (context.read_only_transport, context.caller.is_public) == (True, True)


@pytest.mark.parametrize("key", [b"", b"k" * 256, "钥匙".encode(), b"a\tb"])
async def test_unprintable_or_long_idempotency_key_is_400(server: Running, key: bytes) -> None:
    before = server.gateway.total
    headers = {b"idempotency-key": key}
    answer = await server.http.post("/graphql", json={"query": "mutation{increment}"}, headers=headers)
    message = "Idempotency-Key must be 1 to 255 printable ASCII characters."
    assert (answer.status_code, answer.json()) == (400, errors_of("BAD_USER_INPUT", message))
    assert server.gateway.total == before


async def test_longest_idempotency_key_is_kept(server: Running) -> None:
    answer = await server.post("{idempotencyKey}", idempotency_key="k" * 255)
    assert answer.json() == {"data": {"idempotencyKey": "k" * 255}}
