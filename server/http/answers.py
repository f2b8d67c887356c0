"""Answers and refusals of HTTP: status codes, the one JSON form of every error, and what each answer carries.

Masks whatever is not a `RequestError`: nothing of Python or SQL leaves through here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
import structlog
from starlette.types import Send

from server.errors import ErrorCode, RequestError
from server.http.gateway import CLIENT_FAULTS, refusal_extension
from server.http.negotiation import Form
from server.ids import new_request_id

log = structlog.get_logger(__name__)

JSON_TYPE = b"application/json; charset=utf-8"
"""Media type of answers that are not the result of an operation."""

Header = tuple[bytes, bytes]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.CONFLICT: 409,
    ErrorCode.CURSOR_EXPIRED: 410,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}
_RETRY_AFTER_SECONDS = {ErrorCode.RATE_LIMITED: 1, ErrorCode.UNAVAILABLE: 5}

PROTECTION: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""What every answer carries: personal data is never stored by a cache, sniffed, framed or leaked by a referrer."""


class Answer(NamedTuple):
    """One complete answer."""

    status: int
    body: bytes
    media_type: bytes = JSON_TYPE
    headers: tuple[Header, ...] = ()


class HttpRefusal(Exception):
    """The request is refused for how it was sent; no operation was looked at."""

    def __init__(self, status: int, message: str, *headers: Header, code: ErrorCode = ErrorCode.BAD_USER_INPUT) -> None:
        super().__init__(message)
        self.answer = Answer(status, error_body([one_error(code, message)]), JSON_TYPE, headers)


def one_error(code: ErrorCode, message: str, **extensions: object) -> dict[str, object]:
    return {"message": message, "extensions": {"code": str(code), **extensions}}


def error_body(errors: Sequence[dict[str, object]]) -> bytes:
    return orjson.dumps({"errors": errors})


def refused(refusal: RequestError, form: Form) -> Answer:
    """The answer to an operation that was refused as a whole.

    A client that names application/json and nothing newer gets 200 for what its document or variables did wrong, as
    the GraphQL-over-HTTP draft advises; every other client gets 400.
    """
    media_type = JSON_TYPE if form is Form.EVENT_STREAM else form.media_type
    body = error_body(refusal.errors)
    allow = refusal_extension(refusal.errors, "allow")
    if allow is not None:
        return Answer(405, body, media_type, ((b"allow", str(allow).encode("latin-1")),))
    if refusal.code in CLIENT_FAULTS:
        return Answer(200 if form is Form.JSON else 400, body, media_type)
    return Answer(_STATUS[refusal.code], body, media_type, _headers_of(refusal))


def masked(exception: Exception, request_id: str) -> RequestError:
    """What the client hears about a bug. The one place where it is logged."""
    log.error("unhandled exception", request_id=request_id, exc_info=exception)
    return RequestError(ErrorCode.INTERNAL, "Internal error", requestId=request_id)


def with_request_id(refusal: RequestError, request_id: str) -> RequestError:
    """An INTERNAL refusal always names its request, so that a user's report leads to the log line."""
    if refusal.code is ErrorCode.INTERNAL and refusal_extension(refusal.errors, "requestId") is None:
        return RequestError(refusal.code, "Internal error", requestId=request_id)
    return refusal


def request_id_from(header: bytes | None) -> str:
    """The client's own X-Request-Id where it is harmless in a log, a new one otherwise."""
    if header is not None and _REQUEST_ID.fullmatch(header):
        return header.decode("ascii")
    return new_request_id()


def collect(raw: Iterable[Header]) -> dict[bytes, bytes]:
    """Headers by lower-case name; a list header sent in several lines is joined, as HTTP allows."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


async def send_answer(send: Send, answer: Answer, common: Sequence[Header]) -> None:
    status, body, media_type, extra = answer
    headers = [*common, *extra]
    if status != 204:
        headers += ((b"content-type", media_type), (b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers_of(refusal: RequestError) -> tuple[Header, ...]:
    if refusal.code is ErrorCode.UNAUTHENTICATED:
        return ((b"www-authenticate", b"Bearer"),)
    default = _RETRY_AFTER_SECONDS.get(refusal.code)
    if default is None:
        return ()
    asked = refusal_extension(refusal.errors, "retryAfter")
    seconds = max(1, math.ceil(asked)) if isinstance(asked, int | float) else default
    return ((b"retry-after", b"%d" % seconds),)
