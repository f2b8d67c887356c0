"""What the transports call: authenticate, prepare, run, follow."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg

from server.access.caller import Caller
from server.access.keys import Credentials
from server.deadlines import Deadlines
from server.errors import ErrorCode, RequestError
from server.planner import declarations as d
from server.planner.call import Call
from server.planner.completing import Data, Slot
from server.planner.executing import Execution, body
from server.planner.operations import Operations, Ready
from server.planner.reading import step
from server.schema.acts import Acts
from server.schema.faults import FAULTS, as_heard
from server.schema.services import Services

_CHECK_SECONDS = 1.0
"""How long a revoked credential may go on listening."""


class Gateway:
    """Runs operations of one schema against one installation."""

    def __init__(self, operations: Operations, services: Services) -> None:
        self.operations = operations
        self.services = services
        self._acts = Acts(services, operations.schema)
        self._credentials = Credentials(services.database)
        self.deadlines = Deadlines(services.settings.deadline_ms / 1000)

    async def authenticate(self, authorization: str | None) -> Caller:
        try:
            with self.deadlines.limit(_read_stopped):
                return await self._credentials.authenticate(authorization)
        except FAULTS as fault:
            raise as_heard(fault, "authenticate") from None

    def recognise(self, authorization: str | None) -> Caller | None:
        return self._credentials.recognise(authorization)

    def prepare(self, query: str, operation_name: str | None, variables: dict[str, Any] | None, call: Call) -> Ready:
        return self.operations.prepare(query, operation_name, variables, call)

    async def run(self, ready: Ready) -> bytes:
        """The JSON body of a query or mutation. Raises RequestError; everything else is a bug."""
        call = ready.call
        is_act = ready.kind == "mutation"
        try:
            with self.deadlines.limit(_act_stopped if is_act else _read_stopped):
                if is_act:
                    return await self._acts.run(ready, call)
                execution = Execution(ready.plan, ready.evaluated, call, call.caller.passage)
                return await execution.query(self.services.database, self.operations.introspect(ready), ready.variables)
        except FAULTS as fault:
            raise as_heard(fault, call.request_id) from None

    async def follow(self, ready: Ready) -> AsyncIterator[bytes]:
        """One JSON result per event. Ends with UNAUTHENTICATED when the credential is revoked or expires."""
        call = ready.call
        (root,) = ready.plan.selection.roots
        declaration = root.declaration
        assert isinstance(declaration, d.Stream)
        checked = time.monotonic()
        arguments = ready.evaluated.by_site.get(root.site, {})
        async for batch in declaration.function(call, **arguments):
            if not batch or time.monotonic() - checked > _CHECK_SECONDS:
                await self.services.database.confirm(call.caller.passage)
                checked = time.monotonic()
            for produced in batch:
                yield await self._result(ready, call, produced)

    async def _result(self, ready: Ready, call: Call, produced: Any) -> bytes:
        (root,) = ready.plan.selection.roots
        execution = Execution(ready.plan, ready.evaluated, call, call.caller.passage)
        data = Data({root.key: None})
        execution.completion.put(root, produced, Slot(data, root.key, None, step(root)[1]))
        with self.deadlines.limit(_read_stopped):
            await execution.references(self.services.database)
        return body(data, execution.completion.errors)

    async def ready(self) -> Mapping[str, bool]:
        """Whether the database answers."""
        try:
            async with self.services.database.reads.acquire(timeout=2) as connection:
                await connection.fetchval("SELECT 1")
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return {"database": False}
        return {"database": True}


def _act_stopped(seconds: float) -> RequestError:
    """Whether the act took effect is not known where its COMMIT was already on the way."""
    return _stopped(seconds, "ask again with the same idempotency key, or look whether it took effect.")


def _read_stopped(seconds: float) -> RequestError:
    return _stopped(seconds, "try again, or ask for less.")


def _stopped(seconds: float, advice: str) -> RequestError:
    message = f"The operation took longer than {seconds:g} s and was stopped; {advice}"
    return RequestError(ErrorCode.UNAVAILABLE, message, retryAfter=1)
