"""The messages of graphql-transport-ws: what a client may send, read strictly, and what it is sent.

Pure. A message of another shape closes the socket with 4400; what an operation means is not looked at here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from server.http.body import Malformed, parse_json, shaped
from server.http.gateway import OperationRequest


class CloseCode(IntEnum):
    """Why a socket is closed."""

    GOING_AWAY = 1001
    TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429
    INTERNAL_ERROR = 4500


class Close(Exception):
    """The socket must be closed with this code."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        # A close frame holds 123 bytes of reason.
        self.reason = reason.encode()[:123].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    authorization: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete


def read_message(text: str) -> ClientMessage:
    """The client's message; raises `Close` where it is none."""
    try:
        message = parse_json(text.encode())
        if type(message) is not dict:
            raise Malformed("it must be an object.")
        return _typed(message)
    except Malformed as malformed:
        raise Close(CloseCode.BAD_REQUEST, f"Invalid message: {malformed}") from None


def ack() -> str:
    return '{"type":"connection_ack"}'


def pong(payload: dict[str, Any] | None) -> str:
    return orjson.dumps({"type": "pong"} if payload is None else {"type": "pong", "payload": payload}).decode()


def next_prefix(id: str) -> bytes:
    """The head of every `next` of an operation; the result and one closing brace follow."""
    return b'{"id":' + orjson.dumps(id) + b',"type":"next","payload":'


def error(id: str, errors: Sequence[dict[str, object]]) -> str:
    return orjson.dumps({"id": id, "type": "error", "payload": errors}).decode()


def complete(id: str) -> str:
    return orjson.dumps({"id": id, "type": "complete"}).decode()


def _typed(message: dict[str, Any]) -> ClientMessage:
    match message.get("type"):
        case "connection_init":
            return ConnectionInit(_authorization(_payload(message) or {}))
        case "ping":
            return Ping(_payload(message))
        case "pong":
            _payload(message)
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), shaped(message.get("payload")))
        case "complete":
            return Complete(_id(message))
        case _:
            raise Malformed("its type is unknown.")


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and type(payload) is not dict:
        raise Malformed('"payload" must be an object or null.')
    return payload


def _id(message: dict[str, Any]) -> str:
    id = message.get("id")
    if type(id) is not str or not id:
        raise Malformed('"id" must be a string that is not empty.')
    return id


def _authorization(payload: dict[str, Any]) -> str | None:
    given = [value for name, value in payload.items() if name.lower() == "authorization" and value is not None]
    if len(given) > 1 or not all(type(value) is str for value in given):
        raise Malformed('"authorization" must be one string.')
    return given[0] if given else None
