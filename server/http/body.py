"""Reads the request out of an HTTP body or URL: bounded in size, time and nesting, then checked for shape.

Whatever a client sends ends here as an `OperationRequest` or as a refusal in the 4xx range, never as an exception.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from server.deadlines import Deadlines
from server.errors import ErrorCode
from server.http.answers import HttpRefusal
from server.http.gateway import OperationRequest
from server.http.limits import Limits

_MAX_DEPTH = 64
"""Of the values in a request. No input type nests this deep, and recursive readers further in stay safe."""
_ORJSON_TOO_DEEP = "depth limit exceeded"
"""What orjson says past 1,024 levels, whatever follows."""
_CLOSE = (b"connection", b"close")


class Disconnected(Exception):
    """The client went away before its request was complete."""


class Malformed(Exception):
    """A document has not the shape of a request; the message says why."""

    code = ErrorCode.BAD_USER_INPUT


class TooDeep(Malformed):
    """A document is nested beyond what any operation needs."""

    code = ErrorCode.TOO_COMPLEX

    def __init__(self) -> None:
        super().__init__(f"The document is nested deeper than {_MAX_DEPTH} levels.")


async def read_body(receive: Receive, headers: dict[bytes, bytes], limits: Limits, deadlines: Deadlines) -> bytes:
    """The whole body, at most `limits.body_bytes` of it and before its deadline."""
    declared = headers.get(b"content-length", b"")
    expected = int(declared) if declared.isdigit() and len(declared) < 19 else 0
    if expected > limits.body_bytes and (b"expect" in headers or expected > limits.discarded_bytes):
        raise _too_large(limits, _CLOSE)
    try:
        with deadlines.limit():
            return await _read(receive, limits)
    except TimeoutError:
        raise HttpRefusal(408, "The request body did not arrive in time.", _CLOSE) from None


def request_from_body(body: bytes) -> OperationRequest:
    """The operation in a POST body."""
    try:
        return shaped(parse_json(body))
    except Malformed as malformed:
        raise HttpRefusal(400, str(malformed), code=malformed.code) from None


def request_from_query(query_string: bytes, limits: Limits) -> OperationRequest:
    """The operation in the URL of a GET."""
    if len(query_string) > limits.body_bytes:
        raise HttpRefusal(414, "The URL is too long.", code=ErrorCode.TOO_COMPLEX)
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
            strict_parsing=False,
        )
    except ValueError:
        raise HttpRefusal(400, "The query string is not readable as UTF-8 form parameters.") from None
    document: dict[str, Any] = {}
    try:
        for name, value in pairs:
            if name not in ("query", "operationName", "variables", "extensions"):
                continue
            if name in document:
                raise Malformed(f'The parameter "{name}" is given twice.')
            if name in ("variables", "extensions"):
                document[name] = parse_json(value.encode()) if value else None
            else:
                document[name] = value
        return shaped(document)
    except Malformed as malformed:
        raise HttpRefusal(400, str(malformed), code=malformed.code) from None


def parse_json(body: bytes) -> Any:
    """JSON by the letter, in UTF-8, with numbers a double can hold and texts a database can hold."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        if fault.msg == _ORJSON_TOO_DEEP:
            raise TooDeep from None
        raise Malformed("The body is not valid JSON in UTF-8, or its numbers are beyond bounds.") from None
    # Only a body that could be harmful is walked; finding out runs at memory speed.
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH or b"\\u0000" in body:
        _inspect(document)
    return document


def shaped(document: Any) -> OperationRequest:
    """The request in a JSON document; raises `Malformed` where a member has the wrong type."""
    if type(document) is not dict:
        kind = "a list: operations are sent one at a time" if isinstance(document, list) else "not one"
        raise Malformed(f"The request must be a JSON object, and this is {kind}.")
    query = document.get("query")
    extensions = document.get("extensions")
    if query is None and isinstance(extensions, dict) and "persistedQuery" in extensions:
        # The words persisted-query clients look for, so that they send the whole query instead.
        raise Malformed("PersistedQueryNotSupported")
    if type(query) is not str:
        raise Malformed('"query" must be given, as a string.')
    operation_name = document.get("operationName")
    if operation_name is not None and type(operation_name) is not str:
        raise Malformed('"operationName" must be a string or null.')
    variables = document.get("variables")
    if variables is not None and type(variables) is not dict:
        raise Malformed('"variables" must be an object or null.')
    if extensions is not None and type(extensions) is not dict:
        raise Malformed('"extensions" must be an object or null.')
    return OperationRequest(query, operation_name or None, variables, extensions)


def idempotency_key_from(header: bytes | None) -> str | None:
    """The Idempotency-Key, 1 to 255 printable ASCII characters."""
    if header is None:
        return None
    if not 1 <= len(header) <= 255 or not all(0x20 <= byte <= 0x7E for byte in header):
        raise HttpRefusal(400, "Idempotency-Key must be 1 to 255 printable ASCII characters.")
    return header.decode("ascii")


async def _read(receive: Receive, limits: Limits) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        total += len(chunk)
        more = message.get("more_body", False)
        if total <= limits.body_bytes:
            if not more and not chunks:
                return bytes(chunk)
            chunks.append(chunk)
        elif total > limits.discarded_bytes:
            raise _too_large(limits, _CLOSE)
        if not more:
            break
    if total > limits.body_bytes:
        raise _too_large(limits)
    return b"".join(chunks)


def _too_large(limits: Limits, *headers: tuple[bytes, bytes]) -> HttpRefusal:
    message = f"The request body is larger than {limits.body_bytes} bytes."
    return HttpRefusal(413, message, *headers, code=ErrorCode.TOO_COMPLEX)


def _inspect(document: Any) -> None:
    """Refuse deep nesting and NUL characters, which no text column can hold."""
    level: list[Any] = [document]
    for _ in range(_MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str) and "\0" in value:
                raise Malformed("A text holds the character U+0000.")
            if isinstance(value, dict):
                below.extend(value.keys())
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return
        level = below
    raise TooDeep
