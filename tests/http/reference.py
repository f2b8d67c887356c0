"""A small gateway on graphql-core, by the letter of the GraphQL specification, to run the transports against.

It says what it was asked and counts what it ran, so that tests can assert what did not happen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute,
    get_operation_ast,
    get_variable_values,
    parse,
    subscribe,
    validate,
)

from server.errors import ErrorCode, RequestError
from server.http.gateway import CallContext, Caller, OperationRequest

SDL = """
type Query {
  hello(name: String = "world"): String!
  locale: String!
  requestId: String!
  idempotencyKey: String
  echo(value: [String!]): [String!]
  postOnly: String
  secret: String
  slow(seconds: Float!): String
  partial: String
  bug: String
  refuse(code: String!, retryAfter: Float): String
}
type Mutation { increment(by: Int = 1, seconds: Float = 0): Int! }
type Subscription {
  count(to: Int!, seconds: Float = 0): Int!
  forever: Int!
  flood(bytes: Int!): String!
  bug: Int!
  expired: Int!
  revoked: Int!
  lines: String!
}
"""


@dataclass(frozen=True, slots=True)
class ReferenceCaller:
    is_public: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferencePrepared:
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]

    @property
    def kind(self) -> Literal["query", "mutation", "subscription"]:
        return self.operation.operation.value


@dataclass
class ReferenceGateway:
    """Everything in memory; `total` is what mutations change."""

    total: int = 0
    prepared: int = 0
    produced: int = 0
    """Events made for `flood`, to see how far ahead of its reader a stream runs."""
    open_streams: int = 0
    contexts: list[CallContext] = field(default_factory=list)
    checks: dict[str, bool] | Exception = field(default_factory=lambda: {"database": True, "migrations": True})
    schema: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        self.schema = build_schema(SDL)
        assert self.schema.query_type is not None
        assert self.schema.mutation_type is not None
        assert self.schema.subscription_type is not None
        query, mutation = self.schema.query_type.fields, self.schema.mutation_type.fields
        for name in query:
            query[name].resolve = getattr(self, f"_{name.lower()}")
        mutation["increment"].resolve = self._increment
        for name, subscription in self.schema.subscription_type.fields.items():
            subscription.subscribe = getattr(self, f"_events_{name}")
            subscription.resolve = _identity

    async def authenticate(self, authorization: str | None) -> Caller:
        match authorization:
            case None:
                return ReferenceCaller(is_public=True)
            case "Bearer good":
                return ReferenceCaller()
            case "Bearer short":
                return ReferenceCaller(expires_at=datetime.now(UTC) + timedelta(seconds=0.3))
            case "Bearer slow":
                await asyncio.sleep(0.3)
                return ReferenceCaller()
            case "Bearer busy":
                raise RequestError(ErrorCode.UNAVAILABLE, "Busy.")
            case "Bearer bug":
                raise LookupError("secret of the server")
            case _:
                raise RequestError(ErrorCode.UNAUTHENTICATED, "Unknown credential.")

    def recognise(self, authorization: str | None) -> Caller | None:
        return ReferenceCaller(is_public=True) if authorization is None else None

    def prepare(self, request: OperationRequest, context: CallContext) -> ReferencePrepared:
        self.prepared += 1
        self.contexts.append(context)
        try:
            document = parse(request.query)
        except GraphQLError as error:
            raise _refusal(ErrorCode.GRAPHQL_PARSE_FAILED, [error]) from None
        if errors := validate(self.schema, document):
            raise _refusal(ErrorCode.GRAPHQL_VALIDATION_FAILED, errors)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            raise RequestError(ErrorCode.BAD_USER_INPUT, "Which operation?")
        variables = get_variable_values(self.schema, operation.variable_definitions or (), request.variables or {})
        if isinstance(variables, list):
            raise _refusal(ErrorCode.BAD_USER_INPUT, variables)
        names = {node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode)}
        if "postOnly" in names and context.read_only_transport:
            raise RequestError(ErrorCode.BAD_USER_INPUT, "By POST only.", allow="POST")
        if "secret" in names:
            code = ErrorCode.UNAUTHENTICATED if context.caller.is_public else ErrorCode.FORBIDDEN
            raise RequestError(code, "Not for you.", paths=["secret"])
        return ReferencePrepared(document, operation, request.variables or {})

    async def run(self, prepared: ReferencePrepared, context: CallContext) -> bytes:
        result = execute(
            self.schema,
            prepared.document,
            context_value=context,
            variable_values=prepared.variables,
            operation_name=prepared.operation.name.value if prepared.operation.name else None,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        for error in result.errors or ():
            if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
                raise error.original_error
        return encoded(result)

    async def follow(self, prepared: ReferencePrepared, context: CallContext) -> AsyncIterator[bytes]:
        stream = await _resolved(
            subscribe(self.schema, prepared.document, context_value=context, variable_values=prepared.variables)
        )
        assert not isinstance(stream, ExecutionResult), stream.errors
        self.open_streams += 1
        try:
            async for result in stream:
                yield encoded(result)
        finally:
            self.open_streams -= 1
            await stream.aclose()

    async def ready(self) -> dict[str, bool]:
        if isinstance(self.checks, Exception):
            raise self.checks
        return self.checks

    def _hello(self, root: Any, info: Any, name: str) -> str:
        return f"Hello {name}"

    def _locale(self, root: Any, info: Any) -> str:
        return str(info.context.locale)

    def _requestid(self, root: Any, info: Any) -> str:
        return str(info.context.request_id)

    def _idempotencykey(self, root: Any, info: Any) -> str | None:
        key: str | None = info.context.idempotency_key
        return key

    def _echo(self, root: Any, info: Any, value: list[str] | None = None) -> list[str] | None:
        return value

    def _postonly(self, root: Any, info: Any) -> str:
        return "by post"

    def _secret(self, root: Any, info: Any) -> str:
        raise AssertionError("never permitted")

    async def _slow(self, root: Any, info: Any, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    def _partial(self, root: Any, info: Any) -> str:
        raise GraphQLError("no value today")

    def _bug(self, root: Any, info: Any) -> str:
        raise KeyError("secret of the server")

    def _refuse(self, root: Any, info: Any, code: str, retryAfter: float | None = None) -> str:
        extensions: dict[str, Any] = {} if retryAfter is None else {"retryAfter": retryAfter}
        raise RequestError(ErrorCode(code), "Refused.", **extensions)

    async def _increment(self, root: Any, info: Any, by: int, seconds: float) -> int:
        await asyncio.sleep(seconds)
        self.total += by
        return self.total

    async def _events_count(self, root: Any, info: Any, to: int, seconds: float) -> AsyncIterator[int]:
        for number in range(1, to + 1):
            await asyncio.sleep(seconds)
            yield number

    async def _events_forever(self, root: Any, info: Any) -> AsyncIterator[int]:
        yield 0
        await asyncio.Event().wait()

    async def _events_flood(self, root: Any, info: Any, bytes: int) -> AsyncIterator[str]:
        while True:
            self.produced += 1
            yield "x" * bytes
            await asyncio.sleep(0)

    async def _events_bug(self, root: Any, info: Any) -> AsyncIterator[int]:
        yield 1
        raise KeyError("secret of the server")

    async def _events_expired(self, root: Any, info: Any) -> AsyncIterator[int]:
        yield 1
        raise RequestError(ErrorCode.CURSOR_EXPIRED, "The cursor is of another epoch.")

    async def _events_revoked(self, root: Any, info: Any) -> AsyncIterator[int]:
        yield 1
        raise RequestError(ErrorCode.UNAUTHENTICATED, "The credential was revoked.")

    async def _events_lines(self, root: Any, info: Any) -> AsyncIterator[str]:
        yield "one\ntwo"


def opening(gateway: ReferenceGateway) -> Callable[[], Any]:
    """The factory an application wants, over a gateway the test keeps."""

    @asynccontextmanager
    async def open_gateway() -> AsyncIterator[ReferenceGateway]:
        yield gateway

    return open_gateway


def encoded(result: ExecutionResult) -> bytes:
    # Spread over lines on purpose: PostgreSQL's json_agg does the same.
    return json.dumps(result.formatted, indent=1, ensure_ascii=False).encode()


def _identity(value: Any, info: Any, **arguments: Any) -> Any:
    return value


async def _resolved(value: Any) -> Any:
    return await value if asyncio.iscoroutine(value) or asyncio.isfuture(value) else value


def _refusal(code: ErrorCode, errors: list[GraphQLError]) -> RequestError:
    formatted = [{**error.formatted, "extensions": {"code": str(code)}} for error in errors]
    return RequestError(code, "Refused.", errors=formatted)
