"""What this layer needs from the one behind it: the protocol between transports and the executor of operations.

Types only. A transport checks the shape of what a client sent, never its meaning.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from server.errors import ErrorCode
from server.terms import Locale


class Caller(Protocol):
    """Who is calling. Opaque here but for what ends a connection."""

    @property
    def is_public(self) -> bool:
        """No credential was given."""

    @property
    def expires_at(self) -> datetime | None:
        """When the credential ends by itself (aware), None where it does not."""


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What a client sent, checked for shape only."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CallContext:
    """The circumstances of one operation."""

    caller: Caller
    locale: Locale
    request_id: str
    idempotency_key: str | None
    read_only_transport: bool
    """The request came by GET, which may be cached, logged and prefetched: no mutations, no field that is POST only."""


class Figure(NamedTuple):
    """One number about this process, for whoever watches it. Never about a tenant."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = MappingProxyType({})
    is_counter: bool = False
    """It only rises."""


class Prepared(Protocol):
    """An operation that may run: parsed, validated, bounded and permitted."""

    @property
    def kind(self) -> Literal["query", "mutation", "subscription"]: ...


class Gateway(Protocol):
    """Runs operations. Every method may raise `RequestError`; any other exception is a bug and is masked.

    A refusal of something that works by POST only (`read_only_transport`) carries ``allow="POST"`` in its extensions
    and is answered 405; `retryAfter` in the extensions, in seconds, becomes the Retry-After header.
    """

    async def authenticate(self, authorization: str | None) -> Caller:
        """The caller behind an Authorization value; None is the anonymous public caller. UNAUTHENTICATED if bad."""

    def recognise(self, authorization: str | None) -> Caller | None:
        """The caller this credential was good for earlier in this process; `run` finds out whether it still is.

        None where it must be authenticated.
        """

    def prepare(self, request: OperationRequest, context: CallContext) -> Prepared:
        """Parse, validate, bound and permit the operation; raises whatever refuses it as a whole."""

    async def run(self, prepared: Prepared, context: CallContext) -> bytes:
        """The complete JSON body of a query or mutation. CredentialEnded means that nothing was read or done."""

    def follow(self, prepared: Prepared, context: CallContext) -> AsyncIterator[bytes]:
        """One complete JSON execution result per event, until the stream ends or is closed.

        UNAUTHENTICATED means that the credential was revoked meanwhile.
        """

    def figures(self) -> Iterable[Figure]:
        """What `/metrics` shows of the gateway."""

    async def ready(self) -> Mapping[str, bool]:
        """What must hold before this process should get traffic, by name."""


def refusal_extension(errors: list[dict[str, object]], name: str) -> object:
    """An extension of the first of some top-level errors, None where it has none."""
    extensions = errors[0].get("extensions") if errors else None
    return extensions.get(name) if isinstance(extensions, dict) else None


CLIENT_FAULTS = frozenset(
    (
        ErrorCode.GRAPHQL_PARSE_FAILED,
        ErrorCode.GRAPHQL_VALIDATION_FAILED,
        ErrorCode.BAD_USER_INPUT,
        ErrorCode.TOO_COMPLEX,
    )
)
"""Refusals of a well-formed request for what its document or variables say."""
